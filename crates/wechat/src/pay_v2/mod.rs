//! The v2 protocol: XML, signed with a key both sides share (docs/protocol/v2.md).
//!
//! Payment codes live here, and every merchant who began before v3. The order of the steps is the
//! same as in v3, and fixed by types again: bytes become [`Fields`](xml::Fields), fields become
//! [`Verified`](crate::Verified) by their `sign`, and only verified fields become an answer or a
//! payment. What WeChat does not sign, bills and refund notifications, has types of its own that
//! say so.
//!
//! ```
//! use suanpan_wechat::{
//!     Fen,
//!     call::{Outcome, RawAnswer},
//!     id::{NonceStr, OutTradeNo},
//!     pay::codepay::AuthCode,
//!     pay_v2::{
//!         Keys, Merchant, SignType, judge, micropay::Charge, purchase::{Extras, Purchase}, request,
//!     },
//!     secret::ApiV2Key,
//!     text::Description,
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let keys = Keys::new(SignType::HmacSha256, ApiV2Key::new("192006250b4c09247ec02edce69f6a2d")?);
//! let purchase = Purchase {
//!     merchant: Merchant::direct("wx2421b1c4370ec43b".parse()?, "10000100".parse()?),
//!     body: Description::new("image形象店-深圳腾大-QQ公仔")?,
//!     out_trade_no: OutTradeNo::new("1415757673")?,
//!     total_fee: Fen::new(1)?,
//!     spbill_create_ip: "14.17.22.52".parse()?,
//!     extras: Extras::default(),
//! };
//! let charge = Charge::new(&purchase, &AuthCode::new("120061098828009406")?)?;
//! let sent = request(&charge, &keys, &NonceStr::new("8aaee146b1dee7cec9100add9b96cbe2")?);
//! assert_eq!(sent.target, "/pay/micropay");
//!
//! // Whatever an answer claims without the signature, it proves nothing: ask, as the plan says.
//! let body = b"<xml><return_code>SUCCESS</return_code><result_code>FAIL</result_code></xml>";
//! let answer = RawAnswer { status: 200, headers: Vec::new(), body: body.to_vec() };
//! assert!(matches!(judge(&charge, &answer, &keys), Outcome::Unknown(_)));
//! # Ok(())
//! # }
//! ```

mod beijing;
pub mod bill;
pub mod call;
pub mod close;
pub mod invoke;
pub mod micropay;
pub mod native;
pub mod notify;
pub mod order;
pub mod paid;
pub mod plan;
pub mod purchase;
pub mod query;
pub mod refund;
pub mod refund_query;
pub(crate) mod req_info;
pub mod sign;
mod value;
pub mod xml;

pub use call::{Call, Endpoint, judge, request};
pub use paid::Paid;
pub use sign::{Keys, SignType};
pub use value::{InvalidText, Merchant, Number, SubMerchant, Text};
