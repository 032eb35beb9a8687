//! The journal of messages, and sending a notification once more.

use std::sync::Arc;

use axum::{Json, extract::State};

use super::{
    Management,
    extract::{Body, Params},
    problem::Problem,
};
use crate::world::{Effect, Message, MessageFilter, MessageKind};

/// How many messages one answer holds; `after` asks for the next.
const PAGE: usize = 1000;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    #[serde(default)]
    out_trade_no: Option<String>,
    #[serde(default)]
    kind: Option<MessageKind>,
    #[serde(default)]
    after: Option<u64>,
}

#[derive(serde::Serialize)]
pub(super) struct Messages {
    messages: Vec<Message>,
}

pub(super) async fn read(
    State(management): State<Management>,
    Params(Which { out_trade_no, kind, after }): Params<Which>,
) -> Json<Messages> {
    let filter = MessageFilter { out_trade_no, kind, after };
    let messages =
        management.shared().read(|world, _| world.messages(&filter).take(PAGE).cloned().collect());
    Json(Messages { messages })
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Resend {
    message_id: u64,
    /// Byte for byte, with the old timestamp and signature; absent: freshly signed.
    #[serde(default)]
    verbatim: bool,
}

#[derive(serde::Serialize)]
pub(super) struct Resent {
    notification_id: String,
}

/// Answers when the merchant has answered, or failed to.
pub(super) async fn resend(
    State(management): State<Management>,
    Body(Resend { message_id, verbatim }): Body<Resend>,
) -> Result<Json<Resent>, Problem> {
    let shared = Arc::clone(management.shared());
    let effect = shared.change(|world, times| match verbatim {
        true => world.replay(message_id, times),
        false => world.resend(message_id, times),
    });
    let Some(Effect::Notify(delivery)) = effect else {
        return Err(Problem::not_found("there is no such notification in the journal"));
    };
    let notification_id = delivery.notification_id.clone();
    // In a task of its own: the result is reported even when the caller hangs up.
    let sent = tokio::spawn(async move { shared.deliver_by_hand(&delivery).await });
    sent.await.map_err(|_| Problem::bad_request("the notification was not sent"))?;
    Ok(Json(Resent { notification_id }))
}
