//! Placing a combined order: `POST /v3/combine-transactions/{jsapi,app,h5,native}`.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use suanpan_wechat::{
    Fen, Timestamp,
    id::{Appid, CombineOutTradeNo, Mchid, Openid, OutTradeNo},
};

use super::super::{
    answer::Answer,
    error::ApiError,
    gate::Caller,
    pay::{Parties, place::time_expire},
    schema::{
        self, ALPHANUMERIC, CNY, Field, Kind, MCHID, NOTIFY_URL, ORDER_NUMBER, RFC3339, VISIBLE,
        bytes, chars, matching, optional, required,
    },
};
use crate::world::{
    combine::{CombineKey, Combined},
    exchange::Times,
    order::{Order, OrderKey, Partner, TradeState, TradeType},
    state::World,
};

/// A merchant combines so many orders …
const DIRECT_PARTS: std::ops::RangeInclusive<usize> = 2..=10;

/// … and a provider so many.
const PARTNER_PARTS: std::ops::RangeInclusive<usize> = 1..=50;

/// Ten million yuan.
const LARGEST_PART: i64 = 1_000_000_000;

/// The bounds of `time_expire`; the upper one is half of basic payment's.
const TIME_EXPIRE_SECONDS: std::ops::RangeInclusive<i64> = 60..=7 * 24 * 3600;

static ORDER: &[Field] = &[
    required("combine_appid", "合单商户AppID", matching(1, 32, &ALPHANUMERIC)),
    required("combine_mchid", "合单商户号", matching(1, 32, &MCHID)),
    // Newer pages ask for six characters at least; two were always taken (v3 §9).
    required("combine_out_trade_no", "合单商户订单号", matching(2, 32, &ORDER_NUMBER)),
    required("sub_orders", "子单信息", Kind::Array { min: 1, of: &Kind::Object(PART) }),
    optional("time_start", "交易起始时间", matching(1, 64, &RFC3339)),
    optional("time_expire", "交易结束时间", matching(1, 64, &RFC3339)),
    required("notify_url", "通知地址", matching(1, 255, &NOTIFY_URL)),
    optional("limit_pay", "指定支付方式", Kind::Array { min: 1, of: &bytes(32) }),
];

static JSAPI: &[Field] = &[
    required("combine_payer_info", "支付者", Kind::Object(PAYER)),
    optional("scene_info", "场景信息", Kind::Object(SCENE_INFO)),
];

static APP_OR_NATIVE: &[Field] = &[optional("scene_info", "场景信息", Kind::Object(SCENE_INFO))];

static H5: &[Field] = &[required("scene_info", "场景信息", Kind::Object(H5_SCENE_INFO))];

static PART: &[Field] = &[
    required("mchid", "子单商户号", matching(1, 32, &MCHID)),
    required("attach", "附加数据", bytes(128)),
    required("amount", "订单金额", Kind::Object(AMOUNT)),
    required("out_trade_no", "子单商户订单号", matching(6, 32, &ORDER_NUMBER)),
    optional("sub_mchid", "二级商户号", matching(1, 32, &MCHID)),
    optional("sub_appid", "子商户应用ID", matching(1, 32, &ALPHANUMERIC)),
    required("description", "商品描述", chars(127)),
    optional("detail", "商品详情", bytes(6000)),
    optional("goods_tag", "订单优惠标记", chars(32)),
    optional("settle_info", "结算信息", Kind::Object(SETTLE_INFO)),
];

static AMOUNT: &[Field] = &[
    required("total_amount", "标价金额", Kind::Integer { min: 1 }),
    required("currency", "标价币种", matching(1, 8, &CNY)),
];

static SETTLE_INFO: &[Field] = &[
    optional("profit_sharing", "是否指定分账", Kind::Boolean),
    optional("subsidy_amount", "补差金额", Kind::Integer { min: 0 }),
];

static PAYER: &[Field] = &[
    optional("openid", "用户标识", matching(1, 128, &VISIBLE)),
    optional("sub_openid", "子商户用户标识", matching(1, 128, &VISIBLE)),
];

static SCENE_INFO: &[Field] = &[
    optional("device_id", "商户端设备号", bytes(16)),
    required("payer_client_ip", "用户终端IP", bytes(45)),
];

static H5_SCENE_INFO: &[Field] = &[
    optional("device_id", "商户端设备号", bytes(32)),
    required("payer_client_ip", "用户终端IP", bytes(45)),
    required("h5_info", "H5场景信息", Kind::Object(H5_INFO)),
];

