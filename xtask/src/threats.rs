//! Did every test that the threat list names really run in this run?
//!
//! The house tests check that a named test exists. A test can exist and never run (a filter, a
//! forgotten `mod`, a script that is not called), so the logs of the test steps are asked as well.

use std::collections::BTreeSet;

use crate::place;
use crate::work::{Attempt, Failure, Outcome, Work, log_of};

/// The `threats` step.
pub(crate) fn all_named_tests_ran(work: &mut Work) -> Result<Outcome, Failure> {
    let list = std::fs::read_to_string(place::root().join("docs/threats.toml"))
        .attempt("read docs/threats.toml")?;
    let named = named_tests(&list)?;
    let logs: Vec<String> = STEPS_WITH_TESTS
        .iter()
        .filter_map(|step| std::fs::read(log_of(step)).ok())
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .collect();
    let passed: Vec<&str> =
        logs.iter().flat_map(|log| log.lines()).filter(|line| says_passed(line)).collect();
    let absent: Vec<&String> =
        named.iter().filter(|name| !passed.iter().any(|line| line_names(line, name))).collect();
    work.note(format_args!("{} tests named, {} not seen to pass", named.len(), absent.len()));
    for name in &absent {
        work.note(format_args!("not seen to pass: {name}"));
    }
    if absent.is_empty() {
        return Ok(Outcome::Passed);
    }
    Err(Failure(format!("{} tests named in docs/threats.toml did not pass here", absent.len())))
}

fn named_tests(list: &str) -> Result<BTreeSet<String>, Failure> {
    let list: toml::Table = list.parse().attempt("parse docs/threats.toml")?;
    let tests = list
        .values()
        .filter_map(|row| row.as_table()?.get("tests")?.as_array())
        .flatten()
        .filter_map(|name| name.as_str())
        .map(str::to_owned)
        .collect();
    Ok(tests)
}

/// nextest: `PASS [   0.1s] binary module::name`; cargo test: `test module::name ... ok`;
/// node: `✔ name (1.2ms)` or `ok 3 - name`.
fn says_passed(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("PASS [")
        || line.starts_with("✔ ")
        || line.starts_with("ok ")
        || (line.starts_with("test ") && line.contains("... ok"))
}

/// The whole last segment of a Rust path, or the whole title of a front-end test.
fn line_names(line: &str, name: &str) -> bool {
    let boundary = |c: char| !(c.is_alphanumeric() || c == '_');
    line.match_indices(name).any(|(at, found)| {
        let before = line[..at].chars().next_back().is_none_or(boundary);
        let after = line[at + found.len()..].chars().next().is_none_or(boundary);
        before && after
    })
}

const STEPS_WITH_TESTS: [&str; 4] = ["tests", "doctests", "npm", "browser"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_matched_whole_and_only_on_lines_that_passed() {
        let line = "        PASS [   0.012s] suanpan-testkit::it notify::n01_no_headers";
        assert!(says_passed(line));
        assert!(line_names(line, "n01_no_headers"));
        assert!(!line_names(line, "n01_no"));
        assert!(says_passed("test seal::tests::n08 ... ok"));
        assert!(!says_passed("test seal::tests::n08 ... FAILED"));
        assert!(!says_passed("        FAIL [   0.012s] suanpan-testkit::it n01_no_headers"));
        assert!(says_passed("✔ o14 no secret reaches the page (1.2ms)"));
    }

    #[test]
    fn tests_are_collected_from_every_row() {
        let list = "open_at_most = 1\n[n01]\nsummary = \"s\"\ntests = [\"a\", \"b\"]\n[n02]\nopen = \"why\"\n";
        let named = named_tests(list).expect("valid");
        assert_eq!(named.into_iter().collect::<Vec<_>>(), ["a", "b"]);
    }
}
