//! A program, unchanged, with WeChat's names leading into a simulator.
//!
//! The program inherits terminal, folder and environment; what it needs to come through the
//! proxy is added. Its signals and its exit code pass through, so that a script cannot tell the
//! difference.

mod child;
mod environment;
mod kit;
mod node;
mod truststore;

use std::process::{Command, ExitCode};

use suanpan_simulator::{Config, Running, Simulator};

use crate::{arguments::RunArguments, failure::Failure, fixture};

/// Where a simulator is by default.
pub(crate) const USUAL: &str = "http://127.0.0.1:9702";

/// What `GET /api/fixture` says about ways in.
#[derive(Debug, serde::Deserialize)]
pub(crate) struct Ways {
    proxy: String,
    tls: String,
    ca_pem: String,
    hosts: Vec<String>,
}

/// Runs the program to its end.
pub(crate) async fn run(arguments: RunArguments) -> Result<ExitCode, Failure> {
    let stage = Stage::find(&arguments).await?;
    let direct = environment::no_proxy(&arguments.direct, &arguments.inherited);
    let kit = kit::Kit::lay_out(&stage.ways, &direct)?;
    let variables =
        environment::variables(&stage.management, &stage.ways, &kit, &direct, &arguments.inherited);
    let (program, rest) = arguments.command.split_first().expect("the command line demands one");
    let mut command = Command::new(program);
    command.args(rest).envs(variables);
    let ended = child::run(&mut command).await;
    stage.close().await;
    ended
}

/// The simulator of this run.
struct Stage {
    management: String,
    ways: Ways,
    /// Ends with the run when it was started for it.
    own: Option<Running>,
}

impl Stage {
    /// The simulator that was named; else the one that runs here; else one of our own.
    async fn find(arguments: &RunArguments) -> Result<Self, Failure> {
        let token = arguments.token.as_deref();
        let named = arguments.simulator.as_deref();
        match fixture::fetch(named.unwrap_or(USUAL), token, fixture::HINT).await {
            Ok(ways) => Ok(Self { management: named.unwrap_or(USUAL).to_owned(), ways, own: None }),
            Err(failure @ Failure::NoToken { .. }) => Err(failure),
            Err(failure) if named.is_some() => Err(failure),
            Err(_nobody) => Self::open().await,
        }
    }

    async fn open() -> Result<Self, Failure> {
        let running = Simulator::start(Config::on_free_ports()).await?;
        let management = format!("http://{}", running.addresses().management);
        eprintln!("no simulator at {USUAL}: one of its own for this run, at {management}");
        let ways = fixture::fetch(&management, None, fixture::HINT).await?;
        Ok(Self { management, ways, own: Some(running) })
    }

    async fn close(self) {
        if let Some(running) = self.own {
            running.shutdown().await;
        }
    }
}
