//! What may be said only in one place: committing, SQL, HTTP, the environment, being WeChat.

use proc_macro2::TokenTree;
use syn::visit::{self, Visit};

use crate::tree::{self, TextFile, example};

#[test]
fn only_acts_commit() {
    let findings: Vec<_> = tree::rust().iter().flat_map(commits).collect();
    tree::demand_none("`commit` is called only inside acts", &findings);
}

#[test]
fn a07_sql_is_written_only_in_the_store() {
    let findings: Vec<_> = tree::rust().iter().flat_map(sql).collect();
    tree::demand_none("SQL text lives in store", &findings);
}

#[test]
fn the_server_never_plays_wechat() {
    let findings: Vec<_> = tree::rust().iter().flat_map(plays_wechat).collect();
    tree::demand_none("`suanpan_wechat::platform` is for simulators and tests", &findings);
}

#[test]
fn http_is_spoken_only_at_the_edges() {
    let findings: Vec<_> = tree::rust().iter().flat_map(http).collect();
    tree::demand_none("status codes belong to the edges", &findings);
}

#[test]
fn the_environment_is_read_only_by_configuration() {
    let findings: Vec<_> = tree::rust().iter().flat_map(environment).collect();
    tree::demand_none("environment variables are read in `config`", &findings);
}

#[test]
fn n06_signatures_are_never_compared_with_equals() {
    let findings: Vec<_> = tree::rust().iter().flat_map(loose_comparisons).collect();
    tree::demand_none("signatures are compared in constant time", &findings);
}

#[test]
fn k10_tls_verification_cannot_be_switched_off() {
    let findings: Vec<_> = tree::rust().iter().flat_map(weak_tls).collect();
    tree::demand_none("no switch weakens TLS", &findings);
}

#[test]
fn the_boundary_rules_find_what_they_forbid() {
    let act = "async fn f(s: &dyn Store) { s.commit(set).await }";
    assert_eq!(commits(&example("crates/acts/src/pay.rs", act)), [""; 0]);
    assert_eq!(commits(&example("crates/server/src/http/pay.rs", act)).len(), 1);
    let path = "async fn f(s: &dyn Store) { Store::commit(s, set).await }";
    assert_eq!(commits(&example("crates/server/src/http/pay.rs", path)).len(), 1);
    let wrapper = "impl Store for Faulty { async fn commit(&self) { self.0.commit(set).await } }";
    assert_eq!(commits(&example("crates/chaos/src/faults.rs", wrapper)), [""; 0]);
    assert_eq!(commits(&example("crates/server/src/faults.rs", wrapper)).len(), 1);

    let query = format!("fn f() {{ run!(\"{} id FROM orders\"); }}", "SELECT");
    assert_eq!(sql(&example("crates/store/src/a.rs", &query)), [""; 0]);
    assert_eq!(sql(&example("crates/server/src/a.rs", &query)).len(), 1);
    let documented = format!("/// {} x FROM y\nfn f() {{}}", "SELECT");
    assert_eq!(sql(&example("crates/server/src/a.rs", &documented)), [""; 0]);

    let import = "use suanpan_wechat::{Fen, platform::Signer};";
    assert_eq!(plays_wechat(&example("crates/server/src/a.rs", import)).len(), 1);
    let call = "fn f() { x!(suanpan_wechat::platform::seal(1)) }";
    assert_eq!(plays_wechat(&example("crates/server/src/a.rs", call)).len(), 1);
    assert_eq!(plays_wechat(&example("crates/simulator/src/a.rs", import)), [""; 0]);

    assert_eq!(http(&example("crates/acts/src/a.rs", "use x::StatusCode;")).len(), 1);
    assert_eq!(http(&example("crates/server/src/http/a.rs", "use x::StatusCode;")), [""; 0]);

    let read = "fn f() { std::env::var(\"A\"); }";
    assert_eq!(environment(&example("crates/server/src/worker/a.rs", read)).len(), 1);
    assert_eq!(environment(&example("crates/server/src/config/mod.rs", read)), [""; 0]);

    let equals = "fn f() -> bool { self.signature == other }";
    assert_eq!(loose_comparisons(&example("crates/wechat/src/a.rs", equals)).len(), 1);
    let derived = "#[derive(Clone, PartialEq)]\nstruct WebhookSignature([u8; 32]);";
    assert_eq!(loose_comparisons(&example("crates/wechat/src/a.rs", derived)).len(), 1);
    let harmless = "fn f() -> bool { serial == other }";
    assert_eq!(loose_comparisons(&example("crates/wechat/src/a.rs", harmless)), [""; 0]);

    let switch = format!("fn f() {{ builder.{}(true); }}", DANGEROUS_TLS[0]);
    assert_eq!(weak_tls(&example("crates/wechat-client/src/a.rs", &switch)).len(), 1);
}

