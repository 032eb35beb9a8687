//! Who exists: merchants, apps and people.

use std::collections::{BTreeMap, BTreeSet};

use suanpan_wechat::{
    Fen, Timestamp,
    id::{Appid, Mchid, Openid, SerialNo},
};

use super::method::BankCard;

/// Everybody a fresh world starts with.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
pub struct Identities {
    /// Merchants with their keys.
    pub merchants: Vec<Merchant>,
    /// Mini programs, official accounts, mobile apps.
    pub apps: Vec<App>,
    /// People with a wallet.
    pub users: Vec<User>,
}

/// How a merchant recognises WeChat (v3 §1.10, §1.12).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrustMode {
    /// Platform certificates. A public key may have been issued, but the switch has not started.
    Certificate,
    /// Only the WeChat Pay public key; there are no platform certificates.
    PublicKey,
    /// The switch is under way (灰度中): answers follow the request's `Wechatpay-Serial`,
    /// notifications are signed by either key.
    Both,
}

/// A merchant number with everything WeChat knows about it.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Merchant {
    /// The merchant number.
    pub mchid: Mchid,
    /// Shown in the cashier.
    pub name: String,
    /// Seals notifications and certificate downloads; 32 letters or digits.
    pub api_v3_key: String,
    /// Signs both ways in v2; 32 letters or digits. A world stored before there was v2 has none.
    #[serde(default)]
    pub api_v2_key: String,
    /// How this merchant recognises WeChat.
    pub trust_mode: TrustMode,
    /// The merchant's API certificates, at most three.
    pub api_certificates: Vec<ApiCertificate>,
    /// What `/v3/certificates` returns.
    pub platform_certificates: Vec<PlatformCertificate>,
    /// Which of them signs; `None` in public-key mode.
    pub signing_serial_no: Option<SerialNo>,
    /// The WeChat Pay public key issued to this merchant.
    pub public_key: Option<WechatPublicKey>,
    /// Apps whose front ends may order for this merchant.
    pub appids: BTreeSet<Appid>,
    /// For whom this merchant orders as a service provider.
    #[serde(default)]
    pub sub_merchants: BTreeMap<Mchid, SubMerchant>,
    /// Hosts whose pages may open an `h5_url`; an empty list allows none.
    #[serde(default)]
    pub h5_domains: BTreeSet<String>,
    /// Where pages inside WeChat may open the cashier (支付授权目录), at most five.
    #[serde(default)]
    pub jsapi_directories: BTreeSet<String>,
    /// Where refunds made by hand are notified, as configured in the merchant console.
    #[serde(default)]
    pub refund_notify_url: Option<String>,
    /// Where shares this merchant receives are notified, as configured in its console.
    #[serde(default)]
    pub sharing_notify_url: Option<String>,
    /// WeChat's fee in parts of ten thousand; 60 is 0.60 %.
    #[serde(default = "default_fee_rate")]
    pub fee_rate: u16,
    /// What WeChat held for the merchant when it was registered.
    pub opening_balance: Fen,
}

/// A merchant that a service provider brought to WeChat. It calls nothing itself; its money is
/// its own.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SubMerchant {
    /// Its merchant number.
    pub mchid: Mchid,
    /// Shown in the cashier.
    pub name: String,
    /// Its own apps, of which an order may name one as `sub_appid`.
    #[serde(default)]
    pub appids: BTreeSet<Appid>,
    /// Whether the provider may still order for it.
    pub active: bool,
    /// WeChat's fee in parts of ten thousand.
    #[serde(default = "default_fee_rate")]
    pub fee_rate: u16,
    /// As the merchant's own, beside those of the provider.
    #[serde(default)]
    pub jsapi_directories: BTreeSet<String>,
    /// How much of each payment may be shared, in parts of ten thousand.
    #[serde(default = "default_max_ratio")]
    pub max_ratio: u16,
}

/// What may be shared of a payment unless something else was agreed: 30 %.
pub const DEFAULT_MAX_RATIO: u16 = 3000;

const fn default_max_ratio() -> u16 {
    DEFAULT_MAX_RATIO
}

/// What most merchants pay: 0.60 %.
pub const DEFAULT_FEE_RATE: u16 = 60;

const fn default_fee_rate() -> u16 {
    DEFAULT_FEE_RATE
}

/// A merchant API certificate.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct ApiCertificate {
    /// Named in `Authorization`.
    pub serial_no: SerialNo,
    /// The certificate.
    pub certificate_pem: String,
    /// The private key, when it is one of the pool; `None` when the merchant keeps it.
    pub private_key_pem: Option<String>,
}

/// A platform certificate with the key behind it.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct PlatformCertificate {
    /// Forty upper-case hex digits.
    pub serial_no: SerialNo,
    /// What merchants download.
    pub certificate_pem: String,
    /// What WeChat signs with.
    pub private_key_pem: String,
    /// Start of validity.
    pub effective_time: Timestamp,
    /// End of validity.
    pub expire_time: Timestamp,
}

/// A WeChat Pay public key with the private key behind it.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct WechatPublicKey {
    /// `PUB_KEY_ID_…`.
    pub id: SerialNo,
    /// What the merchant downloads from the console.
    pub public_key_pem: String,
    /// What WeChat signs with.
    pub private_key_pem: String,
}

/// An app registered at WeChat.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct App {
    /// The appid.
    pub appid: Appid,
    /// Proves the server of this app.
    pub app_secret: String,
    /// What it is.
    pub kind: AppKind,
}

/// What an app is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum AppKind {
    /// 小程序.
    #[serde(rename = "miniprogram")]
    MiniProgram,
    /// 公众号.
    #[serde(rename = "official_account")]
    OfficialAccount,
    /// A mobile app.
    #[serde(rename = "app")]
    App,
}

/// A person with a WeChat wallet.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct User {
    /// How tests and the phone call this person.
    pub name: String,
    /// The person across the apps of one owner.
    pub unionid: String,
    /// The person as each app knows them; an app met later adds its own.
    pub openids: BTreeMap<Appid, Openid>,
    /// As on the identity card; transfers that name the receiver are checked against it.
    #[serde(default)]
    pub real_name: Option<String>,
    /// Money in the wallet.
    pub balance: Fen,
    /// Bank cards bound to the wallet, in the order in which the phone offers them.
    #[serde(default)]
    pub cards: Vec<BankCard>,
    /// Six digits.
    pub pin: String,
}

/// The payment PIN of every person who was given no other.
pub const DEFAULT_PIN: &str = "123456";
