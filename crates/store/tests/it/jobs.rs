//! Leases, schedules and claims, on every engine.

use std::collections::BTreeMap;

use suanpan_acts::{
    ChangeSet, Guard, Job, Queue, Store, Write,
    change::{Commit, Settle},
    job::{LEASE_SECONDS, LeasedJob},
};
use suanpan_store::MAX_ROWS;
use suanpan_trade::OrderId;

use crate::world::{
    account, at, changes, commit, load, new_order, on_every_engine, order_id, unguarded, watch,
};

#[test]
fn d08_only_the_newest_lease_settles_a_job() {
    on_every_engine!(only_the_newest_lease_settles);
}

#[test]
fn d08_a_finished_job_never_honours_an_old_token() {
    on_every_engine!(finished_jobs_keep_counting);
}

#[test]
fn a_lease_excludes_others_until_it_ends() {
    on_every_engine!(leases_exclude);
}

#[test]
fn i19_a_clock_that_ran_back_blocks_no_job() {
    on_every_engine!(clock_ran_back);
}

#[test]
fn no_schedule_is_lost_while_a_job_is_leased() {
    on_every_engine!(no_schedule_is_lost);
}

#[test]
fn a_settle_that_saw_the_order_overwrites_its_schedules() {
    on_every_engine!(informed_settle);
}

#[test]
fn failures_are_counted_until_success() {
    on_every_engine!(failures);
}

#[test]
fn o11_no_job_is_skipped_while_the_set_changes() {
    on_every_engine!(nothing_is_skipped);
}

#[test]
fn a_claim_is_bounded_and_in_order() {
    on_every_engine!(claims_are_ordered);
}

async fn schedule<S: Store>(store: &S, job: &Job, due_at: i64) {
    commit(store, unguarded(vec![Write::Schedule(job.clone(), at(due_at))])).await;
}

async fn claim<S: Store>(store: &S, now: i64) -> Vec<LeasedJob> {
    store.claim(Queue::WeChat, at(now), 100).await.unwrap()
}

async fn claim_one<S: Store>(store: &S, now: i64) -> LeasedJob {
    let mut claimed = claim(store, now).await;
    assert_eq!(claimed.len(), 1, "one job is due at {now}");
    claimed.remove(0)
}

fn settling(leased: &LeasedJob, settle: Settle) -> ChangeSet {
    let guard = Guard::Lease { job: leased.job.clone(), token: leased.token.clone() };
    let writes = vec![Write::Settle(leased.job.clone(), settle)];
    ChangeSet { name: "job.settle", guards: vec![guard], writes }
}

async fn settle<S: Store>(store: &S, leased: &LeasedJob, settle: Settle) -> Commit {
    store.commit(settling(leased, settle)).await.unwrap()
}

/// Goal: a worker that froze beyond its lease writes nothing. Method: let a lease end, claim again,
/// and let both owners write with their token.
async fn only_the_newest_lease_settles<S: Store>(store: &S) {
    schedule(store, &watch(0, 1), 0).await;
    let frozen = claim_one(store, 0).await;
    let owner = claim_one(store, LEASE_SECONDS).await;
    assert_ne!(frozen.token, owner.token);

    let mut with_row = settling(&frozen, Settle::Done);
    with_row.writes.insert(0, Write::Schedule(watch(0, 2), at(0)));
    assert_eq!(store.commit(with_row).await.unwrap(), Commit::Conflict);
    assert_eq!(
        claim(store, LEASE_SECONDS).await,
        [],
        "nothing of the stale change set was written"
    );

    assert_eq!(settle(store, &owner, Settle::Done).await, Commit::Done);
    assert_eq!(settle(store, &owner, Settle::Done).await, Commit::Conflict, "a lease settles once");
}

/// Goal: no token comes back. Method: finish a job, schedule it again under the same key, and try
/// the token of its first life.
async fn finished_jobs_keep_counting<S: Store>(store: &S) {
    schedule(store, &watch(0, 1), 0).await;
    let frozen = claim_one(store, 0).await;
    let owner = claim_one(store, LEASE_SECONDS).await;
    assert_eq!(settle(store, &owner, Settle::Done).await, Commit::Done);
    assert_eq!(claim(store, 1_000_000).await, [], "a finished job is never due");

    schedule(store, &watch(0, 1), 200).await;
    let reborn = claim_one(store, 200).await;
    assert_eq!(settle(store, &frozen, Settle::Done).await, Commit::Conflict);
    assert_eq!(settle(store, &reborn, Settle::Done).await, Commit::Done);
}

async fn leases_exclude<S: Store>(store: &S) {
    schedule(store, &watch(0, 1), 5).await;
    assert_eq!(claim(store, 4).await, [], "not due yet");
    let leased = claim_one(store, 5).await;
    assert_eq!((leased.job.clone(), leased.due_at, leased.failures), (watch(0, 1), at(5), 0));
    assert_eq!(claim(store, 5).await, []);
    assert_eq!(claim(store, 5 + LEASE_SECONDS - 1).await, []);
    assert_eq!(store.claim(Queue::Webhooks, at(500), 9).await.unwrap(), [], "another queue");
    claim_one(store, 5 + LEASE_SECONDS).await;
}

async fn clock_ran_back<S: Store>(store: &S) {
    schedule(store, &watch(0, 1), 0).await;
    claim_one(store, 10_000).await;
    // A lease given now would end at LEASE_SECONDS; this one ends far behind that.
    claim_one(store, 0).await;
    assert_eq!(claim(store, 1).await, [], "and the new lease counts");
}

