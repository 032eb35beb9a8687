//! The same SDKs in conversation with our own code over generated inputs: who reads what the other
//! writes. The exchanges are in `crates/bench`, the SDKs' side is `peer.mjs` and `peer.py`.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Row, read_story};
use crate::place;
use crate::work::{Failure, Work};

/// Enough for every piece of the inputs to meet every check; `--cases` of the program takes more.
const CASES: &str = "200";

/// An SDK, and the program that speaks for it.
pub(super) struct Peer {
    pub(super) name: &'static str,
    pub(super) program: PathBuf,
    pub(super) script: PathBuf,
}

/// One row of agreement and one of its control for each SDK.
pub(super) fn rows(work: &mut Work, folder: &Path, peers: &[Peer]) -> Result<Vec<Row>, Failure> {
    let mut rows = Vec::new();
    for peer in peers {
        rows.push(converse(work, folder, format!("{}-agreement", peer.name), peer, &[])?);
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
    command.args(["agreement", "--cases", CASES]).args(flags);
    command.args(["--peer", peer.name]).arg(&peer.program).arg(&peer.script);
    let status = work.status_into(&told, &mut command)?;
    let mut row = read_story(story, &told)?;
    if row.complaint.is_none() && !status.success() {
        row.complaint = Some(format!("ended with {status}"));
    }
    Ok(row)
}
