//! Stories: play one, write one down.

use std::sync::Arc;

use axum::{Json, extract::State};
use http::StatusCode;

use super::{Management, extract::Body, problem::Problem};
use crate::{
    http::inbox,
    scenario::{Report, Scenario, ScenarioError, play},
};

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Story {
    text: String,
}

/// Answers when the story is over. Runs in a task of its own: a client that hangs up must not leave
/// it half told.
pub(super) async fn play_story(
    State(management): State<Management>,
    Body(Story { text }): Body<Story>,
) -> Result<Json<Report>, Problem> {
    let scenario = Scenario::parse(&text)?;
    let shared = Arc::clone(management.shared());
    let inbox = inbox(management.surface.addresses);
    let played = tokio::spawn(async move { play(&shared, &scenario, &inbox, |_| {}).await });
    played.await.map(Json).map_err(|_| Problem::bad_request("the story broke off"))
}

#[derive(serde::Serialize)]
pub(super) struct Recording {
    recording: bool,
    /// What has been written down, as a story.
    text: String,
}

fn recording(recording: bool, text: Option<String>) -> Json<Recording> {
    Json(Recording { recording, text: text.unwrap_or_default() })
}

pub(super) async fn record(State(management): State<Management>) -> Json<Recording> {
    management.shared().start_recording();
    recording(true, None)
}

pub(super) async fn recorded(State(management): State<Management>) -> Json<Recording> {
    let text = management.shared().recording();
    recording(text.is_some(), text)
}

pub(super) async fn stop(State(management): State<Management>) -> Json<Recording> {
    recording(false, management.shared().stop_recording())
}

/// The merchant of a story acknowledges whatever comes.
pub(super) async fn acknowledge() -> StatusCode {
    StatusCode::NO_CONTENT
}

impl From<ScenarioError> for Problem {
    fn from(error: ScenarioError) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "SCENARIO", error.to_string())
    }
}
