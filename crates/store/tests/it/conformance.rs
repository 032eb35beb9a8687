//! Goal: SQLite answers like the model, whatever is asked in whatever order (threat d11).
//! Method: generated commands over a small world of names, so that they collide; each goes to both
//! stores, answers and contents are compared, and the database is closed and opened in between.

use proptest::{
    collection::vec,
    prelude::*,
    strategy::ValueTree as _,
    test_runner::{Config, TestRunner},
};
use suanpan_acts::{
    ChangeSet, Guard, Job, Queue, Store, Write,
    change::{
        Commit, DeliveryRow, DeliveryState, EndpointRow, OrphanRow, RememberedRequest, SessionRow,
        Settle,
    },
    job::LeasedJob,
    ports::{
        DeliveryOf, EndpointById, EndpointsOf, EventById, EventsAfter, OrderRef, OrdersOf, Query,
        Read, Remembered, SessionByToken,
    },
    webhook::WebhookSecret,
};
use suanpan_store::{ModelStore, SqliteStore};
use suanpan_trade::{Order, Payment, RefundState};
use suanpan_wechat::id::{Appid, Openid, RefundId};

use crate::{
    dump,
    world::{
        Database, account, alert, at, attempt, block_on, changes, endpoint_id, event, event_id,
        identity, mchid, move_attempt, observation, order_id, out_refund_no, out_trade_no, posting,
        receipt, refund, refund_id, transition, unguarded,
    },
};

const ROUTE: &str = "POST /v1/orders";

#[derive(Debug, Clone)]
enum Op {
    /// Changes an order, or creates it; the version is right unless `stale`.
    Order {
        tenant: u8,
        n: u8,
        number: u8,
        stale: i8,
        edits: Vec<Edit>,
    },
    /// Writes rows that hang on no order.
    Loose(Vec<Loose>),
    Claim {
        webhooks: bool,
        passed: i64,
        limit: usize,
    },
    /// Settles one of the leases that were ever given, by its place; most are stale.
    Settle {
        lease: usize,
        how: u8,
        after: i64,
        with_order: bool,
    },
    Reopen,
}

#[derive(Debug, Clone)]
enum Edit {
    AddAttempt(u8),
    MoveAttempt {
        nth: usize,
        kind: u8,
        payment: u8,
    },
    AddRefund {
        n: u8,
        number: u8,
    },
    MoveRefund {
        nth: usize,
        kind: u8,
    },
    Renumber {
        nth: usize,
        number: u8,
    },
    Pay {
        number: u8,
        payment: u8,
        late: bool,
    },
    Close,
    /// Changes what never changes.
    AlterAttempt {
        nth: usize,
    },
    AlterRefund {
        nth: usize,
    },
    AlterIdentity,
    Journal,
    Emit {
        n: u8,
        subject: u8,
        kind: u8,
    },
    Schedule {
        after: i64,
    },
    Observe(u8),
    Remember(u8),
}

#[derive(Debug, Clone)]
enum Loose {
    Orphan(u8),
    Alert,
    Session(u8),
    Endpoint { tenant: u8, n: u8 },
    Delivery { n: u8, attempts: u32 },
    Deliver { n: u8, after: i64 },
    Refund { n: u8, after: i64 },
}

