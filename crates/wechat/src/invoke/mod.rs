//! What a front end needs to open the cashier (docs/protocol.md, "Prepay and the second signature").
//!
//! One module per front end: each has its own field names and its own fourth line.

pub mod miniprogram;

use crate::{
    Timestamp,
    id::{Appid, NonceStr},
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
