//! The open platform's dialect: every sending is signed anew, in its address (open platform §12).

use super::{Notification, Sending, Spoiled};
use crate::world::{
    exchange::Times,
    open::{PushSending, Pushed, Spoil},
    state::World,
};

impl World {
    pub(super) fn push_sending(
        &mut self,
        notification: &Notification,
        pushed: &Pushed,
        spoiled: Spoiled,
        now: Times,
    ) -> Sending {
        let spoil = match spoiled {
            Spoiled::Not | Spoiled::Probe => Spoil::Nothing,
            Spoiled::BadSignature => Spoil::Signature,
            Spoiled::Undecryptable => Spoil::Seal,
        };
        let chance = &mut self.state.chance;
        let PushSending { url, content_type, body, signed } =
            pushed.write(&notification.plaintext, spoil, chance, now);
        let headers =
            [("Content-Type", content_type), ("Accept", "*/*"), ("User-Agent", "Mozilla/4.0")];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.into())).to_vec();
        Sending { url, headers, body, canonical: Some(signed) }
    }
}

/// `success`, or nothing at all, with 200.
pub(super) fn is_acknowledged(status: u16, body: &[u8]) -> bool {
    status == 200 && matches!(body.trim_ascii(), b"" | b"success")
}
