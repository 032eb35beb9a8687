use crate::call::Outcome;

use super::{Bill, Created, Failure, TransferState};

/// What may be done about a transfer after an answer, so that nobody is paid twice.
///
/// A refusal is no licence for another number: WeChat's own rule is to ask about the first until
/// it is final. An error code that is not on the list of today is no reason either.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Next {
    /// The person has the money. Nothing more to do.
    Paid,
    /// Ask again under the same number.
    Query,
    /// WeChat knows no such transfer: send the stored request again, or a corrected one if the
    /// stored one was refused. **Under the same number.** WeChat forgets after 30 days: a question
    /// asked later than that proves nothing, and the fund-flow bill must be looked at instead.
    SendUnderSameNumber,
    /// The transfer ended without paying and its money is back: another number may be used.
    MayReplace(Option<Failure>),
}

impl Next {
    /// After sending a transfer.
    pub fn after_create(outcome: &Outcome<Created>) -> Self {
        match outcome {
            Outcome::Success(created) => {
                let created = created.get();
                created.state.as_ref().map_or(Next::Query, |state| {
                    Next::after_state(state, created.fail_reason.as_ref())
                })
            }
            Outcome::Rejected(_) | Outcome::Unknown(_) => Next::Query,
        }
    }

    /// After asking about a transfer, or sending one that needs no confirmation.
    pub fn after_query(outcome: &Outcome<Bill>) -> Self {
        match outcome {
            Outcome::Success(bill) => {
                Next::after_state(&bill.get().state, bill.get().fail_reason.as_ref())
            }
            Outcome::Rejected(rejection) if rejection.status == 404 => Next::SendUnderSameNumber,
            Outcome::Rejected(_) | Outcome::Unknown(_) => Next::Query,
        }
    }

    /// After a notification or any other verified state.
    pub fn after_state(state: &TransferState, failure: Option<&Failure>) -> Self {
        match state {
            TransferState::Success => Next::Paid,
            TransferState::Fail | TransferState::Cancelled => Next::MayReplace(failure.cloned()),
            _ => Next::Query,
        }
    }
}
