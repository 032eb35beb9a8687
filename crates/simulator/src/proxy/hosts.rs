//! The names that lead here.

/// The merchant API with its backups (v3 §1.1) and regions (v2 §1). Bills are downloaded from
/// these names too. They alone ask a TLS client for a certificate: a browser that is on its way to
/// the cashier must not be made to choose one.
const MERCHANT_API: [&str; 6] = [
    "api.mch.weixin.qq.com",
    "api2.mch.weixin.qq.com",
    "apihk.mch.weixin.qq.com",
    "apius.mch.weixin.qq.com",
    "api.wechatpay.cn",
    "api2.wechatpay.cn",
];

/// Login and tokens, OAuth, the H5 cashier.
const OTHERS: [&str; 5] = [
    "api.weixin.qq.com",
    "api2.weixin.qq.com",
    "open.weixin.qq.com",
    "mp.weixin.qq.com",
    "wx.tenpay.com",
];

/// Every name, the main one first.
pub(crate) fn all() -> impl Iterator<Item = &'static str> {
    MERCHANT_API.into_iter().chain(OTHERS)
}

/// Whether a name is WeChat's; names have no case.
pub(crate) fn is_wechat(name: &str) -> bool {
    all().any(|known| known.eq_ignore_ascii_case(name))
}

/// Whether WeChat asks for a client certificate under this name.
pub(crate) fn asks_for_certificate(name: &str) -> bool {
    MERCHANT_API.iter().any(|known| known.eq_ignore_ascii_case(name))
}
