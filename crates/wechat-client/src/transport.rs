//! Bytes to WeChat and back: one connection pool, bounded in time and size, without opinions.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, header};
use suanpan_wechat::call::{ContentType, Method, RawAnswer, Request, TransportFault};
use tokio::time::Instant;

use crate::{
    config::{Config, ConfigError, Origin},
    pay_v2::ClientCertificate,
};

/// The largest answer that is read. WeChat's largest signed answers are a few dozen KiB.
pub(crate) const BODY_LIMIT: usize = 2 * 1024 * 1024;

const USER_AGENT: &str = concat!("suanpan/", env!("CARGO_PKG_VERSION"));

#[derive(Debug)]
pub(crate) struct Transport {
    http: reqwest::Client,
    config: Config,
}

impl Transport {
    pub(crate) fn new(config: &Config) -> Result<Self, ConfigError> {
        let http = Self::builder(config)?.build().map_err(ConfigError::Tls)?;
        Ok(Self { http, config: config.clone() })
    }

    /// The same, with a connection pool of its own whose connections show `certificate`.
    pub(crate) fn with_certificate(
        &self,
        certificate: &ClientCertificate,
    ) -> Result<Self, ConfigError> {
        let identity = reqwest::Identity::from_pem(certificate.pem());
        let identity = identity.map_err(|_| ConfigError::ClientCertificate)?;
        // The rest of the configuration has been built once already.
        let http = Self::builder(&self.config)?.identity(identity).build();
        let http = http.map_err(|_| ConfigError::ClientCertificate)?;
        Ok(Self { http, config: self.config.clone() })
    }

    fn builder(config: &Config) -> Result<reqwest::ClientBuilder, ConfigError> {
        let shortest = config.total_timeout.min(config.idle_timeout);
        if config.connect_timeout.is_zero() || config.connect_timeout > shortest {
            return Err(ConfigError::Timeouts);
        }
        // Neither proxies of the environment nor redirects: requests are signed for one target, and
        // a login carries the AppSecret.
        let mut builder = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .connect_timeout(config.connect_timeout)
            .pool_idle_timeout(Duration::from_secs(60))
            .user_agent(USER_AGENT);
        if let Some(proxy) = &config.proxy {
            let proxy = reqwest::Proxy::all(proxy.0.clone()).map_err(|_| ConfigError::Proxy)?;
            builder = builder.proxy(proxy);
        }
        if let Some(pem) = &config.extra_root_certificates_pem {
            let roots = reqwest::Certificate::from_pem_bundle(pem.as_bytes())
                .ok()
                .filter(|roots| !roots.is_empty())
                .ok_or(ConfigError::RootCertificates)?;
            builder = builder.tls_certs_merge(roots);
        } else if !config.speaks_tls() {
            // Trusts nobody, and so needs no CA certificates on the machine: this client talks to
            // a simulator in the clear.
            builder = builder.tls_certs_only([]);
        }
        Ok(builder)
    }

    /// Sends `request` to `origin` once and reads the whole answer before `deadline`.
    pub(crate) async fn send(
        &self,
        origin: &Origin,
        request: &Request,
        headers: HeaderMap,
        deadline: Instant,
    ) -> Result<RawAnswer, TransportFault> {
        let answer = self
            .prepare(origin, request, headers)?
            .timeout(deadline.saturating_duration_since(Instant::now()))
            .send()
            .await
            .map_err(|error| fault(origin, error))?;
        read(origin, answer).await
    }

    /// Sends `request` to `origin` once and gives out the answer piece by piece. However long it
    /// takes as a whole, nothing is waited for longer than `idle`.
    pub(crate) async fn stream<'a>(
        &self,
        origin: &'a Origin,
        request: &Request,
        headers: HeaderMap,
        idle: Duration,
    ) -> Result<Pieces<'a>, TransportFault> {
        let sent = self.prepare(origin, request, headers)?.send();
        let answer = tokio::time::timeout(idle, sent)
            .await
            .map_err(|_| TransportFault::Timeout)?
            .map_err(|error| fault(origin, error))?;
        Ok(Pieces { origin, answer, idle })
    }

    fn prepare(
        &self,
        origin: &Origin,
        request: &Request,
        headers: HeaderMap,
    ) -> Result<reqwest::RequestBuilder, TransportFault> {
        let url = origin.join(&request.target).ok_or(TransportFault::Unsendable)?;
        let method = match request.method {
            Method::Get => http::Method::GET,
            Method::Post => http::Method::POST,
            Method::Put => http::Method::PUT,
            Method::Patch => http::Method::PATCH,
            Method::Delete => http::Method::DELETE,
        };
        Ok(self.http.request(method, url).headers(headers).body(request.body.clone()))
    }
}

/// An answer whose body is still on its way.
pub(crate) struct Pieces<'a> {
    origin: &'a Origin,
    answer: reqwest::Response,
    idle: Duration,
}

impl Pieces<'_> {
    pub(crate) fn status(&self) -> u16 {
        self.answer.status().as_u16()
    }

    pub(crate) fn request_id(&self) -> Option<&str> {
        self.header("request-id")
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.answer.headers().get(name)?.to_str().ok()
    }

    /// The next piece; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<bytes::Bytes>, TransportFault> {
        tokio::time::timeout(self.idle, self.answer.chunk())
            .await
            .map_err(|_| TransportFault::Timeout)?
            .map_err(|error| fault(self.origin, error))
    }
}

/// The headers of every request; `request` decides whether there is a body to describe.
pub(crate) fn common_headers(request: &Request) -> HeaderMap {
    let json = HeaderValue::from_static("application/json");
    let accepted = match &request.content_type {
        // Bills of the v2 protocol come as plain text.
        ContentType::Xml => HeaderValue::from_static("*/*"),
        ContentType::Json | ContentType::Upload { .. } => json.clone(),
    };
    let mut headers = HeaderMap::from_iter([(header::ACCEPT, accepted)]);
    if !request.body.is_empty() {
        let content_type = match &request.content_type {
            ContentType::Json => json,
            ContentType::Xml => HeaderValue::from_static("text/xml; charset=utf-8"),
            ContentType::Upload { boundary, .. } => {
                HeaderValue::from_str(&format!("multipart/form-data; boundary={boundary}"))
                    .expect("a boundary is letters and digits")
            }
        };
        headers.insert(header::CONTENT_TYPE, content_type);
    }
    headers
}

async fn read(origin: &Origin, mut answer: reqwest::Response) -> Result<RawAnswer, TransportFault> {
    let status = answer.status().as_u16();
    let headers = answer.headers().iter().filter_map(text).collect();
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| fault(origin, error))? {
        if body.len() + chunk.len() > BODY_LIMIT {
            return Err(TransportFault::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(RawAnswer { status, headers, body })
}

fn text((name, value): (&HeaderName, &HeaderValue)) -> Option<(String, String)> {
    Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
}

/// Names the fault and tells the log what lies under it; the address is left out because the one
/// of a login contains the AppSecret (threat s02).
fn fault(origin: &Origin, error: reqwest::Error) -> TransportFault {
    let fault = if error.is_connect() {
        TransportFault::Connect
    } else if error.is_timeout() {
        TransportFault::Timeout
    } else {
        TransportFault::Broken
    };
    let error = error.without_url();
    tracing::warn!(%origin, error = chain(&error), "{fault}");
    fault
}

fn chain(error: &dyn std::error::Error) -> String {
    std::iter::successors(error.source(), |error| error.source())
        .fold(error.to_string(), |text, source| format!("{text}: {source}"))
}
