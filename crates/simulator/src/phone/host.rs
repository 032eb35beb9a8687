//! The host page's files.

use axum::response::Response;

use super::{assets, fresh};

/// The file at `path`, for the page on this port.
pub(super) fn answer(path: &str, port: u16) -> Option<Response> {
    let (file, content_type) = match path {
        "/" => ("host/index.html", "text/html; charset=utf-8"),
        "/phone.js" => ("host/phone.js", "text/javascript; charset=utf-8"),
        "/phone.css" => ("host/phone.css", "text/css; charset=utf-8"),
        "/LICENSES.txt" => ("LICENSES.txt", "text/plain; charset=utf-8"),
        _ => return None,
    };
    Some(fresh(content_type, &policy(port), assets::file(file)?.into_owned()))
}

/// The page loads nothing from elsewhere, frames only mini programs, and lets nobody frame it: a
/// cashier inside a foreign page could be clicked by trickery.
fn policy(port: u16) -> String {
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
         connect-src 'self'; frame-src http://*.localhost:{port}; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'"
    )
}
