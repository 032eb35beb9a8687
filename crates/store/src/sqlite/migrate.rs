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
