//! Closing an unpaid combined order: `POST …/out-trade-no/{combine_out_trade_no}/close`, answered
//! 204.

use super::{Terms, Transaction, order_path};
use crate::{
    advice::Operation,
    call::{Call, Malformed, Request},
    id::{Appid, CombineOutTradeNo, Mchid, OutTradeNo},
};

/// Closes a combined order, all of it. WeChat demands that *exactly* its sub-orders are listed, so
/// the list comes from the order itself or from WeChat's own answer about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Close {
    combine_out_trade_no: CombineOutTradeNo,
    body: Body,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
struct Body {
    combine_appid: Appid,
    sub_orders: Vec<SubOrder>,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
struct SubOrder {
    mchid: Mchid,
    out_trade_no: OutTradeNo,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_mchid: Option<Mchid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_appid: Option<Appid>,
}

impl Close {
    /// Closes what was ordered.
    #[must_use]
    pub fn ordered(terms: &Terms) -> Self {
        let sub_orders = terms.sub_orders.as_slice().iter().map(|order| SubOrder {
            mchid: order.mchid.clone(),
            out_trade_no: order.out_trade_no.clone(),
            sub_mchid: order.sub_mchid.clone(),
            sub_appid: order.sub_appid.clone(),
        });
        Self::of(&terms.combine_appid, &terms.combine_out_trade_no, sub_orders.collect())
    }

    /// Closes what WeChat said the order consists of.
    #[must_use]
    pub fn queried(transaction: &Transaction) -> Self {
        let sub_orders = transaction.sub_orders.iter().map(|order| SubOrder {
            mchid: order.mchid.clone(),
            out_trade_no: order.out_trade_no.clone(),
            sub_mchid: order.sub_mchid.clone(),
            sub_appid: order.sub_appid.clone(),
        });
        let number = &transaction.combine_out_trade_no;
        Self::of(&transaction.combine_appid, number, sub_orders.collect())
    }

    fn of(appid: &Appid, number: &CombineOutTradeNo, sub_orders: Vec<SubOrder>) -> Self {
        Self {
            combine_out_trade_no: number.clone(),
            body: Body { combine_appid: appid.clone(), sub_orders },
        }
    }
}

impl Call for Close {
    type Answer = ();
    const NAME: &'static str = "combine.close";

    fn request(&self) -> Request {
        let body = serde_json::to_vec(&self.body).expect("a close has string keys and no maps");
        Request::post(format!("{}/close", order_path(&self.combine_out_trade_no)), body)
    }

    fn operation(&self) -> Operation {
        Operation::Close
    }

    fn read(&self, status: u16, _body: &[u8]) -> Result<(), Malformed> {
        if status == 204 { Ok(()) } else { Err(Malformed { expected: "an empty 204" }) }
    }
}
