//! Python programs in environments of their own under `target`, installed from pinned names.

use std::path::PathBuf;
use std::process::Command;

use crate::place;
use crate::work::{Attempt, Failure, Work};

/// Makes sure that the environment `name` holds exactly what `requirements` pins, and gives its
/// folder of programs. Installing again is skipped when the pins are those of last time.
pub(crate) fn environment(
    work: &mut Work,
    name: &str,
    requirements: &[&str],
) -> Result<PathBuf, Failure> {
    let folder = place::logs().join("python").join(name);
    let stamp = folder.join("installed");
    let wanted = requirements.join("\n");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(folder.join("bin"));
    }
    work.run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    work.run(
        Command::new(folder.join("bin/python"))
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
            .args(requirements),
    )?;
    std::fs::write(&stamp, wanted).attempt("remember what was installed")?;
    Ok(folder.join("bin"))
}
