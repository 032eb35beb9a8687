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
    schema::{self, ALPHANUMERIC, Field, MCHID, Pattern, matching, optional},
};
use crate::world::{
    exchange::{HttpRequest, Times},
    frequency::Rate,
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
    MaxRatio(String),
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
        ["merchant-configs", sub_mchid] => get(Operation::MaxRatio(sub_mchid.to_owned())),
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

    fn rate(&self) -> Option<Rate> {
        match self {
            Operation::Share | Operation::Release => Some(Rate::Share),
            Operation::QueryShare(_) => Some(Rate::ShareQuery),
            Operation::GiveBack => Some(Rate::ShareReturn),
            _ => None,
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
            Operation::MaxRatio(sub_mchid) => world.query_max_ratio(caller, sub_mchid),
        }
    }
}

static RECEIVER_TYPE: Pattern = Pattern {
    regex: "^(MERCHANT_ID|PERSONAL_OPENID|PERSONAL_SUB_OPENID)$",
    matches: |text| matches!(text, "MERCHANT_ID" | "PERSONAL_OPENID" | "PERSONAL_SUB_OPENID"),
};

/// What only providers say: for whom …
static SUB_MCHID: &[Field] = &[optional("sub_mchid", "子商户号", matching(1, 32, &MCHID))];

/// … and in which app of theirs people are known.
static SUB_APPID: &[Field] =
    &[optional("sub_appid", "子商户应用ID", matching(1, 32, &ALPHANUMERIC))];

impl Receiver {
    const fn kind(&self) -> &'static str {
        match self {
            Self::Merchant(_) => "MERCHANT_ID",
            Self::Person { .. } => "PERSONAL_OPENID",
            Self::SubPerson { .. } => "PERSONAL_SUB_OPENID",
        }
    }

    fn account(&self) -> &str {
        match self {
            Self::Merchant(mchid) => mchid.as_str(),
            Self::Person { openid, .. } | Self::SubPerson { openid, .. } => openid.as_str(),
        }
    }
}

/// How a bill names a receiver.
pub(crate) fn account(receiver: &Receiver) -> &str {
    receiver.account()
}

/// Whether a body is a provider's. Read before its table is known; what is no object at all is left
/// to the table.
fn names_sub_mchid(body: &[u8]) -> bool {
    serde_json::from_slice::<Value>(body).is_ok_and(|body| body.get("sub_mchid").is_some())
}

/// Whose money is shared, and in whose apps its receivers are known.
struct Payer {
    appid: Option<Appid>,
    sub_mchid: Option<Mchid>,
    sub_appid: Option<Appid>,
}

impl Payer {
    fn mchid<'a>(&'a self, caller: &'a Caller) -> &'a Mchid {
        self.sub_mchid.as_ref().unwrap_or(&caller.mchid)
    }
}

impl World {
    /// The payer that a body names, once the caller may share their money.
    fn read_payer(&self, caller: &Caller, request: &Value) -> Result<Payer, ApiError> {
        let appid = |pointer, refusal: ApiError| match schema::text(request, pointer) {
            None => Ok(None),
            Some(text) => Appid::new(text).map(Some).map_err(|_| refusal),
        };
        let sub_mchid = schema::text(request, "/sub_mchid").map(Mchid::new).transpose();
        let payer = Payer {
            appid: appid("/appid", ApiError::APPID_MCHID_NOT_MATCH)?,
            sub_mchid: sub_mchid.map_err(|_| ApiError::NO_PARTNERSHIP)?,
            sub_appid: appid("/sub_appid", ApiError::SUB_APPID_NOT_MATCH)?,
        };
        let own = &self.state.merchants[&caller.mchid].appids;
        if payer.appid.as_ref().is_some_and(|appid| !own.contains(appid)) {
            return Err(ApiError::APPID_MCHID_NOT_MATCH);
        }
        let apps_of_sub = match &payer.sub_mchid {
            Some(sub_mchid) => Some(&self.check_relation(&caller.mchid, sub_mchid)?.appids),
            None => None,
        };
        let known = |appid: &Appid| apps_of_sub.is_some_and(|apps| apps.contains(appid));
        if payer.sub_appid.as_ref().is_some_and(|appid| !known(appid)) {
            return Err(ApiError::SUB_APPID_NOT_MATCH);
        }
        Ok(payer)
    }

    /// The receiver that `type` and `account` of an object name; the world must know them.
    fn read_receiver(&self, payer: &Payer, object: &Value) -> Result<Receiver, ApiError> {
        let account = schema::text(object, "/account").expect(CHECKED);
        let (appid, pointer, label, other) = match schema::text(object, "/type") {
            Some("MERCHANT_ID") => {
                let mchid = Mchid::new(account).map_err(|_| ApiError::NO_SUCH_RECEIVER)?;
                let known = self.state.has_merchant(&mchid);
                return known
                    .then_some(Receiver::Merchant(mchid))
                    .ok_or(ApiError::NO_SUCH_RECEIVER);
            }
            Some("PERSONAL_SUB_OPENID") => {
                let other = ApiError::OTHER_SUB_APPS_OPENID;
                (payer.sub_appid.clone(), "/body/sub_appid", "子商户应用ID", other)
            }
            _ => {
                let other = ApiError::OTHER_APPS_OPENID;
                (payer.appid.clone(), "/body/appid", "公众账号ID", other)
            }
        };
        let appid = appid.ok_or_else(|| schema::missing("body", pointer, label))?;
        let openid = Openid::new(account).map_err(|_| ApiError::BAD_OPENID)?;
        match self.state.openids.get(&openid) {
            Some((of, _)) if *of != appid => Err(other),
            Some(_) if pointer == "/body/sub_appid" => Ok(Receiver::SubPerson { appid, openid }),
            Some(_) => Ok(Receiver::Person { appid, openid }),
            None => Err(ApiError::BAD_OPENID),
        }
    }

    /// `GET …/merchant-configs/{sub_mchid}`.
    fn query_max_ratio(&self, caller: &Caller, sub_mchid: &str) -> Result<Answer, ApiError> {
        #[derive(serde::Serialize)]
        struct MaxRatio<'a> {
            max_ratio: u16,
            sub_mchid: &'a Mchid,
        }
        let sub_mchid = Mchid::new(sub_mchid).map_err(|_| ApiError::NO_PARTNERSHIP)?;
        let sub = self.check_relation(&caller.mchid, &sub_mchid)?;
        Ok(Answer::json(&MaxRatio { max_ratio: sub.max_ratio, sub_mchid: &sub.mchid }))
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
        let order = of.and_then(|(mchid, number)| self.state.order(mchid, number));
        let payee = order.ok_or(ApiError::SHARE_NOT_EXIST)?.payee();
        let unsplit_amount = self.frozen(payee, &id);
        Ok(Answer::json(&Amounts { transaction_id: &id, unsplit_amount }))
    }
}

/// What a receiver is told.
#[derive(serde::Serialize)]
struct Notification<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    mchid: Option<&'a Mchid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sp_mchid: Option<&'a Mchid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_mchid: Option<&'a Mchid>,
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
        mchid: Some(&share.mchid).filter(|_| share.sub_mchid.is_none()),
        sp_mchid: Some(&share.mchid).filter(|_| share.sub_mchid.is_some()),
        sub_mchid: share.sub_mchid.as_ref(),
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
        mchid: Some(&back.giver),
        sp_mchid: None,
        sub_mchid: None,
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
