//! Our own books: what was ordered and how far it is. A JSON file is enough for a sample; a real
//! shop has a database, and writes the order row before it calls Suanpan.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard},
};

use serde::{Deserialize, Serialize};

/// One order of ours.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) merchant_order_no: String,
    pub(crate) mchid: String,
    pub(crate) sku: String,
    pub(crate) quantity: i64,
    pub(crate) amount_fen: i64,
    pub(crate) state: State,
    /// Webhooks already handled: delivery is at least once, so the same id may come again.
    pub(crate) handled: Vec<String>,
}

/// How far an order is, for our customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    AwaitingPayment,
    Paid,
    Closed,
    /// Paid too late; the money is on its way back.
    Refunding,
    Refunded,
}

/// The file and what is in it.
pub(crate) struct Books {
    path: PathBuf,
    rows: Mutex<BTreeMap<String, Row>>,
}

impl Books {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let rows = match fs::read(path) {
            Ok(json) => serde_json::from_slice(&json)?,
            Err(error) if error.kind() == ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(error),
        };
        Ok(Self { path: path.to_owned(), rows: Mutex::new(rows) })
    }

    pub(crate) fn state(&self, order_id: &str) -> Option<State> {
        self.lock().get(order_id).map(|row| row.state)
    }

    pub(crate) fn insert(&self, order_id: &str, row: Row) -> io::Result<()> {
        let mut rows = self.lock();
        rows.insert(order_id.to_owned(), row);
        self.save(&rows)
    }

    /// Changes a row and saves before anybody is told; `None` when there is no such order.
    pub(crate) fn change<T>(
        &self,
        order_id: &str,
        change: impl FnOnce(&mut Row) -> T,
    ) -> io::Result<Option<T>> {
        let mut rows = self.lock();
        let Some(row) = rows.get_mut(order_id) else { return Ok(None) };
        let changed = change(row);
        self.save(&rows)?;
        Ok(Some(changed))
    }

    /// Writes beside the file and renames, so that a crash leaves the old books or the new ones.
    fn save(&self, rows: &BTreeMap<String, Row>) -> io::Result<()> {
        let beside = self.path.with_extension("new");
        fs::write(&beside, serde_json::to_vec_pretty(rows)?)?;
        fs::rename(beside, &self.path)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Row>> {
        self.rows.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
