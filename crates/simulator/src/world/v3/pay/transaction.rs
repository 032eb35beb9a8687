//! What WeChat says about an order: in answers and in notifications (v3 §4.5, §6.4).

use suanpan_wechat::{
    Fen, Timestamp,
    id::{Appid, Mchid, Openid, OutTradeNo, TransactionId},
};

use super::super::{answer::Answer, error::ApiError, gate::Caller};
use crate::world::{
    order::{Order, TradeState},
    state::World,
};

/// A paid order; members alphabetical as captured.
#[derive(serde::Serialize)]
struct PaidTransaction<'a> {
    amount: PaidAmount,
    appid: &'a Appid,
    attach: &'a str,
    bank_type: &'static str,
    mchid: &'a Mchid,
    out_trade_no: &'a OutTradeNo,
    payer: Payer<'a>,
    promotion_detail: [(); 0],
    #[serde(skip_serializing_if = "Option::is_none")]
    scene_info: Option<SceneInfo<'a>>,
    success_time: Timestamp,
    trade_state: &'static str,
    trade_state_desc: &'static str,
    trade_type: &'static str,
    transaction_id: &'a TransactionId,
}

#[derive(serde::Serialize)]
struct PaidAmount {
    currency: &'static str,
    payer_currency: &'static str,
    payer_total: Fen,
    total: Fen,
}

/// An unpaid order; as captured it has far fewer members.
#[derive(serde::Serialize)]
struct UnpaidTransaction<'a> {
    amount: UnpaidAmount,
    appid: &'a Appid,
    mchid: &'a Mchid,
    out_trade_no: &'a OutTradeNo,
    promotion_detail: [(); 0],
    scene_info: SceneInfo<'a>,
    trade_state: &'static str,
    trade_state_desc: &'static str,
}

#[derive(serde::Serialize)]
struct UnpaidAmount {
    payer_currency: &'static str,
    total: Fen,
}

#[derive(serde::Serialize)]
struct Payer<'a> {
    openid: &'a Openid,
}

#[derive(serde::Serialize)]
struct SceneInfo<'a> {
    device_id: &'a str,
}

/// The content of a payment notification, in the captured order, which is not alphabetical.
#[derive(serde::Serialize)]
struct Notification<'a> {
    mchid: &'a Mchid,
    appid: &'a Appid,
    out_trade_no: &'a OutTradeNo,
    transaction_id: &'a TransactionId,
    trade_type: &'static str,
    trade_state: &'static str,
    trade_state_desc: &'static str,
    bank_type: &'static str,
    attach: &'a str,
    success_time: Timestamp,
    payer: Payer<'a>,
    amount: NotifiedAmount,
    #[serde(skip_serializing_if = "Option::is_none")]
    scene_info: Option<SceneInfo<'a>>,
}

#[derive(serde::Serialize)]
struct NotifiedAmount {
    total: Fen,
    payer_total: Fen,
    currency: &'static str,
    payer_currency: &'static str,
}

/// The plaintext of `TRANSACTION.SUCCESS`.
pub(crate) fn notification(order: &Order) -> String {
    let payment = order.payment.as_ref().expect("only paid orders are notified");
    serde_json::to_string(&Notification {
        mchid: &order.mchid,
        appid: &order.appid,
        out_trade_no: &order.out_trade_no,
        transaction_id: &payment.transaction_id,
        trade_type: order.trade_type.as_str(),
        trade_state: TradeState::Success.as_str(),
        trade_state_desc: TradeState::Success.description(),
        bank_type: "OTHERS",
        attach: order.attach.as_deref().unwrap_or_default(),
        success_time: payment.success_time,
        payer: Payer { openid: &payment.openid },
        amount: NotifiedAmount {
            total: order.total,
            payer_total: order.total,
            currency: "CNY",
            payer_currency: "CNY",
        },
        scene_info: order.device_id.as_deref().map(|device_id| SceneInfo { device_id }),
    })
    .expect("a notification has string keys only")
}

fn transaction(order: &Order) -> Answer {
    let trade_state = order.trade_state.as_str();
    let trade_state_desc = order.trade_state.description();
    let device_id = order.device_id.as_deref();
    let Some(payment) = &order.payment else {
        return Answer::json(&UnpaidTransaction {
            amount: UnpaidAmount { payer_currency: "CNY", total: order.total },
            appid: &order.appid,
            mchid: &order.mchid,
            out_trade_no: &order.out_trade_no,
            promotion_detail: [],
            scene_info: SceneInfo { device_id: device_id.unwrap_or_default() },
            trade_state,
            trade_state_desc,
        });
    };
    Answer::json(&PaidTransaction {
        amount: PaidAmount {
            currency: "CNY",
            payer_currency: "CNY",
            payer_total: order.total,
            total: order.total,
        },
        appid: &order.appid,
        attach: order.attach.as_deref().unwrap_or_default(),
        bank_type: "OTHERS",
        mchid: &order.mchid,
        out_trade_no: &order.out_trade_no,
        payer: Payer { openid: &payment.openid },
        promotion_detail: [],
        scene_info: device_id.map(|device_id| SceneInfo { device_id }),
        success_time: payment.success_time,
        trade_state,
        trade_state_desc,
        trade_type: order.trade_type.as_str(),
        transaction_id: &payment.transaction_id,
    })
}

impl World {
    /// `GET /v3/pay/transactions/out-trade-no/{out_trade_no}?mchid=`.
    pub(super) fn query_by_number(
        &self,
        caller: &Caller,
        out_trade_no: &str,
    ) -> Result<Answer, ApiError> {
        OutTradeNo::new(out_trade_no)
            .ok()
            .and_then(|number| self.state.order(&caller.mchid, &number))
            .map(transaction)
            .ok_or(ApiError::ORDER_NOT_EXIST)
    }

    /// `GET /v3/pay/transactions/id/{transaction_id}?mchid=`.
    pub(super) fn query_by_id(
        &self,
        caller: &Caller,
        transaction_id: &str,
    ) -> Result<Answer, ApiError> {
        let number = TransactionId::new(transaction_id).ok();
        let found = number.and_then(|number| self.state.transactions.get(&number));
        found
            .filter(|(mchid, _)| *mchid == caller.mchid)
            .and_then(|(mchid, out_trade_no)| self.state.order(mchid, out_trade_no))
            .map(transaction)
            .ok_or(ApiError::ORDER_NOT_EXIST)
    }
}
