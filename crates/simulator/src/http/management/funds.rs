//! What WeChat holds for merchants.

use axum::{
    Json,
    extract::{Path, State},
};
use suanpan_wechat::{
    Fen,
    id::{Mchid, TransactionId},
};

use super::{Management, extract::Body, problem::Problem};
use crate::world::Account;

#[derive(serde::Serialize)]
pub(super) struct AccountView {
    available_fen: Fen,
    /// By payment.
    frozen_fen: std::collections::BTreeMap<TransactionId, Fen>,
}

fn view(account: &Account) -> AccountView {
    AccountView { available_fen: account.available, frozen_fen: account.frozen.clone() }
}

pub(super) async fn read(
    State(management): State<Management>,
    Path(mchid): Path<Mchid>,
) -> Result<Json<AccountView>, Problem> {
    let found = management.shared().read(|world, _| world.account(&mchid).map(view));
    found.map(Json).ok_or_else(|| Problem::not_found(format!("there is no mchid {mchid}")))
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Deposit {
    amount_fen: Fen,
}

pub(super) async fn deposit(
    State(management): State<Management>,
    Path(mchid): Path<Mchid>,
    Body(Deposit { amount_fen }): Body<Deposit>,
) -> Result<Json<AccountView>, Problem> {
    management
        .shared()
        .change(|world, times| Ok(Json(view(world.deposit(&mchid, amount_fen, times)?))))
}
