//! The phone's browsers: a reverse proxy that shows a page of this machine as a phone would.
//!
//! WeChat's browser gives every page `WeixinJSBridge` and calls itself `MicroMessenger`; the other one
//! does neither. Both are kept on this machine by a content security policy, and every way out of it ends
//! at a page that tells the phone where to go ([`super::site`]).

use axum::{
    Json,
    body::Body,
    extract::{Query, Request, State},
    response::{IntoResponse as _, Redirect, Response},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use http_body_util::{BodyExt as _, Limited};
use url::Url;

use super::{
    assets, fresh,
    site::{Inside, Place, Visit},
};
use crate::{
    http::management::{Management, Problem},
    shell::HttpClient,
};

/// Bytes of a request, and of a page that a script is put into.
const BODY_LIMIT: usize = 10 * 1024 * 1024;

/// Where our own files lie on every site's name; nobody else's path starts with a dot and our name.
const OWN: &str = "/.suanpan/";

const MICRO_MESSENGER: &str = "Mozilla/5.0 (Linux; Android 14; Suanpan Simulator) AppleWebKit/537.36 (KHTML, like Gecko) \
     Version/4.0 Chrome/134.0.0.0 Mobile Safari/537.36 MicroMessenger/8.0.50 Language/zh_CN";

const MOBILE_BROWSER: &str = "Mozilla/5.0 (Linux; Android 14; Suanpan Simulator) AppleWebKit/537.36 (KHTML, like Gecko) \
     Chrome/134.0.0.0 Mobile Safari/537.36";

impl Inside {
    const fn user_agent(self) -> &'static str {
        match self {
            Self::Wechat => MICRO_MESSENGER,
            Self::Browser => MOBILE_BROWSER,
        }
    }
}

pub(super) fn client() -> Result<HttpClient, reqwest::Error> {
    HttpClient::new(|| {
        reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy()
    })
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    url: String,
    user: String,
    inside: Inside,
}

#[derive(serde::Serialize)]
pub(super) struct Shown {
    /// For the frame.
    url: String,
    /// What the phone's browser calls itself there.
    user_agent: &'static str,
}

/// Where the phone finds a page that somebody wants to see.
pub(super) async fn visit(
    State(management): State<Management>,
    Query(Wanted { url, user, inside }): Query<Wanted>,
) -> Result<Json<Shown>, Problem> {
    let target = Url::parse(&url).map_err(|_| Problem::bad_request("this is no address"))?;
    let is_known = management.shared().read(|world, _| world.wallet(&user).is_some());
    if !is_known {
        return Err(Problem::not_found(format!("there is no user {user}")));
    }
    let start = Visit { inside, user, place: Place::Outside };
    let browser = Browser::of(&management);
    let url = browser.address(&start, &target);
    Ok(Json(Shown { url, user_agent: inside.user_agent() }))
}

/// A request to the name of a site.
pub(crate) async fn answer(management: &Management, label: &str, request: Request) -> Response {
    let Some(visit) = Visit::from_label(label) else {
        return page(StatusCode::NOT_FOUND, "没有这个网站 There is no such site");
    };
    let browser = Browser::of(management);
    if !browser.comes_from_the_phone(&request) {
        return page(StatusCode::FORBIDDEN, "别的网页不能调用 Pages of other origins may not call");
    }
    match (request.uri().path().strip_prefix(OWN), &visit.place) {
        (Some("web.js"), _) => own_script(&browser),
        (Some("go"), _) => match wanted(&request) {
            Some(target) => Redirect::to(&browser.address(&visit, &target)).into_response(),
            None => page(StatusCode::BAD_REQUEST, "这不是网址 This is no address"),
        },
        (Some(_), _) => page(StatusCode::NOT_FOUND, "没有这个文件 There is no such file"),
        (None, Place::Outside) => browser.outside(&visit, &request),
        (None, Place::Here { port, .. }) => browser.pass_on(&visit, *port, request).await,
    }
}

struct Browser<'a> {
    management: &'a Management,
    port: u16,
}

impl<'a> Browser<'a> {
    fn of(management: &'a Management) -> Self {
        Self { management, port: management.surface.addresses.management.port() }
    }

    fn address(&self, from: &Visit, target: &Url) -> String {
        from.to(target, &self.own_ports()).address_of(target, self.port)
    }

    fn own_ports(&self) -> [u16; 4] {
        let own = &self.management.surface.addresses;
        [own.management.port(), own.protocol.port(), own.proxy.port(), own.tls.port()]
    }

