//! Server-side tokens: the classic `access_token`, the stable one, the ticket of pages (§7, §8).

use std::collections::BTreeMap;

use serde_json::{Value, json};
use suanpan_wechat::{Timestamp, id::Appid};

use super::{
    Call, GET, POST,
    answer::{Answer, OpenError, given, object, text},
    limit::Per,
};
use crate::world::{
    chance::Chance,
    exchange::{HttpRequest, Times},
    identity::AppKind,
    state::World,
};

pub(super) const CALLS: &[Call] = &[
    Call { method: GET, path: "/cgi-bin/token", answer: World::classic_token },
    Call { method: POST, path: "/cgi-bin/stable_token", answer: World::stable_token },
    Call { method: GET, path: "/cgi-bin/ticket/getticket", answer: World::jsapi_ticket },
];

/// A token's life.
const LIFE_SECONDS: i64 = 7200;

/// How long the token before works beside the new one; and how early a stable one is followed.
const OVERLAP_SECONDS: i64 = 300;

/// A dead token is remembered for a day, to say whether it expired or was replaced.
const MEMORY_SECONDS: i64 = 24 * 3600;

/// The classic figure; that of new accounts is unconfirmed.
const CLASSIC_PER_DAY: u32 = 2000;

const STABLE_PER_MINUTE: u32 = 10_000;
const STABLE_PER_DAY: u32 = 500_000;
const FORCED_PER_DAY: u32 = 20;
const FORCED_APART_SECONDS: i64 = 30;

/// Where a token comes from; each kind has its own line of succession.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TokenKind {
    Classic,
    Stable,
    Ticket,
}

#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
struct Token {
    text: String,
    kind: TokenKind,
    expires_at: Timestamp,
    /// A successor ended it early.
    replaced_at: Option<Timestamp>,
}

impl Token {
    fn state(&self, at: Timestamp) -> TokenState {
        if at >= self.expires_at {
            TokenState::Expired
        } else if self.replaced_at.is_some_and(|replaced| at >= replaced) {
            TokenState::Replaced
        } else {
            TokenState::Alive
        }
    }
}

/// What became of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenState {
    Alive,
    Expired,
    Replaced,
}

/// Every token of one app, oldest first.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct AppTokens {
    tokens: Vec<Token>,
    /// Stands before the underscore and counts on.
    generation: u8,
    forced_at: Option<Timestamp>,
}

impl AppTokens {
    fn newest(&self, kind: TokenKind) -> Option<&Token> {
        self.tokens.iter().rev().find(|token| token.kind == kind)
    }

    /// A new token; those of its kind before it work for as long as `overlap` allows.
    fn issue(&mut self, kind: TokenKind, overlap: i64, chance: &mut Chance, at: Timestamp) -> &str {
        self.tokens.retain(|token| at.since(token.expires_at) < MEMORY_SECONDS);
        let end = at.plus(overlap);
        for token in self.tokens.iter_mut().filter(|token| token.kind == kind) {
            token.replaced_at = Some(token.replaced_at.map_or(end, |known| known.min(end)));
        }
        let text = if kind == TokenKind::Ticket {
            chance.url_safe(86)
        } else {
            self.generation = self.generation % 90 + 1;
            format!("{}_{}", self.generation + 9, chance.url_safe(133))
        };
        let expires_at = at.plus(LIFE_SECONDS);
        self.tokens.push(Token { text, kind, expires_at, replaced_at: None });
        &self.tokens.last().expect("one was just added").text
    }

    pub(super) fn find(&self, text: &str, at: Timestamp) -> Option<(TokenKind, TokenState)> {
        let token = self.tokens.iter().find(|token| token.text == text)?;
        Some((token.kind, token.state(at)))
    }

    /// The newest first.
    pub(crate) fn tickets(&self, at: Timestamp) -> impl Iterator<Item = (&str, TokenState)> {
        let tickets = self.tokens.iter().rev().filter(|token| token.kind == TokenKind::Ticket);
        tickets.map(move |token| (token.text.as_str(), token.state(at)))
    }

    pub(crate) fn access_tokens(&self) -> impl Iterator<Item = &str> {
        let tokens = self.tokens.iter().rev().filter(|token| token.kind != TokenKind::Ticket);
        tokens.map(|token| token.text.as_str())
    }
}

/// Every app's tokens.
pub(crate) type Tokens = BTreeMap<Appid, AppTokens>;

impl World {
    /// `GET /cgi-bin/token`: a new one at every call; the one before dies five minutes later.
    fn classic_token(&mut self, request: &HttpRequest, now: Times) -> Answer {
        let (appid, secret) = (given(request, "appid"), given(request, "secret"));
        let grant = given(request, "grant_type");
        let appid = self.credentials(grant.as_deref(), appid.as_deref(), secret.as_deref())?;
        let admitted = self.state.open.limits.admit(
            format!("token {appid}"),
            CLASSIC_PER_DAY,
            Per::Day,
            now.business,
        );
        if !admitted {
            return Err(OpenError::DAILY_QUOTA);
        }
        Ok(self.issue_token(&appid, TokenKind::Classic, OVERLAP_SECONDS, now))
    }

