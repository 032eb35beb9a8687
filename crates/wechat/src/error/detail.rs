use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use std::fmt;

use crate::pay::open_enum;

/// What is wrong with one parameter, or with our signature (docs/protocol/errors.md, "The detail").
///
/// For people and logs. WeChat fills whatever it likes, so every member may be absent, and one that
/// has an unexpected shape is left out rather than making the refusal unreadable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    /// The parameter: a JSON pointer (`/amount/total`) or a name (`signature`).
    pub field: Option<String>,
    /// What was wrong: often the offending *length* as a number, sometimes the value itself, which
    /// may be personal data. Any JSON type.
    pub value: Option<Value>,
    /// The rule that was broken.
    pub issue: Option<String>,
    /// Which part of the request.
    pub location: Option<Location>,
    /// What WeChat believes that we should have signed; with `SIGN_ERROR` only.
    pub sign_information: Option<SignInformation>,
}

open_enum! {
    /// The part of a request a [`Detail`] speaks about.
    Location {
        /// The JSON body.
        Body = "body",
        /// The query string.
        Query = "query",
        /// The path.
        UriTemplate = "uri_template",
        /// The `Authorization` header.
        Authorization = "authorization",
    }
}

/// WeChat's idea of the message we should have signed. Comparing it with ours finds most signature
/// faults: a changed target, another timestamp, a body serialised twice.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SignInformation {
    /// The method, as WeChat received it.
    pub method: String,
    /// The request target, as WeChat received it.
    pub url: String,
    /// The message, its body cut to the first 8 bytes.
    pub truncated_sign_message: String,
    /// The length of the whole message in bytes.
    pub sign_message_length: u64,
}

impl Detail {
    /// Reads what is there. `None` when `value` is no object.
    fn read(value: Value) -> Option<Self> {
        let Value::Object(mut members) = value else { return None };
        // In a signature error the issue stands one level deeper, in a `detail` of its own.
        let inner = members.remove("detail").and_then(|inner| match inner {
            Value::Object(mut inner) => take_text(&mut inner, "issue"),
            _ => None,
        });
        Some(Self {
            field: take_text(&mut members, "field"),
            value: members.remove("value").filter(|value| !value.is_null()),
            issue: take_text(&mut members, "issue").or(inner),
            location: take_text(&mut members, "location").map(Location::from),
            sign_information: members
                .remove("sign_information")
                .and_then(|information| serde_json::from_value(information).ok()),
        })
    }
}

fn take_text(members: &mut Map<String, Value>, name: &str) -> Option<String> {
    match members.remove(name) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

pub(super) fn lenient<'de, D: Deserializer<'de>>(source: D) -> Result<Option<Detail>, D::Error> {
    Value::deserialize(source).map(Detail::read)
}

/// A text, or nothing where something else stands.
pub(super) fn text<'de, D: Deserializer<'de>>(source: D) -> Result<String, D::Error> {
    Value::deserialize(source).map(|value| match value {
        Value::String(text) => text,
        _ => String::new(),
    })
}
