//! A small world of names, so that generated commands meet each other, and rows to fill it with.

use std::future::Future;

use suanpan_acts::{
    ChangeSet, Environment, Guard, Job, Store, Write,
    change::{AlertRow, Commit, EventRow, ObservationRow, PostingRow, TransitionRow},
    ports::OrderRef,
};
use suanpan_store::{Settings, SqliteStore};
use suanpan_trade::{
    AccountId, Attempt, AttemptState, EventType, Identity, LatePayment, MerchantOrderNo, Order,
    OrderId, Payment, Purpose, Refund, RefundIntentId, RefundState,
    id::{EndpointId, EventId},
    ledger::{LedgerAccount, Posting},
    order::{OrderPayer, Receipt},
};
use suanpan_wechat::{
    Fen, Timestamp,
    id::{Appid, Mchid, Openid, OutRefundNo, OutTradeNo, PrepayId, SerialNo, TransactionId},
    pay::{Currency, TradeType},
    text::{Attach, Description},
};

pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// Runs a check on the model and on SQLite.
macro_rules! on_every_engine {
    ($check:ident) => {
        $crate::world::block_on($check(&suanpan_store::ModelStore::new()));
        $crate::world::block_on($check($crate::world::Database::new().store()));
    };
}
pub(crate) use on_every_engine;

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix(1_700_000_000 + seconds)
}

pub(crate) fn account(tenant: u8) -> AccountId {
    AccountId::new(if tenant == 0 { "acme" } else { "beta" }).unwrap()
}

pub(crate) fn mchid(tenant: u8) -> Mchid {
    Mchid::new(if tenant == 0 { "1900000001" } else { "1900000002" }).unwrap()
}

pub(crate) fn order_id(tenant: u8, n: u8) -> OrderId {
    OrderId::mint(&account(tenant), [n; 16])
}

pub(crate) fn refund_id(tenant: u8, n: u8) -> RefundIntentId {
    RefundIntentId::mint(&account(tenant), [n; 16])
}

pub(crate) fn event_id(tenant: u8, n: u8) -> EventId {
    EventId::mint(&account(tenant), [n; 16])
}

pub(crate) fn endpoint_id(tenant: u8, n: u8) -> EndpointId {
    EndpointId::mint(&account(tenant), [n; 16])
}

pub(crate) fn out_trade_no(n: u8) -> OutTradeNo {
    OutTradeNo::new(format!("trade-{n:03}")).unwrap()
}

pub(crate) fn out_refund_no(n: u8) -> OutRefundNo {
    OutRefundNo::new(format!("refund-{n:03}")).unwrap()
}

pub(crate) fn transaction_id(n: u8) -> TransactionId {
    TransactionId::new(format!("4200{n:03}")).unwrap()
}

pub(crate) fn watch(tenant: u8, n: u8) -> Job {
    Job::Watch { order_id: order_id(tenant, n) }
}

