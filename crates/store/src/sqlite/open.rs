//! Opening: every doubt ends here, before the first request, in words that say what to do.

use std::{
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags};
use suanpan_acts::Environment;

use super::{SqliteStore, folder::LockedFolder, migrate, pragma, readers::Readers, writer::Writer};

const DATABASE: &str = "suanpan.db";

/// More than the statements there are, so that each is prepared once a connection.
const PREPARED_STATEMENTS: usize = 64;

/// Where and how.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Settings {
    /// The data folder; created when missing.
    pub folder: PathBuf,
    /// What the database holds, fixed when it is created.
    pub environment: Environment,
    /// Reading connections, at least one. Default 2.
    pub readers: usize,
    /// How long a statement waits for another program that has the database open, such as a
    /// backup, in milliseconds. Default 2,000.
    pub busy_timeout_ms: u64,
}

impl Settings {
    /// The defaults.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>, environment: Environment) -> Self {
        Self { folder: folder.into(), environment, readers: 2, busy_timeout_ms: 2_000 }
    }
}

/// Why the store cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Another server runs on this folder. Stop it first, or choose another folder.
    #[error("{} is in use by another server; stop that one first", path.display())]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// The folder is on a file system where locks do not hold. Choose a local disk.
    #[error("{} is on a network file system ({kind}); choose a folder on a local disk", path.display())]
    NetworkFileSystem {
        /// The folder.
        path: PathBuf,
        /// As the kernel calls it.
        kind: String,
    },
    /// The database belongs to the other environment (threat s06). Choose another folder.
    #[error(
        "this database was created for environment {stored} and is not opened for {asked}; choose another folder"
    )]
    OtherEnvironment {
        /// What it was created for.
        stored: String,
        /// What the server was started for.
        asked: &'static str,
    },
    /// A newer server has changed the tables. Start that one; there is no way back.
    #[error(
        "this database has schema {found}, and this program knows schema {known} at most; start the newer program"
    )]
    NewerSchema {
        /// What the database has.
        found: i64,
        /// What this program knows.
        known: i64,
    },
    /// The folder cannot be used.
    #[error("{} cannot be used: {source}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The SQLite library has a bug that damages databases. Build with the bundled one.
    #[error(
        "SQLite {found} can damage a database (fixed in 3.51.3); build with the bundled library"
    )]
    SqliteTooOld {
        /// As SQLite numbers itself.
        found: i32,
    },
    /// A setting without which commits could be lost did not take.
    #[error("the setting {name} is {found} instead of {expected}; commits could be lost")]
    Setting {
        /// Its name.
        name: &'static str,
        /// What it must be.
        expected: &'static str,
        /// What it is.
        found: String,
    },
    /// A thread cannot be started.
    #[error("a thread of the store cannot be started: {0}")]
    Thread(#[source] io::Error),
    /// SQLite refused.
    #[error("the database cannot be opened: {0}")]
    Sqlite(#[from] rusqlite::Error),
}

pub(super) fn open(settings: &Settings) -> Result<SqliteStore, OpenError> {
    pragma::check_version(rusqlite::version_number())?;
    let folder = LockedFolder::lock(&settings.folder)?;
    let file = folder.path().join(DATABASE);
    let mut writing = connect(
        &file,
        settings,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
    )?;
    pragma::prepare_writer(&writing)?;
    migrate::migrate(&mut writing, settings.environment)?;
    let reading = (0..settings.readers.max(1)).map(|_| {
        let connection = connect(&file, settings, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        pragma::prepare_reader(&connection)?;
        Ok(connection)
    });
    let readers = Readers::start(reading.collect::<Result<_, OpenError>>()?)?;
    Ok(SqliteStore { readers, writer: Writer::start(writing)?, _folder: folder })
}

fn connect(file: &Path, settings: &Settings, flags: OpenFlags) -> Result<Connection, OpenError> {
    // Each connection stays on its thread, so SQLite's own mutexes would only cost.
    let connection = Connection::open_with_flags(file, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(Duration::from_millis(settings.busy_timeout_ms))?;
    connection.set_prepared_statement_cache_capacity(PREPARED_STATEMENTS);
    Ok(connection)
}
