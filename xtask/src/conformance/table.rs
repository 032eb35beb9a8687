//! The table of `docs/conformance.md`: written by the run, so that it cannot say what was not seen.

use std::fs;
use std::path::PathBuf;

use super::sdks::Sdk;
use super::story::Row;
use crate::place;
use crate::work::{Attempt, Failure};

const BEGIN: &str = "<!-- written by `cargo xtask conformance` -->\n";
const END: &str = "<!-- end -->\n";

/// One line for each story.
pub(super) fn of(told: &[(&Sdk, &str, Row)]) -> Result<String, Failure> {
    let mut table = String::from(
        "| SDK | version | way in | trust | passes | the rest, and whose fault it is |\n\
         |---|---|---|---|---|---|\n",
    );
    for (sdk, trust, row) in told {
        let Sdk { name, registry, page, version, route, day, .. } = sdk;
        let rest: Vec<String> =
            row.shortfalls.iter().map(|(check, fault)| format!("{check}: {fault}")).collect();
        table.push_str(&format!(
            "| [{name}]({page}/{name}) ({registry}) | {version} | {} | {} | {} of {} | {} |\n",
            route.words(),
            trust.replace('_', " "),
            row.passed,
            day.checks.len(),
            rest.join("; "),
        ));
    }
    let kept = place::logs().join("conformance").join("table.md");
    fs::write(&kept, &table).attempt("keep the table")?;
    Ok(table)
}

/// Fails when the document says something else.
pub(super) fn compare(table: &str) -> Result<(), Failure> {
    let document = read()?;
    if replaced(&document, table)? == document {
        return Ok(());
    }
    Err(Failure(
        "docs/conformance.md shows another table than this run; `cargo xtask conformance` writes it"
            .to_owned(),
    ))
}

/// Puts the table into the document.
pub(super) fn write(table: &str) -> Result<(), Failure> {
    let document = replaced(&read()?, table)?;
    fs::write(path(), document).attempt("write docs/conformance.md")
}

fn path() -> PathBuf {
    place::root().join("docs").join("conformance.md")
}

fn read() -> Result<String, Failure> {
    fs::read_to_string(path()).attempt("read docs/conformance.md")
}

fn replaced(document: &str, table: &str) -> Result<String, Failure> {
    let parts = document
        .split_once(BEGIN)
        .and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
    let (before, after) = parts
        .ok_or_else(|| Failure("docs/conformance.md has no place for the table".to_owned()))?;
    Ok(format!("{before}{BEGIN}\n{table}\n{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_between_the_marks_is_replaced() {
        let document = format!("before\n{BEGIN}old\n{END}after\n");
        let new = replaced(&document, "| a |\n").expect("marks");
        assert_eq!(new, format!("before\n{BEGIN}\n| a |\n\n{END}after\n"));
        assert_eq!(replaced(&new, "| a |\n").expect("marks"), new);
        assert!(replaced("no marks", "").is_err());
    }
}
