//! Answers: which key signs them, their headers, and how faults spoil them (v3 §1.7–1.10).

use suanpan_wechat::id::SerialNo;

use super::{error::ApiError, gate::Caller};
use crate::world::{
    exchange::{HttpResponse, Times},
    header::{HeaderText, make_probe, signature_headers},
    identity::{Merchant, TrustMode},
    state::World,
};

/// Members that say how something stands.
const STATES: [&str; 2] = ["trade_state", "status"];

/// No document knows it.
pub(crate) const UNKNOWN_STATE: &str = "ZZ_NEW_STATE";

/// What an operation has to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    form: Form,
}

/// What an answer is on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// JSON, or nothing, signed.
    Json,
    /// A file; nobody signs those (v3 §1.9).
    File { content_type: &'static str },
}

impl Answer {
    /// 200 with a JSON body. Answer structs list their members alphabetically.
    pub(crate) fn json(body: &impl serde::Serialize) -> Self {
        let body = serde_json::to_vec(body).expect("answers have string keys only");
        Self { status: 200, body, form: Form::Json }
    }

    /// The same with 202: taken, not done.
    pub(crate) fn accepted(self) -> Self {
        Self { status: 202, ..self }
    }

    /// 200 with a file.
    pub(crate) const fn file(body: Vec<u8>, content_type: &'static str) -> Self {
        Self { status: 200, body, form: Form::File { content_type } }
    }

    /// A member of the future, last in the alphabet; clients must not mind it (v3 §1.13).
    pub(crate) fn add_member(&mut self) {
        if self.form == Form::Json && self.body.pop_if(|last| *last == b'}').is_some() {
            self.body.extend_from_slice(br#","zz_new_member":{"since":"tomorrow"}}"#);
        }
    }

    /// Whether a state of the future has a place in it.
    pub(crate) fn says_a_state(&self) -> bool {
        self.form == Form::Json && STATES.iter().any(|member| self.value_of(member).is_some())
    }

    /// A state of the future; clients keep it as they keep a timeout: unknown (v3 §10).
    pub(crate) fn say_an_unknown_state(&mut self) {
        let place = STATES.iter().find_map(|member| self.value_of(member));
        if let Some(place) = place {
            self.body.splice(place, UNKNOWN_STATE.bytes());
        }
    }

    /// Where the text of a member's value stands. Answers are compact, and a quote inside a text is
    /// escaped, so a text that speaks of the member is not mistaken for it.
    fn value_of(&self, member: &str) -> Option<std::ops::Range<usize>> {
        let text = std::str::from_utf8(&self.body).ok()?;
        let name = format!("\"{member}\":\"");
        let start = text.find(&name)? + name.len();
        let length = text[start..].find('"')?;
        Some(start..start + length)
    }

    pub(crate) const NO_CONTENT: Self = Self { status: 204, body: Vec::new(), form: Form::Json };
}

/// How the signature of an answer is spoiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spoiled {
    Not,
    BadSignature,
    UnknownSerial,
    Probe,
}

impl World {
    /// A signed answer to a caller whose own signature was accepted, whatever its status.
    pub(crate) fn signed(
        &mut self,
        caller: &Caller,
        outcome: Result<Answer, ApiError>,
        spoiled: Spoiled,
        now: Times,
    ) -> HttpResponse {
        let (answer, number) = match outcome {
            Ok(answer) => (answer, 0),
            Err(error) => {
                let answer = Answer { status: error.status, body: error.body(), form: Form::Json };
                (answer, error.number)
            }
        };
        if let Form::File { content_type } = answer.form {
            let mut headers = self.common_headers(number, now);
            set(&mut headers, "Content-Type", content_type);
            return HttpResponse { status: answer.status, headers, body: answer.body };
        }
        let merchant = &self.state.merchants[&caller.mchid];
        let signer = self.signer(answer_key(merchant, caller.wanted.as_deref()));
        let nonce = self.state.chance.hex(32);
        let signed_body: &[u8] =
            if spoiled == Spoiled::BadSignature { b"{}\n" } else { &answer.body };
        let mut headers = self.common_headers(number, now);
        headers.extend(signature_headers(signer, now.wall, &nonce, signed_body));
        match spoiled {
            Spoiled::Not | Spoiled::BadSignature => {}
            Spoiled::Probe => make_probe(&mut headers),
            Spoiled::UnknownSerial => {
                let nobody = self.state.chance.hex(40).to_ascii_uppercase();
                set(&mut headers, "Wechatpay-Serial", nobody);
            }
        }
        HttpResponse { status: answer.status, headers, body: answer.body }
    }

