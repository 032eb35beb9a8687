//! What only SQLite knows: how parameters are written, how values are bound and read, which errors
//! are conflicts, and which mean that the whole transaction is lost.

use rusqlite::{
    Connection, ErrorCode, Row as SqliteRow, ToSql, Transaction, TransactionBehavior, ffi,
    params_from_iter,
    types::{ToSqlOutput, ValueRef},
};
use suanpan_acts::{
    change::ChangeSet,
    job::{LeasedJob, Queue},
    ports::{OrderRef, StoreError},
};
use suanpan_trade::Order;
use suanpan_wechat::Timestamp;

use crate::sql::{self, Expect, Row, Select, Sql, Step, Value};

/// Why a change set was not applied.
#[derive(Debug)]
pub(super) enum Failure {
    /// Somebody was faster. The transaction is intact.
    Conflict,
    /// Only this change set cannot be written. The transaction is intact.
    Refused(StoreError),
    /// The transaction is lost, and with it everybody in it.
    Broken(rusqlite::Error),
}

/// SQLite takes `$2` for a name and numbers names by first appearance; `?2` is a number.
pub(super) fn question_marks(text: &str) -> String {
    text.replace('$', "?")
}

impl Sql {
    fn for_sqlite(&self) -> &str {
        self.rewritten.get_or_init(|| question_marks(self.text))
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Null => ValueRef::Null,
            Value::Int(number) => ValueRef::Integer(*number),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

impl Row for SqliteRow<'_> {
    fn text(&self, column: usize) -> Result<Option<String>, StoreError> {
        self.get(column).map_err(|error| unreadable(&error))
    }

    fn int(&self, column: usize) -> Result<Option<i64>, StoreError> {
        self.get(column).map_err(|error| unreadable(&error))
    }
}

fn unreadable(error: &rusqlite::Error) -> StoreError {
    StoreError::Corrupt(format!("a row cannot be read: {error}"))
}

/// An error of a reading statement: nothing was changed.
pub(super) fn reading(error: &rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            StoreError::Corrupt(format!("the database is damaged: {error}"))
        }
        _ => StoreError::Unavailable(format!("reading failed: {error}")),
    }
}

