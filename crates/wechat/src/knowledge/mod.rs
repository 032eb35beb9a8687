//! What went wrong, why, whose turn it is and what to do: the knowledge behind `suanpan explain`.
//!
//! The tables hold what WeChat's pages, captures and reports say about error codes, the numbers at
//! the end of a `Request-ID`, message texts, `errcode`s and the texts a phone shows, in Chinese and
//! English (docs/protocol/errors.md, "The knowledge base"). They are for people: no program decides
//! by them, [`crate::advice`] is for that.
//!
//! ```
//! use suanpan_wechat::knowledge::{Certainty, Language, Party, Symptom, explain};
//!
//! let symptom = Symptom::from_words(["403", "NOTENOUGH"]);
//! let findings = explain(&symptom);
//! assert_eq!(findings[0].certainty, Certainty::Code);
//! assert_eq!(findings[0].entry.party, Party::Console);
//! println!("{}", findings[0].entry.cure.in_language(Language::English));
//! ```
//!
//! # Adding what you learnt
//!
//! One entry in one of the tables: how the fault is recognised, who must act, cause and cure. A
//! number is the best sign, because numbers are finer than codes; a piece of the message serves
//! where the number is unknown. The tests ask of every entry that it can be found.

mod open_platform;
mod phone;
mod shipping;
mod sign;
mod symptom;
mod v2;
mod v3_codes;
mod v3_messages;
mod v3_numbers;

pub use sign::{Api, Certainty, Sign};
pub use symptom::Symptom;

/// One thing that can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Entry {
    /// How it is recognised.
    pub sign: Sign,
    /// Who must act.
    pub party: Party,
    /// Why it happens.
    pub cause: Text,
    /// What to do.
    pub cure: Text,
}

/// Who must act before it works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// The merchant's developers: a request or an answer to it is wrong.
    Code,
    /// Whoever may use the merchant console or the app's console: a setting, a permission, money.
    Console,
    /// The person who pays or is paid.
    User,
    /// WeChat: wait, or ask its support with the `Request-ID`.
    WeChat,
    /// Whoever runs the network between us and WeChat.
    Network,
}

/// The same sentence twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Text {
    /// In Chinese.
    pub zh: &'static str,
    /// In English.
    pub en: &'static str,
}

/// The languages of the knowledge base.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    /// 中文.
    Chinese,
    /// English.
    #[default]
    English,
}

impl Text {
    /// The sentence in one language.
    #[must_use]
    pub const fn in_language(self, language: Language) -> &'static str {
        match language {
            Language::Chinese => self.zh,
            Language::English => self.en,
        }
    }
}

impl Party {
    /// A name for people.
    #[must_use]
    pub const fn name(self) -> Text {
        let [zh, en] = match self {
            Self::Code => ["商户代码", "the merchant's code"],
            Self::Console => ["商户平台或小程序后台的设置", "a setting in the merchant's console"],
            Self::User => ["用户", "the user"],
            Self::WeChat => ["微信", "WeChat"],
            Self::Network => ["网络", "the network"],
        };
        Text { zh, en }
    }
}

/// An entry that fits a symptom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    /// How well it fits.
    pub certainty: Certainty,
    /// What is known.
    pub entry: &'static Entry,
}

/// Everything known that fits `symptom`, the surest first. Nothing for what nobody described yet.
#[must_use]
pub fn explain(symptom: &Symptom) -> Vec<Finding> {
    let mut findings: Vec<Finding> = entries()
        .filter_map(|entry| entry.sign.weigh(symptom).map(|certainty| Finding { certainty, entry }))
        .collect();
    // The surer is known, the less the vague helps: once number or message tell, other meanings of
    // the code are out, and what holds for every answer of a status serves where nothing else does.
    match findings.iter().map(|finding| finding.certainty).min() {
        Some(Certainty::Number | Certainty::Message) => {
            findings.retain(|finding| finding.certainty < Certainty::Possible);
        }
        Some(Certainty::Code | Certainty::Possible) => {
            findings.retain(|finding| finding.certainty < Certainty::Status);
        }
        _ => {}
    }
    findings.sort_by_key(|finding| finding.certainty);
    findings
}

/// The whole knowledge base.
pub fn entries() -> impl Iterator<Item = &'static Entry> {
    [
        v3_numbers::ENTRIES,
        v3_messages::ENTRIES,
        v3_codes::ENTRIES,
        v2::ENTRIES,
        open_platform::ENTRIES,
        shipping::ENTRIES,
        phone::ENTRIES,
    ]
    .into_iter()
    .flatten()
}
