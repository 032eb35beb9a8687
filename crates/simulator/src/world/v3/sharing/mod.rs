//! Profit sharing: `/v3/profitsharing/…` (v3 §5.5).

mod giveback;
mod order;
mod receiver;

use serde_json::Value;
use suanpan_wechat::{
    Fen, Timestamp,
    id::{Appid, Mchid, Openid, TransactionId},
};

use super::{
    answer::Answer,
    error::ApiError,
    gate::Caller,
    operation::{self, Route, get, post},
    schema::{self, Pattern},
};
use crate::world::{
    exchange::{HttpRequest, Times},
    sharing::{GiveBack, Receiver, Share, ShareLine},
    state::World,
};

enum Operation {
    AddReceiver,
    DeleteReceiver,
    Share,
    QueryShare(String),
    Release,
    GiveBack,
    QueryGiveBack(String),
    Amounts(String),
}

/// `/v3/profitsharing/…`.
pub(crate) fn route(path: &[&str]) -> Option<Route> {
    let ["profitsharing", ref below @ ..] = *path else { return None };
    let query = |number: &str| Operation::QueryShare(number.to_owned());
    let route = match *below {
        ["receivers", "add"] => post(Operation::AddReceiver),
        ["receivers", "delete"] => post(Operation::DeleteReceiver),
        ["orders"] => post(Operation::Share),
        // A share may be called `unfreeze` too; the method tells them apart.
        ["orders", number @ "unfreeze"] => post(Operation::Release).or_get(query(number)),
        ["orders", number] => get(query(number)),
        ["return-orders"] => post(Operation::GiveBack),
        ["return-orders", number] => get(Operation::QueryGiveBack(number.to_owned())),
        ["transactions", id, "amounts"] => get(Operation::Amounts(id.to_owned())),
        _ => return None,
    };
    Some(route)
}

impl operation::Operation for Operation {
    fn out_trade_no(
        &self,
        world: &World,
        _caller: Option<&Caller>,
        request: &HttpRequest,
    ) -> Option<String> {
        match self {
            Operation::Amounts(id) => {
                let id = TransactionId::new(id.as_str()).ok()?;
                world.state.transactions.get(&id).map(|(_, number)| number.to_string())
            }
            _ => world.order_in_body(&request.body),
        }
    }

    fn perform(
        &self,
        world: &mut World,
        caller: &Caller,
        request: &HttpRequest,
        now: Times,
    ) -> Result<Answer, ApiError> {
        match self {
            Operation::AddReceiver => world.name_receiver(caller, &request.body),
            Operation::DeleteReceiver => world.unname_receiver(caller, &request.body),
            Operation::Share => world.share(caller, &request.body, now),
            Operation::QueryShare(number) => world.query_share(caller, number, request),
            Operation::Release => world.release_rest(caller, &request.body, now),
            Operation::GiveBack => world.return_share(caller, &request.body, now),
            Operation::QueryGiveBack(number) => world.query_return(caller, number, request),
            Operation::Amounts(id) => world.remaining(caller, id),
        }
    }
}

static RECEIVER_TYPE: Pattern = Pattern {
    regex: "^(MERCHANT_ID|PERSONAL_OPENID)$",
    matches: |text| matches!(text, "MERCHANT_ID" | "PERSONAL_OPENID"),
};

impl Receiver {
    const fn kind(&self) -> &'static str {
        match self {
            Self::Merchant(_) => "MERCHANT_ID",
            Self::Person { .. } => "PERSONAL_OPENID",
        }
    }

    fn account(&self) -> &str {
        match self {
            Self::Merchant(mchid) => mchid.as_str(),
            Self::Person { openid, .. } => openid.as_str(),
        }
    }
}

