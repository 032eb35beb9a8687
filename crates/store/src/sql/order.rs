//! The order aggregate: its own row, its attempts, its refunds.

use suanpan_acts::ports::{OrderRef, StoreError};
use suanpan_trade::{
    Attempt, AttemptState, Identity, LatePayment, Order, OrderId, OrderState, Payment, Purpose,
    Refund, RefundState,
    order::{OrderPayer, Receipt},
};
use suanpan_wechat::{id::Mchid, pay::Currency, text::Attach};

use super::{
    Cells, Expect, Row, Select, Sql, Step,
    cells::word_for,
    value::{Value, values},
};

const CURRENCIES: [(&str, Currency); 1] = [("CNY", Currency::Cny)];
const LATE_PAYMENTS: [(&str, LatePayment); 2] =
    [("refund", LatePayment::Refund), ("honour", LatePayment::Honour)];
const PURPOSES: [(&str, Purpose); 3] = [
    ("merchant", Purpose::Merchant),
    ("late_payment", Purpose::LatePayment),
    ("excess", Purpose::Excess),
];
const REFUND_STATES: [(&str, RefundState); 5] = [
    ("requested", RefundState::Requested),
    ("processing", RefundState::Processing),
    ("succeeded", RefundState::Succeeded),
    ("closed", RefundState::Closed),
    ("abnormal", RefundState::Abnormal),
];
pub(super) const ORDER_STATES: [(&str, OrderState); 6] = [
    ("open", OrderState::Open),
    ("paid", OrderState::Paid),
    ("partly_refunded", OrderState::PartlyRefunded),
    ("refunded", OrderState::Refunded),
    ("closed", OrderState::Closed),
    ("paid_late", OrderState::PaidLate),
];

/// What [`identity`] reads.
macro_rules! identity_columns {
    () => {
        "o.account, o.order_id, o.merchant_order_no, o.mchid, o.amount, o.currency, \
         o.description, o.payer_appid, o.payer_openid, o.expires_at, o.late_payment, o.attach, \
         o.metadata, o.created_at, o.state"
    };
}
pub(super) use identity_columns;

macro_rules! select_order {
    ($rest:literal) => {
        Sql::new(concat!(
            "SELECT ",
            identity_columns!(),
            ", o.version, o.payment, o.paid_out_trade_no, o.paid_transaction_id, o.paid_appid, \
             o.paid_trade_type, o.payer_total, o.paid_at, o.close_requested_at, o.closed_at \
             FROM ",
            $rest
        ))
    };
}

static BY_ID: Sql = select_order!("orders o WHERE o.account = $1 AND o.order_id = $2");
static BY_MERCHANT_ORDER_NO: Sql =
    select_order!("orders o WHERE o.account = $1 AND o.merchant_order_no = $2");
static BY_OUT_TRADE_NO: Sql = select_order!(
    "attempts a JOIN orders o ON o.account = a.account AND o.order_id = a.order_id \
     WHERE a.mchid = $1 AND a.out_trade_no = $2"
);
static BY_OUT_REFUND_NO: Sql = select_order!(
    "refunds r JOIN orders o ON o.account = r.account AND o.order_id = r.order_id \
     WHERE r.mchid = $1 AND r.out_refund_no = $2"
);

pub(crate) static ATTEMPTS_OF: Sql = Sql::new(
    "SELECT out_trade_no, appid, trade_type, openid, body, serial_no, state, prepay_id, \
     prepaid_at, transaction_id, closed_at, created_at, sends, sending_since, in_flight, \
     checked_at, close_answered_at, absent_at, retiring_since \
     FROM attempts WHERE account = $1 AND order_id = $2 ORDER BY position",
);

pub(crate) static REFUNDS_OF: Sql = Sql::new(
    "SELECT refund_id, purpose, out_trade_no, transaction_id, amount, out_refund_no, body, state, \
     wechat_refund_id, created_at, succeeded_at \
     FROM refunds WHERE account = $1 AND order_id = $2 ORDER BY position",
);

pub(super) static GUARD_ORDER: Sql = Sql::new(
    "UPDATE orders SET version = version + 1 \
     WHERE account = $1 AND order_id = $2 AND version = $3",
);

static INSERT_ORDER: Sql = Sql::new(
    "INSERT INTO orders (account, order_id, merchant_order_no, mchid, amount, currency, \
     description, payer_appid, payer_openid, expires_at, late_payment, attach, metadata, \
     created_at, state, payment, paid_out_trade_no, paid_transaction_id, paid_appid, \
     paid_trade_type, payer_total, paid_at, close_requested_at, closed_at, version) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, \
     $19, $20, $21, $22, $23, $24, 1)",
);

