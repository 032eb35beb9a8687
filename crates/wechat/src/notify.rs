//! Notifications: WeChat calling us (docs/protocol.md, "Notifications").
//!
//! The order is fixed by types: raw bytes → [`verify()`](crate::verify()) → [`Verified`] bytes →
//! [`Verified::notification`] → [`Verified::open`]. Nothing can be read earlier.
//!
//! | `event_type` | `original_type` | [`Content`] |
//! |---|---|---|
//! | `TRANSACTION.SUCCESS` | `transaction` | [`Transaction`](Content::Transaction), [`PartnerTransaction`](Content::PartnerTransaction), [`CombinedTransaction`](Content::CombinedTransaction), by their members |
//! | `REFUND.SUCCESS`, `.ABNORMAL`, `.CLOSED` | `refund` | [`Refund`](Content::Refund) |
//! | `PROFITSHARING`, `PROFITSHARING_RETURN` and other spellings | `profitsharing` | [`ProfitSharing`](Content::ProfitSharing) |
//! | `MCHTRANSFER.BILL.FINISHED` | `mch_payment` | [`TransferBill`](Content::TransferBill) |
//! | `MCHTRANSFER.AUTHORIZATION.CONFIRMED`, `.CLOSED` | `mch_payment` | [`TransferAuthorization`](Content::TransferAuthorization) |
//! | `SECURITY_ECHO.SUCCESS` | `security` | [`Echo`](Content::Echo) |
//! | anything else | anything else | [`Unknown`](Content::Unknown): kept, not refused |
//!
//! Who is notified, how often and what to check: docs/protocol/notifications.md.
//!
//! ```
//! use suanpan_wechat::{
//!     notify::{Reply, Statement},
//!     verify,
//!     verify::SignatureHeaders,
//! };
//! # use suanpan_wechat::{Timestamp, id::SerialNo, secret::ApiV3Key, trust::TrustRing};
//! # use suanpan_wechat::platform::{PlatformKey, SealNonce, seal, signature_headers};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let now = Timestamp::from_unix(1_727_757_296);
//! # let keys = [ApiV3Key::new("a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb")?];
//! # let id = SerialNo::new("PUB_KEY_ID_0114232134912410000000000000")?;
//! # let mut trusted = TrustRing::default();
//! # trusted.add_public_key(id.clone(), include_str!("../tests/vectors/go_public.pem"))?;
//! # let wechat = PlatformKey::from_pem(id, include_str!("../tests/vectors/go_private.pem"))?;
//! # let paid = r#"{"mchid":"1900007291","appid":"wxd678efh567hg6787","out_trade_no":"1217752501201407033233368018","transaction_id":"4200001234202410011234567890","trade_state":"SUCCESS","amount":{"total":100,"currency":"CNY"}}"#;
//! # let sealed = seal(&keys[0], SealNonce::from_random([7; 12]), "transaction", paid.as_bytes());
//! # let mut resource = serde_json::to_value(sealed)?;
//! # resource["original_type"] = "transaction".into();
//! # let body = serde_json::json!({"id": "EV-1", "event_type": "TRANSACTION.SUCCESS", "resource": resource}).to_string();
//! # let received = signature_headers(&wechat, now, "d824f2e086d3c1df967785d13fcd22ef", body.as_bytes());
//! # let header = |name: &str| received.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str());
//! // `header` finds a header of the request, `body` is its raw bytes, `keys` are the APIv3 keys.
//! let headers = SignatureHeaders::read(header)?;
//! let content = verify(&trusted, &headers, body.as_bytes(), now)?.notification()?.open(&keys)?;
//! let reply = match content.statement() {
//!     Statement::Transaction(said) => {
//!         // Compare merchant, app, total and currency with the order, commit, and only then:
//!         assert_eq!(said.get().out_trade_no.as_str(), "1217752501201407033233368018");
//!         Reply::Stored
//!     }
//!     // Kept for a person: refusing what nobody knows yet only makes it come back.
//!     _ => Reply::Stored,
//! };
//! assert_eq!(reply.status(), 204);
//! # Ok(())
//! # }
//! ```

use std::{borrow::Cow, collections::BTreeMap};

use memchr::{memchr, memmem};
use serde::{Deserialize, de::IgnoredAny};

use crate::{
    Verified,
    call::Malformed,
    combine,
    echo::Echo,
    id::TransactionId,
    json,
    pay::{Transaction, partner},
    profitsharing,
    refund::Refund,
    seal::{DoesNotOpen, SealedParts},
    secret::ApiV3Key,
    transfer::{self, authorization::AuthorizationId},
};

/// The envelope of a notification.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Notification<'a> {
    /// Identifies this notification. Not a key for deduplication: whether repeats keep it is not
    /// documented.
    pub id: String,
    /// What happened, in WeChat's many spellings; informative only (threat n14).
    pub event_type: String,
    /// The content, sealed.
    #[serde(borrow)]
    resource: Resource<'a>,
}

