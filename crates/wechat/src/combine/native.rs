//! Combined orders for QR codes the user scans: `POST /v3/combine-transactions/native`.

use crate::pay::{NativeCode, prepay};

pub use super::BearerOrder as Order;

prepay!("combine.native.prepay", "/v3/combine-transactions/native", NativeCode);
