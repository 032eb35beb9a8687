//! Placing an order: `POST /v3/pay/transactions/{jsapi,app,h5,native}` (v3 §4.2).

use serde_json::Value;
use suanpan_wechat::{
    Fen, Timestamp,
    id::{Appid, Mchid, Openid, OutTradeNo, PrepayId},
};

use super::super::{
    answer::Answer,
    error::ApiError,
    gate::Caller,
    schema::{
        self, ALPHANUMERIC, CNY, Field, Kind, MCHID, NOTIFY_URL, ORDER_NUMBER, RFC3339, VISIBLE,
        bytes, chars, matching, optional, required,
    },
};
use crate::world::{
    exchange::Times,
    order::{Order, TIME_EXPIRE_SECONDS, TradeState, TradeType},
    state::World,
};

/// Single-item promotion may be this large in all.
const DETAIL_BYTES: usize = 6144;

/// What every order says.
static ORDER: &[Field] = &[
    required("appid", "公众号ID", matching(1, 32, &ALPHANUMERIC)),
    required("mchid", "直连商户号", matching(1, 32, &MCHID)),
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
    optional("settle_info", "结算信息", Kind::Object(SETTLE_INFO)),
];

/// What each front end's orders say besides.
static JSAPI: &[Field] = &[
    required("payer", "支付者", Kind::Object(PAYER)),
    optional("scene_info", "场景信息", Kind::Object(SCENE_INFO)),
];

static APP_OR_NATIVE: &[Field] = &[optional("scene_info", "场景信息", Kind::Object(SCENE_INFO))];

static H5: &[Field] = &[required("scene_info", "场景信息", Kind::Object(H5_SCENE_INFO))];

static AMOUNT: &[Field] = &[
    required("total", "总金额", Kind::Integer { min: 1 }),
    optional("currency", "货币类型", matching(1, 16, &CNY)),
];

static PAYER: &[Field] = &[required("openid", "用户标识", matching(1, 128, &VISIBLE))];

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

/// The way into the cashier; one of the three.
#[derive(serde::Serialize)]
#[serde(rename_all = "snake_case")]
enum WayIn {
    PrepayId(PrepayId),
    H5Url(String),
    CodeUrl(String),
}

/// The front end a path orders for.
pub(super) fn trade_type(front_end: &str) -> Option<TradeType> {
    match front_end {
        "jsapi" => Some(TradeType::Jsapi),
        "app" => Some(TradeType::App),
        "h5" => Some(TradeType::Mweb),
        "native" => Some(TradeType::Native),
        _ => None,
    }
}

const fn of_front_end(trade_type: TradeType) -> &'static [Field] {
    match trade_type {
        TradeType::Jsapi => JSAPI,
        TradeType::Mweb => H5,
        TradeType::App | TradeType::Native | TradeType::Micropay => APP_OR_NATIVE,
    }
}

impl World {
    pub(super) fn place_order(
        &mut self,
        trade_type: TradeType,
        caller: &Caller,
        body: &[u8],
        now: Times,
    ) -> Result<Answer, ApiError> {
        let mut request = schema::read(body, &[ORDER, of_front_end(trade_type)])?;
        let detail = request.get("detail").map(|detail| detail.to_string().len());
        if detail.is_some_and(|length| length > DETAIL_BYTES) {
            return Err(ApiError::BODY_NOT_JSON);
        }
        // An absent currency and `CNY` are the same order.
        if let Some(amount) = request.get_mut("amount").and_then(Value::as_object_mut) {
            amount.entry("currency").or_insert_with(|| Value::from("CNY"));
        }
        let wanted = new_order(trade_type, request, now)?;
        if wanted.mchid != caller.mchid {
            return Err(ApiError::OTHER_MCHID);
        }
        if !self.state.merchants[&wanted.mchid].appids.contains(&wanted.appid) {
            return Err(ApiError::APPID_MCHID_NOT_MATCH);
        }
        self.check_openid(&wanted)?;
        match self.state.order(&wanted.mchid, &wanted.out_trade_no) {
            Some(known) => check_repeat(known, &wanted)?,
            None => self.enter_order(&wanted, now),
        }
        let number = wanted.out_trade_no.clone();
        let prepay_id =
            self.make_prepay(&wanted.mchid, &wanted.out_trade_no, Some(&caller.serial_no), now);
        Ok(Answer::json(&match trade_type {
            TradeType::Mweb => WayIn::H5Url(self.h5_url(&prepay_id)),
            TradeType::Native => WayIn::CodeUrl(self.code_url(&caller.mchid, &number, prepay_id)),
            TradeType::Jsapi | TradeType::App | TradeType::Micropay => WayIn::PrepayId(prepay_id),
        }))
    }

    fn check_openid(&self, wanted: &Order) -> Result<(), ApiError> {
        let Some(payer) = &wanted.payer else { return Ok(()) };
        match self.state.openids.get(payer) {
            Some((appid, _)) if *appid == wanted.appid => Ok(()),
            Some(_) => Err(ApiError::OTHER_APPS_OPENID),
            None => Err(ApiError::BAD_OPENID),
        }
    }
}

/// An order out of a body that passed its table.
fn new_order(trade_type: TradeType, request: Value, now: Times) -> Result<Order, ApiError> {
    const CHECKED: &str = "the table demands it";
    let text = |pointer| schema::text(&request, pointer);
    let total = schema::integer(&request, "/amount/total").expect(CHECKED);
    let time_expire = text("/time_expire").map(|text| {
        let asked: Timestamp = text.parse().expect("the table demands RFC 3339");
        let seconds = asked.since(now.business);
        now.business.plus(seconds.clamp(*TIME_EXPIRE_SECONDS.start(), *TIME_EXPIRE_SECONDS.end()))
    });
    Ok(Order {
        mchid: Mchid::new(text("/mchid").expect(CHECKED)).expect(CHECKED),
        appid: Appid::new(text("/appid").expect(CHECKED)).expect(CHECKED),
        out_trade_no: OutTradeNo::new(text("/out_trade_no").expect(CHECKED)).expect(CHECKED),
        description: text("/description").expect(CHECKED).to_owned(),
        attach: text("/attach").map(str::to_owned),
        notify_url: text("/notify_url").expect(CHECKED).to_owned(),
        total: Fen::new(total).expect(CHECKED),
        trade_type,
        code_url: None,
        opened_by: None,
        payer: text("/payer/openid")
            .map(|openid| Openid::new(openid).map_err(|_| ApiError::BAD_OPENID))
            .transpose()?,
        device_id: text("/scene_info/device_id").map(str::to_owned),
        created_at: now.business,
        time_expire,
        trade_state: TradeState::NotPay,
        payment: None,
        refunds: Vec::new(),
        under_way: None,
        closes_by_age: None,
        v2: None,
        request,
    })
}

/// What a second order under the same number hears (v3 §3.7).
fn check_repeat(known: &Order, wanted: &Order) -> Result<(), ApiError> {
    match known.trade_state {
        TradeState::Success | TradeState::Refund => Err(ApiError::ORDER_PAID),
        TradeState::Closed => Err(ApiError::ORDER_CLOSED),
        // Another front end's order, or a combined one.
        TradeState::NotPay if known.trade_type != wanted.trade_type => {
            Err(ApiError::OUT_TRADE_NO_USED)
        }
        TradeState::NotPay if known.request != wanted.request => Err(ApiError::CHANGED_REPEAT),
        TradeState::NotPay => Ok(()),
    }
}
