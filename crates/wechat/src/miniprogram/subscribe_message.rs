//! `POST /cgi-bin/message/subscribe/send`: tells a user something they asked to be told
//! (<https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/mp-message-management/subscribe-message/sendMessage.html>).
//!
//! The front end asks with `wx.requestSubscribeMessage`; one "accept" is one message. A message that
//! cannot be sent ([`MESSAGE_REFUSED`](crate::open_api::ErrCode::MESSAGE_REFUSED)) is no event in
//! the life of an order: never let it touch a payment. WeChat does not recognise a message it has
//! sent before, so a repeat after an unknown outcome may be read twice.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    id::Openid,
    open_api::{
        InvalidField, OpenCall, OpenRequest, Unreadable,
        wire::{has_characters, limited_text},
    },
    secret::AccessToken,
};

limited_text!(
    /// The number of a template, from the console.
    TemplateId, "template_id", "1 to 128 visible ASCII characters",
    |text| (1..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
);
limited_text!(
    /// The page a tap opens, with a query if need be.
    Page, "page", "1 to 1024 characters", |text| has_characters(text, 1, 1024)
);

/// One message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Send {
    /// Who accepted it.
    pub touser: Openid,
    /// Which template.
    pub template_id: TemplateId,
    /// What a tap opens; nothing without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<Page>,
    /// The template's members.
    pub data: TemplateData,
    /// Which edition of the mini program a tap opens.
    pub miniprogram_state: MiniprogramState,
    /// The language of the frame around the message.
    pub lang: Language,
}

/// The editions of a mini program.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MiniprogramState {
    /// What everybody uses.
    #[default]
    Formal,
    /// For testers.
    Trial,
    /// For developers.
    Developer,
}

/// The languages of the frame.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub enum Language {
    /// Simplified Chinese.
    #[default]
    #[serde(rename = "zh_CN")]
    ZhCn,
    /// English.
    #[serde(rename = "en_US")]
    EnUs,
    /// Traditional Chinese, Hong Kong.
    #[serde(rename = "zh_HK")]
    ZhHk,
    /// Traditional Chinese, Taiwan.
    #[serde(rename = "zh_TW")]
    ZhTw,
}

/// The members of a template: `thing1`, `amount2`, … The word before the digits says what the value
/// must be, and WeChat refuses the whole message over one wrong value.
///
/// ```
/// use suanpan_wechat::miniprogram::subscribe_message::TemplateData;
///
/// let data = TemplateData::default()
///     .with("character_string1", "1217752501201407033233368018")
///     .and_then(|data| data.with("amount2", "¥1.00"))
///     .and_then(|data| data.with("thing3", "咖啡豆"));
/// assert!(data.is_ok());
/// assert!(TemplateData::default().with("phrase4", "a phrase").is_err());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct TemplateData(BTreeMap<String, Value>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Value {
    value: String,
}

impl TemplateData {
    /// Adds a member.
    ///
    /// # Errors
    /// When the value breaks the rule of the member's kind.
    pub fn with(mut self, member: &str, value: impl Into<String>) -> Result<Self, InvalidField> {
        let kind = member.trim_end_matches(|c: char| c.is_ascii_digit());
        let value = value.into();
        let Some(Rule { field, rule, fits }) = RULES.iter().find(|rule| rule.field == kind) else {
            return Err(InvalidField { field: "data", rule: "named like thing1 or amount2" });
        };
        if kind.len() == member.len() || !fits(&value) {
            return Err(InvalidField { field, rule });
        }
        self.0.insert(member.to_owned(), Value { value });
        Ok(self)
    }
}

struct Rule {
    field: &'static str,
    rule: &'static str,
    fits: fn(&str) -> bool,
}

/// The kinds of the template page. What a date may look like is left to WeChat.
const RULES: &[Rule] = &[
    Rule { field: "thing", rule: "1 to 20 characters", fits: |t| has_characters(t, 1, 20) },
    Rule {
        field: "number",
        rule: "1 to 32 digits, maybe with a point",
        fits: |t| {
            has_characters(t, 1, 32)
                && t.bytes().any(|b| b.is_ascii_digit())
                && t.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-'))
        },
    },
    Rule {
        field: "letter",
        rule: "1 to 32 letters",
        fits: |t| has_characters(t, 1, 32) && t.bytes().all(|b| b.is_ascii_alphabetic()),
    },
    Rule {
        field: "symbol",
        rule: "1 to 5 symbols",
        fits: |t| has_characters(t, 1, 5) && !t.chars().any(char::is_alphanumeric),
    },
    Rule {
        field: "character_string",
        rule: "1 to 32 ASCII letters, digits or symbols",
        fits: |t| has_characters(t, 1, 32) && t.is_ascii(),
    },
    Rule { field: "time", rule: "a time of day", fits: |t| has_characters(t, 1, 64) },
    Rule { field: "date", rule: "a date", fits: |t| has_characters(t, 1, 64) },
    Rule {
        field: "amount",
        rule: "at most one currency sign, then 1 to 10 digits, maybe with a point and 元",
        fits: is_amount,
    },
    Rule {
        field: "phone_number",
        rule: "1 to 17 digits or symbols",
        fits: |t| has_characters(t, 1, 17) && !t.chars().any(char::is_alphabetic),
    },
    Rule { field: "car_number", rule: "1 to 8 characters", fits: |t| has_characters(t, 1, 8) },
    Rule {
        field: "name",
        rule: "at most 10 Chinese characters or 20 letters",
        fits: |t| has_characters(t, 1, if t.is_ascii() { 20 } else { 10 }),
    },
    Rule {
        field: "phrase",
        rule: "1 to 5 Chinese characters",
        fits: |t| has_characters(t, 1, 5) && !t.is_ascii(),
    },
];

fn is_amount(text: &str) -> bool {
    let number = text.trim_end_matches('元');
    let number = number.strip_prefix(|c: char| !c.is_ascii_digit()).unwrap_or(number);
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    (1..=10).contains(&digits)
        && number.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && number.matches('.').count() <= 1
}

impl OpenCall for Send {
    type Answer = ();
    type Credential = AccessToken;
    const NAME: &'static str = "miniprogram.subscribe_message";

    fn request(&self, token: &AccessToken) -> OpenRequest {
        OpenRequest::post("/cgi-bin/message/subscribe/send", token, self)
    }

    fn read(&self, _body: &[u8]) -> Result<(), Unreadable> {
        Ok(())
    }
}
