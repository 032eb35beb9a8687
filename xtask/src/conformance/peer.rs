//! The SDKs as programs that answer questions: for agreement, and beside us in the benchmark.

use std::path::PathBuf;
use std::process::Command;

use super::sdks::{install_axios, install_python};
use crate::cargo::cargo;
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

/// The SDKs that every test run converses with.
pub(super) fn conversing(work: &mut Work) -> Result<[Peer; 2], Failure> {
    Ok([axios(work)?, wechatpayv3(work)?])
}

/// Every SDK to measure, or why it cannot be installed here.
pub(crate) fn all(work: &mut Work) -> [(&'static str, Result<Peer, Failure>); 3] {
    [("axios", axios(work)), ("wechatpayv3", wechatpayv3(work)), ("wxpay-rs", wxpay_rs(work))]
}

fn axios(work: &mut Work) -> Result<Peer, Failure> {
    let script = install_axios(work)?.join("peer.mjs");
    Ok(Peer { name: "axios", checks: 11, program: "node".into(), script })
}

fn wechatpayv3(work: &mut Work) -> Result<Peer, Failure> {
    let program = install_python(work)?.join("python");
    let script = place::root().join("conformance/python/peer.py");
    Ok(Peer { name: "wechatpayv3", checks: 7, program, script })
}

/// A crate of others compiles for minutes, so only the benchmark asks for it.
fn wxpay_rs(work: &mut Work) -> Result<Peer, Failure> {
    let manifest = place::root().join("conformance/wxpay-rs/Cargo.toml");
    let target = place::logs().join("wxpay-rs");
    work.run(
        cargo("build")
            .args(["--release", "--locked", "--manifest-path"])
            .arg(&manifest)
            .arg("--target-dir")
            .arg(&target),
    )?;
    let program = target.join("release").join("suanpan-conformance-wxpay-rs");
    Ok(Peer { name: "wxpay-rs", checks: 7, program, script: manifest })
}

impl Peer {
    /// Adds `--peer NAME PROGRAM SCRIPT`.
    pub(crate) fn introduce<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command.args(["--peer", self.name]).arg(&self.program).arg(&self.script)
    }
}
