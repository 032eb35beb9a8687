//! APIv3: JSON, signed both ways.
//!
//! ```text
//! gate (who?) ─► faults before ─► operation: schema ─► business rule ─► signed answer ─► faults after
//! ```

mod abnormal_refund;
mod answer;
mod bill;
mod certificates;
pub(crate) mod combine;
mod echo;
mod error;
mod gate;
mod media;
mod operation;
pub(crate) mod pay;
mod promotion;
pub(crate) mod refund;
pub(crate) mod schema;
mod sensitive;
pub(crate) mod sharing;
pub(crate) mod transfer;

pub(crate) use answer::UNKNOWN_STATE;
pub(crate) use media::signed_part;
pub(crate) use operation::{NoOperation, find};

use answer::{Answer, Spoiled};
use error::ApiError;
use gate::Caller;
use operation::Operation;

use super::{
    exchange::{HttpRequest, Manner, Reply, Times},
    fault::{FaultName, Subject},
    frequency::Rate,
    front::{About, dropped, lost, nginx_page, whole},
    state::World,
};

impl World {
    pub(crate) fn handle_v3(
        &mut self,
        request: &HttpRequest,
        operation: &dyn Operation,
        now: Times,
    ) -> Reply {
        let admission = self.admit(request, now);
        let caller = admission.caller.as_ref().ok();
        let about = About {
            mchid: caller.map(|caller| caller.mchid.to_string()),
            out_trade_no: operation.out_trade_no(self, caller, request),
            ..About::of(request)
        };
        let verdict = match &admission.caller {
            Ok(_) => "signature accepted".to_owned(),
            Err(error) => error.message.to_string(),
        };
        let id = self.record_request(request, &about, admission.canonical, &verdict, now);
        let caller = match admission.caller {
            Ok(caller) => caller,
            Err(error) => {
                if error.status == 401 {
                    self.explain_request(id, request, now);
                }
                let response = self.unsigned(&error, now);
                self.record_response(request, &about, &response, id, "not signed", now);
                return whole(response);
            }
        };
        let subject = about.subject();
        if self.strikes(FaultName::TimeoutBefore, &subject) {
            return Reply { response: lost(), manner: Manner::Never };
        }
        if self.strikes(FaultName::ConnectionDropped, &subject) {
            self.perform_by_chance(request, operation, &caller, now);
            return dropped();
        }
        if self.strikes(FaultName::Http502, &subject) {
            self.perform_by_chance(request, operation, &caller, now);
            let response = nginx_page(502, "502 Bad Gateway");
            self.record_response(request, &about, &response, id, "not signed", now);
            return whole(response);
        }
        let mut outcome = self.perform_or_fail(request, operation, &caller, &subject, now);
        if let Ok(answer) = &mut outcome
            && self.strikes(FaultName::ExtraMember, &subject)
        {
            answer.add_member();
        }
        if let Ok(answer) = &mut outcome
            && answer.says_a_state()
            && self.strikes(FaultName::NewEnumValue, &subject)
        {
            answer.say_an_unknown_state();
        }
        let spoiled = self.spoiled(&subject);
        let response = self.signed(&caller, outcome, spoiled, now);
        let manner = self.manner(&subject, response.body.len());
        let verdict = travel_verdict(spoiled, manner);
        self.record_response(request, &about, &response, id, verdict, now);
        Reply { response, manner }
    }

    fn perform_or_fail(
        &mut self,
        request: &HttpRequest,
        operation: &dyn Operation,
        caller: &Caller,
        subject: &Subject<'_>,
        now: Times,
    ) -> Result<Answer, ApiError> {
        if self.strikes(FaultName::Http429, subject) {
            return Err(ApiError::FREQUENCY_LIMITED);
        }
        if self.strikes(FaultName::Http500, subject) {
            self.perform_by_chance(request, operation, caller, now);
            return Err(ApiError::SYSTEM_ERROR);
        }
        let rate = operation.rate();
        if rate.is_some_and(|rate| !self.may_call(rate, &caller.mchid, now)) {
            return Err(ApiError::FREQUENCY_LIMITED);
        }
        let outcome = operation.perform(self, caller, request, now);
        if outcome.is_err() && rate == Some(Rate::Refund) {
            self.count_call(Rate::FailedRefund, &caller.mchid, now);
        }
        outcome
    }

    /// A 5xx says nothing about what was done.
    fn perform_by_chance(
        &mut self,
        request: &HttpRequest,
        operation: &dyn Operation,
        caller: &Caller,
        now: Times,
    ) {
        if self.state.chance.coin() {
            let _unsaid = operation.perform(self, caller, request, now);
        }
    }

    fn spoiled(&mut self, subject: &Subject<'_>) -> Spoiled {
        if self.strikes(FaultName::BadSignature, subject) {
            Spoiled::BadSignature
        } else if self.strikes(FaultName::UnknownSerial, subject) {
            Spoiled::UnknownSerial
        } else if self.strikes(FaultName::ProbeSignature, subject) {
            Spoiled::Probe
        } else {
            Spoiled::Not
        }
    }
}

const fn travel_verdict(spoiled: Spoiled, manner: Manner) -> &'static str {
    match (manner, spoiled) {
        (Manner::Never | Manner::Dropped, _) => "signed; lost on the way on purpose",
        (Manner::Cut { .. }, _) => "signed; cut on the way on purpose",
        (_, Spoiled::BadSignature) => "signed over other bytes on purpose",
        (_, Spoiled::UnknownSerial) => "names an unknown serial number on purpose",
        (_, Spoiled::Probe) => "probe: not a signature at all, on purpose",
        (Manner::Slow { .. }, Spoiled::Not) => "signed; late on purpose",
        (Manner::Whole, Spoiled::Not) => "signed",
    }
}
