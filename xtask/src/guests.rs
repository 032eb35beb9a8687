//! The example shops that other tools build, in front of the phone: too slow for every change, since npm
//! installs a thousand packages for them.

use std::process::Command;

use crate::cargo::{cargo, whole_workspace};
use crate::work::{Failure, Work};
use crate::{assets, place};

/// Folder under `examples`, and the npm script that builds it.
const BUILDS: [(&str, &str); 2] = [("uni-app", "build:mp-weixin"), ("taro", "build:weapp")];

/// Builds each with the versions of its lock file, and lets the browser tests buy tea in it.
pub(crate) fn soak(work: &mut Work) -> Result<(), Failure> {
    assets::build(work)?;
    for (name, script) in BUILDS {
        let folder = place::root().join("examples").join(name);
        work.note(format!("installing and building examples/{name}"));
        assets::install_in(work, &folder, &format!("examples.{name}.installed"))?;
        work.run(Command::new("npm").args(["run", script]).current_dir(folder))?;
    }
    let tests = ["--bin", "suanpan", "--test", "browser"];
    work.run(whole_workspace(&mut cargo("build")).args(tests))?;
    let chosen = ["--test", "browser", "guests::", "--", "--ignored"];
    work.run(whole_workspace(&mut cargo("test")).args(chosen))
}
