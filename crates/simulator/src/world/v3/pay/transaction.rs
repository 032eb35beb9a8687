//! What WeChat says about an order: in answers and in notifications (v3 §4.5, §6.4).

use suanpan_wechat::{
    Fen, Timestamp,
    id::{Appid, Mchid, Openid, OutTradeNo, TransactionId},
};

use super::super::{
    answer::Answer,
    promotion::{self, Promotion},
};
use crate::world::order::{Order, Partner, Payment, TradeState};

/// The merchants and apps of an order, by the names of its mode.
#[derive(Default)]
struct Names<'a> {
    appid: Option<&'a Appid>,
    mchid: Option<&'a Mchid>,
    sp_appid: Option<&'a Appid>,
    sp_mchid: Option<&'a Mchid>,
    sub_appid: Option<&'a Appid>,
    sub_mchid: Option<&'a Mchid>,
}

impl<'a> Names<'a> {
    fn of(order: &'a Order) -> Self {
        let (appid, mchid) = (Some(&order.appid), Some(&order.mchid));
        match &order.partner {
            None => Self { appid, mchid, ..Self::default() },
            Some(Partner { sub_mchid, sub_appid }) => Self {
                sp_appid: appid,
                sp_mchid: mchid,
                sub_appid: sub_appid.as_ref(),
                sub_mchid: Some(sub_mchid),
                ..Self::default()
            },
        }
    }
}

/// A paid order; members alphabetical as captured.
#[derive(serde::Serialize)]
struct PaidTransaction<'a> {
    amount: PaidAmount,
    #[serde(skip_serializing_if = "Option::is_none")]
    appid: Option<&'a Appid>,
    attach: &'a str,
    bank_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    mchid: Option<&'a Mchid>,
    out_trade_no: &'a OutTradeNo,
    payer: Payer<'a>,
    promotion_detail: Vec<Promotion<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scene_info: Option<SceneInfo<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sp_appid: Option<&'a Appid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sp_mchid: Option<&'a Mchid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_appid: Option<&'a Appid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_mchid: Option<&'a Mchid>,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    appid: Option<&'a Appid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mchid: Option<&'a Mchid>,
    out_trade_no: &'a OutTradeNo,
    promotion_detail: [(); 0],
    scene_info: SceneInfo<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sp_appid: Option<&'a Appid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sp_mchid: Option<&'a Mchid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_appid: Option<&'a Appid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_mchid: Option<&'a Mchid>,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    openid: Option<&'a Openid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sp_openid: Option<&'a Openid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_openid: Option<&'a Openid>,
}

impl<'a> Payer<'a> {
    fn of(order: &Order, payment: &'a Payment) -> Self {
        let openid = Some(&payment.openid);
        match order.partner {
            None => Self { openid, sp_openid: None, sub_openid: None },
            Some(_) => {
                Self { openid: None, sp_openid: openid, sub_openid: payment.sub_openid.as_ref() }
            }
        }
    }
}

#[derive(serde::Serialize)]
struct SceneInfo<'a> {
    device_id: &'a str,
}

/// The content of a payment notification, in the captured order, which is not alphabetical.
#[derive(serde::Serialize)]
struct Notification<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    mchid: Option<&'a Mchid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sp_mchid: Option<&'a Mchid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_mchid: Option<&'a Mchid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    appid: Option<&'a Appid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sp_appid: Option<&'a Appid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_appid: Option<&'a Appid>,
    out_trade_no: &'a OutTradeNo,
    transaction_id: &'a TransactionId,
    trade_type: &'static str,
    trade_state: &'static str,
    trade_state_desc: &'static str,
    bank_type: String,
    attach: &'a str,
    success_time: Timestamp,
    payer: Payer<'a>,
    amount: NotifiedAmount,
    /// There only when a coupon was used.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    promotion_detail: Vec<Promotion<'a>>,
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
    let Names { appid, mchid, sp_appid, sp_mchid, sub_appid, sub_mchid } = Names::of(order);
    serde_json::to_string(&Notification {
        mchid,
        sp_mchid,
        sub_mchid,
        appid,
        sp_appid,
        sub_appid,
        out_trade_no: &order.out_trade_no,
        transaction_id: &payment.transaction_id,
        trade_type: order.trade_type.as_str(),
        trade_state: TradeState::Success.as_str(),
        trade_state_desc: TradeState::Success.description(),
        bank_type: payment.method.bank_type(),
        attach: order.attach.as_deref().unwrap_or_default(),
        success_time: payment.success_time,
        payer: Payer::of(order, payment),
        amount: NotifiedAmount {
            total: order.total,
            payer_total: order.payer_total(),
            currency: "CNY",
            payer_currency: "CNY",
        },
        promotion_detail: promotion::of_payment(Some(payment)),
        scene_info: order.device_id.as_deref().map(|device_id| SceneInfo { device_id }),
    })
    .expect("a notification has string keys only")
}

/// An order as a query shows it.
pub(super) fn answer(order: &Order) -> Answer {
    let Names { appid, mchid, sp_appid, sp_mchid, sub_appid, sub_mchid } = Names::of(order);
    let trade_state = order.trade_state.as_str();
    let trade_state_desc = order.trade_state.description();
    let device_id = order.device_id.as_deref();
    let Some(payment) = &order.payment else {
        return Answer::json(&UnpaidTransaction {
            amount: UnpaidAmount { payer_currency: "CNY", total: order.total },
            appid,
            mchid,
            out_trade_no: &order.out_trade_no,
            promotion_detail: [],
            scene_info: SceneInfo { device_id: device_id.unwrap_or_default() },
            sp_appid,
            sp_mchid,
            sub_appid,
            sub_mchid,
            trade_state,
            trade_state_desc,
        });
    };
    Answer::json(&PaidTransaction {
        amount: PaidAmount {
            currency: "CNY",
            payer_currency: "CNY",
            payer_total: order.payer_total(),
            total: order.total,
        },
        appid,
        attach: order.attach.as_deref().unwrap_or_default(),
        bank_type: payment.method.bank_type(),
        mchid,
        out_trade_no: &order.out_trade_no,
        payer: Payer::of(order, payment),
        promotion_detail: promotion::of_payment(Some(payment)),
        scene_info: device_id.map(|device_id| SceneInfo { device_id }),
        sp_appid,
        sp_mchid,
        sub_appid,
        sub_mchid,
        success_time: payment.success_time,
        trade_state,
        trade_state_desc,
        trade_type: order.trade_type.as_str(),
        transaction_id: &payment.transaction_id,
    })
}
