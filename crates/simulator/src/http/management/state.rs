//! The whole world as one file: out, and in again, on this machine or another.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{
    HeaderValue, StatusCode,
    header::{CONTENT_DISPOSITION, CONTENT_TYPE},
};
use suanpan_wechat::Timestamp;

use super::{Management, extract::JsonFile, problem::Problem};
use crate::{
    shell::{Stored, UnreadableWorld},
    world::ImportError,
};

pub(super) async fn export(State(management): State<Management>) -> Result<Response, Problem> {
    let shared = std::sync::Arc::clone(management.shared());
    // A large world takes a moment to write, and others want to be served.
    let written = tokio::task::spawn_blocking(move || {
        let stored = shared.snapshot();
        (stored.state.seed(), stored.to_bytes())
    });
    let (seed, bytes) =
        written.await.map_err(|_| Problem::bad_request("the world was not written"))?;
    let name = format!("attachment; filename=\"suanpan-world-{seed}.json\"");
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(
        CONTENT_DISPOSITION,
        HeaderValue::from_str(&name).expect("digits and letters are visible ASCII"),
    );
    Ok(response)
}

#[derive(serde::Serialize)]
pub(super) struct Imported {
    seed: u64,
    now: Timestamp,
}

pub(super) async fn import(
    State(management): State<Management>,
    JsonFile(bytes): JsonFile,
) -> Result<Json<Imported>, Problem> {
    let read = tokio::task::spawn_blocking(move || Stored::read(&bytes));
    let stored = read.await.map_err(|_| Problem::bad_request("the world was not read"))??;
    let shared = management.shared();
    shared.import(stored).await?;
    Ok(Json(shared.read(|world, times| Imported { seed: world.seed(), now: times.business })))
}

impl From<UnreadableWorld> for Problem {
    fn from(error: UnreadableWorld) -> Self {
        let code = match error {
            UnreadableWorld::Foreign => "FOREIGN_STATE",
            UnreadableWorld::OtherVersion { .. } => "OTHER_VERSION",
            UnreadableWorld::Broken(_) => "BROKEN_STATE",
        };
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, error.to_string())
    }
}

impl From<ImportError> for Problem {
    fn from(error: ImportError) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "IMPOSSIBLE_STATE", error.to_string())
    }
}
