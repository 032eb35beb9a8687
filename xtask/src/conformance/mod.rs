//! Somebody else's SDKs against the simulator, unmodified, and in conversation with our own code.
//!
//! The SDKs and their stories are in `conformance/`; this starts what they need on free ports: the
//! simulator, an inbox for its notifications, and each story in a process of its own. What they
//! told becomes the table of `docs/conformance.md`.

mod agreement;
mod inbox;
mod loopback;
pub(crate) mod peer;
mod programs;
pub(crate) mod sdks;
mod simulator;
mod story;
mod table;

use std::fs;
use std::time::Duration;

use crate::place;
use crate::work::{Attempt, Failure, Outcome, Work};

use inbox::Inbox;
use simulator::Simulator;
use story::Row;

/// What all of it may take, compiling the Rust SDK included.
const LONGEST: Duration = Duration::from_secs(20 * 60);

/// The `conformance` step: the table must be the one in the document.
pub(crate) fn run(work: &mut Work) -> Result<Outcome, Failure> {
    let table = live(work)?;
    table::compare(&table)?;
    Ok(Outcome::Passed)
}

/// `cargo xtask conformance`: writes the table into the document.
pub(crate) fn write() -> Result<(), Failure> {
    let table = live(&mut Work::logged("conformance", LONGEST)?)?;
    table::write(&table)
}

/// Lets everybody live their day, and gives the table of it.
fn live(work: &mut Work) -> Result<String, Failure> {
    let folder = place::logs().join("conformance");
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder).attempt("make a folder for the stories")?;
    let sdks = sdks::prepare(work)?;

    let simulator = Simulator::start(work)?;
    let inbox = Inbox::open(folder.clone())?;
    let mut others = programs::ask(work, &simulator, &folder)?;
    let mut told = Vec::new();
    for sdk in &sdks {
        for &trust in sdk.day.trust {
            let row = story::tell(work, sdk, trust, &simulator, &inbox)?;
            told.push((sdk, trust, row));
        }
    }
    others.extend(agreement::rows(work, &folder)?);
    report(work, told.iter().map(|(_, _, row)| row).chain(&others))?;
    table::of(&told)
}

fn report<'a>(work: &mut Work, rows: impl Iterator<Item = &'a Row>) -> Result<(), Failure> {
    let rows: Vec<&Row> = rows.collect();
    for row in &rows {
        println!("        {row}");
        work.note(row);
    }
    match rows.iter().filter(|row| row.complaint.is_some()).count() {
        0 => Ok(()),
        some => Err(Failure(format!("{some} of {} ended in disagreement", rows.len()))),
    }
}