    /// `POST /cgi-bin/stable_token`: the same one for everybody until five minutes before its end.
    fn stable_token(&mut self, request: &HttpRequest, now: Times) -> Answer {
        let body = object(request)?;
        let forced = match body.get("force_refresh") {
            None | Some(Value::Null) => false,
            Some(value) => value.as_bool().ok_or(OpenError::DATA_FORMAT)?,
        };
        let appid = self.credentials(
            text(&body, "grant_type")?,
            text(&body, "appid")?,
            text(&body, "secret")?,
        )?;
        let at = now.business;
        let limits = &mut self.state.open.limits;
        if !limits.admit(format!("stable {appid}"), STABLE_PER_MINUTE, Per::Minute, at) {
            return Err(OpenError::TOO_OFTEN);
        }
        if !limits.admit(format!("stable a day {appid}"), STABLE_PER_DAY, Per::Day, at) {
            return Err(OpenError::DAILY_QUOTA);
        }
        let tokens = self.state.open.tokens.entry(appid.clone()).or_default();
        let forced_long_ago =
            tokens.forced_at.is_none_or(|last| at.since(last) >= FORCED_APART_SECONDS);
        // What WeChat says to a second force within thirty seconds is unconfirmed; here the token
        // simply stays.
        if forced && forced_long_ago {
            if !limits.admit(format!("forced {appid}"), FORCED_PER_DAY, Per::Day, at) {
                return Err(OpenError::DAILY_QUOTA);
            }
            tokens.forced_at = Some(at);
            return Ok(self.issue_token(&appid, TokenKind::Stable, 0, now));
        }
        let current = tokens.newest(TokenKind::Stable).filter(|token| {
            token.state(at) == TokenState::Alive && token.expires_at.since(at) > OVERLAP_SECONDS
        });
        if let Some(token) = current {
            let expires_in = token.expires_at.since(at);
            return Ok(json!({"access_token": token.text, "expires_in": expires_in}));
        }
        Ok(self.issue_token(&appid, TokenKind::Stable, OVERLAP_SECONDS, now))
    }

    /// `GET /cgi-bin/ticket/getticket`: one line of tickets per service account, handed on like
    /// classic tokens.
    fn jsapi_ticket(&mut self, request: &HttpRequest, now: Times) -> Answer {
        let appid = self.app_with_token(request, AppKind::OfficialAccount, now)?;
        if request.query("type").as_deref() != Some("jsapi") {
            return Err(OpenError::ARGUMENTS);
        }
        let tokens = self.state.open.tokens.entry(appid).or_default();
        let chance = &mut self.state.chance;
        let ticket = tokens.issue(TokenKind::Ticket, OVERLAP_SECONDS, chance, now.business);
        Ok(json!({"errcode": 0, "errmsg": "ok", "ticket": ticket, "expires_in": LIFE_SECONDS}))
    }

    fn issue_token(&mut self, appid: &Appid, kind: TokenKind, overlap: i64, now: Times) -> Value {
        let tokens = self.state.open.tokens.entry(appid.clone()).or_default();
        let token = tokens.issue(kind, overlap, &mut self.state.chance, now.business);
        json!({"access_token": token, "expires_in": LIFE_SECONDS})
    }

    fn credentials(
        &self,
        grant_type: Option<&str>,
        appid: Option<&str>,
        secret: Option<&str>,
    ) -> Result<Appid, OpenError> {
        if grant_type != Some("client_credential") {
            return Err(OpenError::GRANT_TYPE);
        }
        let kinds = [AppKind::MiniProgram, AppKind::OfficialAccount];
        let appid = self.authenticated(appid, secret, &kinds)?;
        let console = self.console(&appid);
        if console.secret_frozen {
            // Its words are unconfirmed.
            return Err(OpenError::new(40243, "AppSecret frozen"));
        }
        if let Some(address) = console.refused_address() {
            let errmsg = format!("invalid ip {address} ipv6 ::ffff:{address}, not in whitelist");
            return Err(OpenError::saying(40164, errmsg));
        }
        Ok(appid)
    }

    /// The app a server proves to own.
    pub(super) fn authenticated(
        &self,
        appid: Option<&str>,
        secret: Option<&str>,
        kinds: &[AppKind],
    ) -> Result<Appid, OpenError> {
        let appid = appid.ok_or(OpenError::APPID_MISSING)?;
        let secret = secret.ok_or(OpenError::APPSECRET_MISSING)?;
        let app = Appid::new(appid).ok().and_then(|appid| self.state.apps.get(&appid));
        let app = app.filter(|app| kinds.contains(&app.kind)).ok_or(OpenError::APPID)?;
        if app.app_secret != secret {
            return Err(OpenError::APPSECRET);
        }
        Ok(app.appid.clone())
    }

    /// The app of this kind whose `access_token` stands in the query.
    pub(super) fn app_with_token(
        &self,
        request: &HttpRequest,
        kind: AppKind,
        now: Times,
    ) -> Result<Appid, OpenError> {
        let token = given(request, "access_token").ok_or(OpenError::TOKEN_MISSING)?;
        let mut apps = self.state.open.tokens.iter();
        let found = apps.find_map(|(appid, tokens)| {
            let (kind, state) = tokens.find(&token, now.business)?;
            (kind != TokenKind::Ticket).then_some((appid, state))
        });
        let Some((appid, state)) = found else {
            return Err(if is_token_shaped(&token) {
                OpenError::INVALID_CREDENTIAL
            } else {
                OpenError::ACCESS_TOKEN
            });
        };
        match state {
            TokenState::Expired => Err(OpenError::TOKEN_EXPIRED),
            TokenState::Replaced => Err(OpenError::INVALID_CREDENTIAL),
            TokenState::Alive if self.state.apps[appid].kind != kind => {
                Err(OpenError::UNAUTHORIZED)
            }
            TokenState::Alive => Ok(appid.clone()),
        }
    }
}

fn is_token_shaped(text: &str) -> bool {
    text.split_once('_').is_some_and(|(generation, rest)| {
        generation.len() == 2
            && generation.bytes().all(|b| b.is_ascii_digit())
            && rest.len() >= 60
            && rest.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
    })
}
