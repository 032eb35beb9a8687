//! The origin of one mini program: the runtime, the compiled bundle, and the program's pictures.

use axum::response::Response;
use percent_encoding::percent_decode_str;
use suanpan_phone_compiler::CompileError;

use super::{Phone, assets, fresh, program::compiled};
use crate::MiniProgram;

/// The file at `path` on the origin of the program that `label` names.
pub(super) async fn answer(phone: &Phone, label: &str, path: &str, port: u16) -> Option<Response> {
    let program = &phone.program(label)?;
    let policy = policy(port);
    let (file, content_type) = match path {
        "/" => ("guest/index.html", "text/html; charset=utf-8"),
        "/guest.js" => ("guest/guest.js", JAVASCRIPT),
        "/guest.css" => ("guest/guest.css", "text/css; charset=utf-8"),
        "/bundle.js" => return Some(fresh(JAVASCRIPT, &policy, bundle(program).await)),
        _ => return picture(program, path, &policy).await,
    };
    Some(fresh(content_type, &policy, assets::file(file)?.into_owned()))
}

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

/// The program talks to nobody but its own origin; styles come as text, since the runtime writes
/// them into the page. Only the host page may frame it.
fn policy(port: u16) -> String {
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
         img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
         frame-ancestors http://127.0.0.1:{port} http://localhost:{port} http://[::1]:{port}"
    )
}

/// The program, compiled as it is now: that takes milliseconds, and a cache could only be stale. A
/// program that does not compile is a script too, one that says why.
async fn bundle(program: &MiniProgram) -> String {
    match compiled(program).await {
        Ok(bundle) => {
            for warning in &bundle.warnings {
                tracing::warn!(appid = %program.appid, "{warning}");
            }
            bundle.javascript
        }
        Err(error) => {
            tracing::warn!(appid = %program.appid, %error, "the mini program does not compile");
            let failure = serde_json::json!({ "errors": sentences(&error) });
            format!("__suanpanBundleFailed({failure});")
        }
    }
}

fn sentences(error: &CompileError) -> Vec<String> {
    match error {
        CompileError::Source { errors, .. } => errors.iter().map(ToString::to_string).collect(),
        other => vec![other.to_string()],
    }
}

/// A picture of the program. The compiler lists the files it found inside the folder, so no path can
/// name one outside; other kinds of files stay where they are.
async fn picture(program: &MiniProgram, path: &str, policy: &str) -> Option<Response> {
    let name = percent_decode_str(path.strip_prefix('/')?).decode_utf8().ok()?;
    let content_type = picture_type(&name)?;
    let file = compiled(program).await.ok()?.assets.get(name.as_ref())?.clone();
    let bytes = tokio::fs::read(file).await.ok()?;
    Some(fresh(content_type, policy, bytes))
}

fn picture_type(name: &str) -> Option<&'static str> {
    match name.rsplit_once('.')?.1.to_ascii_lowercase().as_str() {
        "png" => Some("image/png"),
        "jpg" | "jpeg" => Some("image/jpeg"),
        "gif" => Some("image/gif"),
        "webp" => Some("image/webp"),
        "svg" => Some("image/svg+xml"),
        _ => None,
    }
}
