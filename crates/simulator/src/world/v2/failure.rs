//! The two levels at which v2 refuses (v2 §5, §21).

use std::borrow::Cow;

/// A call that is not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The message itself is at fault: `return_code` is `FAIL` and nothing is signed.
    Communication {
        return_msg: Cow<'static, str>,
        /// For the journal only: what WeChat does not say.
        because: Option<String>,
    },
    /// The message was understood, the matter is refused: `result_code` is `FAIL`, signed.
    Business { err_code: &'static str, err_code_des: Cow<'static, str> },
}

impl Failure {
    const fn message(return_msg: &'static str) -> Self {
        Self::Communication { return_msg: Cow::Borrowed(return_msg), because: None }
    }

    pub(crate) const fn business(err_code: &'static str, err_code_des: &'static str) -> Self {
        Self::Business { err_code, err_code_des: Cow::Borrowed(err_code_des) }
    }

    pub(crate) fn missing(field: &str) -> Self {
        let because = Some(format!("{field} is missing"));
        Self::Communication { return_msg: Cow::Borrowed("缺少参数"), because }
    }

    pub(crate) fn malformed(field: &str) -> Self {
        let return_msg = Cow::Owned(format!("{field}参数格式错误"));
        Self::Communication { return_msg, because: None }
    }

    pub(crate) const NOT_POST: Self = Self::message("请使用post方法");
    pub(crate) const EMPTY: Self = Self::message("post数据为空");
    pub(crate) const NOT_UTF8: Self = Self::message("编码格式错误");
    pub(crate) const NOT_XML: Self = Self::message("XML格式错误");
    pub(crate) const UNKNOWN_SIGN_TYPE: Self = Self::message("签名类型不支持");
    pub(crate) const BAD_SIGN: Self = Self::message("签名错误");
    pub(crate) const UNKNOWN_MERCHANT: Self = Self::message("MCHID不存在");
    pub(crate) const OTHER_CERTIFICATE: Self = Self::message("证书验证失败");
    pub(crate) const NO_PAYER: Self = Self::message("JSAPI支付必须传openid");
    pub(crate) const REFUND_OVER_TOTAL: Self = Self::message("invalid refund_fee");

    pub(crate) const UNKNOWN_APP: Self = Self::business("APPID_NOT_EXIST", "APPID不存在");
    pub(crate) const OTHER_APP: Self =
        Self::business("APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配");
    /// The words are unconfirmed for v2.
    pub(crate) const BAD_OPENID: Self = Self::business("PARAM_ERROR", "无效的openid");
    pub(crate) const OTHER_APPS_OPENID: Self = Self::business("PARAM_ERROR", "appid和openid不匹配");
    pub(crate) const CHANGED_REPEAT: Self = Self::business("INVALID_REQUEST", "201 商户订单号重复");
    /// The words are unconfirmed.
    pub(crate) const EXPIRES_TOO_SOON: Self =
        Self::business("INVALID_REQUEST", "time_expire时间过短");
    pub(crate) const ORDER_PAID: Self = Self::business("ORDERPAID", "该订单已支付");
    pub(crate) const ORDER_CLOSED: Self = Self::business("ORDERCLOSED", "订单已关闭");
    pub(crate) const NO_ORDER: Self = Self::business("ORDERNOTEXIST", "订单不存在");
    pub(crate) const ALL_REFUNDED: Self = Self::business("ERROR", "订单已全额退款");
    pub(crate) const OVER_REFUNDABLE: Self =
        Self::business("INVALID_REQUEST", "refund_fee大于可退金额");
    pub(crate) const REFUND_MISMATCH: Self =
        Self::business("REFUND_FEE_MISMATCH", "订单金额或退款金额与之前请求不一致，请核实后再试");
    /// The words are unconfirmed.
    pub(crate) const TOO_MANY_REFUNDS: Self =
        Self::business("INVALID_REQUEST", "订单退款次数超过上限");
    pub(crate) const TOO_OLD: Self = Self::business("TRADE_OVERDUE", "订单已经超过退款期限");
    /// The words are unconfirmed.
    pub(crate) const NOT_ENOUGH: Self =
        Self::business("NOTENOUGH", "基本账户余额不足，请充值后重新发起");
    /// The words are unconfirmed.
    pub(crate) const NO_REFUND: Self = Self::business("REFUNDNOTEXIST", "退款订单查询失败");
    pub(crate) const UNKNOWN_TRANSACTION: Self =
        Self::business("INVALID_TRANSACTIONID", "无效transaction_id");
    pub(crate) const FREQUENCY_LIMITED: Self = Self::business("FREQUENCY_LIMITED", "频率限制");
    pub(crate) const SYSTEM_ERROR: Self = Self::business("SYSTEMERROR", "System Error");
}
