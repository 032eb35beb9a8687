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

/// What a path does, by method.
pub(crate) struct Route {
    get: Option<Box<dyn Operation>>,
    post: Option<Box<dyn Operation>>,
}

/// A path that is read.
pub(crate) fn get(operation: impl Operation + 'static) -> Route {
    Route { get: Some(Box::new(operation)), post: None }
}

/// A path that is written to.
pub(crate) fn post(operation: impl Operation + 'static) -> Route {
    Route { get: None, post: Some(Box::new(operation)) }
}

impl Route {
    /// The same path, read.
    pub(crate) fn or_get(self, operation: impl Operation + 'static) -> Self {
        Self { get: Some(Box::new(operation)), ..self }
    }

    fn by(self, method: &str) -> Option<Box<dyn Operation>> {
        match method {
            "GET" => self.get,
            "POST" => self.post,
            _ => None,
        }
    }
}

/// A family of operations: what it does on a path below `/v3/`, if the path is one of its own.
type Family = fn(&[&str]) -> Option<Route>;

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
    let found = FAMILIES.iter().find_map(|family| family(&segments));
    let route = found.ok_or(NoOperation::UnknownPath)?;
    route.by(method).ok_or(NoOperation::OtherMethod)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_decoded_once_and_methods_checked() {
        assert!(find("GET", "/v3/pay/transactions/out-trade-no/a%2Ab%7Cc-1").is_ok());
        assert_eq!(find("DELETE", "/v3/certificates").err(), Some(NoOperation::OtherMethod));
        for (method, both) in [("GET", true), ("POST", true), ("PUT", false)] {
            let found = find(method, "/v3/profitsharing/orders/unfreeze");
            assert_eq!(found.is_ok(), both, "{method}");
        }
        for unknown in ["/v3/nothing", "v3/certificates", "/v3", "/v3/certificates/"] {
            assert_eq!(find("GET", unknown).err(), Some(NoOperation::UnknownPath), "{unknown}");
        }
    }
}
