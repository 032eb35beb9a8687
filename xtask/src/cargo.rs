//! How cargo is called: one place, so that all steps agree on features and share their artefacts.

use std::process::Command;

use crate::place;
use crate::work::{Failure, Work};

/// The feature that embeds Node's output; without Node the workspace still builds, without a phone.
pub(crate) const PHONE: &str = "suanpan-simulator/phone";

/// A cargo call with output fit for a log.
pub(crate) fn cargo(subcommand: &str) -> Command {
    let mut command = Command::new("cargo");
    command.arg(subcommand).env("CARGO_TERM_COLOR", "never");
    forget_own_package(&mut command);
    command
}

/// Adds what every compiling step passes, so that none of them compiles a dependency anew.
pub(crate) fn whole_workspace(command: &mut Command) -> &mut Command {
    command.args(["--workspace", "--locked"]);
    if place::assets().is_dir() {
        command.args(["--features", PHONE]);
    }
    command
}

/// Builds one program of the workspace with the features that all other steps use.
pub(crate) fn program(work: &mut Work, name: &str) -> Result<(), Failure> {
    work.run(whole_workspace(&mut cargo("build")).args(["--bin", name]))
}

/// `cargo run` describes the running package in the environment. A nested cargo does not need it,
/// and some build scripts of others would take the change for a reason to run again.
fn forget_own_package(command: &mut Command) {
    for name in OWN_PACKAGE {
        command.env_remove(name);
    }
}

const OWN_PACKAGE: [&str; 14] = [
    "CARGO_MANIFEST_DIR",
    "CARGO_MANIFEST_PATH",
    "CARGO_PKG_AUTHORS",
    "CARGO_PKG_DESCRIPTION",
    "CARGO_PKG_HOMEPAGE",
    "CARGO_PKG_LICENSE",
    "CARGO_PKG_NAME",
    "CARGO_PKG_REPOSITORY",
    "CARGO_PKG_RUST_VERSION",
    "CARGO_PKG_VERSION",
    "CARGO_PKG_VERSION_MAJOR",
    "CARGO_PKG_VERSION_MINOR",
    "CARGO_PKG_VERSION_PATCH",
    "CARGO_PKG_VERSION_PRE",
];