/// A store that wraps another one must pass `commit` on; that is an implementation, not an act.
const MAY_IMPLEMENT_STORES: [&str; 3] = ["crates/store/", "crates/chaos/", "crates/testkit/"];

fn commits(file: &TextFile) -> Vec<String> {
    if file.path.starts_with("crates/acts/src/") || file.path.starts_with("crates/store/") {
        return Vec::new();
    }
    let mut calls = Commits {
        may_implement: MAY_IMPLEMENT_STORES.iter().any(|prefix| file.path.starts_with(prefix)),
        inside_commit: false,
        found: 0,
    };
    calls.visit_file(&file.parsed());
    (0..calls.found).map(|_| format!("{} calls `commit`", file.path)).collect()
}

struct Commits {
    may_implement: bool,
    inside_commit: bool,
    found: usize,
}

impl Commits {
    fn note(&mut self) {
        if !(self.may_implement && self.inside_commit) {
            self.found += 1;
        }
    }
}

impl<'ast> Visit<'ast> for Commits {
    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        let before = std::mem::replace(&mut self.inside_commit, item.sig.ident == "commit");
        visit::visit_impl_item_fn(self, item);
        self.inside_commit = before;
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        if call.method == "commit" {
            self.note();
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
        let segments = &path.path.segments;
        if segments.len() > 1 && segments.last().is_some_and(|last| last.ident == "commit") {
            self.note();
        }
        visit::visit_expr_path(self, path);
    }
}

/// Besides the store, integration tests may look into its tables, and the rule has to spell what
/// it looks for.
fn sql(file: &TextFile) -> Vec<String> {
    let allowed = ["crates/store/", "crates/testkit/", "xtask/tests/house/"];
    if allowed.iter().any(|prefix| file.path.starts_with(prefix)) {
        return Vec::new();
    }
    literals(file)
        .into_iter()
        .filter(|text| is_sql(text))
        .map(|text| format!("{}: {}", file.path, text.chars().take(60).collect::<String>()))
        .collect()
}

fn is_sql(text: &str) -> bool {
    let pairs = [
        ("SELECT ", " FROM "),
        ("INSERT INTO ", " "),
        ("UPDATE ", " SET "),
        ("DELETE FROM ", " "),
        ("CREATE TABLE", " "),
        ("PRAGMA ", ""),
    ];
    pairs.iter().any(|(verb, rest)| {
        text.split_once(verb).is_some_and(|(_, after)| after.contains(rest.trim_start()))
    })
}

/// String literals, those inside macros included, documentation left out.
fn literals(file: &TextFile) -> Vec<String> {
    let tokens = file.tokens();
    let is_doc = |at: usize| {
        at >= 2
            && matches!(&tokens[at - 1], TokenTree::Punct(equals) if equals.as_char() == '=')
            && matches!(&tokens[at - 2], TokenTree::Ident(name) if name == "doc")
    };
    let is_text = |literal: &proc_macro2::Literal| literal.to_string().contains('"');
    tokens
        .iter()
        .enumerate()
        .filter(|(at, _)| !is_doc(*at))
        .filter_map(|(_, token)| match token {
            TokenTree::Literal(literal) if is_text(literal) => Some(literal.to_string()),
            _ => None,
        })
        .collect()
}

