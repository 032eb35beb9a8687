//! Settings of a connection, made and then read back: SQLite ignores a misspelt or refused setting
//! without a word, and the wrong one loses acknowledged commits when the power fails.

use rusqlite::{Connection, types::Value};

use super::OpenError;

/// The oldest version without the bug that damages a database when the log is reset (threat d02).
const OLDEST_VERSION: i32 = 3_051_003;

/// Pages in the log before it is carried over; this many gave the shortest tail.
const WAL_AUTOCHECKPOINT: &str = "4000";

/// Name, value to set, value that reads back.
type Pragma = (&'static str, &'static str, &'static str);

const WRITER: [Pragma; 6] = [
    ("journal_mode", "WAL", "wal"),
    // NORMAL does not sync the log at COMMIT (threat d01).
    ("synchronous", "FULL", "2"),
    ("foreign_keys", "ON", "1"),
    ("wal_autocheckpoint", WAL_AUTOCHECKPOINT, WAL_AUTOCHECKPOINT),
    // On Apple systems a plain fsync does not reach the disk. Elsewhere these do nothing.
    ("fullfsync", "ON", "1"),
    ("checkpoint_fullfsync", "ON", "1"),
];

const READER: [Pragma; 1] = [("query_only", "ON", "1")];

/// # Errors
/// When the library in use has a known bug.
pub(super) fn check_version(version: i32) -> Result<(), OpenError> {
    if version >= OLDEST_VERSION { Ok(()) } else { Err(OpenError::SqliteTooOld { found: version }) }
}

pub(super) fn prepare_writer(connection: &Connection) -> Result<(), OpenError> {
    set(connection, &WRITER)?;
    read_back(connection, &WRITER)
}

pub(super) fn prepare_reader(connection: &Connection) -> Result<(), OpenError> {
    set(connection, &READER)?;
    read_back(connection, &READER)
}

fn set(connection: &Connection, pragmas: &[Pragma]) -> Result<(), OpenError> {
    for (name, value, _) in pragmas {
        connection.execute_batch(&format!("PRAGMA {name} = {value}"))?;
    }
    Ok(())
}

fn read_back(connection: &Connection, pragmas: &[Pragma]) -> Result<(), OpenError> {
    for (name, _, expected) in pragmas {
        let found = connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get(0))?;
        let found = match found {
            Value::Integer(number) => number.to_string(),
            Value::Text(text) => text,
            other => format!("{other:?}"),
        };
        if found != *expected {
            return Err(OpenError::Setting { name, expected, found });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open() -> (tempfile::TempDir, Connection) {
        let folder = tempfile::tempdir().unwrap();
        let connection = Connection::open(folder.path().join("test.db")).unwrap();
        (folder, connection)
    }

    #[test]
    fn d01_settings_are_read_back_and_a_weaker_one_is_refused() {
        let (_folder, connection) = open();
        prepare_writer(&connection).unwrap();
        // Negative controls: each setting that would lose commits or check less is noticed.
        for weaker in [
            "synchronous = NORMAL",
            "synchronous = OFF",
            "foreign_keys = OFF",
            "wal_autocheckpoint = 0",
            "journal_mode = DELETE",
        ] {
            connection.execute_batch(&format!("PRAGMA {weaker}")).unwrap();
            let refused = read_back(&connection, &WRITER).unwrap_err();
            let name = weaker.split(' ').next().unwrap();
            assert!(
                matches!(refused, OpenError::Setting { name: found, .. } if found == name),
                "{weaker}: {refused}"
            );
            prepare_writer(&connection).unwrap();
        }
    }

    #[test]
    fn d01_a_database_that_cannot_have_a_log_is_refused() {
        // In memory there is no write-ahead log, and SQLite answers "memory" without an error.
        let connection = Connection::open_in_memory().unwrap();
        let refused = prepare_writer(&connection).unwrap_err();
        assert!(matches!(refused, OpenError::Setting { name: "journal_mode", .. }), "{refused}");
    }

    #[test]
    fn d02_versions_with_the_wal_reset_bug_are_refused() {
        check_version(rusqlite::version_number()).unwrap();
        check_version(3_051_003).unwrap();
        for old in [3_051_002, 3_050_004, 3_007_000] {
            assert!(
                matches!(check_version(old), Err(OpenError::SqliteTooOld { found }) if found == old)
            );
        }
    }

    #[test]
    fn a_reader_cannot_write() {
        let (_folder, connection) = open();
        connection.execute_batch("CREATE TABLE t (c BIGINT)").unwrap();
        prepare_reader(&connection).unwrap();
        assert!(connection.execute_batch("INSERT INTO t VALUES (1)").is_err());
    }
}