/// A [`Sealed`](crate::seal::Sealed) with its kind, where it stands in the body. Spelled out rather than flattened: flattening would keep a copy of
/// every member of every notification first, the ciphertext included.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
struct Resource<'a> {
    #[serde(borrow)]
    original_type: Cow<'a, str>,
    #[serde(borrow)]
    algorithm: Cow<'a, str>,
    #[serde(borrow)]
    nonce: Cow<'a, str>,
    #[serde(borrow, default)]
    associated_data: Cow<'a, str>,
    #[serde(borrow)]
    ciphertext: Cow<'a, str>,
}

/// The content of a notification.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Content {
    /// A payment of a direct merchant succeeded.
    Transaction(Transaction),
    /// A payment of a service provider's sub-merchant succeeded.
    PartnerTransaction(partner::Transaction),
    /// A combined order was paid: all of its sub-orders, each to be handled.
    CombinedTransaction(combine::Transaction),
    /// A refund reached an end.
    Refund(Refund),
    /// This merchant received a part of somebody's payment, or got one back.
    ProfitSharing(profitsharing::Notice),
    /// A transfer became final.
    TransferBill(transfer::BillNotice),
    /// A person permitted transfers, or the permission ended.
    TransferAuthorization(transfer::authorization::Authorization),
    /// The self-test came back.
    Echo(Echo),
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
    /// A payment of a direct merchant succeeded.
    Transaction(Verified<Transaction>),
    /// A payment of a service provider's sub-merchant succeeded.
    PartnerTransaction(Verified<partner::Transaction>),
    /// A combined order was paid: all of its sub-orders, each to be handled.
    CombinedTransaction(Verified<combine::Transaction>),
    /// A refund reached an end.
    Refund(Verified<Refund>),
    /// This merchant received a part of somebody's payment, or got one back.
    ProfitSharing(Verified<profitsharing::Notice>),
    /// A transfer became final.
    TransferBill(Verified<transfer::BillNotice>),
    /// A person permitted transfers, or the permission ended.
    TransferAuthorization(Verified<transfer::authorization::Authorization>),
    /// The self-test came back.
    Echo(Verified<Echo>),
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
            Content::Transaction(said) => Statement::Transaction(Verified::carried(said)),
            Content::PartnerTransaction(said) => {
                Statement::PartnerTransaction(Verified::carried(said))
            }
            Content::CombinedTransaction(said) => {
                Statement::CombinedTransaction(Verified::carried(said))
            }
            Content::Refund(said) => Statement::Refund(Verified::carried(said)),
            Content::ProfitSharing(said) => Statement::ProfitSharing(Verified::carried(said)),
            Content::TransferBill(said) => Statement::TransferBill(Verified::carried(said)),
            Content::TransferAuthorization(said) => {
                Statement::TransferAuthorization(Verified::carried(said))
            }
            Content::Echo(said) => Statement::Echo(Verified::carried(said)),
            Content::Unknown { original_type, json } => Statement::Unknown { original_type, json },
        }
    }
}

/// What a notification is about: the number by which a second copy of it is recognised. Copies
/// come even after a good answer, and whether they keep the notification's id is not documented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subject<'a> {
    /// What kind of thing the number names.
    pub kind: &'static str,
    /// The merchant's number; of an echo, the text.
    pub number: &'a str,
    /// WeChat's number.
    pub wechat_id: Option<&'a str>,
}

impl Content {
    /// What it is about; `None` for content this crate does not know.
    #[must_use]
    pub fn subject(&self) -> Option<Subject<'_>> {
        let (kind, number, wechat_id) = match self {
            Content::Transaction(said) => (
                "transaction",
                said.out_trade_no.as_str(),
                said.transaction_id.as_ref().map(TransactionId::as_str),
            ),
            Content::PartnerTransaction(said) => (
                "partner transaction",
                said.out_trade_no.as_str(),
                said.transaction_id.as_ref().map(TransactionId::as_str),
            ),
            Content::CombinedTransaction(said) => (
                "combined transaction",
                said.combine_out_trade_no.as_str(),
                said.combine_transaction_id.as_ref().map(TransactionId::as_str),
            ),
            Content::Refund(said) => {
                ("refund", said.out_refund_no.as_str(), Some(said.refund_id.as_str()))
            }
            Content::ProfitSharing(said) => {
                ("profit sharing", said.out_order_no.as_str(), Some(said.order_id.as_str()))
            }
            Content::TransferBill(said) => {
                ("transfer", said.out_bill_no.as_str(), Some(said.transfer_bill_no.as_str()))
            }
            Content::TransferAuthorization(said) => (
                "transfer authorization",
                said.out_authorization_no.as_str(),
                said.authorization_id.as_ref().map(AuthorizationId::as_str),
            ),
            Content::Echo(said) => ("echo", said.echo_message.as_str(), None),
            Content::Unknown { .. } => return None,
        };
        Some(Subject { kind, number, wechat_id })
    }
}

