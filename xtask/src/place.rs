//! Where things are.

use std::path::{Path, PathBuf};

/// The root of the working tree.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask is a folder of the workspace")
        .to_path_buf()
}

/// Cargo's output folder of this run (`target/debug`), wherever the user put `target`.
///
/// # Panics
/// When the running program has no path, which no supported system does.
pub(crate) fn programs() -> PathBuf {
    let own = std::env::current_exe().expect("a running program knows its own path");
    let folder = own.parent().expect("a program lies in a folder");
    // Test programs lie one folder deeper.
    if folder.ends_with("deps") {
        return folder.parent().expect("`deps` lies in the profile's folder").to_path_buf();
    }
    folder.to_path_buf()
}

/// A program that the workspace builds.
pub(crate) fn program(name: &str) -> PathBuf {
    programs().join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// Cargo's `target` folder.
pub(crate) fn target() -> PathBuf {
    programs().parent().expect("cargo puts a profile's folder into `target`").to_path_buf()
}

/// Where the logs of this command go.
pub(crate) fn logs() -> PathBuf {
    target().join("xtask")
}

/// Finds a program the way a shell would.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let path = path_variable()?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

#[expect(clippy::disallowed_methods, reason = "finding installed programs is what PATH is for")]
fn path_variable() -> Option<std::ffi::OsString> {
    std::env::var_os("PATH")
}

/// Where Node puts the phone's bundle and the simulator takes it from.
pub(crate) fn assets() -> PathBuf {
    root().join("target").join("assets").join("phone")
}
