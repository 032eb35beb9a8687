//! WeChat's host names, and what is found under each.

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

/// Login and tokens, OAuth.
const OPEN_PLATFORM: [&str; 4] =
    ["api.weixin.qq.com", "api2.weixin.qq.com", "open.weixin.qq.com", "mp.weixin.qq.com"];

/// The H5 cashier.
pub(crate) const CASHIER: &str = "wx.tenpay.com";

/// Every name, the main one first.
pub(crate) fn all() -> impl Iterator<Item = &'static str> {
    MERCHANT_API.into_iter().chain(OPEN_PLATFORM).chain([CASHIER])
}

fn is_one_of(names: &[&str], name: &str) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Whether a name is WeChat's; names have no case.
pub(crate) fn is_wechat(name: &str) -> bool {
    all().any(|known| known.eq_ignore_ascii_case(name))
}

/// Whether WeChat asks for a client certificate under this name.
#[cfg(feature = "serve")]
pub(crate) fn asks_for_certificate(name: &str) -> bool {
    is_one_of(&MERCHANT_API, name)
}

/// Whether the merchant API answers under a name. Names that are not WeChat's are this machine's,
/// and have everything.
pub(crate) fn has_merchant_api(name: &str) -> bool {
    !is_wechat(name) || is_one_of(&MERCHANT_API, name)
}

/// The same of the H5 cashier.
pub(crate) fn has_cashier(name: &str) -> bool {
    !is_wechat(name) || is_one_of(&[CASHIER], name)
}

/// The same of the open platform.
pub(crate) fn has_open_platform(name: &str) -> bool {
    !is_wechat(name) || is_one_of(&OPEN_PLATFORM, name)
}
