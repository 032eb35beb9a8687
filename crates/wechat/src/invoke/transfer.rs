//! The page on which a user confirms a merchant's transfer.

use crate::{
    id::{Appid, Mchid},
    transfer::PackageInfo,
};

/// Exactly the object `wx.requestMerchantTransfer` takes in a mini program, callbacks aside, and
/// `WeixinJSBridge.invoke('requestMerchantTransfer', …)` on a page. Nothing of it is signed by us:
/// `package` is WeChat's `package_info`, opaque and as it came
/// ([`Created::package_info`](crate::transfer::Created::package_info)).
///
/// `ok` only means that the page was shown: query the transfer.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestMerchantTransfer {
    /// Who pays the user.
    pub mch_id: Mchid,
    /// The app the transfer was made for.
    pub app_id: Appid,
    /// The transfer's `package_info`.
    pub package: PackageInfo,
}
