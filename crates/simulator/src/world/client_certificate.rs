//! Mutual TLS: the calls of v2 that WeChat takes only from whoever shows a merchant's API
//! certificate (v2 §1, §4).
//!
//! The connection has proven that the client holds the certificate's key. Whose certificate it is
//! gets decided here, because WeChat answers such a call rather than breaking the connection.

use std::fmt;

use suanpan_wechat::id::Mchid;
use x509_parser::pem::Pem;

use super::{
    exchange::{Channel, HttpRequest, HttpResponse},
    state::World,
};

/// Paths below these demand a certificate …
const FOLDERS: [&str; 2] = ["/secapi/", "/mmpaymkttransfers/"];

/// … and so do these.
const PATHS: [&str; 3] =
    ["/pay/downloadfundflow", "/billcommentsp/batchquerycomment", "/risk/getpublickey"];

/// What a call that demands a certificate came with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ClientCertificate {
    /// Plain HTTP, on which there is none: waived, and recorded as such.
    Unchecked,
    /// None, although there could have been one.
    Missing,
    /// One that no merchant here has.
    Unknown,
    /// An API certificate of this merchant. That it is the one in the body is for the operation
    /// to check.
    Of(Mchid),
}

impl ClientCertificate {
    /// Why the call goes no further, for the journal.
    pub(crate) fn refusal(&self) -> Option<&'static str> {
        match self {
            Self::Missing => Some("refused: no client certificate"),
            Self::Unknown => Some("refused: the client certificate is no merchant's"),
            Self::Unchecked | Self::Of(_) => None,
        }
    }
}

impl fmt::Display for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unchecked => f.write_str("client certificate unchecked: plain HTTP"),
            Self::Of(mchid) => write!(f, "client certificate of {mchid}"),
            Self::Missing | Self::Unknown => f.write_str(self.refusal().unwrap_or_default()),
        }
    }
}

impl World {
    /// Judges the connection of a call that demands a certificate; `None` for every other call.
    pub(crate) fn client_certificate(&self, request: &HttpRequest) -> Option<ClientCertificate> {
        let path = request.path();
        if !PATHS.contains(&path) && !FOLDERS.iter().any(|folder| path.starts_with(folder)) {
            return None;
        }
        Some(match &request.channel {
            Channel::Plain => ClientCertificate::Unchecked,
            Channel::Tls { client_certificate: None } => ClientCertificate::Missing,
            Channel::Tls { client_certificate: Some(shown) } => self
                .holder_of(shown)
                .map_or(ClientCertificate::Unknown, |mchid| ClientCertificate::Of(mchid.clone())),
        })
    }

    fn holder_of(&self, shown: &[u8]) -> Option<&Mchid> {
        let is_it = |pem: &str| der(pem).is_some_and(|known| known == shown);
        self.merchants()
            .find(|merchant| {
                merchant.api_certificates.iter().any(|known| is_it(&known.certificate_pem))
            })
            .map(|merchant| &merchant.mchid)
    }
}

/// WeChat says so with status 200 and without a signature (v2 §4; an HTML page of nginx is seen as
/// well, **unconfirmed**).
pub(crate) fn certificate_refused() -> HttpResponse {
    let body = "<xml><return_code><![CDATA[FAIL]]></return_code>\
                <return_msg><![CDATA[证书验证失败]]></return_msg></xml>";
    HttpResponse {
        status: 200,
        headers: vec![("Content-Type".to_owned(), "text/xml; charset=utf-8".into())],
        body: body.as_bytes().to_vec(),
    }
}

/// Whether a certificate says that WeChat Pay's own authority made it. An unreadable one does not;
/// reading keys refuses it anyway.
pub(crate) fn is_issued_by_tenpay(pem: &str) -> bool {
    der(pem).is_some_and(|der| {
        x509_parser::parse_x509_certificate(&der).is_ok_and(|(_, certificate)| {
            certificate.issuer().to_string().to_ascii_lowercase().contains("tenpay")
        })
    })
}

fn der(pem: &str) -> Option<Vec<u8>> {
    Pem::iter_from_buffer(pem.as_bytes())
        .filter_map(Result::ok)
        .find(|block| block.label == "CERTIFICATE")
        .map(|block| block.contents)
}
