//! Why a signature was refused, for whoever copied what was sent.

use axum::{Json, extract::State};

use super::{Management, extract::Body, problem::Problem};
use crate::world::{Explanation, Finding, Question, known_mistakes};

#[derive(serde::Serialize)]
pub(super) struct Known {
    mistakes: Vec<Finding>,
}

/// The mistakes that can be found.
pub(super) async fn list() -> Json<Known> {
    Json(Known { mistakes: known_mistakes() })
}

/// The search takes up to a second, which neither the world nor other calls should wait for.
pub(super) async fn explain(
    State(management): State<Management>,
    Body(question): Body<Question>,
) -> Result<Json<Explanation>, Problem> {
    let inquiry = management.shared().read(|world, times| world.inquire(question, times));
    let explained = tokio::task::spawn_blocking(move || inquiry.answer()).await;
    explained.map(Json).map_err(|_| Problem::bad_request("this could not be explained"))
}