    /// Whatever changes something says where it comes from; a page elsewhere must not use us to reach a
    /// server on this machine under a friendlier name.
    fn comes_from_the_phone(&self, request: &Request) -> bool {
        let Some(origin) = request.headers().get(header::ORIGIN) else { return true };
        let origin = origin.to_str().ok().and_then(Visit::from_address);
        origin.is_some_and(|(_, url)| url.port_or_known_default() == Some(self.port))
    }

    /// The page that tells the phone where to go. `Referer` is what WeChat's servers would see.
    fn outside(&self, visit: &Visit, request: &Request) -> Response {
        let Some(target) = wanted(request) else {
            return page(StatusCode::BAD_REQUEST, "这不是网址 This is no address");
        };
        let referer = request.headers().get(header::REFERER).and_then(|value| value.to_str().ok());
        let referer = referer.and_then(as_upstream).unwrap_or_default();
        let script = Script { visit, leave: Some((target.as_str(), &referer)) }.tag();
        let body = format!("<!doctype html><meta charset=\"utf-8\">{script}");
        fresh("text/html; charset=utf-8", &self.policy(), body)
    }

    async fn pass_on(&self, visit: &Visit, port: u16, request: Request) -> Response {
        if self.own_ports().contains(&port) {
            return page(
                StatusCode::FORBIDDEN,
                "这是模拟器自己的端口 This port is the simulator's own",
            );
        }
        let upstream = visit.place.upstream().expect("a place on this machine has an address");
        let own = visit.origin(self.port);
        let path = request.uri().path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        let url = format!("{upstream}{}", in_the_sites_words(path, &own, &upstream));
        let (parts, body) = request.into_parts();
        let Ok(body) = Limited::new(body, BODY_LIMIT).collect().await else {
            return page(StatusCode::PAYLOAD_TOO_LARGE, "超过 10 MiB More than 10 MiB");
        };
        let client = self.management.surface.phone.browser.to(&url);
        let asked = client
            .request(parts.method, &url)
            .headers(towards_the_site(&parts.headers, visit))
            .body(told(&parts.headers, body.to_bytes(), &own, &upstream));
        match asked.send().await {
            Ok(answer) => self.pass_back(visit, answer).await,
            Err(error) => {
                tracing::debug!(%error, %url, "a page cannot be reached");
                page(
                    StatusCode::BAD_GATEWAY,
                    &format!("打不开网页 This page cannot be reached: {upstream}"),
                )
            }
        }
    }

    async fn pass_back(&self, visit: &Visit, answer: reqwest::Response) -> Response {
        let status = answer.status();
        let headers = self.towards_the_page(visit, answer.url(), answer.headers());
        let content_type = answer.headers().get(header::CONTENT_TYPE);
        let is_page = content_type.is_some_and(|value| value.as_bytes().starts_with(b"text/html"));
        let body = if is_page {
            match Limited::new(reqwest::Body::from(answer), BODY_LIMIT).collect().await {
                Ok(read) => {
                    let script = Script { visit, leave: None }.tag();
                    Body::from(with_script(&read.to_bytes(), &script))
                }
                Err(_) => return page(StatusCode::BAD_GATEWAY, "网页不完整 The page broke off"),
            }
        } else {
            Body::from_stream(answer.bytes_stream())
        };
        (status, headers, body).into_response()
    }

    fn towards_the_page(&self, visit: &Visit, url: &Url, given: &HeaderMap) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in given {
            let changed = match name {
                &header::LOCATION => {
                    let target = value.to_str().ok().and_then(|location| url.join(location).ok());
                    target.and_then(|target| self.address(visit, &target).try_into().ok())
                }
                &header::SET_COOKIE => value.to_str().ok().and_then(for_a_frame),
                // Ours takes the place of the page's, or the bridge might not run.
                &header::CONTENT_SECURITY_POLICY | &header::X_FRAME_OPTIONS => None,
                name if is_of_the_connection(name) => None,
                _ => Some(value.clone()),
            };
            if let Some(value) = changed {
                headers.append(name, value);
            }
        }
        let policy = HeaderValue::try_from(self.policy()).expect("a policy is ASCII");
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        headers
    }

    /// Pages of this machine only; what stands in a page may be as careless as pages are.
    fn policy(&self) -> String {
        let port = self.port;
        let here = format!(
            "'self' 'unsafe-inline' 'unsafe-eval' data: blob: \
             http://127.0.0.1:* http://localhost:* http://*.localhost:{port}"
        );
        format!(
            "default-src {here}; form-action {here}; \
             frame-ancestors 'self' http://127.0.0.1:{port} http://localhost:{port} http://[::1]:{port}"
        )
    }
}

