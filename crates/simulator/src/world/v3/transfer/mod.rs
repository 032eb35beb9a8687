//! Transfers to people: `/v3/fund-app/mch-transfer/…` (v3 §5.6).

mod authorization;
mod create;
mod receipt;

use serde_json::Value;
use suanpan_wechat::{
    Fen, Timestamp,
    id::{Appid, Mchid, Openid},
    sensitive::SensitiveText,
};

pub(crate) use self::authorization::notification as authorization_notification;
use self::create::Consent;
use super::{
    answer::Answer,
    error::ApiError,
    gate::Caller,
    operation::{self, Route, get, post},
    schema::{self, Field, MCHID, matching, optional, required},
};
use crate::world::{
    exchange::{HttpRequest, Times},
    frequency::Rate,
    state::World,
    transfer::{TransferBill, scene::Scene},
};

/// Bills can be asked for so long.
const QUERY_SECONDS: i64 = 30 * 24 * 3600;

/// Either number of a bill.
enum Number {
    OutBillNo(String),
    TransferBillNo(String),
}

/// Who calls, told by the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Merchant,
    /// `…/partner/…`
    Provider,
}

static SUB_MCHID: &[Field] = &[required("sub_mchid", "子商户号", matching(1, 32, &MCHID))];
static MAYBE_SUB_MCHID: &[Field] = &[optional("sub_mchid", "子商户号", matching(1, 32, &MCHID))];

impl Mode {
    const fn names_sub_mchid(self) -> &'static [Field] {
        match self {
            Self::Merchant => &[],
            Self::Provider => SUB_MCHID,
        }
    }

    const fn may_name_sub_mchid(self) -> &'static [Field] {
        match self {
            Self::Merchant => &[],
            Self::Provider => MAYBE_SUB_MCHID,
        }
    }
}

enum Operation {
    Create(Mode, Consent),
    Query(Mode, Number),
    Cancel(Mode, String),
    Authorize(Mode),
    QueryAuthorization(String),
    CloseAuthorization(String),
    ApplyReceipt,
    QueryReceipt(Number),
    DownloadReceipt,
}

/// `/v3/fund-app/mch-transfer/…` and the download of receipts.
pub(crate) fn route(path: &[&str]) -> Option<Route> {
    let out = |number: &str| Number::OutBillNo(number.to_owned());
    let own = |number: &str| Number::TransferBillNo(number.to_owned());
    let route = match *path {
        ["transferbilldownload", "elecvoucherfile"] => get(Operation::DownloadReceipt),
        ["fund-app", "mch-transfer", ref below @ ..] => match *below {
            ["partner", ref below @ ..] => return route_of_provider(below),
            ["transfer-bills", ref below @ ..] => return route_of_bill(Mode::Merchant, below),
            ["user-confirm-authorization"] => post(Operation::Authorize(Mode::Merchant)),
            ["user-confirm-authorization", "out-authorization-no", number] => {
                get(Operation::QueryAuthorization(number.to_owned()))
            }
            ["user-confirm-authorization", "out-authorization-no", number, "close"] => {
                post(Operation::CloseAuthorization(number.to_owned()))
            }
            ["elecsign", "out-bill-no" | "transfer-bill-no"] => post(Operation::ApplyReceipt),
            ["elecsign", "out-bill-no", number] => get(Operation::QueryReceipt(out(number))),
            ["elecsign", "transfer-bill-no", number] => get(Operation::QueryReceipt(own(number))),
            _ => return None,
        },
        _ => return None,
    };
    Some(route)
}

