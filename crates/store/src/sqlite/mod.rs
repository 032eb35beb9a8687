//! The port on SQLite, for one machine.
//!
//! One thread owns the only writing connection and takes whole change sets from a bounded queue;
//! a few threads own reading connections. The port's futures only wait for an answer, so they run
//! on any executor. The alternative that lost, a pool of connections shared by tasks, pays a
//! thread switch for every statement instead of every act, and makes writers wait for each other
//! inside SQLite, where a waiting writer can fail.

mod engine;
mod folder;
mod migrate;
mod open;
mod pragma;
mod readers;
mod writer;

use suanpan_acts::{
    change::{ChangeSet, Commit},
    job::{LeasedJob, Queue},
    ports::{OrderRef, Read, Store, StoreError},
};
use suanpan_trade::Order;
use suanpan_wechat::Timestamp;
use tracing::Instrument as _;

pub use open::{OpenError, Settings};
pub use writer::Statistics;

use self::{engine::select, folder::LockedFolder, readers::Readers, writer::Writer};
use crate::{
    shape,
    sql::{self, Ask},
};

/// The store of one server: a folder with one database, locked for as long as this value lives.
///
/// Dropping it answers what was already asked, closes the database and then gives the lock back; it
/// waits for the commit that is under way.
#[derive(Debug)]
pub struct SqliteStore {
    // In this order: the writer closes the last connection, which tidies the log away, and only
    // then may somebody else have the folder.
    readers: Readers,
    writer: Writer,
    _folder: LockedFolder,
}

impl SqliteStore {
    /// Opens or creates the database in a folder. It blocks; call it while starting.
    ///
    /// # Errors
    /// See [`OpenError`]; each says what to do.
    pub fn open(settings: &Settings) -> Result<Self, OpenError> {
        open::open(settings)
    }

    /// Counters for metrics.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        self.writer.statistics()
    }

    /// Why the store stopped for good, if it did. Whoever runs the server must end the process
    /// then: only opening the database anew finds out what the last commit did (threat d04).
    #[must_use]
    pub fn stopped(&self) -> Option<String> {
        self.writer.stopped()
    }
}

impl Store for SqliteStore {
    async fn load(&self, order: &OrderRef) -> Result<Option<Order>, StoreError> {
        self.writer.still_running()?;
        let order = order.clone();
        let span = tracing::debug_span!("db.load");
        self.readers.run(move |connection| engine::load(connection, &order)).instrument(span).await
    }

    async fn commit(&self, changes: ChangeSet) -> Result<Commit, StoreError> {
        shape::check(&changes)?;
        self.writer.commit(changes).await
    }

    async fn claim(
        &self,
        queue: Queue,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<LeasedJob>, StoreError> {
        self.writer.claim(queue, now, limit).await
    }
}

impl<Q: Ask> Read<Q> for SqliteStore {
    async fn read(&self, query: Q) -> Result<Q::Answer, StoreError> {
        self.writer.still_running()?;
        let ask = move |connection: &rusqlite::Connection| {
            let sql::Select { sql, values } = query.ask();
            select(connection, sql, &values, |row| query.item(row)).map(Q::answer)
        };
        self.readers.run(ask).instrument(tracing::debug_span!("db.read")).await
    }
}
