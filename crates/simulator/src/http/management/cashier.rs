//! What people do: log in, look at the cashier, pay, look into their wallet.

use axum::{
    Json,
    extract::{Path, State},
};
use suanpan_wechat::id::{Appid, PrepayId};

use super::{
    Management,
    extract::{Body, Params},
    problem::Problem,
};
use crate::world::{CashierView, Invoke, OrderView, Outcome, Paid, PayBy, PayCommand, Wallet};

/// How many orders a list shows when nothing is said.
const ORDERS: usize = 200;

/// How many it shows at most.
const ORDERS_LIMIT: usize = 2000;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Login {
    appid: Appid,
    user: String,
}

#[derive(serde::Serialize)]
pub(super) struct Code {
    code: String,
}

pub(super) async fn login(
    State(management): State<Management>,
    Body(Login { appid, user }): Body<Login>,
) -> Result<Json<Code>, Problem> {
    let code = management.shared().change(|world, times| world.login(&appid, &user, times))?;
    Ok(Json(Code { code }))
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Open {
    invoke: Invoke,
    user: String,
}

pub(super) async fn open(
    State(management): State<Management>,
    Body(Open { invoke, user }): Body<Open>,
) -> Result<Json<CashierView>, Problem> {
    let view = management.shared().read(|world, times| world.cashier(&invoke, &user, times))?;
    Ok(Json(view))
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pay {
    #[serde(default)]
    invoke: Option<Invoke>,
    #[serde(default)]
    prepay_id: Option<PrepayId>,
    user: String,
    #[serde(default)]
    outcome: Outcome,
    #[serde(default)]
    pin: Option<String>,
}

pub(super) async fn pay(
    State(management): State<Management>,
    Body(pay): Body<Pay>,
) -> Result<Json<Paid>, Problem> {
    let by = match (pay.invoke, pay.prepay_id) {
        (Some(invoke), None) => PayBy::Invoke(invoke),
        (None, Some(prepay_id)) => PayBy::PrepayId(prepay_id),
        (Some(_), Some(_)) | (None, None) => {
            return Err(Problem::bad_request("give either invoke or prepay_id"));
        }
    };
    let command = PayCommand { by, user: pay.user, outcome: pay.outcome, pin: pay.pin };
    let paid = management.shared().change(|world, times| world.pay(&command, times))?;
    Ok(Json(paid))
}

pub(super) async fn wallet(
    State(management): State<Management>,
    Path(name): Path<String>,
) -> Result<Json<Wallet>, Problem> {
    let wallet = management.shared().read(|world, _| world.wallet(&name));
    wallet.map(Json).ok_or_else(|| Problem::not_found(format!("there is no user {name}")))
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    #[serde(default)]
    limit: Option<usize>,
}

#[derive(serde::Serialize)]
pub(super) struct Orders {
    orders: Vec<OrderView>,
}

pub(super) async fn orders(
    State(management): State<Management>,
    Params(Which { limit }): Params<Which>,
) -> Json<Orders> {
    let limit = limit.unwrap_or(ORDERS).min(ORDERS_LIMIT);
    Json(Orders { orders: management.shared().read(|world, _| world.orders(limit)) })
}
