//! What a world does where WeChat leaves a choice.

use axum::{Json, extract::State};

use super::{Management, extract::Body, problem::Problem};
use crate::world::Settings;

pub(super) async fn read(State(management): State<Management>) -> Json<Settings> {
    Json(management.shared().read(|world, _| world.state().settings().clone()))
}

/// Replaces them all; what is left out has its default.
pub(super) async fn replace(
    State(management): State<Management>,
    Body(settings): Body<Settings>,
) -> Result<Json<Settings>, Problem> {
    management.shared().change(|world, _| world.set_settings(settings.clone()))?;
    Ok(Json(settings))
}
