//! Why a signature was refused.
//!
//! A wrong signature is the error everybody meets first, and WeChat's answer to it is one sentence.
//! Yet the signature itself tells which digest its maker meant: a public key opens it. So every
//! key known here is tried ([`recover`]), and then every known way to get the string wrong, alone
//! and together with others ([`search`]), until one hashes to that digest. What comes out is not a
//! guess: the string found is the string that was signed, byte for byte.
//!
//! A mistake is a named value with a clause in Chinese and English; each family of them has its
//! file. `docs/simulator/explain.md` lists their names and says how often the search succeeds.

mod authorization;
mod body;
mod digest;
mod evidence;
mod json;
mod layout;
mod mistake;
mod recover;
mod request;
mod search;
mod spelling;
mod stamp;
mod target;
mod told;

pub use evidence::Evidence;
pub use told::{Difference, Excluded, Explanation, Finding, KeyRole, Recovered, SignedBy, Words};

use request::{WHEN_ASKED, WHILE_CALLING};
use search::Effort;

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{
    exchange::{Channel, HttpRequest, Times},
    state::World,
};

/// Something that was refused, as somebody copied it.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// `GET`, `POST`, …
    pub method: String,
    /// With host or without; what counts is path and query.
    pub url: String,
    /// As sent; of doubled ones the first.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// As sent.
    #[serde(default)]
    pub body: String,
    /// In place of `body`, for what is not UTF-8.
    #[serde(default, deserialize_with = "base64_bytes")]
    pub body_base64: Option<Vec<u8>>,
    /// What the client believes it signed, or had to verify.
    #[serde(default)]
    pub client_string: Option<String>,
}

fn base64_bytes<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Vec<u8>>, D::Error> {
    let text = <Option<String> as serde::Deserialize>::deserialize(from)?;
    text.map(|text| STANDARD.decode(text).map_err(serde::de::Error::custom)).transpose()
}

impl Question {
    fn request(&self) -> HttpRequest {
        let from_path =
            self.url.split_once("://").and_then(|(_, rest)| Some(&rest[rest.find('/')?..]));
        HttpRequest {
            method: self.method.clone(),
            target: from_path.unwrap_or(&self.url).to_owned(),
            headers: self.headers.clone().into_iter().collect(),
            body: self.body_base64.clone().unwrap_or_else(|| self.body.clone().into_bytes()),
            channel: Channel::Plain,
        }
    }
}

impl Evidence {
    /// Explains what somebody copied. Takes a while; ask it away from the world.
    #[must_use]
    pub fn explain(&self, question: &Question) -> Explanation {
        let effort = &mut Effort::of(WHEN_ASKED);
        self.request(&question.request(), question.client_string.as_deref(), effort)
    }
}

/// Every mistake that can be found, by name.
#[must_use]
pub fn known_mistakes() -> Vec<Finding> {
    let families = [
        authorization::ALL,
        spelling::ALL,
        evidence::ALL,
        digest::ALL,
        layout::ALL,
        target::ALL,
        stamp::ALL,
        body::ALL,
        request::ALL,
    ];
    let mut known: Vec<Finding> =
        families.into_iter().flatten().map(|mistake| (*mistake).into()).collect();
    known.sort_by(|one, other| one.name.cmp(&other.name));
    known
}

/// Remarks kept while nobody takes them.
const MOST_REMARKS: usize = 64;

impl World {
    /// Writes the reason of a refusal to the journal's message `id`, and a sentence to the log.
    pub(crate) fn explain_request(&mut self, id: u64, request: &HttpRequest, now: Times) {
        let explanation = self.evidence(now).request(request, None, &mut Effort::of(WHILE_CALLING));
        if self.remarks.len() < MOST_REMARKS {
            let (path, en) = (request.path(), &explanation.summary.en);
            self.remarks.push(format!("refused {} {path}: {en}", request.method));
        }
        if let Some(message) = self.state.journal.get_mut(id) {
            message.explanation = Some(Box::new(explanation));
        }
    }
}
