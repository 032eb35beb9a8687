//! What WeChat knows of a person beside their wallet.

use std::collections::BTreeMap;

use suanpan_wechat::id::{Appid, Openid};

use super::answer::OpenError;
use crate::world::{
    cashier::{Refusal, RefusalCode},
    identity::{App, AppKind},
    register::RegisterError,
    state::{Change, World},
};

/// A person's profile.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// What friends read.
    pub nickname: String,
    /// Digits without the country's prefix.
    pub phone_number: String,
    /// The country's prefix without a sign.
    pub country_code: String,
    /// Risk control keeps this person from logging in (40226).
    pub blocked: bool,
}

/// Profiles that are not as they were made up.
pub(crate) type Profiles = BTreeMap<String, Profile>;

impl World {
    /// A person's profile, made up of the name when nothing was said.
    #[must_use]
    pub fn profile(&self, user: &str) -> Option<Profile> {
        self.state.users.get(user)?;
        Some(self.state.open.profiles.get(user).cloned().unwrap_or_else(|| Profile {
            nickname: user.to_owned(),
            phone_number: phone_number(user),
            country_code: "86".to_owned(),
            blocked: false,
        }))
    }

    /// Writes a person's profile anew.
    ///
    /// # Errors
    /// When the person is unknown, or a number has other signs than digits.
    pub fn set_profile(&mut self, user: &str, profile: Profile) -> Result<(), RegisterError> {
        if !self.state.users.contains_key(user) {
            return Err(RegisterError::unknown("user", user));
        }
        for digits in [&profile.phone_number, &profile.country_code] {
            if !(1..=15).contains(&digits.len()) || !digits.bytes().all(|b| b.is_ascii_digit()) {
                return Err(RegisterError::Invalid("a phone number is 1 to 15 digits"));
            }
        }
        self.state.open.profiles.insert(user.to_owned(), profile);
        self.changes.insert(Change::Identity);
        Ok(())
    }

    /// An app of this kind and a person, for what people do on their phones.
    pub(super) fn person_in_app(
        &self,
        appid: &Appid,
        kind: AppKind,
        user: &str,
    ) -> Result<&Openid, Refusal> {
        self.app_of_kind(appid, kind)?;
        self.openid_of(appid, user).ok_or_else(|| {
            Refusal::new(RefusalCode::NotFound, "没有这个用户 There is no such user")
        })
    }

    pub(super) fn app_of_kind(&self, appid: &Appid, kind: AppKind) -> Result<&App, Refusal> {
        let app = self.state.apps.get(appid).filter(|app| app.kind == kind);
        app.ok_or_else(|| Refusal::new(RefusalCode::NotFound, "没有这个appid There is no such app"))
    }

    pub(super) fn openid_of(&self, appid: &Appid, user: &str) -> Option<&Openid> {
        self.state.users.get(user)?.user.openids.get(appid)
    }

    /// The person behind an openid that a server names.
    pub(super) fn user_named(&self, appid: &Appid, openid: &str) -> Result<String, OpenError> {
        let openid = Openid::new(openid).map_err(|_| OpenError::OPENID)?;
        let known = self.state.openids.get(&openid).filter(|(at, _)| at == appid);
        known.map(|(_, user)| user.clone()).ok_or(OpenError::OPENID)
    }

    /// The person across the apps of one owner, where this app belongs to one.
    pub(super) fn unionid(&self, appid: &Appid, user: &str) -> Option<&str> {
        let bound = self.console(appid).bound_to_open_platform;
        self.state.users.get(user).filter(|_| bound).map(|person| person.user.unionid.as_str())
    }
}

/// Always the same for the same name.
fn phone_number(user: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, user.as_bytes());
    let digits = digest.as_ref()[..8].iter().map(|byte| char::from(b'0' + byte % 10));
    format!("138{}", digits.collect::<String>())
}
