//! Running other programs: output to a log or to the terminal, a time limit, an honest failure.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::Duration;

use crate::clock::{Stopwatch, human};
use crate::place;

/// Why a step or a command did not succeed, for a person.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) String);

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self(error.to_string())
    }
}

/// Says what was attempted when an I/O call fails.
pub(crate) trait Attempt<T> {
    fn attempt(self, what: impl Display) -> Result<T, Failure>;
}

impl<T, E: Display> Attempt<T> for Result<T, E> {
    fn attempt(self, what: impl Display) -> Result<T, Failure> {
        self.map_err(|error| Failure(format!("{what}: {error}")))
    }
}

/// How a step ended when it did not fail.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Passed,
    /// Nothing was checked, and this is why.
    Skipped(String),
}

/// One step's connection to the world: where output goes and how long it may take.
pub(crate) struct Work {
    sink: Sink,
    watch: Stopwatch,
    limit: Duration,
}

enum Sink {
    Terminal,
    Log { file: File, step: &'static str },
}

impl Work {
    /// Output appears at once; standard output stays free for data.
    pub(crate) fn on_terminal() -> Self {
        Self { sink: Sink::Terminal, watch: Stopwatch::start(), limit: NO_LIMIT }
    }

    /// Output goes to `target/xtask/<step>.log`, started anew.
    pub(crate) fn logged(step: &'static str, limit: Duration) -> Result<Self, Failure> {
        let path = log_of(step);
        std::fs::create_dir_all(place::logs()).attempt("make the folder for logs")?;
        let file = File::create(&path).attempt(format!("create {}", path.display()))?;
        Ok(Self { sink: Sink::Log { file, step }, watch: Stopwatch::start(), limit })
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.watch.elapsed()
    }

    /// Tells the reader of the log (or of the terminal) something.
    pub(crate) fn note(&mut self, text: impl Display) {
        let written = match &mut self.sink {
            Sink::Terminal => writeln!(io::stderr(), "{text}"),
            Sink::Log { file, .. } => writeln!(file, "{text}"),
        };
        // A full disk shows itself in the step's own output; a lost remark is not worth a failure.
        drop(written);
    }

    /// Runs `command` in the root of the tree unless it names a folder, and demands success.
    pub(crate) fn run(&mut self, command: &mut Command) -> Result<(), Failure> {
        let status = self.status(command)?;
        if status.success() {
            return Ok(());
        }
        Err(Failure(format!("`{}` ended with {status}", shown(command))))
    }

    /// As [`Work::run`], for a program whose standard output is what the user asked for.
    pub(crate) fn run_with_output(&mut self, command: &mut Command) -> Result<(), Failure> {
        command.current_dir(place::root());
        let status = command.status().attempt(format!("start `{}`", shown(command)))?;
        if status.success() {
            return Ok(());
        }
        Err(Failure(format!("`{}` ended with {status}", shown(command))))
    }

    /// Runs `command` and says how it ended; only a program that cannot start is a failure.
    pub(crate) fn status(&mut self, command: &mut Command) -> Result<ExitStatus, Failure> {
        let mut child = self.spawn(command)?;
        self.wait(&mut child, &shown(command))
    }

    /// As [`Work::status`], with standard output kept in a file of its own.
    pub(crate) fn status_into(
        &mut self,
        output: &Path,
        command: &mut Command,
    ) -> Result<ExitStatus, Failure> {
        let file = File::create(output).attempt(format!("create {}", output.display()))?;
        let mut child = self.spawn_into(Stdio::from(file), command)?;
        self.wait(&mut child, &shown(command))
    }

    fn spawn(&mut self, command: &mut Command) -> Result<Child, Failure> {
        let out = match &self.sink {
            Sink::Terminal => Stdio::from(io::stderr()),
            Sink::Log { file, .. } => Stdio::from(file.try_clone().attempt("share the log")?),
        };
        self.spawn_into(out, command)
    }

