//! Hostile bytes for every parser and verifier of the protocol crate.
//!
//! A [`Target`] takes any bytes at all and checks what must hold whatever they are: never a panic,
//! and beyond that a sentence about money, for example that nothing is believed which nobody
//! signed. The engine (libFuzzer, feature `engine`) searches for bytes that break it; every input
//! worth keeping lies in `corpus/`, one folder a target, and is replayed by an ordinary test.
//!
//! ```
//! let target = suanpan_fuzz::target("error_body").expect("it is in the list");
//! assert!((target.run)(br#"{"code":"ORDERPAID"}"#));
//! assert!(!(target.run)(b"\xff<html>"));
//! ```
//!
//! To look at one finding again, with a backtrace: put the file into the target's folder of the
//! corpus and run `cargo nextest run -p suanpan-fuzz`. That is also how it stays found.

mod answer;
mod bill;
mod keys;
mod message;
mod notification;
mod open;
mod planted;
mod product;
mod signature;
#[cfg(feature = "sm")]
mod sm;
mod text;
mod v2;

/// Something that must survive any input.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Also the name of its folder in the corpus.
    pub name: &'static str,
    /// Panics when what must hold does not. Says whether the input was accepted: a corpus without
    /// a single accepted input has rotted, and would search the refusals only.
    pub run: fn(&[u8]) -> bool,
}

const fn searches(name: &'static str, run: fn(&[u8]) -> bool) -> Target {
    Target { name, run }
}

/// Everything that reads bytes of others. Those of the SM suite need the feature `sm`, which no
/// program of ours switches on; the engine is built with it.
pub const TARGETS: &[Target] = &[
    searches("answer", answer::answer),
    searches("authorization", signature::authorization),
    searches("bill_announced", bill::announced),
    searches("bill_fund_flow", bill::fund_flow),
    searches("bill_gzip", bill::gzip),
    searches("bill_trade", bill::trade),
    searches("certificate", keys::certificate),
    searches("certificate_download", keys::certificate_download),
    searches("combined_transaction", product::combined),
    searches("error_body", answer::error_body),
    searches("login", open::login),
    searches("notification", notification::envelope),
    searches("notification_content", notification::content),
    searches("oauth_callback", open::oauth_callback),
    searches("open_answer", open::answer),
    searches("open_data", open::open_data),
    searches("partner_transaction", product::partners),
    searches("private_key", keys::private_key),
    searches("profit_sharing", product::profit_sharing),
    searches("public_key", keys::public_key),
    searches("push_body", open::push_body),
    searches("push_query", open::push_query),
    searches("push_sealed", open::push_sealed),
    searches("refund", answer::refund),
    searches("request_id", text::request_id),
    searches("sealed_text", keys::sealed_text),
    searches("signature_headers", signature::headers),
    searches("signature_text", signature::text),
    #[cfg(feature = "sm")]
    searches("sm_notification", sm::notification),
    #[cfg(feature = "sm")]
    searches("sm_private_key", sm::private_key),
    #[cfg(feature = "sm")]
    searches("sm_public_key", sm::public_key),
    #[cfg(feature = "sm")]
    searches("sm_sealed_text", sm::sealed_text),
    #[cfg(feature = "sm")]
    searches("sm_signature_text", sm::signature_text),
    searches("timestamp", text::timestamp),
    searches("transaction", answer::transaction),
    searches("transfer", product::transfer),
    searches("v2_answer", v2::answer),
    searches("v2_bill", v2::bill),
    searches("v2_notification", v2::notification),
    searches("v2_refund_notification", v2::refund_notification),
    searches("v2_xml", v2::xml),
    searches("verify", signature::message),
    searches("yuan", bill::yuan),
];

/// The control: a target with a mistake that only a search guided by coverage can find. A run that
/// does not find it has looked at nothing.
pub const PLANTED: Target = searches("planted", planted::run);

/// The target of that name, the control included.
#[must_use]
pub fn target(name: &str) -> Option<Target> {
    TARGETS.iter().chain([&PLANTED]).find(|target| target.name == name).copied()
}
