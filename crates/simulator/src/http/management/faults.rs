//! Faults: read, replace, clear.

use axum::{Json, extract::State};
use http::StatusCode;

use super::{Management, extract::Body, problem::Problem};
use crate::world::Fault;

/// More than anybody can mean.
const LIMIT: usize = 100;

#[derive(serde::Serialize)]
pub(super) struct FaultView {
    #[serde(flatten)]
    fault: Fault,
    /// Said where switching the fault on changes nothing yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'static str>,
}

fn view(management: &Management) -> Json<Vec<FaultView>> {
    let faults = management.shared().read(|world, _| world.faults().to_vec());
    let noted = faults.into_iter().map(|fault| FaultView {
        note: (!fault.name.has_effect()).then_some("no effect: this simulator has no bills yet"),
        fault,
    });
    Json(noted.collect())
}

pub(super) async fn read(State(management): State<Management>) -> Json<Vec<FaultView>> {
    view(&management)
}

pub(super) async fn replace(
    State(management): State<Management>,
    Body(faults): Body<Vec<Fault>>,
) -> Result<Json<Vec<FaultView>>, Problem> {
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
