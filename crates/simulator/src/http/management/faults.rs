//! Faults: read, replace, clear.

use axum::{Json, extract::State};
use http::StatusCode;

use super::{Management, extract::Body, problem::Problem};
use crate::world::Fault;

/// More than anybody can mean.
const LIMIT: usize = 100;

fn view(management: &Management) -> Json<Vec<Fault>> {
    Json(management.shared().read(|world, _| world.faults().to_vec()))
}

pub(super) async fn read(State(management): State<Management>) -> Json<Vec<Fault>> {
    view(&management)
}

pub(super) async fn replace(
    State(management): State<Management>,
    Body(faults): Body<Vec<Fault>>,
) -> Result<Json<Vec<Fault>>, Problem> {
    if faults.len() > LIMIT {
        return Err(Problem::bad_request("at most 100 faults"));
    }
    management.shared().change(|world, _| world.set_faults(faults));
    Ok(view(&management))
}

pub(super) async fn clear(State(management): State<Management>) -> StatusCode {
    management.shared().change(|world, _| world.set_faults(Vec::new()));
    StatusCode::NO_CONTENT
}