/// The script in every page.
struct Script<'a> {
    visit: &'a Visit,
    /// Where the page wants to go, and where it was.
    leave: Option<(&'a str, &'a str)>,
}

impl Script<'_> {
    fn tag(&self) -> String {
        let upstream = self.visit.place.upstream().unwrap_or_default();
        let inside = match self.visit.inside {
            Inside::Wechat => "wechat",
            Inside::Browser => "browser",
        };
        let leave = self.leave.map(|(url, referer)| {
            format!(" data-leave=\"{}\" data-referer=\"{}\"", escaped(url), escaped(referer))
        });
        format!(
            "<script src=\"{OWN}web.js\" data-upstream=\"{upstream}\" data-inside=\"{inside}\" \
             data-user-agent=\"{}\"{}></script>",
            self.visit.inside.user_agent(),
            leave.unwrap_or_default()
        )
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;")
}

fn own_script(browser: &Browser<'_>) -> Response {
    match assets::file("guest/web.js") {
        Some(file) => fresh("text/javascript; charset=utf-8", &browser.policy(), file.into_owned()),
        None => page(StatusCode::NOT_FOUND, "没有这个文件 There is no such file"),
    }
}

/// `?url=…`
fn wanted(request: &Request) -> Option<Url> {
    let query = request.uri().query()?;
    let mut members = url::form_urlencoded::parse(query.as_bytes());
    members.find(|(name, _)| name == "url").and_then(|(_, url)| Url::parse(&url).ok())
}

/// A page of ours by the name its server knows.
fn as_upstream(address: &str) -> Option<String> {
    let (visit, url) = Visit::from_address(address)?;
    Some(format!("{}{}", visit.place.upstream()?, &url[url::Position::BeforePath..]))
}

/// A page that tells its server where it is, to have that address signed for instance, means the address
/// the server knows.
fn in_the_sites_words(text: &str, own: &str, upstream: &str) -> String {
    let escaped = |address: &str| address.replace('/', "\\/");
    let percent = |address: &str| address.replace(':', "%3A").replace('/', "%2F");
    let lower = |address: &str| address.replace(':', "%3a").replace('/', "%2f");
    text.replace(own, upstream)
        .replace(&escaped(own), &escaped(upstream))
        .replace(&percent(own), &percent(upstream))
        .replace(&lower(own), &lower(upstream))
}

/// The same in a body, where that is text.
fn told(headers: &HeaderMap, body: Bytes, own: &str, upstream: &str) -> Bytes {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let is_text = content_type.is_some_and(|value| {
        value.starts_with("text/") || value.contains("json") || value.contains("urlencoded")
    });
    match std::str::from_utf8(&body) {
        Ok(text) if is_text => in_the_sites_words(text, own, upstream).into(),
        Ok(_) | Err(_) => body,
    }
}

fn towards_the_site(given: &HeaderMap, visit: &Visit) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::USER_AGENT, HeaderValue::from_static(visit.inside.user_agent()));
    for (name, value) in given {
        let changed = match name {
            &header::ORIGIN => visit.place.upstream().and_then(|upstream| upstream.try_into().ok()),
            &header::REFERER => value
                .to_str()
                .ok()
                .and_then(as_upstream)
                .and_then(|referer| referer.try_into().ok()),
            // A page is read to put the script in; what the browser says of frames is not the site's.
            &header::HOST | &header::ACCEPT_ENCODING | &header::USER_AGENT => None,
            name if is_of_the_connection(name) || name.as_str().starts_with("sec-") => None,
            _ => Some(value.clone()),
        };
        if let Some(value) = changed {
            headers.append(name, value);
        }
    }
    headers
}

fn is_of_the_connection(name: &HeaderName) -> bool {
    matches!(
        name.as_str(),
        "connection"
            | "content-length"
            | "keep-alive"
            | "proxy-connection"
            | "te"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
    )
}

