//! The same SDKs in conversation with our own code over generated inputs: who reads what the other
//! writes. The exchanges are in `crates/bench`, the SDKs' side is `peer.mjs` and `peer.py`.

use std::path::Path;
use std::process::Command;

use super::peer::{self, Peer};
use super::sdks::Profile;
use super::story::{self, Row};
use crate::place;
use crate::work::{Failure, Work};

/// Enough for every piece of the inputs to meet every check; `--cases` of the program takes more.
const CASES: u64 = 200;

/// One row of agreement and one of its control for each SDK.
pub(super) fn rows(work: &mut Work, folder: &Path) -> Result<Vec<Row>, Failure> {
    let mut rows = Vec::new();
    for (_, peer) in peer::all(work, Profile::Debug) {
        let peer = &peer?;
        let mut row = converse(work, folder, format!("{}-agreement", peer.name), peer, &[])?;
        if row.complaint.is_none() && row.cases != peer.checks * CASES {
            row.complaint = Some(format!("expected {} cases", peer.checks * CASES));
        }
        rows.push(row);
        rows.push(converse(work, folder, format!("{}-wrong", peer.name), peer, &["--wrong"])?);
    }
    Ok(rows)
}

fn converse(
    work: &mut Work,
    folder: &Path,
    story: String,
    peer: &Peer,
    flags: &[&str],
) -> Result<Row, Failure> {
    let told = folder.join(format!("{story}.told"));
    let mut command = Command::new(place::program("suanpan-bench"));
    command.args(["agreement", "--cases", &CASES.to_string()]).args(flags);
    let status = work.status_into(&told, peer.introduce(&mut command))?;
    let mut row = story::read(story, &told)?;
    if row.complaint.is_none() && !status.success() {
        row.complaint = Some(format!("ended with {status}"));
    }
    Ok(row)
}
