//! Ordering for phones' browsers outside WeChat: `POST /v3/pay/transactions/h5`.

use super::{H5Link, Merchant, SettleInfo, Terms, prepay, to_body};
use crate::text::{AppName, AppUrl, BundleId, PackageName};

/// The order as WeChat wants it (<https://pay.weixin.qq.com/doc/v3/merchant/4012791834>).
pub type Order = BrowserOrder<Merchant, SettleInfo>;

/// An order for browsers; `M` and `S` are a merchant's own words or a
/// [partner](super::partner::h5)'s. The scene is required here: risk control compares it with the
/// browser that opens the cashier.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct BrowserOrder<M, S> {
    /// Who sells.
    #[serde(flatten)]
    pub merchant: M,
    /// What is sold.
    #[serde(flatten)]
    pub terms: Terms,
    /// Where.
    pub scene_info: SceneInfo,
    /// What happens to the money.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settle_info: Option<S>,
}

impl<M, S> BrowserOrder<M, S> {
    /// The members every order has.
    #[must_use]
    pub const fn new(merchant: M, terms: Terms, scene_info: SceneInfo) -> Self {
        Self { merchant, terms, scene_info, settle_info: None }
    }
}

to_body!(BrowserOrder<M, S>);
prepay!("pay.h5.prepay", "/v3/pay/transactions/h5", H5Link);

/// Where and on what the user pays, with the page or app that asks.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct SceneInfo {
    /// What every scene says.
    #[serde(flatten)]
    pub place: super::SceneInfo,
    /// Which page or app asks for money.
    pub h5_info: H5Info,
}

/// The page or app that asks for money.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct H5Info {
    /// On what kind of system.
    #[serde(rename = "type")]
    pub kind: H5Type,
    /// The app's or the site's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app_name: Option<AppName>,
    /// The site's address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app_url: Option<AppUrl>,
    /// The iOS app.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bundle_id: Option<BundleId>,
    /// The Android app.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package_name: Option<PackageName>,
}

impl H5Info {
    /// The member every page or app has.
    #[must_use]
    pub const fn new(kind: H5Type) -> Self {
        Self { kind, app_name: None, app_url: None, bundle_id: None, package_name: None }
    }
}

/// The kinds of system that open H5 cashiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[non_exhaustive]
pub enum H5Type {
    /// An app on an iPhone.
    #[serde(rename = "iOS")]
    Ios,
    /// An app on an Android phone.
    Android,
    /// A site in a browser.
    Wap,
}
