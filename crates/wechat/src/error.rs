//! WeChat's error bodies and codes. The page of each endpoint ends with a table of its codes; the
//! tables do not agree on spelling.

use std::fmt;

/// A v3 error body. Unknown members are ignored; `message` is for people only.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct ErrorBody {
    /// Machine-readable reason.
    pub code: ErrorCode,
    /// A Chinese sentence.
    #[serde(default)]
    pub message: String,
}

impl ErrorBody {
    /// `None` when the body is not a WeChat error (an HTML page of a proxy, for instance).
    #[must_use]
    pub fn read(body: &[u8]) -> Option<Self> {
        serde_json::from_slice(body).ok()
    }
}

macro_rules! error_codes {
    ($($(#[$doc:meta])* $variant:ident = $wire:literal,)*) => {
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
                $(if same_code(&code, $wire) { return ErrorCode::$variant; })*
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
    /// No such order.
    OrderNotExist = "ORDER_NOT_EXIST",
    /// No such resource (refunds, certificates).
    ResourceNotExists = "RESOURCE_NOT_EXISTS",
    /// The merchant's balance does not suffice; repeat the identical request later.
    NotEnough = "NOT_ENOUGH",
    /// The user's account cannot take the refund.
    UserAccountAbnormal = "USER_ACCOUNT_ABNORMAL",
    /// The user is entering the password.
    UserPaying = "USER_PAYING",
    /// Too fast; repeat the identical request later.
    FrequencyLimited = "FREQUENCY_LIMITED",
    /// WeChat is in trouble; the outcome is unknown.
    SystemError = "SYSTEM_ERROR",
    /// The bank is in trouble; the outcome is unknown.
    BankError = "BANK_ERROR",
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

fn same_code(received: &str, known: &str) -> bool {
    let folded = |code: &str| -> Vec<u8> {
        code.bytes().filter(|b| *b != b'_').map(|b| b.to_ascii_uppercase()).collect()
    };
    folded(received) == folded(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_variants_are_one_code() {
        for spelling in ["ORDER_PAID", "ORDERPAID", "OrderPaid"] {
            assert_eq!(ErrorCode::from(spelling.to_owned()), ErrorCode::OrderPaid);
        }
        assert_eq!(ErrorCode::from("BRAND_NEW".to_owned()).as_str(), "BRAND_NEW");
    }
}
