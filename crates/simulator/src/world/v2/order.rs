//! `/pay/unifiedorder`: placing an order for any front end (v2 §6).

use serde_json::Value;
use suanpan_wechat::{
    Fen,
    id::{Openid, OutTradeNo, PrepayId},
};

use super::{
    answer::Answer,
    failure::{Failure, Fault},
    gate::Caller,
    operation::Operation,
    table::{self, Field, Rule, optional, required},
    time,
    xml::{Document, Fields},
};
use crate::world::{
    exchange::Times,
    frequency::Rate,
    order::{Order, OrderKey, Partner, TradeState, TradeType},
    state::World,
    v3::schema::{NOTIFY_URL, ORDER_NUMBER},
};

/// The soonest end of an order. Older documents say five minutes.
const SOONEST_EXPIRY_SECONDS: i64 = 60;

/// Members that may differ between a call and its repeat.
const NOT_COMPARED: [&str; 3] = ["nonce_str", "sign", "sign_type"];

const CHECKED: &str = "the table demands it";

pub(crate) struct UnifiedOrder;

/// What a sale says, whether the payer opens a cashier or shows a code.
pub(super) const SALE: &[Field] = &[
    required("body", Rule::Text(128)),
    optional("detail", Rule::Text(6144)),
    optional("attach", Rule::Text(128)),
    required("out_trade_no", Rule::Matching(32, is_order_number)),
    required("total_fee", Rule::Integer { min: 1 }),
    optional("fee_type", Rule::OneOf(&["CNY"])),
    required("spbill_create_ip", Rule::Matching(64, is_address)),
    optional("time_start", Rule::Time),
    optional("time_expire", Rule::Time),
    optional("goods_tag", Rule::Text(32)),
    optional("limit_pay", Rule::OneOf(&["no_credit"])),
    optional("receipt", Rule::OneOf(&["Y"])),
    optional("profit_sharing", Rule::OneOf(&["Y", "N"])),
    optional("scene_info", Rule::Text(256)),
    optional("version", Rule::Text(32)),
];

/// What it says besides when there is a front end.
pub(super) const FRONT_END: &[Field] = &[
    required("notify_url", Rule::Matching(256, |text| (NOTIFY_URL.matches)(text))),
    required("trade_type", Rule::OneOf(&["JSAPI", "NATIVE", "APP", "MWEB"])),
    optional("product_id", Rule::Text(32)),
    optional("openid", Rule::Text(128)),
    optional("sub_openid", Rule::Text(128)),
];

pub(super) fn is_order_number(text: &str) -> bool {
    text.len() >= 6 && (ORDER_NUMBER.matches)(text)
}

/// IPv4 or IPv6.
fn is_address(text: &str) -> bool {
    text.parse::<std::net::IpAddr>().is_ok()
}

impl Operation for UnifiedOrder {
    fn tables(&self) -> &'static [&'static [Field]] {
        &[SALE, FRONT_END]
    }

    fn rate(&self) -> Option<Rate> {
        Some(Rate::Order)
    }

    fn perform(&self, world: &mut World, caller: &Caller, now: Times) -> Result<Answer, Failure> {
        let order = front_end_order(caller, now)?;
        world.check_payer(&order)?;
        match world.state.order(&order.mchid, &order.out_trade_no) {
            Some(known) => check_repeat(known, &order)?,
            None => {
                check_expiry(&order, now)?;
                world.enter_order(&order, now);
            }
        }
        Ok(Answer::Members(world.way_in(&order, now)))
    }
}

impl World {
    /// Whether the payer is known under the app the openid was given for.
    fn check_payer(&self, order: &Order) -> Result<(), Failure> {
        let Some(payer) = &order.payer else { return Ok(()) };
        let under = match &order.partner {
            Some(Partner { sub_appid, .. }) if order.request.text("/sub_openid").is_some() => {
                sub_appid.as_ref().ok_or_else(|| Failure::missing("sub_appid"))?
            }
            _ => &order.appid,
        };
        match self.state.openids.get(payer) {
            Some((appid, _)) if appid == under => Ok(()),
            Some(_) => Err(Failure::OTHER_APPS_OPENID),
            None => Err(Failure::BAD_OPENID),
        }
    }

    fn way_in(&mut self, order: &Order, now: Times) -> Document {
        let prepay_id = self.make_prepay(&order.mchid, &order.out_trade_no, None, now);
        let said = Document::default()
            .text("trade_type", order.trade_type.as_str())
            .text("prepay_id", &prepay_id);
        match order.trade_type {
            TradeType::Native => said.text("code_url", self.code_of(order, prepay_id)),
            TradeType::Mweb => said.text("mweb_url", self.h5_url(&prepay_id)),
            TradeType::Jsapi | TradeType::App | TradeType::Micropay => said,
        }
    }

