//! The phone: the host page, the origins of mini programs and web sites, and what they need of a server.
//!
//! A mini program runs on `<appid>.localhost`, an origin of its own, and its content security policy
//! lets it talk to nobody else: whatever it wants it asks of the host page. The host page is on the
//! management origin and calls the management API like any other client.

mod assets;
mod browser;
mod guest;
mod host;
mod outbound;
mod program;
mod scan;
mod site;
#[cfg(test)]
mod tests;
mod watch;

use std::sync::Arc;

use axum::{
    Router,
    extract::{Request, State},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};

use crate::{
    MiniProgram,
    http::management::{GuestHost, Management, Problem, no_such_path},
    mini_program::MiniPrograms,
    shell::HttpClient,
};

pub(crate) use browser::answer as show_site;
pub(crate) use site::is_visit;
pub(crate) use watch::watch;

/// The programs on the phone and the client that calls out for them.
#[derive(Debug, Clone)]
pub(crate) struct Phone {
    programs: MiniPrograms,
    outbound: outbound::Outbound,
    browser: Arc<HttpClient>,
}

impl Phone {
    pub(crate) fn new(
        programs: MiniPrograms,
        management_port: u16,
    ) -> Result<Self, reqwest::Error> {
        Ok(Self {
            programs,
            outbound: outbound::Outbound::new(management_port)?,
            browser: Arc::new(browser::client()?),
        })
    }

    fn programs(&self) -> Vec<MiniProgram> {
        self.programs.all()
    }

    fn program(&self, appid: &str) -> Option<MiniProgram> {
        // Host names have no case, so the browser lower-cases the appid in them.
        let mut programs = self.programs().into_iter();
        programs.find(|program| program.appid.as_str().eq_ignore_ascii_case(appid))
    }
}

/// Everything the phone adds to the management address.
pub(crate) fn router() -> Router<Management> {
    Router::new()
        .route("/api/miniprograms", get(program::list))
        .route("/api/phone/request", post(outbound::request))
        .route("/api/phone/scan", post(scan::read))
        .route("/api/phone/qr", get(scan::draw))
        .route("/api/phone/visit", get(browser::visit))
        .route("/", get(page))
        .route("/{*path}", get(page))
}

/// A file of the host page or, on a mini program's own host name, of that program.
async fn page(State(management): State<Management>, request: Request) -> Response {
    let path = request.uri().path();
    let port = management.surface.addresses.management.port();
    let answered = match request.extensions().get::<GuestHost>() {
        Some(GuestHost(label)) => guest::answer(&management.surface.phone, label, path, port).await,
        None => host::answer(path, port),
    };
    match answered {
        Some(response) => response,
        None => no_such_path().await.into_response(),
    }
}

/// An answer that no cache keeps: programs change while they are looked at.
fn fresh(content_type: &'static str, policy: &str, body: impl Into<axum::body::Body>) -> Response {
    use http::header::{
        CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY,
        X_CONTENT_TYPE_OPTIONS,
    };
    let headers = [
        (CONTENT_TYPE, content_type),
        (CONTENT_SECURITY_POLICY, policy),
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
    ];
    (headers, body.into()).into_response()
}

fn unknown_program(appid: &str) -> Problem {
    Problem::not_found(format!("there is no mini program {appid} on the phone"))
}
