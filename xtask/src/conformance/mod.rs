//! Somebody else's SDKs against the simulator, unmodified, in both trust modes, and in conversation
//! with our own code.
//!
//! The SDKs and their stories are in `conformance/`; this starts what they need on free ports: the
//! simulator, an inbox for its notifications, and each story in a process of its own.

mod agreement;
mod inbox;
mod loopback;
pub(crate) mod peer;
mod simulator;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::assets;
use crate::place;
use crate::python;
use crate::work::{Attempt, Failure, Outcome, Work};

use inbox::Inbox;
use simulator::Simulator;

/// How a merchant recognises WeChat, in the simulator's words.
const TRUST: [&str; 2] = ["certificate", "public_key"];

/// Every story tells this many checks; fewer mean that it ended early.
const CHECKS: usize = 10;

struct Row {
    story: String,
    passed: usize,
    /// Exchanges over generated inputs, where there were any.
    cases: u64,
    complaint: Option<String>,
}

/// The `conformance` step.
pub(crate) fn run(work: &mut Work) -> Result<Outcome, Failure> {
    let folder = place::logs().join("conformance");
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder).attempt("make a folder for the stories")?;
    let axios = install_axios(work)?;
    let python = install_python(work)?;

    let simulator = Simulator::start(work)?;
    let inbox = Inbox::open(folder.clone())?;
    let certificate = folder.join("ca.pem");
    fs::write(&certificate, simulator.certificate()?).attempt("write the simulator's CA")?;

    let mut rows = Vec::new();
    for trust in TRUST {
        let mut story = Command::new("node");
        story.arg("story.mjs").current_dir(&axios);
        rows.push(tell(work, "axios", trust, &simulator, &inbox, &mut story)?);

        let mut story = Command::new(python.join("python"));
        story
            .arg(place::root().join("conformance/python/story.py"))
            .env("HTTPS_PROXY", simulator.proxy())
            .env("REQUESTS_CA_BUNDLE", &certificate);
        rows.push(tell(work, "wechatpayv3", trust, &simulator, &inbox, &mut story)?);
    }
    rows.extend(agreement::rows(work, &folder)?);
    report(work, &rows)
}

fn install_axios(work: &mut Work) -> Result<PathBuf, Failure> {
    let folder = place::root().join("conformance/axios");
    assets::install_in(work, &folder, "axios.installed")?;
    Ok(folder)
}

fn install_python(work: &mut Work) -> Result<PathBuf, Failure> {
    let requirements = place::root().join("conformance/python/requirements.txt");
    python::environment_from(work, "wechatpayv3", &requirements)
}

fn tell(
    work: &mut Work,
    sdk: &str,
    trust: &str,
    simulator: &Simulator,
    inbox: &Inbox,
    command: &mut Command,
) -> Result<Row, Failure> {
    let story = format!("{sdk}-{trust}");
    let told = inbox.folder().join(format!("{story}.told"));
    command
        .args(["--management", simulator.management(), "--trust", trust])
        .args(["--notify-url", &inbox.address_for(&story), "--inbox"])
        .arg(inbox.file_for(&story));
    let status = work.status_into(&told, command)?;
    let mut row = read_story(story, &told)?;
    if row.complaint.is_none() && (!status.success() || row.passed < CHECKS) {
        row.complaint =
            Some(format!("ended with {status} after {} of {CHECKS} checks", row.passed));
    }
    Ok(row)
}

/// One JSON object a line: `check`, `ok`, `detail`.
fn read_story(story: String, told: &Path) -> Result<Row, Failure> {
    let text = fs::read_to_string(told).attempt("read what the story told")?;
    let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut row = Row { story, passed: 0, cases: 0, complaint: None };
    for line in lines {
        row.cases += line["cases"].as_u64().unwrap_or(0);
        if line["ok"].as_bool() == Some(true) {
            row.passed += 1;
        } else {
            let part = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
            row.complaint = Some(format!("{}: {}", part("check"), part("detail")));
        }
    }
    Ok(row)
}

fn report(work: &mut Work, rows: &[Row]) -> Result<Outcome, Failure> {
    for Row { story, passed, cases, complaint } in rows {
        let verdict = complaint.as_deref().unwrap_or("agrees");
        let counted = if *cases > 0 { format!(" over {cases} cases") } else { String::new() };
        let line = format!("{story:<26} {passed} checks{counted}: {verdict}");
        println!("        {line}");
        work.note(line);
    }
    match rows.iter().filter(|row| row.complaint.is_some()).count() {
        0 => Ok(Outcome::Passed),
        some => Err(Failure(format!("{some} of {} stories ended in disagreement", rows.len()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_story_is_counted_and_its_complaint_kept() {
        let told = place::logs().join("story-test.told");
        fs::create_dir_all(place::logs()).unwrap();
        let text = "noise\n{\"check\":\"a\",\"ok\":true,\"detail\":\"\"}\n\
                    {\"check\":\"b\",\"ok\":false,\"detail\":\"expected 204\"}\n";
        fs::write(&told, text).unwrap();
        let row = read_story("sdk".to_owned(), &told).expect("readable");
        assert_eq!(row.passed, 1);
        assert_eq!(row.complaint.as_deref(), Some("b: expected 204"));
    }
}