    fn code_of(&mut self, order: &Order, prepay_id: PrepayId) -> String {
        self.code_url(&order.mchid, &order.out_trade_no, prepay_id)
    }
}

fn front_end_order(caller: &Caller, now: Times) -> Result<Order, Failure> {
    let fields = &caller.fields;
    let trade_type = match fields.get("trade_type").expect(CHECKED) {
        "JSAPI" => TradeType::Jsapi,
        "NATIVE" => TradeType::Native,
        "APP" => TradeType::App,
        _ => TradeType::Mweb,
    };
    // To nobody's sub-merchant the member means nothing, as any other that is unknown.
    let sub_openid = caller.partner.as_ref().and_then(|_| fields.get("sub_openid"));
    let payer = match (fields.get("openid"), sub_openid) {
        (Some(_), Some(_)) => return Err(Failure::TWO_PAYERS),
        (openid, sub_openid) => openid.or(sub_openid).map(Openid::new),
    };
    let payer = payer.transpose().map_err(|_| Failure::BAD_OPENID)?;
    match trade_type {
        TradeType::Jsapi if payer.is_none() => return Err(Failure::Message(Fault::NoPayer)),
        TradeType::Mweb => check_h5_scene(fields)?,
        _ => {}
    }
    Ok(Order {
        notify_url: fields.get("notify_url").map(str::to_owned),
        // Elsewhere the member is taken and means nothing.
        payer: payer.filter(|_| trade_type == TradeType::Jsapi),
        ..sale(caller, trade_type, now)
    })
}

/// An order out of a call that passed its tables.
pub(super) fn sale(caller: &Caller, trade_type: TradeType, now: Times) -> Order {
    let fields = &caller.fields;
    let text = |name| fields.get(name).map(str::to_owned);
    let number = fields.get("out_trade_no").expect(CHECKED);
    let total = fields.get("total_fee").and_then(table::integer).expect(CHECKED);
    let key = OrderKey {
        mchid: caller.mchid.clone(),
        out_trade_no: OutTradeNo::new(number).expect(CHECKED),
    };
    let appid = caller.appid.clone().expect("the gate demands an app");
    Order {
        partner: caller.partner.clone(),
        description: text("body").expect(CHECKED),
        attach: text("attach"),
        device_id: text("device_info"),
        time_expire: fields.get("time_expire").and_then(time::read),
        v2: Some(caller.sign_type),
        request: said(fields).into(),
        ..Order::unpaid(key, appid, trade_type, Fen::new(total).expect(CHECKED), now.business)
    }
}

/// What was said, to be compared with a repeat.
pub(super) fn said(fields: &Fields) -> Value {
    let compared = fields.iter().filter(|(name, _)| !NOT_COMPARED.contains(name));
    compared.map(|(name, value)| (name.to_owned(), Value::from(value))).collect()
}

/// What a page outside WeChat must say about itself (v2 §6.1).
fn check_h5_scene(fields: &Fields) -> Result<(), Failure> {
    let text = fields.get("scene_info").ok_or_else(|| Failure::missing("scene_info"))?;
    let scene: Option<Value> = serde_json::from_str(text).ok();
    let kind = scene.as_ref().and_then(|scene| scene.pointer("/h5_info/type")?.as_str());
    let kind = kind.filter(|kind| ["Wap", "IOS", "Android"].contains(kind));
    kind.map(|_| ()).ok_or_else(|| Failure::malformed("scene_info"))
}

/// What a second order under the same number hears (v2 §6.3).
pub(super) fn check_repeat(known: &Order, wanted: &Order) -> Result<(), Failure> {
    match known.trade_state {
        TradeState::Success | TradeState::Refund => Err(Failure::ORDER_PAID),
        TradeState::Closed | TradeState::Revoked => Err(Failure::ORDER_CLOSED),
        TradeState::UserPaying | TradeState::PayError => Err(Failure::CHANGED_REPEAT),
        TradeState::NotPay if known.request != wanted.request => Err(Failure::CHANGED_REPEAT),
        TradeState::NotPay => Ok(()),
    }
}

/// Only of a new order: a repeat says the same as the first call, whatever the time is by then.
pub(super) fn check_expiry(order: &Order, now: Times) -> Result<(), Failure> {
    let left = order.time_expire.map(|end| end.since(now.business));
    match left {
        Some(seconds) if seconds < SOONEST_EXPIRY_SECONDS => Err(Failure::EXPIRES_TOO_SOON),
        Some(_) | None => Ok(()),
    }
}
