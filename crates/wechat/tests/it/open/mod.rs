//! The open platform: its published vectors, its documented bodies, and what strangers send.

mod answers;
mod login;
mod oauth;
mod open_data;
mod push;
mod shipping;
mod subscribe_message;
mod token;

use suanpan_wechat::{
    call::RawAnswer,
    id::{Appid, Openid},
    open_api::{OpenCall, OpenOutcome, judge},
    secret::{AccessToken, SessionKey},
};

pub(crate) const RID: &str = "652d44d0-1d0af18b-5b069232";

pub(crate) fn token() -> AccessToken {
    AccessToken::new("85_canary-token").unwrap()
}

pub(crate) fn appid() -> Appid {
    Appid::new("wx4f4bc4dec97d474b").unwrap()
}

pub(crate) fn openid() -> Openid {
    Openid::new("oUpF8uMuAJO_M2pxb1Q9zNjWeS6o").unwrap()
}

pub(crate) fn session_key() -> SessionKey {
    SessionKey::new("tiihtNczf5v6AKRyjwEUhQ==").unwrap()
}

pub(crate) fn answered<C: OpenCall>(call: &C, body: &str) -> OpenOutcome<C::Answer> {
    judge(call, &RawAnswer { status: 200, headers: Vec::new(), body: body.into() })
}

/// What success gives, or a failed test.
pub(crate) fn succeeded<C: OpenCall>(call: &C, body: &str) -> C::Answer {
    match answered(call, body) {
        OpenOutcome::Success(answer) => answer,
        OpenOutcome::Rejected(refusal) => panic!("{refusal:?}"),
        OpenOutcome::Unknown(reason) => panic!("{reason:?}"),
    }
}

/// The JSON body of a request, whose path and token are as expected.
pub(crate) fn sent<C: OpenCall<Credential = AccessToken>>(
    call: &C,
    path: &str,
) -> serde_json::Value {
    let request = call.request(&token());
    assert_eq!(request.expose().target, format!("{path}?access_token=85_canary-token"));
    assert!(!format!("{request:?}").contains("canary"), "{request:?}");
    serde_json::from_slice(&request.expose().body).unwrap()
}
