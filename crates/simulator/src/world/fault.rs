//! Planned misbehaviour: named, matched, counted, and drawn from the world's own seed.

use std::fmt;

/// The kinds of trouble that can be switched on. The names are fixed on the management surface.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum FaultName {
    /// Answers 429 `FREQUENCY_LIMITED`; nothing was done.
    #[serde(rename = "http_429")]
    Http429,
    /// Answers 500 `SYSTEM_ERROR`; by the seed's coin the work was done or not.
    #[serde(rename = "http_500")]
    Http500,
    /// A page of nginx's with 502, neither JSON nor signed; by the seed's coin the work was done.
    #[serde(rename = "http_502")]
    Http502,
    /// A good answer has a member more than the document knows.
    ExtraMember,
    /// The request is lost: nothing is done, no answer comes.
    TimeoutBefore,
    /// The work is done, the answer is lost.
    TimeoutAfter,
    /// The answer comes three seconds late.
    Slow,
    /// The answer is signed over other bytes.
    BadSignature,
    /// The answer names a certificate nobody has.
    UnknownSerial,
    /// The answer carries a `WECHATPAY/SIGNTEST/` probe instead of a signature.
    ProbeSignature,
    /// The connection breaks in the middle of the answer's body.
    Truncated,
    /// The connection is closed without a byte of an answer; by the seed's coin the work was done.
    ConnectionDropped,
    /// Nobody is to be found under WeChat's name: a proxy says 502, other connections are closed
    /// before anything is read.
    HostUnreachable,
    /// A state in a good answer is one the document does not know.
    NewEnumValue,
    /// One sending of a notification never arrives; the ladder goes on.
    NotifyLost,
    /// The notification is sent twice within the same second.
    NotifyDuplicate,
    /// The first sending waits ten minutes.
    NotifyLate,
    /// The notification waits until a later one of the same merchant has left.
    NotifyReordered,
    /// One sending is signed over other bytes.
    NotifyBadSignature,
    /// The resource is sealed with another key; the signature is good.
    NotifyUndecryptable,
    /// A probe signature first, the right one right after it.
    NotifyProbe,
    /// The refund stays `PROCESSING` until this fault is removed.
    RefundStuck,
    /// The refund ends `ABNORMAL`.
    RefundAbnormal,
    /// The prepay id handed out is two hours old already: the cashier refuses it.
    PrepayExpired,
    /// The next transfer that is confirmed fails (`TRANSFER_RISK`).
    TransferFails,
    /// The payment lands only after the order was closed, or ten minutes later.
    LatePayment,
    /// A scanned payment code asks for the password, whatever the amount.
    UserPaying,
    /// The bill of a day is still being drawn up.
    BillLate,
    /// The bill differs from the books in one row; its hash and its sums fit.
    BillMismatch,
}

impl FaultName {
    /// Every fault, in the order of the document.
    pub const ALL: [FaultName; 29] = [
        Self::Http429,
        Self::Http500,
        Self::Http502,
        Self::ExtraMember,
        Self::TimeoutBefore,
        Self::TimeoutAfter,
        Self::Slow,
        Self::BadSignature,
        Self::UnknownSerial,
        Self::ProbeSignature,
        Self::Truncated,
        Self::ConnectionDropped,
        Self::HostUnreachable,
        Self::NewEnumValue,
        Self::NotifyLost,
        Self::NotifyDuplicate,
        Self::NotifyLate,
        Self::NotifyReordered,
        Self::NotifyBadSignature,
        Self::NotifyUndecryptable,
        Self::NotifyProbe,
        Self::RefundStuck,
        Self::RefundAbnormal,
        Self::PrepayExpired,
        Self::TransferFails,
        Self::LatePayment,
        Self::UserPaying,
        Self::BillLate,
        Self::BillMismatch,
    ];
}

/// Where a fault strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultPlace {
    /// The way to WeChat, before anything is read.
    Connection,
    /// What WeChat answers, and whether it did the work.
    Answer,
    /// What WeChat sends by itself.
    Notification,
    /// A refund on its way.
    Refund,
    /// The cashier.
    Payment,
    /// A transfer to a person.
    Transfer,
    /// The file of a day.
    Bill,
}

impl FaultName {
    /// Where it strikes.
    #[must_use]
    pub const fn place(self) -> FaultPlace {
        match self {
            Self::HostUnreachable => FaultPlace::Connection,
            Self::Http429
            | Self::Http500
            | Self::Http502
            | Self::ExtraMember
            | Self::TimeoutBefore
            | Self::TimeoutAfter
            | Self::Slow
            | Self::BadSignature
            | Self::UnknownSerial
            | Self::ProbeSignature
            | Self::Truncated
            | Self::ConnectionDropped
            | Self::NewEnumValue => FaultPlace::Answer,
            Self::NotifyLost
            | Self::NotifyDuplicate
            | Self::NotifyLate
            | Self::NotifyReordered
            | Self::NotifyBadSignature
            | Self::NotifyUndecryptable
            | Self::NotifyProbe => FaultPlace::Notification,
            Self::RefundStuck | Self::RefundAbnormal => FaultPlace::Refund,
            Self::PrepayExpired | Self::LatePayment | Self::UserPaying => FaultPlace::Payment,
            Self::TransferFails => FaultPlace::Transfer,
            Self::BillLate | Self::BillMismatch => FaultPlace::Bill,
        }
    }
}

