//! A page inside WeChat that belongs to an official account: who looks at it, and what its scripts
//! may do.
//!
//! | step | module |
//! |---|---|
//! | the page sends the user to WeChat, and gets a code back | [`oauth`] |
//! | the server exchanges the code for an openid | [`oauth`] |
//! | the page asks for `wx.chooseWXPay` and the like | [`js_sdk`] |
//!
//! Paying with `WeixinJSBridge` needs only the openid; `snsapi_base` is enough and the user sees
//! nothing of it.

pub mod js_sdk;
pub mod oauth;
