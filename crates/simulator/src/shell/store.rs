//! One file that is the world, written atomically, and a lock so that only one simulator has it.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use suanpan_wechat::Timestamp;

use super::clock::VirtualClock;
use crate::world::State;

/// The version of the file; a later simulator that reads another one must migrate or refuse.
const VERSION: u32 = 2;

/// What the file says it is.
const FORMAT: &str = "suanpan-simulator-world";

/// A world as one file: in the data folder, and as it is exported and imported.
#[derive(serde::Serialize, serde::Deserialize)]
pub(crate) struct Stored {
    format: String,
    version: u32,
    /// Business time when it was written.
    pub(crate) at: Timestamp,
    pub(crate) clock: VirtualClock,
    pub(crate) state: State,
}

/// As much of a file as tells what it is.
#[derive(serde::Deserialize)]
struct Label {
    format: Option<String>,
    version: Option<u32>,
}

/// Why bytes are not a world.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UnreadableWorld {
    /// Something else.
    #[error("this is no world of the simulator: its `format` is not `{FORMAT}`")]
    Foreign,
    /// Another version wrote it.
    #[error(
        "this world has format version {found}, and this simulator reads version {VERSION}: go on \
         with the simulator that wrote it, or begin a fresh world"
    )]
    OtherVersion {
        /// The file's.
        found: u32,
    },
    /// Damaged, or not JSON at all.
    #[error("this world cannot be read: {0}")]
    Broken(#[from] serde_json::Error),
}

impl Stored {
    pub(crate) fn new(at: Timestamp, clock: VirtualClock, state: State) -> Self {
        Self { format: FORMAT.to_owned(), version: VERSION, at, clock, state }
    }

    /// Reads the label first: what another version wrote need not look like ours further in.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, UnreadableWorld> {
        let label: Label = serde_json::from_slice(bytes)?;
        match (label.format.as_deref(), label.version) {
            (Some(FORMAT), Some(VERSION)) => Ok(serde_json::from_slice(bytes)?),
            // The first version did not say what it is.
            (Some(FORMAT) | None, Some(found)) => Err(UnreadableWorld::OtherVersion { found }),
            (Some(_) | None, _) => Err(UnreadableWorld::Foreign),
        }
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a world has string keys only")
    }
}

/// A data folder that belongs to this process.
#[derive(Debug)]
pub(crate) struct DataFolder {
    path: PathBuf,
    /// Locked for as long as it is open.
    _lock: File,
}

/// Why a data folder cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// Another simulator runs on it.
    #[error("another simulator is running on {path}")]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// The stored world cannot be read; nothing was changed.
    #[error("{path} is not a world this simulator can read; move it away to start afresh")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: UnreadableWorld,
    },
    /// The file system refused.
    #[error("cannot use {path}")]
    Io {
        /// What was touched.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl DataFolder {
    pub(crate) fn open(path: &Path) -> Result<Self, DataError> {
        let failed = |source| DataError::Io { path: path.to_owned(), source };
        fs::create_dir_all(path).map_err(failed)?;
        let lock = File::create(path.join("simulator.lock")).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(fs::TryLockError::WouldBlock) => Err(DataError::InUse { path: path.to_owned() }),
            Err(fs::TryLockError::Error(source)) => Err(failed(source)),
        }
    }

    /// The stored world, if there is one.
    pub(crate) fn load(&self) -> Result<Option<Stored>, DataError> {
        let path = self.path.join("world.json");
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(DataError::Io { path, source }),
        };
        Stored::read(&text).map(Some).map_err(|source| DataError::Unreadable { path, source })
    }

    pub(crate) fn save(&self, stored: &Stored) -> Result<(), DataError> {
        self.write("world.json", &stored.to_bytes())
    }

    /// A file of this folder, when it exists.
    pub(crate) fn read_text(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.path.join(name)).ok()
    }

    /// Replaces a file as a whole: a crash leaves the old one or the new one.
    pub(crate) fn write(&self, name: &str, content: &[u8]) -> Result<(), DataError> {
        let path = self.path.join(name);
        let failed = |source| DataError::Io { path: path.clone(), source };
        let temporary = self.path.join(format!("{name}.new"));
        let mut file = private_file(&temporary).map_err(failed)?;
        file.write_all(content).and_then(|()| file.sync_all()).map_err(failed)?;
        fs::rename(&temporary, &path).map_err(failed)
    }
}

/// Readable by its owner only: the local CA's key can forge WeChat to this user's programs.
fn private_file(path: &Path) -> io::Result<File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
