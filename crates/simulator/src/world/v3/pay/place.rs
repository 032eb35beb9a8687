//! Placing an order for a front end: `POST …/transactions/{jsapi,app,h5,native}` (v3 §4.2, §4.3).

use std::ops::RangeInclusive;

use serde_json::Value;
use suanpan_wechat::{
    Fen, Timestamp,
    id::{Openid, OutTradeNo, PrepayId},
};

use super::{
    super::{
        answer::Answer,
        error::ApiError,
        gate::Caller,
        schema::{
            self, CNY, Field, Kind, NOTIFY_URL, ORDER_NUMBER, RFC3339, VISIBLE, bytes, chars,
            matching, optional, required,
        },
    },
    party::{Mode, Parties},
};
use crate::world::{
    exchange::Times,
    order::{Order, OrderKey, TIME_EXPIRE_SECONDS, TradeState, TradeType},
    state::World,
};

/// Single-item promotion may be this large in all.
const DETAIL_BYTES: usize = 6144;

/// What every order says.
static ORDER: &[Field] = &[
    required("description", "商品描述", chars(127)),
    required("out_trade_no", "商户订单号", matching(6, 32, &ORDER_NUMBER)),
    optional("time_expire", "交易结束时间", matching(1, 64, &RFC3339)),
    optional("attach", "附加数据", bytes(128)),
    required("notify_url", "通知地址", matching(1, 255, &NOTIFY_URL)),
    optional("goods_tag", "订单优惠标记", chars(32)),
    optional("limit_pay", "指定支付方式", Kind::Array { min: 1, of: &bytes(32) }),
    optional("support_fapiao", "电子发票入口开放标识", Kind::Boolean),
    required("amount", "订单金额", Kind::Object(AMOUNT)),
    optional("detail", "优惠功能", Kind::Object(DETAIL)),
];

static DIRECT: &[Field] = &[optional("settle_info", "结算信息", Kind::Object(SETTLE_INFO))];

static PARTNER: &[Field] =
    &[optional("settle_info", "结算信息", Kind::Object(PARTNER_SETTLE_INFO))];

/// What each front end's orders say besides.
static JSAPI: &[Field] = &[
    required("payer", "支付者", Kind::Object(PAYER)),
    optional("scene_info", "场景信息", Kind::Object(SCENE_INFO)),
];

static PARTNER_JSAPI: &[Field] = &[
    required("payer", "支付者", Kind::Object(PARTNER_PAYER)),
    optional("scene_info", "场景信息", Kind::Object(SCENE_INFO)),
];

static APP_OR_NATIVE: &[Field] = &[optional("scene_info", "场景信息", Kind::Object(SCENE_INFO))];

static H5: &[Field] = &[required("scene_info", "场景信息", Kind::Object(H5_SCENE_INFO))];

static AMOUNT: &[Field] = &[
    required("total", "总金额", Kind::Integer { min: 1 }),
    optional("currency", "货币类型", matching(1, 16, &CNY)),
];

static PAYER: &[Field] = &[required("openid", "用户标识", matching(1, 128, &VISIBLE))];

static PARTNER_PAYER: &[Field] = &[
    optional("sp_openid", "用户服务标识", matching(1, 128, &VISIBLE)),
    optional("sub_openid", "用户子标识", matching(1, 128, &VISIBLE)),
];

static DETAIL: &[Field] = &[
    optional("cost_price", "订单原价", Kind::Integer { min: 0 }),
    optional("invoice_id", "商品小票ID", bytes(32)),
    optional("goods_detail", "单品列表", Kind::Array { min: 1, of: &Kind::Object(GOODS) }),
];

static GOODS: &[Field] = &[
    required("merchant_goods_id", "商户侧商品编码", bytes(32)),
    optional("wechatpay_goods_id", "微信支付商品编码", bytes(32)),
    optional("goods_name", "商品名称", chars(256)),
    required("quantity", "商品数量", Kind::Integer { min: 1 }),
    required("unit_price", "商品单价", Kind::Integer { min: 0 }),
];

static SCENE_INFO: &[Field] = &[
    required("payer_client_ip", "用户终端IP", bytes(45)),
    optional("device_id", "商户端设备号", bytes(32)),
    optional("store_info", "商户门店信息", Kind::Object(STORE_INFO)),
];

