//! The simulator as a user starts it: `suanpan simulate` on free ports.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::place;
use crate::work::{Attempt, Failure, Work, stop};

/// Stopped when dropped.
pub(super) struct Simulator {
    child: Child,
    management: String,
}

impl Simulator {
    /// Waits for the line in which the simulator says where it listens.
    pub(super) fn start(work: &mut Work) -> Result<Self, Failure> {
        let free = "127.0.0.1:0";
        let mut child = work.spawn_into(
            Stdio::piped(),
            Command::new(place::program("suanpan"))
                .args(["simulate", "--json", "--protocol", free, "--proxy", free])
                .args(["--management", free, "--tls", free]),
        )?;
        let out = child.stdout.take().expect("standard output is piped");
        let mut line = String::new();
        let read = BufReader::new(out).read_line(&mut line);
        let mut simulator = Self { child, management: String::new() };
        read.attempt("read the simulator's addresses")?;
        let said: Value = serde_json::from_str(&line)
            .attempt(format!("`suanpan simulate --json` said {:?}", line.trim()))?;
        let management = said["management"].as_str();
        simulator.management = management
            .ok_or_else(|| Failure(format!("no management address in {}", line.trim())))?
            .to_owned();
        Ok(simulator)
    }

    pub(super) fn management(&self) -> &str {
        &self.management
    }

    /// Host and port of the management address.
    pub(super) fn authority(&self) -> &str {
        self.management.trim_start_matches("http://")
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        stop(&mut self.child);
    }
}
