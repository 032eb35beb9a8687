//! Reading and rewriting messages on the wire: what is checked as it leaves, and what planted
//! faults and ill-meaning people put in its place.

use serde_json::Value;
use suanpan_store::model::State;
use suanpan_trade::{Order, id::encode};
use suanpan_wechat::{
    Timestamp,
    call::{Method, RawAnswer, Rejection, Request},
    error::ErrorCode,
    id::Mchid,
    platform::signature_headers,
    sign::Signer,
};

use crate::{chance::Chance, plant::Plant, timeline::Timeline};

/// Invariants I06 and I07: what leaves is a committed row, byte for byte.
///
/// # Errors
/// What is wrong, in words.
pub(crate) fn committed(state: &State, mchid: &Mchid, request: &Request) -> Result<(), String> {
    if request.method == Method::Get {
        return Ok(());
    }
    let mut ours = state.orders().filter(|order| order.identity.mchid == *mchid);
    let known = if request.target.ends_with("/close") {
        let number = request.target.rsplit('/').nth(1).unwrap_or_default();
        ours.any(|order| order.attempts.iter().any(|one| one.out_trade_no.as_str() == number))
    } else if request.target.ends_with("/refunds") {
        ours.any(|order| order.refunds.iter().any(|refund| refund.body == request.body))
    } else {
        ours.any(|order| order.attempts.iter().any(|attempt| attempt.body == request.body))
    };
    let text = String::from_utf8_lossy(&request.body);
    if known { Ok(()) } else { Err(format!("{} left uncommitted: {text}", request.target)) }
}

/// Plants that change what is sent.
pub(crate) fn request(plant: Plant, request: &mut Request, timeline: &Timeline) {
    let member = match plant {
        Plant::NewNumberOnRetry if request.target.ends_with("/jsapi") => "out_trade_no",
        Plant::NewRefundNumberOnRetry if request.target.ends_with("/refunds") => "out_refund_no",
        _ => return,
    };
    // Which send is a repeat only the act knows; half of all will do.
    if timeline.draw(Chance::coin) {
        return;
    }
    let mut random = [0; 20];
    timeline.draw(|chance| chance.fill(&mut random));
    if let Some(body) = edited(&request.body, |body| body[member] = Value::from(encode(&random))) {
        request.body = body;
    }
}

fn edited(body: &[u8], edit: impl FnOnce(&mut Value)) -> Option<Vec<u8>> {
    let mut value: Value = serde_json::from_slice(body).ok()?;
    edit(&mut value);
    serde_json::to_vec(&value).ok()
}

/// The same order for one fen, and who would pay it.
pub(crate) fn cheaper(body: &[u8]) -> Option<(Vec<u8>, String)> {
    let value: Value = serde_json::from_slice(body).ok()?;
    let openid = value.pointer("/payer/openid")?.as_str()?.to_owned();
    let body = edited(body, |body| body["amount"]["total"] = Value::from(1))?;
    Some((body, openid))
}

/// An order of another program under the same merchant number, notified to our address.
pub(crate) fn strangers_order(
    appid: &str,
    mchid: &str,
    out_trade_no: &str,
    notify_url: &str,
    openid: &str,
) -> Vec<u8> {
    serde_json::json!({
        "appid": appid,
        "mchid": mchid,
        "description": "somebody else's",
        "out_trade_no": out_trade_no,
        "notify_url": notify_url,
        "amount": { "total": 500, "currency": "CNY" },
        "payer": { "openid": openid },
    })
    .to_string()
    .into_bytes()
}

/// What a timeout is mistaken for.
pub(crate) fn refusal() -> Rejection {
    Rejection {
        status: 400,
        code: ErrorCode::ParamError,
        message: "planted".to_owned(),
        detail: None,
        request_id: None,
    }
}

/// An answer signed by WeChat's own key.
pub(crate) fn answer(signer: &dyn Signer, wall: Timestamp, status: u16, body: &[u8]) -> RawAnswer {
    let headers = signature_headers(signer, wall, "planted", body)
        .map(|(name, value)| (name.to_ascii_lowercase(), value));
    RawAnswer { status, headers: headers.to_vec(), body: body.to_vec() }
}

fn order_of<'a>(state: &'a State, number: &str) -> Option<&'a Order> {
    state
        .orders()
        .find(|order| order.attempts.iter().any(|one| one.out_trade_no.as_str() == number))
}

/// The statement with the amount we would like to read; `None` when it says so anyway.
pub(crate) fn with_our_amount(state: &State, body: &[u8]) -> Option<Vec<u8>> {
    let value: Value = serde_json::from_slice(body).ok()?;
    let ours = order_of(state, value.get("out_trade_no")?.as_str()?)?.identity.amount.count();
    let theirs = value.pointer("/amount/total")?.as_i64()?;
    (ours != theirs)
        .then(|| edited(body, |body| body["amount"]["total"] = Value::from(ours)))
        .flatten()
}

/// Whether the order a query asks about has expired by this clock.
pub(crate) fn is_expired(state: &State, request: &Request, now: Timestamp) -> bool {
    let path = request.target.split('?').next().unwrap_or_default();
    let number = path.rsplit('/').next().unwrap_or_default();
    order_of(state, number).is_some_and(|order| order.is_closing(now))
}

/// The statement of an unpaid order, saying that it is closed.
pub(crate) fn closed(body: &[u8]) -> Option<Vec<u8>> {
    let value: Value = serde_json::from_slice(body).ok()?;
    (value.get("trade_state")?.as_str()? == "NOTPAY")
        .then(|| edited(body, |body| body["trade_state"] = Value::from("CLOSED")))
        .flatten()
}
