//! Words that must not be there: unfinished work, sleeping or skipped tests, machines' paths.

use proc_macro2::TokenTree;
use syn::visit::{self, Visit};

use crate::tree::{self, TextFile, example};

#[test]
fn nothing_is_left_unfinished() {
    let findings: Vec<_> = tree::texts().iter().flat_map(unfinished).collect();
    tree::demand_none("no unfinished work", &findings);
}

#[test]
fn no_test_is_skipped_without_a_reason() {
    let findings: Vec<_> = tree::texts().iter().flat_map(skipped).collect();
    tree::demand_none("tests run", &findings);
}

#[test]
fn no_test_sleeps() {
    let findings: Vec<_> = tree::rust().iter().flat_map(sleeping_tests).collect();
    tree::demand_none("tests move the clock by hand", &findings);
}

#[test]
fn nothing_names_somebodys_machine() {
    let findings: Vec<_> = tree::texts().iter().flat_map(machine_names).collect();
    tree::demand_none("the project stands alone", &findings);
}

#[test]
fn the_wording_rules_find_what_they_forbid() {
    let macro_call = format!("fn f() {{ {}!() }}", "todo");
    assert_eq!(unfinished(&example("a.rs", &macro_call)).len(), 1);
    assert_eq!(unfinished(&example("a.ts", &format!("// {}ME later", "FIX"))).len(), 1);
    assert_eq!(unfinished(&example("a.rs", "fn f() { let todo = 1; }")), [""; 0]);
    assert_eq!(skipped(&example("a.rs", &format!("#[{}]\nfn f() {{}}", "ignore"))).len(), 1);
    assert_eq!(skipped(&example("a.rs", &format!("#[{} = \"why\"]", "ignore"))), [""; 0]);
    assert_eq!(skipped(&example("a.test.ts", &format!("test.{}('x')", "skip"))).len(), 1);

    let asleep = "#[tokio::test]\nasync fn f() { tokio::time::sleep(d).await; }";
    assert_eq!(sleeping_tests(&example("crates/a/src/a.rs", asleep)).len(), 1);
    let awake = "async fn f() { tokio::time::sleep(d).await; }";
    assert_eq!(sleeping_tests(&example("crates/a/src/a.rs", awake)), [""; 0]);
    assert_eq!(sleeping_tests(&example("crates/a/tests/it/a.rs", awake)).len(), 1);
    let module = "#[cfg(test)]\nmod tests { fn wait() { std::thread::sleep(d); } }";
    assert_eq!(sleeping_tests(&example("crates/a/src/a.rs", module)).len(), 1);

    let home = format!("see /{}/someone/notes", "home");
    assert_eq!(machine_names(&example("a.md", &home)).len(), 1);
    assert_eq!(machine_names(&example("a.md", "https://example.com/home/page")), [""; 0]);
    assert_eq!(machine_names(&example("a.md", &format!("registry.{}.org", "npmjs"))).len(), 1);
}

fn unfinished(file: &TextFile) -> Vec<String> {
    let macros = ["todo", "unimplemented"].map(|name| format!("{name}!("));
    let marks =
        [concat!("FIX", "ME"), concat!("XX", "X:"), concat!("TO", "DO:")].map(str::to_owned);
    lines_with(file, |line| macros.iter().chain(&marks).any(|word| line.contains(word)))
}

fn skipped(file: &TextFile) -> Vec<String> {
    let bare = concat!("#[", "ignore]");
    let scripts = [concat!(".", "skip("), concat!(".", "only(")];
    let is_script =
        matches!(file.extension(), "ts" | "mts" | "js" | "mjs") && file.path.contains("test");
    lines_with(file, |line| {
        line.contains(bare) || (is_script && scripts.iter().any(|word| line.contains(word)))
    })
}

/// Absolute paths of people's machines and hosts of package registries, which belong into nobody
/// else's clone.
fn machine_names(file: &TextFile) -> Vec<String> {
    let folders = [concat!("/ho", "me/"), concat!("/ro", "ot/"), concat!("/Use", "rs/")];
    let hosts = [
        concat!("index.crates", ".io"),
        concat!("static.crates", ".io"),
        concat!("registry.npm", "js"),
        concat!("files.python", "hosted"),
        concat!("deb.deb", "ian.org"),
    ];
    lines_with(file, |line| {
        hosts.iter().any(|host| line.contains(host))
            || folders.iter().any(|folder| begins_a_path(line, folder))
    })
}

/// True when `folder` occurs and is not the inside of an address or a longer path.
fn begins_a_path(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '}' | '*'))
    })
}

fn lines_with(file: &TextFile, is_wrong: impl Fn(&str) -> bool) -> Vec<String> {
    (1..)
        .zip(file.text.lines())
        .filter(|(_, line)| is_wrong(line))
        .map(|(number, line)| format!("{}:{number}: {}", file.path, line.trim()))
        .collect()
}

fn sleeping_tests(file: &TextFile) -> Vec<String> {
    let mut sleepers = Sleepers { in_test: file.path.contains("/tests/"), found: Vec::new() };
    sleepers.visit_file(&file.parsed());
    sleepers.found.iter().map(|name| format!("{}: {name}", file.path)).collect()
}

struct Sleepers {
    in_test: bool,
    found: Vec<String>,
}

impl Sleepers {
    fn within(&mut self, is_test: bool, visit: impl FnOnce(&mut Self)) {
        let before = self.in_test;
        self.in_test |= is_test;
        visit(self);
        self.in_test = before;
    }
}

impl<'ast> Visit<'ast> for Sleepers {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.within(is_for_tests(&item.attrs), |this| visit::visit_item_mod(this, item));
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.within(is_for_tests(&item.attrs), |this| visit::visit_item_fn(this, item));
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        if let syn::Expr::Path(function) = &*call.func
            && self.in_test
            && function.path.segments.last().is_some_and(|last| last.ident == "sleep")
        {
            self.found.push("a call of `sleep`".to_owned());
        }
        visit::visit_expr_call(self, call);
    }
}

/// `#[test]`, `#[tokio::test]`, `#[cfg(test)]`.
fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let named_test = attribute.path().segments.last().is_some_and(|last| last.ident == "test");
        let cfg_test = attribute.path().is_ident("cfg")
            && attribute.meta.require_list().is_ok_and(|list| {
                list.tokens
                    .clone()
                    .into_iter()
                    .any(|token| matches!(token, TokenTree::Ident(ident) if ident == "test"))
            });
        named_test || cfg_test
    })
}
