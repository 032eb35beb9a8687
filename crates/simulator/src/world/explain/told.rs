//! What is told about a refused signature.

use std::borrow::Cow;

use super::{
    mistake::Mistake,
    search::{Canonical, Effort},
};
use crate::world::journal;

/// How many bytes around the first difference are shown beside it.
const AROUND: usize = 24;

/// The same words twice.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Words {
    /// In Chinese.
    pub zh: Cow<'static, str>,
    /// In English.
    pub en: Cow<'static, str>,
}

impl Words {
    pub(crate) const fn fixed(zh: &'static str, en: &'static str) -> Self {
        Self { zh: Cow::Borrowed(zh), en: Cow::Borrowed(en) }
    }

    pub(crate) fn made(zh: String, en: String) -> Self {
        Self { zh: Cow::Owned(zh), en: Cow::Owned(en) }
    }
}

/// A mistake that was made.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Finding {
    /// One of the names in `docs/simulator/explain.md`.
    pub name: Cow<'static, str>,
    /// What was done, as a clause.
    #[serde(flatten)]
    pub words: Words,
}

impl From<Mistake> for Finding {
    fn from(mistake: Mistake) -> Self {
        Self { name: Cow::Borrowed(mistake.name), words: Words::fixed(mistake.zh, mistake.en) }
    }
}

/// What stood under the signature: recovered with the key that made it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Recovered {
    /// `SHA-256`, another hash, or `none` where nothing names one.
    pub algorithm: Cow<'static, str>,
    /// Lower-case hex.
    pub hex: String,
}

/// The key whose public half opens the signature.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SignedBy {
    /// What kind of key it is.
    pub role: KeyRole,
    /// Whose, or for whom WeChat uses it.
    pub mchid: String,
    /// The certificate's serial number, or the public key's id.
    pub serial_no: String,
}

/// The kinds of keys a world knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyRole {
    /// A merchant's API certificate.
    Merchant,
    /// A platform certificate of WeChat's.
    Platform,
    /// A WeChat Pay public key.
    PublicKey,
}

/// Where two strings part.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Difference {
    /// Bytes they share, from the beginning.
    pub byte: usize,
    /// The line it is in, counted from one.
    pub line: usize,
    /// The expected string from there on, shortened.
    pub expected: String,
    /// The signed string from there on, shortened.
    pub signed: String,
}

impl Difference {
    /// `None` for equal strings.
    pub(crate) fn between(expected: &[u8], signed: &[u8]) -> Option<Self> {
        let byte = expected.iter().zip(signed).take_while(|(left, right)| left == right).count();
        if byte == expected.len() && byte == signed.len() {
            return None;
        }
        let from = |text: &[u8]| {
            let end = text.len().min(byte + AROUND);
            String::from_utf8_lossy(&text[byte..end]).into_owned()
        };
        let line = 1 + expected[..byte].iter().filter(|&&b| b == b'\n').count();
        Some(Self { byte, line, expected: from(expected), signed: from(signed) })
    }
}

/// What was tried without success.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Excluded {
    /// Public keys and shared secrets it is not signed with.
    pub keys: usize,
    /// Mistakes it does not come from, alone or with others.
    pub mistakes: Vec<Cow<'static, str>>,
    /// Strings that were hashed and compared.
    pub combinations: usize,
    /// Whether the work was cut short because the message is long.
    pub cut_short: bool,
}

/// Why a signature was refused.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Explanation {
    /// One sentence.
    pub summary: Words,
    /// Everything that was done wrong; empty when nothing was found.
    pub mistakes: Vec<Finding>,
    /// Whether the mistakes account for the whole of it.
    pub explained: bool,
    /// Which key signed, if a known one did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<SignedBy>,
    /// The digest under the signature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovered: Option<Recovered>,
    /// The string WeChat checks the signature against.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// The string that was signed, when it was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed: Option<String>,
    /// Where the two part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_difference: Option<Difference>,
    /// What it is not; present when the string was not found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excluded: Option<Excluded>,
}

impl Explanation {
    /// Nothing known yet.
    pub(crate) fn empty() -> Self {
        Self {
            summary: Words::fixed("", ""),
            mistakes: Vec::new(),
            explained: false,
            key: None,
            recovered: None,
            expected: None,
            signed: None,
            first_difference: None,
            excluded: None,
        }
    }

    pub(crate) fn add(&mut self, mistakes: impl IntoIterator<Item = Mistake>) {
        for mistake in mistakes {
            if self.mistakes.iter().all(|known| known.name != mistake.name) {
                self.mistakes.push(mistake.into());
            }
        }
    }

    /// This says it all: there is no string to look for.
    pub(crate) fn ends_with(mut self, mistake: Mistake) -> Self {
        self.add([mistake]);
        self.explained = true;
        self.conclude()
    }

    /// What a search without success has shown.
    pub(crate) fn exclude(&mut self, keys: usize, canonical: &Canonical, effort: &Effort) {
        self.excluded = Some(Excluded {
            keys,
            mistakes: canonical.mistakes().into_iter().map(Into::into).collect(),
            combinations: effort.tried,
            cut_short: effort.is_spent(),
        });
    }

    /// Both strings, and where they part.
    pub(crate) fn compare(&mut self, expected: &[u8], signed: &[u8]) {
        self.expected = Some(journal::text(expected));
        self.signed = Some(journal::text(signed));
        self.first_difference = Difference::between(expected, signed);
    }

    /// Puts the findings into one sentence.
    pub(crate) fn conclude(mut self) -> Self {
        let clauses = |pick: fn(&Finding) -> &str, between: &str| {
            self.mistakes.iter().map(pick).collect::<Vec<_>>().join(between)
        };
        let zh = clauses(|finding| &finding.words.zh, "；");
        let en = clauses(|finding| &finding.words.en, "; ");
        self.summary = match (self.explained, self.mistakes.is_empty()) {
            (true, true) => {
                Words::fixed("签名本身没有问题。", "Nothing is wrong with this signature.")
            }
            (true, false) => Words::made(format!("{zh}。"), format!("{}.", capital(&en))),
            (false, true) => Words::made(
                "没有找到原因：不是已知的密钥，也不是已知的错误。".to_owned(),
                "No cause was found: it is none of the known keys and mistakes.".to_owned(),
            ),
            (false, false) => Words::made(
                format!("{zh}；此外没有找到与签名相符的待签名串。"),
                format!("{}; no string was found that fits the signature.", capital(&en)),
            ),
        };
        self
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