pub(crate) fn identity(tenant: u8, n: u8, number: u8) -> Identity {
    Identity {
        account: account(tenant),
        order_id: order_id(tenant, n),
        merchant_order_no: MerchantOrderNo::new(format!("no.{number}|*")).unwrap(),
        mchid: mchid(tenant),
        amount: Fen::new(1990 + i64::from(n)).unwrap(),
        currency: Currency::Cny,
        description: Description::new("手冲咖啡 'x' \"y\"").unwrap(),
        payer: n.is_multiple_of(2).then(|| OrderPayer {
            appid: Appid::new("wx0001").unwrap(),
            openid: Openid::new("o-payer").unwrap(),
        }),
        expires_at: at(1800),
        late_payment: if n.is_multiple_of(3) { LatePayment::Honour } else { LatePayment::Refund },
        attach: (n % 2 == 1).then(|| Attach::new("附加 $1 ?2 --").unwrap()),
        metadata: n.is_multiple_of(2).then(|| r#"{"table":7}"#.to_owned()),
        created_at: at(0),
    }
}

pub(crate) fn attempt(number: u8) -> Attempt {
    Attempt {
        out_trade_no: out_trade_no(number),
        appid: Appid::new("wx0001").unwrap(),
        trade_type: TradeType::Jsapi,
        openid: Openid::new("o-payer").unwrap(),
        body: format!(r#"{{"out_trade_no":"trade-{number:03}"}}"#).into_bytes(),
        serial_no: SerialNo::new("SERIAL1").unwrap(),
        state: AttemptState::Sending,
        created_at: at(1),
        sends: 1,
        sending_since: at(1),
        in_flight: true,
        checked_at: None,
        close_answered_at: None,
        absent_at: None,
        retiring_since: None,
    }
}

/// Every state an attempt can be in, and every optional column filled once.
pub(crate) fn move_attempt(attempt: &mut Attempt, kind: u8, payment: u8) {
    attempt.state = match kind % 5 {
        0 => AttemptState::Sending,
        1 => AttemptState::Prepaid { prepay_id: PrepayId::new("wx20_1").unwrap(), at: at(2) },
        2 => AttemptState::Success { transaction_id: transaction_id(payment) },
        3 => AttemptState::Closed { at: at(3) },
        _ => AttemptState::Failed,
    };
    attempt.sends += 1;
    attempt.in_flight = kind.is_multiple_of(2);
    attempt.checked_at = kind.is_multiple_of(2).then(|| at(4));
    attempt.close_answered_at = kind.is_multiple_of(3).then(|| at(5));
    attempt.absent_at = (kind % 3 == 1).then(|| at(6));
    attempt.retiring_since = kind.is_multiple_of(4).then(|| at(7));
}

pub(crate) fn refund(tenant: u8, n: u8, number: u8) -> Refund {
    Refund {
        refund_id: refund_id(tenant, n),
        purpose: [Purpose::Merchant, Purpose::LatePayment, Purpose::Excess][usize::from(n % 3)],
        out_trade_no: out_trade_no(n),
        transaction_id: transaction_id(n),
        amount: Fen::new(100 + i64::from(n)).unwrap(),
        out_refund_no: out_refund_no(number),
        body: b"{}".to_vec(),
        state: RefundState::Requested,
        wechat_refund_id: None,
        created_at: at(8),
        succeeded_at: None,
    }
}

pub(crate) fn receipt(number: u8, payment: u8) -> Receipt {
    Receipt {
        out_trade_no: out_trade_no(number),
        transaction_id: transaction_id(payment),
        appid: Appid::new("wx0001").unwrap(),
        trade_type: TradeType::from("FUTURE_TYPE".to_owned()),
        payer_total: payment.is_multiple_of(2).then(|| Fen::new(1).unwrap()),
        paid_at: at(9),
    }
}

pub(crate) fn observation(key: u8, order: Option<OrderId>) -> ObservationRow {
    ObservationRow {
        key: format!("{key:064x}"),
        mchid: mchid(0),
        kind: "transaction".to_owned(),
        number: out_trade_no(key).to_string(),
        state: "SUCCESS".to_owned(),
        wechat_id: order.as_ref().map(|_| transaction_id(key).to_string()),
        amount: order.as_ref().map(|_| Fen::ZERO),
        source: "query".to_owned(),
        order_id: order,
        at: at(10),
    }
}

pub(crate) fn event(tenant: u8, n: u8, subject: u8, kind: u8) -> EventRow {
    EventRow {
        event_id: event_id(tenant, n),
        subject: order_id(tenant, subject).to_string(),
        event_type: EventType::ALL[usize::from(kind) % EventType::ALL.len()],
        payload: format!(r#"{{"n":{n},"text":"已付"}}"#),
        created_at: at(11),
    }
}

pub(crate) fn transition(order_id: OrderId) -> TransitionRow {
    TransitionRow {
        order_id,
        subject: "order".to_owned(),
        from: "open".to_owned(),
        to: "paid".to_owned(),
        cause: "query".to_owned(),
        at: at(12),
    }
}

pub(crate) fn posting(order_id: OrderId) -> PostingRow {
    let posting = Posting {
        debit: LedgerAccount::ReceivedAtWechat,
        credit: LedgerAccount::Receivable,
        amount: Fen::new(5).unwrap(),
    };
    PostingRow { order_id, posting, at: at(13) }
}

pub(crate) fn alert(tenant: u8, order_id: Option<OrderId>) -> AlertRow {
    AlertRow {
        account: account(tenant),
        order_id,
        kind: "mismatch".to_owned(),
        detail: "WeChat names another amount".to_owned(),
        at: at(14),
    }
}

/// The change set that takes an order from one state to another, as the acts draw it up.
pub(crate) fn changes(before: Option<&Order>, after: &Order, with: Vec<Write>) -> ChangeSet {
    let order_id = after.identity.order_id.clone();
    let mchid = &after.identity.mchid;
    let mut writes = vec![Write::PutOrder(Box::new(after.clone()))];
    for attempt in &after.attempts {
        if before.and_then(|before| before.attempt(&attempt.out_trade_no)) != Some(attempt) {
            let attempt = Box::new(attempt.clone());
            writes.push(Write::PutAttempt(order_id.clone(), mchid.clone(), attempt));
        }
    }
    for refund in &after.refunds {
        if before.and_then(|before| before.refund(&refund.refund_id)) != Some(refund) {
            let refund = Box::new(refund.clone());
            writes.push(Write::PutRefund(order_id.clone(), mchid.clone(), refund));
        }
    }
    writes.extend(with);
    let expected = before.map_or(0, |before| before.version);
    ChangeSet {
        name: "order.test",
        guards: vec![Guard::OrderVersion { order_id, expected }],
        writes,
    }
}

pub(crate) fn unguarded(writes: Vec<Write>) -> ChangeSet {
    ChangeSet { name: "test", guards: Vec::new(), writes }
}

pub(crate) fn new_order(tenant: u8, n: u8) -> ChangeSet {
    changes(None, &Order::open(identity(tenant, n, n)), Vec::new())
}

pub(crate) async fn load<S: Store>(store: &S, order_id: &OrderId) -> Order {
    store.load(&OrderRef::Id(order_id.clone())).await.unwrap().expect("the order was stored")
}

pub(crate) async fn commit<S: Store>(store: &S, changes: ChangeSet) {
    assert_eq!(store.commit(changes).await.unwrap(), Commit::Done);
}

/// A database in a folder that goes away with it.
pub(crate) struct Database {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) store: Option<SqliteStore>,
}

impl Database {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Some(SqliteStore::open(&settings(&folder)).unwrap());
        Self { folder, store }
    }

    pub(crate) fn store(&self) -> &SqliteStore {
        self.store.as_ref().unwrap()
    }

    pub(crate) fn reopen(&mut self) {
        self.store = None;
        self.store = Some(SqliteStore::open(&settings(&self.folder)).unwrap());
    }

    /// A second connection, as an operator's shell or a backup would have it.
    pub(crate) fn connection(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.folder.path().join("suanpan.db")).unwrap()
    }
}

pub(crate) fn settings(folder: &tempfile::TempDir) -> Settings {
    Settings::new(folder.path(), Environment::Simulator)
}

/// An order as an order list or a payment shows it, for tests that only need it paid.
pub(crate) fn pay(order: &mut Order, number: u8, payment: u8) {
    let mut paid = attempt(number);
    move_attempt(&mut paid, 2, payment);
    order.attempts.push(paid);
    order.payment = Payment::Paid(receipt(number, payment));
}
