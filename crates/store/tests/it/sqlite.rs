//! What only a database can get wrong: locks, groups, restarts, other programs.

use std::{
    future::Future as _,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use rusqlite::{Connection, ErrorCode};
use suanpan_acts::{
    Environment, Queue, Store, StoreError, Write,
    change::{Commit, Settle},
    ports::OrderRef,
};
use suanpan_store::{OpenError, Settings, SqliteStore};
use suanpan_trade::Order;

use crate::world::{
    Database, at, attempt, block_on, changes, commit, identity, load, new_order, order_id,
    settings, unguarded, watch,
};

/// Goal: 64 callers share few syncs of the disk. Method: hold the database's write lock from
/// outside while all of them ask, so that they are surely waiting together, then let it go.
#[test]
fn waiting_commits_share_a_transaction() {
    let database = Database::new();
    let store = database.store();
    let before = store.statistics();
    let other = database.connection();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut asked: Vec<_> = (0..64).map(|n| Box::pin(store.commit(new_order(0, n)))).collect();
    for commit in &mut asked {
        assert!(commit.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    other.execute_batch("COMMIT").unwrap();
    for commit in asked {
        assert_eq!(block_on(commit).unwrap(), Commit::Done);
    }
    let after = store.statistics();
    assert_eq!(after.committed - before.committed, 64);
    // The first ones the writer saw, and all the others.
    assert!(after.transactions - before.transactions <= 2, "{after:?}");
}

/// Goal: a conflict in a group fails only its own change set. Method: as above, with every second
/// one asking for an order that exists.
#[test]
fn a_conflict_in_a_group_fails_only_itself() {
    let database = Database::new();
    let store = database.store();
    block_on(commit(store, new_order(0, 0)));
    let other = database.connection();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut asked = Vec::new();
    for n in 1..20_u8 {
        let changes = if n % 2 == 0 { new_order(0, 0) } else { new_order(0, n) };
        let mut commit = Box::pin(store.commit(changes));
        assert!(commit.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        asked.push((n, commit));
    }
    other.execute_batch("COMMIT").unwrap();
    for (n, commit) in asked {
        let expected = if n % 2 == 0 { Commit::Conflict } else { Commit::Done };
        assert_eq!(block_on(commit).unwrap(), expected);
        let found = block_on(store.load(&OrderRef::Id(order_id(0, n)))).unwrap();
        assert_eq!(found.is_some(), n % 2 == 1, "order {n}");
    }
    assert_eq!(store.statistics().conflicts, 9);
}

/// Goal: concurrent changes of one order are serialised by its version. Method: 8 tasks on real
/// threads each add attempts until WeChat's limit, loading again after every conflict.
#[test]
fn concurrent_clients_lose_no_update() {
    const CLIENTS: u8 = 8;
    const EACH: u8 = 5;
    let mut database = Database::new();
    let store = Arc::new(database.store.take().unwrap());
    block_on(commit(&*store, new_order(0, 1)));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap();
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let store = Arc::clone(&store);
            runtime.spawn(async move {
                let mut conflicts = 0_u32;
                for n in 0..EACH {
                    loop {
                        let before = load(&*store, &order_id(0, 1)).await;
                        let mut after = before.clone();
                        after.attempts.push(attempt(client * EACH + n));
                        let changes = changes(Some(&before), &after, Vec::new());
                        if store.commit(changes).await.unwrap() == Commit::Done {
                            break;
                        }
                        conflicts += 1;
                    }
                }
                conflicts
            })
        })
        .collect();
    let conflicts: u32 = clients.into_iter().map(|client| runtime.block_on(client).unwrap()).sum();
    let order = block_on(load(&*store, &order_id(0, 1)));
    let written = usize::from(CLIENTS * EACH);
    assert_eq!(order.attempts.len(), written);
    assert_eq!(order.version, u64::try_from(written).unwrap() + 1);
    assert_eq!(store.statistics().conflicts, u64::from(conflicts));
}

/// Goal: claims never overlap. Method: several tasks drain one queue; everybody's jobs together
/// are each job once.
#[test]
fn concurrent_workers_never_share_a_job() {
    let mut database = Database::new();
    let store = Arc::new(database.store.take().unwrap());
    let schedules = (0..200).map(|n| Write::Schedule(watch(0, n), at(0))).collect();
    block_on(commit(&*store, unguarded(schedules)));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap();
    let workers: Vec<_> = (0..4)
        .map(|_| {
            let store = Arc::clone(&store);
            runtime.spawn(async move {
                let mut mine = Vec::new();
                loop {
                    let page = store.claim(Queue::WeChat, at(1), 7).await.unwrap();
                    if page.is_empty() {
                        return mine;
                    }
                    mine.extend(page.into_iter().map(|leased| leased.job.key()));
                }
            })
        })
        .collect();
    let mut all: Vec<String> =
        workers.into_iter().flat_map(|worker| runtime.block_on(worker).unwrap()).collect();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 200, "every job went to somebody, and to nobody twice");
}

/// Goal: a second writer is waited for, or refused with nothing done; never half done (threat d03).
/// Method: another program holds the write lock. The control shows what a deferred transaction
/// would do at the same place: fail at once, without waiting.
#[test]
fn d03_a_foreign_writer_costs_a_wait_or_a_clean_refusal() {
    let mut database = Database::new();
    database.store = None;
    let impatient = {
        let mut settings = settings(&database.folder);
        settings.busy_timeout_ms = 1;
        settings
    };
    let store = SqliteStore::open(&impatient).unwrap();
    let other = database.connection();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = block_on(store.commit(new_order(0, 1)));
    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    assert!(store.stopped().is_none(), "somebody else's lock passes");
    let readable = block_on(store.load(&OrderRef::Id(order_id(0, 1))));
    assert_eq!(readable, Ok(None), "readers never wait for writers");
    other.execute_batch("ROLLBACK").unwrap();
    block_on(commit(&store, new_order(0, 1)));

    other.busy_timeout(std::time::Duration::from_secs(60)).unwrap();
    other.execute_batch("BEGIN DEFERRED; SELECT COUNT(*) FROM orders").unwrap();
    block_on(commit(&store, new_order(0, 2)));
    let upgrade = other.execute_batch("UPDATE jobs SET token = token");
    assert_eq!(upgrade.unwrap_err().sqlite_error_code(), Some(ErrorCode::DatabaseBusy));
}

#[test]
fn d07_a_second_server_on_the_same_folder_is_refused() {
    let mut database = Database::new();
    let second = SqliteStore::open(&settings(&database.folder)).unwrap_err();
    assert!(matches!(second, OpenError::InUse { .. }), "{second}");
    assert!(second.to_string().contains("in use by another server"), "{second}");
    // By another spelling of the path as well.
    let detour =
        database.folder.path().join("..").join(database.folder.path().file_name().unwrap());
    let second = SqliteStore::open(&Settings::new(detour, Environment::Simulator)).unwrap_err();
    assert!(matches!(second, OpenError::InUse { .. }), "{second}");
    database.reopen();
}

#[test]
fn s06_a_database_of_the_other_environment_is_refused() {
    let mut database = Database::new();
    database.store = None;
    let live = Settings::new(database.folder.path(), Environment::Live);
    let refused = SqliteStore::open(&live).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "this database was created for environment simulator and is not opened for live; \
         choose another folder"
    );
    database.reopen();
}

