use std::fmt;

use serde::Serialize;
use zeroize::Zeroize as _;

use crate::{call::Request, pay::segment, secret::AccessToken};

/// A request to the open platform. Its query or body contains a secret, so `Debug` shows the path
/// only, and the rest is wiped when it is dropped.
#[derive(Clone)]
pub struct OpenRequest(Request);

impl OpenRequest {
    pub(crate) fn get(path: &str, query: &[(&str, &str)]) -> Self {
        Self(Request::get(target(path, query)))
    }

    /// The body is raw UTF-8: some of these endpoints do not understand `\u` escapes.
    pub(crate) fn post(path: &str, token: &AccessToken, body: &impl Serialize) -> Self {
        Self(Request::post(target(path, &[("access_token", token.expose())]), json(body)))
    }

    /// A body that brings its own credential.
    pub(crate) fn post_without_token(path: &str, body: &impl Serialize) -> Self {
        Self(Request::post(path, json(body)))
    }

    /// The path, which has no secrets.
    #[must_use]
    pub fn path(&self) -> &str {
        self.0.target.split('?').next().unwrap_or_default()
    }

    /// What is to be sent. Never log it.
    #[must_use]
    pub fn expose(&self) -> &Request {
        &self.0
    }
}

fn json(body: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(body).expect("request bodies have string keys")
}

fn target(path: &str, query: &[(&str, &str)]) -> String {
    let mut target = path.to_owned();
    for (at, (name, value)) in query.iter().enumerate() {
        target.push(if at == 0 { '?' } else { '&' });
        target.push_str(&format!("{name}={}", segment(value)));
    }
    target
}

impl Drop for OpenRequest {
    fn drop(&mut self) {
        self.0.target.zeroize();
        self.0.body.zeroize();
    }
}

impl fmt::Debug for OpenRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OpenRequest({} {}, ..)", self.0.method.as_str(), self.path())
    }
}
