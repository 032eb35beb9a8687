//! Putting mini programs on the simulator's phone.

use std::path::{Path, PathBuf};

use suanpan_simulator::{MiniProgram, Running, world::AppKind};

use crate::failure::Failure;

/// Puts a program on the phone under `appid`, or under the world's first mini program's; `ext` is
/// what `wx.getExtConfigSync()` will say.
pub(crate) fn install(
    simulator: &Running,
    appid: Option<&str>,
    folder: PathBuf,
    ext: &[(&str, &str)],
) -> Result<(), Failure> {
    // Compiled on request: made absolute, the folder is found wherever this process moves.
    let found = std::path::absolute(&folder).ok().filter(|folder| is_mini_program(folder));
    let folder = found.ok_or(Failure::NoMiniProgram { path: folder })?;
    let appid = simulator.with_world(|world, _| {
        let mut apps = world.apps().filter(|app| app.kind == AppKind::MiniProgram);
        let wanted = |known: &str| appid.is_none_or(|appid| appid == known);
        apps.find(|app| wanted(app.appid.as_str())).map(|app| app.appid.clone())
    });
    let appid = appid.ok_or(Failure::NoSuchApp)?;
    let program = MiniProgram::new(appid, folder);
    let program = ext.iter().fold(program, |program, (name, value)| program.with_ext(name, *value));
    simulator.install(program);
    Ok(())
}

/// A project may keep its program in a folder of its own, and not have built it yet.
fn is_mini_program(folder: &Path) -> bool {
    ["app.json", "project.config.json"].iter().any(|file| folder.join(file).is_file())
}