impl World {
    /// The receiver that `type` and `account` of an object name; the world must know them.
    fn read_receiver(&self, appid: &str, object: &Value) -> Result<Receiver, ApiError> {
        let account = schema::text(object, "/account").expect(CHECKED);
        if schema::text(object, "/type") == Some("MERCHANT_ID") {
            let mchid = Mchid::new(account).map_err(|_| ApiError::NO_SUCH_RECEIVER)?;
            let known = self.merchant(&mchid).is_some();
            return known.then_some(Receiver::Merchant(mchid)).ok_or(ApiError::NO_SUCH_RECEIVER);
        }
        let openid = Openid::new(account).map_err(|_| ApiError::BAD_OPENID)?;
        let appid = Appid::new(appid).map_err(|_| ApiError::APPID_MCHID_NOT_MATCH)?;
        match self.state.openids.get(&openid) {
            Some((of, _)) if *of == appid => Ok(Receiver::Person { appid, openid }),
            Some(_) => Err(ApiError::OTHER_APPS_OPENID),
            None => Err(ApiError::BAD_OPENID),
        }
    }

    fn check_appid(&self, caller: &Caller, request: &Value) -> Result<(), ApiError> {
        let appid = schema::text(request, "/appid").expect(CHECKED);
        let known = Appid::new(appid)
            .is_ok_and(|appid| self.state.merchants[&caller.mchid].appids.contains(&appid));
        if known { Ok(()) } else { Err(ApiError::APPID_MCHID_NOT_MATCH) }
    }

    /// `GET …/transactions/{transaction_id}/amounts`.
    fn remaining(&self, caller: &Caller, id: &str) -> Result<Answer, ApiError> {
        #[derive(serde::Serialize)]
        struct Amounts<'a> {
            transaction_id: &'a TransactionId,
            unsplit_amount: Fen,
        }
        let id = TransactionId::new(id).map_err(|_| ApiError::SHARE_NOT_EXIST)?;
        let of = self.state.transactions.get(&id).filter(|(mchid, _)| *mchid == caller.mchid);
        of.ok_or(ApiError::SHARE_NOT_EXIST)?;
        let unsplit_amount = self.frozen(&caller.mchid, &id);
        Ok(Answer::json(&Amounts { transaction_id: &id, unsplit_amount }))
    }
}

/// What a receiver is told.
#[derive(serde::Serialize)]
struct Notification<'a> {
    mchid: &'a Mchid,
    transaction_id: &'a TransactionId,
    order_id: &'a str,
    out_order_no: &'a str,
    receiver: NotifiedReceiver<'a>,
    success_time: Timestamp,
}

#[derive(serde::Serialize)]
struct NotifiedReceiver<'a> {
    r#type: &'static str,
    account: &'a str,
    amount: Fen,
    description: &'a str,
}

/// The plaintext about a share that arrived (v3 §6.6).
pub(crate) fn shared(share: &Share, line: &ShareLine, at: Timestamp) -> String {
    notification(&Notification {
        mchid: &share.mchid,
        transaction_id: &share.transaction_id,
        order_id: &share.order_id,
        out_order_no: &share.out_order_no,
        receiver: NotifiedReceiver {
            r#type: line.receiver.kind(),
            account: line.receiver.account(),
            amount: line.amount,
            description: &line.description,
        },
        success_time: at,
    })
}

/// The plaintext about a share that was given back: the numbers are the return's, and the receiver
/// is who had shared.
pub(crate) fn given_back(payer: &Mchid, back: &GiveBack) -> String {
    notification(&Notification {
        mchid: &back.giver,
        transaction_id: &back.transaction_id,
        order_id: &back.return_id,
        out_order_no: &back.out_return_no,
        receiver: NotifiedReceiver {
            r#type: "MERCHANT_ID",
            account: payer.as_str(),
            amount: back.amount,
            description: &back.description,
        },
        success_time: back.at,
    })
}

fn notification(plaintext: &Notification<'_>) -> String {
    serde_json::to_string(plaintext).expect("a notification has string keys only")
}

const CHECKED: &str = "the table demands it";
