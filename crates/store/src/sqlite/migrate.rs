//! The schema, step by step, forward only. Each step is one transaction: a crash inside it leaves
//! the database as it was, and the next start does it again.

use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior};
use suanpan_acts::Environment;

use super::OpenError;

/// One step. An applied one is never edited.
struct Migration {
    version: i64,
    name: &'static str,
    text: &'static str,
}

const MIGRATIONS: [Migration; 1] = [Migration {
    version: 1,
    name: "first_payment",
    text: include_str!("../../migrations/0001_first_payment.sql"),
}];

const LEDGER: &str = "
-- Which steps were applied. Appended by each step, in its own transaction.
CREATE TABLE IF NOT EXISTS migrations (
    -- Its number. Fixed.
    version BIGINT NOT NULL PRIMARY KEY,
    -- What it is about. Fixed.
    name TEXT NOT NULL
);";

/// Brings a database to the newest schema, or refuses it.
pub(super) fn migrate(
    connection: &mut Connection,
    environment: Environment,
) -> Result<(), OpenError> {
    connection.execute_batch(LEDGER)?;
    let found: i64 =
        connection
            .query_row("SELECT COALESCE(MAX(version), 0) FROM migrations", [], |row| row.get(0))?;
    let known = MIGRATIONS.iter().map(|step| step.version).max().unwrap_or(0);
    if found > known {
        return Err(OpenError::NewerSchema { found, known });
    }
    // Before any step: a database of the other environment is left as it is.
    if found > 0 {
        check_environment(connection, environment)?;
    }
    for step in MIGRATIONS.iter().filter(|step| step.version > found) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(step.text)?;
        transaction.execute(
            "INSERT INTO migrations (version, name) VALUES (?1, ?2)",
            (step.version, step.name),
        )?;
        if found == 0 && step.version == 1 {
            settle_environment(&transaction, environment)?;
        }
        transaction.commit()?;
    }
    Ok(())
}

fn settle_environment(
    transaction: &Transaction<'_>,
    environment: Environment,
) -> Result<(), OpenError> {
    transaction.execute(
        "INSERT INTO installation (id, environment) VALUES (1, ?1)",
        [environment.as_str()],
    )?;
    Ok(())
}

