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
mod js_sdk;
mod json;
mod layout;
mod mistake;
mod recover;
mod request;
mod search;
mod second;
mod spelling;
mod stamp;
mod statement;
mod subject;
mod target;
mod told;
mod v2;

pub(crate) use js_sdk::foreign_page;
pub use subject::{Inquiry, Question};
pub use told::{Difference, Excluded, Explanation, Finding, KeyRole, Recovered, SignedBy, Words};

use evidence::Evidence;
use request::WHILE_CALLING;
use search::Effort;

use super::{
    cashier::Invoke,
    deferred::Deferred,
    exchange::{HttpRequest, Times},
    open::JsConfig,
    state::World,
};

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
        second::ALL,
        v2::ALL,
        js_sdk::ALL,
        statement::ALL,
    ];
    let mut known: Vec<Finding> =
        families.into_iter().flatten().map(|mistake| (*mistake).into()).collect();
    known.sort_by(|one, other| one.name.cmp(&other.name));
    known
}

/// Questions asked while nobody takes the remarks: each holds what it may draw on.
const MOST_QUESTIONS: usize = 64;

type Search = fn(&Evidence, &HttpRequest, &mut Effort) -> Explanation;

impl World {
    /// Why the cashier did not take this second signature.
    pub(crate) fn explain_invocation(&self, invoke: &Invoke, now: Times) -> Deferred<Explanation> {
        let (evidence, invoke) = (self.evidence(now), invoke.clone());
        let prepaid = self.prepaid(&invoke.params);
        Deferred::new(move || {
            let effort = &mut Effort::of(WHILE_CALLING);
            evidence.invocation(&invoke, prepaid.as_ref(), None, effort)
        })
    }

    /// Why WeChat's client refuses this `wx.config`.
    pub(crate) fn explain_page(&self, config: &JsConfig, now: Times) -> Explanation {
        let effort = &mut Effort::of(WHILE_CALLING);
        let (given, tickets) = (config.as_given(), self.tickets(now));
        js_sdk::page(&given, &config.url, &tickets, None, effort)
    }

    /// Why a request of v3 was refused: into the journal's message `id`, and a sentence into the log.
    pub(crate) fn explain_request(&mut self, id: u64, request: &HttpRequest, now: Times) {
        self.explain(id, request, now, |evidence, request, effort| {
            evidence.request(request, None, effort)
        });
    }

    /// The same of a call of v2.
    pub(crate) fn explain_call(&mut self, id: u64, request: &HttpRequest, now: Times) {
        self.explain(id, request, now, |evidence, request, effort| {
            evidence.xml(&request.body, None, effort)
        });
    }

    /// Only asks: the answer is worked out when the log or a reader of the journal wants it.
    fn explain(&mut self, id: u64, request: &HttpRequest, now: Times, search: Search) {
        if !self.state.settings().explain_refusals || self.remarks.len() == MOST_QUESTIONS {
            return;
        }
        let refused = format!("refused {} {}", request.method, request.path());
        let (evidence, request) = (self.evidence(now), request.clone());
        let told =
            Deferred::new(move || search(&evidence, &request, &mut Effort::of(WHILE_CALLING)));
        if let Some(message) = self.state.journal.get_mut(id) {
            message.explanation = Some(told.clone());
        }
        self.remarks.push(Deferred::new(move || format!("{refused}: {}", told.summary.en)));
    }
}