#[test]
fn what_was_acknowledged_is_there_after_a_restart() {
    let mut database = Database::new();
    block_on(commit(database.store(), new_order(0, 1)));
    let before = block_on(load(database.store(), &order_id(0, 1)));
    database.reopen();
    assert_eq!(block_on(load(database.store(), &order_id(0, 1))), before);
    // The log was carried over and removed: the lock was given back after that.
    database.store = None;
    assert!(!database.folder.path().join("suanpan.db-wal").exists());
}

/// Goal: a commit whose caller went away is all there or not at all. Method: drop the future after
/// the change set was handed over.
#[test]
fn a_commit_survives_its_caller() {
    let database = Database::new();
    let store = database.store();
    let mut asked = Box::pin(store.commit(new_order(0, 1)));
    // Whether it is done already depends on the machine; from here on it is the writer's.
    let _ = asked.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    drop(asked);
    // The writer works in order: when this is answered, the one before is decided.
    block_on(commit(store, new_order(0, 2)));
    block_on(load(store, &order_id(0, 1)));
}

/// Goal: more than the queue holds is refused at once and was not done (threat h10). Method: stall
/// the writer with a foreign lock, and ask until it says no.
#[test]
fn h10_a_full_queue_refuses_at_once() {
    let database = Database::new();
    let store = database.store();
    let other = database.connection();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut asked = Vec::new();
    let refused = loop {
        let job = vec![Write::Schedule(watch(0, 1), at(0))];
        let mut commit = Box::pin(store.commit(unguarded(job)));
        match commit.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Pending => asked.push(commit),
            Poll::Ready(answer) => break answer,
        }
        assert!(asked.len() < 10_000, "the queue has no end");
    };
    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    assert!(store.statistics().waiting > 0);
    other.execute_batch("ROLLBACK").unwrap();
    for commit in asked {
        assert_eq!(block_on(commit), Ok(Commit::Done));
    }
    assert_eq!(store.statistics().waiting, 0);
}

