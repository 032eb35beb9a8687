//! Sizes and names: what tells, before any reader does, that something wants to be split.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use crate::tree::{self, TextFile, example};

const LONGEST_FUNCTION: usize = 70;
/// A test's table of cases may stay in one piece a little longer.
const LONGEST_TEST_FUNCTION: usize = 80;
const LONGEST_FILE: usize = 600;
const LARGEST_FILE: u64 = 300_000;
const SAY_NOTHING: [&str; 7] =
    ["common", "helper", "helpers", "misc", "util", "utilities", "utils"];

#[test]
fn functions_are_short() {
    let findings: Vec<_> = tree::rust().iter().flat_map(long_functions).collect();
    tree::demand_none("functions of at most 70 lines", &findings);
}

#[test]
fn files_are_short() {
    let findings: Vec<_> = tree::texts().iter().filter_map(long_file).collect();
    tree::demand_none("source files of at most 600 lines", &findings);
}

#[test]
fn file_names_say_something() {
    let findings: Vec<_> = tree::texts().iter().filter_map(empty_name).collect();
    tree::demand_none("names of the domain", &findings);
}

#[test]
fn nothing_large_is_committed() {
    let is_large = |path: &String| {
        let size = std::fs::metadata(tree::root().join(path)).map_or(0, |data| data.len());
        size > LARGEST_FILE && !path.ends_with(".lock") && !path.ends_with("package-lock.json")
    };
    let findings: Vec<_> = tree::paths().into_iter().filter(is_large).collect();
    tree::demand_none("no vendored or generated bundles", &findings);
}

#[test]
fn the_build_machine_runs_what_people_run() {
    assert_eq!(tree::read(".ci/run"), "#!/bin/sh\nexec cargo xtask test\n");
}

#[test]
fn the_shape_rules_find_what_they_forbid() {
    let body = "    let _ = 1;\n".repeat(LONGEST_FUNCTION);
    let long =
        example("crates/a/src/lib.rs", &format!("fn long() {{\n{body}}}\nfn short() {{}}\n"));
    assert_eq!(long_functions(&long).len(), 1);
    assert!(long_functions(&long)[0].contains("long"));
    let method = example("a.rs", &format!("struct A; impl A {{ fn m() {{\n{body}}} }}"));
    assert_eq!(long_functions(&method).len(), 1);
    assert!(long_file(&example("a.ts", &"x\n".repeat(LONGEST_FILE + 1))).is_some());
    assert!(long_file(&example("a.ts", &"x\n".repeat(LONGEST_FILE))).is_none());
    assert!(empty_name(&example("web/utils.ts", "")).is_some());
    assert!(empty_name(&example("web/common/page.ts", "")).is_some());
    assert!(empty_name(&example("web/cashier.ts", "")).is_none());
}

fn long_functions(file: &TextFile) -> Vec<String> {
    let is_test = file.path.contains("/tests/");
    let longest = if is_test { LONGEST_TEST_FUNCTION } else { LONGEST_FUNCTION };
    let mut lengths =
        Lengths { lines: file.text.lines().map(str::trim).collect(), found: Vec::new() };
    lengths.visit_file(&file.parsed());
    lengths
        .found
        .into_iter()
        .filter(|(_, lines)| *lines > longest)
        .map(|(name, lines)| format!("{}: {name} has {lines} lines", file.path))
        .collect()
}

fn long_file(file: &TextFile) -> Option<String> {
    let is_source = matches!(
        file.extension(),
        "rs" | "ts"
            | "mts"
            | "js"
            | "jsx"
            | "mjs"
            | "vue"
            | "css"
            | "html"
            | "py"
            | "wxml"
            | "wxss"
            | "sql"
    );
    let lines = file.text.lines().count();
    (is_source && lines > LONGEST_FILE).then(|| format!("{} has {lines} lines", file.path))
}

fn empty_name(file: &TextFile) -> Option<String> {
    let mut parts = file.path.split('/').map(|part| part.split('.').next().unwrap_or_default());
    parts.any(|part| SAY_NOTHING.contains(&part)).then(|| file.path.clone())
}

struct Lengths<'a> {
    lines: Vec<&'a str>,
    found: Vec<(String, usize)>,
}

impl Lengths<'_> {
    /// From the signature to the closing brace. Blank lines and comments are free: nobody should
    /// save on either.
    fn note(&mut self, name: &syn::Ident, from: Span, to: Span) {
        let span = from.start().line - 1..to.end().line;
        let is_code = |line: &&&str| !line.is_empty() && !line.starts_with("//");
        let length = self.lines[span].iter().filter(is_code).count();
        self.found.push((name.to_string(), length));
    }
}

impl<'ast> Visit<'ast> for Lengths<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.note(&item.sig.ident, item.sig.span(), item.block.span());
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.note(&item.sig.ident, item.sig.span(), item.block.span());
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.note(&item.sig.ident, item.sig.span(), block.span());
        }
        visit::visit_trait_item_fn(self, item);
    }
}
