//! Who may depend on whom, read from cargo itself.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

use crate::tree;

/// Every crate and the workspace crates it may name, whatever the kind of dependency.
/// Those of `NEVER_SHIPPED` may look at everything.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("suanpan-wechat", &[]),
    ("suanpan-wechat-client", &["suanpan-wechat"]),
    ("suanpan-trade", &["suanpan-wechat"]),
    ("suanpan-acts", &["suanpan-trade", "suanpan-wechat"]),
    ("suanpan-store", &["suanpan-acts", "suanpan-trade", "suanpan-wechat"]),
    (
        "suanpan-server",
        &[
            "suanpan-acts",
            "suanpan-store",
            "suanpan-trade",
            "suanpan-wechat",
            "suanpan-wechat-client",
        ],
    ),
    ("suanpan-phone-compiler", &[]),
    ("suanpan-simulator", &["suanpan-phone-compiler", "suanpan-wechat"]),
    ("suanpan-shop", &[]),
    ("suanpan", &["suanpan-server", "suanpan-shop", "suanpan-simulator", "suanpan-wechat"]),
    (
        "suanpan-chaos",
        &["suanpan-acts", "suanpan-simulator", "suanpan-store", "suanpan-trade", "suanpan-wechat"],
    ),
    ("xtask", &[]),
];

const NEVER_SHIPPED: [&str; 4] =
    ["suanpan-bench", "suanpan-chaos", "suanpan-fuzz", "suanpan-testkit"];

/// Runtimes, HTTP, SQL and chance: what the pure crates must not even be able to reach.
const SHELL_ONLY: &[&str] = &[
    "async-std",
    "axum",
    "futures-executor",
    "getrandom",
    "h2",
    "http",
    "hyper",
    "mio",
    "rand",
    "reqwest",
    "rusqlite",
    "rustls",
    "smol",
    "sqlx",
    "tokio",
    "tokio-postgres",
    "tower",
    "ureq",
];

const NOWHERE: &[&str] = &["native-tls", "openssl", "openssl-sys", "ring", "rsa"];

#[test]
fn crates_know_only_whom_they_may() {
    let metadata = workspace();
    let rules: BTreeMap<&str, &[&str]> = MAY_KNOW.iter().copied().collect();
    let ours: BTreeSet<String> = names(&metadata);
    let mut findings = Vec::new();
    for package in &metadata.packages {
        let name = package.name.to_string();
        let Some(allowed) = rules.get(name.as_str()) else {
            if !NEVER_SHIPPED.contains(&name.as_str()) {
                findings.push(format!("{name} has no line in MAY_KNOW"));
            }
            continue;
        };
        let known = package.dependencies.iter().filter(|known| ours.contains(&known.name));
        findings.extend(
            known
                .filter(|known| !allowed.contains(&known.name.as_str()))
                .map(|known| format!("{name} must not know {}", known.name)),
        );
    }
    tree::demand_none("dependencies point one way", &findings);
}

#[test]
fn nobody_depends_on_what_is_never_shipped() {
    let mut findings = Vec::new();
    for package in &workspace().packages {
        for known in &package.dependencies {
            let is_tool = NEVER_SHIPPED.contains(&known.name.as_str());
            let shipped = !NEVER_SHIPPED.contains(&package.name.as_str());
            if is_tool && (shipped || known.name != "suanpan-chaos") {
                findings.push(format!("{} depends on {}", package.name, known.name));
            }
        }
    }
    tree::demand_none("testkit, bench and fuzz are leaves, chaos is for tests", &findings);
}

#[test]
fn pure_crates_reach_no_runtime_http_sql_or_chance() {
    let mut findings = Vec::new();
    for pure in ["suanpan-wechat", "suanpan-trade", "suanpan-acts"] {
        let reached = reached_by(&["--package", pure, "--all-features", "--edges", "normal"]);
        assert!(reached.contains("aws-lc-rs"), "{pure}: cargo tree printed no real tree");
        findings
            .extend(forbidden(&reached, SHELL_ONLY).map(|name| format!("{pure} reaches {name}")));
    }
    tree::demand_none("wechat, trade and acts are pure", &findings);
}

#[test]
fn server_and_simulator_never_know_each_other() {
    let server = reached_by(&["--package", "suanpan-server", "--edges", "normal,build"]);
    let simulator = reached_by(&["--package", "suanpan-simulator", "--edges", "normal,build"]);
    assert!(server.contains("suanpan-acts"), "cargo tree printed no real tree");
    assert!(!server.contains("suanpan-simulator"), "they meet over HTTP only");
    for ours in ["suanpan-server", "suanpan-acts", "suanpan-store", "suanpan-trade"] {
        assert!(!simulator.contains(ours), "the simulator reaches {ours}");
    }
}