fn edit() -> impl Strategy<Value = Edit> {
    let nth = 0..3_usize;
    prop_oneof![
        4 => (0..5_u8).prop_map(Edit::AddAttempt),
        4 => (nth.clone(), 0..5_u8, 0..3_u8)
            .prop_map(|(nth, kind, payment)| Edit::MoveAttempt { nth, kind, payment }),
        3 => (0..4_u8, 0..4_u8).prop_map(|(n, number)| Edit::AddRefund { n, number }),
        3 => (nth.clone(), 0..5_u8).prop_map(|(nth, kind)| Edit::MoveRefund { nth, kind }),
        1 => (nth.clone(), 0..4_u8).prop_map(|(nth, number)| Edit::Renumber { nth, number }),
        2 => (0..5_u8, 0..3_u8, any::<bool>())
            .prop_map(|(number, payment, late)| Edit::Pay { number, payment, late }),
        1 => Just(Edit::Close),
        1 => nth.clone().prop_map(|nth| Edit::AlterAttempt { nth }),
        1 => nth.prop_map(|nth| Edit::AlterRefund { nth }),
        1 => Just(Edit::AlterIdentity),
        2 => Just(Edit::Journal),
        2 => (0..6_u8, 0..3_u8, 0..3_u8)
            .prop_map(|(n, subject, kind)| Edit::Emit { n, subject, kind }),
        3 => (0..100_i64).prop_map(|after| Edit::Schedule { after }),
        1 => (0..3_u8).prop_map(Edit::Observe),
        1 => (0..3_u8).prop_map(Edit::Remember),
    ]
}

