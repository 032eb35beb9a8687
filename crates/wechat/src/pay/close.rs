//! Closing an unpaid order: `POST …/out-trade-no/{out_trade_no}/close`, answered 204.

use super::{DIRECT, order_path};
use crate::{
    advice::Operation,
    call::{Call, Malformed, Request},
    id::{Mchid, OutTradeNo},
};

/// Closes an order. Closing a closed order succeeds again; a paid one answers `ORDERPAID`, and one
/// that was made by scanning the user's code is [reversed](super::codepay::Reverse) instead.
///
/// A close does not stop a payment under way: only a query says that nothing was paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Close {
    /// The merchant who ordered.
    pub mchid: Mchid,
    /// The order.
    pub out_trade_no: OutTradeNo,
}

impl Call for Close {
    type Answer = ();
    const NAME: &'static str = "pay.close";

    fn request(&self) -> Request {
        let body = format!(r#"{{"mchid":"{}"}}"#, self.mchid);
        Request::post(
            format!("{}/close", order_path(DIRECT, &self.out_trade_no)),
            body.into_bytes(),
        )
    }

    fn operation(&self) -> Operation {
        Operation::Close
    }

    fn read(&self, status: u16, _body: &[u8]) -> Result<(), Malformed> {
        if status == 204 { Ok(()) } else { Err(Malformed { expected: "an empty 204" }) }
    }
}