fn check_environment(connection: &Connection, environment: Environment) -> Result<(), OpenError> {
    let stored: Option<String> = connection
        .query_row("SELECT environment FROM installation WHERE id = 1", [], |row| row.get(0))
        .optional()?;
    let stored = stored.unwrap_or_else(|| "unknown".to_owned());
    let asked = environment.as_str();
    if stored == asked { Ok(()) } else { Err(OpenError::OtherEnvironment { stored, asked }) }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;
    use crate::{
        sql,
        sqlite::{engine, pragma},
    };

    fn open(folder: &Path) -> Connection {
        let connection = Connection::open(folder.join("test.db")).unwrap();
        pragma::prepare_writer(&connection).unwrap();
        connection
    }

    fn schema(connection: &Connection) -> Vec<(String, Option<String>)> {
        let mut statement =
            connection.prepare("SELECT name, sql FROM sqlite_master ORDER BY type, name").unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
        rows.unwrap().map(Result::unwrap).collect()
    }

    fn statements(text: &str) -> Vec<String> {
        let code: Vec<_> =
            text.lines().filter(|line| !line.trim_start().starts_with("--")).collect();
        let code = code.join("\n");
        code.split(';').filter(|text| !text.trim().is_empty()).map(str::to_owned).collect()
    }

    /// Goal: a crash at any statement of a step is survived (threat d09). Method: run the first
    /// statements of it, copy the files as a dead process would leave them, and start on the copy.
    #[test]
    fn d09_a_migration_killed_at_any_statement_is_done_again() {
        let fresh = tempfile::tempdir().unwrap();
        let mut connection = open(fresh.path());
        migrate(&mut connection, Environment::Live).unwrap();
        let expected = schema(&connection);
        for step in &MIGRATIONS {
            let statements = statements(step.text);
            assert!(statements.len() > 10, "the step is more than one statement");
            for killed_after in 0..=statements.len() {
                let (dying, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
                let connection = open(dying.path());
                connection.execute_batch(LEDGER).unwrap();
                connection.execute_batch("BEGIN IMMEDIATE").unwrap();
                for statement in &statements[..killed_after] {
                    connection.execute_batch(statement).unwrap();
                }
                for file in fs::read_dir(dying.path()).unwrap().map(Result::unwrap) {
                    fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
                }
                let mut survivor = open(copy.path());
                migrate(&mut survivor, Environment::Live).unwrap();
                assert_eq!(schema(&survivor), expected, "killed after {killed_after} statements");
                migrate(&mut survivor, Environment::Live).unwrap();
            }
        }
    }

    #[test]
    fn d09_an_older_program_refuses_a_newer_schema() {
        let folder = tempfile::tempdir().unwrap();
        let mut connection = open(folder.path());
        migrate(&mut connection, Environment::Live).unwrap();
        connection
            .execute_batch("INSERT INTO migrations VALUES (1000, 'from_the_future')")
            .unwrap();
        let before = schema(&connection);
        let refused = migrate(&mut connection, Environment::Live).unwrap_err();
        assert!(matches!(refused, OpenError::NewerSchema { found: 1000, known: 1 }), "{refused}");
        assert_eq!(schema(&connection), before);
    }

    /// Every table and column says what it means, and has a type that both engines know.
    #[test]
    fn every_column_is_explained_and_portable() {
        for step in &MIGRATIONS {
            let mut explained = false;
            for line in step.text.lines() {
                let line = line.trim();
                let words: Vec<_> = line.split_ascii_whitespace().collect();
                let is_column =
                    matches!(words[..], [_, "TEXT" | "BIGINT" | "TEXT," | "BIGINT,", ..]);
                let is_object = line.starts_with("CREATE");
                assert!(explained || !(is_column || is_object), "no comment above: {line}");
                explained = line.starts_with("--");
            }
        }
        let folder = tempfile::tempdir().unwrap();
        let mut connection = open(folder.path());
        migrate(&mut connection, Environment::Live).unwrap();
        let mut statement = connection
            .prepare(
                "SELECT t.name, c.name, c.type FROM pragma_table_list t, pragma_table_info(t.name) c \
                 WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'",
            )
            .unwrap();
        let columns = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
        let columns: Vec<(String, String, String)> = columns.unwrap().map(Result::unwrap).collect();
        assert!(columns.len() > 100, "{columns:?}");
        for (table, column, kind) in columns {
            assert!(["TEXT", "BIGINT"].contains(&kind.as_str()), "{table}.{column} is {kind}");
        }
    }

    /// Goal: no statement's cost grows with its table. Method: SQLite's own plan of each.
    #[test]
    fn every_statement_uses_an_index() {
        let folder = tempfile::tempdir().unwrap();
        let mut connection = open(folder.path());
        migrate(&mut connection, Environment::Live).unwrap();
        let all = sql::all();
        assert!(all.len() > 30, "the list is complete");
        for statement in all {
            let text = engine::question_marks(statement.text);
            let mut explain = connection.prepare(&format!("EXPLAIN QUERY PLAN {text}")).unwrap();
            let nothing = vec![rusqlite::types::Null; explain.parameter_count()];
            let nothing = rusqlite::params_from_iter(nothing);
            let plan = explain.query_map(nothing, |row| row.get(3)).unwrap();
            let plan: Vec<String> = plan.map(Result::unwrap).collect();
            let scans = plan.iter().any(|line| line.starts_with("SCAN "));
            assert!(!scans, "{text}\n{plan:#?}");
            // The endpoints of an account are few by rule; everything else is read in index order.
            let sorts = plan.iter().any(|line| line.contains("TEMP B-TREE"));
            assert!(!sorts || text.contains("FROM endpoints"), "{text}\n{plan:#?}");
        }
    }
}
