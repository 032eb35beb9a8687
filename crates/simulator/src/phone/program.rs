//! Compiling and listing the mini programs.

use axum::{Json, extract::State};
use serde_json::{Map, Value};
use suanpan_phone_compiler::{Bundle, CompileError, compile};
use suanpan_wechat::id::Appid;

use crate::{MiniProgram, http::management::Management};

/// Compiles the program as it is on disk now, off the threads that answer requests.
pub(super) async fn compiled(program: &MiniProgram) -> Result<Bundle, CompileError> {
    let folder = program.folder.clone();
    let compiling = tokio::task::spawn_blocking(move || compile(&folder));
    compiling.await.unwrap_or_else(|_| {
        Err(CompileError::Internal("the compiler stopped unexpectedly".to_owned()))
    })
}

#[derive(serde::Serialize)]
pub(super) struct List {
    miniprograms: Vec<View>,
}

#[derive(serde::Serialize)]
struct View {
    appid: Appid,
    name: String,
    path: String,
    ext: Map<String, Value>,
    /// Why it will not start, if so.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

pub(super) async fn list(State(management): State<Management>) -> Json<List> {
    let mut miniprograms = Vec::new();
    for program in management.surface.phone.programs() {
        miniprograms.push(view(&program).await);
    }
    Json(List { miniprograms })
}

async fn view(program: &MiniProgram) -> View {
    let (title, problem) = match compiled(program).await {
        Ok(bundle) => (bundle.window_title, None),
        Err(error) => (String::new(), Some(error.to_string())),
    };
    View {
        appid: program.appid.clone(),
        name: if title.is_empty() { program.appid.to_string() } else { title },
        path: program.folder.display().to_string(),
        ext: program.ext.clone(),
        problem,
    }
}
