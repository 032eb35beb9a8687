//! A mini program on the phone.

use std::path::PathBuf;

use axum::{Json, extract::State};
use serde_json::{Map, Value};
use suanpan_phone_compiler::{Bundle, CompileError, compile};
use suanpan_wechat::id::Appid;

use crate::http::management::Management;

/// A folder with a native mini program, and who it is.
#[derive(Debug, Clone)]
pub struct MiniProgram {
    /// The appid it runs under; one that the world knows, or `wx.login` fails.
    pub appid: Appid,
    /// Where its `app.json` or `project.config.json` lies. Read anew on every start of the program.
    pub folder: PathBuf,
    /// What `wx.getExtConfigSync()` gives it: for instance, where its servers are.
    pub ext: Map<String, Value>,
    /// Hosts that `wx.request` may reach besides this machine, as registered at WeChat ("request
    /// 合法域名").
    pub request_domains: Vec<String>,
}

impl MiniProgram {
    /// A program that talks to servers on this machine only.
    #[must_use]
    pub fn new(appid: Appid, folder: PathBuf) -> Self {
        Self { appid, folder, ext: Map::new(), request_domains: Vec::new() }
    }

    /// Adds an entry to the ext configuration.
    #[must_use]
    pub fn with_ext(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.ext.insert(name.to_owned(), value.into());
        self
    }

    pub(super) async fn compile(&self) -> Result<Bundle, CompileError> {
        let folder = self.folder.clone();
        let compiling = tokio::task::spawn_blocking(move || compile(&folder));
        compiling.await.unwrap_or_else(|_| {
            Err(CompileError::Internal("the compiler stopped unexpectedly".to_owned()))
        })
    }
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
    for program in management.surface.phone.programs().iter() {
        miniprograms.push(view(program).await);
    }
    Json(List { miniprograms })
}

async fn view(program: &MiniProgram) -> View {
    let (title, problem) = match program.compile().await {
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
