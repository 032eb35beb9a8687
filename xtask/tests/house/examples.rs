//! The page that says which test covers which document (docs/evidence/examples.md) names every
//! example and every published vector of the protocol crate, and no test that does not exist.

use std::collections::BTreeSet;

use crate::{threats::existing_tests, tree};

const PAGE: &str = "docs/evidence/examples.md";
const EXAMPLES: &str = "crates/wechat/tests/it/examples/";

#[test]
fn every_test_that_the_page_names_exists() {
    let named = named(&tree::read(PAGE));
    assert!(named.len() > 60, "the page names {} tests", named.len());
    let invented: Vec<String> = named.difference(&tests("crates/wechat/")).cloned().collect();
    tree::demand_none("tests", &invented);
}

#[test]
fn the_page_names_every_example_and_every_vector() {
    let named = named(&tree::read(PAGE));
    // Controls of the method are no documents.
    let examples = tests(EXAMPLES).into_iter().filter(|name| !name.ends_with("_is_noticed"));
    let vectors = tests("crates/wechat/").into_iter().filter(|name| is_vector(name));
    let wanted: BTreeSet<String> = examples.chain(vectors).collect();
    let missing: Vec<String> = wanted.difference(&named).cloned().collect();
    tree::demand_none("lines in docs/evidence/examples.md", &missing);
}

/// Vectors have numbers (`v19_…`), or say that they were published.
fn is_vector(name: &str) -> bool {
    let numbered =
        name.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    numbered || name.contains("published")
}

/// The names of the tests in the files below a folder.
fn tests(folder: &str) -> BTreeSet<String> {
    let mut files = tree::texts();
    files.retain(|file| file.path.starts_with(folder));
    existing_tests(&files)
}

/// Whatever stands in backticks in a column behind the first, in a table whose columns are tests.
fn named(page: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut is_about_tests = false;
    for line in page.lines() {
        let Some(columns) = line.strip_prefix('|').and_then(|line| line.split_once('|')) else {
            is_about_tests = false;
            continue;
        };
        is_about_tests |= columns.1.contains(" tests");
        if is_about_tests {
            names.extend(columns.1.split('`').skip(1).step_by(2).map(str::to_owned));
        }
    }
    names
}

#[test]
fn the_rules_about_examples_find_what_they_look_for() {
    let page = "| a | b |\n|---|---|\n| `no` | `no` |\n\n\
                | a | tests |\n|---|---|\n| a `not_this` | `one` | `two` |\n`neither`\n";
    assert_eq!(named(page), ["one", "two"].map(str::to_owned).into());
    assert!(is_vector("v1_to_v7b_x") && is_vector("a_published_x") && !is_vector("verify"));
}
