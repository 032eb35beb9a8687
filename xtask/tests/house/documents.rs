//! The documents agree with the tree and with each other.

use std::path::Path;

use crate::tree;

const MUST_EXIST: &[&str] = &[
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "README.zh-CN.md",
    "SECURITY.md",
    "crates/README.md",
    "docs/threats.toml",
];

#[test]
fn the_documents_a_newcomer_looks_for_are_there() {
    let missing: Vec<String> = MUST_EXIST
        .iter()
        .filter(|path| !tree::root().join(path).is_file())
        .map(|path| (*path).to_owned())
        .collect();
    tree::demand_none("documents", &missing);
}

#[test]
fn both_readmes_have_the_same_structure() {
    let english = headings(&tree::read("README.md"));
    let chinese = headings(&tree::read("README.zh-CN.md"));
    assert!(english.len() > 3, "README.md has almost no headings");
    assert_eq!(english, chinese, "the levels of headings, in order");
}

#[test]
fn every_crate_has_its_line() {
    let overview = tree::read("crates/README.md");
    let crates = tree::paths();
    let folders = crates.iter().filter_map(|path| {
        path.strip_prefix("crates/")?.strip_suffix("/Cargo.toml").filter(|name| !name.contains('/'))
    });
    let missing: Vec<String> =
        folders.filter(|name| !describes(&overview, name)).map(str::to_owned).collect();
    tree::demand_none("a line in crates/README.md", &missing);
}

#[test]
fn every_relative_link_leads_somewhere() {
    let mut dead = Vec::new();
    for file in tree::texts().iter().filter(|file| file.extension() == "md") {
        let folder = tree::root().join(&file.path);
        let folder = folder.parent().expect("a file lies in a folder");
        dead.extend(
            relative_links(&file.text)
                .filter(|link| !folder.join(Path::new(link)).exists())
                .map(|link| format!("{}: {link}", file.path)),
        );
    }
    tree::demand_none("links", &dead);
}

#[test]
fn decisions_are_numbered_without_gaps_and_listed() {
    let list = tree::read("docs/decisions/README.md");
    let files: Vec<String> = tree::paths()
        .into_iter()
        .filter_map(|path| path.strip_prefix("docs/decisions/").map(str::to_owned))
        .filter(|name| name != "README.md")
        .collect();
    for (number, name) in (1..).zip(&files) {
        assert!(name.starts_with(&format!("{number:04}-")), "{name} should be number {number:04}");
        assert!(list.contains(name.as_str()), "docs/decisions/README.md does not list {name}");
    }
}

#[test]
fn the_document_rules_find_what_they_forbid() {
    assert_eq!(headings("# A\n\n```sh\n# not a heading\n```\n## B\n"), [1, 2]);
    assert!(describes("- `wechat/`: the protocol\n", "wechat"));
    assert!(!describes("- `wechat-client/`: the client\n", "wechat"));
    let text = "[a](docs/a.md#part) [b](https://example.com) [c](#here) ![d](d.png)";
    assert_eq!(relative_links(text).collect::<Vec<_>>(), ["docs/a.md", "d.png"]);
}

/// The levels of all headings, in order; code blocks have none.
fn headings(text: &str) -> Vec<usize> {
    let mut in_code = false;
    let mut levels = Vec::new();
    for line in text.lines() {
        if line.starts_with("```") {
            in_code = !in_code;
        }
        let level = line.chars().take_while(|c| *c == '#').count();
        if !in_code && level > 0 && line[level..].starts_with(' ') {
            levels.push(level);
        }
    }
    levels
}

fn describes(overview: &str, name: &str) -> bool {
    overview
        .lines()
        .any(|line| line.contains(&format!("`{name}/`")) && line.len() > name.len() + 12)
}

fn relative_links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .filter(|link| !link.contains("://") && !link.starts_with('#') && !link.contains(' '))
        .map(|link| link.split('#').next().unwrap_or_default())
}
