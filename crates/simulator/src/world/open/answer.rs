//! Answers of the open platform: HTTP 200 whatever happened, `errcode` says what (§9).

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use crate::world::{
    exchange::{HttpRequest, HttpResponse, Times},
    state::World,
};

/// Why a call is refused; the number is what programs read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OpenError {
    pub(crate) errcode: i64,
    /// Without the `rid`.
    pub(crate) errmsg: Cow<'static, str>,
}

/// What a call answers, or why not.
pub(crate) type Answer = Result<Value, OpenError>;

impl OpenError {
    pub(crate) const SYSTEM_ERROR: Self = Self::new(-1, "system error");
    pub(crate) const INVALID_CREDENTIAL: Self = Self::new(
        40001,
        "invalid credential, access_token is invalid or not latest, could get access_token by getStableAccessToken, more details at https://mmbizurl.cn/s/JtxxFh33r",
    );
    pub(crate) const GRANT_TYPE: Self = Self::new(40002, "invalid grant_type");
    pub(crate) const OPENID: Self = Self::new(40003, "invalid openid");
    pub(crate) const APPID: Self = Self::new(40013, "invalid appid");
    pub(crate) const ACCESS_TOKEN: Self = Self::new(40014, "invalid access_token");
    pub(crate) const CODE: Self = Self::new(40029, "invalid code");
    pub(crate) const ARGUMENTS: Self = Self::new(40097, "invalid args");
    pub(crate) const APPSECRET: Self = Self::new(40125, "invalid appsecret");
    pub(crate) const CODE_USED: Self = Self::new(40163, "code been used");
    pub(crate) const CODE_BLOCKED: Self = Self::new(40226, "code blocked");
    pub(crate) const TOKEN_MISSING: Self = Self::new(41001, "access_token missing");
    pub(crate) const APPID_MISSING: Self = Self::new(41002, "appid missing");
    pub(crate) const APPSECRET_MISSING: Self = Self::new(41004, "appsecret missing");
    pub(crate) const CODE_MISSING: Self = Self::new(41008, "missing code");
    pub(crate) const TOKEN_EXPIRED: Self = Self::new(42001, "access_token expired");
    pub(crate) const NOT_POST: Self = Self::new(43002, "require POST method");
    pub(crate) const EMPTY_BODY: Self = Self::new(44002, "empty post data");
    pub(crate) const DAILY_QUOTA: Self = Self::new(45009, "reach max api daily quota limit");
    pub(crate) const TOO_OFTEN: Self =
        Self::new(45011, "api minute-quota reach limit  mustslower  retry next minute");
    pub(crate) const DATA_FORMAT: Self = Self::new(47001, "data format error");
    pub(crate) const UNAUTHORIZED: Self = Self::new(48001, "api unauthorized");

    pub(crate) const fn new(errcode: i64, errmsg: &'static str) -> Self {
        Self { errcode, errmsg: Cow::Borrowed(errmsg) }
    }

    pub(crate) fn saying(errcode: i64, errmsg: String) -> Self {
        Self { errcode, errmsg: Cow::Owned(errmsg) }
    }
}

/// What calls answer that have nothing to tell.
pub(crate) fn done() -> Value {
    json!({"errcode": 0, "errmsg": "ok"})
}

/// A query parameter; an empty one counts as missing.
pub(crate) fn given(request: &HttpRequest, name: &str) -> Option<String> {
    request.query(name).filter(|value| !value.is_empty())
}

/// The body of a call that takes a JSON object.
pub(crate) fn object(request: &HttpRequest) -> Result<Map<String, Value>, OpenError> {
    if request.body.is_empty() {
        return Err(OpenError::EMPTY_BODY);
    }
    match serde_json::from_slice(&request.body) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) | Err(_) => Err(OpenError::DATA_FORMAT),
    }
}

/// A text member; absent and empty are the same, another type is an error.
pub(crate) fn text<'a>(
    members: &'a Map<String, Value>,
    name: &str,
) -> Result<Option<&'a str>, OpenError> {
    match members.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
        Some(_) => Err(OpenError::DATA_FORMAT),
    }
}

impl World {
    /// Puts an answer on the wire. Every refusal carries a `rid`, whose first group is the second
    /// in hex.
    pub(super) fn open_response(&mut self, path: &str, answer: Answer, now: Times) -> HttpResponse {
        let is_sns = path.starts_with("/sns/");
        let body = answer.unwrap_or_else(|OpenError { errcode, errmsg }| {
            let (seconds, chance) = (now.wall.unix(), &mut self.state.chance);
            let rid = format!("{seconds:08x}-{}-{}", chance.hex(8), chance.hex(8));
            let separator = if is_sns { ", " } else { " " };
            json!({"errcode": errcode, "errmsg": format!("{errmsg}{separator}rid: {rid}")})
        });
        // What `/sns/` says of its type today is unconfirmed; a client reads JSON regardless.
        let content_type = if is_sns { "text/plain" } else { "application/json; charset=utf-8" };
        HttpResponse {
            status: 200,
            headers: vec![("Content-Type".to_owned(), content_type.into())],
            body: serde_json::to_vec(&body).expect("a JSON value has string keys"),
        }
    }
}
