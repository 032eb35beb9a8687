//! HTTP as plain data: what reaches WeChat's servers and what leaves them.

use suanpan_wechat::Timestamp;

use super::header::HeaderText;

/// The two clocks of every call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// Expiry, retry ladders, `success_time`, due work. May be moved by hand.
    pub business: Timestamp,
    /// The real time. Signature timestamps are wall time in both directions, always.
    pub wall: Timestamp,
}

impl Times {
    /// Both clocks agree.
    #[must_use]
    pub const fn at(instant: Timestamp) -> Self {
        Self { business: instant, wall: instant }
    }

    pub(crate) const fn with_business(self, business: Timestamp) -> Self {
        Self { business, wall: self.wall }
    }
}

/// How a request came, as far as it proves who is behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Channel {
    /// Plain HTTP, on which nobody can show a certificate.
    Plain,
    /// TLS.
    Tls {
        /// The certificate (DER) whose key the client has proven to hold. Whose it is, the world
        /// knows.
        client_certificate: Option<Vec<u8>>,
    },
}

/// Whom a request without a `Host` is for.
const WECHAT: &str = "api.mch.weixin.qq.com";

/// One request as it stood on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// `GET`, `POST`, …
    pub method: String,
    /// Path and query, raw: signatures cover these very bytes.
    pub target: String,
    /// In any case and order.
    pub headers: Vec<(String, String)>,
    /// Raw bytes.
    pub body: Vec<u8>,
    /// What it came through.
    pub channel: Channel,
}

impl HttpRequest {
    /// The first value of a header, whatever its case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// The target up to the question mark.
    #[must_use]
    pub fn path(&self) -> &str {
        self.target.split_once('?').map_or(self.target.as_str(), |(path, _)| path)
    }

    /// Whether it uploads a file; all other bodies are JSON or XML.
    pub(crate) fn is_form(&self) -> bool {
        self.header("Content-Type").is_some_and(is_form)
    }

    /// The host this client thinks it speaks to, without a port.
    pub(crate) fn host(&self) -> &str {
        let host = self.header("Host").unwrap_or(WECHAT);
        host.split_once(':').map_or(host, |(name, _)| name)
    }

    /// Scheme and host as this client knows us. Whoever names WeChat to a proxy without TLS meant
    /// `https` too.
    pub(crate) fn origin(&self) -> String {
        let host = self.header("Host").unwrap_or(WECHAT);
        let scheme = match self.channel {
            Channel::Plain if !self.host().ends_with(".weixin.qq.com") => "http",
            Channel::Plain | Channel::Tls { .. } => "https",
        };
        format!("{scheme}://{host}")
    }

    /// The decoded value of a query parameter; both `+` and `%20` are blanks.
    pub(crate) fn query(&self, name: &str) -> Option<String> {
        let (_, query) = self.target.split_once('?')?;
        url::form_urlencoded::parse(query.as_bytes())
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.into_owned())
    }
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpResponse {
    /// HTTP status.
    pub status: u16,
    /// In the order they are sent. `Date`, `Content-Length` and `Connection` are the shell's.
    pub headers: Vec<(String, HeaderText)>,
    /// The body.
    pub body: Vec<u8>,
}

impl HttpResponse {
    /// The first value of a header, whatever its case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }
}

/// An answer and how it travels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// What WeChat decided to say.
    pub response: HttpResponse,
    /// What becomes of it on the way.
    pub manner: Manner,
}

/// What becomes of an answer on its way to the merchant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// It arrives.
    Whole,
    /// It arrives so many seconds later.
    Slow {
        /// The delay.
        seconds: u32,
    },
    /// It never arrives: the client waits until it gives up.
    Never,
    /// It never arrives: the connection is closed at once.
    Dropped,
    /// The connection breaks after so many bytes of the body, although the announced length is
    /// that of the whole.
    Cut {
        /// How many bytes are still sent.
        bytes: usize,
    },
}

/// Whether a body declared like this is a form with a file.
pub(crate) fn is_form(content_type: &str) -> bool {
    let (form, declared) = ("multipart/form-data", content_type.trim_start());
    declared.get(..form.len()).is_some_and(|front| front.eq_ignore_ascii_case(form))
}

pub(crate) fn find<'a>(headers: &'a [(String, impl AsRef<str>)], name: &str) -> Option<&'a str> {
    headers
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_ref())
}
