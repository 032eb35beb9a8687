//! Compiles a native mini program (WXML, WXS, WXSS, JS, JSON) into one script for the phone's
//! runtime.
//!
//! The templates and style sheets go through WeChat's own open-source compilers (glass-easel), so a
//! program that runs here was read by the same grammar as on a real phone. Those crates are heavy
//! and bring dependencies nothing else of ours wants; this crate is the only place that names them.
//!
//! What it refuses: files outside the program's folder (by `..`, by an absolute path, or through a
//! symbolic link), folders beyond [`Limits`], and source with an error. It does not run, transpile or
//! check JavaScript: each file becomes one function of the bundle, and a syntax error shows itself
//! in the browser, at a line that the marker comment before every file makes attributable.
//!
//! The output is a classic script that calls one global, [`ENTRY`], with everything the runtime
//! needs. It contains no `eval`, so the guest page can forbid it.

mod app;
mod diagnostic;
mod error;
mod module;
mod path;
mod source;
mod style;
mod template;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use diagnostic::{Diagnostic, Level};
pub use error::CompileError;
pub use module::ENTRY;
pub use source::{Limits, stamp};

use source::Source;

/// A compiled mini program.
#[derive(Debug, Clone)]
pub struct Bundle {
    /// The classic script to serve as `/bundle.js`.
    pub javascript: String,
    /// `pages` of `app.json`, first one first: the entry page.
    pub pages: Vec<String>,
    /// `window.navigationBarTitleText` of `app.json`; empty when absent.
    pub window_title: String,
    /// `appid` of `project.config.json`, when that file names a real one.
    pub appid: Option<String>,
    /// What the compilers found odd but could work with.
    pub warnings: Vec<Diagnostic>,
    /// Pictures and other files to serve as they are: path inside the program → path on disk.
    /// Looking a request up here, instead of joining paths, cannot leave the folder.
    pub assets: BTreeMap<String, PathBuf>,
}

/// Compiles the mini program in `dir` (where `app.json` or `project.config.json` lies).
///
/// # Errors
///
/// See [`CompileError`]; source errors are collected, not reported one by one.
pub fn compile(dir: &Path) -> Result<Bundle, CompileError> {
    compile_within(dir, &Limits::default())
}

/// [`compile`] with bounds other than the default ones.
///
/// # Errors
///
/// As [`compile`].
pub fn compile_within(dir: &Path, limits: &Limits) -> Result<Bundle, CompileError> {
    let source = Source::read(dir, limits)?;
    let app = app::App::read(&source)?;
    let mut diagnostics = Vec::new();
    let components = app.components(&source, &mut diagnostics)?;
    let templates = template::compile(&source, &mut diagnostics)?;
    let styles = style::compile(&source, &components, &mut diagnostics);
    module::check(&source, &mut diagnostics);

    let (errors, warnings): (Vec<_>, Vec<_>) =
        diagnostics.into_iter().partition(|found| found.level == Level::Error);
    if !errors.is_empty() {
        return Err(CompileError::Source { errors, warnings });
    }
    Ok(Bundle {
        javascript: module::assemble(&app, &components, &templates, &styles, &source),
        window_title: app.window_title(),
        pages: app.pages,
        appid: source.appid,
        warnings,
        assets: source.assets,
    })
}