/// Goal: one row that cannot be read delays nobody else (invariant L06). Method: damage one job
/// from outside, and claim.
#[test]
fn l06_a_damaged_job_delays_nobody_else() {
    let database = Database::new();
    let store = database.store();
    let schedules = (0..3).map(|n| Write::Schedule(watch(0, n), at(i64::from(n)))).collect();
    block_on(commit(store, unguarded(schedules)));
    let damage = "UPDATE jobs SET job = '{\"do\":\"what\"}' WHERE job_key = ?1";
    assert_eq!(database.connection().execute(damage, [watch(0, 0).key()]).unwrap(), 1);
    assert_eq!(block_on(store.claim(Queue::WeChat, at(9), 1)).unwrap(), [], "the first is damaged");
    let others = block_on(store.claim(Queue::WeChat, at(9), 9)).unwrap();
    assert_eq!(others.iter().map(|job| &job.job).collect::<Vec<_>>(), [&watch(0, 1), &watch(0, 2)]);
}

/// Goal: damaged rows are reported, not guessed at. Method: change single cells from outside, past
/// the checks where there are any.
#[test]
fn a_damaged_row_is_reported_as_such() {
    let database = Database::new();
    let store = database.store();
    let mut order = Order::open(identity(0, 2, 1));
    order.attempts.push(attempt(1));
    block_on(commit(store, changes(None, &order, Vec::new())));
    let outside = database.connection();
    outside.execute_batch("PRAGMA ignore_check_constraints = ON").unwrap();
    for (table, cell, repair) in [
        ("orders", "state = 'paid'", "state = 'open'"),
        ("orders", "amount = -1", "amount = 1992"),
        ("orders", "amount = 'many'", "amount = 1992"),
        ("orders", "currency = 'USD'", "currency = 'CNY'"),
        ("orders", "expires_at = 9223372036854775807", "expires_at = 1700001800"),
        ("attempts", "state = 'prepaid'", "state = 'sending'"),
        ("attempts", "sends = 4294967296", "sends = 1"),
        ("attempts", "appid = ''", "appid = 'wx0001'"),
    ] {
        outside.execute(&format!("UPDATE {table} SET {cell}"), []).unwrap();
        let loaded = block_on(store.load(&OrderRef::Id(order_id(0, 2))));
        assert!(matches!(loaded, Err(StoreError::Corrupt(_))), "{cell}: {loaded:?}");
        outside.execute(&format!("UPDATE {table} SET {repair}"), []).unwrap();
        block_on(load(store, &order_id(0, 2)));
    }
}

/// The schema's own checks hold as a last line behind the shape check.
#[test]
fn the_schema_refuses_what_cannot_be() {
    let database = Database::new();
    let mut order = Order::open(identity(0, 2, 1));
    order.attempts.push(attempt(1));
    block_on(commit(database.store(), changes(None, &order, Vec::new())));
    let outside: Connection = database.connection();
    outside.execute_batch("PRAGMA foreign_keys = ON").unwrap();
    for bad in [
        "UPDATE orders SET amount = 0",
        "UPDATE orders SET state = 'lost'",
        "UPDATE orders SET payment = 'paid'",
        "UPDATE orders SET payer_openid = NULL",
        "UPDATE orders SET version = 0",
        "UPDATE attempts SET state = 'success'",
        "UPDATE attempts SET in_flight = 2",
        "UPDATE installation SET environment = 'staging'",
        "INSERT INTO postings VALUES ('acme', 'ord_x', 1, 'receivable', 'refunded', 1, 0)",
        "DELETE FROM orders",
    ] {
        let refused = outside.execute_batch(bad).unwrap_err();
        assert_eq!(refused.sqlite_error_code(), Some(ErrorCode::ConstraintViolation), "{bad}");
    }
}

/// Settling and claiming go through the same writer as everything else, so a restart between them
/// keeps the lease and its token.
#[test]
fn a_lease_outlives_a_restart() {
    let mut database = Database::new();
    block_on(commit(database.store(), unguarded(vec![Write::Schedule(watch(0, 1), at(0))])));
    let leased = block_on(database.store().claim(Queue::WeChat, at(0), 9)).unwrap().remove(0);
    database.reopen();
    assert_eq!(block_on(database.store().claim(Queue::WeChat, at(1), 9)).unwrap(), []);
    let guard = suanpan_acts::Guard::Lease { job: leased.job.clone(), token: leased.token.clone() };
    let writes = vec![Write::Settle(leased.job, Settle::Done)];
    let changes = suanpan_acts::ChangeSet { name: "job.settle", guards: vec![guard], writes };
    block_on(commit(database.store(), changes));
}