static UPDATE_ORDER: Sql = Sql::new(
    "UPDATE orders SET state = $15, payment = $16, paid_out_trade_no = $17, \
     paid_transaction_id = $18, paid_appid = $19, paid_trade_type = $20, payer_total = $21, \
     paid_at = $22, close_requested_at = $23, closed_at = $24 \
     WHERE account = $1 AND order_id = $2 AND merchant_order_no = $3 AND mchid = $4 \
     AND amount = $5 AND currency = $6 AND description = $7 \
     AND payer_appid IS NOT DISTINCT FROM $8 AND payer_openid IS NOT DISTINCT FROM $9 \
     AND expires_at = $10 AND late_payment = $11 AND attach IS NOT DISTINCT FROM $12 \
     AND metadata IS NOT DISTINCT FROM $13 AND created_at = $14",
);

static PUT_ATTEMPT: Sql = Sql::new(
    "INSERT INTO attempts (account, order_id, position, mchid, out_trade_no, appid, trade_type, \
     openid, body, created_at, serial_no, state, prepay_id, prepaid_at, transaction_id, closed_at, \
     sends, sending_since, in_flight, checked_at, close_answered_at, absent_at, retiring_since) \
     VALUES ($1, $2, (SELECT COALESCE(MAX(position), 0) + 1 FROM attempts \
     WHERE account = $1 AND order_id = $2), $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, \
     $15, $16, $17, $18, $19, $20, $21, $22) \
     ON CONFLICT (mchid, out_trade_no) DO UPDATE SET serial_no = excluded.serial_no, \
     state = excluded.state, prepay_id = excluded.prepay_id, prepaid_at = excluded.prepaid_at, \
     transaction_id = excluded.transaction_id, closed_at = excluded.closed_at, \
     sends = excluded.sends, sending_since = excluded.sending_since, \
     in_flight = excluded.in_flight, checked_at = excluded.checked_at, \
     close_answered_at = excluded.close_answered_at, absent_at = excluded.absent_at, \
     retiring_since = excluded.retiring_since \
     WHERE attempts.account = excluded.account AND attempts.order_id = excluded.order_id \
     AND attempts.appid = excluded.appid AND attempts.trade_type = excluded.trade_type \
     AND attempts.openid = excluded.openid AND attempts.body = excluded.body \
     AND attempts.created_at = excluded.created_at",
);

static ATTEMPT_IS_OURS: Sql = Sql::new(
    "SELECT 1 FROM attempts \
     WHERE account = $1 AND order_id = $2 AND mchid = $3 AND out_trade_no = $4",
);

static PUT_REFUND: Sql = Sql::new(
    "INSERT INTO refunds (account, order_id, position, mchid, refund_id, purpose, out_trade_no, \
     transaction_id, amount, created_at, out_refund_no, body, state, wechat_refund_id, \
     succeeded_at) \
     VALUES ($1, $2, (SELECT COALESCE(MAX(position), 0) + 1 FROM refunds \
     WHERE account = $1 AND order_id = $2), $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) \
     ON CONFLICT (refund_id) DO UPDATE SET out_refund_no = excluded.out_refund_no, \
     body = excluded.body, state = excluded.state, wechat_refund_id = excluded.wechat_refund_id, \
     succeeded_at = excluded.succeeded_at \
     WHERE refunds.account = excluded.account AND refunds.order_id = excluded.order_id \
     AND refunds.purpose = excluded.purpose AND refunds.out_trade_no = excluded.out_trade_no \
     AND refunds.transaction_id = excluded.transaction_id AND refunds.amount = excluded.amount \
     AND refunds.created_at = excluded.created_at",
);

static REFUND_IS_OURS: Sql =
    Sql::new("SELECT 1 FROM refunds WHERE account = $1 AND order_id = $2 AND refund_id = $3");

#[cfg(test)]
pub(super) static ALL: &[&Sql] = &[
    &BY_ID,
    &BY_MERCHANT_ORDER_NO,
    &BY_OUT_TRADE_NO,
    &BY_OUT_REFUND_NO,
    &ATTEMPTS_OF,
    &REFUNDS_OF,
    &GUARD_ORDER,
    &INSERT_ORDER,
    &UPDATE_ORDER,
    &PUT_ATTEMPT,
    &ATTEMPT_IS_OURS,
    &PUT_REFUND,
    &REFUND_IS_OURS,
];

/// Finds the order's own row.
pub(crate) fn find(order: &OrderRef) -> Select<'_> {
    let (sql, values) = match order {
        OrderRef::Id(order_id) => (&BY_ID, values![order_id.account(), order_id]),
        OrderRef::MerchantOrderNo(account, number) => {
            (&BY_MERCHANT_ORDER_NO, values![account, number])
        }
        OrderRef::OutTradeNo(mchid, out_trade_no) => {
            (&BY_OUT_TRADE_NO, values![mchid, out_trade_no])
        }
        OrderRef::OutRefundNo(mchid, out_refund_no) => {
            (&BY_OUT_REFUND_NO, values![mchid, out_refund_no])
        }
    };
    Select { sql, values }
}