    /// An answer to a request whose signature was not accepted: nothing in it is signed.
    pub(crate) fn unsigned(&mut self, error: &ApiError, now: Times) -> HttpResponse {
        let headers = self.common_headers(error.number, now);
        HttpResponse { status: error.status, headers, body: error.body() }
    }

    fn common_headers(&mut self, number: u32, now: Times) -> Vec<(String, HeaderText)> {
        let request_id = format!("{}-{number}", self.request_id(now));
        [
            ("Content-Type", "application/json; charset=utf-8".into()),
            ("Cache-Control", "no-cache, must-revalidate".into()),
            ("X-Content-Type-Options", "nosniff".into()),
            ("Content-Language", "zh-CN".into()),
            ("Request-ID", request_id.into()),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
    }

    /// Upper-case hex of a small protobuf message: second, millisecond, address, two numbers
    /// (v3 §1.8).
    fn request_id(&mut self, now: Times) -> String {
        let second = u64::try_from(now.wall.unix()).unwrap_or(0);
        let chance = &mut self.state.chance;
        let millisecond = u64::from(chance.below(1000));
        let address = 0x0919_0000 | u64::from(chance.below(0x1_0000));
        let (sequence, process) =
            (u64::from(chance.below(900_000)), u64::from(chance.below(100_000)));
        let mut message = Vec::with_capacity(24);
        for (field, value) in [
            (0x08, second),
            (0x10, millisecond),
            (0x18, address),
            (0x20, sequence),
            (0x28, process),
        ] {
            message.push(field);
            push_varint(&mut message, value);
        }
        hex::encode_upper(message)
    }
}

fn push_varint(message: &mut Vec<u8>, mut value: u64) {
    loop {
        let low = u8::try_from(value & 0x7f).expect("seven bits fit in a byte");
        value >>= 7;
        if value == 0 {
            message.push(low);
            return;
        }
        message.push(low | 0x80);
    }
}

/// The table of v3 §1.10.
fn answer_key<'a>(merchant: &'a Merchant, wanted: Option<&str>) -> &'a SerialNo {
    let public = merchant.public_key.as_ref().map(|key| &key.id);
    let certificate = merchant.signing_serial_no.as_ref();
    let wants_public = wanted.is_some_and(|wanted| wanted.starts_with("PUB_KEY_ID_"));
    let (preferred, other) = match merchant.trust_mode {
        TrustMode::PublicKey => (public, certificate),
        TrustMode::Both if wants_public => (public, certificate),
        TrustMode::Both | TrustMode::Certificate => (certificate, public),
    };
    preferred.or(other).expect("registration gives every merchant the keys its trust mode needs")
}

fn set(headers: &mut [(String, HeaderText)], name: &str, value: impl Into<HeaderText>) {
    if let Some((_, known)) = headers.iter_mut().find(|(known, _)| known == name) {
        *known = value.into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The identifier of a real answer, taken apart in the protocol sheet.
    #[test]
    fn request_ids_have_the_captured_shape() {
        let mut message = Vec::new();
        for (field, value) in [
            (0x08, 1_683_604_548),
            (0x10, 414),
            (0x18, 0x0919_0c7c),
            (0x20, 252_734),
            (0x28, 94_403),
        ] {
            message.push(field);
            push_varint(&mut message, value);
        }
        assert_eq!(hex::encode_upper(message), "08C488E7A206109E0318FC98E44820BEB60F28C3E105");
    }
}
