//! Error bodies: code, Chinese message, detail, and the number at the end of `Request-ID`
//! (v3 §7).

use std::borrow::Cow;

use serde_json::Value;

/// A refusal on the wire.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ApiError {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    /// The tail of `Request-ID`.
    pub(crate) number: u32,
    pub(crate) message: Cow<'static, str>,
    pub(crate) detail: Option<Value>,
}

/// Members alphabetical, as captures show them.
#[derive(serde::Serialize)]
struct Body<'a> {
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a Value>,
    message: &'a str,
}

const PARAM: u32 = 268_435_461;
const SIGN: u32 = 269_546_525;

impl ApiError {
    const fn new(status: u16, code: &'static str, number: u32, message: &'static str) -> Self {
        Self { status, code, number, message: Cow::Borrowed(message), detail: None }
    }

    pub(crate) fn body(&self) -> Vec<u8> {
        let body = Body { code: self.code, detail: self.detail.as_ref(), message: &self.message };
        serde_json::to_vec(&body).expect("an error has string keys only")
    }

    pub(crate) fn param(message: impl Into<Cow<'static, str>>, detail: Option<Value>) -> Self {
        let message = message.into();
        Self { status: 400, code: "PARAM_ERROR", number: PARAM, message, detail }
    }

    pub(crate) fn unknown_member(pointer: &str) -> Self {
        let detail = serde_json::json!({"field": pointer, "location": "body"});
        Self {
            number: 270_924_358, ..Self::param("参数中含有非法的额外参数", Some(detail))
        }
    }

    /// 401 answers are about the caller's signature and therefore never signed.
    pub(crate) const fn sign(message: &'static str) -> Self {
        Self::new(401, "SIGN_ERROR", SIGN, message)
    }

