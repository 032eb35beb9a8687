//! A simulator in a process of its own, seen through `/proc`.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};
use suanpan_simulator::{Config, Simulator};

use super::{MILLI, wire::Wire};
use crate::measure::{Figure, wall_ns};

/// How often a start is measured.
const STARTS: u8 = 11;

/// What a fast start may take, and an idle simulator may weigh.
const START_MS: u128 = 300;
const IDLE_MB: u128 = 40;

/// Kernel ticks are hundredths of a second wherever Linux runs this.
const TICK_NS: u128 = 10_000_000;

/// The other side of [`Simulated`]: starts, says where it is, ends with its standard input.
pub(crate) fn alone() -> Result<(), String> {
    let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
    runtime.block_on(async {
        let config = Config { seed: Some(1), ..Config::on_free_ports() };
        let running = Simulator::start(config).await.map_err(|error| error.to_string())?;
        let addresses = running.addresses();
        let (protocol, management) = (addresses.protocol, addresses.management);
        println!("{}", json!({ "protocol": protocol, "management": management }));
        let ended = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
        ended.await.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
        running.shutdown().await;
        Ok(())
    })
}

/// A running simulator; it ends when this is dropped.
pub(super) struct Simulated {
    process: Child,
    pub(super) protocol: String,
    pub(super) management: String,
}

impl Simulated {
    pub(super) fn start() -> Result<Self, String> {
        let program = std::env::current_exe().map_err(|error| error.to_string())?;
        let mut process = Command::new(program)
            .arg("simulator-alone")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| error.to_string())?;
        let output = process.stdout.take().expect("it was asked for");
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line).map_err(|error| error.to_string())?;
        let said: Value = serde_json::from_str(&line).map_err(|error| error.to_string())?;
        let address = |name: &str| said[name].as_str().unwrap_or_default().to_owned();
        Ok(Self { process, protocol: address("protocol"), management: address("management") })
    }

    /// User and system time it has used.
    pub(super) fn cpu_ns(&self) -> Result<u128, String> {
        let stat = self.proc("stat")?;
        // The name in brackets may contain anything; fields are counted behind it.
        let fields = stat.rsplit_once(')').map(|(_, fields)| fields).unwrap_or_default();
        let field = |at: usize| fields.split_whitespace().nth(at)?.parse::<u128>().ok();
        let (user, system) = (field(11).ok_or("no utime")?, field(12).ok_or("no stime")?);
        Ok((user + system) * TICK_NS)
    }

    /// Resident memory in KiB.
    pub(super) fn resident_kib(&self) -> Result<u128, String> {
        resident_kib(&self.proc("status")?)
    }

    fn proc(&self, file: &str) -> Result<String, String> {
        std::fs::read_to_string(format!("/proc/{}/{file}", self.process.id()))
            .map_err(|error| error.to_string())
    }
}

impl Drop for Simulated {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        // It ends by itself; how, nobody asks any more.
        let _ended = self.process.wait();
    }
}

/// `VmRSS` of a `/proc/…/status`.
pub(super) fn resident_kib(status: &str) -> Result<u128, String> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.and_then(|number| number.parse().ok()).ok_or_else(|| "no VmRSS".to_owned())
}

/// From `exec` to the first answer, and what it then weighs.
pub(super) fn start_and_weight() -> Result<Vec<Figure>, String> {
    let (mut times, mut weights, mut cpu) = (Vec::new(), Vec::new(), 0);
    for _ in 0..STARTS {
        let before = wall_ns();
        let simulated = Simulated::start()?;
        let (status, _) = Wire::open(&simulated.protocol)?.blocking_get("/v3/certificates")?;
        let spent = wall_ns() - before;
        if status != 400 {
            return Err(format!("an unsigned call was answered with {status}"));
        }
        times.push(spent);
        cpu += simulated.cpu_ns()?;
        weights.push(simulated.resident_kib()?);
    }
    times.sort_unstable();
    weights.sort_unstable();
    let median = usize::from(STARTS / 2);
    let (time, weight) = (times[median], weights[median]);
    Ok(vec![
        Figure::at_most("simulator.start", time / 1000, "ms", START_MS * MILLI),
        // A mean, because a single start is a few ticks of the kernel's clock.
        Figure::alone("simulator.start.cpu", cpu / u128::from(STARTS) / 1000, "ms"),
        Figure::at_most("simulator.idle", weight * MILLI / 1024, "MiB", IDLE_MB * MILLI),
    ])
}
