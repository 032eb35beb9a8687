//! A mini program's server: who logged in, which phone number, what was shipped, what to tell.
//!
//! The story of a purchase, and where each part is:
//!
//! | step | module |
//! |---|---|
//! | the user opens the mini program and is known to us | [`code2session`] |
//! | the session of that login is looked after | [`session`] |
//! | the user gives a phone number | [`phone`]; the older way, and other sealed data, [`open_data`] |
//! | the user pays | [`pay`](crate::pay), [`invoke`](crate::invoke) |
//! | a payer who never granted anything is recognised in another app | [`unionid`] |
//! | the goods leave, and WeChat releases the money | [`shipping`] |
//! | the user is told | [`subscribe_message`] |
//! | the user comes back from a text message | [`link`] |
//!
//! ```
//! use suanpan_wechat::{
//!     call::RawAnswer,
//!     id::Appid,
//!     miniprogram::code2session::{Code2Session, LoginCode, LoginError},
//!     open_api::{OpenCall, judge},
//!     secret::AppSecret,
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let login = Code2Session {
//!     appid: Appid::new("wx4f4bc4dec97d474b")?,
//!     js_code: LoginCode::new("051v0m000ObAyK19vV1005SDWf0v0m0s").ok_or("no code")?,
//! };
//! // The request contains the secret, so it is not printed, and is exposed only to be sent.
//! let request = login.request(&AppSecret::new("0123456789abcdef0123456789abcdef")?);
//! assert_eq!(request.path(), "/sns/jscode2session");
//! let body = br#"{"session_key":"o0q0otL8aEzpcZL/FT9WsQ==","openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}"#;
//! let answer = RawAnswer { status: 200, headers: Vec::new(), body: body.to_vec() };
//! let session = LoginError::of(judge(&login, &answer))?;
//! assert_eq!(session.openid.as_str(), "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o");
//! # Ok(())
//! # }
//! ```
//!
//! Everything but [`open_data`] is an [`OpenCall`](crate::open_api::OpenCall). What WeChat pushes to
//! us is read by [`push`](crate::push).

pub mod code2session;
pub mod link;
pub mod open_data;
pub mod phone;
pub mod session;
pub mod shipping;
pub mod subscribe_message;
pub mod unionid;
