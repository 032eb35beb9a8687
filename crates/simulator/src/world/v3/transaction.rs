//! Ordering, querying and closing: `/v3/pay/transactions/…` (v3 §4).

use serde_json::Value;
use suanpan_wechat::{
    Fen, Timestamp,
    id::{Appid, Mchid, Openid, OutTradeNo, PrepayId, TransactionId},
};

use super::{
    answer::Answer,
    check_query_mchid,
    error::ApiError,
    gate::Caller,
    operation,
    schema::{
        self, ALPHANUMERIC, CNY, Field, Kind, MCHID, NOTIFY_URL, ORDER_NUMBER, RFC3339, VISIBLE,
        bytes, chars, matching, optional, required,
    },
};
use crate::world::{
    exchange::{HttpRequest, Times},
    order::{ORDER_LIFE_SECONDS, Order, Prepay, TIME_EXPIRE_SECONDS, TradeState, TradeType},
    state::{Change, Work, World},
};

enum Operation {
    OrderJsapi,
    QueryByNumber(String),
    QueryById(String),
    Close(String),
}

/// `/v3/pay/transactions/…`.
pub(crate) fn route(
    _method: &str,
    path: &[&str],
) -> Option<(&'static str, Box<dyn operation::Operation>)> {
    let (method, found) = match *path {
        ["pay", "transactions", "jsapi"] => ("POST", Operation::OrderJsapi),
        ["pay", "transactions", "out-trade-no", number] => {
            ("GET", Operation::QueryByNumber(number.to_owned()))
        }
        ["pay", "transactions", "out-trade-no", number, "close"] => {
            ("POST", Operation::Close(number.to_owned()))
        }
        ["pay", "transactions", "id", id] => ("GET", Operation::QueryById(id.to_owned())),
        _ => return None,
    };
    Some((method, Box::new(found)))
}

impl operation::Operation for Operation {
    fn out_trade_no(
        &self,
        world: &World,
        _caller: Option<&Caller>,
        request: &HttpRequest,
    ) -> Option<String> {
        match self {
            Operation::QueryByNumber(number) | Operation::Close(number) => Some(number.clone()),
            Operation::OrderJsapi => world.order_in_body(&request.body),
            Operation::QueryById(id) => {
                let id = TransactionId::new(id.as_str()).ok()?;
                world.state.transactions.get(&id).map(|(_, number)| number.to_string())
            }
        }
    }

    fn perform(
        &self,
        world: &mut World,
        caller: &Caller,
        request: &HttpRequest,
        now: Times,
    ) -> Result<Answer, ApiError> {
        match self {
            Operation::OrderJsapi => world.order_jsapi(caller, &request.body, now),
            Operation::QueryByNumber(number) => {
                check_query_mchid(request, caller, "out_trade_no", "商户订单号")?;
                world.query_by_number(caller, number)
            }
            Operation::QueryById(id) => {
                check_query_mchid(request, caller, "transaction_id", "微信支付订单号")?;
                world.query_by_id(caller, id)
            }
            Operation::Close(number) => world.close_order(caller, number, &request.body, now),
        }
    }
}

/// Single-item promotion may be this large in all.
const DETAIL_BYTES: usize = 6144;

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
    required("payer", "支付者", Kind::Object(PAYER)),
    optional("detail", "优惠功能", Kind::Object(DETAIL)),
    optional("scene_info", "场景信息", Kind::Object(SCENE_INFO)),
    optional("settle_info", "结算信息", Kind::Object(SETTLE_INFO)),
];

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

static STORE_INFO: &[Field] = &[
    required("id", "门店编号", bytes(32)),
    optional("name", "门店名称", chars(256)),
    optional("area_code", "地区编码", bytes(32)),
    optional("address", "详细地址", chars(512)),
];

static SETTLE_INFO: &[Field] = &[optional("profit_sharing", "是否指定分账", Kind::Boolean)];

static CLOSE: &[Field] = &[required("mchid", "直连商户号", matching(1, 32, &MCHID))];

