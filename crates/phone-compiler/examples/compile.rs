//! Writes the bundle of a mini program to standard output, for work on the runtime without a server:
//! `cargo run -p suanpan-phone-compiler --example compile -- examples/miniprogram > bundle.js`.

use std::io::Write as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(dir) = std::env::args_os().nth(1) else {
        eprintln!("usage: compile <folder of the mini program>");
        return ExitCode::FAILURE;
    };
    match suanpan_phone_compiler::compile(dir.as_ref()) {
        Ok(bundle) => {
            for warning in &bundle.warnings {
                eprintln!("warning: {warning}");
            }
            match std::io::stdout().write_all(bundle.javascript.as_bytes()) {
                Ok(()) => ExitCode::SUCCESS,
                Err(_) => ExitCode::FAILURE,
            }
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
