//! HTTP clients that ask for no more than the call needs.

use std::sync::OnceLock;

use reqwest::{Client, ClientBuilder};

/// A client that speaks plain HTTP on a machine without CA certificates, and looks for them when
/// it is given an `https` address for the first time.
#[derive(Debug)]
pub(crate) struct HttpClient {
    builder: fn() -> ClientBuilder,
    plain: Client,
    tls: OnceLock<Client>,
}

impl HttpClient {
    pub(crate) fn new(builder: fn() -> ClientBuilder) -> Result<Self, reqwest::Error> {
        let plain = builder().tls_certs_only([]).build()?;
        Ok(Self { builder, plain, tls: OnceLock::new() })
    }

    /// The client for an address.
    pub(crate) fn to(&self, url: &str) -> &Client {
        if !url.get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https:")) {
            return &self.plain;
        }
        self.tls.get_or_init(|| {
            (self.builder)().build().unwrap_or_else(|error| {
                tracing::warn!(%error, "no CA certificates: calls over https will fail");
                self.plain.clone()
            })
        })
    }
}
