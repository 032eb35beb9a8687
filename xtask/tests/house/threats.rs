//! The threat list is complete, honest, and can only get better.

use std::collections::BTreeSet;

use syn::visit::{self, Visit};

use crate::tree::{self, TextFile, example};

/// Every family of rows with its last number. Rows are numbered without gaps, and a row leaves
/// only together with the feature it guards; then this table changes in the same commit.
const FAMILIES: &[(char, u32)] = &[
    ('i', 21),
    ('l', 6),
    ('e', 4),
    ('n', 25),
    ('k', 10),
    ('o', 18),
    ('r', 10),
    ('w', 12),
    ('b', 8),
    ('a', 9),
    ('c', 9),
    ('h', 10),
    ('d', 12),
    ('s', 8),
];

#[test]
fn every_threat_has_its_row() {
    let expected: BTreeSet<String> = FAMILIES
        .iter()
        .flat_map(|(family, last)| (1..=*last).map(move |number| format!("{family}{number:02}")))
        .collect();
    let list = list();
    let present: BTreeSet<String> = rows(&list).map(|(id, _)| id.clone()).collect();
    assert_eq!(present, expected);
}

#[test]
fn every_row_is_proven_or_says_why_not() {
    let list = list();
    let findings: Vec<String> = rows(&list)
        .filter_map(|(id, row)| complaint(row).map(|what| format!("{id} {what}")))
        .collect();
    tree::demand_none("docs/threats.toml", &findings);
}

#[test]
fn the_number_of_open_rows_only_falls() {
    let list = list();
    let open = rows(&list).filter(|(_, row)| row.contains_key("open")).count();
    let allowed = list["open_exactly"].as_integer();
    assert_eq!(
        allowed,
        i64::try_from(open).ok(),
        "write the new number of open rows into docs/threats.toml; it may only be lower"
    );
}

#[test]
fn every_named_test_exists() {
    let existing = existing_tests(&tree::texts());
    let list = list();
    let mut findings = Vec::new();
    for (id, row) in rows(&list) {
        let absent = tests(row).filter(|name| !existing.contains(*name));
        findings.extend(absent.map(|name| format!("{id} names {name}, which no source contains")));
    }
    tree::demand_none("docs/threats.toml", &findings);
}

#[test]
fn names_of_tests_carry_the_id_of_their_row() {
    let list = list();
    let mut findings = Vec::new();
    for (id, row) in rows(&list) {
        let is_threat = !matches!(id.chars().next(), Some('i' | 'l' | 'e'));
        let named: Vec<&str> = tests(row).collect();
        if is_threat && !named.is_empty() && !named.iter().any(|name| mentions(name, id)) {
            findings.push(format!("{id}: none of {named:?} mentions it"));
        }
    }
    tree::demand_none("names of tests", &findings);
}

#[test]
fn the_threat_rules_find_what_they_forbid() {
    let row = |text: &str| text.parse::<toml::Table>().unwrap();
    assert_eq!(complaint(&row("summary = \"s\"\ntests = [\"a\"]")), None);
    assert_eq!(complaint(&row("summary = \"s\"\nopen = \"later\"")), None);
    assert!(complaint(&row("summary = \"s\"")).is_some());
    assert!(complaint(&row("summary = \"s\"\ntests = []")).is_some());
    assert!(complaint(&row("summary = \"s\"\nopen = \"\"")).is_some());
    assert!(complaint(&row("tests = [\"a\"]")).is_some());
    assert!(complaint(&row("summary = \"s\"\ntest = [\"a\"]")).is_some());

    let rust = example("crates/a/src/a.rs", "#[test]\nfn n01_a() {}\nfn not_a_test() {}");
    let inner = example("a.rs", "mod tests { #[tokio::test] async fn n02_b() {} }");
    let generated = example("a.rs", "proptest! { #[test] fn n03_c(x in 0..9u8) {} }");
    let script = example("web/a.test.ts", "test('o14 nothing secret', () => {})");
    let found = existing_tests(&[rust, inner, generated, script]);
    let found: Vec<&str> = found.iter().map(String::as_str).collect();
    assert_eq!(found, ["n01_a", "n02_b", "n03_c", "o14 nothing secret"]);

    assert!(mentions("n10_n16_replays", "n16"));
    assert!(mentions("o14 nothing secret", "o14"));
    assert!(!mentions("iron10_n", "n10"));
}

fn list() -> toml::Table {
    tree::read("docs/threats.toml").parse().expect("docs/threats.toml is TOML")
}

fn rows(list: &toml::Table) -> impl Iterator<Item = (&String, &toml::Table)> {
    list.iter().filter_map(|(id, row)| Some((id, row.as_table()?)))
}

fn tests(row: &toml::Table) -> impl Iterator<Item = &str> {
    row.get("tests")
        .and_then(toml::Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|name| name.as_str())
}

fn complaint(row: &toml::Table) -> Option<&'static str> {
    let says =
        |key: &str| row.get(key).and_then(toml::Value::as_str).is_some_and(|s| !s.is_empty());
    if row.keys().any(|key| !matches!(key.as_str(), "summary" | "tests" | "open")) {
        return Some("has an unknown key");
    }
    if !says("summary") {
        return Some("has no summary");
    }
    if row.contains_key("open") && !says("open") {
        return Some("is open without a reason");
    }
    if tests(row).next().is_none() && !row.contains_key("open") {
        return Some("has neither tests nor a reason for being open");
    }
    None
}

/// Whole words only: digits of one ID must not be read as part of another.
fn mentions(name: &str, id: &str) -> bool {
    name.split(|c: char| !c.is_alphanumeric()).any(|word| word.eq_ignore_ascii_case(id))
}

pub(crate) fn existing_tests(files: &[TextFile]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for file in files {
        match file.extension() {
            "rs" if !file.path.contains("/tests/ui/") && !file.path.contains("compile_fail") => {
                let mut names = TestNames(&mut found);
                names.visit_file(&file.parsed());
            }
            "ts" | "mts" | "js" | "mjs" if file.path.contains("test") => {
                titles(&file.text, &mut found)
            }
            _ => {}
        }
    }
    found
}

struct TestNames<'a>(&'a mut BTreeSet<String>);

impl<'ast> Visit<'ast> for TestNames<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        let is_test = |attribute: &syn::Attribute| {
            attribute.path().segments.last().is_some_and(|last| last.ident == "test")
        };
        if item.attrs.iter().any(is_test) {
            self.0.insert(item.sig.ident.to_string());
        }
        visit::visit_item_fn(self, item);
    }

    /// `proptest!` hides its functions from the syntax tree: `#[test] fn name`.
    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        let text = item.tokens.to_string();
        let mut rest = text.as_str();
        while let Some((_, after)) =
            rest.split_once("[test] fn ").or(rest.split_once("[test]\nfn "))
        {
            let name: String =
                after.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            self.0.insert(name);
            rest = after;
        }
        visit::visit_macro(self, item);
    }
}

/// `test("title"`, `it('title'`.
fn titles(text: &str, found: &mut BTreeSet<String>) {
    for call in ["test(", "it("] {
        for (at, _) in text.match_indices(call) {
            let mut rest = text[at + call.len()..].trim_start().chars();
            if let Some(quote @ ('"' | '\'' | '`')) = rest.next() {
                found.insert(rest.take_while(|c| *c != quote).collect());
            }
        }
    }
}
