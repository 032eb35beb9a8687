//! Orders and verified statements for the unit tests. Statements go through the real `judge`, with
//! a verifier that accepts one signature, because there is no other way to make a `Verified`.

use suanpan_wechat::{
    Fen, Timestamp, Verified,
    call::{Call, Outcome, RawAnswer, judge},
    id::{OutRefundNo, OutTradeNo, SerialNo},
    pay::{Currency, TradeType, Transaction, query::ByOutTradeNo},
    refund::{Query, Refund},
    verify::{Verifier, VerifyError},
};

use crate::{AccountId, Identity, LatePayment, Order, OrderId, pay::PayRequest};

pub(crate) const T0: Timestamp = Timestamp::from_unix(1_727_757_000);
pub(crate) const APPID: &str = "wxd678efh567hg6787";
pub(crate) const MCHID: &str = "1900007291";

pub(crate) fn order() -> Order {
    let account = AccountId::new("acme").unwrap();
    Order {
        version: 1,
        ..Order::open(Identity {
            order_id: OrderId::mint(&account, [7; 16]),
            account,
            merchant_order_no: crate::MerchantOrderNo::new("M-1").unwrap(),
            mchid: MCHID.parse().unwrap(),
            amount: Fen::new(100).unwrap(),
            currency: Currency::Cny,
            description: suanpan_wechat::text::Description::new("tea").unwrap(),
            payer: None,
            expires_at: T0.plus(1800),
            late_payment: LatePayment::Refund,
            attach: None,
            metadata: None,
            created_at: T0,
        })
    }
}

pub(crate) fn payer(openid: &str) -> PayRequest {
    PayRequest {
        appid: APPID.parse().unwrap(),
        trade_type: TradeType::Jsapi,
        openid: openid.parse().unwrap(),
        serial_no: SerialNo::new("AB12").unwrap(),
    }
}

pub(crate) fn number(text: &str) -> OutTradeNo {
    OutTradeNo::new(text).unwrap()
}

/// An order with one attempt `n` by payer `o1`, sent at `T0`.
pub(crate) fn sent(out_trade_no: &str) -> Order {
    crate::pay::start(&order(), &payer("o1"), number(out_trade_no), b"{}".to_vec(), T0).order
}

pub(crate) fn transaction(
    out_trade_no: &str,
    state: &str,
    change: impl Fn(&mut serde_json::Value),
) -> Verified<Transaction> {
    let mut body = serde_json::json!({
        "mchid": MCHID, "appid": APPID, "out_trade_no": out_trade_no, "trade_state": state,
        "amount": {"total": 100, "payer_total": 100, "currency": "CNY"},
    });
    if matches!(state, "SUCCESS" | "REFUND") {
        body["transaction_id"] = format!("4200{out_trade_no}").into();
        body["success_time"] = T0.plus(60).to_string().into();
        body["trade_type"] = "JSAPI".into();
    }
    change(&mut body);
    let call = ByOutTradeNo { mchid: MCHID.parse().unwrap(), out_trade_no: number(out_trade_no) };
    verified(&call, &body)
}

pub(crate) fn refund_statement(refund: &crate::Refund, status: &str) -> Verified<Refund> {
    let body = serde_json::json!({
        "refund_id": "50303400132024073135461150169", "out_refund_no": refund.out_refund_no,
        "transaction_id": refund.transaction_id, "out_trade_no": refund.out_trade_no,
        "status": status, "amount": {"total": 100, "refund": refund.amount},
    });
    verified(&Query { out_refund_no: OutRefundNo::new("whatever").unwrap() }, &body)
}

fn verified<C: Call>(call: &C, body: &serde_json::Value) -> Verified<C::Answer> {
    struct Golden;
    impl Verifier for Golden {
        fn check(&self, _: &SerialNo, _: &[u8], signature: &str) -> Result<(), VerifyError> {
            if signature == "golden" { Ok(()) } else { Err(VerifyError::BadSignature) }
        }
    }
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let answer = RawAnswer {
        status: 200,
        headers: vec![
            header("wechatpay-timestamp", &T0.unix().to_string()),
            header("wechatpay-nonce", "n"),
            header("wechatpay-signature", "golden"),
            header("wechatpay-serial", "AB12"),
        ],
        body: body.to_string().into_bytes(),
    };
    match judge(call, &answer, &Golden, T0) {
        Outcome::Success(statement) => statement,
        other => panic!("a golden answer was judged {:?}", matches!(other, Outcome::Rejected(_))),
    }
}
