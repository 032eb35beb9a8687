//! What must be on the machine before anything else runs: browser, fonts, Node, Python, Rust tools.
//!
//! As root on Debian missing packages are installed; everybody else is told the exact command.

use std::process::Command;

use crate::place;
use crate::work::{Failure, Outcome, Work, answer};

/// A need, how to see that it is met, and the Debian packages that meet it.
struct Need {
    what: &'static str,
    packages: &'static [&'static str],
    met: fn() -> bool,
}

const NEEDS: &[Need] = &[
    Need {
        what: "Node and npm (bundle the phone, run the front end's tests)",
        packages: &["nodejs", "npm"],
        met: node_is_there,
    },
    Need {
        what: "Chromium (the browser test)",
        packages: &["chromium"],
        met: || place::on_path("chromium").is_some(),
    },
    Need {
        what: "chromedriver (drives Chromium)",
        packages: &["chromium-driver"],
        met: || place::on_path("chromedriver").is_some(),
    },
    Need {
        what: "a font with Chinese characters (screenshots people look at)",
        packages: &["fonts-noto-cjk"],
        met: || package_is_installed("fonts-noto-cjk"),
    },
    Need {
        what: "Python with venv (typos, the Python SDK)",
        packages: &["python3", "python3-venv"],
        met: python_makes_environments,
    },
    Need {
        what: "a C++ compiler (the fuzzers' engine)",
        packages: &["g++"],
        met: || place::on_path("c++").is_some(),
    },
];

/// What `engines` in package.json asks for.
const OLDEST_NODE: u32 = 20;

/// Brings a Node of its own from npm, for distributions whose Node is older.
const NEWER_NODE: [&str; 3] = ["install", "--global", "node@20"];

/// The `prerequisites` step.
pub(crate) fn ensure(work: &mut Work) -> Result<Outcome, Failure> {
    rust_tools(work)?;
    let missing: Vec<&Need> = NEEDS.iter().filter(|need| !(need.met)()).collect();
    for need in &missing {
        work.note(format_args!("missing: {}", need.what));
    }
    let packages: Vec<&str> =
        missing.iter().flat_map(|need| need.packages.iter().copied()).collect();
    if packages.is_empty() {
        return Ok(Outcome::Passed);
    }
    if !may_install() {
        return Err(Failure(format!(
            "{} {} missing; run: {}",
            packages.join(", "),
            if packages.len() == 1 { "is" } else { "are" },
            by_hand(&packages)
        )));
    }
    install(work, &packages)?;
    if !node_is_there() && place::on_path("npm").is_some() {
        work.note("the distribution's Node is too old");
        work.run(Command::new("npm").args(NEWER_NODE))?;
    }
    let still: Vec<_> = missing.iter().filter(|need| !(need.met)()).map(|need| need.what).collect();
    if still.is_empty() {
        return Ok(Outcome::Passed);
    }
    Err(Failure(format!("still missing after installation: {}", still.join("; "))))
}

/// Node is wanted for more than tests, so `assets` and `demo` ask for it by themselves.
pub(crate) fn node() -> Result<(), Failure> {
    if node_is_there() {
        return Ok(());
    }
    Err(Failure(format!(
        "the phone is bundled with Node {OLDEST_NODE} or newer and npm, which are not on PATH; run: {}{}",
        by_hand(&["nodejs", "npm"]),
        format_args!(" (and, where that brings an older Node, npm {})", NEWER_NODE.join(" ")),
    )))
}

/// rustfmt and clippy are components of the toolchain, not packages of the system.
fn rust_tools(work: &mut Work) -> Result<(), Failure> {
    for (tool, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        if answer(Command::new("cargo").args([tool, "--version"])).is_some() {
            continue;
        }
        work.run(Command::new("rustup").args(["component", "add", component])).map_err(|_| {
            Failure(format!("{component} is missing; run: rustup component add {component}"))
        })?;
    }
    Ok(())
}

fn install(work: &mut Work, packages: &[&str]) -> Result<(), Failure> {
    work.run(&mut apt(&["update"]))?;
    if work.status(&mut apt_install(packages))?.success() {
        return Ok(());
    }
    // A half-done upgrade of the machine blocks every later installation until it is finished.
    work.note("the installation failed; finishing what the package manager left half done");
    work.run(&mut apt(&["-f", "install", "-y"]))?;
    work.run(&mut apt_install(packages))
}

fn apt(arguments: &[&str]) -> Command {
    let mut command = Command::new("apt-get");
    command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
    command
}

fn apt_install(packages: &[&str]) -> Command {
    let mut command = apt(&["install", "-y", "--no-install-recommends"]);
    command.args(packages);
    command
}

fn by_hand(packages: &[&str]) -> String {
    if place::on_path("apt-get").is_some() {
        let packages = packages.join(" ");
        return format!(
            "sudo apt-get update && sudo apt-get install -y --no-install-recommends {packages}"
        );
    }
    format!("your package manager, for what Debian calls {}", packages.join(" "))
}

fn may_install() -> bool {
    place::on_path("apt-get").is_some()
        && answer(Command::new("id").arg("-u")).as_deref() == Some("0")
}

fn node_is_there() -> bool {
    let version = answer(Command::new("node").arg("--version")).unwrap_or_default();
    major(&version).is_some_and(|major| major >= OLDEST_NODE) && place::on_path("npm").is_some()
}

/// The first number of `v20.1.2`.
fn major(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// On a system without dpkg nobody can say which fonts are there; a person will see it.
fn package_is_installed(package: &str) -> bool {
    if place::on_path("dpkg-query").is_none() {
        return true;
    }
    answer(Command::new("dpkg-query").args(["-W", "-f", "${db:Status-Status}", package])).as_deref()
        == Some("installed")
}

/// Debian ships Python without the part of `venv` that installs pip.
fn python_makes_environments() -> bool {
    answer(Command::new("python3").args(["-c", "import venv, ensurepip"])).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_versions_are_read() {
        assert_eq!(major("v20.20.2"), Some(20));
        assert_eq!(major(""), None);
        assert_eq!(major("20"), None);
    }

    #[test]
    fn the_command_for_a_person_names_every_package() {
        let command = by_hand(&["nodejs", "npm"]);
        assert!(command.contains("nodejs npm"), "{command}");
    }
}
