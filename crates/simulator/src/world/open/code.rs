//! The codes a front end is given and a server exchanges: five minutes, one use, one purpose.

use std::collections::BTreeMap;

use suanpan_wechat::{Timestamp, id::Appid};

use super::oauth::Grantee;
use crate::world::exchange::Times;

/// How long a code can be exchanged.
pub(crate) const CODE_SECONDS: i64 = 300;

/// Whenever their number reaches a multiple of this, old ones are looked for.
pub(super) const SWEEP: usize = 1024;

/// What a code was made for; exchanged for anything else it does not exist.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Purpose {
    /// `wx.login`.
    Login { user: String },
    /// A press on the phone-number button.
    PhoneNumber { user: String },
    /// Web authorisation.
    Authorization(Grantee),
}

impl Purpose {
    fn user(&self) -> Option<&str> {
        match self {
            Self::Login { user } | Self::PhoneNumber { user } => Some(user),
            Self::Authorization(grantee) => grantee.user(),
        }
    }
}

/// Why a code is worth nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CodeError {
    Unknown,
    Expired,
    Used,
}

#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
struct Code {
    appid: Appid,
    purpose: Purpose,
    expires_at: Timestamp,
    used: bool,
}

/// Every code that may still be asked about.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct Codes(BTreeMap<String, Code>);

impl Codes {
    pub(crate) fn add(&mut self, text: &str, appid: &Appid, purpose: Purpose, now: Times) {
        if self.0.len().is_multiple_of(SWEEP) {
            // Twice their life: until then a late exchange hears why.
            self.0.retain(|_, code| now.business < code.expires_at.plus(CODE_SECONDS));
        }
        let expires_at = now.business.plus(CODE_SECONDS);
        let code = Code { appid: appid.clone(), purpose, expires_at, used: false };
        self.0.insert(text.to_owned(), code);
    }

    /// What a code is for, without using it.
    pub(crate) fn look(
        &self,
        text: &str,
        appid: &Appid,
        now: Times,
    ) -> Result<&Purpose, CodeError> {
        let code = self.0.get(text).filter(|code| code.appid == *appid);
        let code = code.ok_or(CodeError::Unknown)?;
        match (now.business < code.expires_at, code.used) {
            (true, false) => Ok(&code.purpose),
            (true, true) => Err(CodeError::Used),
            (false, false) => Err(CodeError::Expired),
            (false, true) => Err(CodeError::Unknown),
        }
    }

    /// Whose codes these are, and where.
    pub(super) fn people(&self) -> impl Iterator<Item = (&Appid, Option<&str>)> {
        self.0.values().map(|code| (&code.appid, code.purpose.user()))
    }

    pub(crate) fn mark_used(&mut self, text: &str) {
        if let Some(code) = self.0.get_mut(text) {
            code.used = true;
        }
    }
}
