//! Faults: which there are, which are on; replace, clear, or a whole bad day at once.

use axum::{Json, extract::State};
use http::StatusCode;

use super::{Management, extract::Body, problem::Problem};
use crate::{
    scenario::Step,
    world::{Fault, FaultName, FaultPlace},
};

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
    let shared = management.shared();
    shared.note(Step::Calm);
    faults.iter().for_each(|fault| shared.note(Step::Fault(fault.clone())));
    shared.change(|world, _| world.set_faults(faults));
    Ok(view(&management))
}

/// What can be switched on.
#[derive(serde::Serialize)]
pub(super) struct Known {
    name: FaultName,
    place: FaultPlace,
}

pub(super) async fn known() -> Json<Vec<Known>> {
    Json(FaultName::ALL.map(|name| Known { name, place: name.place() }).into())
}

pub(super) async fn be_nasty(State(management): State<Management>) -> Json<Vec<Fault>> {
    management.shared().note(Step::Nasty);
    management.shared().change(|world, _| world.be_nasty());
    view(&management)
}

pub(super) async fn clear(State(management): State<Management>) -> StatusCode {
    management.shared().note(Step::Calm);
    management.shared().change(|world, _| world.set_faults(Vec::new()));
    StatusCode::NO_CONTENT
}
