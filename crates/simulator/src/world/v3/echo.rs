//! The self-test: `POST /v3/security/echo` (v3 §1.15).

use suanpan_wechat::sensitive::SensitiveText;

use super::{
    answer::Answer,
    error::ApiError,
    gate::Caller,
    operation::{self, Route, post},
    schema::{self, Field, NOTIFY_URL, bytes, matching, optional, required},
};
use crate::world::{
    exchange::{HttpRequest, Times},
    notify::{Event, News},
    state::World,
};

/// Limits of the two messages are unconfirmed.
static ECHO: &[Field] = &[
    optional("notify_url", "回调地址", matching(1, 256, &NOTIFY_URL)),
    required("echo_message", "回显消息", bytes(1024)),
    optional("encrypted_echo_message", "加密的回显消息", bytes(1024)),
];

struct Echo;

/// `/v3/security/echo`.
pub(crate) fn route(path: &[&str]) -> Option<Route> {
    (*path == ["security", "echo"]).then(|| post(Echo))
}

#[derive(serde::Serialize)]
struct EchoAnswer<'a> {
    echo_message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    encrypted_echo_message: Option<SensitiveText>,
}

/// The member is called otherwise than in the request; so the documents have it.
#[derive(serde::Serialize)]
struct Notification<'a> {
    echo_message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    encrypt_echo_message: Option<SensitiveText>,
}

impl operation::Operation for Echo {
    fn perform(
        &self,
        world: &mut World,
        caller: &Caller,
        request: &HttpRequest,
        now: Times,
    ) -> Result<Answer, ApiError> {
        let body = schema::read(&request.body, &[ECHO])?;
        let echo_message = schema::text(&body, "/echo_message").expect("the table demands it");
        let secret = schema::text(&body, "/encrypted_echo_message")
            .map(|sealed| world.open_sensitive(caller, sealed))
            .transpose()?;
        let sealed = || secret.as_ref().and_then(|text| world.seal_sensitive(caller, text));
        let answer = EchoAnswer { echo_message, encrypted_echo_message: sealed() };
        let plaintext = Notification { echo_message, encrypt_echo_message: sealed() };
        let plaintext = serde_json::to_string(&plaintext).expect("string keys only");
        if let Some(url) = schema::text(&body, "/notify_url") {
            let (mchid, event) = (&caller.mchid, Event::SecurityEcho);
            world.notify(News { mchid, out_trade_no: None, url, event, plaintext }, now);
        }
        Ok(Answer::json(&answer))
    }
}
