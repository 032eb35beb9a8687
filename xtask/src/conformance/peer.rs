//! The SDKs as programs that answer questions: for agreement, and beside us in the benchmark.

use std::path::PathBuf;
use std::process::Command;

use super::sdks::{Profile, build_rust, install_axios, install_python};
use crate::place;
use crate::work::{Failure, Work};

/// An SDK, and the program that speaks for it.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    /// How many of the exchanges it has functions for.
    pub(super) checks: u64,
    program: PathBuf,
    /// What the program is told to run; one that needs no telling does not look at it.
    script: PathBuf,
}

/// Each SDK, or why it cannot be installed here. `cargo` builds the one that is a crate.
pub(crate) fn all(work: &mut Work, profile: Profile) -> [(&'static str, Result<Peer, Failure>); 3] {
    [
        ("axios", axios(work)),
        ("wechatpayv3", wechatpayv3(work)),
        ("wxpay-rs", wxpay_rs(work, profile)),
    ]
}

fn axios(work: &mut Work) -> Result<Peer, Failure> {
    let script = install_axios(work)?.join("peer.mjs");
    Ok(Peer { name: "axios", checks: 16, program: "node".into(), script })
}

fn wechatpayv3(work: &mut Work) -> Result<Peer, Failure> {
    let program = install_python(work)?.join("python");
    let script = place::root().join("conformance/python/peer.py");
    Ok(Peer { name: "wechatpayv3", checks: 7, program, script })
}

fn wxpay_rs(work: &mut Work, profile: Profile) -> Result<Peer, Failure> {
    let program = build_rust(work, profile)?.join("peer");
    Ok(Peer { name: "wxpay-rs", checks: 7, program, script: "-".into() })
}

impl Peer {
    /// Adds `--peer NAME PROGRAM SCRIPT`.
    pub(crate) fn introduce<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command.args(["--peer", self.name]).arg(&self.program).arg(&self.script)
    }
}