#[test]
fn chaos_uses_the_world_without_the_network() {
    let reached = reached_by(&["--package", "suanpan-chaos", "--edges", "normal"]);
    assert!(reached.contains("suanpan-simulator"), "cargo tree printed no real tree");
    let findings: Vec<_> = forbidden(&reached, &["axum", "hyper", "reqwest", "rusqlite"]).collect();
    tree::demand_none("chaos runs on virtual time", &findings);
}

#[test]
fn k08_banned_cryptography_is_nowhere_in_the_build() {
    let reached = reached_by(&["--workspace", "--edges", "normal,build,dev"]);
    assert!(reached.contains("aws-lc-rs"), "cargo tree printed no real tree");
    let findings: Vec<_> = forbidden(&reached, NOWHERE).collect();
    tree::demand_none("one cryptography provider", &findings);
}

#[test]
fn every_crate_takes_the_workspace_lints() {
    let findings: Vec<String> = tree::texts()
        .iter()
        .filter(|file| file.path.ends_with("/Cargo.toml") && !takes_lints(&file.text))
        .map(|file| file.path.clone())
        .collect();
    tree::demand_none("`[lints] workspace = true`", &findings);
}

#[test]
fn s05_unsafe_code_is_forbidden_for_the_whole_workspace() {
    let manifest: toml::Table = tree::read("Cargo.toml").parse().unwrap();
    assert_eq!(manifest["workspace"]["lints"]["rust"]["unsafe_code"].as_str(), Some("forbid"));
}

#[test]
fn only_the_two_protocol_crates_are_published() {
    // cargo_metadata says `Some([])` for `publish = false`.
    let is_public = |package: &&Package| package.publish.is_none();
    let metadata = workspace();
    let public: Vec<_> =
        metadata.packages.iter().filter(is_public).map(|p| p.name.as_str()).collect();
    assert_eq!(public, ["suanpan-wechat", "suanpan-wechat-client"]);
}

#[test]
fn path_dependencies_are_not_smuggled_in() {
    let metadata = workspace();
    let ours = names(&metadata);
    let foreign =
        metadata.packages.iter().flat_map(|package| &package.dependencies).filter(|known| {
            known.kind != DependencyKind::Unknown
                && known.path.is_some()
                && !ours.contains(&known.name)
        });
    let findings: Vec<_> = foreign.map(|known| known.name.clone()).collect();
    tree::demand_none("no vendored code", &findings);
}

#[test]
fn the_lint_rule_notices_a_crate_without_lints() {
    assert!(takes_lints("[package]\nname = \"a\"\n[lints]\nworkspace = true\n"));
    assert!(!takes_lints("[package]\nname = \"a\"\n"));
    let own = "[workspace]\n[package]\nname = \"a\"\n";
    assert!(!takes_lints(own));
    assert!(takes_lints(&format!("{own}[lints.rust]\nunsafe_code = \"forbid\"\n")));
}

/// A crate that is a workspace of its own has nothing to take them from, and forbids `unsafe` itself.
fn takes_lints(manifest: &str) -> bool {
    let manifest: toml::Table = manifest.parse().expect("a manifest is TOML");
    if manifest.contains_key("workspace") && manifest.contains_key("package") {
        return manifest
            .get("lints")
            .and_then(|lints| lints.get("rust")?.get("unsafe_code")?.as_str())
            .is_some_and(|level| level == "forbid");
    }
    let flag = manifest.get("lints").and_then(|lints| lints.get("workspace"));
    !manifest.contains_key("package") || flag.and_then(toml::Value::as_bool) == Some(true)
}

fn workspace() -> Metadata {
    MetadataCommand::new()
        .manifest_path(tree::root().join("Cargo.toml"))
        .no_deps()
        .exec()
        .expect("cargo describes the workspace")
}

fn names(metadata: &Metadata) -> BTreeSet<String> {
    metadata.packages.iter().map(|package| package.name.to_string()).collect()
}

/// `cargo tree`, because it resolves features for the chosen packages alone; `cargo metadata`
/// would show what the rest of the workspace switches on.
fn reached_by(arguments: &[&str]) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--quiet", "--locked", "--prefix", "none", "--format", "{p}"])
        .args(arguments)
        .current_dir(tree::root())
        .output()
        .expect("cargo starts");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo tree {arguments:?}: {complaint}");
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| line.split(' ').next())
        .map(str::to_owned)
        .collect()
}

fn forbidden<'a>(
    reached: &'a BTreeSet<String>,
    list: &'a [&str],
) -> impl Iterator<Item = String> + 'a {
    reached.iter().filter(|name| list.contains(&name.as_str())).cloned()
}
