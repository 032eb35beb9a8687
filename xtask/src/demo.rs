//! `cargo xtask demo`: build what is missing, then become `suanpan demo`.

use std::os::unix::process::CommandExt;
use std::process::Command;

use crate::place;
use crate::work::{Failure, Work};
use crate::{assets, cargo};

/// Returns only when something is missing or broken.
///
/// The running program is *replaced*: signals, exit code and terminal are those of `suanpan demo`
/// itself, so there is no parent that could forward them wrongly.
pub(crate) fn run(pass: &[String]) -> Result<(), Failure> {
    let mut work = Work::on_terminal();
    eprintln!("[1/3] the phone's bundle");
    assets::build(&mut work)?;
    eprintln!("[2/3] the program (the first build takes some minutes)");
    cargo::program(&mut work, "suanpan")?;
    eprintln!("[3/3] simulator, server, shop and phone");
    // The program's own default is relative to where it is started.
    let miniprogram = place::root().join("examples").join("miniprogram");
    let refused = Command::new(place::program("suanpan"))
        .env("SUANPAN_MINIPROGRAM", miniprogram)
        .arg("demo")
        .args(pass)
        .exec();
    Err(Failure(format!("could not start `suanpan demo`: {refused}")))
}