    /// Starts `command` with its complaints where this step's output goes.
    pub(crate) fn spawn_into(
        &mut self,
        out: Stdio,
        command: &mut Command,
    ) -> Result<Child, Failure> {
        if command.get_current_dir().is_none() {
            command.current_dir(place::root());
        }
        self.note(format_args!("$ {}", shown(command)));
        let err = match &self.sink {
            Sink::Terminal => Stdio::inherit(),
            Sink::Log { file, .. } => Stdio::from(file.try_clone().attempt("share the log")?),
        };
        command
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(err)
            .spawn()
            .attempt(format!("start `{}`", shown(command)))
    }

    fn wait(&mut self, child: &mut Child, what: &str) -> Result<ExitStatus, Failure> {
        let mut next_sign = self.elapsed() + SIGN_OF_LIFE;
        loop {
            if let Some(status) = child.try_wait().attempt(format!("wait for `{what}`"))? {
                return Ok(status);
            }
            if self.elapsed() > self.limit {
                stop(child);
                return Err(Failure(format!("`{what}` took longer than {}", human(self.limit))));
            }
            if self.elapsed() > next_sign {
                next_sign = self.elapsed() + SIGN_OF_LIFE;
                self.sign_of_life();
            }
            thread::sleep(GLANCE);
        }
    }

    /// A long step says what it is doing, so that a silent terminal means a real hang.
    fn sign_of_life(&self) {
        if let Sink::Log { step, .. } = &self.sink {
            let last = tail(step, 1).pop().unwrap_or_default();
            let last: String = last.trim().chars().take(90).collect();
            println!("        … {step}, {}: {last}", human(self.elapsed()));
        }
    }
}

/// Asks first, so that a test runner can end its tests; insists after ten seconds.
pub(crate) fn stop(child: &mut Child) {
    let asked = Command::new("kill").arg("-TERM").arg(child.id().to_string()).status();
    let patience = Stopwatch::start();
    while asked.is_ok() && patience.elapsed() < Duration::from_secs(10) {
        if matches!(child.try_wait(), Ok(Some(_))) {
            return;
        }
        thread::sleep(GLANCE);
    }
    // Both fail only when the child is already gone, which is what is wanted.
    drop(child.kill());
    drop(child.wait());
}

/// The file a step writes to.
pub(crate) fn log_of(step: &str) -> PathBuf {
    place::logs().join(format!("{step}.log"))
}

/// The last lines of a step's log.
pub(crate) fn tail(step: &str, lines: usize) -> Vec<String> {
    let bytes = std::fs::read(log_of(step)).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].iter().map(|&line| line.to_owned()).collect()
}

/// A command as a person would type it.
pub(crate) fn shown(command: &Command) -> String {
    let program = command.get_program().to_string_lossy();
    let program = program.rsplit('/').next().unwrap_or_default().to_owned();
    let arguments = command.get_args().map(|argument| argument.to_string_lossy().into_owned());
    std::iter::once(program).chain(arguments).collect::<Vec<_>>().join(" ")
}

/// What a short command printed, or nothing when it failed or does not exist.
pub(crate) fn answer(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Often enough that short steps are not stretched, rarely enough to cost nothing.
const GLANCE: Duration = Duration::from_millis(50);
const SIGN_OF_LIFE: Duration = Duration::from_secs(30);
const NO_LIMIT: Duration = Duration::from_secs(7 * 24 * 3600);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_program_is_a_failure_with_its_command_line() {
        let Failure(reason) = Work::on_terminal()
            .run(Command::new("sh").args(["-c", "exit 3"]))
            .expect_err("exit code 3");
        assert!(reason.contains("sh -c exit 3") && reason.contains('3'), "{reason}");
    }

    #[test]
    fn a_program_that_overstays_is_stopped() {
        let mut work = Work { limit: Duration::ZERO, ..Work::on_terminal() };
        let Failure(reason) =
            work.run(Command::new("sleep").arg("600")).expect_err("no time at all");
        assert!(reason.contains("took longer"), "{reason}");
    }

    #[test]
    fn a_missing_program_says_so() {
        let Failure(reason) = Work::on_terminal()
            .run(&mut Command::new("suanpan-no-such-program"))
            .expect_err("not installed");
        assert!(reason.contains("suanpan-no-such-program"), "{reason}");
    }
}