fn loose() -> impl Strategy<Value = Loose> {
    prop_oneof![
        (0..3_u8).prop_map(Loose::Orphan),
        Just(Loose::Alert),
        (0..3_u8).prop_map(Loose::Session),
        (0..2_u8, 0..3_u8).prop_map(|(tenant, n)| Loose::Endpoint { tenant, n }),
        (0..2_u8, 0..9_u32).prop_map(|(n, attempts)| Loose::Delivery { n, attempts }),
        (0..3_u8, 0..100_i64).prop_map(|(n, after)| Loose::Deliver { n, after }),
        (0..3_u8, 0..100_i64).prop_map(|(n, after)| Loose::Refund { n, after }),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    // Right four times in six; behind or ahead otherwise.
    let stale = prop_oneof![4 => Just(0_i8), 1 => Just(-1), 1 => Just(1)];
    // The clock mostly goes on, sometimes past every lease, sometimes back.
    let passed = prop_oneof![4 => 0..30_i64, 2 => 60..130_i64, 1 => -200..0_i64];
    prop_oneof![
        8 => (0..2_u8, 0..3_u8, 0..4_u8, stale, vec(edit(), 0..4))
            .prop_map(|(tenant, n, number, stale, edits)| Op::Order { tenant, n, number, stale, edits }),
        3 => vec(loose(), 1..4).prop_map(Op::Loose),
        4 => (any::<bool>(), passed, 0..4_usize)
            .prop_map(|(webhooks, passed, limit)| Op::Claim { webhooks, passed, limit }),
        4 => (0..8_usize, 0..3_u8, 0..100_i64, any::<bool>())
            .prop_map(|(lease, how, after, with_order)| Op::Settle { lease, how, after, with_order }),
        1 => Just(Op::Reopen),
    ]
}

/// Both stores, and what the commands have seen so far.
struct Pair {
    model: ModelStore,
    database: Database,
    now: i64,
    leases: Vec<LeasedJob>,
    reached: Reached,
}

/// What the commands led to, so that a generator which only knocks on closed doors is noticed.
#[derive(Debug, Default)]
struct Reached {
    done: u32,
    conflicts: u32,
    refused: u32,
    claimed: usize,
    settled: u32,
    overtaken: u32,
}

impl Pair {
    fn new() -> Self {
        let (model, database) = (ModelStore::new(), Database::new());
        Self { model, database, now: 0, leases: Vec::new(), reached: Reached::default() }
    }

    async fn run(&mut self, op: Op) {
        match op {
            Op::Order { tenant, n, number, stale, edits } => {
                self.change_order((tenant, n, number), stale, edits).await;
            }
            Op::Loose(rows) => {
                let writes = rows.into_iter().map(|row| self.loose(row)).collect();
                self.commit(unguarded(writes)).await;
            }
            Op::Claim { webhooks, passed, limit } => {
                self.now += passed;
                let queue = if webhooks { Queue::Webhooks } else { Queue::WeChat };
                let claimed = self.model.claim(queue, at(self.now), limit).await.unwrap();
                let theirs = self.sqlite().claim(queue, at(self.now), limit).await.unwrap();
                assert_eq!(theirs, claimed);
                self.reached.claimed += claimed.len();
                self.leases.extend(claimed);
            }
            Op::Settle { lease, how, after, with_order } => {
                self.settle(lease, how, after, with_order).await;
            }
            Op::Reopen => self.database.reopen(),
        }
    }

    fn sqlite(&self) -> &SqliteStore {
        self.database.store()
    }

    async fn commit(&mut self, changes: ChangeSet) {
        let settles = changes.writes.iter().any(|write| matches!(write, Write::Settle(..)));
        let ours = self.model.commit(changes.clone()).await;
        let theirs = self.sqlite().commit(changes).await;
        assert_eq!(theirs, ours);
        *match (ours, settles) {
            (Ok(Commit::Done), true) => &mut self.reached.settled,
            (Ok(Commit::Conflict), true) => &mut self.reached.overtaken,
            (Ok(Commit::Done), false) => &mut self.reached.done,
            (Ok(Commit::Conflict), false) => &mut self.reached.conflicts,
            (Err(_), _) => &mut self.reached.refused,
        } += 1;
    }

    async fn change_order(
        &mut self,
        (tenant, n, number): (u8, u8, u8),
        stale: i8,
        edits: Vec<Edit>,
    ) {
        let stored = self.model.snapshot().order(&order_id(tenant, n)).cloned();
        let mut after = stored.clone().unwrap_or_else(|| Order::open(identity(tenant, n, number)));
        let with: Vec<_> =
            edits.iter().filter_map(|edit| self.edit(&mut after, tenant, edit)).collect();
        let mut changes = changes(stored.as_ref(), &after, with);
        for guard in &mut changes.guards {
            if let Guard::OrderVersion { expected, .. } = guard {
                *expected = expected.saturating_add_signed(stale.into());
            }
        }
        self.commit(changes).await;
    }

    fn edit(&self, order: &mut Order, tenant: u8, edit: &Edit) -> Option<Write> {
        let id = order.identity.order_id.clone();
        match *edit {
            Edit::AddAttempt(number) if order.attempt(&out_trade_no(number)).is_none() => {
                order.attempts.push(attempt(number));
            }
            Edit::MoveAttempt { nth, kind, payment } => {
                if let Some(attempt) = order.attempts.get_mut(nth) {
                    move_attempt(attempt, kind, payment);
                }
            }
            Edit::AddRefund { n, number } if order.refund(&refund_id(tenant, n)).is_none() => {
                order.refunds.push(refund(tenant, n, number));
            }
            Edit::MoveRefund { nth, kind } => {
                if let Some(refund) = order.refunds.get_mut(nth) {
                    refund.state = REFUND_STATES[usize::from(kind)];
                    refund.wechat_refund_id = Some(RefundId::new("503").unwrap());
                    refund.succeeded_at = (kind == 2).then(|| at(20));
                }
            }
            Edit::Renumber { nth, number } => {
                if let Some(refund) = order.refunds.get_mut(nth) {
                    refund.out_refund_no = out_refund_no(number);
                    refund.body = b"{\"again\":1}".to_vec();
                }
            }
            Edit::Pay { number, payment, late } => {
                let receipt = receipt(number, payment);
                let pay = if late { Payment::PaidLate } else { Payment::Paid };
                order.payment = pay(receipt);
            }
            Edit::Close => {
                order.close_requested_at = Some(at(30));
                order.closed_at = Some(at(31));
            }
            Edit::AlterAttempt { nth } => {
                if let Some(attempt) = order.attempts.get_mut(nth) {
                    attempt.body.push(b' ');
                }
            }
            Edit::AlterRefund { nth } => {
                if let Some(refund) = order.refunds.get_mut(nth) {
                    refund.created_at = at(99);
                }
            }
            Edit::AlterIdentity => order.identity.expires_at = at(1801),
            Edit::Journal => return Some(Write::Post(posting(id))),
            Edit::Emit { n, subject, kind } => {
                return Some(Write::Emit(event(tenant, n, subject, kind)));
            }
            Edit::Schedule { after } => {
                return Some(Write::Schedule(Job::Watch { order_id: id }, at(self.now + after)));
            }
            Edit::Observe(key) => {
                return Some(Write::RecordObservation(observation(key, Some(id))));
            }
            Edit::Remember(key) => {
                return Some(Write::Remember(RememberedRequest {
                    account: order.identity.account.clone(),
                    route: ROUTE.to_owned(),
                    key: format!("key {key}"),
                    digest: "d".repeat(64),
                    order_id: id,
                    at: at(21),
                }));
            }
            Edit::AddAttempt(_) | Edit::AddRefund { .. } => {
                return Some(Write::RecordTransition(transition(id)));
            }
        }
        None
    }

    fn loose(&self, row: Loose) -> Write {
        match row {
            Loose::Orphan(key) => Write::RecordOrphan(OrphanRow {
                key: format!("{key:064x}"),
                account: account(0),
                mchid: mchid(0),
                kind: "transaction".to_owned(),
                json: format!("{{\"at\":{}}}", self.now),
                at: at(self.now),
            }),
            Loose::Alert => Write::RecordAlert(alert(1, None)),
            Loose::Session(n) => Write::PutSession(SessionRow {
                token_hash: format!("{n:064x}"),
                account: account(0),
                appid: Appid::new("wx0001").unwrap(),
                openid: Openid::new("o-payer").unwrap(),
                unionid: (n == 1).then(|| "union".to_owned()),
                created_at: at(self.now),
                expires_at: at(self.now + 3600),
            }),
            Loose::Endpoint { tenant, n } => Write::PutEndpoint(EndpointRow {
                endpoint_id: endpoint_id(tenant, n),
                url: "https://shop.example.com/webhooks".to_owned(),
                events: suanpan_trade::EventType::ALL[..usize::from(n)].to_vec(),
                secret: WebhookSecret::mint([n; 32]),
                created_at: at(self.now),
            }),
            Loose::Delivery { n, attempts } => Write::PutDelivery(DeliveryRow {
                event_id: event_id(0, n),
                endpoint_id: endpoint_id(0, n),
                attempts,
                state: DELIVERY_STATES[usize::from(n % 3)],
                last_status: attempts.is_multiple_of(2).then_some(503),
            }),
            Loose::Deliver { n, after } => {
                let job = Job::Deliver { event_id: event_id(0, n), endpoint_id: endpoint_id(0, n) };
                Write::Schedule(job, at(self.now + after))
            }
            Loose::Refund { n, after } => {
                let job = Job::Refund { order_id: order_id(0, n), refund_id: refund_id(0, n) };
                Write::Schedule(job, at(self.now + after))
            }
        }
    }

    async fn settle(&mut self, lease: usize, how: u8, after: i64, with_order: bool) {
        let Some(leased) = self.leases.iter().rev().nth(lease).cloned() else { return };
        let settle = match how {
            0 => Settle::Done,
            1 => Settle::At(at(self.now + after)),
            _ => Settle::RetryAt(at(self.now + after)),
        };
        let mut guards =
            vec![Guard::Lease { job: leased.job.clone(), token: leased.token.clone() }];
        if let (Job::Watch { order_id }, true) = (&leased.job, with_order) {
            let version = self.model.snapshot().order(order_id).map(|order| order.version);
            let order_id = order_id.clone();
            guards.extend(version.map(|expected| Guard::OrderVersion { order_id, expected }));
        }
        let writes = vec![Write::Settle(leased.job.clone(), settle)];
        self.commit(ChangeSet { name: "job.settle", guards, writes }).await;
    }

    async fn compare(&self) {
        let state = self.model.snapshot();
        assert_eq!(dump::of_sqlite(&self.database.connection()), dump::of_model(&state));
        for tenant in 0..2 {
            for n in 0..6 {
                self.same_load(OrderRef::Id(order_id(tenant, n))).await;
                let number = identity(tenant, 0, n).merchant_order_no;
                self.same_load(OrderRef::MerchantOrderNo(account(tenant), number)).await;
                self.same_load(OrderRef::OutTradeNo(mchid(tenant), out_trade_no(n))).await;
                self.same_load(OrderRef::OutRefundNo(mchid(tenant), out_refund_no(n))).await;
                self.same(EventById { event_id: event_id(tenant, n) }).await;
                self.same(EndpointById { endpoint_id: endpoint_id(tenant, n) }).await;
                let (account, key) = (account(tenant), format!("key {n}"));
                self.same(SessionByToken { token_hash: format!("{n:064x}") }).await;
                self.same(Remembered { account, route: ROUTE, key }).await;
                let (event_id, endpoint_id) = (event_id(tenant, n), endpoint_id(tenant, n));
                self.same(DeliveryOf { event_id, endpoint_id }).await;
            }
            let account = account(tenant);
            self.same(EndpointsOf { account: account.clone() }).await;
            for (after, limit) in [(None, 1), (None, 100), (Some(1), 2), (Some(200), 3)] {
                let event = after.map(|n| event_id(tenant, n));
                self.same(EventsAfter { account: account.clone(), after: event, limit }).await;
                let order = after.map(|n| order_id(tenant, n));
                self.same(OrdersOf { account: account.clone(), after: order, limit }).await;
            }
        }
    }

    async fn same_load(&self, order: OrderRef) {
        let ours = self.model.load(&order).await;
        assert_eq!(self.sqlite().load(&order).await, ours, "{order:?}");
    }

    async fn same<Q: Query + Clone>(&self, query: Q)
    where
        Q::Answer: PartialEq + std::fmt::Debug,
        ModelStore: Read<Q>,
        SqliteStore: Read<Q>,
    {
        let ours = self.model.read(query.clone()).await;
        assert_eq!(self.sqlite().read(query).await, ours);
    }
}

const REFUND_STATES: [RefundState; 5] = [
    RefundState::Requested,
    RefundState::Processing,
    RefundState::Succeeded,
    RefundState::Closed,
    RefundState::Abnormal,
];
const DELIVERY_STATES: [DeliveryState; 3] =
    [DeliveryState::Pending, DeliveryState::Delivered, DeliveryState::Dead];

proptest! {
    // `PROPTEST_CASES` scales it; a case opens a database and syncs the disk some fifty times.
    #![proptest_config(Config { cases: Config::default().cases / 4, ..Config::default() })]

    #[test]
    fn d11_sqlite_answers_like_the_model(ops in vec(op(), 1..60)) {
        block_on(async {
            let mut pair = Pair::new();
            for op in ops {
                pair.run(op).await;
            }
            pair.compare().await;
            pair.database.reopen();
            pair.compare().await;
        });
    }
}

#[test]
fn the_generated_commands_reach_every_outcome() {
    let mut runner = TestRunner::deterministic();
    let mut total = Reached::default();
    for _ in 0..20 {
        let ops = vec(op(), 60).new_tree(&mut runner).unwrap().current();
        let mut pair = Pair::new();
        for op in ops {
            block_on(pair.run(op));
        }
        total.done += pair.reached.done;
        total.conflicts += pair.reached.conflicts;
        total.refused += pair.reached.refused;
        total.claimed += pair.reached.claimed;
        total.settled += pair.reached.settled;
        total.overtaken += pair.reached.overtaken;
    }
    let Reached { done, conflicts, refused, settled, overtaken, .. } = total;
    assert!([done, conflicts, refused, settled, overtaken].iter().all(|n| *n >= 10), "{total:?}");
    assert!(total.claimed >= 50, "{total:?}");
}
