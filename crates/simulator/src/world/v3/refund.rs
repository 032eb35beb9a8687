//! Refunds: `/v3/refund/domestic/refunds` (v3 §5.3).

use serde_json::Value;
use suanpan_wechat::{
    Fen, Timestamp,
    id::{Mchid, OutRefundNo, OutTradeNo, RefundId, TransactionId},
};

use super::{
    answer::Answer,
    error::ApiError,
    gate::Caller,
    operation::{self, Route, get, post},
    promotion::{self, RefundPromotion},
    schema::{
        self, ALPHANUMERIC, CNY, Field, Kind, MCHID, NOTIFY_URL, ORDER_NUMBER, Pattern,
        REFUND_NUMBER, bytes, chars, matching, optional, required,
    },
};
use crate::world::{
    coupon::CouponKind,
    exchange::{HttpRequest, Times},
    frequency::Rate,
    order::{Api, Order, Refund, RefundReceiver, RefundStatus},
    settle::{RefundOrder, RefundRefusal},
    state::World,
};

enum Operation {
    Create,
    Query(String),
}

/// `/v3/refund/domestic/refunds`.
pub(crate) fn route(path: &[&str]) -> Option<Route> {
    let route = match *path {
        ["refund", "domestic", "refunds"] => post(Operation::Create),
        ["refund", "domestic", "refunds", number] => get(Operation::Query(number.to_owned())),
        _ => return None,
    };
    Some(route)
}

impl operation::Operation for Operation {
    fn out_trade_no(
        &self,
        world: &World,
        caller: Option<&Caller>,
        request: &HttpRequest,
    ) -> Option<String> {
        match self {
            Operation::Create => world.order_in_body(&request.body),
            Operation::Query(number) => {
                let number = OutRefundNo::new(number.as_str()).ok()?;
                world.refund(&caller?.mchid, &number).map(|refund| refund.out_trade_no.to_string())
            }
        }
    }

    fn rate(&self) -> Option<Rate> {
        Some(match self {
            Operation::Create => Rate::Refund,
            Operation::Query(_) => Rate::RefundQuery,
        })
    }

    fn perform(
        &self,
        world: &mut World,
        caller: &Caller,
        request: &HttpRequest,
        now: Times,
    ) -> Result<Answer, ApiError> {
        match self {
            Operation::Create => world.create_refund(caller, &request.body, now),
            Operation::Query(number) => {
                let sub_mchid = request.query("sub_mchid");
                world.query_refund(caller, number, sub_mchid.as_deref())
            }
        }
    }
}

static CREATE: &[Field] = &[
    optional("sub_mchid", "子商户号", matching(1, 32, &MCHID)),
    optional("transaction_id", "微信支付订单号", matching(1, 32, &ALPHANUMERIC)),
    optional("out_trade_no", "商户订单号", matching(6, 32, &ORDER_NUMBER)),
    required("out_refund_no", "商户退款单号", matching(1, 64, &REFUND_NUMBER)),
    optional("reason", "退款原因", bytes(80)),
    optional("notify_url", "退款结果回调url", matching(1, 256, &NOTIFY_URL)),
    optional("funds_account", "退款资金来源", matching(1, 32, &FUNDS_ACCOUNT)),
    required("amount", "金额信息", Kind::Object(AMOUNT)),
    optional("goods_detail", "退款商品", Kind::Array { min: 1, of: &Kind::Object(GOODS) }),
];

static AMOUNT: &[Field] = &[
    required("refund", "退款金额", Kind::Integer { min: 1 }),
    optional("from", "退款出资账户及金额", Kind::Array { min: 1, of: &Kind::Object(FROM) }),
    required("total", "原订单金额", Kind::Integer { min: 1 }),
    required("currency", "退款币种", matching(1, 16, &CNY)),
];

static FROM: &[Field] = &[
    required("account", "出资账户类型", matching(1, 32, &FROM_ACCOUNT)),
    required("amount", "出资金额", Kind::Integer { min: 1 }),
];

static GOODS: &[Field] = &[
    required("merchant_goods_id", "商户侧商品编码", bytes(32)),
    optional("wechatpay_goods_id", "微信支付商品编码", bytes(32)),
    optional("goods_name", "商品名称", chars(256)),
    required("unit_price", "商品单价", Kind::Integer { min: 0 }),
    required("refund_amount", "商品退款金额", Kind::Integer { min: 0 }),
    required("refund_quantity", "商品退货数量", Kind::Integer { min: 1 }),
];

static FUNDS_ACCOUNT: Pattern = Pattern {
    regex: "^(AVAILABLE|UNSETTLED)$",
    matches: |text| matches!(text, "AVAILABLE" | "UNSETTLED"),
};