fn plays_wechat(file: &TextFile) -> Vec<String> {
    if !file.path.starts_with("crates/server/src/") {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for item in &file.parsed().items {
        if let syn::Item::Use(item) = item {
            let mut imported = Vec::new();
            imports(&item.tree, String::new(), &mut imported);
            findings.extend(imported.into_iter().filter(|path| path.contains("::platform")));
        }
    }
    if findings.is_empty() && spells(file, &["suanpan_wechat", ":", ":", "platform"]) {
        findings.push("suanpan_wechat::platform".to_owned());
    }
    findings.into_iter().map(|path| format!("{} names {path}", file.path)).collect()
}

/// Every full path that a `use` brings in.
fn imports(tree: &syn::UseTree, prefix: String, found: &mut Vec<String>) {
    match tree {
        syn::UseTree::Path(path) => {
            imports(&path.tree, format!("{prefix}::{}", path.ident), found);
        }
        syn::UseTree::Name(name) => found.push(format!("{prefix}::{}", name.ident)),
        syn::UseTree::Rename(name) => found.push(format!("{prefix}::{}", name.ident)),
        syn::UseTree::Glob(_) => found.push(format!("{prefix}::*")),
        syn::UseTree::Group(group) => {
            for tree in &group.items {
                imports(tree, prefix.clone(), found);
            }
        }
    }
}

fn http(file: &TextFile) -> Vec<String> {
    let pure = [
        "crates/wechat/src/",
        "crates/trade/",
        "crates/acts/",
        "crates/store/",
        "crates/simulator/src/world/",
        "crates/server/src/config/",
    ];
    let inside = pure.iter().any(|prefix| file.path.starts_with(prefix));
    if inside && spells(file, &["StatusCode"]) {
        return vec![format!("{} names StatusCode", file.path)];
    }
    Vec::new()
}

fn environment(file: &TextFile) -> Vec<String> {
    let reads = ["var", "var_os", "vars", "vars_os"]
        .iter()
        .any(|function| spells(file, &["env", ":", ":", function]));
    let is_config = file.path.contains("/config/") || file.stem() == "config";
    // The build commands look programs up on PATH, and cargo talks to build scripts this way; both
    // configure nothing.
    let is_home = is_config || file.path == "xtask/src/place.rs" || file.stem() == "build";
    if reads && !is_home {
        vec![format!("{} reads the environment", file.path)]
    } else {
        Vec::new()
    }
}

/// Whether these tokens stand in the file one after another.
fn spells(file: &TextFile, words: &[&str]) -> bool {
    let tokens: Vec<String> = file.tokens().iter().map(ToString::to_string).collect();
    tokens.windows(words.len()).any(|window| window.iter().zip(words).all(|(a, b)| a == b))
}

/// What ships, without its unit tests: a stand-in verifier may compare texts.
fn loose_comparisons(file: &TextFile) -> Vec<String> {
    let never_shipped = ["crates/chaos/", "crates/testkit/", "crates/bench/", "xtask/"];
    let is_test = matches!(file.stem(), "tests" | "testing");
    if is_test || never_shipped.iter().any(|prefix| file.path.starts_with(prefix)) {
        return Vec::new();
    }
    if !file.path.contains("/src/") {
        return Vec::new();
    }
    let mut comparisons = Comparisons::default();
    comparisons.visit_file(&file.parsed());
    comparisons.0.into_iter().map(|what| format!("{}: {what}", file.path)).collect()
}

#[derive(Default)]
struct Comparisons(Vec<String>);

impl<'ast> Visit<'ast> for Comparisons {
    fn visit_expr_binary(&mut self, binary: &'ast syn::ExprBinary) {
        let compares = matches!(binary.op, syn::BinOp::Eq(_) | syn::BinOp::Ne(_));
        let named = [&binary.left, &binary.right].into_iter().find_map(|side| secret_name(side));
        if let (true, Some(name)) = (compares, named) {
            self.0.push(format!("`{name}` compared with =="));
        }
        visit::visit_expr_binary(self, binary);
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        if is_secret_type(&item.ident.to_string()) && derives_equality(&item.attrs) {
            self.0.push(format!("{} derives PartialEq", item.ident));
        }
        visit::visit_item_struct(self, item);
    }
}

/// The field, variable or method an operand ends in, when it carries a signature.
fn secret_name(side: &syn::Expr) -> Option<String> {
    let name = match side {
        syn::Expr::Path(path) => path.path.segments.last()?.ident.to_string(),
        syn::Expr::Field(field) => match &field.member {
            syn::Member::Named(name) => name.to_string(),
            syn::Member::Unnamed(_) => return secret_name(&field.base),
        },
        syn::Expr::MethodCall(call) if call.args.is_empty() => {
            let method = call.method.to_string();
            if is_secret_value(&method) { method } else { return secret_name(&call.receiver) }
        }
        syn::Expr::Reference(reference) => return secret_name(&reference.expr),
        syn::Expr::Unary(unary) => return secret_name(&unary.expr),
        syn::Expr::Paren(inner) => return secret_name(&inner.expr),
        _ => return None,
    };
    is_secret_value(&name).then_some(name)
}

fn is_secret_value(name: &str) -> bool {
    name == "signature"
        || name.ends_with("_signature")
        || matches!(name, "mac" | "hmac" | "pay_sign")
}

/// Errors about secrets carry none.
fn is_secret_type(name: &str) -> bool {
    if name.starts_with("Invalid") {
        return false;
    }
    ["Signature", "Mac", "Secret", "ApiV3Key", "SessionKey"].iter().any(|end| name.ends_with(end))
}

fn derives_equality(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().filter(|attribute| attribute.path().is_ident("derive")).any(|derive| {
        derive.meta.require_list().is_ok_and(|list| {
            list.tokens
                .clone()
                .into_iter()
                .any(|token| matches!(token, TokenTree::Ident(ident) if ident == "PartialEq"))
        })
    })
}

const DANGEROUS_TLS: [&str; 4] = [
    concat!("danger_accept_invalid", "_certs"),
    concat!("danger_accept_invalid", "_hostnames"),
    concat!("tls_danger_accept_invalid", "_certs"),
    concat!("with_custom_certificate", "_verifier"),
];

fn weak_tls(file: &TextFile) -> Vec<String> {
    DANGEROUS_TLS
        .iter()
        .filter(|switch| spells(file, &[switch]))
        .map(|switch| format!("{} calls {switch}", file.path))
        .collect()
}
