//! Work with big numbers and an optimised build: `soak` and `bench`.

use std::time::Duration;

use crate::SoakArgs;
use crate::cargo::cargo;
use crate::conformance::peer;
use crate::conformance::sdks::Profile;
use crate::fuzz;
use crate::guests;
use crate::work::{Failure, Work};

/// Programs that other tools build, fuzzing, and the simulation over many seeds. Crash images and kill
/// cycles are not part of it yet, and it says so, because a soak that is quiet about its gaps would be
/// believed.
pub(crate) fn soak(args: &SoakArgs) -> Result<(), Failure> {
    eprintln!("soak: crash images, kill cycles and mutation testing do not exist yet");
    let mut work = Work::on_terminal();
    if !args.no_guests {
        eprintln!("soak: the shops that uni-app and Taro build, on the phone");
        guests::soak(&mut Work::logged("soak-guests", GUESTS_LIMIT)?)?;
    }
    if args.fuzz_minutes > 0 {
        eprintln!("soak: {} minutes of fuzzing for each target", args.fuzz_minutes);
        let each = Duration::from_secs(60 * args.fuzz_minutes);
        fuzz::hours(&mut Work::logged("soak-fuzz", FUZZ_LIMIT)?, each, &args.target)?;
    }
    if args.seeds == 0 {
        return Ok(());
    }
    eprintln!("soak: {} seeds of the simulation with an optimised build", args.seeds);
    work.run(
        cargo("run")
            .args(["--release", "--locked", "--package", "suanpan-chaos", "--", "--seeds"])
            .arg(args.seeds.to_string()),
    )
}

/// Of one purchase in each, after npm had its time.
const GUESTS_LIMIT: Duration = Duration::from_secs(60 * 60);

/// Longer than anybody soaks.
const FUZZ_LIMIT: Duration = Duration::from_secs(7 * 24 * 3600);

/// The benchmark program, with the SDKs that can be installed here beside us; its standard output
/// stays data.
pub(crate) fn bench(pass: &[String]) -> Result<(), Failure> {
    let mut work = Work::on_terminal();
    let mut command = cargo("run");
    command.args(["--release", "--locked", "--package", "suanpan-bench", "--"]).args(pass);
    if pass.first().is_some_and(|subject| subject == "protocol") {
        for (name, peer) in peer::all(&mut work, Profile::Release) {
            match peer {
                Ok(peer) => _ = peer.introduce(&mut command),
                Err(Failure(reason)) => eprintln!("{name}: not installable here: {reason}"),
            }
        }
    }
    work.run_with_output(&mut command)
}
