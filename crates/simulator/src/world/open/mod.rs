//! `api.weixin.qq.com` and `open.weixin.qq.com`: login, tokens and the other calls of apps.
//!
//! Nothing here is signed; a secret or a token in the query says who asks. Section numbers are
//! those of the specification's part on the open platform.

mod answer;
mod authorize;
mod cipher;
mod code;
mod console;
mod inbox;
mod js_sdk;
mod limit;
mod link;
mod login;
mod oauth;
mod open_data;
mod person;
mod push;
mod shipping;
mod subscribe;
mod token;
mod unionid;

pub use authorize::{Authorized, Consent};
pub use console::{Console, ORDER_PAID_TEMPLATE, Template};
pub use inbox::{InboxMessage, InboxMessageKind};
pub use js_sdk::{JsConfig, JsConfigVerdict};
pub use link::OpenedLink;
pub use oauth::Scope;
pub use open_data::{PhoneNumberDetail, SealedData, UserInfo, UserProfile};
pub use person::Profile;
pub use push::{Push, PushCheck, PushFormat, PushMode};
pub(crate) use push::{PushSending, Pushed, Spoil};
pub use shipping::{ConfirmReceipt, ReceiptStatus};
pub use subscribe::{SubscribeAnswer, SubscribeChoice};
pub(crate) use token::TokenState;

use std::collections::BTreeMap;

use suanpan_wechat::id::{Appid, Mchid, OutTradeNo};

#[cfg(test)]
pub(crate) use cipher::sha1;

use self::answer::{Answer, OpenError};
use super::{
    exchange::{HttpRequest, HttpResponse, Manner, Reply, Times},
    fault::{FaultName, Subject},
    front::{About, dropped, lost, nginx_page, not_an_operation},
    order::Order,
    state::{State, World},
    v3::NoOperation,
};

/// What the open platform remembers.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub(crate) struct OpenPlatform {
    codes: code::Codes,
    consoles: BTreeMap<Appid, Console>,
    grants: oauth::Grants,
    inboxes: inbox::Inboxes,
    limits: limit::Limits,
    links: link::Links,
    profiles: person::Profiles,
    pushes: BTreeMap<Appid, Push>,
    session_keys: login::SessionKeys,
    shipments: shipping::Shipments,
    subscriptions: subscribe::Subscriptions,
    pub(crate) tokens: token::Tokens,
}

impl OpenPlatform {
    /// What in it refers to nobody, or is no key; for worlds that come from a file.
    pub(crate) fn dangling(&self, state: &State) -> Option<&'static str> {
        let app = |appid: &Appid| state.apps.contains_key(appid);
        let user = |name: &str| state.users.contains_key(name);
        if !self.codes.people().all(|(appid, name)| app(appid) && name.is_none_or(user)) {
            return Some("a login code");
        }
        if !self.tokens.keys().all(app) {
            return Some("a token");
        }
        if !self
            .session_keys
            .values()
            .flatten()
            .all(|(name, key)| user(name) && login::key_bytes(key).is_some())
        {
            return Some("a session key");
        }
        let paid = |mchid: &Mchid, out_trade_no: &OutTradeNo| {
            state.order(mchid, out_trade_no).is_some_and(Order::is_paid)
        };
        if !self.shipments.stands(paid) {
            return Some("a payment that waits for shipping");
        }
        if !self.pushes.iter().all(|(appid, push)| app(appid) && push.is_complete()) {
            return Some("a message push");
        }
        None
    }
}

/// One call: where it is and what answers it.
struct Call {
    method: &'static str,
    path: &'static str,
    answer: fn(&mut World, &HttpRequest, Times) -> Answer,
}

const GET: &str = "GET";
const POST: &str = "POST";

const FAMILIES: &[&[Call]] = &[
    login::CALLS,
    token::CALLS,
    oauth::CALLS,
    open_data::CALLS,
    unionid::CALLS,
    shipping::CALLS,
    subscribe::CALLS,
    link::CALLS,
];

fn find(path: &str) -> Option<&'static Call> {
    FAMILIES.iter().copied().flatten().find(|call| call.path == path)
}

/// Whether a path belongs to the open platform.
pub(crate) fn answers(path: &str) -> bool {
    path == authorize::PATH || find(path).is_some()
}

impl World {
    pub(crate) fn handle_open(&mut self, request: &HttpRequest, now: Times) -> Reply {
        let about = About::of(request);
        let id = self.record_request(request, &about, None, "not a signed interface", now);
        let subject = about.subject();
        if self.strikes(FaultName::TimeoutBefore, &subject) {
            return Reply { response: lost(), manner: Manner::Never };
        }
        let drops = self.strikes(FaultName::ConnectionDropped, &subject);
        if drops && !self.state.chance.coin() {
            return dropped();
        }
        let response = self.open_answer(request, &subject, now);
        self.record_response(request, &about, &response, id, "not a signed interface", now);
        if drops {
            return dropped();
        }
        let manner = self.manner(&subject, response.body.len());
        Reply { response, manner }
    }

    fn open_answer(
        &mut self,
        request: &HttpRequest,
        subject: &Subject<'_>,
        now: Times,
    ) -> HttpResponse {
        let path = request.path();
        let Some(call) = find(path) else {
            return self.authorize_page(request, now);
        };
        if request.method != call.method {
            return if call.method == POST {
                self.open_response(path, Err(OpenError::NOT_POST), now)
            } else {
                not_an_operation(&NoOperation::OtherMethod)
            };
        }
        if self.strikes(FaultName::Http502, subject) {
            self.answer_by_chance(call, request, now);
            return nginx_page(502, "502 Bad Gateway");
        }
        let answer = if self.strikes(FaultName::Http429, subject) {
            Err(OpenError::TOO_OFTEN)
        } else if self.strikes(FaultName::Http500, subject) {
            self.answer_by_chance(call, request, now);
            Err(OpenError::SYSTEM_ERROR)
        } else {
            (call.answer)(self, request, now)
        };
        self.open_response(path, answer, now)
    }

    /// Trouble says nothing about what was done.
    fn answer_by_chance(&mut self, call: &Call, request: &HttpRequest, now: Times) {
        if self.state.chance.coin() {
            let _unsaid = (call.answer)(self, request, now);
        }
    }
}
