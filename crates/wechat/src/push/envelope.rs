use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Serialize;
use zeroize::Zeroizing;

use super::{Hint, message::Message};
use crate::{
    Timestamp,
    cbc::{self, Suite},
    digest::sha1,
    id::{Appid, NonceStr},
    open_api::{Attested, wire::query_members},
    pay_v2::xml::Fields,
    secret::{EncodingAesKey, PushToken, debug_without_secrets},
};

/// How far the timestamp of an address may lie from our clock, in either direction, in seconds.
/// WeChat names no window; this one keeps an address that leaked from being good for ever.
pub const WINDOW_SECONDS: i64 = 300;

/// The longest body that is looked at.
pub const BODY_LIMIT: usize = 128 * 1024;

/// Random bytes in front of a sealed message.
const SALT: usize = 16;

/// Why a push is not taken. Answer 4xx and keep nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PushError {
    /// The query lacks a member, or has one twice.
    #[error("the query is not one of a message push")]
    Query,
    /// The timestamp is not near our clock.
    #[error("signed {skew_seconds} s away from our clock, more than {WINDOW_SECONDS} s")]
    OutsideWindow {
        /// Our wall time minus the signed time.
        skew_seconds: i64,
    },
    /// Whoever signed does not know our Token.
    #[error("the signature does not match")]
    BadSignature,
    /// Too long, or neither JSON nor XML with what belongs into it.
    #[error("the body is not one of a message push")]
    Body,
    /// The signature fits, but no EncodingAESKey opens it for this app.
    #[error("the sealed message does not open with this EncodingAESKey for this app")]
    DoesNotOpen,
}

/// The query of the address WeChat calls.
#[derive(Clone)]
pub struct PushQuery {
    timestamp: String,
    nonce: String,
    signature: Option<String>,
    msg_signature: Option<String>,
    echostr: Option<String>,
}

impl PushQuery {
    /// Reads the raw query string. Other members (`openid`, `encrypt_type`) are not looked at: what
    /// the message is, its keys decide.
    ///
    /// # Errors
    /// [`PushError::Query`].
    pub fn parse(query: &str) -> Result<Self, PushError> {
        let names = ["timestamp", "nonce", "signature", "msg_signature", "echostr"];
        let [timestamp, nonce, signature, msg_signature, echostr] =
            query_members(query, names).ok_or(PushError::Query)?;
        let timestamp = timestamp.ok_or(PushError::Query)?;
        let nonce = nonce.ok_or(PushError::Query)?;
        Ok(Self { timestamp, nonce, signature, msg_signature, echostr })
    }

    /// Token and whatever else is signed, sorted and hashed.
    fn check(
        &self,
        claimed: Option<&String>,
        token: &PushToken,
        sealed: Option<&str>,
        now: Timestamp,
    ) -> Result<(), PushError> {
        let signed: i64 = self.timestamp.parse().map_err(|_| PushError::Query)?;
        let skew_seconds = now.since(Timestamp::from_unix(signed));
        if skew_seconds.abs() > WINDOW_SECONDS {
            return Err(PushError::OutsideWindow { skew_seconds });
        }
        let claimed = claimed.ok_or(PushError::Query)?;
        let expected = signature(token, &self.timestamp, &self.nonce, sealed);
        verify_slices_are_equal(expected.as_bytes(), claimed.as_bytes())
            .map_err(|_| PushError::BadSignature)
    }

    /// The answer to the question that WeChat asks when the address is entered in the console.
    fn echo(&self, token: &PushToken, now: Timestamp) -> Result<&str, PushError> {
        self.check(self.signature.as_ref(), token, None, now)?;
        self.echostr.as_deref().ok_or(PushError::Query)
    }
}

impl fmt::Debug for PushQuery {
    /// In plain mode the members open the door to anybody, so none is shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PushQuery(..)")
    }
}

fn signature(token: &PushToken, timestamp: &str, nonce: &str, sealed: Option<&str>) -> String {
    let mut parts: Vec<&str> = [token.expose(), timestamp, nonce].into();
    parts.extend(sealed);
    parts.sort_unstable();
    sha1(&parts)
}

/// One app's push in plain mode.
#[derive(Clone)]
pub struct PlainPush {
    token: PushToken,
}

debug_without_secrets!(PlainPush {});

impl PlainPush {
    /// `token` as entered in the console.
    #[must_use]
    pub fn new(token: PushToken) -> Self {
        Self { token }
    }

    /// What to answer, as plain text, to the console's `GET`.
    ///
    /// # Errors
    /// See [`PushError`].
    pub fn echo<'a>(&self, query: &'a PushQuery, now: Timestamp) -> Result<&'a str, PushError> {
        query.echo(&self.token, now)
    }

    /// Reads a message whose address is signed and whose body is not.
    ///
    /// # Errors
    /// See [`PushError`].
    pub fn receive(
        &self,
        query: &PushQuery,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Hint<Message>, PushError> {
        query.check(query.signature.as_ref(), &self.token, None, now)?;
        Message::read(bounded(body)?).ok_or(PushError::Body).map(Hint)
    }
}

