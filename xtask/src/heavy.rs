//! Work with big numbers and an optimised build: `soak` and `bench`.

use std::time::Duration;

use crate::SoakArgs;
use crate::assets;
use crate::cargo::{cargo, whole_workspace};
use crate::conformance::peer;
use crate::conformance::sdks::Profile;
use crate::fuzz;
use crate::guests;
use crate::work::{Failure, Work, answer};

/// Tests that are left out for their length, by name. Nothing is compiled for the question that the
/// test command has not compiled.
fn left_to_soak() -> Vec<String> {
    let mut command = cargo("nextest");
    command.arg("list");
    whole_workspace(&mut command).args(["--run-ignored", "only", "--message-format", "oneline"]);
    let listed = answer(&mut command).unwrap_or_default();
    listed.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
}

/// A test command that is quiet about what it leaves out would be believed.
pub(crate) fn tell_what_is_left() {
    let left = left_to_soak();
    println!("        left to cargo xtask soak: {} tests", left.len());
    for name in left {
        println!("          {name}");
    }
}

/// Every browser test, the long ones too; what npm must build first has its own step.
fn browser_tests(work: &mut Work) -> Result<(), Failure> {
    assets::build(work)?;
    let tests = ["--bin", "suanpan", "--test", "browser"];
    work.run(whole_workspace(&mut cargo("build")).args(tests))?;
    let chosen = ["--include-ignored", "--test-threads", "1", "--skip", "guests::"];
    work.run(whole_workspace(&mut cargo("test")).args(["--test", "browser", "--"]).args(chosen))
}

/// Programs that other tools build, every browser test, fuzzing, and the simulation over many seeds. Crash
/// images and kill cycles are not part of it yet, and it says so, because a soak that is quiet about its
/// gaps would be believed.
pub(crate) fn soak(args: &SoakArgs) -> Result<(), Failure> {
    eprintln!("soak: crash images, kill cycles and mutation testing do not exist yet");
    let mut work = Work::on_terminal();
    if !args.no_guests {
        eprintln!("soak: the shops that uni-app and Taro build, on the phone");
        guests::soak(&mut Work::logged("soak-guests", BROWSER_LIMIT)?)?;
    }
    if !args.no_browser {
        eprintln!("soak: every browser test");
        browser_tests(&mut Work::logged("soak-browser", BROWSER_LIMIT)?)?;
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

/// Of one purchase in each, after npm had its time; and of every other browser test.
const BROWSER_LIMIT: Duration = Duration::from_secs(60 * 60);

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
