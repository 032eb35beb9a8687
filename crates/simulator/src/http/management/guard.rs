//! Who may call: pages of other origins may not, and neither may other machines without a token.
//!
//! A browser will happily send a web page's request to a loopback address, and DNS can make a
//! foreign name point there; `Origin` gives the first away, `Host` the second.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use http::{
    HeaderMap, StatusCode,
    header::{AUTHORIZATION, HOST, ORIGIN},
};
use subtle::ConstantTimeEq as _;

use super::{Management, problem::Problem};
use crate::http::INBOX_PATH;

/// The request came to `<label>.localhost`: a mini program's own origin. (A web site's is answered
/// before any route.)
#[derive(Debug, Clone)]
#[cfg_attr(
    not(feature = "phone"),
    expect(dead_code, reason = "read by what is mounted on the guest origin")
)]
pub(crate) struct GuestHost(pub(crate) String);

/// Checks host, origin and token before anything else looks at a request.
pub(crate) async fn check(
    State(management): State<Management>,
    mut request: Request,
    next: Next,
) -> Response {
    let token = management.surface.token.as_deref();
    let host = request_host(&request);
    let admitted = match host.as_deref().map(|host| kind(host, token.is_some())) {
        Some(HostKind::Management) => {
            // Notifications have no token to show; they are acknowledged and nothing else.
            let token = token.filter(|_| request.uri().path() != INBOX_PATH);
            check_caller(request.headers(), host.as_deref(), token)
        }
        #[cfg(feature = "phone")]
        Some(HostKind::Guest(label)) if crate::phone::is_visit(&label) => {
            // Sites have paths of their own, so no route of ours may see the request. Whoever can come
            // from another machine could reach this one's servers that way.
            return match token {
                None => crate::phone::show_site(&management, &label, request).await,
                Some(_) => foreign_host().into_response(),
            };
        }
        Some(HostKind::Guest(_)) if request.uri().path().starts_with("/api/") => Err(Problem::new(
            StatusCode::FORBIDDEN,
            "GUEST",
            "a mini program's origin has no management calls",
        )),
        Some(HostKind::Guest(label)) => {
            request.extensions_mut().insert(GuestHost(label));
            Ok(())
        }
        Some(HostKind::Foreign) | None => Err(foreign_host()),
    };
    match admitted {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

fn foreign_host() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "FOREIGN_HOST",
        "this address answers to loopback names only",
    )
}

/// HTTP/2 has the host in its target, HTTP/1.1 in a header.
fn request_host(request: &Request) -> Option<String> {
    let header = request.headers().get(HOST).and_then(|value| value.to_str().ok());
    let authority = request.uri().authority().map(http::uri::Authority::as_str);
    header.or(authority).map(str::to_ascii_lowercase)
}

fn check_caller(
    headers: &HeaderMap,
    host: Option<&str>,
    token: Option<&str>,
) -> Result<(), Problem> {
    let foreign = |detail: &str| Err(Problem::new(StatusCode::FORBIDDEN, "FOREIGN_ORIGIN", detail));
    if headers.get_all(HOST).iter().count() > 1 {
        return foreign("more than one Host header");
    }
    if let Some(origin) = headers.get(ORIGIN) {
        let own = host.map(|host| format!("http://{host}"));
        if origin.to_str().ok().map(str::to_ascii_lowercase) != own {
            return foreign("pages of other origins may not call this address");
        }
    }
    let Some(token) = token else { return Ok(()) };
    let given = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = given.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    if bool::from(given.as_bytes().ct_eq(token.as_bytes())) {
        Ok(())
    } else {
        Err(Problem::new(StatusCode::UNAUTHORIZED, "NO_TOKEN", "this address demands its token"))
    }
}

#[derive(Debug, PartialEq, Eq)]
enum HostKind {
    Management,
    Guest(String),
    Foreign,
}

/// With a token any name will do: the token is what a foreign page cannot have.
fn kind(host: &str, has_token: bool) -> HostKind {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if !name.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => name,
        Some(_) | None => host,
    };
    match name {
        "localhost" | "127.0.0.1" | "[::1]" => HostKind::Management,
        _ => match name.strip_suffix(".localhost") {
            Some(label)
                if !label.is_empty()
                    && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') =>
            {
                HostKind::Guest(label.to_owned())
            }
            Some(_) | None if has_token => HostKind::Management,
            Some(_) | None => HostKind::Foreign,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_names_are_ours() {
        for own in ["localhost", "localhost:9702", "127.0.0.1:9702", "[::1]:9702", "[::1]"] {
            assert_eq!(kind(own, false), HostKind::Management, "{own}");
        }
        for label in ["wx1", "127-0-0-1-8701--amei"] {
            let host = format!("{label}.localhost:9702");
            assert_eq!(kind(&host, false), HostKind::Guest(label.into()));
        }
        for foreign in ["evil.example", "127.0.0.1.evil.example", "a.b.localhost", ".localhost", ""]
        {
            assert_eq!(kind(foreign, false), HostKind::Foreign, "{foreign}");
            assert_eq!(kind(foreign, true), HostKind::Management, "{foreign}");
        }
    }
}
