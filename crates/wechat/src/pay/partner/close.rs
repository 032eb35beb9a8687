//! Closing a sub-merchant's unpaid order: `POST …/out-trade-no/{out_trade_no}/close`, answered 204.

use super::{PARTNER, order_path};
use crate::{
    advice::Operation,
    call::{Call, Malformed, Request},
    id::{Mchid, OutTradeNo},
};

/// Closes an order; see [`pay::close::Close`](crate::pay::close::Close).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Close {
    /// The provider who ordered.
    pub sp_mchid: Mchid,
    /// The sub-merchant it ordered for.
    pub sub_mchid: Mchid,
    /// The order.
    pub out_trade_no: OutTradeNo,
}

impl Call for Close {
    type Answer = ();
    const NAME: &'static str = "pay.partner.close";

    fn request(&self) -> Request {
        let body =
            format!(r#"{{"sp_mchid":"{}","sub_mchid":"{}"}}"#, self.sp_mchid, self.sub_mchid);
        let path = order_path(PARTNER, &self.out_trade_no);
        Request::post(format!("{path}/close"), body.into_bytes())
    }

    fn operation(&self) -> Operation {
        Operation::Close
    }

    fn read(&self, status: u16, _body: &[u8]) -> Result<(), Malformed> {
        if status == 204 { Ok(()) } else { Err(Malformed { expected: "an empty 204" }) }
    }
}
