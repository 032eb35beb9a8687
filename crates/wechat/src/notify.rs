//! Notifications: WeChat calling us (docs/protocol.md, "Notifications").
//!
//! The order is fixed by types: raw bytes → [`verify()`](crate::verify()) → [`Verified`] bytes →
//! [`Verified::notification`] → [`Verified::open`]. Nothing can be read earlier.

use crate::{
    Verified,
    call::Malformed,
    pay::Transaction,
    refund::Refund,
    seal::{DoesNotOpen, Sealed},
    secret::ApiV3Key,
};

/// The envelope of a notification.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Notification {
    /// Identifies this notification. Not a key for deduplication: whether repeats keep it is not
    /// documented.
    pub id: String,
    /// What happened, in WeChat's many spellings; informative only (threat n14).
    pub event_type: String,
    /// The content, sealed.
    resource: Resource,
}

/// [`Sealed`] with its kind. Spelled out rather than flattened: flattening would keep a copy of
/// every member of every notification first, the ciphertext included.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
struct Resource {
    original_type: String,
    algorithm: String,
    nonce: String,
    #[serde(default)]
    associated_data: String,
    ciphertext: String,
}

/// The content of a notification.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Content {
    /// A payment succeeded.
    Transaction(Transaction),
    /// A refund reached an end.
    Refund(Refund),
    /// Verified and opened, but of a kind or shape this crate does not know: keep it, show it to
    /// a person, answer 2xx.
    Unknown {
        /// WeChat's name for the kind.
        original_type: String,
        /// The JSON text.
        json: String,
    },
}

/// [`Content`] with the proof moved inside, ready to be applied.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Statement {
    /// A payment succeeded.
    Transaction(Verified<Transaction>),
    /// A refund reached an end.
    Refund(Verified<Refund>),
    /// Verified, but of a kind or shape this crate does not know.
    Unknown {
        /// WeChat's name for the kind.
        original_type: String,
        /// The JSON text.
        json: String,
    },
}

impl Verified<Content> {
    /// Moves the proof inside.
    #[must_use]
    pub fn statement(self) -> Statement {
        match self.into_inner() {
            Content::Transaction(transaction) => {
                Statement::Transaction(Verified::carried(transaction))
            }
            Content::Refund(refund) => Statement::Refund(Verified::carried(refund)),
            Content::Unknown { original_type, json } => Statement::Unknown { original_type, json },
        }
    }
}

impl Verified<&[u8]> {
    /// Reads the envelope.
    ///
    /// # Errors
    /// When the verified bytes are not a notification.
    pub fn notification(self) -> Result<Verified<Notification>, Malformed> {
        self.read(|body| {
            serde_json::from_slice(body).map_err(|_| Malformed { expected: "a notification" })
        })
    }
}

impl Verified<Notification> {
    /// Opens the content with the first of `keys` that fits: the current APIv3 key and, for a
    /// while after it was changed, the previous one.
    ///
    /// # Errors
    /// When no key fits. Answer 5xx: WeChat sends again, and by then a person has fixed the key
    /// (threat k05).
    pub fn open(self, keys: &[ApiV3Key]) -> Result<Verified<Content>, DoesNotOpen> {
        self.read(|notification| {
            let Resource { original_type, algorithm, nonce, associated_data, ciphertext } =
                notification.resource;
            let sealed = Sealed { algorithm, nonce, associated_data, ciphertext };
            let plaintext = keys.iter().find_map(|key| sealed.open(key).ok()).ok_or(DoesNotOpen)?;
            Ok(content(original_type, &plaintext))
        })
    }
}

/// Dispatches on the kind *and* the shape: a combined order calls itself `transaction` too.
fn content(original_type: String, plaintext: &[u8]) -> Content {
    let read = match original_type.as_str() {
        "transaction" => serde_json::from_slice(plaintext).ok().map(Content::Transaction),
        "refund" => serde_json::from_slice(plaintext).ok().map(Content::Refund),
        _ => None,
    };
    read.unwrap_or_else(|| Content::Unknown {
        original_type,
        json: String::from_utf8_lossy(plaintext).into_owned(),
    })
}

/// What to answer WeChat when a notification cannot be accepted; accepted ones get 200 or 204
/// without a body.
pub const REFUSAL: &str = r#"{"code":"FAIL","message":"失败"}"#;
