//! The simulator as a user starts it: `suanpan simulate` on free ports.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::loopback;
use crate::place;
use crate::work::{Attempt, Failure, Work, stop};

/// Stopped when dropped.
pub(super) struct Simulator {
    child: Child,
    management: String,
    proxy: String,
}

impl Simulator {
    /// Waits for the line in which the simulator says where it listens.
    pub(super) fn start(work: &mut Work) -> Result<Self, Failure> {
        let free = "127.0.0.1:0";
        let mut child = work.spawn_into(
            Stdio::piped(),
            Command::new(place::program("suanpan"))
                .args(["simulate", "--json", "--protocol", free, "--proxy", free])
                .args(["--management", free]),
        )?;
        let out = child.stdout.take().expect("standard output is piped");
        let mut line = String::new();
        let read = BufReader::new(out).read_line(&mut line);
        let mut simulator = Self { child, management: String::new(), proxy: String::new() };
        read.attempt("read the simulator's addresses")?;
        let said: Value = serde_json::from_str(&line)
            .attempt(format!("`suanpan simulate --json` said {:?}", line.trim()))?;
        let address = |name: &str| {
            let found = said[name].as_str().or_else(|| said["addresses"][name].as_str());
            let plain =
                found.map(|address| address.trim_start_matches("http://").trim_matches('/'));
            plain
                .map(|plain| format!("http://{plain}"))
                .ok_or_else(|| Failure(format!("no address of `{name}` in {}", line.trim())))
        };
        simulator.management = address("management")?;
        simulator.proxy = address("proxy")?;
        Ok(simulator)
    }

    pub(super) fn management(&self) -> &str {
        &self.management
    }

    pub(super) fn proxy(&self) -> &str {
        &self.proxy
    }

    /// The certificate authority of its proxy.
    pub(super) fn certificate(&self) -> Result<String, Failure> {
        let authority = self.management.trim_start_matches("http://");
        let fixture = loopback::get(authority, "/api/fixture")?;
        let fixture: Value = serde_json::from_str(&fixture).attempt("read the fixture")?;
        let pem = fixture["ca_pem"].as_str();
        pem.map(str::to_owned).ok_or_else(|| Failure("the fixture has no `ca_pem`".into()))
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        stop(&mut self.child);
    }
}