static H5_INFO: &[Field] = &[
    required("type", "场景类型", bytes(32)),
    optional("app_name", "应用名称", chars(64)),
    optional("app_url", "网站URL", bytes(128)),
    optional("bundle_id", "iOS平台BundleID", bytes(128)),
    optional("package_name", "Android平台PackageName", bytes(128)),
];

const CHECKED: &str = "the table demands it";

const fn of_front_end(trade_type: TradeType) -> &'static [Field] {
    match trade_type {
        TradeType::Jsapi => JSAPI,
        TradeType::Mweb => H5,
        TradeType::App | TradeType::Native | TradeType::Micropay => APP_OR_NATIVE,
    }
}

impl World {
    pub(super) fn place_combined(
        &mut self,
        trade_type: TradeType,
        caller: &Caller,
        body: &[u8],
        now: Times,
    ) -> Result<Answer, ApiError> {
        let request = schema::read(body, &[ORDER, of_front_end(trade_type)])?;
        check_parts(&request)?;
        let wanted = Wanted::read(trade_type, &request, now)?;
        if wanted.key.mchid != caller.mchid {
            return Err(ApiError::OTHER_MCHID);
        }
        self.check_bound(&wanted.key.mchid, &wanted.appid)?;
        for order in &wanted.orders {
            self.check_part(order)?;
        }
        let by_sub = schema::text(&request, "/combine_payer_info/sub_openid").is_some();
        self.check_openid(&wanted.orders[0], by_sub)?;
        match self.state.combined.get(&wanted.key.mchid, &wanted.key.number) {
            Some(known) => self.check_repeat_of(known, &request)?,
            None => self.enter_combined(&wanted, request, now)?,
        }
        let lead = &wanted.orders[0];
        let prepay_id =
            self.make_prepay(&lead.mchid, &lead.out_trade_no, Some(&caller.serial_no), now);
        Ok(Answer::json(&self.way_into_cashier(lead, prepay_id)))
    }

    /// One app serves all parts, so it must be bound to everybody's merchant number.
    fn check_bound(&self, mchid: &Mchid, appid: &Appid) -> Result<(), ApiError> {
        match self.state.merchants.get(mchid) {
            Some(merchant) if merchant.appids.contains(appid) => Ok(()),
            Some(_) => Err(ApiError::APPID_MCHID_NOT_MATCH),
            None => Err(ApiError::MCH_NOT_EXISTS),
        }
    }

    fn check_part(&self, order: &Order) -> Result<(), ApiError> {
        self.check_bound(&order.mchid, &order.appid)?;
        let parties = Parties {
            mchid: order.mchid.clone(),
            appid: order.appid.clone(),
            partner: order.partner.clone(),
        };
        self.check_partner(&parties)
    }

    fn enter_combined(
        &mut self,
        wanted: &Wanted,
        request: Value,
        now: Times,
    ) -> Result<(), ApiError> {
        let same_number = OutTradeNo::new(wanted.key.number.as_str()).ok();
        let taken = same_number
            .is_some_and(|number| self.state.order(&wanted.key.mchid, &number).is_some());
        let distinct: BTreeSet<_> = wanted.orders.iter().map(Order::key).collect();
        let known = distinct.iter().any(|key| self.state.order_of(key).is_some());
        if taken || known || distinct.len() != wanted.orders.len() {
            return Err(ApiError::OUT_TRADE_NO_USED);
        }
        for order in &wanted.orders {
            self.enter_order(order, now);
        }
        self.state.combined.insert(Combined {
            key: wanted.key.clone(),
            appid: wanted.appid.clone(),
            parts: wanted.orders.iter().map(Order::key).collect(),
            notify_url: schema::text(&request, "/notify_url").expect(CHECKED).to_owned(),
            transaction_id: None,
            device_id: schema::text(&request, "/scene_info/device_id").map(str::to_owned),
            request,
        });
        Ok(())
    }

    fn check_repeat_of(&self, known: &Combined, request: &Value) -> Result<(), ApiError> {
        let lead = known.parts.first().and_then(|key| self.state.order_of(key));
        match lead.map(|order| order.trade_state) {
            Some(TradeState::Success | TradeState::Refund) => Err(ApiError::ORDER_PAID),
            Some(TradeState::NotPay) if known.request == *request => Ok(()),
            Some(TradeState::NotPay) => {
                let same = without_settlement(&known.request) == without_settlement(request);
                Err(if same { ApiError::SETTLEMENT_CHANGED } else { ApiError::CHANGED_REPEAT })
            }
            _ => Err(ApiError::ORDER_CLOSED),
        }
    }
}

/// What a body asks for.
struct Wanted {
    key: CombineKey,
    appid: Appid,
    orders: Vec<Order>,
}