    pub(crate) const NO_ACCEPT: Self =
        Self::new(400, "INVALID_REQUEST", PARAM, "Http头缺少Accept或User-Agent");
    pub(crate) const BODY_NOT_JSON: Self = Self::new(400, "PARAM_ERROR", PARAM, "参数错误");
    pub(crate) const OTHER_MCHID: Self = Self::new(
        400,
        "INVALID_REQUEST",
        268_447_843,
        "http header中的mchid与post payload中的mchid不匹配",
    );
    pub(crate) const APPID_MCHID_NOT_MATCH: Self =
        Self::new(400, "APPID_MCHID_NOT_MATCH", 268_445_527, "appid和mch_id不匹配，请检查后再试");
    pub(crate) const BAD_OPENID: Self = Self::new(400, "PARAM_ERROR", PARAM, "无效的openid");
    pub(crate) const OTHER_APPS_OPENID: Self =
        Self::new(400, "PARAM_ERROR", PARAM, "appid与openid不匹配");
    pub(crate) const OTHER_SUB_APPS_OPENID: Self =
        Self::new(400, "PARAM_ERROR", PARAM, "sub_appid和sub_openid不匹配");
    pub(crate) const NO_OPENID: Self =
        Self::new(400, "PARAM_ERROR", 268_501_013, "JSAPI支付必须传openid");
    pub(crate) const SUB_MCHID_IS_OWN: Self =
        Self::new(400, "INVALID_REQUEST", 268_443_705, "子商户mchid不能与自身mchid相同");
    pub(crate) const NO_SUB_MCHID: Self =
        Self::new(400, "INVALID_REQUEST", 268_443_704, "受理机构必须传入sub_mch_id");
    /// Status and code of the next two are unconfirmed.
    pub(crate) const NO_PARTNERSHIP: Self =
        Self::new(403, "NO_AUTH", 268_443_701, "受理关系不存在");
    pub(crate) const RELATION_ENDED: Self =
        Self::new(403, "NO_AUTH", 268_443_701, "受理关系不可用");
    pub(crate) const SUB_APPID_NOT_MATCH: Self =
        Self::new(400, "APPID_MCHID_NOT_MATCH", 268_445_527, "sub_mch_id与sub_appid不匹配");
    pub(crate) const OTHER_SUB_MCHID: Self =
        Self::new(400, "INVALID_REQUEST", 268_447_845, "商户号或子商户号与订单号不匹配");
    pub(crate) const OUT_OF_RANGE: Self =
        Self::new(400, "PARAM_ERROR", 268_435_464, "参数超出取值范围");
    /// The words of the next two are unconfirmed.
    pub(crate) const MCH_NOT_EXISTS: Self = Self::new(400, "MCH_NOT_EXISTS", PARAM, "商户号不存在");
    pub(crate) const OTHER_PARTS: Self =
        Self::new(400, "INVALID_REQUEST", PARAM, "子单信息与合单不一致");
    pub(crate) const SETTLEMENT_CHANGED: Self =
        Self::new(400, "INVALID_REQUEST", 268_498_688, "重复下单且结算信息不一致");
    pub(crate) const OUT_TRADE_NO_USED: Self =
        Self::new(403, "OUT_TRADE_NO_USED", 268_447_913, "商户订单号重复");
    pub(crate) const CHANGED_REPEAT: Self =
        Self::new(400, "INVALID_REQUEST", 268_498_688, "请求重入时，参数与首次请求时不一致");
    pub(crate) const ORDER_PAID: Self = Self::new(400, "ORDERPAID", 268_498_689, "该订单已支付");
    pub(crate) const ORDER_CLOSED: Self =
        Self::new(400, "ORDER_CLOSED", 268_447_914, "该订单已失效");
    pub(crate) const ORDER_NOT_EXIST: Self =
        Self::new(404, "ORDER_NOT_EXIST", 268_512_771, "订单不存在");
    pub(crate) const ONLY_REVERSE: Self =
        Self::new(403, "TRADE_ERROR", 268_449_641, "当前交易不允许进行普通关单（只能撤销）");
    /// The words of v2; that v3 uses them, and the code, is unconfirmed. So it is for the next six.
    pub(crate) const CODE_UNKNOWN: Self =
        Self::new(400, "INVALID_REQUEST", PARAM, "授权码检验错误");
    pub(crate) const CODE_EXPIRED: Self =
        Self::new(400, "INVALID_REQUEST", PARAM, "二维码已过期，请用户在微信上刷新后再试");
    pub(crate) const TRADE_ERROR: Self = Self::new(403, "TRADE_ERROR", PARAM, "交易错误");
    pub(crate) const PAYER_NOT_ENOUGH: Self = Self::new(403, "NOT_ENOUGH", PARAM, "余额不足");
    pub(crate) const NOT_REVERSIBLE: Self = Self::new(403, "TRADE_ERROR", PARAM, "订单无法撤销");
    pub(crate) const ONLY_CODE_PAY_REVERSES: Self =
        Self::new(400, "INVALID_REQUEST", PARAM, "无效请求");
    pub(crate) const REFUND_ORDER_NOT_EXIST: Self =
        Self::new(404, "RESOURCE_NOT_EXISTS", 268_512_771, "订单不存在");
    pub(crate) const REFUND_NOT_EXIST: Self =
        Self::new(404, "RESOURCE_NOT_EXISTS", 268_512_771, "退款单不存在");
    pub(crate) const REFUND_AMOUNT_CHANGED: Self = Self::new(
        400,
        "INVALID_REQUEST",
        268_498_688,
        "订单金额或退款金额与之前请求不一致，请核实后再试",
    );
    pub(crate) const REFUND_CHANGED: Self = Self::new(
        400,
        "INVALID_REQUEST",
        268_498_688,
        "请求内容和上次请求不一致，请核实后再试。原因主要是商户号不一致，或者商户订单号/商户退款单号已经被其他请求使用。",
    );
    pub(crate) const REFUND_OVER_REMAINING: Self =
        Self::new(400, "INVALID_REQUEST", 268_435_464, "申请退款金额超过订单可退金额");
    pub(crate) const REFUND_TOO_MANY: Self =
        Self::new(400, "INVALID_REQUEST", 268_435_464, "订单退款次数超过上限");
    /// How WeChat words the next two is unconfirmed.
    pub(crate) const REFUND_TOO_SOON: Self =
        Self::new(429, "FREQUENCY_LIMITED", 268_447_840, "请求频率超过限制");
    pub(crate) const REFUND_NOT_ABNORMAL: Self =
        Self::new(400, "INVALID_REQUEST", PARAM, "退款单状态不是退款异常");
    pub(crate) const REFUND_TOO_OLD: Self =
        Self::new(400, "INVALID_REQUEST", 268_435_464, "订单已超过可退款期限");
    pub(crate) const NOT_ENOUGH: Self =
        Self::new(403, "NOT_ENOUGH", 268_892_709, "基本账户余额不足，请充值后重新发起");
    pub(crate) const NO_CERTIFICATES: Self = Self::new(
        404,
        "RESOURCE_NOT_EXISTS",
        268_512_771,
        "无可用的平台证书，请在商户平台-API安全申请使用微信支付公钥。可查看指引https://pay.weixin.qq.com/doc/v3/merchant/4012153196",
    );
    /// The words are unconfirmed.
    pub(crate) const BAD_DOWNLOAD_TOKEN: Self =
        Self::new(400, "INVALID_REQUEST", PARAM, "下载地址已失效，请重新申请账单");
    pub(crate) const NOT_A_SHARING_ORDER: Self =
        Self::new(400, "INVALID_REQUEST", PARAM, "非分账订单不支持分账");
    pub(crate) const SHARE_TOO_EARLY: Self =
        Self::new(400, "INVALID_REQUEST", PARAM, "订单处理中，暂时无法分账，请稍后再试");
    pub(crate) const SHARE_RELEASED: Self =
        Self::new(400, "INVALID_REQUEST", PARAM, "订单已完结分账，不支持分账");
    /// The words are unconfirmed.
    pub(crate) const SHARE_TOO_MANY: Self =
        Self::new(400, "INVALID_REQUEST", PARAM, "订单分账次数超过上限");
    pub(crate) const NO_RELATION: Self = Self::new(
        400,
        "INVALID_REQUEST",
        PARAM,
        "分账接收方关系不存在，请检查参数中每个接收方的关系",
    );
    pub(crate) const SHARE_OVER_RATIO: Self =
        Self::new(403, "RULE_LIMIT", PARAM, "分账金额超出最大分账比例");
    pub(crate) const SHARE_NOT_ENOUGH: Self = Self::new(403, "NOT_ENOUGH", PARAM, "分账金额不足");
    pub(crate) const SHARE_CHANGED: Self =
        Self::new(400, "INVALID_REQUEST", PARAM, "分账接收方与原请求不一致");
    /// The words are unconfirmed.
    pub(crate) const TOO_MANY_RECEIVERS: Self =
        Self::new(400, "PARAM_ERROR", PARAM, "分账接收方数量超过上限");
    /// The words are unconfirmed.
    pub(crate) const SAME_RECEIVER: Self = Self::new(400, "PARAM_ERROR", PARAM, "分账接收方重复");
    /// The words are unconfirmed.
    pub(crate) const NO_SUCH_RECEIVER: Self =
        Self::new(400, "INVALID_REQUEST", PARAM, "分账接收方商户号不存在");
    /// The words are unconfirmed.
    pub(crate) const RECEIVER_NAME: Self =
        Self::new(400, "INVALID_REQUEST", PARAM, "分账接收方全称与账号不匹配");
    /// The words are unconfirmed.
    pub(crate) const SHARE_NOT_EXIST: Self =
        Self::new(404, "RESOURCE_NOT_EXISTS", 268_512_771, "记录不存在");
    /// The words are unconfirmed.
    pub(crate) const RETURN_OVER_SHARE: Self =
        Self::new(400, "INVALID_REQUEST", PARAM, "回退金额超过原分账金额");
    /// The words are unconfirmed.
    pub(crate) const RETURN_TOO_OLD: Self =
        Self::new(400, "INVALID_REQUEST", PARAM, "分账单已超过可回退期限");
    /// The words are unconfirmed.
    pub(crate) const RETURN_TOO_MANY: Self =
        Self::new(400, "INVALID_REQUEST", PARAM, "分账回退次数超过上限");
    /// The words are unconfirmed.
    pub(crate) const BAD_FILE_KIND: Self = Self::new(400, "PARAM_ERROR", PARAM, "文件格式不支持");
    /// The words are unconfirmed.
    pub(crate) const BAD_FILE_SIZE: Self = Self::new(400, "PARAM_ERROR", PARAM, "文件大小超过限制");
    /// The words are unconfirmed.
    pub(crate) const BAD_FILE_HASH: Self =
        Self::new(400, "PARAM_ERROR", PARAM, "文件摘要与文件内容不一致");
    pub(crate) const NOT_CIPHERTEXT: Self =
        Self::new(400, "PARAM_ERROR", PARAM, "请确认待处理的消息是否为加密后的密文");
    pub(crate) const TRANSFER_NOT_FOUND: Self =
        Self::new(404, "NOT_FOUND", 268_512_771, "记录不存在");
    pub(crate) const TRANSFER_NOT_ENOUGH: Self =
        Self::new(403, "NOT_ENOUGH", 268_892_709, "资金不足");
    /// The words come from the older batch transfers; unconfirmed here.
    pub(crate) const TRANSFER_CHANGED: Self =
        Self::new(400, "INVALID_REQUEST", PARAM, "单号已存在但信息不一致，请查单后比较确认");
    /// The words are unconfirmed.
    pub(crate) const TRANSFER_ENDED: Self =
        Self::new(400, "INVALID_REQUEST", PARAM, "当前单据状态不允许撤销");
    /// The words of the next two are unconfirmed.
    pub(crate) const NOT_AUTHORIZED: Self =
        Self::new(400, "INVALID_REQUEST", PARAM, "授权单不存在或未生效");
    pub(crate) const TWO_AUTHORIZATIONS: Self =
        Self::new(400, "PARAM_ERROR", PARAM, "微信授权单号和商户授权单号只能传其一");
    pub(crate) const NO_APPID: Self = Self::new(400, "INVALID_REQUEST", PARAM, "APPID不存在");
    pub(crate) const NO_TRANSFER_SCENE: Self =
        Self::new(400, "INVALID_REQUEST", PARAM, "你尚未获取该转账场景");
    pub(crate) const BAD_PERCEPTION: Self =
        Self::new(400, "INVALID_REQUEST", PARAM, "暂不支持展示当前传入的用户收款感知");
    pub(crate) const WRONG_SCENE_REPORT: Self = Self::new(
        400,
        "PARAM_ERROR",
        PARAM,
        "未传入完整且对应的转账场景报备信息，请根据接口文档检查",
    );
    /// The words are unconfirmed.
    pub(crate) const RED_PACKET_TOO_LARGE: Self =
        Self::new(400, "INVALID_REQUEST", PARAM, "红包金额不能超过200元");
    /// The words are unconfirmed.
    pub(crate) const NO_RECEIPT: Self =
        Self::new(400, "INVALID_REQUEST", PARAM, "该单据不支持申请电子回单");
    pub(crate) const NO_STATEMENT: Self =
        Self::new(400, "NO_STATEMENT_EXIST", PARAM, "请求的账单文件不存在");
    /// The status is unconfirmed.
    pub(crate) const STATEMENT_CREATING: Self =
        Self::new(400, "STATEMENT_CREATING", PARAM, "账单生成中");
    pub(crate) const FREQUENCY_LIMITED: Self =
        Self::new(429, "FREQUENCY_LIMITED", 268_447_840, "请求频率超过限制");
    pub(crate) const SYSTEM_ERROR: Self =
        Self::new(500, "SYSTEM_ERROR", PARAM + 1, "系统繁忙，请稍后重试");
}
