//! The merchant scans the payer's code, and undoes it: `…/codepay`, `…/reverse` (v3 §5.2).

use suanpan_wechat::id::{Appid, Mchid, OutTradeNo};

use super::{
    super::{
        answer::Answer,
        error::ApiError,
        gate::Caller,
        schema::{
            self, ALPHANUMERIC, CNY, Field, Kind, MCHID, ORDER_NUMBER, Pattern, bytes, chars,
            matching, optional, required,
        },
    },
    party::Mode,
    place::{check_detail, new_order, spell_currency_out},
    transaction,
};
use crate::world::{
    codepay::{CodeRefusal, ReverseRefusal, ScanRefusal},
    exchange::Times,
    order::{Order, Partner, TradeState, TradeType},
    settle::{ORDER_EXISTS, RefundRefusal},
    state::World,
};

/// No `notify_url`: nobody is notified of what the answer says.
static SCAN: &[Field] = &[
    required("description", "商品描述", chars(127)),
    required("out_trade_no", "商户订单号", matching(6, 32, &ORDER_NUMBER)),
    optional("attach", "附加数据", bytes(128)),
    optional("goods_tag", "订单优惠标记", bytes(256)),
    optional("support_fapiao", "电子发票入口开放标识", Kind::Boolean),
    required("payer", "支付者", Kind::Object(PAYER)),
    required("amount", "订单金额", Kind::Object(AMOUNT)),
    required("scene_info", "场景信息", Kind::Object(SCENE_INFO)),
    optional("detail", "优惠功能", Kind::Object(DETAIL)),
    optional("settle_info", "结算信息", Kind::Object(SETTLE_INFO)),
];

static PAYER: &[Field] = &[required("auth_code", "付款码", matching(1, 32, &AUTH_CODE))];

static AUTH_CODE: Pattern = Pattern {
    regex: r"^1[0-5]\d{16}$",
    matches: |text| {
        let digits = text.len() == 18 && text.bytes().all(|b| b.is_ascii_digit());
        digits && matches!(text.as_bytes(), [b'1', b'0'..=b'5', ..])
    },
};

static AMOUNT: &[Field] = &[
    required("total", "总金额", Kind::Integer { min: 1 }),
    optional("currency", "货币类型", matching(1, 16, &CNY)),
];

/// Not `payer_client_ip`: here it is the till's own address.
static SCENE_INFO: &[Field] = &[
    optional("device_id", "商户端设备号", bytes(32)),
    optional("device_ip", "商户端设备IP", bytes(45)),
    required("store_info", "商户门店信息", Kind::Object(STORE_INFO)),
];

static STORE_INFO: &[Field] =
    &[optional("id", "门店编号", bytes(32)), optional("out_id", "商家自定义编码", bytes(256))];

static DETAIL: &[Field] = &[
    optional("cost_price", "订单原价", Kind::Integer { min: 0 }),
    optional("invoice_id", "商品小票ID", bytes(32)),
    optional("goods_detail", "单品列表", Kind::Array { min: 1, of: &Kind::Object(GOODS) }),
];

/// `wxpay_goods_id`, where every other order says `wechatpay_goods_id`.
static GOODS: &[Field] = &[
    required("merchant_goods_id", "商户侧商品编码", bytes(32)),
    optional("wxpay_goods_id", "微信支付商品编码", bytes(32)),
    optional("goods_name", "商品名称", chars(256)),
    required("quantity", "商品数量", Kind::Integer { min: 1 }),
    required("unit_price", "商品单价", Kind::Integer { min: 0 }),
];

static SETTLE_INFO: &[Field] = &[optional("profit_sharing", "是否指定分账", Kind::Boolean)];

static REVERSE_DIRECT: &[Field] = &[
    required("appid", "应用ID", matching(1, 32, &ALPHANUMERIC)),
    required("mchid", "直连商户号", matching(1, 32, &MCHID)),
];

static REVERSE_PARTNER: &[Field] = &[
    optional("sp_appid", "服务商应用ID", matching(1, 32, &ALPHANUMERIC)),
    required("sp_mchid", "服务商户号", matching(1, 32, &MCHID)),
    optional("sub_appid", "子商户应用ID", matching(1, 32, &ALPHANUMERIC)),
    required("sub_mchid", "子商户号", matching(1, 32, &MCHID)),
];

#[derive(serde::Serialize)]
struct Reversed<'a> {
    appid: &'a Appid,
    mchid: &'a Mchid,
    out_trade_no: &'a OutTradeNo,
}

#[derive(serde::Serialize)]
struct PartnerReversed<'a> {
    out_trade_no: &'a OutTradeNo,
    sp_appid: &'a Appid,
    sp_mchid: &'a Mchid,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_appid: Option<&'a Appid>,
    sub_mchid: &'a Mchid,
}

