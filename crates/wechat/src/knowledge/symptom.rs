use serde_json::Value;

use super::Api;
use crate::{
    call::{Rejection, Unknown},
    error::ErrorBody,
    id::RequestId,
};

/// What is known about a fault; everything may be missing.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct Symptom {
    /// Whose fault message it is; `None` looks everywhere.
    pub api: Option<Api>,
    /// HTTP status.
    pub status: Option<u16>,
    /// `code` or `err_code`.
    pub code: Option<String>,
    /// The error number of a `Request-ID`, or the `errcode`.
    pub number: Option<i64>,
    /// `message`, `err_code_des`, `return_msg`, `errmsg`, or what the phone shows.
    pub message: Option<String>,
    /// The `Request-ID` it came with.
    pub request_id: Option<RequestId>,
}

impl Symptom {
    /// Reads words in any order, as one types them: a status, a code, a number, a `Request-ID`;
    /// everything else is the message.
    #[must_use]
    pub fn from_words<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        let mut symptom = Self::default();
        let mut message: Vec<&str> = Vec::new();
        for word in words {
            if let Ok(number) = word.parse::<i64>() {
                match u16::try_from(number) {
                    Ok(status @ 100..=599) => symptom.status = Some(status),
                    _ => symptom.number = Some(number),
                }
            } else if is_code(word) {
                symptom.code = Some(word.to_owned());
            } else if !symptom.take_request_id(word) {
                message.push(word);
            }
        }
        if !message.is_empty() {
            symptom.message = Some(message.join(" "));
        }
        symptom
    }

    /// Reads what somebody pasted: a v3 body, an answer of `api.weixin.qq.com`, v2's XML, each with
    /// or without the HTTP head before it. Of anything else every line is a message.
    #[must_use]
    pub fn from_paste(text: &str) -> Self {
        let (mut symptom, body) = Self::from_head(text.trim());
        let found = read_json(body).or_else(|| read_xml(body));
        match found {
            Some(found) => Self { status: symptom.status, request_id: symptom.request_id, ..found }
                .with_number_of_request_id(),
            None if symptom == Self::default() => Self::from_words(body.split_whitespace()),
            None => {
                symptom.message = Some(body.to_owned()).filter(|body| !body.is_empty());
                symptom.with_number_of_request_id()
            }
        }
    }

    /// Adds what a `Request-ID` says.
    #[must_use]
    pub fn with_request_id(self, id: RequestId) -> Self {
        Self { request_id: Some(id), ..self }.with_number_of_request_id()
    }

    fn with_number_of_request_id(mut self) -> Self {
        let number = self.request_id.as_ref().and_then(RequestId::error_number);
        if let Some(number) = number {
            self.api = Some(Api::V3);
            self.number = Some(i64::from(number));
        }
        self
    }

    /// True when `word` is a `Request-ID` with a number; a word with a dash is none.
    fn take_request_id(&mut self, word: &str) -> bool {
        let id = RequestId::new(word).ok().filter(|id| id.error_number().is_some());
        let found = id.is_some();
        if let Some(id) = id {
            *self = std::mem::take(self).with_request_id(id);
        }
        found
    }

    /// Takes an HTTP head off the front, as `curl -i` prints it, and keeps what it says.
    fn from_head(text: &str) -> (Self, &str) {
        let mut symptom = Self::default();
        let mut rest = text;
        while let Some((line, after)) = rest.split_once('\n').or(Some((rest, ""))) {
            let line = line.trim();
            if let Some(status_line) = line.strip_prefix("HTTP/") {
                symptom.status = status_line.split(' ').nth(1).and_then(|word| word.parse().ok());
            } else if let Some((name, value)) = header(line) {
                if name.eq_ignore_ascii_case("request-id") {
                    symptom.request_id = RequestId::new(value).ok();
                }
            } else if !line.is_empty() {
                break;
            }
            rest = after;
            if rest.is_empty() {
                break;
            }
        }
        (symptom, rest)
    }
}

/// `Name: value`, and not the inside of a JSON text or a sentence.
fn header(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once(':')?;
    let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    is_name.then(|| (name, value.trim()))
}

/// Upper-case letters, digits and underscores, as codes are written.
fn is_code(word: &str) -> bool {
    word.len() >= 4
        && word.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
        && word.bytes().any(|b| b.is_ascii_uppercase())
}

fn read_json(body: &str) -> Option<Symptom> {
    if let Some(error) = ErrorBody::read(body.as_bytes()) {
        return Some(Symptom {
            api: Some(Api::V3),
            code: Some(error.code.as_str().to_owned()),
            message: Some(error.message).filter(|message| !message.is_empty()),
            ..Symptom::default()
        });
    }
    let answer: Value = serde_json::from_str(body).ok()?;
    Some(Symptom {
        api: Some(Api::OpenPlatform),
        number: Some(answer.get("errcode")?.as_i64()?),
        message: answer.get("errmsg").and_then(Value::as_str).map(str::to_owned),
        ..Symptom::default()
    })
}

/// Looks for four elements, in whatever surrounds them. It explains; it believes nothing.
fn read_xml(body: &str) -> Option<Symptom> {
    let return_code = element(body, "return_code");
    let code = element(body, "err_code");
    let message = element(body, "err_code_des").or_else(|| element(body, "return_msg"));
    (return_code.is_some() || code.is_some()).then(|| Symptom {
        api: Some(Api::V2),
        code: code.map(str::to_owned),
        message: message.filter(|message| *message != "OK").map(str::to_owned),
        ..Symptom::default()
    })
}

fn element<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let (_, after) = xml.split_once(&format!("<{name}>"))?;
    let (content, _) = after.split_once(&format!("</{name}>"))?;
    let content = content.trim();
    let plain = content.strip_prefix("<![CDATA[").and_then(|inner| inner.strip_suffix("]]>"));
    Some(plain.unwrap_or(content)).filter(|content| !content.is_empty())
}

impl From<&Rejection> for Symptom {
    fn from(rejection: &Rejection) -> Self {
        // v2 refuses with HTTP 200, v3 never does.
        let api = if rejection.status == 200 { Api::V2 } else { Api::V3 };
        let symptom = Self {
            api: Some(api),
            status: Some(rejection.status),
            code: Some(rejection.code.as_str().to_owned()),
            number: None,
            message: Some(rejection.message.clone()).filter(|message| !message.is_empty()),
            request_id: rejection.request_id.clone(),
        };
        symptom.with_number_of_request_id()
    }
}

impl From<&Unknown> for Symptom {
    fn from(unknown: &Unknown) -> Self {
        match unknown {
            Unknown::Busy { status, code } => Self {
                api: Some(if *status == 200 { Api::V2 } else { Api::V3 }),
                status: Some(*status),
                code: code.as_ref().map(|code| code.as_str().to_owned()),
                ..Self::default()
            },
            Unknown::Unsigned { message } => {
                Self { api: Some(Api::V2), message: Some(message.clone()), ..Self::default() }
            }
            _ => Self::default(),
        }
    }
}
