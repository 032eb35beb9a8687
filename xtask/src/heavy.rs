//! Work with big numbers and an optimised build: `soak` and `bench`.

use crate::cargo::cargo;
use crate::work::{Failure, Work};

/// The simulation over many seeds. Crash images, kill cycles and fuzzing are not part of it yet,
/// and it says so, because a soak that is quiet about its gaps would be believed.
pub(crate) fn soak(seeds: u64) -> Result<(), Failure> {
    eprintln!("soak: {seeds} seeds of the simulation with an optimised build");
    eprintln!("soak: crash images, kill cycles, fuzzing and mutation testing do not exist yet");
    let mut work = Work::on_terminal();
    work.run(
        cargo("run")
            .args(["--release", "--locked", "--package", "suanpan-chaos", "--", "--seeds"])
            .arg(seeds.to_string()),
    )
}

/// The benchmark program; its standard output stays data.
pub(crate) fn bench(pass: &[String]) -> Result<(), Failure> {
    let mut work = Work::on_terminal();
    work.run_with_output(
        cargo("run").args(["--release", "--locked", "--package", "suanpan-bench", "--"]).args(pass),
    )
}
