//! Transfers to people: `/v3/fund-app/mch-transfer/…` (v3 §5.6).

mod create;
mod receipt;

use suanpan_wechat::{
    Fen, Timestamp,
    id::{Appid, Mchid, Openid},
    sensitive::SensitiveText,
};

use super::{
    answer::Answer,
    error::ApiError,
    gate::Caller,
    operation::{self, Route, get, post},
};
use crate::world::{
    exchange::{HttpRequest, Times},
    state::World,
    transfer::TransferBill,
};

/// Bills can be asked for so long.
const QUERY_SECONDS: i64 = 30 * 24 * 3600;

/// Either number of a bill.
enum Number {
    OutBillNo(String),
    TransferBillNo(String),
}

enum Operation {
    Create,
    Query(Number),
    Cancel(String),
    ApplyReceipt,
    QueryReceipt(Number),
    DownloadReceipt,
}

/// `/v3/fund-app/mch-transfer/{transfer-bills,elecsign}/…` and the download of receipts.
pub(crate) fn route(path: &[&str]) -> Option<Route> {
    let out = |number: &str| Number::OutBillNo(number.to_owned());
    let own = |number: &str| Number::TransferBillNo(number.to_owned());
    let route = match *path {
        ["transferbilldownload", "elecvoucherfile"] => get(Operation::DownloadReceipt),
        ["fund-app", "mch-transfer", ref below @ ..] => match *below {
            ["transfer-bills"] => post(Operation::Create),
            ["transfer-bills", "out-bill-no", number] => get(Operation::Query(out(number))),
            ["transfer-bills", "transfer-bill-no", number] => get(Operation::Query(own(number))),
            ["transfer-bills", "out-bill-no", number, "cancel"] => {
                post(Operation::Cancel(number.to_owned()))
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

impl operation::Operation for Operation {
    fn out_trade_no(
        &self,
        world: &World,
        caller: Option<&Caller>,
        _request: &HttpRequest,
    ) -> Option<String> {
        match self {
            Operation::Query(Number::OutBillNo(number))
            | Operation::QueryReceipt(Number::OutBillNo(number))
            | Operation::Cancel(number) => Some(number.clone()),
            Operation::Query(Number::TransferBillNo(number))
            | Operation::QueryReceipt(Number::TransferBillNo(number)) => {
                let bill = world.state.transfers.by_number(&caller?.mchid, number);
                bill.map(|bill| bill.out_bill_no.clone())
            }
            Operation::Create | Operation::ApplyReceipt | Operation::DownloadReceipt => None,
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
            Operation::Create => world.create_transfer(caller, &request.body, now),
            Operation::Query(number) => {
                let bill = world.find_bill(caller, number, now)?;
                Ok(query_answer(world, caller, bill))
            }
            Operation::Cancel(number) => world.cancel_bill(caller, number, &request.body, now),
            Operation::ApplyReceipt => world.apply_for_receipt(caller, &request.body, now),
            Operation::QueryReceipt(number) => world.query_receipt(caller, number, request, now),
            Operation::DownloadReceipt => world.download_receipt(caller, request),
        }
    }
}

/// Members alphabetical; the merchant's number is spelt with an underscore.
#[derive(serde::Serialize)]
struct QueryAnswer<'a> {
    appid: &'a Appid,
    create_time: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    fail_reason: Option<&'static str>,
    mch_id: &'a Mchid,
    openid: &'a Openid,
    out_bill_no: &'a str,
    state: &'static str,
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
    transfer_bill_no: &'a str,
    update_time: Timestamp,
}

#[derive(serde::Serialize)]
struct Notification<'a> {
    out_bill_no: &'a str,
    transfer_bill_no: &'a str,
    state: &'static str,
    mch_id: &'a Mchid,
    transfer_amount: Fen,
    openid: &'a Openid,
    #[serde(skip_serializing_if = "Option::is_none")]
    fail_reason: Option<&'static str>,
    create_time: Timestamp,
    update_time: Timestamp,
}

/// The plaintext of `MCHTRANSFER.BILL.FINISHED` (v3 §6.7).
pub(crate) fn notification(bill: &TransferBill) -> String {
    serde_json::to_string(&Notification {
        out_bill_no: &bill.out_bill_no,
        transfer_bill_no: &bill.transfer_bill_no,
        state: bill.state.as_str(),
        mch_id: &bill.mchid,
        transfer_amount: bill.amount,
        openid: &bill.openid,
        fail_reason: bill.fail_reason.map(|reason| reason.as_str()),
        create_time: bill.created_at,
        update_time: bill.updated_at,
    })
    .expect("a notification has string keys only")
}

fn query_answer(world: &World, caller: &Caller, bill: &TransferBill) -> Answer {
    let name = bill.user_name.as_deref();
    Answer::json(&QueryAnswer {
        appid: &bill.appid,
        create_time: bill.created_at,
        fail_reason: bill.fail_reason.map(|reason| reason.as_str()),
        mch_id: &bill.mchid,
        openid: &bill.openid,
        out_bill_no: &bill.out_bill_no,
        state: bill.state.as_str(),
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
        now: Times,
    ) -> Result<&TransferBill, ApiError> {
        let transfers = &self.state.transfers;
        let bill = match number {
            Number::OutBillNo(number) => transfers.get(&caller.mchid, number),
            Number::TransferBillNo(number) => transfers.by_number(&caller.mchid, number),
        };
        bill.filter(|bill| now.business.since(bill.created_at) <= QUERY_SECONDS)
            .ok_or(ApiError::TRANSFER_NOT_FOUND)
    }

    /// `POST …/out-bill-no/{out_bill_no}/cancel`; it has no body.
    fn cancel_bill(
        &mut self,
        caller: &Caller,
        out_bill_no: &str,
        body: &[u8],
        now: Times,
    ) -> Result<Answer, ApiError> {
        if !body.is_empty() {
            return Err(ApiError::BODY_NOT_JSON);
        }
        let bill = self.find_bill(caller, &Number::OutBillNo(out_bill_no.to_owned()), now)?;
        let key = bill.key();
        let bill = self.cancel_transfer(&key, now).ok_or(ApiError::TRANSFER_ENDED)?;
        Ok(Answer::json(&CancelAnswer {
            out_bill_no: &bill.out_bill_no,
            state: bill.state.as_str(),
            transfer_bill_no: &bill.transfer_bill_no,
            update_time: bill.updated_at,
        }))
    }
}
