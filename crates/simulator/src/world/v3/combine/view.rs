//! What WeChat says about a combined order: in answers and in notifications (v3 §5.1, §6.4).

use suanpan_wechat::{
    Fen, Timestamp,
    id::{Appid, CombineOutTradeNo, Mchid, Openid, OutTradeNo, TransactionId},
};

use super::super::{
    answer::Answer,
    promotion::{self, Promotion},
};
use crate::world::{
    combine::Combined,
    order::{Order, TradeState},
    state::World,
};

/// Members alphabetical, as all answers have them.
#[derive(serde::Serialize)]
struct CombinedAnswer<'a> {
    combine_appid: &'a Appid,
    combine_mchid: &'a Mchid,
    combine_out_trade_no: &'a CombineOutTradeNo,
    #[serde(skip_serializing_if = "Option::is_none")]
    combine_payer_info: Option<Payer<'a>>,
    /// Unconfirmed; see the setting of the same name.
    #[serde(skip_serializing_if = "Option::is_none")]
    combine_transaction_id: Option<&'a TransactionId>,
    scene_info: SceneInfo<'a>,
    sub_orders: Vec<Part<'a>>,
}

/// No `trade_state_desc` here, and other names for the amounts than basic payment has.
#[derive(serde::Serialize)]
struct Part<'a> {
    amount: Amount,
    attach: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    bank_type: Option<String>,
    mchid: &'a Mchid,
    out_trade_no: &'a OutTradeNo,
    promotion_detail: Vec<Promotion<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_appid: Option<&'a Appid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_mchid: Option<&'a Mchid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_openid: Option<&'a Openid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    success_time: Option<Timestamp>,
    trade_state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    trade_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction_id: Option<&'a TransactionId>,
}

#[derive(serde::Serialize)]
struct Amount {
    currency: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    payer_amount: Option<Fen>,
    payer_currency: &'static str,
    total_amount: Fen,
}

#[derive(serde::Serialize)]
struct Payer<'a> {
    openid: &'a Openid,
}

#[derive(serde::Serialize)]
struct SceneInfo<'a> {
    device_id: &'a str,
}

/// The content of the one notification, in the captured order.
#[derive(serde::Serialize)]
struct Notification<'a> {
    combine_appid: &'a Appid,
    combine_out_trade_no: &'a CombineOutTradeNo,
    combine_mchid: &'a Mchid,
    scene_info: SceneInfo<'a>,
    sub_orders: Vec<NotifiedPart<'a>>,
    combine_payer_info: Payer<'a>,
}

#[derive(serde::Serialize)]
struct NotifiedPart<'a> {
    mchid: &'a Mchid,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_mchid: Option<&'a Mchid>,
    trade_type: &'static str,
    trade_state: &'static str,
    bank_type: String,
    attach: &'a str,
    amount: NotifiedAmount,
    success_time: Timestamp,
    transaction_id: &'a TransactionId,
    out_trade_no: &'a OutTradeNo,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    promotion_detail: Vec<Promotion<'a>>,
}

#[derive(serde::Serialize)]
struct NotifiedAmount {
    total_amount: Fen,
    currency: &'static str,
    payer_amount: Fen,
    payer_currency: &'static str,
}

const CNY: &str = "CNY";

/// A combined order as a query shows it.
pub(super) fn answer(world: &World, combined: &Combined) -> Answer {
    let orders = orders(world, combined);
    let payment = orders.first().and_then(|order| order.payment.as_ref());
    Answer::json(&CombinedAnswer {
        combine_appid: &combined.appid,
        combine_mchid: &combined.key.mchid,
        combine_out_trade_no: &combined.key.number,
        combine_payer_info: payment.map(|payment| Payer { openid: &payment.openid }),
        combine_transaction_id: combined
            .transaction_id
            .as_ref()
            .filter(|_| world.state.settings.combine_transaction_id),
        scene_info: scene_info(combined),
        sub_orders: orders.into_iter().map(part).collect(),
    })
}

fn part(order: &Order) -> Part<'_> {
    let payment = order.payment.as_ref();
    Part {
        amount: Amount {
            currency: CNY,
            payer_amount: payment.map(|_| order.payer_total()),
            payer_currency: CNY,
            total_amount: order.total,
        },
        attach: order.attach.as_deref().unwrap_or_default(),
        bank_type: payment.map(|payment| payment.method.bank_type()),
        mchid: &order.mchid,
        out_trade_no: &order.out_trade_no,
        promotion_detail: promotion::of_payment(payment),
        sub_appid: order.partner.as_ref().and_then(|partner| partner.sub_appid.as_ref()),
        sub_mchid: order.sub_mchid(),
        sub_openid: payment.and_then(|payment| payment.sub_openid.as_ref()),
        success_time: payment.map(|payment| payment.success_time),
        trade_state: order.trade_state.as_str(),
        trade_type: payment.map(|_| order.trade_type.as_str()),
        transaction_id: payment.map(|payment| &payment.transaction_id),
    }
}

/// The plaintext of `TRANSACTION.SUCCESS` for all parts at once.
pub(crate) fn notification(world: &World, combined: &Combined) -> String {
    const PAID: &str = "only paid orders are notified, and all parts are paid together";
    let orders = orders(world, combined);
    let payment = |order: &&'_ Order| order.payment.clone().expect(PAID);
    let payments: Vec<_> = orders.iter().map(payment).collect();
    let parts = orders.iter().zip(&payments).map(|(order, payment)| NotifiedPart {
        mchid: &order.mchid,
        sub_mchid: order.sub_mchid(),
        trade_type: order.trade_type.as_str(),
        trade_state: TradeState::Success.as_str(),
        bank_type: payment.method.bank_type(),
        attach: order.attach.as_deref().unwrap_or_default(),
        amount: NotifiedAmount {
            total_amount: order.total,
            currency: CNY,
            payer_amount: order.payer_total(),
            payer_currency: CNY,
        },
        success_time: payment.success_time,
        transaction_id: &payment.transaction_id,
        out_trade_no: &order.out_trade_no,
        promotion_detail: promotion::of_payment(Some(payment)),
    });
    serde_json::to_string(&Notification {
        combine_appid: &combined.appid,
        combine_out_trade_no: &combined.key.number,
        combine_mchid: &combined.key.mchid,
        scene_info: scene_info(combined),
        sub_orders: parts.collect(),
        combine_payer_info: Payer { openid: &payments.first().expect(PAID).openid },
    })
    .expect("a notification has string keys only")
}

fn orders<'a>(world: &'a World, combined: &Combined) -> Vec<&'a Order> {
    combined.parts.iter().filter_map(|key| world.state.order_of(key)).collect()
}

fn scene_info(combined: &Combined) -> SceneInfo<'_> {
    SceneInfo { device_id: combined.device_id.as_deref().unwrap_or_default() }
}