impl<'a> Verified<&'a [u8]> {
    /// Reads the envelope.
    ///
    /// # Errors
    /// When the verified bytes are not a notification.
    pub fn notification(self) -> Result<Verified<Notification<'a>>, Malformed> {
        self.read(|body| json::read(body).map_err(|_| Malformed { expected: "a notification" }))
    }
}

impl Verified<Notification<'_>> {
    /// Opens the content with the first of `keys` that fits: the current APIv3 key and, for a
    /// while after it was changed, the previous one.
    ///
    /// # Errors
    /// When no key fits. Answer 5xx: WeChat sends again, and by then a person has fixed the key
    /// (threat k05).
    pub fn open(self, keys: &[ApiV3Key]) -> Result<Verified<Content>, DoesNotOpen> {
        self.read(|Notification { resource, .. }| {
            let sealed = SealedParts {
                algorithm: &resource.algorithm,
                nonce: &resource.nonce,
                associated_data: &resource.associated_data,
                ciphertext: &resource.ciphertext,
            };
            let plaintext = keys.iter().find_map(|key| sealed.open(key).ok()).ok_or(DoesNotOpen)?;
            Ok(content(&resource.original_type, &plaintext))
        })
    }
}

/// Dispatches on the kind *and* the shape: what the members do not prove is not believed of the
/// name (threat n14). Direct, partner and combined payments all call themselves `transaction`.
fn content(original_type: &str, plaintext: &[u8]) -> Content {
    known(original_type, plaintext).unwrap_or_else(|| Content::Unknown {
        original_type: original_type.to_owned(),
        json: String::from_utf8_lossy(plaintext).into_owned(),
    })
}

fn known(original_type: &str, plaintext: &[u8]) -> Option<Content> {
    match original_type {
        "transaction" => match only_member(plaintext, &["mchid", "sp_mchid", "combine_mchid"])? {
            "mchid" => read(plaintext).map(Content::Transaction),
            "sp_mchid" => read(plaintext).map(Content::PartnerTransaction),
            _ => read(plaintext).map(Content::CombinedTransaction),
        },
        "refund" => read(plaintext).map(Content::Refund),
        "profitsharing" => read(plaintext).map(Content::ProfitSharing),
        "mch_payment" => match only_member(plaintext, &["out_bill_no", "out_authorization_no"])? {
            "out_bill_no" => read(plaintext).map(Content::TransferBill),
            _ => read(plaintext).map(Content::TransferAuthorization),
        },
        "security" => read(plaintext).map(Content::Echo),
        _ => None,
    }
}

fn read<'a, T: Deserialize<'a>>(plaintext: &'a [u8]) -> Option<T> {
    json::read(plaintext).ok()
}

/// Which of `names` may be a member of the object, when no other one is. Each type demands the
/// member it is known by, so this one need not be certain.
///
/// Mostly a glance is enough: where nothing is escaped, a member's name stands between quotes, so
/// a name that does not is no member. Reading everything to learn the names costs as much as
/// reading it into the type.
fn only_member<'n>(plaintext: &[u8], names: &[&'n str]) -> Option<&'n str> {
    let mut seen = names.iter().filter(|name| stands(plaintext, name));
    let (first, more) = (seen.next(), seen.next());
    if more.is_none() && memchr(b'\\', plaintext).is_none() {
        return first.copied();
    }
    let members: BTreeMap<String, IgnoredAny> = read(plaintext)?;
    let mut present = names.iter().filter(|name| members.contains_key(**name));
    let only = present.next()?;
    present.next().is_none().then_some(only)
}

fn stands(plaintext: &[u8], name: &str) -> bool {
    memmem::find_iter(plaintext, name).any(|at| {
        plaintext[..at].ends_with(b"\"") && plaintext[at + name.len()..].starts_with(b"\"")
    })
}

/// What to answer WeChat, within five seconds (docs/protocol/notifications.md, "The answer").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// Verified and **committed**: WeChat stops sending.
    Stored,
    /// Not proven to come from WeChat. WeChat sends again, with another signature if this one was
    /// a probe.
    NotBelieved,
    /// Believed, but it cannot be opened or stored at the moment: WeChat sends again.
    NotNow,
}

impl Reply {
    /// The HTTP status. It alone decides: a body that says failure under a 200 counts as success.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Reply::Stored => 204,
            Reply::NotBelieved => 401,
            Reply::NotNow => 503,
        }
    }

    /// The body.
    #[must_use]
    pub const fn body(self) -> &'static str {
        match self {
            Reply::Stored => "",
            Reply::NotBelieved | Reply::NotNow => REFUSAL,
        }
    }
}

/// The body of every refusal, `application/json`.
pub const REFUSAL: &str = r#"{"code":"FAIL","message":"失败"}"#;
