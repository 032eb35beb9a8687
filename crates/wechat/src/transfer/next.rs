use super::{Bill, BillNotice, Created, Failure, TransferState};

/// What may be done about a transfer whose state WeChat has told.
///
/// Where it told no state (a refusal, a doubt, no answer),
/// [`Call::advise`](crate::call::Call::advise) says what to do, and never allows another number: a
/// refusal is no licence for one, and an error code nobody has seen before is none either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Next<'a> {
    /// The person has the money. Nothing more to do.
    Paid,
    /// Ask again under the same number.
    Query,
    /// The transfer ended without paying and its money is back: another number may be used.
    MayReplace(Option<&'a Failure>),
}

impl<'a> Next<'a> {
    fn after(state: Option<&TransferState>, failure: Option<&'a Failure>) -> Self {
        match state {
            Some(TransferState::Success) => Next::Paid,
            Some(TransferState::Fail | TransferState::Cancelled) => Next::MayReplace(failure),
            _ => Next::Query,
        }
    }
}

impl Created {
    /// What may be done now.
    pub fn next(&self) -> Next<'_> {
        Next::after(self.state.as_ref(), self.fail_reason.as_ref())
    }
}

impl Bill {
    /// What may be done now.
    pub fn next(&self) -> Next<'_> {
        Next::after(Some(&self.state), self.fail_reason.as_ref())
    }
}

impl BillNotice {
    /// What may be done now.
    pub fn next(&self) -> Next<'_> {
        Next::after(Some(&self.state), self.fail_reason.as_ref())
    }
}
