//! The virtual clock: what it says, what a jump would do, and the jump.

use std::sync::Arc;

use axum::{Json, extract::State};
use suanpan_wechat::Timestamp;

use super::{
    Management,
    extract::{Body, Params},
    problem::Problem,
};
use crate::{
    scenario::Step,
    shell::Jump,
    world::{Happening, Planned},
};

/// Ten years in one step; more is a typing error.
pub(super) const ADVANCE_LIMIT: i64 = 10 * 366 * 24 * 3600;

/// How many planned things one answer lists.
const PLANNED_LIMIT: usize = 1000;

/// What is looked at when nothing is said: a day.
const WITHIN: i64 = 24 * 3600;

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

/// What a jump to `until` would do.
#[derive(serde::Serialize)]
pub(super) struct Forecast {
    now: Timestamp,
    until: Timestamp,
    due: Vec<Planned>,
    /// There is more than is listed.
    more: bool,
}

fn forecast(management: &Management, until: Timestamp) -> Forecast {
    management.shared().read(|world, times| {
        let mut due = world.planned(until, PLANNED_LIMIT + 1);
        let more = due.len() > PLANNED_LIMIT;
        due.truncate(PLANNED_LIMIT);
        Forecast { now: times.business, until, due, more }
    })
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Within {
    /// In seconds.
    #[serde(default)]
    within: Option<i64>,
}

pub(super) async fn due(
    State(management): State<Management>,
    Params(Within { within }): Params<Within>,
) -> Result<Json<Forecast>, Problem> {
    let now = management.shared().read(|_, times| times.business);
    let until = now.plus(check_distance(within.unwrap_or(WITHIN))?);
    Ok(Json(forecast(&management, until)))
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Advance {
    seconds: i64,
    /// Only says what would happen.
    #[serde(default)]
    dry_run: bool,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Set {
    at: Timestamp,
    /// Only says what would happen.
    #[serde(default)]
    dry_run: bool,
}

/// What a jump did, or would do.
#[derive(serde::Serialize)]
#[serde(untagged)]
pub(super) enum Moved {
    Done { now: Timestamp, fired: Vec<Happening> },
    Planned(Forecast),
}

fn check_distance(seconds: i64) -> Result<i64, Problem> {
    if (0..=ADVANCE_LIMIT).contains(&seconds) {
        Ok(seconds)
    } else {
        Err(Problem::bad_request("seconds must lie between 0 and ten years"))
    }
}

pub(super) async fn advance(
    State(management): State<Management>,
    Body(Advance { seconds, dry_run }): Body<Advance>,
) -> Result<Json<Moved>, Problem> {
    let seconds = check_distance(seconds)?;
    move_clock(&management, Jump::By { seconds }, dry_run).await
}

/// Business time never goes back; a fresh world starts at the real time again.
pub(super) async fn set(
    State(management): State<Management>,
    Body(Set { at, dry_run }): Body<Set>,
) -> Result<Json<Moved>, Problem> {
    let now = management.shared().read(|_, times| times.business);
    if at < now {
        return Err(Problem::bad_request(format!(
            "it is {now} already and business time never goes back; POST /api/reset starts afresh"
        )));
    }
    check_distance(at.since(now))?;
    move_clock(&management, Jump::To(at), dry_run).await
}

/// Runs in a task of its own: a client that hangs up must not leave the clock half way.
async fn move_clock(
    management: &Management,
    jump: Jump,
    dry_run: bool,
) -> Result<Json<Moved>, Problem> {
    let shared = Arc::clone(management.shared());
    if dry_run {
        let until = match jump {
            Jump::By { seconds } => shared.read(|_, times| times.business.plus(seconds)),
            Jump::To(instant) => instant,
        };
        return Ok(Json(Moved::Planned(forecast(management, until))));
    }
    shared.note(match jump {
        Jump::By { seconds } => Step::Advance { seconds },
        Jump::To(instant) => Step::Until { instant },
    });
    let advanced = tokio::spawn(async move { shared.advance(jump).await });
    let (now, fired) =
        advanced.await.map_err(|_| Problem::bad_request("the clock stopped half way"))?;
    Ok(Json(Moved::Done { now, fired }))
}

pub(super) async fn pause(State(management): State<Management>) -> Json<Clock> {
    management.shared().change_clock(|clock, wall| clock.pause(wall));
    management.shared().note(Step::Pause);
    view(&management)
}

pub(super) async fn resume(State(management): State<Management>) -> Json<Clock> {
    management.shared().change_clock(|clock, wall| clock.resume(wall));
    management.shared().note(Step::Resume);
    view(&management)
}