fn route_of_bill(mode: Mode, below: &[&str]) -> Option<Route> {
    let route = match *below {
        [] => post(Operation::Create(mode, Consent::Page)),
        ["pre-transfer-with-authorization"] => {
            post(Operation::Create(mode, Consent::PageAndAuthorization))
        }
        ["transfer"] => post(Operation::Create(mode, Consent::Authorization)),
        ["out-bill-no", number] => {
            get(Operation::Query(mode, Number::OutBillNo(number.to_owned())))
        }
        ["out-bill-no", number, "cancel"] => post(Operation::Cancel(mode, number.to_owned())),
        ["transfer-bill-no", number] if mode == Mode::Merchant => {
            get(Operation::Query(mode, Number::TransferBillNo(number.to_owned())))
        }
        _ => return None,
    };
    Some(route)
}

fn route_of_provider(below: &[&str]) -> Option<Route> {
    let route = match *below {
        ["transfer-bills", ref below @ ..] => return route_of_bill(Mode::Provider, below),
        ["user-confirm-authorizations"] => post(Operation::Authorize(Mode::Provider)),
        ["user-confirm-authorizations", number] => {
            get(Operation::QueryAuthorization(number.to_owned()))
        }
        ["user-confirm-authorizations", number, "close"] => {
            post(Operation::CloseAuthorization(number.to_owned()))
        }
        _ => return None,
    };
    Some(route)
}

impl operation::Operation for Operation {
    fn out_trade_no(
        &self,
        world: &World,
        caller: Option<&Caller>,
        _request: &HttpRequest,
    ) -> Option<String> {
        match self {
            Operation::Query(_, Number::OutBillNo(number))
            | Operation::QueryReceipt(Number::OutBillNo(number))
            | Operation::Cancel(_, number)
            | Operation::QueryAuthorization(number)
            | Operation::CloseAuthorization(number) => Some(number.clone()),
            Operation::Query(_, Number::TransferBillNo(number))
            | Operation::QueryReceipt(Number::TransferBillNo(number)) => {
                let bill = world.state.transfers.by_number(&caller?.mchid, number);
                bill.map(|bill| bill.out_bill_no.clone())
            }
            Operation::Create(..)
            | Operation::Authorize(_)
            | Operation::ApplyReceipt
            | Operation::DownloadReceipt => None,
        }
    }

    fn rate(&self) -> Option<Rate> {
        match self {
            Operation::Create(..) => Some(Rate::Transfer),
            Operation::Query(..) => Some(Rate::TransferQuery),
            Operation::Cancel(..) => Some(Rate::TransferCancel),
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
            Operation::Create(mode, consent) => {
                world.create_transfer(caller, (*mode, *consent), &request.body, now)
            }
            Operation::Query(mode, number) => {
                let sub_mchid = mode.sub_mchid_of_query(request)?;
                let bill = world.find_bill(caller, number, sub_mchid.as_deref(), now)?;
                Ok(query_answer(world, caller, bill))
            }
            Operation::Cancel(mode, number) => {
                let sub_mchid = mode.sub_mchid_of_cancel(&request.body)?;
                world.cancel_bill(caller, number, sub_mchid.as_deref(), now)
            }
            Operation::Authorize(mode) => {
                world.ask_for_authorization(caller, *mode, &request.body, now)
            }
            Operation::QueryAuthorization(number) => world.query_authorization(caller, number),
            Operation::CloseAuthorization(number) => {
                world.close_for_merchant(caller, number, &request.body, now)
            }
            Operation::ApplyReceipt => world.apply_for_receipt(caller, &request.body, now),
            Operation::QueryReceipt(number) => world.query_receipt(caller, number, request, now),
            Operation::DownloadReceipt => world.download_receipt(caller, request),
        }
    }
}

impl Mode {
    /// What a provider's query names; a merchant's has nothing.
    fn sub_mchid_of_query(self, request: &HttpRequest) -> Result<Option<String>, ApiError> {
        match (self, request.query("sub_mchid")) {
            (Self::Merchant, _) => Ok(None),
            (Self::Provider, None) => Err(schema::missing("query", "/query/sub_mchid", "子商户号")),
            (Self::Provider, named) => Ok(named),
        }
    }