impl Wanted {
    fn read(trade_type: TradeType, request: &Value, now: Times) -> Result<Self, ApiError> {
        let text = |name: &str| request.get(name).and_then(Value::as_str);
        let number = text("combine_out_trade_no").expect(CHECKED);
        let key = CombineKey {
            mchid: Mchid::new(text("combine_mchid").expect(CHECKED)).expect(CHECKED),
            number: CombineOutTradeNo::new(number).expect(CHECKED),
        };
        let appid = Appid::new(text("combine_appid").expect(CHECKED)).expect(CHECKED);
        let payer = |name: &str| schema::text(request, name);
        let payer =
            match (payer("/combine_payer_info/openid"), payer("/combine_payer_info/sub_openid")) {
                (Some(_), Some(_)) => return Err(ApiError::BODY_NOT_JSON),
                (None, None) if trade_type == TradeType::Jsapi => return Err(ApiError::NO_OPENID),
                (openid, sub_openid) => openid.or(sub_openid),
            };
        let payer = payer.map(Openid::new).transpose().map_err(|_| ApiError::BAD_OPENID)?;
        let shared = Shared {
            key: &key,
            appid: &appid,
            trade_type,
            payer,
            scene_info: request.get("scene_info").cloned(),
            time_expire: text("time_expire")
                .map(|asked| time_expire(asked, now, TIME_EXPIRE_SECONDS)),
        };
        let parts = request["sub_orders"].as_array().expect(CHECKED);
        let orders = parts.iter().map(|part| shared.part(part, now)).collect();
        Ok(Self { orders, key, appid })
    }
}

/// What all parts have in common.
struct Shared<'a> {
    key: &'a CombineKey,
    appid: &'a Appid,
    trade_type: TradeType,
    payer: Option<Openid>,
    /// Where the payer is: the cashier asks for it.
    scene_info: Option<Value>,
    time_expire: Option<Timestamp>,
}

impl Shared<'_> {
    fn part(&self, part: &Value, now: Times) -> Order {
        let text = |name: &str| part.get(name).and_then(Value::as_str);
        let key = OrderKey {
            mchid: Mchid::new(text("mchid").expect(CHECKED)).expect(CHECKED),
            out_trade_no: OutTradeNo::new(text("out_trade_no").expect(CHECKED)).expect(CHECKED),
        };
        let total = schema::integer(part, "/amount/total_amount").expect(CHECKED);
        let total = Fen::new(total).expect(CHECKED);
        Order {
            partner: text("sub_mchid").map(|sub_mchid| Partner {
                sub_mchid: Mchid::new(sub_mchid).expect(CHECKED),
                sub_appid: text("sub_appid").map(|appid| Appid::new(appid).expect(CHECKED)),
            }),
            combine: Some(self.key.clone()),
            description: text("description").expect(CHECKED).to_owned(),
            attach: text("attach").map(str::to_owned),
            payer: self.payer.clone(),
            time_expire: self.time_expire,
            request: json!({
                "scene_info": self.scene_info,
                "settle_info": part.get("settle_info"),
            })
            .into(),
            ..Order::unpaid(key, self.appid.clone(), self.trade_type, total, now.business)
        }
    }
}

/// How many parts, and that all are a merchant's or all a provider's.
fn check_parts(request: &Value) -> Result<(), ApiError> {
    let parts = request["sub_orders"].as_array().expect(CHECKED);
    let of_partners = parts.iter().filter(|part| part.get("sub_mchid").is_some()).count();
    let bounds = if of_partners == 0 { DIRECT_PARTS } else { PARTNER_PARTS };
    if !bounds.contains(&parts.len()) {
        return Err(ApiError::OUT_OF_RANGE);
    }
    let first_without = parts.iter().position(|part| part.get("sub_mchid").is_none());
    if let Some(index) = first_without.filter(|_| of_partners > 0) {
        let pointer = format!("/body/sub_orders/{index}/sub_mchid");
        return Err(schema::missing("body", &pointer, "二级商户号"));
    }
    let too_large = |part: &&Value| {
        schema::integer(part, "/amount/total_amount").is_some_and(|total| total > LARGEST_PART)
    };
    if parts.iter().any(|part| too_large(&part)) {
        return Err(ApiError::OUT_OF_RANGE);
    }
    Ok(())
}

/// A repeat that differs only in how the money is shared has its own refusal.
fn without_settlement(request: &Value) -> Value {
    let mut request = request.clone();
    for part in request["sub_orders"].as_array_mut().into_iter().flatten() {
        if let Some(part) = part.as_object_mut() {
            part.remove("settle_info");
        }
    }
    request
}
