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

use request::WHILE_CALLING;
use search::Effort;

use super::{
    cashier::Invoke,
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

/// Remarks kept while nobody takes them.
const MOST_REMARKS: usize = 64;

impl World {
    /// Why the cashier did not take this second signature.
    pub(crate) fn explain_invocation(&self, invoke: &Invoke, now: Times) -> Explanation {
        let prepaid = self.prepaid(&invoke.params);
        let effort = &mut Effort::of(WHILE_CALLING);
        self.evidence(now).invocation(invoke, prepaid.as_ref(), None, effort)
    }

    /// Why WeChat's client refuses this `wx.config`.
    pub(crate) fn explain_page(&self, config: &JsConfig, now: Times) -> Explanation {
        let effort = &mut Effort::of(WHILE_CALLING);
        let (given, tickets) = (config.as_given(), self.tickets(now));
        js_sdk::page(&given, &config.url, &tickets, None, effort)
    }

    /// Why a request of v3 was refused: into the journal's message `id`, and a sentence into the log.
    pub(crate) fn explain_request(&mut self, id: u64, request: &HttpRequest, now: Times) {
        if !self.state.settings().explain_refusals {
            return;
        }
        let effort = &mut Effort::of(WHILE_CALLING);
        let told = self.evidence(now).request(request, None, effort);
        self.note_explanation(id, request, told);
    }

    /// The same of a call of v2.
    pub(crate) fn explain_call(&mut self, id: u64, request: &HttpRequest, now: Times) {
        if !self.state.settings().explain_refusals {
            return;
        }
        let effort = &mut Effort::of(WHILE_CALLING);
        let told = self.evidence(now).xml(&request.body, None, effort);
        self.note_explanation(id, request, told);
    }

    fn note_explanation(&mut self, id: u64, request: &HttpRequest, told: Explanation) {
        if self.remarks.len() < MOST_REMARKS {
            let (method, path) = (&request.method, request.path());
            self.remarks.push(format!("refused {method} {path}: {}", told.summary.en));
        }
        if let Some(message) = self.state.journal.get_mut(id) {
            message.explanation = Some(Box::new(told));
        }
    }
}
