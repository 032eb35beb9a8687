//! The virtual clock.

use axum::{Json, extract::State};
use suanpan_wechat::Timestamp;

use super::{Management, extract::Body, problem::Problem};
use crate::world::Happening;

/// Ten years in one step; more is a typing error.
const ADVANCE_LIMIT: i64 = 10 * 366 * 24 * 3600;

#[derive(serde::Serialize)]
pub(super) struct Clock {
    now: Timestamp,
    wall_now: Timestamp,
    paused: bool,
}

fn view(management: &Management) -> Json<Clock> {
    let shared = management.shared();
    let times = shared.read(|_, times| times);
    Json(Clock { now: times.business, wall_now: times.wall, paused: shared.clock().is_paused() })
}

pub(super) async fn read(State(management): State<Management>) -> Json<Clock> {
    view(&management)
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Advance {
    seconds: i64,
}

#[derive(serde::Serialize)]
pub(super) struct Advanced {
    now: Timestamp,
    fired: Vec<Happening>,
}

/// Runs in a task of its own: a client that hangs up must not leave the clock half way.
pub(super) async fn advance(
    State(management): State<Management>,
    Body(Advance { seconds }): Body<Advance>,
) -> Result<Json<Advanced>, Problem> {
    if !(0..=ADVANCE_LIMIT).contains(&seconds) {
        return Err(Problem::bad_request("seconds must lie between 0 and ten years"));
    }
    let shared = std::sync::Arc::clone(management.shared());
    let advanced = tokio::spawn(async move { shared.advance(seconds).await });
    let (now, fired) =
        advanced.await.map_err(|_| Problem::bad_request("the clock stopped half way"))?;
    Ok(Json(Advanced { now, fired }))
}

pub(super) async fn pause(State(management): State<Management>) -> Json<Clock> {
    management.shared().change_clock(|clock, wall| clock.pause(wall));
    view(&management)
}

pub(super) async fn resume(State(management): State<Management>) -> Json<Clock> {
    management.shared().change_clock(|clock, wall| clock.resume(wall));
    view(&management)
}
