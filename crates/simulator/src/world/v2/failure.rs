//! The two levels at which v2 refuses (v2 §5, §21).

use std::borrow::Cow;

/// A call that is not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The message itself is at fault: `return_code` is `FAIL`, and nothing is signed.
    Message(Fault),
    /// The message was understood, the matter is refused: `result_code` is `FAIL`, signed.
    Business { err_code: &'static str, err_code_des: &'static str },
}

/// What is wrong with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    NotPost,
    Empty,
    NotUtf8,
    NotXml,
    /// A member that must be there.
    Missing(&'static str),
    /// A member against its rule.
    Malformed(&'static str),
    UnknownMerchant,
    UnknownSignType,
    WrongSign,
    OtherCertificate,
    NoPayer,
    RefundOverTotal,
    NoBill,
    BillCreating,
    /// No such merchant, where the sandbox's key is asked for.
    UnknownToSandbox,
    /// The key was asked for with a wrong signature.
    NoSandboxKey,
    /// Not signed with the sandbox's key.
    WrongSandboxSign {
        /// But with the merchant's own.
        own_key: bool,
    },
    /// An amount no case of a sandbox has, in WeChat's words.
    SandboxTotal(String),
}

impl Fault {
    /// WeChat's words.
    pub(crate) fn return_msg(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::NotPost => "请使用post方法",
            Self::Empty => "post数据为空",
            Self::NotUtf8 => "编码格式错误",
            Self::NotXml => "XML格式错误",
            Self::Missing(_) => "缺少参数",
            Self::Malformed(member) => return Cow::Owned(format!("{member}参数格式错误")),
            Self::UnknownMerchant => "MCHID不存在",
            Self::UnknownSignType => "签名类型不支持",
            Self::WrongSign => "签名错误",
            Self::OtherCertificate => "证书验证失败",
            Self::NoPayer => "JSAPI支付必须传openid",
            Self::RefundOverTotal => "invalid refund_fee",
            Self::NoBill => "No Bill Exist",
            Self::BillCreating => "Bill Creating",
            Self::UnknownToSandbox => "商户号非法",
            Self::NoSandboxKey => "获取沙箱密钥失败，确认交易密钥是否正确",
            Self::WrongSandboxSign { .. } => {
                "沙箱验证签名失败，请确认沙箱签名key是否正确（通过getsignkey调用生成）"
            }
            Self::SandboxTotal(words) => return Cow::Owned(words.clone()),
        })
    }

    /// What WeChat does not say, for the journal.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::Missing(member) => Some(format!("{member} is missing")),
            Self::WrongSandboxSign { own_key: true } => {
                Some("signed with the merchant's own key, not with the sandbox's".to_owned())
            }
            _ => None,
        }
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Message(fault)
    }
}

impl Failure {
    /// Whether there is something to explain about how the sign was made.
    pub(crate) const fn is_about_the_sign(&self) -> bool {
        matches!(self, Self::Message(Fault::UnknownSignType | Fault::WrongSign))
    }

    pub(crate) const fn business(err_code: &'static str, err_code_des: &'static str) -> Self {
        Self::Business { err_code, err_code_des }
    }

    pub(crate) const fn missing(member: &'static str) -> Self {
        Self::Message(Fault::Missing(member))
    }

    pub(crate) const fn malformed(member: &'static str) -> Self {
        Self::Message(Fault::Malformed(member))
    }

    /// The words of the four about sub-merchants are v3's, their codes **unconfirmed**.
    pub(crate) const SUB_MERCHANT_IS_OWN: Self =
        Self::business("INVALID_REQUEST", "子商户mchid不能与自身mchid相同");
    pub(crate) const NO_PARTNERSHIP: Self = Self::business("NOAUTH", "受理关系不存在");
    pub(crate) const PARTNERSHIP_ENDED: Self = Self::business("NOAUTH", "受理关系不可用");
    pub(crate) const OTHER_SUB_APP: Self =
        Self::business("APPID_MCHID_NOT_MATCH", "sub_mch_id与sub_appid不匹配");
    pub(crate) const UNKNOWN_APP: Self = Self::business("APPID_NOT_EXIST", "APPID不存在");
    pub(crate) const OTHER_APP: Self =
        Self::business("APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配");
    /// The words are unconfirmed for v2.
    pub(crate) const BAD_OPENID: Self = Self::business("PARAM_ERROR", "无效的openid");
    /// The words are unconfirmed for v2.
    pub(crate) const TWO_PAYERS: Self = Self::business("PARAM_ERROR", "参数错误");
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
    pub(crate) const USER_PAYING: Self = Self::business("USERPAYING", "用户支付中，需要输入密码");
    pub(crate) const CODE_INVALID: Self = Self::business("AUTH_CODE_INVALID", "授权码检验错误");
    pub(crate) const CODE_SPENT: Self = Self::business("AUTH_CODE_ERROR", "授权码参数错误");
    pub(crate) const CODE_EXPIRED: Self =
        Self::business("AUTHCODEEXPIRE", "二维码已过期，请用户在微信上刷新后再试");
    pub(crate) const PAYER_NOT_ENOUGH: Self = Self::business("NOTENOUGH", "余额不足");
    pub(crate) const ORDER_REVERSED: Self = Self::business("ORDERREVERSED", "订单已撤销");
    pub(crate) const TRADE_ERROR: Self = Self::business("TRADE_ERROR", "交易错误");
    pub(crate) const TRADE_STATE: Self = Self::business("TRADE_STATE_ERROR", "订单状态错误");
    pub(crate) const REVERSE_EXPIRED: Self = Self::business("REVERSE_EXPIRE", "订单无法撤销");
    pub(crate) const NOT_BY_CODE: Self = Self::business("INVALID_REQUEST", "无效请求");
    pub(crate) const FREQUENCY_LIMITED: Self = Self::business("FREQUENCY_LIMITED", "频率限制");
    pub(crate) const SYSTEM_ERROR: Self = Self::business("SYSTEMERROR", "System Error");
    pub(crate) const NO_FUND_BILL: Self = Self::business("NO_BILL_EXIST", "账单不存在");
    pub(crate) const FUND_BILL_CREATING: Self = Self::business("BILL_CREATING", "流水账单创建中");
}