/// Runs a statement that returns rows.
pub(super) fn select<T>(
    connection: &Connection,
    sql: &'static Sql,
    values: &[Value<'_>],
    read: impl Fn(&dyn Row) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let mut statement =
        connection.prepare_cached(sql.for_sqlite()).map_err(|error| reading(&error))?;
    let mut rows = statement.query(params_from_iter(values)).map_err(|error| reading(&error))?;
    let mut items = Vec::new();
    while let Some(row) = rows.next().map_err(|error| reading(&error))? {
        items.push(read(row)?);
    }
    Ok(items)
}

/// Reads an aggregate from one snapshot: its parts may not come from before and after a commit.
pub(super) fn load(connection: &Connection, order: &OrderRef) -> Result<Option<Order>, StoreError> {
    let snapshot = Transaction::new_unchecked(connection, TransactionBehavior::Deferred)
        .map_err(|error| reading(&error))?;
    let Select { sql, values } = sql::find(order);
    let found = select(&snapshot, sql, &values, sql::order)?.pop();
    let Some((order, state)) = found else { return Ok(None) };
    let (account, order_id) = (&order.identity.account, &order.identity.order_id);
    let key = [Value::from(account), Value::from(order_id)];
    let attempts = select(&snapshot, &sql::ATTEMPTS_OF, &key, sql::attempt)?;
    let refunds = select(&snapshot, &sql::REFUNDS_OF, &key, sql::refund)?;
    sql::assemble(order, state, attempts, refunds).map(Some)
}

/// Applies a change set inside a savepoint of the open transaction: all of it or nothing of it.
pub(super) fn apply(connection: &Connection, changes: &ChangeSet) -> Result<(), Failure> {
    in_savepoint(connection, || {
        sql::plan(changes).iter().try_for_each(|step| run(connection, changes.name, step))
    })
}

/// Leases due jobs. One unreadable row delays nobody else (invariant L06): it is leased like the
/// others, so it steps aside until the lease is over, and somebody is told.
pub(super) fn claim(
    connection: &Connection,
    queue: Queue,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<LeasedJob>, Failure> {
    let values = sql::claim_values(queue, now, limit);
    let read = || -> rusqlite::Result<Vec<Result<LeasedJob, StoreError>>> {
        let mut statement = connection.prepare_cached(sql::CLAIM.for_sqlite())?;
        let mut rows = statement.query(params_from_iter(&values))?;
        let mut jobs = Vec::new();
        while let Some(row) = rows.next()? {
            jobs.push(sql::leased(row));
        }
        Ok(jobs)
    };
    let mut leased = Vec::new();
    for job in in_savepoint(connection, || read().map_err(writing))? {
        match job {
            Ok(job) => leased.push(job),
            Err(error) => tracing::error!(%error, "a job cannot be read and waits for a person"),
        }
    }
    Ok(sql::in_order(leased))
}

fn in_savepoint<T>(
    connection: &Connection,
    work: impl FnOnce() -> Result<T, Failure>,
) -> Result<T, Failure> {
    control(connection, "SAVEPOINT change_set")?;
    let outcome = work();
    match &outcome {
        Ok(_) => control(connection, "RELEASE change_set")?,
        Err(Failure::Conflict | Failure::Refused(_)) => {
            control(connection, "ROLLBACK TO change_set")?;
            control(connection, "RELEASE change_set")?;
        }
        // SQLite may have ended the transaction by itself; the caller ends it in any case.
        Err(Failure::Broken(_)) => {}
    }
    outcome
}

fn control(connection: &Connection, text: &str) -> Result<(), Failure> {
    let mut statement = connection.prepare_cached(text).map_err(Failure::Broken)?;
    statement.execute([]).map(drop).map_err(Failure::Broken)
}

fn run(connection: &Connection, name: &str, step: &Step<'_>) -> Result<(), Failure> {
    let mut statement = connection.prepare_cached(step.sql.for_sqlite()).map_err(writing)?;
    let touched = statement.execute(params_from_iter(&step.values)).map_err(writing)?;
    let refuse = |problem: &str| {
        Err(Failure::Refused(StoreError::Corrupt(format!("refused to write {name}: {problem}"))))
    };
    match (touched, step.expect) {
        (1, _) | (0, Expect::AtMostOne) => Ok(()),
        (0, Expect::RowOrConflict) => Err(Failure::Conflict),
        (0, Expect::RowOrAltered(altered)) => refuse(altered),
        (0, Expect::RowOrFind { ours, places, altered }) => {
            let values = places.iter().map(|place| &step.values[*place]);
            let mut statement = connection.prepare_cached(ours.for_sqlite()).map_err(writing)?;
            match statement.exists(params_from_iter(values)).map_err(writing)? {
                true => refuse(altered),
                false => Err(Failure::Conflict),
            }
        }
        _ => refuse("a statement touched more than one row"),
    }
}

/// Tells errors of one statement from errors of the whole transaction.
fn writing(error: rusqlite::Error) -> Failure {
    let rusqlite::Error::SqliteFailure(ffi::Error { code, extended_code }, _) = &error else {
        return refused(&error);
    };
    let unique = [ffi::SQLITE_CONSTRAINT_UNIQUE, ffi::SQLITE_CONSTRAINT_PRIMARYKEY];
    match code {
        ErrorCode::ConstraintViolation if unique.contains(extended_code) => Failure::Conflict,
        ErrorCode::ConstraintViolation
        | ErrorCode::TooBig
        | ErrorCode::TypeMismatch
        | ErrorCode::Unknown => refused(&error),
        _ => Failure::Broken(error),
    }
}

fn refused(error: &rusqlite::Error) -> Failure {
    Failure::Refused(StoreError::Corrupt(format!("the database refused a row: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d11_numbered_parameters_keep_their_numbers() {
        // Out of order and repeated: as names they would be numbered $2, $1, $3.
        static STATEMENT: Sql = Sql::new("SELECT $2, $1, $2, $3");
        let values = [Value::from("one"), Value::from("two"), Value::from("three")];
        let connection = Connection::open_in_memory().unwrap();
        let read = |row: &dyn Row| {
            (0..4).map(|column| row.text(column).map(Option::unwrap)).collect::<Result<Vec<_>, _>>()
        };
        let rows = select(&connection, &STATEMENT, &values, read).unwrap();
        assert_eq!(rows, [["two", "one", "two", "three"]]);
    }
}
