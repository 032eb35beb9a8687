//! Links into a mini program, from messages and other browsers (§13).

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use suanpan_wechat::{Timestamp, id::Appid};

use super::{
    Call, POST,
    answer::{Answer, OpenError, done, object, text},
    limit::Per,
};
use crate::world::{
    cashier::{Refusal, RefusalCode},
    exchange::{HttpRequest, Times},
    identity::AppKind,
    state::World,
};

pub(super) const CALLS: &[Call] = &[
    Call { method: POST, path: "/wxa/generatescheme", answer: World::generate_scheme },
    Call { method: POST, path: "/wxa/generate_urllink", answer: World::generate_url_link },
];

/// Links an app may make in a day.
const PER_DAY: u32 = 500_000;

/// Bytes of a query.
const QUERY_BYTES: usize = 1024;

/// The longest life in days.
const DAYS: i64 = 30;

const DAY: i64 = 24 * 3600;

const BAD_PATH: OpenError = OpenError::new(40165, "invalid weapp pagepath");

/// What its number means is unconfirmed.
const BAD_EXPIRY: OpenError = OpenError::new(85401, "time limit between 1min and 30 day");

/// Where a link leads.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct OpenedLink {
    /// The mini program.
    pub appid: Appid,
    /// Its page; empty for the first.
    pub path: String,
    /// With what.
    pub query: String,
    /// When it stops working.
    pub expires_at: Timestamp,
}

/// Every link that still works.
pub(crate) type Links = BTreeMap<String, OpenedLink>;

impl World {
    /// A person opens a link.
    ///
    /// # Errors
    /// When there is no such link, or not any more.
    pub fn open_link(&self, link: &str, now: Times) -> Result<&OpenedLink, Refusal> {
        let known = self.state.open.links.get(link);
        known
            .filter(|known| now.business < known.expires_at)
            .ok_or_else(|| Refusal::new(RefusalCode::NotFound, "链接已失效"))
    }

    /// `POST /wxa/generatescheme`.
    fn generate_scheme(&mut self, request: &HttpRequest, now: Times) -> Answer {
        let appid = self.app_with_token(request, AppKind::MiniProgram, now)?;
        let body = object(request)?;
        let empty = Map::new();
        let target = match body.get("jump_wxa") {
            Some(Value::Object(target)) => target,
            None | Some(Value::Null) => &empty,
            Some(_) => return Err(OpenError::DATA_FORMAT),
        };
        let link = self.new_link(appid, target, &body, now)?;
        let openlink = format!("weixin://dl/business/?t={}", self.state.chance.alphanumeric(11));
        self.state.open.links.insert(openlink.clone(), link);
        let mut answer = done();
        answer["openlink"] = openlink.into();
        Ok(answer)
    }

    /// `POST /wxa/generate_urllink`.
    fn generate_url_link(&mut self, request: &HttpRequest, now: Times) -> Answer {
        let appid = self.app_with_token(request, AppKind::MiniProgram, now)?;
        let body = object(request)?;
        let link = self.new_link(appid, &body, &body, now)?;
        let url_link = format!("https://wxaurl.cn/{}", self.state.chance.alphanumeric(11));
        self.state.open.links.insert(url_link.clone(), link);
        let mut answer = done();
        answer["url_link"] = url_link.into();
        Ok(answer)
    }

    fn new_link(
        &mut self,
        appid: Appid,
        target: &Map<String, Value>,
        body: &Map<String, Value>,
        now: Times,
    ) -> Result<OpenedLink, OpenError> {
        let path = text(target, "path")?.unwrap_or_default().to_owned();
        let query = text(target, "query")?.unwrap_or_default().to_owned();
        let pages = &self.console(&appid).pages;
        let is_page = pages.as_ref().is_none_or(|pages| path.is_empty() || pages.contains(&path));
        if !is_page || path.contains('?') || query.len() > QUERY_BYTES || !query.is_ascii() {
            return Err(BAD_PATH);
        }
        let expires_at = expiry(body, now)?;
        if !self.state.open.limits.admit(format!("link {appid}"), PER_DAY, Per::Day, now.business) {
            return Err(OpenError::DAILY_QUOTA);
        }
        self.state.open.links.retain(|_, link| now.business < link.expires_at);
        Ok(OpenedLink { appid, path, query, expires_at })
    }
}

/// By an instant (`expire_type` 0) or after some days (1).
fn expiry(body: &Map<String, Value>, now: Times) -> Result<Timestamp, OpenError> {
    let number = |name| match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value.as_i64().map(Some).ok_or(OpenError::DATA_FORMAT),
    };
    let latest = now.business.plus(DAYS * DAY);
    match number("expire_type")?.unwrap_or(0) {
        0 => match number("expire_time")? {
            None => Ok(latest),
            Some(time) => {
                let at = Timestamp::from_unix(time);
                if at > now.business && at <= latest { Ok(at) } else { Err(BAD_EXPIRY) }
            }
        },
        1 => match number("expire_interval")? {
            Some(days @ 1..=DAYS) => Ok(now.business.plus(days * DAY)),
            Some(_) | None => Err(BAD_EXPIRY),
        },
        _ => Err(OpenError::ARGUMENTS),
    }
}
