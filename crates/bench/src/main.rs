//! Ourselves beside others: what our own work costs as a ratio to the bare cryptography measured in
//! the same run, and whether implementations that we did not write agree with us.
//!
//! Subject and floor take turns, round by round, and what is reported is the median of the ratios of
//! neighbouring rounds, because figures of different runs, machines or minutes cannot be compared.
//! Time is CPU time of the thread, so a busy machine makes a run longer and hardly less exact.
//!
//! `--json` prints one object a line: `{name, value, unit, ratio, against}`.

mod agreement;
mod floor;
mod measure;
mod peer;
mod protocol;
mod simulator;
mod world;

use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use measure::{Figure, compare, compare_peer};
use peer::Peer;
use protocol::Stage;

#[derive(Parser)]
#[command(name = "suanpan-bench", about = "Ourselves beside others: cost and agreement")]
struct Arguments {
    #[command(subcommand)]
    subject: Subject,
}

#[derive(Subcommand)]
enum Subject {
    /// The two paths every payment takes through the protocol crate: prepay and notification.
    Protocol(Protocol),
    /// How fast WeChat on a laptop starts, answers and lets time pass, and what it weighs.
    Simulator(simulator::Numbers),
    /// A simulator in a process of its own, for as long as its standard input is open.
    #[command(hide = true)]
    SimulatorAlone,
    /// Exchanges with other people's SDKs over generated inputs.
    Agreement(agreement::Agreement),
}

#[derive(Args)]
struct Protocol {
    /// One JSON object a line instead of a table.
    #[arg(long)]
    json: bool,
    /// How often subject and floor take turns.
    #[arg(long, default_value_t = 61)]
    rounds: usize,
    /// Somebody else's SDK, measured beside us (repeatable).
    #[arg(long, num_args = 3, value_names = ["NAME", "PROGRAM", "SCRIPT"])]
    peer: Vec<String>,
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().subject {
        Subject::Agreement(arguments) => return agreement::run(&arguments),
        Subject::Protocol(arguments) => protocol(&arguments),
        Subject::Simulator(arguments) => simulator::run(&arguments),
        Subject::SimulatorAlone => simulator::alone(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("error: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn protocol(arguments: &Protocol) -> Result<(), String> {
    let rounds = arguments.rounds.max(1);
    let print = |figure: &Figure| {
        println!("{}", if arguments.json { figure.to_json() } else { figure.to_string() });
    };
    let stage = Stage::set();
    for path in &mut stage.paths() {
        compare(path, rounds).figures().iter().for_each(print);
    }
    for [name, program, script] in arguments.peer.as_chunks().0 {
        let mut peer = Peer::start(name, program, script)?;
        peer.introduce(stage.world.introduction())?;
        for path in &mut stage.paths() {
            print(&compare_peer(path, &mut peer, rounds)?);
        }
    }
    Ok(())
}