/// One app's push in secure or compatible mode.
#[derive(Clone)]
pub struct SealedPush {
    appid: Appid,
    token: PushToken,
    key: EncodingAesKey,
    previous: Option<EncodingAesKey>,
}

debug_without_secrets!(SealedPush { appid });

impl SealedPush {
    /// Token and key as entered in the console for `appid`.
    #[must_use]
    pub fn new(appid: Appid, token: PushToken, key: EncodingAesKey) -> Self {
        Self { appid, token, key, previous: None }
    }

    /// Also opens what was sealed with the key before this one: keep it for a day after a change.
    #[must_use]
    pub fn with_previous_key(self, key: EncodingAesKey) -> Self {
        Self { previous: Some(key), ..self }
    }

    /// What to answer, as plain text, to the console's `GET`.
    ///
    /// # Errors
    /// See [`PushError`].
    pub fn echo<'a>(&self, query: &'a PushQuery, now: Timestamp) -> Result<&'a str, PushError> {
        query.echo(&self.token, now)
    }

    /// Checks the signature over the sealed message, opens it, and compares the app inside with
    /// ours. A plain half beside it (compatible mode) is not looked at.
    ///
    /// # Errors
    /// See [`PushError`].
    pub fn receive(
        &self,
        query: &PushQuery,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Attested<Message>, PushError> {
        let sealed = super::message::encrypt_member(bounded(body)?).ok_or(PushError::Body)?;
        query.check(query.msg_signature.as_ref(), &self.token, Some(&sealed), now)?;
        let plain = self.open(&sealed).ok_or(PushError::DoesNotOpen)?;
        Message::read(&plain).ok_or(PushError::Body).map(Attested::checked)
    }

    fn open(&self, sealed: &str) -> Option<Zeroizing<Vec<u8>>> {
        let ciphertext = STANDARD.decode(sealed).ok()?;
        [Some(&self.key), self.previous.as_ref()].into_iter().flatten().find_map(|key| {
            let frame = cbc::open(Suite::MessagePush, key.bytes(), iv(key), &ciphertext)?;
            self.unframed(&frame)
        })
    }

    /// Salt, length, message, appid.
    fn unframed(&self, frame: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (_, frame) = frame.split_at_checked(SALT)?;
        let (length, frame) = frame.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (message, appid) = frame.split_at_checked(length)?;
        (appid == self.appid.as_str().as_bytes()).then(|| Zeroizing::new(message.to_vec()))
    }

    /// Seals a message, as a reply to a push or as the push itself: both directions are alike, which
    /// is why a push proves less than a notification. `salt` and `nonce` are fresh randomness.
    #[must_use]
    pub fn seal(
        &self,
        message: &str,
        salt: [u8; SALT],
        timestamp: Timestamp,
        nonce: &NonceStr,
    ) -> SealedMessage {
        let length = u32::try_from(message.len()).expect("a message is far below four GiB");
        let frame = Zeroizing::new(
            [&salt[..], &length.to_be_bytes(), message.as_bytes(), self.appid.as_str().as_bytes()]
                .concat(),
        );
        let key = &self.key;
        let ciphertext = cbc::seal(Suite::MessagePush, key.bytes(), iv(key), &frame);
        let encrypt = STANDARD.encode(ciphertext);
        let time_stamp = timestamp.unix();
        let time_text = time_stamp.to_string();
        SealedMessage {
            msg_signature: signature(&self.token, &time_text, nonce.as_str(), Some(&encrypt)),
            encrypt,
            time_stamp,
            nonce: nonce.clone(),
        }
    }
}

/// The first half of the key, by WeChat's choice; what differs from message to message is the salt.
fn iv(key: &EncodingAesKey) -> [u8; 16] {
    *key.bytes().first_chunk().expect("a key has 32 bytes")
}

fn bounded(body: &[u8]) -> Result<&[u8], PushError> {
    if body.len() <= BODY_LIMIT { Ok(body) } else { Err(PushError::Body) }
}

/// A sealed message with its signature: the body of a reply.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SealedMessage {
    encrypt: String,
    msg_signature: String,
    time_stamp: i64,
    nonce: NonceStr,
}

impl SealedMessage {
    /// As a JSON body.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("texts and a number are JSON")
    }

    /// As an XML body.
    #[must_use]
    pub fn to_xml(&self) -> String {
        let mut fields = Fields::default();
        for (name, value) in [
            ("Encrypt", self.encrypt.clone()),
            ("MsgSignature", self.msg_signature.clone()),
            ("TimeStamp", self.time_stamp.to_string()),
            ("Nonce", self.nonce.to_string()),
        ] {
            fields.insert(name, value).expect("four names, each once, with plain text");
        }
        fields.to_xml()
    }

    /// As a query, the way WeChat sends a push.
    #[must_use]
    pub fn query(&self) -> String {
        format!(
            "timestamp={}&nonce={}&encrypt_type=aes&msg_signature={}",
            self.time_stamp, self.nonce, self.msg_signature
        )
    }
}
