//! The operations of v3 and how a request finds its own.

use percent_encoding::percent_decode_str;

use super::{
    abnormal_refund, answer::Answer, bill, certificates, combine, echo, error::ApiError,
    gate::Caller, media, pay, refund, sharing, transfer,
};
use crate::world::{
    exchange::{HttpRequest, Times},
    frequency::Rate,
    state::World,
};

/// One operation of v3.
pub(crate) trait Operation {
    /// The order this is about, as far as the request tells: for faults and for the journal.
    fn out_trade_no(
        &self,
        _world: &World,
        _caller: Option<&Caller>,
        _request: &HttpRequest,
    ) -> Option<String> {
        None
    }

    /// What it counts as where calls are rationed.
    fn rate(&self) -> Option<Rate> {
        None
    }

    /// Does it. The caller's signature was accepted.
    fn perform(
        &self,
        world: &mut World,
        caller: &Caller,
        request: &HttpRequest,
        now: Times,
    ) -> Result<Answer, ApiError>;
}

/// A family of operations: which method a path wants, and what it then does. The first argument
/// is the method asked for, for the paths that take two.
type Family = fn(&str, &[&str]) -> Option<(&'static str, Box<dyn Operation>)>;

const FAMILIES: &[Family] = &[
    pay::route,
    combine::route,
    refund::route,
    abnormal_refund::route,
    bill::route,
    certificates::route,
    echo::route,
    media::route,
    sharing::route,
    transfer::route,
];

/// Why a target is not an operation.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NoOperation {
    UnknownPath,
    OtherMethod,
}

/// The operation behind a method and a raw path below `/v3/`.
pub(crate) fn find(method: &str, path: &str) -> Result<Box<dyn Operation>, NoOperation> {
    let below = path.strip_prefix("/v3/").ok_or(NoOperation::UnknownPath)?;
    let segments: Vec<String> = below
        .split('/')
        .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
        .collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let found = FAMILIES.iter().find_map(|family| family(method, &segments));
    let (wanted, operation) = found.ok_or(NoOperation::UnknownPath)?;
    if method == wanted { Ok(operation) } else { Err(NoOperation::OtherMethod) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_decoded_once_and_methods_checked() {
        assert!(find("GET", "/v3/pay/transactions/out-trade-no/a%2Ab%7Cc-1").is_ok());
        assert_eq!(find("DELETE", "/v3/certificates").err(), Some(NoOperation::OtherMethod));
        for unknown in ["/v3/nothing", "v3/certificates", "/v3", "/v3/certificates/"] {
            assert_eq!(find("GET", unknown).err(), Some(NoOperation::UnknownPath), "{unknown}");
        }
    }
}