static FROM_ACCOUNT: Pattern = Pattern {
    regex: "^(AVAILABLE|UNAVAILABLE)$",
    matches: |text| matches!(text, "AVAILABLE" | "UNAVAILABLE"),
};

const fn channel(refund: &Refund) -> &'static str {
    match refund.receiver {
        RefundReceiver::Origin => "ORIGINAL",
        RefundReceiver::PayerCard { .. } | RefundReceiver::MerchantCard => "OTHER_BANKCARD",
    }
}

/// Members alphabetical as captured.
#[derive(serde::Serialize)]
struct RefundAnswer<'a> {
    amount: Amount,
    channel: &'static str,
    create_time: Timestamp,
    funds_account: &'static str,
    out_refund_no: &'a OutRefundNo,
    out_trade_no: &'a OutTradeNo,
    promotion_detail: Vec<RefundPromotion<'a>>,
    refund_id: &'a RefundId,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    success_time: Option<Timestamp>,
    transaction_id: &'a TransactionId,
    user_received_account: String,
}

#[derive(serde::Serialize)]
struct Amount {
    currency: &'static str,
    discount_refund: Fen,
    from: [(); 0],
    payer_refund: Fen,
    payer_total: Fen,
    refund: Fen,
    refund_fee: Fen,
    settlement_refund: Fen,
    settlement_total: Fen,
    total: Fen,
}

/// The content of a refund notification, in the captured order.
#[derive(serde::Serialize)]
struct Notification<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    mchid: Option<&'a Mchid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sp_mchid: Option<&'a Mchid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_mchid: Option<&'a Mchid>,
    out_trade_no: &'a OutTradeNo,
    transaction_id: &'a TransactionId,
    out_refund_no: &'a OutRefundNo,
    refund_id: &'a RefundId,
    refund_status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    success_time: Option<Timestamp>,
    amount: NotifiedAmount,
    user_received_account: String,
}

#[derive(serde::Serialize)]
struct NotifiedAmount {
    total: Fen,
    refund: Fen,
    payer_total: Fen,
    payer_refund: Fen,
}

/// The plaintext of `REFUND.*`.
pub(crate) fn notification(refund: &Refund) -> String {
    let by_provider = refund.sub_mchid.is_some();
    serde_json::to_string(&Notification {
        mchid: Some(&refund.mchid).filter(|_| !by_provider),
        sp_mchid: Some(&refund.mchid).filter(|_| by_provider),
        sub_mchid: refund.sub_mchid.as_ref(),
        out_trade_no: &refund.out_trade_no,
        transaction_id: &refund.transaction_id,
        out_refund_no: &refund.out_refund_no,
        refund_id: &refund.refund_id,
        refund_status: refund.status.as_str(),
        success_time: refund.success_time,
        amount: NotifiedAmount {
            total: refund.total,
            refund: refund.refund,
            payer_total: payer_total(refund),
            payer_refund: refund.payer_refund(),
        },
        user_received_account: refund.received_account(),
    })
    .expect("a notification has string keys only")
}

/// What the person had paid of the order.
fn payer_total(refund: &Refund) -> Fen {
    let discount = refund.coupon.as_ref().map(|part| part.amount).unwrap_or_default();
    refund.total.checked_sub(discount).unwrap_or_default()
}

/// What the merchant had been settled of it.
fn settlement_total(refund: &Refund) -> Fen {
    let unpaid = refund.coupon.as_ref().filter(|part| part.kind == CouponKind::Nocash);
    let unpaid = unpaid.map(|part| part.amount).unwrap_or_default();
    refund.total.checked_sub(unpaid).unwrap_or_default()
}

pub(super) fn answer(refund: &Refund) -> Answer {
    Answer::json(&RefundAnswer {
        amount: Amount {
            currency: "CNY",
            discount_refund: refund.discount_refund(),
            from: [],
            payer_refund: refund.payer_refund(),
            payer_total: payer_total(refund),
            refund: refund.refund,
            refund_fee: Fen::ZERO,
            settlement_refund: refund.settlement_refund(),
            settlement_total: settlement_total(refund),
            total: refund.total,
        },
        channel: channel(refund),
        create_time: refund.created_at,
        funds_account: "AVAILABLE",
        out_refund_no: &refund.out_refund_no,
        out_trade_no: &refund.out_trade_no,
        promotion_detail: promotion::of_refund(refund),
        refund_id: &refund.refund_id,
        status: refund.status.as_str(),
        success_time: refund.success_time.filter(|_| refund.status == RefundStatus::Success),
        transaction_id: &refund.transaction_id,
        user_received_account: refund.received_account(),
    })
}

