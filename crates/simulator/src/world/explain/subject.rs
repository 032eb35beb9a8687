//! What a question is about, told from what was copied.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value};
use suanpan_wechat::id::{Appid, PrepayId};

use super::{
    evidence::Evidence,
    js_sdk::{self, Tickets},
    request::WHEN_ASKED,
    search::Effort,
    second::{Prepaid, prepay_id},
    told::Explanation,
};
use crate::world::{
    Invoke, InvokeKind,
    exchange::{Channel, HttpRequest, Times},
    settle::ORDER_EXISTS,
    state::World,
};

/// Something that was refused, as somebody copied it.
///
/// It may be a request of v3 (with `Authorization`), a call of v2 (an XML body), an answer or a
/// notification somebody cannot verify (with the `Wechatpay-` headers), what a front end hands to
/// the cashier (a JSON body with `paySign` or `sign`, or the `invoke` of `POST /api/pay`), or what a page
/// gives to `wx.config` (a JSON body with `signature`, and the page's address as `url`).
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// `GET`, `POST`, …
    pub method: String,
    /// With host or without; of a request only path and query count.
    pub url: String,
    /// As sent.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// As sent.
    #[serde(default)]
    pub body: String,
    /// In place of `body`, for what is not UTF-8.
    #[serde(default, deserialize_with = "base64_bytes")]
    pub body_base64: Option<Vec<u8>>,
    /// What the client believes it signed, or had to verify.
    #[serde(default)]
    pub client_string: Option<String>,
}

fn base64_bytes<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Vec<u8>>, D::Error> {
    let text = <Option<String> as serde::Deserialize>::deserialize(from)?;
    text.map(|text| STANDARD.decode(text).map_err(serde::de::Error::custom)).transpose()
}

impl Question {
    fn request(&self) -> HttpRequest {
        let after_scheme = self.url.split_once("://").map(|(_, rest)| rest);
        let target = match after_scheme {
            Some(rest) => rest.find('/').map_or("/", |at| &rest[at..]),
            None => &self.url,
        };
        HttpRequest {
            method: self.method.clone(),
            target: target.to_owned(),
            headers: self.headers.clone().into_iter().collect(),
            body: self.body_base64.clone().unwrap_or_else(|| self.body.clone().into_bytes()),
            channel: Channel::Plain,
        }
    }
}

/// What was copied.
#[derive(Debug)]
enum Subject {
    Request(HttpRequest),
    Statement(HttpRequest),
    Xml(Vec<u8>),
    Invocation(Invoke, Option<Prepaid>),
    Page(Map<String, Value>, Tickets),
}

/// A question together with everything the answer may draw on, so that it can be answered away
/// from the world: that takes up to a second.
#[derive(Debug)]
pub struct Inquiry {
    evidence: Evidence,
    question: Question,
    subject: Subject,
}

impl Inquiry {
    /// The explanation.
    #[must_use]
    pub fn answer(&self) -> Explanation {
        let theirs = self.question.client_string.as_deref();
        let effort = &mut Effort::of(WHEN_ASKED);
        match &self.subject {
            Subject::Request(request) => self.evidence.request(request, theirs, effort),
            Subject::Statement(message) => self.evidence.statement(message, theirs, effort),
            Subject::Xml(body) => self.evidence.xml(body, theirs, effort),
            Subject::Invocation(invoke, prepaid) => {
                self.evidence.invocation(invoke, prepaid.as_ref(), theirs, effort)
            }
            Subject::Page(config, tickets) => {
                js_sdk::page(config, &self.question.url, tickets, theirs, effort)
            }
        }
    }
}

impl World {
    /// Takes a question, and what is known about its subject.
    #[must_use]
    pub fn inquire(&self, question: Question, now: Times) -> Inquiry {
        let subject = self.subject(question.request(), now);
        Inquiry { evidence: self.evidence(now), question, subject }
    }

    fn subject(&self, request: HttpRequest, now: Times) -> Subject {
        if request.header("Authorization").is_some() {
            return Subject::Request(request);
        }
        if request.header("Wechatpay-Signature").is_some() {
            return Subject::Statement(request);
        }
        if request.body.trim_ascii_start().starts_with(b"<") {
            return Subject::Xml(request.body);
        }
        let Ok(body) = serde_json::from_slice::<Map<String, Value>>(&request.body) else {
            return Subject::Request(request);
        };
        if let Some((invoke, prepaid)) = self.invocation_in(&body) {
            return Subject::Invocation(invoke, prepaid);
        }
        if body.contains_key("signature") {
            return Subject::Page(body, self.tickets(now));
        }
        Subject::Request(request)
    }

    /// An `invoke` of `POST /api/pay`, or the bare object a front end hands over.
    fn invocation_in(&self, body: &Map<String, Value>) -> Option<(Invoke, Option<Prepaid>)> {
        let given = serde_json::from_value::<Invoke>(Value::Object(body.clone()));
        if let Ok(invoke) = given {
            let prepaid = self.prepaid(&invoke.params);
            return Some((invoke, prepaid));
        }
        let has = |name| body.contains_key(name);
        let kind = match () {
            () if has("prepayid") || has("prepayId") => InvokeKind::App,
            () if has("paySign") && has("appId") => InvokeKind::Jsapi,
            () if has("paySign") => InvokeKind::MiniProgram,
            () => return None,
        };
        let prepaid = self.prepaid(body);
        let said = ["appId", "appid"].iter().find_map(|name| body.get(*name)?.as_str());
        let appid =
            said.or(prepaid.as_ref().map(|known| known.appid.as_str())).unwrap_or("unknown");
        let appid = Appid::new(appid).ok()?;
        Some((Invoke::new(kind, appid, body.clone()), prepaid))
    }

    /// The order behind the prepay id in an invocation.
    pub(crate) fn prepaid(&self, params: &Map<String, Value>) -> Option<Prepaid> {
        let id = PrepayId::new(prepay_id(params)?).ok()?;
        let prepay = self.state.prepays.get(&id)?;
        let order = self.state.order(&prepay.mchid, &prepay.out_trade_no).expect(ORDER_EXISTS);
        Some(Prepaid {
            mchid: prepay.mchid.to_string(),
            serial_no: prepay.serial_no.as_ref().map(ToString::to_string).unwrap_or_default(),
            v2: order.v2,
            appid: order.appid.to_string(),
        })
    }
}
