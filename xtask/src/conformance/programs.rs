//! `suanpan run` with a small program in each language that is on this machine: every one asks
//! WeChat without signing, is told 401, and stands in the simulator's journal.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::loopback;
use super::simulator::Simulator;
use super::story::Row;
use crate::place;
use crate::work::{Attempt, Failure, Work};

/// A program and what it says in the query of its question.
struct Program {
    by: &'static str,
    /// Must be on `PATH`; without it the language is passed over, and that is said.
    needs: &'static str,
    command: &'static [&'static str],
}

const PROGRAMS: [Program; 7] = [
    Program {
        by: "curl",
        needs: "curl",
        command: &[
            "curl",
            "--silent",
            "--output",
            "/dev/null",
            "--write-out",
            "%{http_code}",
            "https://api.mch.weixin.qq.com/v3/certificates?by=curl",
        ],
    },
    Program { by: "python", needs: "python3", command: &["python3", "ask.py"] },
    Program { by: "node-https", needs: "node", command: &["node", "ask_https.mjs"] },
    Program { by: "node-fetch", needs: "node", command: &["node", "ask_fetch.mjs"] },
    Program { by: "java", needs: "javac", command: &["java", "Ask.java"] },
    Program { by: "go", needs: "go", command: &["go", "run", "ask.go"] },
    Program { by: "php", needs: "php", command: &["php", "ask.php"] },
];

/// Asks in every language there is.
pub(super) fn ask(
    work: &mut Work,
    simulator: &Simulator,
    folder: &Path,
) -> Result<Vec<Row>, Failure> {
    let mut rows = Vec::new();
    for program in &PROGRAMS {
        if place::on_path(program.needs).is_none() {
            work.note(format_args!("{} is not asked: there is no {}", program.by, program.needs));
            println!("        {} is not on this machine, {} not asked", program.needs, program.by);
            continue;
        }
        let told = folder.join(format!("{}.told", program.by));
        let mut command = Command::new(place::program("suanpan"));
        command
            .args(["run", "--simulator", simulator.management(), "--"])
            .args(program.command)
            .current_dir(place::root().join("conformance/programs"));
        let status = work.status_into(&told, &mut command)?;
        let said = fs::read_to_string(&told).attempt("read what a program said")?;
        let mut row = Row::new(format!("run-{}", program.by));
        row.complaint = complaint(status.success(), said.trim(), program.by, simulator)?;
        row.passed = usize::from(row.complaint.is_none());
        rows.push(row);
    }
    Ok(rows)
}

fn complaint(
    ended_well: bool,
    said: &str,
    by: &str,
    simulator: &Simulator,
) -> Result<Option<String>, Failure> {
    if !ended_well || said != "401" {
        return Ok(Some(format!("expected 401, got {said:?}")));
    }
    let journal = loopback::get(simulator.authority(), "/api/messages?kind=request")?;
    let came = journal.contains(&format!("/v3/certificates?by={by}\""));
    Ok((!came).then(|| "the question did not come to the simulator".to_owned()))
}
