//! `GET /wxa/getpaidunionid`: the unionid of somebody who has just paid
//! (<https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-info/basic-info/getPaidUnionid.html>).
//!
//! Works within five minutes of the payment and needs no consent. 89002 says that the mini program
//! is bound to no open-platform account, 89300 that the order is not a fresh payment of this openid.

use crate::{
    id::{Mchid, Openid, OutTradeNo, TransactionId},
    open_api::{OpenCall, OpenRequest, Unreadable, json},
    secret::AccessToken,
};

/// Asks who paid, across apps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfPayer {
    /// The payer, as this mini program knows them.
    pub openid: Openid,
    /// What was paid.
    pub payment: Payment,
}

/// One payment, by either side's number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payment {
    /// By WeChat's number.
    TransactionId(TransactionId),
    /// By the merchant's number.
    OutTradeNo {
        /// The merchant who was paid.
        mch_id: Mchid,
        /// The merchant's number.
        out_trade_no: OutTradeNo,
    },
}

#[derive(serde::Deserialize)]
struct Answer {
    unionid: String,
}

impl OpenCall for OfPayer {
    type Answer = String;
    type Credential = AccessToken;
    const NAME: &'static str = "miniprogram.unionid";

    fn request(&self, token: &AccessToken) -> OpenRequest {
        let mut query = vec![("access_token", token.expose()), ("openid", self.openid.as_str())];
        match &self.payment {
            Payment::TransactionId(id) => query.push(("transaction_id", id.as_str())),
            Payment::OutTradeNo { mch_id, out_trade_no } => {
                query.push(("mch_id", mch_id.as_str()));
                query.push(("out_trade_no", out_trade_no.as_str()));
            }
        }
        OpenRequest::get("/wxa/getpaidunionid", &query)
    }

    fn read(&self, body: &[u8]) -> Result<String, Unreadable> {
        json(body, "a unionid").map(|Answer { unionid }| unionid)
    }
}
