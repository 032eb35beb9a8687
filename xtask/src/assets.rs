//! Bundles the phone with Node into `target/assets/phone`, when something it is made of changed.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::place;
use crate::prerequisites;
use crate::work::{Attempt, Failure, Outcome, Work};

/// Installs what the lock file names and builds, unless neither inputs nor outputs changed.
pub(crate) fn build(work: &mut Work) -> Result<Outcome, Failure> {
    let inputs = fingerprint(&inputs()?)?;
    if place::assets().is_dir() && remembered(BUILT) == Some(inputs.clone()) {
        work.note("the phone's bundle is up to date");
        return Ok(Outcome::Passed);
    }
    prerequisites::node()?;
    install(work)?;
    work.note("building the phone's bundle");
    work.run(Command::new("npm").args(["run", "build"]))?;
    if !place::assets().is_dir() {
        return Err(Failure(format!("`npm run build` left no {}", place::assets().display())));
    }
    remember(BUILT, &inputs)?;
    Ok(Outcome::Passed)
}

/// The front end's packages.
pub(crate) fn install(work: &mut Work) -> Result<(), Failure> {
    work.note("installing the front end's packages");
    install_in(work, &place::root(), INSTALLED)
}

/// `npm ci` in a folder, unless the installed packages are those of its lock file; `stamp` names
/// the memory of that.
pub(crate) fn install_in(work: &mut Work, folder: &Path, stamp: &str) -> Result<(), Failure> {
    let locks = [folder.join("package.json"), folder.join("package-lock.json")];
    let wanted = fingerprint(&locks)?;
    if folder.join("node_modules").is_dir() && remembered(stamp) == Some(wanted.clone()) {
        return Ok(());
    }
    work.run(Command::new("npm").arg("ci").current_dir(folder))?;
    remember(stamp, &wanted)
}

/// Everything npm's build can read: the root's configuration and the two source folders.
fn inputs() -> Result<Vec<PathBuf>, Failure> {
    let root = place::root();
    let mut files: Vec<PathBuf> =
        ["package.json", "package-lock.json", "tsconfig.json"].map(|name| root.join(name)).into();
    files.retain(|file| file.is_file());
    for folder in ["web", "clients"] {
        collect(&root.join(folder), &mut files)?;
    }
    files.sort();
    Ok(files)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder).attempt(format!("read {}", folder.display()))? {
        let path = entry.attempt("read a folder")?.path();
        match path.file_name().and_then(|name| name.to_str()) {
            Some("node_modules" | "dist") => {}
            _ if path.is_dir() => collect(&path, files)?,
            _ => files.push(path),
        }
    }
    Ok(())
}

/// Only compared with one this program wrote itself, so the standard hasher will do.
fn fingerprint(files: &[PathBuf]) -> Result<String, Failure> {
    let mut hasher = DefaultHasher::new();
    for file in files {
        file.strip_prefix(place::root()).unwrap_or(file).hash(&mut hasher);
        fs::read(file).attempt(format!("read {}", file.display()))?.hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn remembered(name: &str) -> Option<String> {
    fs::read_to_string(place::logs().join(name)).ok()
}

fn remember(name: &str, value: &str) -> Result<(), Failure> {
    fs::create_dir_all(place::logs()).attempt("make the folder for logs")?;
    fs::write(place::logs().join(name), value).attempt("remember what was built")
}

const BUILT: &str = "assets.built";
const INSTALLED: &str = "assets.installed";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fingerprint_follows_content_and_name() {
        let own = place::root().join("xtask/src/assets.rs");
        let other = place::root().join("xtask/src/place.rs");
        let both = fingerprint(&[own.clone(), other.clone()]).expect("readable");
        assert_eq!(both, fingerprint(&[own.clone(), other.clone()]).expect("readable"));
        assert_ne!(both, fingerprint(std::slice::from_ref(&own)).expect("readable"));
        assert_ne!(both, fingerprint(&[other, own]).expect("readable"));
    }
}
