use std::fmt;

/// The numbers in `errcode`. There are thousands; the named ones are those a program acts on.
///
/// Numbers are shared by all endpoints, their sentences are not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Deserialize)]
#[serde(transparent)]
pub struct ErrCode(i64);

macro_rules! err_codes {
    ($($(#[$doc:meta])* $name:ident = $number:literal,)*) => {
        impl ErrCode {
            $($(#[$doc])* pub const $name: Self = Self($number);)*
        }
    };
}

err_codes! {
    /// It worked. Usually `errcode` is left out instead.
    OK = 0,
    /// WeChat is in trouble; the outcome is unknown.
    SYSTEM_ERROR = -1,
    /// The access_token is wrong or no longer the newest. From `cgi-bin/token` itself: the
    /// AppSecret is wrong.
    INVALID_CREDENTIAL = 40001,
    /// Also: a personal account may not use this.
    INVALID_GRANT_TYPE = 40002,
    /// The openid is not one of this app.
    INVALID_OPENID = 40003,
    /// The appid does not exist, or is another kind of app.
    INVALID_APPID = 40013,
    /// The access_token is not one.
    INVALID_ACCESS_TOKEN = 40014,
    /// The code is wrong, expired or another app's.
    INVALID_CODE = 40029,
    /// The refresh_token is not one.
    INVALID_REFRESH_TOKEN = 40030,
    /// The message template does not exist.
    INVALID_TEMPLATE_ID = 40037,
    /// The AppSecret is wrong.
    INVALID_APPSECRET = 40125,
    /// The code was used before.
    CODE_USED = 40163,
    /// The caller's address is not in the app's allow-list; `errmsg` names it.
    IP_NOT_ALLOWED = 40164,
    /// Risk control blocked this user.
    CODE_BLOCKED = 40226,
    /// The AppSecret was frozen in the console.
    APPSECRET_FROZEN = 40243,
    /// No access_token was sent.
    MISSING_ACCESS_TOKEN = 41001,
    /// No code was sent.
    MISSING_CODE = 41008,
    /// The access_token was valid once.
    ACCESS_TOKEN_EXPIRED = 42001,
    /// The refresh_token was valid once: the user authorises again.
    REFRESH_TOKEN_EXPIRED = 42002,
    /// The web-authorisation code was valid once.
    OAUTH_CODE_EXPIRED = 42003,
    /// The user changed the password: the user authorises again.
    REFRESH_TOKEN_REVOKED = 42007,
    /// The user does not want the message, or has used up what was granted.
    MESSAGE_REFUSED = 43101,
    /// This day's calls are used up.
    DAILY_QUOTA = 45009,
    /// This minute's calls are used up.
    MINUTE_QUOTA = 45011,
    /// The body is not JSON, or has wrong types.
    DATA_FORMAT = 47001,
    /// A value of a message template is empty, too long or of the wrong kind.
    INVALID_ARGUMENT = 47003,
    /// The app may not call this: wrong kind of account or token, or scope not granted.
    UNAUTHORIZED = 48001,
    /// The session_key does not fit: wrong or expired.
    INVALID_SESSION_SIGNATURE = 87009,
    /// The payment is not known (yet): within a minute of paying, ask again.
    SHIPPING_PAYMENT_UNKNOWN = 10060001,
    /// The payment is shipped completely.
    SHIPPING_COMPLETE = 10060002,
    /// The one correction is used up.
    SHIPPING_CORRECTION_USED = 10060003,
    /// The payment is in a state that cannot be shipped.
    SHIPPING_STATE = 10060004,
    /// Shipping information is the same as before.
    SHIPPING_UNCHANGED = 10060023,
    /// The one reminder is used up.
    SHIPPING_REMINDER_USED = 10060030,
    /// The payment is another person's.
    SHIPPING_OTHER_PAYER = 10060031,
}

impl ErrCode {
    /// The number as on the wire.
    #[must_use]
    pub const fn number(self) -> i64 {
        self.0
    }

    /// Whether the access_token is to blame: nothing was done, and another token may help.
    #[must_use]
    pub const fn blames_access_token(self) -> bool {
        matches!(
            self,
            Self::INVALID_CREDENTIAL | Self::INVALID_ACCESS_TOKEN | Self::ACCESS_TOKEN_EXPIRED
        )
    }

    /// Whether this leaves open what happened. The two high numbers are shipping's own words for
    /// system error.
    #[must_use]
    pub const fn is_outcome_unknown(self) -> bool {
        matches!(self.0, -1 | 10_060_012 | 10_060_019)
    }
}

impl From<i64> for ErrCode {
    fn from(number: i64) -> Self {
        Self(number)
    }
}

impl fmt::Display for ErrCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
