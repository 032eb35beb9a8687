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
