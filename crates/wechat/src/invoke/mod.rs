//! What a front end needs to open the cashier (docs/protocol/payments.md, "Opening the cashier").
//!
//! One module per front end, because each has its own names and some have their own signature.
//! Mixing them up is the classic mistake (threat o15), so each function gives exactly the object
//! its front end takes:
//!
//! | front end | takes | signed, fourth line |
//! |---|---|---|
//! | mini program | [`miniprogram::RequestPayment`] | `prepay_id=…` |
//! | page inside WeChat, bridge | [`jsapi::GetBrandWcPayRequest`] | `prepay_id=…` |
//! | page inside WeChat, JS-SDK | [`jsapi::ChooseWxPay`] | `prepay_id=…` |
//! | mobile app | [`app::PayReq`] | the bare id |
//! | phone's browser | [`h5::location`] | nothing |
//! | QR code | [`CodeUrl`](crate::pay::CodeUrl) as it is | nothing |
//! | confirming a merchant's transfer | [`transfer::RequestMerchantTransfer`] | nothing |
//!
//! The signature is made with the key that signed the order: the merchant's, the provider's, or
//! that of whoever combined. The appid is that of the app that *runs*, and must be one the order
//! names. A combined order is opened like any other; [`Orderer`] says who stands for it.
//!
//! What the front end reports afterwards is a hint. Only a notification or a query says "paid".
//!
//! ```
//! use suanpan_wechat::{
//!     Timestamp,
//!     id::{Appid, Mchid, NonceStr, PrepayId, SerialNo},
//!     invoke::{Orderer, app::PayReq, miniprogram::RequestPayment},
//!     key::MerchantKey,
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let private_key_pem = include_str!("../../tests/vectors/demo_merchant_private.pem");
//! let mchid = Mchid::new("1900007291")?;
//! let serial_no = SerialNo::new("408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB")?;
//! let key = MerchantKey::from_private_key(mchid.clone(), serial_no, private_key_pem)?;
//! let appid = Appid::new("wxd678efh567hg6787")?;
//! let prepay_id = PrepayId::new("wx201410272009395522657a690389285100")?;
//! let now = Timestamp::from_unix(1_727_757_296);
//! let nonce_str = NonceStr::new("593BEC0C930BF1AFEB40B4A08C8FB242")?;
//!
//! let argument = RequestPayment::sign(&key, &appid, &prepay_id, now, &nonce_str);
//! let argument = serde_json::to_value(argument)?;
//! assert_eq!(argument["timeStamp"], "1727757296");
//! assert_eq!(argument["package"], "prepay_id=wx201410272009395522657a690389285100");
//!
//! let orderer = Orderer { appid: &appid, mchid: &mchid };
//! let request = PayReq::sign(&key, orderer, &prepay_id, now, &nonce_str);
//! assert_eq!(request.prepayid, "wx201410272009395522657a690389285100");
//! # Ok(())
//! # }
//! ```

pub mod app;
pub mod h5;
pub mod jsapi;
pub mod miniprogram;
pub mod transfer;

use crate::{
    Timestamp, combine,
    id::{Appid, Mchid, NonceStr},
    pay::{self, partner},
};

/// The four lines that are signed for a cashier, each ended by LF. The fourth differs: JSAPI and
/// mini programs sign `prepay_id=…`, apps sign the bare id (threat o15).
#[must_use]
pub fn invocation_message(
    appid: &Appid,
    timestamp: Timestamp,
    nonce_str: &NonceStr,
    fourth_line: &str,
) -> String {
    format!("{appid}\n{}\n{nonce_str}\n{fourth_line}\n", timestamp.unix())
}

/// Who ordered, as the cashier wants to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Orderer<'a> {
    /// The app that runs.
    pub appid: &'a Appid,
    /// Who signed the order, which need not be who is paid.
    pub mchid: &'a Mchid,
}

impl<'a> Orderer<'a> {
    /// A merchant for itself.
    #[must_use]
    pub const fn merchant(merchant: &'a pay::Merchant) -> Self {
        Self { appid: &merchant.appid, mchid: &merchant.mchid }
    }

    /// A provider, the cashier being opened in the provider's app.
    #[must_use]
    pub const fn provider(merchant: &'a partner::Merchant) -> Self {
        Self { appid: merchant.sp_appid(), mchid: merchant.sp_mchid() }
    }

    /// A provider, the cashier being opened in the sub-merchant's app, if the order names it.
    #[must_use]
    pub fn provider_in_sub_app(merchant: &'a partner::Merchant) -> Option<Self> {
        Some(Self { appid: merchant.sub_appid()?, mchid: merchant.sp_mchid() })
    }

    /// Whoever combined.
    #[must_use]
    pub const fn combined(terms: &'a combine::Terms) -> Self {
        Self { appid: &terms.combine_appid, mchid: &terms.combine_mchid }
    }
}