    /// A merchant's cancel has no body, a provider's names the sub-merchant.
    fn sub_mchid_of_cancel(self, body: &[u8]) -> Result<Option<String>, ApiError> {
        match self {
            Self::Merchant if body.is_empty() => Ok(None),
            Self::Merchant => Err(ApiError::BODY_NOT_JSON),
            Self::Provider => {
                let request = schema::read(body, &[SUB_MCHID])?;
                Ok(schema::text(&request, "/sub_mchid").map(str::to_owned))
            }
        }
    }
}

/// Members alphabetical; a merchant's own number is spelt with an underscore, a provider's is not.
#[derive(serde::Serialize)]
struct QueryAnswer<'a> {
    appid: &'a Appid,
    create_time: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    fail_reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mch_id: Option<&'a Mchid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mchid: Option<&'a Mchid>,
    openid: &'a Openid,
    out_bill_no: &'a str,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_mchid: Option<&'a Mchid>,
    transfer_amount: Fen,
    transfer_bill_no: &'a str,
    transfer_remark: &'a str,
    update_time: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_name: Option<SensitiveText>,
}

#[derive(serde::Serialize)]
struct CancelAnswer<'a> {
    out_bill_no: &'a str,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_mchid: Option<&'a Mchid>,
    transfer_bill_no: &'a str,
    update_time: Timestamp,
}

#[derive(serde::Serialize)]
struct Notification<'a> {
    out_bill_no: &'a str,
    transfer_bill_no: &'a str,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    mch_id: Option<&'a Mchid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mchid: Option<&'a Mchid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_mchid: Option<&'a Mchid>,
    transfer_amount: Fen,
    openid: &'a Openid,
    #[serde(skip_serializing_if = "Option::is_none")]
    fail_reason: Option<&'static str>,
    create_time: Timestamp,
    update_time: Timestamp,
}

/// The plaintext of `MCHTRANSFER.BILL.FINISHED` (v3 §6.7).
pub(crate) fn notification(bill: &TransferBill) -> String {
    let (own, providers) = whose(bill);
    serde_json::to_string(&Notification {
        out_bill_no: &bill.out_bill_no,
        transfer_bill_no: &bill.transfer_bill_no,
        state: bill.state.as_str(),
        mch_id: own,
        mchid: providers,
        sub_mchid: bill.sub_mchid.as_ref(),
        transfer_amount: bill.amount,
        openid: &bill.openid,
        fail_reason: bill.fail_reason.map(|reason| reason.as_str()),
        create_time: bill.created_at,
        update_time: bill.updated_at,
    })
    .expect("a notification has string keys only")
}

/// The caller's number, as a merchant's and as a provider's.
fn whose(bill: &TransferBill) -> (Option<&Mchid>, Option<&Mchid>) {
    let mchid = Some(&bill.mchid);
    if bill.sub_mchid.is_none() { (mchid, None) } else { (None, mchid) }
}

fn query_answer(world: &World, caller: &Caller, bill: &TransferBill) -> Answer {
    let name = bill.user_name.as_deref();
    let (own, providers) = whose(bill);
    Answer::json(&QueryAnswer {
        appid: &bill.appid,
        create_time: bill.created_at,
        fail_reason: bill.fail_reason.map(|reason| reason.as_str()),
        mch_id: own,
        mchid: providers,
        openid: &bill.openid,
        out_bill_no: &bill.out_bill_no,
        state: bill.state.as_str(),
        sub_mchid: bill.sub_mchid.as_ref(),
        transfer_amount: bill.amount,
        transfer_bill_no: &bill.transfer_bill_no,
        transfer_remark: &bill.remark,
        update_time: bill.updated_at,
        user_name: name.and_then(|name| world.seal_sensitive(caller, name)),
    })
}