/// The order's own row and the state it is stored with.
pub(crate) fn order(row: &dyn Row) -> Result<(Order, OrderState), StoreError> {
    let cells = &mut Cells::of(row);
    let (identity, state) = identity(cells)?;
    let order = Order {
        version: cells.count()?,
        identity,
        payment: payment(cells)?,
        close_requested_at: cells.opt_time()?,
        closed_at: cells.opt_time()?,
        attempts: Vec::new(),
        refunds: Vec::new(),
    };
    Ok((order, state))
}

/// The whole aggregate. Its state must be the one it was stored with: otherwise a part of it was
/// written without the rest, or was lost.
pub(crate) fn assemble(
    order: Order,
    stored_state: OrderState,
    attempts: Vec<Attempt>,
    refunds: Vec<Refund>,
) -> Result<Order, StoreError> {
    let order = Order { attempts, refunds, ..order };
    if order.state() == stored_state {
        return Ok(order);
    }
    let order_id = &order.identity.order_id;
    Err(StoreError::Corrupt(format!("{order_id} is stored with a state it is not in")))
}

pub(super) fn identity(cells: &mut Cells<'_>) -> Result<(Identity, OrderState), StoreError> {
    let identity = Identity {
        account: cells.get()?,
        order_id: cells.get()?,
        merchant_order_no: cells.get()?,
        mchid: cells.get()?,
        amount: cells.fen()?,
        currency: cells.word(&CURRENCIES)?,
        description: cells.get()?,
        payer: match (cells.opt()?, cells.opt()?) {
            (Some(appid), Some(openid)) => Some(OrderPayer { appid, openid }),
            _ => None,
        },
        expires_at: cells.time()?,
        late_payment: cells.word(&LATE_PAYMENTS)?,
        attach: cells.opt()?,
        metadata: cells.opt_text()?,
        created_at: cells.time()?,
    };
    Ok((identity, cells.word(&ORDER_STATES)?))
}

fn payment(cells: &mut Cells<'_>) -> Result<Payment, StoreError> {
    const LATE: bool = true;
    let kind = cells.word(&[("unpaid", None), ("paid", Some(!LATE)), ("paid_late", Some(LATE))])?;
    let Some(late) = kind else {
        for _receipt_column in 0..6 {
            cells.skip();
        }
        return Ok(Payment::Unpaid);
    };
    let receipt = Receipt {
        out_trade_no: cells.get()?,
        transaction_id: cells.get()?,
        appid: cells.get()?,
        trade_type: cells.get()?,
        payer_total: cells.opt_fen()?,
        paid_at: cells.time()?,
    };
    Ok(if late { Payment::PaidLate(receipt) } else { Payment::Paid(receipt) })
}

pub(crate) fn attempt(row: &dyn Row) -> Result<Attempt, StoreError> {
    let cells = &mut Cells::of(row);
    Ok(Attempt {
        out_trade_no: cells.get()?,
        appid: cells.get()?,
        trade_type: cells.get()?,
        openid: cells.get()?,
        body: cells.text()?.into_bytes(),
        serial_no: cells.get()?,
        state: attempt_state(cells)?,
        created_at: cells.time()?,
        sends: cells.count()?,
        sending_since: cells.time()?,
        in_flight: cells.count::<u8>()? != 0,
        checked_at: cells.opt_time()?,
        close_answered_at: cells.opt_time()?,
        absent_at: cells.opt_time()?,
        retiring_since: cells.opt_time()?,
    })
}

fn attempt_state(cells: &mut Cells<'_>) -> Result<AttemptState, StoreError> {
    let name = cells.text()?;
    let (prepay_id, prepaid_at) = (cells.opt()?, cells.opt_time()?);
    let (transaction_id, closed_at) = (cells.opt()?, cells.opt_time()?);
    match (name.as_str(), prepay_id, prepaid_at, transaction_id, closed_at) {
        ("sending", ..) => Ok(AttemptState::Sending),
        ("failed", ..) => Ok(AttemptState::Failed),
        ("prepaid", Some(prepay_id), Some(at), ..) => Ok(AttemptState::Prepaid { prepay_id, at }),
        ("success", _, _, Some(transaction_id), _) => Ok(AttemptState::Success { transaction_id }),
        ("closed", _, _, _, Some(at)) => Ok(AttemptState::Closed { at }),
        _ => Err(cells.wrong(&"the state of an attempt lacks its parts")),
    }
}