/// A fault that is switched on.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Which.
    pub name: FaultName,
    /// Strikes only where this is part of the path, or equals the host, the mchid or the
    /// `out_trade_no`. With a method before it (`GET /v3/refund`) only requests of that method
    /// count.
    #[serde(rename = "match", default, skip_serializing_if = "Option::is_none")]
    pub matching: Option<String>,
    /// How often it strikes where it could; absent means always.
    #[serde(default)]
    pub probability: Probability,
    /// How many times it still strikes; absent means without end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
}

impl Fault {
    /// A fault that strikes everywhere, always.
    #[must_use]
    pub fn always(name: FaultName) -> Self {
        Self { name, matching: None, probability: Probability::ALWAYS, count: None }
    }

    /// The same, `count` times.
    #[must_use]
    pub fn times(name: FaultName, count: u32) -> Self {
        Self { count: Some(count), ..Self::always(name) }
    }

    pub(crate) fn concerns(&self, subject: &Subject<'_>) -> bool {
        match self.matching.as_deref().map(|wanted| (wanted, wanted.split_once(' '))) {
            None => true,
            Some((_, Some((method, path)))) => {
                subject.method == method && subject.path.contains(path)
            }
            Some((wanted, None)) => {
                subject.path.contains(wanted)
                    || subject.host == wanted
                    || subject.mchid == Some(wanted)
                    || subject.out_trade_no == Some(wanted)
            }
        }
    }
}

/// What a fault is matched against.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Subject<'a> {
    pub(crate) method: &'a str,
    pub(crate) host: &'a str,
    pub(crate) path: &'a str,
    pub(crate) mchid: Option<&'a str>,
    pub(crate) out_trade_no: Option<&'a str>,
}

/// A chance in millionths, written as a number from 0 to 1. No float takes part.
#[derive(Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "serde_json::Number", into = "serde_json::Number")]
pub struct Probability(u32);

impl Probability {
    /// Certain.
    pub const ALWAYS: Self = Self(1_000_000);

    /// So many in a million; more than a million is certain.
    #[must_use]
    pub const fn millionths(count: u32) -> Self {
        if count > 1_000_000 { Self::ALWAYS } else { Self(count) }
    }

    pub(crate) const fn count(self) -> u32 {
        self.0
    }
}

impl Default for Probability {
    fn default() -> Self {
        Self::ALWAYS
    }
}

impl fmt::Debug for Probability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/1000000", self.0)
    }
}

/// The number is not a probability.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a probability is a number from 0 to 1 with at most six decimals")]
pub struct InvalidProbability;

impl TryFrom<serde_json::Number> for Probability {
    type Error = InvalidProbability;
    fn try_from(number: serde_json::Number) -> Result<Self, InvalidProbability> {
        let text = number.to_string();
        let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
        if decimals.len() > 6 || !decimals.bytes().all(|b| b.is_ascii_digit()) {
            return Err(InvalidProbability);
        }
        let millionths: u32 = format!("{decimals:0<6}").parse().map_err(|_| InvalidProbability)?;
        match (whole, millionths) {
            ("1", 0) => Ok(Self::ALWAYS),
            ("0", millionths) => Ok(Self(millionths)),
            _ => Err(InvalidProbability),
        }
    }
}

impl From<Probability> for serde_json::Number {
    fn from(probability: Probability) -> Self {
        let text = format!("{}.{:06}", probability.0 / 1_000_000, probability.0 % 1_000_000);
        let parsed = text.parse::<f64>().expect("digits with a point are a number");
        Self::from_f64(parsed).expect("a number from 0 to 1 is finite")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fixed_name_is_readable_and_probabilities_are_exact() {
        for name in FaultName::ALL {
            let text = serde_json::to_string(&name).unwrap();
            assert_eq!(serde_json::from_str::<FaultName>(&text).unwrap(), name);
        }
        let fault: Fault =
            serde_json::from_str(r#"{"name":"http_429","probability":0.25,"count":3}"#).unwrap();
        assert_eq!(fault.name, FaultName::Http429);
        assert_eq!(fault.probability.count(), 250_000);
        for (text, millionths) in [("0", 0), ("1", 1_000_000), ("1.0", 1_000_000), ("0.5", 500_000)]
        {
            let read: Probability = serde_json::from_str(text).unwrap();
            assert_eq!(read.count(), millionths);
            let back = serde_json::to_string(&read).unwrap();
            assert_eq!(serde_json::from_str::<Probability>(&back).unwrap(), read);
        }
        for bad in ["-0.1", "1.1", "2", "0.1234567", "\"0.5\""] {
            assert!(serde_json::from_str::<Probability>(bad).is_err(), "{bad}");
        }
    }
}