static H5_SCENE_INFO: &[Field] = &[
    required("payer_client_ip", "用户终端IP", bytes(45)),
    optional("device_id", "商户端设备号", bytes(32)),
    optional("store_info", "商户门店信息", Kind::Object(STORE_INFO)),
    required("h5_info", "H5场景信息", Kind::Object(H5_INFO)),
];

static H5_INFO: &[Field] = &[
    required("type", "场景类型", bytes(32)),
    optional("app_name", "应用名称", chars(64)),
    optional("app_url", "网站URL", bytes(128)),
    optional("bundle_id", "iOS平台BundleID", bytes(128)),
    optional("package_name", "Android平台PackageName", bytes(128)),
];

static STORE_INFO: &[Field] = &[
    required("id", "门店编号", bytes(32)),
    optional("name", "门店名称", chars(256)),
    optional("area_code", "地区编码", bytes(32)),
    optional("address", "详细地址", chars(512)),
];

static SETTLE_INFO: &[Field] = &[optional("profit_sharing", "是否指定分账", Kind::Boolean)];

static PARTNER_SETTLE_INFO: &[Field] = &[
    optional("profit_sharing", "是否指定分账", Kind::Boolean),
    optional("subsidy_amount", "补差金额", Kind::Integer { min: 0 }),
];

/// The way into the cashier; one of the three.
#[derive(serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(in super::super) enum WayIn {
    PrepayId(PrepayId),
    H5Url(String),
    CodeUrl(String),
}

/// The front end a path orders for.
pub(in super::super) fn trade_type(front_end: &str) -> Option<TradeType> {
    match front_end {
        "jsapi" => Some(TradeType::Jsapi),
        "app" => Some(TradeType::App),
        "h5" => Some(TradeType::Mweb),
        "native" => Some(TradeType::Native),
        _ => None,
    }
}

const fn of_front_end(mode: Mode, trade_type: TradeType) -> &'static [Field] {
    match (trade_type, mode) {
        (TradeType::Jsapi, Mode::Direct) => JSAPI,
        (TradeType::Jsapi, Mode::Partner) => PARTNER_JSAPI,
        (TradeType::Mweb, _) => H5,
        (TradeType::App | TradeType::Native | TradeType::Micropay, _) => APP_OR_NATIVE,
    }
}

const fn of_mode(mode: Mode) -> &'static [Field] {
    match mode {
        Mode::Direct => DIRECT,
        Mode::Partner => PARTNER,
    }
}

impl World {
    pub(super) fn place_order(
        &mut self,
        mode: Mode,
        trade_type: TradeType,
        caller: &Caller,
        body: &[u8],
        now: Times,
    ) -> Result<Answer, ApiError> {
        let tables = [mode.fields(), ORDER, of_mode(mode), of_front_end(mode, trade_type)];
        let mut request = schema::read(body, &tables)?;
        check_detail(&request)?;
        spell_currency_out(&mut request);
        let parties = mode.parties(&request);
        self.check_parties(caller, &parties)?;
        let wanted = new_order(trade_type, parties, request, now)?;
        self.check_openid(&wanted, wanted.request.text("/payer/sub_openid").is_some())?;
        match self.state.order(&wanted.mchid, &wanted.out_trade_no) {
            Some(known) => check_repeat(known, &wanted)?,
            None => self.enter_order(&wanted, now),
        }
        let prepay_id =
            self.make_prepay(&wanted.mchid, &wanted.out_trade_no, Some(&caller.serial_no), now);
        Ok(Answer::json(&self.way_into_cashier(&wanted, prepay_id)))
    }

    pub(in super::super) fn way_into_cashier(
        &mut self,
        order: &Order,
        prepay_id: PrepayId,
    ) -> WayIn {
        match order.trade_type {
            TradeType::Mweb => WayIn::H5Url(self.h5_url(&prepay_id)),
            TradeType::Native => {
                WayIn::CodeUrl(self.code_url(&order.mchid, &order.out_trade_no, prepay_id))
            }
            TradeType::Jsapi | TradeType::App | TradeType::Micropay => WayIn::PrepayId(prepay_id),
        }
    }

    /// Whether the payer is known under the app the openid was given for.
    pub(in super::super) fn check_openid(
        &self,
        wanted: &Order,
        by_sub_openid: bool,
    ) -> Result<(), ApiError> {
        let Some(payer) = &wanted.payer else { return Ok(()) };
        let sub_appid = wanted.partner.as_ref().and_then(|partner| partner.sub_appid.as_ref());
        let (under, other) = match (by_sub_openid, sub_appid) {
            (false, _) => (&wanted.appid, ApiError::OTHER_APPS_OPENID),
            (true, Some(sub_appid)) => (sub_appid, ApiError::OTHER_SUB_APPS_OPENID),
            (true, None) => {
                return Err(schema::missing("body", "/body/sub_appid", "子商户应用ID"));
            }
        };
        match self.state.openids.get(payer) {
            Some((appid, _)) if appid == under => Ok(()),
            Some(_) => Err(other),
            None => Err(ApiError::BAD_OPENID),
        }
    }
}