/// Browsers keep cookies from frames of other sites unless these words allow them; a name of ours is a
/// secure place without TLS. `Domain` would name a host that is not the frame's.
fn for_a_frame(cookie: &str) -> Option<HeaderValue> {
    const OURS: [&str; 4] = ["domain", "samesite", "secure", "partitioned"];
    let kept = cookie.split(';').filter(|part| {
        let name = part.split('=').next().unwrap_or_default().trim();
        !OURS.iter().any(|ours| name.eq_ignore_ascii_case(ours))
    });
    let kept: Vec<_> = kept.collect();
    HeaderValue::try_from(format!("{}; SameSite=None; Secure; Partitioned", kept.join(";"))).ok()
}

/// Puts the script before everything else that runs: into the head, or where a head would begin.
fn with_script(page: &Bytes, script: &str) -> Vec<u8> {
    let lower = page.to_ascii_lowercase();
    let behind = |tag: &[u8]| {
        let start = lower.windows(tag.len() + 1).position(|window| {
            window.starts_with(tag)
                && matches!(window[tag.len()], b'>' | b' ' | b'\n' | b'\r' | b'\t')
        })?;
        let end = lower[start..].iter().position(|byte| *byte == b'>')?;
        Some(start + end + 1)
    };
    let doctype = || behind(b"<!doctype");
    let at = behind(b"<head").or_else(|| behind(b"<html")).or_else(doctype).unwrap_or(0);
    [&page[..at], script.as_bytes(), &page[at..]].concat()
}

/// A page of our own, for people.
fn page(status: StatusCode, text: &str) -> Response {
    let body = format!(
        "<!doctype html><meta charset=\"utf-8\"><meta name=\"color-scheme\" content=\"light dark\">\
         <title>模拟 SIMULATED</title><p style=\"margin:3rem 1.5rem;font:16px/1.6 sans-serif;text-align:center\">{text}"
    );
    let mut response =
        fresh("text/html; charset=utf-8", "default-src 'none'; style-src 'unsafe-inline'", body);
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_comes_before_any_other() {
        let table = [
            (
                "<!DOCTYPE html><html><HEAD lang=x><script>",
                "<!DOCTYPE html><html><HEAD lang=x>§<script>",
            ),
            ("<html lang=\"zh\"><header><p>", "<html lang=\"zh\">§<header><p>"),
            ("<!doctype html><p>", "<!doctype html>§<p>"),
            ("<p>", "§<p>"),
            ("", "§"),
        ];
        for (page, wanted) in table {
            let made = with_script(&Bytes::from_static(page.as_bytes()), "§");
            assert_eq!(String::from_utf8(made).unwrap(), wanted);
        }
    }

    #[test]
    fn a_cookie_survives_in_a_frame() {
        let table = [
            ("a=b", "a=b; SameSite=None; Secure; Partitioned"),
            (
                "a=b; Domain=x.y; HttpOnly; SameSite=Lax; Path=/; secure",
                "a=b; HttpOnly; Path=/; SameSite=None; Secure; Partitioned",
            ),
        ];
        for (cookie, wanted) in table {
            assert_eq!(for_a_frame(cookie).unwrap(), wanted);
        }
    }

    #[test]
    fn a_page_names_itself_as_its_server_knows_it() {
        let own = "http://127-0-0-1-8701--amei.localhost:9702";
        let told = |text: &str| in_the_sites_words(text, own, "http://127.0.0.1:8701");
        let table = [
            (
                "/sign?url=http%3A%2F%2F127-0-0-1-8701--amei.localhost%3A9702%2Fpay%3Fa",
                "/sign?url=http%3A%2F%2F127.0.0.1%3A8701%2Fpay%3Fa",
            ),
            (
                r#"{"url":"http:\/\/127-0-0-1-8701--amei.localhost:9702\/p"}"#,
                r#"{"url":"http:\/\/127.0.0.1:8701\/p"}"#,
            ),
            (
                "http://127-0-0-1-8701--bo.localhost:9702/",
                "http://127-0-0-1-8701--bo.localhost:9702/",
            ),
        ];
        for (text, wanted) in table {
            assert_eq!(told(text), wanted);
        }
        let mut headers = HeaderMap::new();
        let body = Bytes::from_static(b"http://127-0-0-1-8701--amei.localhost:9702");
        assert_eq!(super::told(&headers, body.clone(), own, "x"), body, "no text, no change");
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        assert_eq!(super::told(&headers, body, own, "x"), "x");
    }

    #[test]
    fn addresses_in_attributes_stay_there() {
        assert_eq!(escaped("a\"><script>&"), "a&quot;>&lt;script>&amp;");
    }
}
