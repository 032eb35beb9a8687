//! Python programs in environments of their own under `target`, installed from pinned names.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::place;
use crate::work::{Attempt, Failure, Work};

/// The environment `name` with exactly the packages a file pins; gives its folder of programs.
pub(crate) fn environment_from(
    work: &mut Work,
    name: &str,
    requirements: &Path,
) -> Result<PathBuf, Failure> {
    let text = std::fs::read_to_string(requirements)
        .attempt(format!("read {}", requirements.display()))?;
    let pins: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect();
    environment(work, name, &pins)
}

/// Makes sure that the environment `name` holds what `pins` says, and gives its folder of
/// programs. Installing again is skipped when the pins are those of last time.
pub(crate) fn environment(work: &mut Work, name: &str, pins: &[&str]) -> Result<PathBuf, Failure> {
    let folder = place::logs().join("python").join(name);
    let stamp = folder.join("installed");
    let wanted = pins.join("\n");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(folder.join("bin"));
    }
    work.run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    work.run(
        Command::new(folder.join("bin/python"))
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
            .args(pins),
    )?;
    std::fs::write(&stamp, wanted).attempt("remember what was installed")?;
    Ok(folder.join("bin"))
}