/// Single-item promotion is bounded as a whole, too.
pub(super) fn check_detail(request: &Value) -> Result<(), ApiError> {
    let length = request.get("detail").map(|detail| detail.to_string().len());
    if length.is_some_and(|length| length > DETAIL_BYTES) {
        return Err(ApiError::BODY_NOT_JSON);
    }
    Ok(())
}

/// An absent currency and `CNY` are the same order.
pub(super) fn spell_currency_out(request: &mut Value) {
    if let Some(amount) = request.get_mut("amount").and_then(Value::as_object_mut) {
        amount.entry("currency").or_insert_with(|| Value::from("CNY"));
    }
}

/// An order out of a body that passed its table.
pub(super) fn new_order(
    trade_type: TradeType,
    parties: Parties,
    request: Value,
    now: Times,
) -> Result<Order, ApiError> {
    const CHECKED: &str = "the table demands it";
    let text = |pointer| schema::text(&request, pointer);
    let total = schema::integer(&request, "/amount/total").expect(CHECKED);
    let key = OrderKey {
        mchid: parties.mchid,
        out_trade_no: OutTradeNo::new(text("/out_trade_no").expect(CHECKED)).expect(CHECKED),
    };
    let payer = match [text("/payer/openid"), text("/payer/sp_openid"), text("/payer/sub_openid")] {
        [None, Some(_), Some(_)] => return Err(ApiError::BODY_NOT_JSON),
        [None, None, None] if trade_type == TradeType::Jsapi => return Err(ApiError::NO_OPENID),
        [direct, sp, sub] => direct.or(sp).or(sub),
    };
    let payer = payer.map(|openid| Openid::new(openid).map_err(|_| ApiError::BAD_OPENID));
    let order = Order {
        partner: parties.partner,
        description: text("/description").expect(CHECKED).to_owned(),
        attach: text("/attach").map(str::to_owned),
        notify_url: text("/notify_url").map(str::to_owned),
        payer: payer.transpose()?,
        device_id: text("/scene_info/device_id").map(str::to_owned),
        time_expire: text("/time_expire").map(|asked| time_expire(asked, now, TIME_EXPIRE_SECONDS)),
        ..Order::unpaid(
            key,
            parties.appid,
            trade_type,
            Fen::new(total).expect(CHECKED),
            now.business,
        )
    };
    Ok(Order { request: request.into(), ..order })
}

/// The end of an order as asked for, moved into the bounds WeChat keeps (v3 §3.7).
pub(in super::super) fn time_expire(
    asked: &str,
    now: Times,
    bounds: RangeInclusive<i64>,
) -> Timestamp {
    let asked: Timestamp = asked.parse().expect("the table demands RFC 3339");
    let seconds = asked.since(now.business);
    now.business.plus(seconds.clamp(*bounds.start(), *bounds.end()))
}

/// What a second order under the same number hears (v3 §3.7).
fn check_repeat(known: &Order, wanted: &Order) -> Result<(), ApiError> {
    match known.trade_state {
        TradeState::Success | TradeState::Refund => Err(ApiError::ORDER_PAID),
        TradeState::Closed | TradeState::Revoked => Err(ApiError::ORDER_CLOSED),
        // Another front end's order, a combined one, or one by code.
        TradeState::NotPay | TradeState::UserPaying | TradeState::PayError
            if known.trade_type != wanted.trade_type
                || known.combine.is_some()
                || known.partner.is_some() != wanted.partner.is_some() =>
        {
            Err(ApiError::OUT_TRADE_NO_USED)
        }
        TradeState::UserPaying | TradeState::PayError => Err(ApiError::OUT_TRADE_NO_USED),
        TradeState::NotPay if known.sub_mchid() != wanted.sub_mchid() => {
            Err(ApiError::OTHER_SUB_MCHID)
        }
        TradeState::NotPay if known.request != wanted.request => Err(ApiError::CHANGED_REPEAT),
        TradeState::NotPay => Ok(()),
    }
}