/// Goal: every schedule is followed by a claim that starts after it. Method: schedule a leased job
/// earlier than its owner settles it.
async fn no_schedule_is_lost<S: Store>(store: &S) {
    for (settle_at, due_at) in [
        (Settle::Done, 30),
        (Settle::At(at(500)), 30),
        (Settle::RetryAt(at(500)), 30),
        (Settle::At(at(20)), 20),
    ] {
        schedule(store, &watch(0, 1), 0).await;
        let leased = claim_one(store, 0).await;
        schedule(store, &watch(0, 1), 40).await;
        schedule(store, &watch(0, 1), 30).await;
        schedule(store, &watch(0, 1), 35).await;
        assert_eq!(claim(store, 40).await, [], "the lease holds");
        assert_eq!(settle(store, &leased, settle_at).await, Commit::Done);
        assert_eq!(claim(store, due_at - 1).await, [], "{settle_at:?}");
        let again = claim_one(store, due_at).await;
        assert_eq!(settle(store, &again, Settle::Done).await, Commit::Done);
        assert_eq!(claim(store, 10_000).await, [], "{settle_at:?} scheduled it once");
    }
}

/// Goal: whoever settles guarded by the order has seen its schedules, so they cannot bring it back
/// too early; and whoever has not seen them meets a conflict.
async fn informed_settle<S: Store>(store: &S) {
    let id: OrderId = order_id(0, 1);
    commit(store, new_order(0, 1)).await;
    schedule(store, &watch(0, 1), 0).await;
    let leased = claim_one(store, 0).await;
    let seen_by_worker = load(store, &id).await;

    let with = vec![Write::Schedule(watch(0, 1), at(5))];
    commit(store, changes(Some(&seen_by_worker), &seen_by_worker, with)).await;
    let informed = |expected| {
        let mut changes = settling(&leased, Settle::At(at(900)));
        changes.guards.push(Guard::OrderVersion { order_id: id.clone(), expected });
        changes
    };
    let outdated = store.commit(informed(seen_by_worker.version)).await.unwrap();
    assert_eq!(outdated, Commit::Conflict);
    commit(store, informed(load(store, &id).await.version)).await;
    assert_eq!(claim(store, 899).await, []);
    claim_one(store, 900).await;
}

async fn failures<S: Store>(store: &S) {
    schedule(store, &watch(0, 1), 0).await;
    for (settled, failures) in
        [(Settle::RetryAt(at(0)), 0), (Settle::RetryAt(at(0)), 1), (Settle::At(at(0)), 2)]
    {
        let leased = claim_one(store, 0).await;
        assert_eq!(leased.failures, failures);
        assert_eq!(settle(store, &leased, settled).await, Commit::Done);
    }
    assert_eq!(claim_one(store, 0).await.failures, 0, "success forgets them");
}

/// Goal: paging never skips (threat o11). Method: claim 10,000 due jobs page by page while the
/// claimed ones leave the set, come back later, or make others due, and count who was seen.
async fn nothing_is_skipped<S: Store>(store: &S) {
    const JOBS: u16 = 10_000;
    const PAGE: usize = 500;
    let job = |n: u16| Job::Watch { order_id: numbered(n) };
    let numbers: Vec<u16> = (0..JOBS).collect();
    for page in numbers.chunks(PAGE) {
        // Many are due in the same second, so that the key has to break ties.
        let due = |n: &u16| Write::Schedule(job(*n), at(i64::from(n % 7)));
        commit(store, unguarded(page.iter().map(due).collect())).await;
    }
    let mut seen = BTreeMap::<OrderId, u32>::new();
    let mut newcomers = JOBS;
    loop {
        let page = store.claim(Queue::WeChat, at(10), PAGE).await.unwrap();
        if page.is_empty() {
            break;
        }
        let mut changes = unguarded(Vec::new());
        for (n, leased) in page.iter().enumerate() {
            let Job::Watch { order_id } = &leased.job else {
                panic!("only watches were scheduled")
            };
            *seen.entry(order_id.clone()).or_default() += 1;
            let settle = if n % 2 == 0 { Settle::Done } else { Settle::At(at(11)) };
            changes.guards.extend(settling(leased, settle).guards);
            changes.writes.extend(settling(leased, settle).writes);
        }
        if newcomers < JOBS + 100 {
            changes.writes.push(Write::Schedule(job(newcomers), at(0)));
            newcomers += 1;
        }
        commit(store, changes).await;
    }
    assert_eq!(seen.len(), usize::from(newcomers), "everybody was seen");
    assert!(seen.values().all(|times| *times == 1), "and nobody twice");
}

fn numbered(n: u16) -> OrderId {
    let mut random = [0; 16];
    random[..2].copy_from_slice(&n.to_be_bytes());
    OrderId::mint(&account(0), random)
}

async fn claims_are_ordered<S: Store>(store: &S) {
    let count = u16::try_from(MAX_ROWS).unwrap() + 1;
    let schedules: Vec<_> = (0..count)
        .map(|n| {
            Write::Schedule(Job::Watch { order_id: numbered(n) }, at(i64::from(count - n) / 3))
        })
        .collect();
    commit(store, unguarded(schedules)).await;
    assert_eq!(store.claim(Queue::WeChat, at(5000), 0).await.unwrap(), []);
    let first = store.claim(Queue::WeChat, at(5000), 7).await.unwrap();
    let rest = store.claim(Queue::WeChat, at(5000), usize::MAX).await.unwrap();
    assert_eq!((first.len(), rest.len()), (7, MAX_ROWS + 1 - 7));
    let order: Vec<_> = first.iter().chain(&rest).map(|job| (job.due_at, job.job.key())).collect();
    assert!(order.is_sorted(), "oldest first, then by key");
}
