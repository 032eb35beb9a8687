//! `suanpan`: take WeChat payments with one binary you can count on.
//!
//! Answers go to stdout, talk to stderr. The first Ctrl-C or SIGTERM lets everything under way
//! finish, the second ends at once.

mod api_key;
mod arguments;
mod convert_p12;
mod demo;
mod explain;
mod failure;
mod fixture;
mod init;
mod logs;
mod phone;
mod private_file;
mod run;
mod serve;
mod signals;
mod simulate;

use std::process::ExitCode;

use clap::Parser as _;

use arguments::{Arguments, Command};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    logs::start(arguments.log_format);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let outcome = runtime.map_err(failure::Failure::from).and_then(|runtime| {
        let outcome = runtime.block_on(run(arguments.command));
        // What still runs after a drain was given up is not waited for.
        runtime.shutdown_background();
        outcome
    });
    match outcome {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<ExitCode, failure::Failure> {
    let done = match command {
        Command::Run(arguments) => return run::run(arguments).await,
        Command::Serve(arguments) => serve::run(arguments).await,
        Command::Simulate(arguments) => simulate::run(arguments).await,
        Command::Demo(arguments) => demo::run(arguments).await,
        Command::Init(arguments) => init::run(&arguments),
        Command::ApiKey(arguments) => api_key::run(&arguments),
        Command::ConvertP12(arguments) => convert_p12::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments).await,
    };
    done.map(|()| ExitCode::SUCCESS)
}
