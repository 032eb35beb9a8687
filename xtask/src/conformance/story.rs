//! One SDK's day, and what it told of it.

use std::fmt;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::inbox::Inbox;
use super::sdks::Sdk;
use super::simulator::Simulator;
use crate::work::{Attempt, Failure, Work};

/// What a day by v3 consists of. A story that tells less ended early; one that tells something else
/// is another story.
pub(super) const V3: [&str; 13] = [
    "trust established",
    "JSAPI prepay",
    "unpaid order queried",
    "order closed, 204 without a body",
    "second signature accepted, order paid",
    "paid order queried",
    "badly signed answer refused",
    "notification arrived",
    "notification verified and decrypted",
    "altered notification refused",
    "refund accepted and queried",
    "refund notification verified",
    "trade bill downloaded",
];

/// The same day by v2.
pub(super) const V2: [&str; 13] = [
    "JSAPI order placed",
    "unpaid order queried",
    "order closed",
    "second signature accepted, order paid",
    "paid order queried",
    "badly signed answer refused",
    "notification arrived",
    "notification verified",
    "altered notification refused",
    "refund accepted with the client certificate, and queried",
    "refund notification opened",
    "altered refund notification refused",
    "trade bill downloaded",
];

/// What came of one story, one program or one conversation.
pub(super) struct Row {
    pub(super) story: String,
    /// The checks that were told, in their order.
    checks: Vec<String>,
    pub(super) passed: usize,
    /// Checks in which the SDK is known to fall short, and why.
    pub(super) shortfalls: Vec<(String, String)>,
    /// Exchanges over generated inputs, where there were any.
    pub(super) cases: u64,
    pub(super) complaint: Option<String>,
}

impl Row {
    pub(super) fn new(story: String) -> Self {
        Self {
            story,
            checks: Vec::new(),
            passed: 0,
            shortfalls: Vec::new(),
            cases: 0,
            complaint: None,
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<26} {} checks", self.story, self.passed)?;
        if !self.shortfalls.is_empty() {
            write!(f, ", {} fall short", self.shortfalls.len())?;
        }
        if self.cases > 0 {
            write!(f, " over {} cases", self.cases)?;
        }
        write!(f, ": {}", self.complaint.as_deref().unwrap_or("agrees"))
    }
}

/// Lets an SDK live its day.
pub(super) fn tell(
    work: &mut Work,
    sdk: &Sdk,
    trust: &str,
    simulator: &Simulator,
    inbox: &Inbox,
) -> Result<Row, Failure> {
    let story = format!("{}-{trust}", sdk.name);
    let told = inbox.folder().join(format!("{story}.told"));
    let mut command = sdk.command(simulator);
    command
        .args(["--management", simulator.management(), "--trust", trust])
        .args(["--notify-url", &inbox.address_for(&story), "--inbox"])
        .arg(inbox.file_for(&story));
    let status = work.status_into(&told, &mut command)?;
    let mut row = read(story, &told)?;
    if row.complaint.is_none() && (!status.success() || row.checks != sdk.day.checks) {
        let told = row.checks.join(", ");
        row.complaint = Some(format!("ended with {status} after another day: {told}"));
    }
    Ok(row)
}

/// One JSON object a line: `check`, `ok`, `detail`, and `fault` where an SDK falls short.
pub(super) fn read(story: String, told: &Path) -> Result<Row, Failure> {
    let text = fs::read_to_string(told).attempt("read what the story told")?;
    let mut row = Row::new(story);
    for line in text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        row.cases += line["cases"].as_u64().unwrap_or(0);
        let part = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
        row.checks.push(part("check"));
        match (line["ok"].as_bool(), line["fault"].as_str()) {
            (Some(true), _) => row.passed += 1,
            (_, Some(fault)) => row.shortfalls.push((part("check"), fault.to_owned())),
            (_, None) => {
                row.complaint = Some(format!("{}: {}", part("check"), part("detail")));
            }
        }
    }
    Ok(row)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place;

    #[test]
    fn a_story_is_counted_and_its_complaint_kept() {
        let told = place::logs().join("story-test.told");
        fs::create_dir_all(place::logs()).unwrap();
        let text = "noise\n{\"check\":\"a\",\"ok\":true,\"detail\":\"\"}\n\
                    {\"check\":\"b\",\"ok\":false,\"detail\":\"expected 204\"}\n\
                    {\"check\":\"c\",\"ok\":false,\"detail\":\"none\",\"fault\":\"theirs\"}\n";
        fs::write(&told, text).unwrap();
        let row = read("sdk".to_owned(), &told).expect("readable");
        assert_eq!(row.checks, ["a", "b", "c"]);
        assert_eq!(row.passed, 1);
        assert_eq!(row.shortfalls, [("c".to_owned(), "theirs".to_owned())]);
        assert_eq!(row.complaint.as_deref(), Some("b: expected 204"));
    }
}
