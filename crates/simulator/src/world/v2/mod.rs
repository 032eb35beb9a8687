//! v2: XML, signed both ways with a key both sides share.
//!
//! ```text
//! gate (who?) ─► faults before ─► table ─► operation: business rule ─► signed answer ─► faults after
//! ```
//!
//! An order of v2 is the same order to v3: it is queried, closed, paid and refunded by either. What
//! differs is how it was ordered, and therefore how its payment is notified and which second
//! signature opens the cashier ([`SignType`] in the order).

mod answer;
mod bill;
mod close;
mod code;
mod coupon;
mod failure;
mod gate;
mod invocation;
mod notice;
mod operation;
mod order;
mod partner;
mod query;
mod refund;
mod refund_query;
pub(crate) mod sandbox;
pub(crate) mod sign;
mod table;
mod time;
mod tools;
mod xml;

pub(crate) use operation::find;
pub(crate) use sandbox::Sandboxes;
pub(crate) use sign::SignType;
pub(crate) use xml::{Document, Fields};

use answer::{Answer, Spoiled, Written, refused};
use failure::{Failure, Fault};
use gate::Caller;
use operation::{Operation, Voice};

use super::{
    client_certificate::ClientCertificate,
    exchange::{HttpRequest, Manner, Reply, Times},
    fault::{FaultName, Subject},
    frequency::Rate,
    front::{About, dropped, lost, nginx_page, response_message, whole},
    journal,
    state::World,
};

impl World {
    pub(crate) fn handle_v2(
        &mut self,
        request: &HttpRequest,
        operation: &dyn Operation,
        shown: Option<&ClientCertificate>,
        now: Times,
    ) -> Reply {
        let admission = self.admit_v2(request, operation, shown);
        let about = About {
            mchid: admission.caller.as_ref().map(|caller| caller.mchid.to_string()),
            out_trade_no: self.order_of_call(&admission.fields),
            ..About::of(request)
        };
        let verdict = verdict(&admission.outcome, admission.caller.is_some(), shown);
        let id = self.record_request(request, &about, admission.canonical, &verdict, now);
        let caller = match (admission.caller, admission.outcome) {
            (Some(caller), Ok(())) => caller,
            (caller, outcome) => {
                let failure = outcome.err().unwrap_or(Failure::Message(Fault::WrongSign));
                if failure.is_about_the_sign() {
                    self.explain_call(id, request, now);
                }
                let voice = operation.voice();
                let written = match (&caller, failure) {
                    (Some(caller), failure) => {
                        self.write(caller, voice, Err(failure), Spoiled::Not)
                    }
                    // Nobody is a caller before their signature was accepted, and what is refused
                    // before that is the message.
                    (None, Failure::Message(fault)) => refused(voice, &fault),
                    (None, Failure::Business { .. }) => refused(voice, &Fault::WrongSign),
                };
                self.record_written(request, &about, &written, id, Manner::Whole, now);
                return whole(written.response);
            }
        };
        let subject = about.subject();
        if self.strikes(FaultName::TimeoutBefore, &subject) {
            return Reply { response: lost(), manner: Manner::Never };
        }
        if self.strikes(FaultName::ConnectionDropped, &subject) {
            self.perform_v2_by_chance(operation, &caller, now);
            return dropped();
        }
        if self.strikes(FaultName::Http502, &subject) {
            self.perform_v2_by_chance(operation, &caller, now);
            let response = nginx_page(502, "502 Bad Gateway");
            self.record_response(request, &about, &response, id, "not signed", now);
            return whole(response);
        }
        let mut outcome = self.perform_v2_or_fail(operation, &caller, &subject, now);
        if let Ok(Answer::Members(members)) = &mut outcome
            && self.strikes(FaultName::ExtraMember, &subject)
        {
            *members = std::mem::take(members).text("zz_new_member", "tomorrow");
        }
        if let Ok(Answer::Members(members)) = &mut outcome
            && members.says_a_state()
            && self.strikes(FaultName::NewEnumValue, &subject)
        {
            members.say_an_unknown_state();
        }
        let voice = operation.voice();
        let spoils = voice == Voice::Signed && self.strikes(FaultName::BadSignature, &subject);
        let spoiled = if spoils { Spoiled::BadSign } else { Spoiled::Not };
        let written = self.write(&caller, voice, outcome, spoiled);
        let manner = self.manner(&subject, written.response.body.len());
        self.record_written(request, &about, &written, id, manner, now);
        Reply { response: written.response, manner }
    }

    /// v2 says with status 200 what v3 says with 429 and 500.
    fn perform_v2_or_fail(
        &mut self,
        operation: &dyn Operation,
        caller: &Caller,
        subject: &Subject<'_>,
        now: Times,
    ) -> Result<Answer, Failure> {
        if self.strikes(FaultName::Http429, subject) {
            return Err(Failure::FREQUENCY_LIMITED);
        }
        if self.strikes(FaultName::Http500, subject) {
            self.perform_v2_by_chance(operation, caller, now);
            return Err(Failure::SYSTEM_ERROR);
        }
        let rate = operation.rate();
        if rate.is_some_and(|rate| !self.may_call(rate, &caller.mchid, now)) {
            return Err(Failure::FREQUENCY_LIMITED);
        }
        let outcome = operation.perform(self, caller, now);
        if outcome.is_err() && rate == Some(Rate::Refund) {
            self.count_call(Rate::FailedRefund, &caller.mchid, now);
        }
        outcome
    }

    /// A system error says nothing about what was done.
    fn perform_v2_by_chance(&mut self, operation: &dyn Operation, caller: &Caller, now: Times) {
        if self.state.chance.coin() {
            let _unsaid = operation.perform(self, caller, now);
        }
    }

    fn record_written(
        &mut self,
        request: &HttpRequest,
        about: &About,
        written: &Written,
        answers: u64,
        manner: Manner,
        now: Times,
    ) {
        let travelled = match manner {
            Manner::Whole => "",
            Manner::Slow { .. } => "; late on purpose",
            Manner::Never | Manner::Dropped => "; lost on the way on purpose",
            Manner::Cut { .. } => "; cut on the way on purpose",
        };
        let verdict = format!("{}{travelled}", written.verdict);
        let mut message = response_message(request, about, &written.response, answers, &verdict);
        message.canonical = written.canonical.as_deref().map(|text| journal::text(text.as_bytes()));
        self.record(message, now);
    }
}

/// What the journal says of a call.
fn verdict(
    outcome: &Result<(), Failure>,
    known: bool,
    shown: Option<&ClientCertificate>,
) -> String {
    let signature = match outcome {
        Err(Failure::Message(fault)) if !known => fault.return_msg(),
        _ => "signature accepted".into(),
    };
    match shown {
        Some(shown) => format!("{signature}; {shown}"),
        None => signature.into_owned(),
    }
}