pub(crate) fn refund(row: &dyn Row) -> Result<Refund, StoreError> {
    let cells = &mut Cells::of(row);
    Ok(Refund {
        refund_id: cells.get()?,
        purpose: cells.word(&PURPOSES)?,
        out_trade_no: cells.get()?,
        transaction_id: cells.get()?,
        amount: cells.fen()?,
        out_refund_no: cells.get()?,
        body: cells.text()?.into_bytes(),
        state: cells.word(&REFUND_STATES)?,
        wechat_refund_id: cells.opt()?,
        created_at: cells.time()?,
        succeeded_at: cells.opt_time()?,
    })
}

/// Inserts a new order or updates the facts of an existing one, which its guard has found.
pub(super) fn put_order(order: &Order, is_new: bool) -> Step<'_> {
    let identity = &order.identity;
    let payer = identity.payer.as_ref();
    let receipt = order.receipt();
    let payment = match order.payment {
        Payment::Unpaid => "unpaid",
        Payment::Paid(_) => "paid",
        Payment::PaidLate(_) => "paid_late",
    };
    let values = values![
        &identity.account,
        &identity.order_id,
        &identity.merchant_order_no,
        &identity.mchid,
        identity.amount,
        word_for(&CURRENCIES, &identity.currency),
        identity.description.as_str(),
        payer.map(|payer| &payer.appid),
        payer.map(|payer| &payer.openid),
        identity.expires_at,
        word_for(&LATE_PAYMENTS, &identity.late_payment),
        identity.attach.as_ref().map(Attach::as_str),
        identity.metadata.as_ref(),
        identity.created_at,
        word_for(&ORDER_STATES, &order.state()),
        payment,
        receipt.map(|receipt| &receipt.out_trade_no),
        receipt.map(|receipt| &receipt.transaction_id),
        receipt.map(|receipt| &receipt.appid),
        receipt.map(|receipt| receipt.trade_type.as_str()),
        receipt.and_then(|receipt| receipt.payer_total),
        receipt.map(|receipt| receipt.paid_at),
        order.close_requested_at,
        order.closed_at,
    ];
    if is_new {
        Step { sql: &INSERT_ORDER, values, expect: Expect::RowOrConflict }
    } else {
        let expect = Expect::RowOrAltered("the identity of an order never changes (I02)");
        Step { sql: &UPDATE_ORDER, values, expect }
    }
}

pub(super) fn put_attempt<'a>(
    order_id: &'a OrderId,
    mchid: &'a Mchid,
    attempt: &'a Attempt,
) -> Step<'a> {
    let (prepay_id, prepaid_at) = match &attempt.state {
        AttemptState::Prepaid { prepay_id, at } => (Some(prepay_id), Some(*at)),
        _ => (None, None),
    };
    let (transaction_id, closed_at) = match &attempt.state {
        AttemptState::Success { transaction_id } => (Some(transaction_id), None),
        AttemptState::Closed { at } => (None, Some(*at)),
        _ => (None, None),
    };
    let values = values![
        order_id.account(),
        order_id,
        mchid,
        &attempt.out_trade_no,
        &attempt.appid,
        attempt.trade_type.as_str(),
        &attempt.openid,
        body(&attempt.body),
        attempt.created_at,
        &attempt.serial_no,
        attempt.state.name(),
        prepay_id,
        prepaid_at,
        transaction_id,
        closed_at,
        attempt.sends,
        attempt.sending_since,
        attempt.in_flight,
        attempt.checked_at,
        attempt.close_answered_at,
        attempt.absent_at,
        attempt.retiring_since,
    ];
    let expect = Expect::RowOrFind {
        ours: &ATTEMPT_IS_OURS,
        places: &[0, 1, 2, 3],
        altered: "what an attempt ordered never changes (o05)",
    };
    Step { sql: &PUT_ATTEMPT, values, expect }
}

pub(super) fn put_refund<'a>(
    order_id: &'a OrderId,
    mchid: &'a Mchid,
    refund: &'a Refund,
) -> Step<'a> {
    let values = values![
        order_id.account(),
        order_id,
        mchid,
        &refund.refund_id,
        word_for(&PURPOSES, &refund.purpose),
        &refund.out_trade_no,
        &refund.transaction_id,
        refund.amount,
        refund.created_at,
        &refund.out_refund_no,
        body(&refund.body),
        word_for(&REFUND_STATES, &refund.state),
        refund.wechat_refund_id.as_ref(),
        refund.succeeded_at,
    ];
    let expect = Expect::RowOrFind {
        ours: &REFUND_IS_OURS,
        places: &[0, 1, 3],
        altered: "what a refund returns never changes (I06)",
    };
    Step { sql: &PUT_REFUND, values, expect }
}

fn body(bytes: &[u8]) -> Value<'_> {
    Value::from(std::str::from_utf8(bytes).expect("the shape check refuses other bodies"))
}
