use super::{Entry, Party, Symptom, Text};
use crate::error::{self, ErrorCode};

/// Which of WeChat's interfaces speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Api {
    /// `api.mch.weixin.qq.com/v3`: JSON, HTTP status, `code`, number in the `Request-ID`.
    V3,
    /// `api.mch.weixin.qq.com` with XML: `return_code`, `result_code`, `err_code`.
    V2,
    /// `api.weixin.qq.com`: always HTTP 200, `errcode` and `errmsg`.
    OpenPlatform,
    /// What the cashier shows a user, and what front-end calls report.
    Phone,
}

impl Api {
    /// A name for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::V3 => "v3",
            Self::V2 => "v2",
            Self::OpenPlatform => "api.weixin.qq.com",
            Self::Phone => "phone",
        }
    }
}

/// How a fault is recognised. What stands here must not be contradicted; see [`Certainty`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Sign {
    /// Whose fault message it is.
    pub api: Api,
    /// HTTP status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// `code` or `err_code`, in any spelling.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
    /// The error number of a `Request-ID`, or the `errcode`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<i64>,
    /// A piece of the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<&'static str>,
}

/// How well an entry fits, the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// The number is this entry's.
    Number,
    /// The message is this entry's.
    Message,
    /// The code is this entry's.
    Code,
    /// The code can mean this among others; number or message would tell.
    Possible,
    /// The status alone.
    Status,
}

impl Sign {
    /// How well this sign fits; `None` when it does not.
    pub(super) fn weigh(&self, symptom: &Symptom) -> Option<Certainty> {
        if symptom.api.is_some_and(|api| api != self.api) {
            return None;
        }
        let number = fits(self.number, symptom.number, |known, seen| known == seen);
        let message = fits(self.message, symptom.message.as_deref(), same_message);
        let code = fits(self.code, symptom.code.as_deref(), same_code);
        let status = fits(self.status, symptom.status, |known, seen| known == seen);
        match (number, message) {
            // Either identifies the fault alone; which code it came with is then beside the point.
            (Some(true), _) => return Some(Certainty::Number),
            (_, Some(true)) => return Some(Certainty::Message),
            (Some(false), _) | (_, Some(false)) => return None,
            (None, None) => {}
        }
        let is_special = self.number.is_some() || self.message.is_some();
        match (code, status) {
            (Some(false), _) | (_, Some(false)) => None,
            (Some(true), _) if is_special => Some(Certainty::Possible),
            (Some(true), _) => Some(Certainty::Code),
            (None, Some(true)) if self.code.is_none() && !is_special => Some(Certainty::Status),
            (None, _) => None,
        }
    }

    /// A fault of one interface, of which nothing is said yet.
    pub(super) const fn of(api: Api) -> Self {
        Self { api, status: None, code: None, number: None, message: None }
    }

    pub(super) const fn status(self, status: u16) -> Self {
        Self { status: Some(status), ..self }
    }

    pub(super) const fn code(self, code: &'static str) -> Self {
        Self { code: Some(code), ..self }
    }

    pub(super) const fn number(self, number: i64) -> Self {
        Self { number: Some(number), ..self }
    }

    pub(super) const fn message(self, message: &'static str) -> Self {
        Self { message: Some(message), ..self }
    }

    /// Completes an entry; the pairs are Chinese and English.
    pub(super) const fn means(
        self,
        party: Party,
        cause: [&'static str; 2],
        cure: [&'static str; 2],
    ) -> Entry {
        Entry {
            sign: self,
            party,
            cause: Text { zh: cause[0], en: cause[1] },
            cure: Text { zh: cure[0], en: cure[1] },
        }
    }
}

/// Whether a condition is met; `None` when one of the two says nothing about it.
fn fits<T>(known: Option<T>, seen: Option<T>, same: impl Fn(T, T) -> bool) -> Option<bool> {
    known.zip(seen).map(|(known, seen)| same(known, seen))
}

/// Folds spellings and synonyms as reading a code does.
fn same_code(known: &str, seen: &str) -> bool {
    error::same_code(known, seen)
        || ErrorCode::from(known.to_owned()) == ErrorCode::from(seen.to_owned())
}

/// People paste whole messages with names and amounts in them, or only the piece they remember.
fn same_message(known: &str, seen: &str) -> bool {
    let (known, seen) = (known.to_lowercase(), seen.to_lowercase());
    seen.contains(&known) || (seen.chars().count() >= SHORTEST_PIECE && known.contains(&seen))
}

const SHORTEST_PIECE: usize = 4;
