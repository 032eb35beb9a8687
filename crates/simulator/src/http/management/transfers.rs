//! Transfers as the person who receives them meets them.

use axum::{Json, extract::State};
use suanpan_wechat::{
    Fen, Timestamp,
    id::{Appid, Mchid},
};

use super::{
    Management,
    extract::{Body, Params},
    problem::Problem,
};
use crate::world::{FailReason, TransferBill, TransferInvocation, TransferPage, TransferState};

/// How many transfers a list shows.
const LIMIT: usize = 200;

#[derive(serde::Serialize)]
pub(super) struct TransferView {
    mchid: Mchid,
    appid: Appid,
    out_bill_no: String,
    transfer_bill_no: String,
    user: String,
    amount_fen: Fen,
    transfer_remark: String,
    state: TransferState,
    #[serde(skip_serializing_if = "Option::is_none")]
    fail_reason: Option<FailReason>,
    package_info: String,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<TransferBill> for TransferView {
    fn from(bill: TransferBill) -> Self {
        Self {
            mchid: bill.mchid,
            appid: bill.appid,
            out_bill_no: bill.out_bill_no,
            transfer_bill_no: bill.transfer_bill_no,
            user: bill.user,
            amount_fen: bill.amount,
            transfer_remark: bill.remark,
            state: bill.state,
            fail_reason: bill.fail_reason,
            package_info: bill.package_info,
            created_at: bill.created_at,
            updated_at: bill.updated_at,
        }
    }
}

/// Whose.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    #[serde(default)]
    pub(super) user: Option<String>,
}

#[derive(serde::Serialize)]
pub(super) struct Transfers {
    transfers: Vec<TransferView>,
}

pub(super) async fn list(
    State(management): State<Management>,
    Params(Which { user }): Params<Which>,
) -> Json<Transfers> {
    let bills = management.shared().read(|world, _| world.transfers(user.as_deref(), LIMIT));
    let transfers = bills.into_iter().map(TransferView::from).collect();
    Json(Transfers { transfers })
}

/// A front end shows somebody the page.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Page {
    pub(super) invoke: TransferInvocation,
    pub(super) user: String,
}

pub(super) async fn open(
    State(management): State<Management>,
    Body(Page { invoke, user }): Body<Page>,
) -> Result<Json<TransferPage>, Problem> {
    Ok(Json(management.shared().read(|world, _| world.transfer_page(&invoke, &user))?))
}

/// Somebody takes the money, and gives the permission the page asks for unless they say no to that.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Confirmation {
    invoke: TransferInvocation,
    user: String,
    #[serde(default = "yes")]
    authorize: bool,
}

const fn yes() -> bool {
    true
}

pub(super) async fn confirm(
    State(management): State<Management>,
    Body(Confirmation { invoke, user, authorize }): Body<Confirmation>,
) -> Result<Json<TransferPage>, Problem> {
    let shared = management.shared();
    let page = shared.change(|world, times| {
        if authorize {
            world.agree_along(&invoke, &user, times)?;
        }
        world.confirm_transfer(&invoke, &user, times)
    })?;
    Ok(Json(page))
}