impl World {
    /// `POST /v3/refund/domestic/refunds`.
    fn create_refund(
        &mut self,
        caller: &Caller,
        body: &[u8],
        now: Times,
    ) -> Result<Answer, ApiError> {
        let request = schema::read(body, &[CREATE])?;
        let text = |pointer| schema::text(&request, pointer);
        let number = text("/out_refund_no").expect("the table demands it");
        let number = OutRefundNo::new(number).expect("the table demands its alphabet");
        let order = self.order_to_refund(caller, text("/transaction_id"), text("/out_trade_no"))?;
        check_sub_mchid(order.sub_mchid(), text("/sub_mchid"))?;
        if let Some(known) = self.refund(&caller.mchid, &number) {
            check_repeat(&known, &request, order)?;
            return Ok(answer(&known));
        }
        if schema::integer(&request, "/amount/total") != Some(order.total.count()) {
            return Err(ApiError::REFUND_AMOUNT_CHANGED);
        }
        let refund = schema::integer(&request, "/amount/refund").expect("the table demands it");
        let wanted = RefundOrder {
            mchid: caller.mchid.clone(),
            out_trade_no: order.out_trade_no.clone(),
            out_refund_no: number,
            refund: Fen::new(refund).expect("the table demands one fen at least"),
            reason: text("/reason").map(str::to_owned),
            notify_url: text("/notify_url").map(str::to_owned),
            api: Api::V3,
            request: Some(request),
        };
        self.accept_refund(wanted, now).map(|refund| answer(&refund)).map_err(|refusal| {
            match refusal {
                RefundRefusal::OrderNotPaid => ApiError::REFUND_ORDER_NOT_EXIST,
                RefundRefusal::OverRemaining => ApiError::REFUND_OVER_REMAINING,
                RefundRefusal::TooMany => ApiError::REFUND_TOO_MANY,
                RefundRefusal::TooOld => ApiError::REFUND_TOO_OLD,
                RefundRefusal::TooSoon => ApiError::REFUND_TOO_SOON,
                RefundRefusal::NotEnough => ApiError::NOT_ENOUGH,
            }
        })
    }

    /// The order by either number; both are allowed when they agree.
    fn order_to_refund(
        &self,
        caller: &Caller,
        transaction_id: Option<&str>,
        out_trade_no: Option<&str>,
    ) -> Result<&Order, ApiError> {
        let by_id = transaction_id
            .and_then(|id| TransactionId::new(id).ok())
            .and_then(|id| self.state.transactions.get(&id))
            .filter(|(mchid, _)| *mchid == caller.mchid)
            .map(|(_, number)| number.clone());
        let by_number = out_trade_no.and_then(|number| OutTradeNo::new(number).ok());
        let number = match (transaction_id, out_trade_no) {
            (None, None) => {
                return Err(schema::missing("body", "/body/transaction_id", "微信支付订单号"));
            }
            (Some(_), None) => by_id,
            (None, Some(_)) => by_number,
            (Some(_), Some(_)) if by_id == by_number => by_number,
            (Some(_), Some(_)) => None,
        };
        number
            .and_then(|number| self.state.order(&caller.mchid, &number))
            .filter(|order| order.is_paid())
            .ok_or(ApiError::REFUND_ORDER_NOT_EXIST)
    }

    /// `GET /v3/refund/domestic/refunds/{out_refund_no}`.
    fn query_refund(
        &self,
        caller: &Caller,
        out_refund_no: &str,
        sub_mchid: Option<&str>,
    ) -> Result<Answer, ApiError> {
        let number = OutRefundNo::new(out_refund_no).ok();
        let refund = number.and_then(|number| self.refund(&caller.mchid, &number));
        let refund = refund.ok_or(ApiError::REFUND_NOT_EXIST)?;
        check_sub_mchid(refund.sub_mchid.as_ref(), sub_mchid)?;
        Ok(answer(&refund))
    }
}

/// A provider must say whose money it is about, and nobody else may.
pub(super) fn check_sub_mchid(known: Option<&Mchid>, named: Option<&str>) -> Result<(), ApiError> {
    match (known.map(Mchid::as_str), named) {
        (Some(_), None) => Err(ApiError::NO_SUB_MCHID),
        (known, named) if known == named => Ok(()),
        _ => Err(ApiError::OTHER_SUB_MCHID),
    }
}

/// The same number with the same content is the same refund; anything else is refused.
fn check_repeat(known: &Refund, request: &Value, order: &Order) -> Result<(), ApiError> {
    if known.request.as_ref() == Some(request) {
        return Ok(());
    }
    let amounts =
        (schema::integer(request, "/amount/refund"), schema::integer(request, "/amount/total"));
    let same_amounts = amounts == (Some(known.refund.count()), Some(known.total.count()));
    if known.out_trade_no == order.out_trade_no && !same_amounts {
        Err(ApiError::REFUND_AMOUNT_CHANGED)
    } else {
        Err(ApiError::REFUND_CHANGED)
    }
}
