//! Reads a mini program's folder, within bounds and without leaving it.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::{CompileError, path};

/// Bounds on a mini program's folder. WeChat itself allows 2 MiB for a package and 30 MiB in all;
/// the defaults leave room for that and stop a wrongly named home folder early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Files in the folder, pictures included.
    pub files: usize,
    /// Bytes of source (WXML, WXS, WXSS, JS, JSON) in all.
    pub source_bytes: u64,
    /// Folders inside folders.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { files: 5_000, source_bytes: 30 * 1024 * 1024, depth: 24 }
    }
}

const PROJECT_CONFIG: &str = "project.config.json";

/// The sources by kind. Keys are paths inside the program; those of WXML, JS and JSON lack the suffix,
/// because that is how the files of one component name each other.
#[derive(Debug, Default)]
pub(crate) struct Source {
    pub(crate) wxml: BTreeMap<String, String>,
    pub(crate) wxs: BTreeMap<String, String>,
    pub(crate) wxss: BTreeMap<String, String>,
    pub(crate) javascript: BTreeMap<String, String>,
    pub(crate) json: BTreeMap<String, String>,
    pub(crate) assets: BTreeMap<String, PathBuf>,
    pub(crate) appid: Option<String>,
}

impl Source {
    pub(crate) fn read(dir: &Path, limits: &Limits) -> Result<Self, CompileError> {
        let (root, appid) = program_root(dir)?;
        let mut source = Self { appid, ..Self::default() };
        let mut bytes = 0_u64;
        for file in list(&root, limits)? {
            if let Some(kind) = Kind::of(&file.name) {
                bytes = bytes.saturating_add(file.bytes);
                if bytes > limits.source_bytes {
                    let allowed = limits.source_bytes;
                    return Err(CompileError::TooLarge(format!("over {allowed} bytes of source")));
                }
                source.add(kind, &file)?;
            } else {
                source.assets.insert(file.name, file.path);
            }
        }
        if source.json.contains_key("app") {
            Ok(source)
        } else {
            Err(CompileError::NoAppJson(root))
        }
    }

    fn add(&mut self, kind: Kind, file: &File) -> Result<(), CompileError> {
        let content = match fs::read_to_string(&file.path) {
            Ok(content) => content,
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                return Err(CompileError::NotUtf8(file.name.clone()));
            }
            Err(source) => return Err(CompileError::Io { path: file.path.clone(), source }),
        };
        // Editors on Windows put a byte order mark in front; no compiler here expects one.
        let content = content.strip_prefix('\u{feff}').unwrap_or(&content).to_owned();
        let bare = file.name.rsplit_once('.').map_or(file.name.as_str(), |(bare, _)| bare);
        match kind {
            Kind::Wxml => self.wxml.insert(bare.to_owned(), content),
            Kind::Wxs => self.wxs.insert(file.name.clone(), content),
            Kind::Wxss => self.wxss.insert(file.name.clone(), content),
            Kind::JavaScript => self.javascript.insert(bare.to_owned(), content),
            Kind::Json => self.json.insert(bare.to_owned(), content),
        };
        Ok(())
    }
}

/// A value that differs when any file's name, size or modification time in `dir` differs, for
/// watching a folder without reading it.
///
/// # Errors
///
/// As [`crate::compile`] for a folder that cannot be listed.
pub fn stamp(dir: &Path) -> Result<u64, CompileError> {
    let (root, _) = program_root(dir)?;
    let mut hasher = DefaultHasher::new();
    for file in list(&root, &Limits::default())? {
        (file.name, file.bytes, file.modified).hash(&mut hasher);
    }
    Ok(hasher.finish())
}

/// The folder with `app.json`: `dir`, or its `miniprogramRoot`; and the project's appid.
fn program_root(dir: &Path) -> Result<(PathBuf, Option<String>), CompileError> {
    let dir = fs::canonicalize(dir)
        .map_err(|source| CompileError::Io { path: dir.to_owned(), source })?;
    let Ok(text) = fs::read_to_string(dir.join(PROJECT_CONFIG)) else {
        return Ok((dir, None));
    };
    let config: serde_json::Value =
        serde_json::from_str(&text).map_err(|error| CompileError::Json {
            path: PROJECT_CONFIG.to_owned(),
            line: error.line(),
            column: error.column(),
            message: error.to_string(),
        })?;
    // "touristappid" is the developer tool's word for "none".
    let appid = config["appid"].as_str().filter(|id| id.starts_with("wx")).map(str::to_owned);
    let sub = config["miniprogramRoot"].as_str().unwrap_or_default();
    let sub = path::resolve(PROJECT_CONFIG, sub).ok_or_else(|| CompileError::Escape {
        from: PROJECT_CONFIG.to_owned(),
        target: sub.to_owned(),
    })?;
    Ok((dir.join(sub), appid))
}

struct File {
    name: String,
    path: PathBuf,
    bytes: u64,
    modified: Option<std::time::SystemTime>,
}

/// Every file under `root`, in order of name.
fn list(root: &Path, limits: &Limits) -> Result<Vec<File>, CompileError> {
    let mut files = Vec::new();
    walk(root, "", limits.depth, limits, &mut files)?;
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}

fn walk(
    root: &Path,
    prefix: &str,
    depth_left: usize,
    limits: &Limits,
    files: &mut Vec<File>,
) -> Result<(), CompileError> {
    let folder = root.join(prefix);
    let io = |source| CompileError::Io { path: folder.clone(), source };
    for entry in fs::read_dir(&folder).map_err(io)? {
        let entry = entry.map_err(io)?;
        let Ok(name) = entry.file_name().into_string() else {
            return Err(CompileError::NotUtf8(entry.path().display().to_string()));
        };
        if is_ignored(&name) {
            continue;
        }
        let name = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
        let path = stay_inside(root, &name)?;
        let facts = fs::metadata(&path).map_err(io)?;
        if !facts.is_dir() {
            files.push(File { name, path, bytes: facts.len(), modified: facts.modified().ok() });
        } else if depth_left > 0 {
            walk(root, &name, depth_left - 1, limits, files)?;
        } else {
            let deepest = limits.depth;
            return Err(CompileError::TooLarge(format!("more than {deepest} folders deep")));
        }
        if files.len() > limits.files {
            let allowed = limits.files;
            return Err(CompileError::TooLarge(format!("more than {allowed} files")));
        }
    }
    Ok(())
}

/// Follows symbolic links and refuses those that lead out of the folder.
fn stay_inside(root: &Path, name: &str) -> Result<PathBuf, CompileError> {
    let path = root.join(name);
    let real = fs::canonicalize(&path)
        .map_err(|source| CompileError::Io { path: path.clone(), source })?;
    if real.starts_with(root) {
        return Ok(real);
    }
    Err(CompileError::Escape { from: name.to_owned(), target: real.display().to_string() })
}

/// What belongs to the developer's tools and not to the program.
fn is_ignored(name: &str) -> bool {
    name.starts_with('.')
        || matches!(name, "node_modules" | PROJECT_CONFIG | "project.private.config.json")
        || matches!(name, "package.json" | "package-lock.json" | "README.md")
}

#[derive(Clone, Copy)]
enum Kind {
    Wxml,
    Wxs,
    Wxss,
    JavaScript,
    Json,
}

impl Kind {
    fn of(name: &str) -> Option<Self> {
        match name.rsplit_once('.')?.1 {
            "wxml" => Some(Self::Wxml),
            "wxs" => Some(Self::Wxs),
            "wxss" => Some(Self::Wxss),
            "js" => Some(Self::JavaScript),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}
