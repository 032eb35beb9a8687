//! The SDKs: where they come from, which version is pinned, and how each reaches the simulator.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::simulator::Simulator;
use super::story;
use crate::assets;
use crate::cargo::cargo;
use crate::place;
use crate::python;
use crate::work::{Attempt, Failure, Work};

/// Which day an SDK lives, and how its merchant recognises WeChat while it does, in the simulator's
/// words; once for each.
#[derive(Clone, Copy)]
pub(super) struct Day {
    pub(super) trust: &'static [&'static str],
    pub(super) checks: &'static [&'static str],
}

const BOTH: Day = Day { trust: &["certificate", "public_key"], checks: &story::V3 };
const CERTIFICATE: Day = Day { trust: &["certificate"], checks: &story::V3 };
const SHARED_KEY: Day = Day { trust: &["shared_key"], checks: &story::V2 };

const AXIOS: &str = "wechatpay-axios-plugin";
const WECHATPAYV3: &str = "wechatpayv3";

/// One SDK, installed.
pub(super) struct Sdk {
    pub(super) name: &'static str,
    /// Where it is published.
    pub(super) registry: &'static str,
    pub(super) page: &'static str,
    pub(super) version: String,
    pub(super) route: Route,
    pub(super) day: Day,
    program: PathBuf,
    arguments: Vec<String>,
    folder: PathBuf,
}

/// How an SDK comes to the simulator.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Route {
    /// It has a setting for it.
    BaseAddress,
    /// Its host is fixed.
    Run,
}

impl Route {
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::BaseAddress => "its base address",
            Self::Run => "`suanpan run`",
        }
    }
}

impl Sdk {
    /// The story's command, without what every story is told.
    pub(super) fn command(&self, simulator: &Simulator) -> Command {
        let mut command = match self.route {
            Route::BaseAddress => Command::new(&self.program),
            Route::Run => {
                let mut command = Command::new(place::program("suanpan"));
                command.args(["run", "--simulator", simulator.management(), "--"]);
                command.arg(&self.program);
                command
            }
        };
        command.args(&self.arguments).current_dir(&self.folder);
        command
    }
}

/// Installs every SDK from its pins.
pub(super) fn prepare(work: &mut Work) -> Result<Vec<Sdk>, Failure> {
    Ok(vec![
        npm(work, AXIOS, "axios", Route::BaseAddress, BOTH)?,
        npm(work, "wechatpay-node-v3", "node-v3", Route::Run, CERTIFICATE)?,
        npm(work, "tenpay", "tenpay", Route::Run, SHARED_KEY)?,
        pypi(work, WECHATPAYV3, "requirements.txt", "story.py", BOTH)?,
        pypi(work, "pywechatpay", "requirements-pywechatpay.txt", "story.py", BOTH)?,
        pypi(work, "wechatpy", "requirements-wechatpy.txt", "story_v2.py", SHARED_KEY)?,
        crates_io(work)?,
    ])
}

/// The folder of wechatpay-axios-plugin, with it in it.
pub(super) fn install_axios(work: &mut Work) -> Result<PathBuf, Failure> {
    install_npm(work, "axios")
}

/// The programs of the environment that has wechatpayv3.
pub(super) fn install_python(work: &mut Work) -> Result<PathBuf, Failure> {
    install_pypi(work, WECHATPAYV3, "requirements.txt")
}

fn install_npm(work: &mut Work, name: &str) -> Result<PathBuf, Failure> {
    let folder = folder(name);
    assets::install_in(work, &folder, &format!("{name}.installed"))?;
    Ok(folder)
}

fn install_pypi(work: &mut Work, name: &str, requirements: &str) -> Result<PathBuf, Failure> {
    python::environment_from(work, name, &folder("python").join(requirements))
}

fn npm(
    work: &mut Work,
    name: &'static str,
    folder: &str,
    route: Route,
    day: Day,
) -> Result<Sdk, Failure> {
    let folder = install_npm(work, folder)?;
    let manifest: Value = serde_json::from_str(&read(&folder.join("package.json"))?)
        .attempt(format!("read the pins of {name}"))?;
    let version = manifest["dependencies"][name].as_str();
    Ok(Sdk {
        name,
        registry: "npm",
        page: "https://www.npmjs.com/package",
        version: version.ok_or_else(|| unpinned(name))?.to_owned(),
        route,
        day,
        program: "node".into(),
        arguments: vec!["story.mjs".to_owned()],
        folder,
    })
}

fn pypi(
    work: &mut Work,
    name: &'static str,
    requirements: &str,
    script: &str,
    day: Day,
) -> Result<Sdk, Failure> {
    let programs = install_pypi(work, name, requirements)?;
    let pins = read(&folder("python").join(requirements))?;
    let version = pins.lines().find_map(|line| line.strip_prefix(&format!("{name}==")));
    Ok(Sdk {
        name,
        registry: "PyPI",
        page: "https://pypi.org/project",
        version: version.ok_or_else(|| unpinned(name))?.trim().to_owned(),
        route: Route::Run,
        day,
        program: programs.join("python"),
        arguments: [script, "--sdk", name].map(str::to_owned).to_vec(),
        folder: folder("python"),
    })
}

/// How an SDK that is a crate is compiled: to be right, or to be measured.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    Debug,
    Release,
}

/// Builds the programs around wxpay-rs and gives their folder. In a workspace and with a lock file
/// of its own: what it brings stays out of ours.
pub(super) fn build_rust(work: &mut Work, profile: Profile) -> Result<PathBuf, Failure> {
    let target = place::logs().join("conformance-rust");
    let mut command = cargo("build");
    command.args(["--locked", "--manifest-path"]).arg(folder("rust").join("Cargo.toml"));
    command.arg("--target-dir").arg(&target);
    if profile == Profile::Release {
        command.arg("--release");
    }
    work.run(&mut command)?;
    Ok(target.join(if profile == Profile::Release { "release" } else { "debug" }))
}

fn crates_io(work: &mut Work) -> Result<Sdk, Failure> {
    let name = "wxpay-rs";
    let folder = folder("rust");
    let programs = build_rust(work, Profile::Debug)?;
    let manifest: toml::Table =
        read(&folder.join("Cargo.toml"))?.parse().attempt(format!("read the pins of {name}"))?;
    let version = manifest["dependencies"].get(name).and_then(toml::Value::as_str);
    Ok(Sdk {
        name,
        registry: "crates.io",
        page: "https://crates.io/crates",
        version: version.ok_or_else(|| unpinned(name))?.trim_start_matches('=').to_owned(),
        route: Route::Run,
        day: BOTH,
        program: programs.join("suanpan-conformance-wxpay-rs"),
        arguments: Vec::new(),
        folder,
    })
}

fn folder(name: &str) -> PathBuf {
    place::root().join("conformance").join(name)
}

fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).attempt(format!("read {}", path.display()))
}

fn unpinned(name: &str) -> Failure {
    Failure(format!("{name} is not pinned"))
}