#[derive(serde::Serialize)]
struct PrepayAnswer<'a> {
    prepay_id: &'a PrepayId,
}

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
    /// `POST /v3/pay/transactions/jsapi`.
    fn order_jsapi(
        &mut self,
        caller: &Caller,
        body: &[u8],
        now: Times,
    ) -> Result<Answer, ApiError> {
        let mut request = schema::read(body, ORDER)?;
        let detail = request.get("detail").map(|detail| detail.to_string().len());
        if detail.is_some_and(|length| length > DETAIL_BYTES) {
            return Err(ApiError::BODY_NOT_JSON);
        }
        // An absent currency and `CNY` are the same order.
        if let Some(amount) = request.get_mut("amount").and_then(Value::as_object_mut) {
            amount.entry("currency").or_insert_with(|| Value::from("CNY"));
        }
        let wanted = new_order(request, now)?;
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
        let prepay = self.make_prepay(caller, wanted.out_trade_no, now);
        Ok(Answer::json(&PrepayAnswer { prepay_id: &prepay }))
    }

    fn check_openid(&self, wanted: &Order) -> Result<(), ApiError> {
        let Some(payer) = &wanted.payer else { return Ok(()) };
        match self.state.openids.get(payer) {
            Some((appid, _)) if *appid == wanted.appid => Ok(()),
            Some(_) => Err(ApiError::OTHER_APPS_OPENID),
            None => Err(ApiError::BAD_OPENID),
        }
    }

    fn enter_order(&mut self, order: &Order, now: Times) {
        let (mchid, out_trade_no) = (order.mchid.clone(), order.out_trade_no.clone());
        let work = Work::CloseByAge { mchid: mchid.clone(), out_trade_no: out_trade_no.clone() };
        let closes = self.state.schedule(now.business.plus(ORDER_LIFE_SECONDS), work);
        let order = Order { closes_by_age: Some(closes), ..order.clone() };
        self.state.orders.entry(mchid).or_default().insert(out_trade_no, order);
        self.changes.insert(Change::Order);
    }

    /// 36 characters: `wx`, day and time in Beijing, then hex (v3 §3.7).
    fn make_prepay(&mut self, caller: &Caller, out_trade_no: OutTradeNo, now: Times) -> PrepayId {
        let beijing = now.business.to_string();
        let moment: String =
            beijing.chars().skip(8).take(11).filter(char::is_ascii_digit).collect();
        let prepay_id = PrepayId::new(format!("wx{moment}{}", self.state.chance.hex(26)))
            .expect("letters and digits are a prepay_id");
        let prepay = Prepay {
            prepay_id: prepay_id.clone(),
            mchid: caller.mchid.clone(),
            out_trade_no,
            made_at: now.business,
            serial_no: caller.serial_no.clone(),
        };
        self.state.forget_old_prepays(now);
        self.state.prepays.insert(prepay_id.clone(), prepay);
        prepay_id
    }

    /// The order a body names, by either number.
    pub(crate) fn order_in_body(&self, body: &[u8]) -> Option<String> {
        let body: Value = serde_json::from_slice(body).ok()?;
        if let Some(number) = body.get("out_trade_no").and_then(Value::as_str) {
            return Some(number.to_owned());
        }
        let id = body.get("transaction_id").and_then(Value::as_str)?;
        let id = TransactionId::new(id).ok()?;
        self.state.transactions.get(&id).map(|(_, number)| number.to_string())
    }

    /// `GET /v3/pay/transactions/out-trade-no/{out_trade_no}?mchid=`.
    fn query_by_number(&self, caller: &Caller, out_trade_no: &str) -> Result<Answer, ApiError> {
        OutTradeNo::new(out_trade_no)
            .ok()
            .and_then(|number| self.state.order(&caller.mchid, &number))
            .map(transaction)
            .ok_or(ApiError::ORDER_NOT_EXIST)
    }

    /// `GET /v3/pay/transactions/id/{transaction_id}?mchid=`.
    fn query_by_id(&self, caller: &Caller, transaction_id: &str) -> Result<Answer, ApiError> {
        let number = TransactionId::new(transaction_id).ok();
        let found = number.and_then(|number| self.state.transactions.get(&number));
        found
            .filter(|(mchid, _)| *mchid == caller.mchid)
            .and_then(|(mchid, out_trade_no)| self.state.order(mchid, out_trade_no))
            .map(transaction)
            .ok_or(ApiError::ORDER_NOT_EXIST)
    }

    /// `POST …/out-trade-no/{out_trade_no}/close`.
    fn close_order(
        &mut self,
        caller: &Caller,
        out_trade_no: &str,
        body: &[u8],
        now: Times,
    ) -> Result<Answer, ApiError> {
        let request = schema::read(body, CLOSE)?;
        if schema::text(&request, "/mchid") != Some(caller.mchid.as_str()) {
            return Err(ApiError::OTHER_MCHID);
        }
        let number = OutTradeNo::new(out_trade_no).map_err(|_| ApiError::ORDER_NOT_EXIST)?;
        let order = self.state.order(&caller.mchid, &number).ok_or(ApiError::ORDER_NOT_EXIST)?;
        match order.trade_state {
            TradeState::Success | TradeState::Refund => Err(ApiError::ORDER_PAID),
            TradeState::Closed => Ok(Answer::NO_CONTENT),
            TradeState::NotPay => {
                self.close(&caller.mchid, &number, now);
                Ok(Answer::NO_CONTENT)
            }
        }
    }
}

/// An order out of a body that passed its table.
fn new_order(request: Value, now: Times) -> Result<Order, ApiError> {
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
        trade_type: TradeType::Jsapi,
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
        request,
    })
}

/// What a second order under the same number hears (v3 §3.7).
fn check_repeat(known: &Order, wanted: &Order) -> Result<(), ApiError> {
    match known.trade_state {
        TradeState::Success | TradeState::Refund => Err(ApiError::ORDER_PAID),
        TradeState::Closed => Err(ApiError::ORDER_CLOSED),
        TradeState::NotPay if known.request != wanted.request => Err(ApiError::CHANGED_REPEAT),
        TradeState::NotPay => Ok(()),
    }
}