impl World {
    fn find_bill(
        &self,
        caller: &Caller,
        number: &Number,
        sub_mchid: Option<&str>,
        now: Times,
    ) -> Result<&TransferBill, ApiError> {
        let transfers = &self.state.transfers;
        let bill = match number {
            Number::OutBillNo(number) => transfers.get(&caller.mchid, number),
            Number::TransferBillNo(number) => transfers.by_number(&caller.mchid, number),
        };
        bill.filter(|bill| bill.sub_mchid.as_ref().map(Mchid::as_str) == sub_mchid)
            .filter(|bill| now.business.since(bill.created_at) <= QUERY_SECONDS)
            .ok_or(ApiError::TRANSFER_NOT_FOUND)
    }

    /// `POST …/out-bill-no/{out_bill_no}/cancel`
    fn cancel_bill(
        &mut self,
        caller: &Caller,
        out_bill_no: &str,
        sub_mchid: Option<&str>,
        now: Times,
    ) -> Result<Answer, ApiError> {
        let number = Number::OutBillNo(out_bill_no.to_owned());
        let key = self.find_bill(caller, &number, sub_mchid, now)?.key();
        let bill = self.cancel_transfer(&key, now).ok_or(ApiError::TRANSFER_ENDED)?;
        Ok(Answer::json(&CancelAnswer {
            out_bill_no: &bill.out_bill_no,
            state: bill.state.as_str(),
            sub_mchid: bill.sub_mchid.as_ref(),
            transfer_bill_no: &bill.transfer_bill_no,
            update_time: bill.updated_at,
        }))
    }

    /// The sub-merchant that a body names, if the caller may act for it.
    fn check_sub(&self, caller: &Caller, request: &Value) -> Result<Option<Mchid>, ApiError> {
        let Some(named) = schema::text(request, "/sub_mchid") else { return Ok(None) };
        let sub_mchid = Mchid::new(named).map_err(|_| ApiError::NO_PARTNERSHIP)?;
        let sub = self.check_relation(&caller.mchid, &sub_mchid)?;
        Ok(Some(sub.mchid.clone()))
    }

    /// The app that a body names: the caller's, or its sub-merchant's.
    fn transferring_app(&self, caller: &Caller, request: &Value) -> Result<Appid, ApiError> {
        let named = schema::text(request, "/appid").expect(CHECKED);
        let appid = Appid::new(named).map_err(|_| ApiError::NO_APPID)?;
        if !self.state.apps.contains_key(&appid) {
            return Err(ApiError::NO_APPID);
        }
        let merchant = &self.state.merchants[&caller.mchid];
        let sub = self.check_sub(caller, request)?;
        let sub = sub.and_then(|sub_mchid| merchant.sub_merchants.get(&sub_mchid));
        let bound =
            merchant.appids.contains(&appid) || sub.is_some_and(|sub| sub.appids.contains(&appid));
        if bound { Ok(appid) } else { Err(ApiError::APPID_MCHID_NOT_MATCH) }
    }

    fn person_in(&self, appid: &Appid, openid: &str) -> Result<(Openid, String), ApiError> {
        let openid = Openid::new(openid).map_err(|_| ApiError::BAD_OPENID)?;
        match self.state.openids.get(&openid) {
            Some((of, user)) if of == appid => Ok((openid.clone(), user.clone())),
            Some(_) => Err(ApiError::OTHER_APPS_OPENID),
            None => Err(ApiError::BAD_OPENID),
        }
    }
}

/// What a transfer is for, and what the person is told about that.
fn scene_and_perception(request: &Value) -> Result<(&'static Scene, String), ApiError> {
    let scene = Scene::find(schema::text(request, "/transfer_scene_id").expect(CHECKED));
    let scene = scene.ok_or(ApiError::NO_TRANSFER_SCENE)?;
    match schema::text(request, "/user_recv_perception") {
        None => Ok((scene, scene.perceptions[0].to_owned())),
        Some(said) if scene.perceptions.contains(&said) => Ok((scene, said.to_owned())),
        Some(_) => Err(ApiError::BAD_PERCEPTION),
    }
}

const CHECKED: &str = "the table demands it";
