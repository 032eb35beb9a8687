//! A program in our place: it hears our signals and we end as it ends.

use std::{
    fs::File,
    io::ErrorKind,
    os::unix::process::ExitStatusExt as _,
    process::{Child, Command, ExitCode, ExitStatus},
};

use rustix::process::{Pid, Signal, getpgrp, kill_process};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::mpsc,
};

use crate::failure::Failure;

/// What is passed on.
const PASSED_ON: [Signal; 6] =
    [Signal::HUP, Signal::INT, Signal::QUIT, Signal::TERM, Signal::USR1, Signal::USR2];

/// What shells answer for a program that is not there …
const NOT_FOUND: u8 = 127;

/// … for one that cannot be executed …
const NOT_EXECUTABLE: u8 = 126;

/// … and, with the signal's number, for one that a signal ended.
const BY_SIGNAL: i32 = 128;

/// Runs the program to its end.
pub(super) async fn run(command: &mut Command) -> Result<ExitCode, Failure> {
    // Listening begins before the program does, so that nothing is lost in between.
    let mut ended = signal(SignalKind::child())?;
    let mut signals = listen()?;
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => {
            eprintln!("error: {} does not start: {error}", command.get_program().display());
            let missing = error.kind() == ErrorKind::NotFound;
            return Ok(ExitCode::from(if missing { NOT_FOUND } else { NOT_EXECUTABLE }));
        }
    };
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(code(status));
        }
        tokio::select! {
            _ = ended.recv() => {}
            Some(signal) = signals.recv() => pass_on(&child, signal),
        }
    }
}

fn listen() -> Result<mpsc::UnboundedReceiver<Signal>, Failure> {
    let (sender, receiver) = mpsc::unbounded_channel();
    for passed_on in PASSED_ON {
        let mut heard = signal(SignalKind::from_raw(passed_on.as_raw()))?;
        let sender = sender.clone();
        tokio::spawn(async move {
            while heard.recv().await.is_some() && sender.send(passed_on).is_ok() {}
        });
    }
    Ok(receiver)
}

/// The child has not been waited for, so its number still is its own.
fn pass_on(child: &Child, signal: Signal) {
    if comes_from_the_keyboard(signal) {
        return;
    }
    let number = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    // It may have ended a moment ago; then there is nobody to tell.
    let _gone = number.map(|number| kill_process(number, signal));
}

/// Ctrl-C and Ctrl-\ reach everybody in the foreground, the program too: passed on, they would
/// arrive twice, and the second Ctrl-C means "at once" to many programs.
fn comes_from_the_keyboard(signal: Signal) -> bool {
    matches!(signal, Signal::INT | Signal::QUIT)
        && File::open("/dev/tty")
            .is_ok_and(|terminal| rustix::termios::tcgetpgrp(terminal).ok() == Some(getpgrp()))
}

fn code(status: ExitStatus) -> ExitCode {
    let code = status.code().or_else(|| status.signal().map(|signal| BY_SIGNAL + signal));
    code.and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from)
}
