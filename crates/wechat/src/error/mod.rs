//! WeChat's refusals: the body of an error, its code, its [`Detail`], and what the
//! [`Request-ID`](crate::id::RequestId) of the answer says (docs/protocol/errors.md).
//!
//! Everything here is lenient. A refusal that cannot be read completely is still a refusal, and a
//! code nobody documented is still a code.
//!
//! ```
//! use suanpan_wechat::{
//!     error::{ErrorBody, ErrorCode},
//!     id::RequestId,
//! };
//!
//! let body = r#"{"code":"NOTENOUGH","message":"基本账户余额不足，请充值后重新发起"}"#;
//! let error = ErrorBody::read(body.as_bytes()).expect("a v3 error");
//! assert_eq!(error.code, ErrorCode::NotEnough);
//!
//! let request_id = RequestId::new("08DAF1A7B50610FB0318FCB3C05520D5232891CE04-268892709")?;
//! assert_eq!(request_id.error_number(), Some(268_892_709));
//! # Ok::<(), suanpan_wechat::id::InvalidId>(())
//! ```
//!
//! What to do about a refusal is said by [`crate::advice`] to programs and by
//! [`crate::knowledge`] to people.

mod detail;
mod request_id;

use std::fmt;

pub use detail::{Detail, Location, SignInformation};
pub use request_id::Stamp;

/// A v3 error body (docs/protocol/errors.md, "The body"). Unknown members are ignored; `message` is
/// for people only.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct ErrorBody {
    /// Machine-readable reason.
    pub code: ErrorCode,
    /// A Chinese sentence.
    #[serde(default, deserialize_with = "detail::text")]
    pub message: String,
    /// Where a parameter is wrong; business errors have none.
    #[serde(default, deserialize_with = "detail::lenient")]
    pub detail: Option<Detail>,
}

impl ErrorBody {
    /// `None` when the body is not a WeChat error (an HTML page of a proxy, for instance).
    #[must_use]
    pub fn read(body: &[u8]) -> Option<Self> {
        serde_json::from_slice(body).ok()
    }
}

macro_rules! error_codes {
    ($($(#[$doc:meta])* $variant:ident = $wire:literal $(| $variation:literal)*,)*) => {
        /// WeChat's error codes. Spellings differ between pages (`ORDER_PAID`, `ORDERPAID`), so
        /// reading ignores case and underscores; writing uses the spelling of the basic-payment
        /// pages.
        #[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Deserialize)]
        #[serde(from = "String")]
        #[non_exhaustive]
        pub enum ErrorCode {
            $($(#[$doc])* $variant,)*
            /// A code this crate does not know, as it came.
            Other(String),
        }

        impl ErrorCode {
            /// Every code this crate knows by name.
            pub const KNOWN: &[Self] = &[$(Self::$variant,)*];

            /// The code as on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(ErrorCode::$variant => $wire,)*
                    ErrorCode::Other(code) => code,
                }
            }
        }

        impl From<String> for ErrorCode {
            fn from(code: String) -> Self {
                $(if [$wire $(, $variation)*].iter().any(|known| same_code(&code, known)) {
                    return ErrorCode::$variant;
                })*
                ErrorCode::Other(code)
            }
        }
    };
}

error_codes! {
    /// A parameter is wrong; nothing happened.
    ParamError = "PARAM_ERROR",
    /// The request contradicts WeChat's rules or an earlier request; nothing happened.
    InvalidRequest = "INVALID_REQUEST",
    /// The appid is not bound to the mchid.
    AppidMchidNotMatch = "APPID_MCHID_NOT_MATCH",
    /// No such merchant.
    MchNotExists = "MCH_NOT_EXISTS",
    /// The order is closed; a new number is needed.
    OrderClosed = "ORDER_CLOSED",
    /// The order is paid already: query it.
    OrderPaid = "ORDERPAID",
    /// The order was taken back (code pay); a new number is needed.
    OrderReversed = "ORDER_REVERSED",
    /// There was no transaction on that day, so there is no bill.
    NoStatementExist = "NO_STATEMENT_EXIST",
    /// The bill is still being made; ask again later.
    StatementCreating = "STATEMENT_CREATING",
    /// The number exists already, with other content (transfers; **unconfirmed**).
    AlreadyExists = "ALREADY_EXISTS",
    /// Our signature was not accepted.
    SignError = "SIGN_ERROR",
    /// The merchant may not use this product.
    NoAuth = "NO_AUTH",
    /// The number belongs to another order.
    OutTradeNoUsed = "OUT_TRADE_NO_USED",
    /// A business rule of WeChat forbids it.
    RuleLimit = "RULE_LIMIT",
    /// The trade is in a state that forbids it.
    TradeError = "TRADE_ERROR",
    /// Something is wrong with the user's or the merchant's account.
    AccountError = "ACCOUNT_ERROR",
    /// The merchant's balance does not suffice; repeat the identical request later.
    NotEnough = "NOT_ENOUGH",
    /// The user's account cannot take the refund.
    UserAccountAbnormal = "USER_ACCOUNT_ABNORMAL",
    /// No such order.
    OrderNotExist = "ORDER_NOT_EXIST",
    /// No such resource (refunds, profit sharing, certificates).
    ResourceNotExists = "RESOURCE_NOT_EXISTS",
    /// No such record (transfers).
    NotFound = "NOT_FOUND",
    /// The user is entering the password.
    UserPaying = "USER_PAYING",
    /// Too fast; repeat the identical request later. The two other spellings come from other
    /// products (**unconfirmed**).
    FrequencyLimited = "FREQUENCY_LIMITED" | "FREQUENCY_LIMIT_EXCEED" | "RATELIMIT_EXCEEDED",
    /// WeChat is in trouble; the outcome is unknown.
    SystemError = "SYSTEM_ERROR",
    /// The bank is in trouble; the outcome is unknown.
    BankError = "BANK_ERROR",
    /// The `transaction_id` is not one.
    InvalidTransactionId = "INVALID_TRANSACTIONID",
    /// The openid belongs to another appid.
    OpenidMismatch = "OPENID_MISMATCH",
}

impl ErrorCode {
    /// Whether this code leaves open what happened, whatever HTTP status it came with.
    #[must_use]
    pub fn is_outcome_unknown(&self) -> bool {
        matches!(
            self,
            Self::SystemError
                | Self::BankError
                | Self::FrequencyLimited
                | Self::UserPaying
                | Self::NotEnough
        )
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether two spellings mean one code.
pub(crate) fn same_code(one: &str, other: &str) -> bool {
    fn folded(code: &str) -> impl Iterator<Item = u8> {
        code.bytes().filter(|b| *b != b'_').map(|b| b.to_ascii_uppercase())
    }
    folded(one).eq(folded(other))
}
