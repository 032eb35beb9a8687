//! The SDKs as programs that answer questions: for agreement, and beside us in the benchmark.

use std::path::PathBuf;
use std::process::Command;

use super::sdks::{install_axios, install_python};
use crate::place;
use crate::work::{Failure, Work};

/// An SDK, and the program that speaks for it.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    program: PathBuf,
    script: PathBuf,
}

/// Each SDK, or why it cannot be installed here.
pub(crate) fn all(work: &mut Work) -> [(&'static str, Result<Peer, Failure>); 2] {
    [("axios", axios(work)), ("wechatpayv3", wechatpayv3(work))]
}

fn axios(work: &mut Work) -> Result<Peer, Failure> {
    let script = install_axios(work)?.join("peer.mjs");
    Ok(Peer { name: "axios", program: "node".into(), script })
}

fn wechatpayv3(work: &mut Work) -> Result<Peer, Failure> {
    let program = install_python(work)?.join("python");
    let script = place::root().join("conformance/python/peer.py");
    Ok(Peer { name: "wechatpayv3", program, script })
}

impl Peer {
    /// Adds `--peer NAME PROGRAM SCRIPT`.
    pub(crate) fn introduce<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command.args(["--peer", self.name]).arg(&self.program).arg(&self.script)
    }
}
