//! The database as it lies on the disk, read past the server. Every table there is, without naming
//! any, so that "nothing changed" cannot overlook one.

use std::{collections::BTreeMap, fmt, path::Path};

use rusqlite::{Connection, OpenFlags, types::ValueRef};

/// Name of the file inside the data folder.
const FILE: &str = "suanpan.db";

/// One row: columns by name, values as text; NULL is absent.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row(BTreeMap<String, String>);

impl Row {
    /// A column's text; NULL and unknown columns are absent.
    #[must_use]
    pub fn get(&self, column: &str) -> Option<&str> {
        self.0.get(column).map(String::as_str)
    }

    /// A column that this row must have.
    #[must_use]
    pub fn text(&self, column: &str) -> &str {
        self.get(column).unwrap_or_else(|| panic!("{column} is NULL in {self:?}"))
    }

    /// A column that holds a number.
    #[must_use]
    pub fn number(&self, column: &str) -> i64 {
        self.text(column).parse().expect("an integer column")
    }
}

/// Every row of every table at one instant.
#[derive(Clone, PartialEq, Eq)]
pub struct Snapshot(BTreeMap<String, Vec<Row>>);

fn open(folder: &Path) -> Connection {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(folder.join(FILE), flags).expect("the server has made its database")
}

/// When the next job is due, and nobody's. One row, because every step of time asks for it.
pub(crate) fn next_due(folder: &Path) -> Option<i64> {
    let sql = "SELECT MIN(MAX(due_at, COALESCE(lease_until, due_at))) AS at FROM jobs \
               WHERE due_at IS NOT NULL";
    read(&open(folder), sql)[0].get("at").and_then(|at| at.parse().ok())
}

impl Snapshot {
    pub(crate) fn take(folder: &Path) -> Self {
        let connection = open(folder);
        // One transaction: every table is read as of the same commit.
        connection.execute_batch("BEGIN").expect("a reading transaction starts");
        let tables = read(&connection, "SELECT name FROM sqlite_schema WHERE type = 'table'");
        let tables = tables.iter().map(|table| table.text("name").to_owned());
        let rows = |table: &String| {
            let mut rows = read(&connection, &format!("SELECT * FROM \"{table}\""));
            rows.sort();
            rows
        };
        Self(tables.map(|table| (table.clone(), rows(&table))).collect())
    }

    /// The rows of a table.
    #[must_use]
    pub fn rows(&self, table: &str) -> &[Row] {
        self.0.get(table).unwrap_or_else(|| panic!("there is no table {table}"))
    }

    /// The rows of a table with this value in a column.
    pub fn find<'a>(
        &'a self,
        table: &str,
        column: &'a str,
        value: &'a str,
    ) -> impl Iterator<Item = &'a Row> {
        self.rows(table).iter().filter(move |row| row.get(column) == Some(value))
    }
}

fn read(connection: &Connection, sql: &str) -> Vec<Row> {
    let mut statement = connection.prepare(sql).expect("the table exists");
    let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let rows = statement.query_map([], |row| {
        let cells = columns.iter().enumerate().filter_map(|(at, column)| {
            Some((column.clone(), text(row.get_ref(at).expect("the column exists"))?))
        });
        Ok(Row(cells.collect()))
    });
    rows.expect("a table can be read").collect::<Result<_, _>>().expect("rows can be read")
}

fn text(cell: ValueRef<'_>) -> Option<String> {
    match cell {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Text(text) | ValueRef::Blob(text) => Some(String::from_utf8_lossy(text).into()),
        ValueRef::Real(_) => panic!("a float in the database (invariant I15)"),
    }
}

/// Rows can be many; what differs is what a failing test should show.
impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (table, rows) in &self.0 {
            for row in rows {
                writeln!(f, "{table}: {:?}", row.0)?;
            }
        }
        Ok(())
    }
}
