//! `wx.request`: WeChat itself performs a mini program's calls, so no browser's rules apply to them.
//!
//! A program reaches servers on this machine and the domains registered for it, nothing else. The
//! management address is out of reach: through us a program could press its own cashier.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use axum::{Json, extract::State};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use futures_util::StreamExt as _;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use suanpan_wechat::id::Appid;
use url::{Host, Url};

use super::unknown_program;
use crate::{
    MiniProgram,
    http::management::{Body, Management, Problem},
    shell::HttpClient,
};

/// What WeChat waits at most when the program says nothing.
const TIMEOUT_LIMIT: Duration = Duration::from_secs(60);

/// Bytes of an answer.
const ANSWER_LIMIT: usize = 10 * 1024 * 1024;

/// Redirections followed.
const HOPS: usize = 5;

/// The client of all programs.
#[derive(Debug, Clone)]
pub(super) struct Outbound {
    client: Arc<HttpClient>,
    /// Never called.
    management_port: u16,
}

impl Outbound {
    pub(super) fn new(management_port: u16) -> Result<Self, reqwest::Error> {
        let builder = || {
            reqwest::Client::builder()
                // Each hop is checked against the program's domains: see `Outbound::send`.
                .redirect(reqwest::redirect::Policy::none())
                // The environment may name our own proxy.
                .no_proxy()
        };
        Ok(Self { client: Arc::new(HttpClient::new(builder)?), management_port })
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Call {
    appid: Appid,
    url: String,
    method: String,
    #[serde(default)]
    header: BTreeMap<String, String>,
    /// The body as text …
    #[serde(default)]
    data: Option<String>,
    /// … or as bytes.
    #[serde(default)]
    data_base64: Option<String>,
    #[serde(default)]
    timeout_ms: Option<u64>,
}

#[derive(serde::Serialize)]
#[expect(non_snake_case, reason = "the names of WeChat's answer")]
pub(super) struct Answer {
    statusCode: u16,
    header: BTreeMap<String, String>,
    cookies: Vec<String>,
    body_base64: String,
}

pub(super) async fn request(
    State(management): State<Management>,
    Body(call): Body<Call>,
) -> Result<Json<Answer>, Problem> {
    let phone = &management.surface.phone;
    let program =
        phone.program(call.appid.as_str()).ok_or_else(|| unknown_program(call.appid.as_str()))?;
    let timeout = call.timeout_ms.map_or(TIMEOUT_LIMIT, Duration::from_millis).min(TIMEOUT_LIMIT);
    let answered = tokio::time::timeout(timeout, phone.outbound.send(&program, call)).await;
    answered.unwrap_or_else(|_| Err(failed("timeout", "no answer in time"))).map(Json)
}

impl Outbound {
    async fn send(&self, program: &MiniProgram, call: Call) -> Result<Answer, Problem> {
        let mut url =
            Url::parse(&call.url).map_err(|_| invalid(format!("invalid url {}", call.url)))?;
        let mut method = Method::from_bytes(call.method.as_bytes())
            .map_err(|_| invalid(format!("invalid method {}", call.method)))?;
        let mut body = body(&call)?;
        let headers = headers(program, &call.header)?;
        for _ in 0..=HOPS {
            self.admit(program, &url)?;
            let request = self.client.to(url.as_str()).request(method.clone(), url.clone());
            let request = request.headers(headers.clone()).body(body.clone());
            let answer = request.send().await.map_err(|error| unreachable(&error))?;
            let Some(next) = next_hop(&url, &answer) else { return read(answer).await };
            // As browsers do: everything but 307 and 308 goes on as a GET.
            if !matches!(answer.status().as_u16(), 307 | 308) && method != Method::HEAD {
                (method, body) = (Method::GET, Vec::new());
            }
            url = next;
        }
        Err(failed("connection_failed", "too many redirections"))
    }

    fn admit(&self, program: &MiniProgram, url: &Url) -> Result<(), Problem> {
        let is_http = matches!(url.scheme(), "http" | "https");
        let is_management = url.port_or_known_default() == Some(self.management_port);
        let is_known = url.host().is_some_and(|host| is_known(program, &host));
        if is_http && is_known && !is_management {
            return Ok(());
        }
        Err(Problem::new(
            StatusCode::FORBIDDEN,
            "url_not_in_domain_list",
            format!("{url} is not among the program's request domains"),
        ))
    }
}

fn is_known(program: &MiniProgram, host: &Host<&str>) -> bool {
    match host {
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
        Host::Domain(name) => {
            *name == "localhost" || program.request_domains.iter().any(|known| known == name)
        }
    }
}

fn body(call: &Call) -> Result<Vec<u8>, Problem> {
    match (&call.data, &call.data_base64) {
        (None, None) => Ok(Vec::new()),
        (Some(text), None) => Ok(text.clone().into_bytes()),
        (None, Some(bytes)) => {
            STANDARD.decode(bytes).map_err(|_| invalid("data_base64 is not Base64"))
        }
        (Some(_), Some(_)) => Err(invalid("give either data or data_base64")),
    }
}

/// Set by the connection or by WeChat, never by the program.
const RESERVED: [&str; 7] =
    ["referer", "host", "content-length", "connection", "transfer-encoding", "upgrade", "origin"];

fn headers(program: &MiniProgram, given: &BTreeMap<String, String>) -> Result<HeaderMap, Problem> {
    let mut headers = HeaderMap::new();
    for (name, value) in given {
        let name = HeaderName::try_from(name).map_err(|_| invalid("a header's name is invalid"))?;
        if RESERVED.contains(&name.as_str()) {
            continue;
        }
        let value = HeaderValue::try_from(value).map_err(|_| invalid("a header is invalid"))?;
        headers.insert(name, value);
    }
    let referer = format!("https://servicewechat.com/{}/devtools/page-frame.html", program.appid);
    let referer = HeaderValue::try_from(referer).expect("an appid is letters and digits");
    headers.insert(http::header::REFERER, referer);
    Ok(headers)
}

fn next_hop(url: &Url, answer: &reqwest::Response) -> Option<Url> {
    if !matches!(answer.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = answer.headers().get(http::header::LOCATION)?.to_str().ok()?;
    url.join(location).ok()
}

async fn read(answer: reqwest::Response) -> Result<Answer, Problem> {
    let status = answer.status().as_u16();
    let mut header = BTreeMap::new();
    let mut cookies = Vec::new();
    for (name, value) in answer.headers() {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        if name == http::header::SET_COOKIE {
            cookies.push(value.clone());
        }
        let joined: &mut String = header.entry(name.to_string()).or_default();
        if !joined.is_empty() {
            joined.push(',');
        }
        joined.push_str(&value);
    }
    let mut bytes = Vec::new();
    let mut chunks = answer.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| unreachable(&error))?;
        if bytes.len() + chunk.len() > ANSWER_LIMIT {
            return Err(failed("too_large", "the answer is larger than 10 MiB"));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Answer { statusCode: status, header, cookies, body_base64: STANDARD.encode(bytes) })
}

fn unreachable(error: &reqwest::Error) -> Problem {
    // The words of WeChat's client on a phone; the cause is for the developer's log.
    tracing::debug!(%error, "a mini program's request failed");
    failed(
        "connection_failed",
        "errcode:-102 cronet_error_code:-102 error_msg:net::ERR_CONNECTION_REFUSED",
    )
}

fn failed(code: &'static str, detail: &str) -> Problem {
    Problem::new(StatusCode::BAD_GATEWAY, code, detail)
}

fn invalid(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "INVALID", detail)
}
