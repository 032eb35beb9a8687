//! What people hold that lowers what they pay.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};

use super::{Management, extract::Body, problem::Problem};
use crate::world::{Coupon, NewCoupon};

#[derive(serde::Serialize)]
pub(super) struct Held {
    coupons: Vec<Coupon>,
}

/// The coupons a person can still use.
pub(super) async fn list(
    State(management): State<Management>,
    Path(name): Path<String>,
) -> Result<Json<Held>, Problem> {
    let held = management.shared().read(|world, _| world.coupons(&name));
    let coupons = held.ok_or_else(|| Problem::not_found(format!("there is no user {name}")))?;
    Ok(Json(Held { coupons }))
}

/// Gives a person a coupon.
pub(super) async fn give(
    State(management): State<Management>,
    Path(name): Path<String>,
    Body(wanted): Body<NewCoupon>,
) -> Result<(StatusCode, Json<Coupon>), Problem> {
    let coupon = management.shared().change(|world, _| world.give_coupon(&name, wanted))?;
    Ok((StatusCode::CREATED, Json(coupon)))
}