impl World {
    /// `POST …/transactions/codepay`. 202 while the payer is asked for the password.
    pub(super) fn scan_code(
        &mut self,
        mode: Mode,
        caller: &Caller,
        body: &[u8],
        now: Times,
    ) -> Result<Answer, ApiError> {
        let mut request = schema::read(body, &[mode.fields(), SCAN])?;
        let store = |member| schema::text(&request, member).is_some();
        if !store("/scene_info/store_info/id") && !store("/scene_info/store_info/out_id") {
            return Err(schema::missing("body", "/body/scene_info/store_info/id", "门店编号"));
        }
        check_detail(&request)?;
        spell_currency_out(&mut request);
        let auth_code = schema::text(&request, "/payer/auth_code").expect("the table demands it");
        let auth_code = auth_code.to_owned();
        let parties = mode.parties(&request);
        self.check_parties(caller, &parties)?;
        let wanted = new_order(TradeType::Micropay, parties, request, now)?;
        let key = wanted.key();
        if let Some(known) = self.state.order_of(&key) {
            return repeated(known, &wanted);
        }
        match self.scan(wanted, &auth_code, now) {
            Ok(_) => Ok(told(self.state.order_of(&key).expect(ORDER_EXISTS))),
            Err(ScanRefusal::Code(CodeRefusal::Expired)) => Err(ApiError::CODE_EXPIRED),
            Err(ScanRefusal::Code(CodeRefusal::Unknown | CodeRefusal::Spent)) => {
                Err(ApiError::CODE_UNKNOWN)
            }
            Err(ScanRefusal::NotEnough) => Err(ApiError::PAYER_NOT_ENOUGH),
            Err(ScanRefusal::PayerBlocked) => Err(ApiError::TRADE_ERROR),
        }
    }

    /// `POST …/out-trade-no/{out_trade_no}/reverse`.
    pub(super) fn reverse_order(
        &mut self,
        mode: Mode,
        caller: &Caller,
        out_trade_no: &str,
        body: &[u8],
        now: Times,
    ) -> Result<Answer, ApiError> {
        let table = match mode {
            Mode::Direct => REVERSE_DIRECT,
            Mode::Partner => REVERSE_PARTNER,
        };
        let request = schema::read(body, &[table])?;
        let order = self.single_order(caller, out_trade_no);
        mode.check_body(order, caller, &request)?;
        let key = order.ok_or(ApiError::ORDER_NOT_EXIST)?.key();
        let appid = match mode {
            Mode::Direct => schema::text(&request, "/appid"),
            // The document calls it optional; without it WeChat fails (v3 §5.2).
            Mode::Partner => {
                Some(schema::text(&request, "/sp_appid").ok_or(ApiError::SYSTEM_ERROR)?)
            }
        };
        let known = self.state.order_of(&key).map(|order| order.appid.as_str());
        if appid != known {
            return Err(ApiError::APPID_MCHID_NOT_MATCH);
        }
        self.reverse(&key.mchid, &key.out_trade_no, now).map_err(|refusal| match refusal {
            ReverseRefusal::Unknown => ApiError::ORDER_NOT_EXIST,
            ReverseRefusal::OtherTradeType => ApiError::ONLY_CODE_PAY_REVERSES,
            ReverseRefusal::TooOld | ReverseRefusal::Refunded => ApiError::NOT_REVERSIBLE,
            ReverseRefusal::Refund(RefundRefusal::NotEnough) => ApiError::NOT_ENOUGH,
            ReverseRefusal::Refund(_) => ApiError::TRADE_ERROR,
        })?;
        Ok(reversed(self.state.order_of(&key).expect(ORDER_EXISTS)))
    }
}

/// What scanning again under a number that is taken hears.
fn repeated(known: &Order, wanted: &Order) -> Result<Answer, ApiError> {
    if known.trade_type != TradeType::Micropay
        || known.partner.is_some() != wanted.partner.is_some()
    {
        return Err(ApiError::OUT_TRADE_NO_USED);
    }
    if known.sub_mchid() != wanted.sub_mchid() {
        return Err(ApiError::OTHER_SUB_MCHID);
    }
    match known.trade_state {
        TradeState::Success | TradeState::Refund => Err(ApiError::ORDER_PAID),
        TradeState::Closed | TradeState::Revoked => Err(ApiError::ORDER_CLOSED),
        TradeState::UserPaying if known.request == wanted.request => Ok(told(known)),
        TradeState::UserPaying => Err(ApiError::CHANGED_REPEAT),
        TradeState::NotPay | TradeState::PayError => Err(ApiError::TRADE_ERROR),
    }
}

fn told(order: &Order) -> Answer {
    let answer = transaction::answer(order);
    if order.trade_state == TradeState::UserPaying { answer.accepted() } else { answer }
}

fn reversed(order: &Order) -> Answer {
    let Order { appid, mchid, out_trade_no, .. } = order;
    match &order.partner {
        None => Answer::json(&Reversed { appid, mchid, out_trade_no }),
        Some(Partner { sub_mchid, sub_appid }) => Answer::json(&PartnerReversed {
            out_trade_no,
            sp_appid: appid,
            sp_mchid: mchid,
            sub_appid: sub_appid.as_ref(),
            sub_mchid,
        }),
    }
}
