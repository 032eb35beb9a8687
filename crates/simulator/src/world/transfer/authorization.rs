use std::collections::BTreeMap;

use suanpan_wechat::{
    Timestamp,
    id::{Appid, Mchid, Openid},
};

use super::{TransferInvocation, bill::CONFIRM_SECONDS};
use crate::world::{
    cashier::{Refusal, RefusalCode},
    exchange::Times,
    notify::{Event, News},
    state::{Change, Due, Fired, Happening, HappeningKind, State, Work, World},
    v3,
};

/// Where a permission stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AuthorizationState {
    /// The person has not answered.
    WaitUserConfirm,
    /// Transfers may be sent.
    TakingEffect,
    /// Ended, or never given.
    Closed,
}

impl AuthorizationState {
    /// As on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WaitUserConfirm => "WAIT_USER_CONFIRM",
            Self::TakingEffect => "TAKING_EFFECT",
            Self::Closed => "CLOSED",
        }
    }
}

/// Through whom a permission ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CloseReason {
    /// The merchant.
    CloseViaMchApi,
    /// The person.
    UserClose,
    /// Nobody answered within a day.
    UserOverdueUnconfirmed,
}

impl CloseReason {
    /// As on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CloseViaMchApi => "CLOSE_VIA_MCH_API",
            Self::UserClose => "USER_CLOSE",
            Self::UserOverdueUnconfirmed => "USER_OVERDUE_UNCONFIRMED",
        }
    }
}

/// How a permission ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Closed {
    /// When.
    pub at: Timestamp,
    /// Through whom.
    pub reason: CloseReason,
}

/// A person's standing permission to one merchant: transfers arrive without a page (免确认收款).
///
/// ```text
/// WAIT_USER_CONFIRM ─► TAKING_EFFECT ─► CLOSED       by the merchant or the person
///         └─ 24 h without an answer ──► CLOSED
/// ```
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Authorization {
    /// Who asked.
    pub mchid: Mchid,
    /// The merchant's number.
    pub out_authorization_no: String,
    /// WeChat's number, once the person agreed.
    pub authorization_id: Option<String>,
    /// Under which app the person is named.
    pub appid: Appid,
    /// The person.
    pub openid: Openid,
    /// The same person by name.
    pub user: String,
    /// What transfers will be for.
    pub scene_id: String,
    /// Which of the person's accounts at the merchant it is for.
    pub display_name: String,
    /// What the person reads as the reason.
    pub perception: String,
    /// Where it is notified.
    pub notify_url: String,
    /// Where it stands.
    pub state: AuthorizationState,
    /// Opens the page on which the person agrees; with a transfer, the transfer's.
    pub package_info: String,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When the person agreed.
    pub authorized_at: Option<Timestamp>,
    /// How it ended.
    pub closed: Option<Closed>,
    /// The first request; a repeat must say the same.
    pub(crate) request: serde_json::Value,
    /// The work that ends it when nobody answers.
    pub(crate) lapses: Option<Due>,
}

impl Authorization {
    pub(crate) fn key(&self) -> AuthorizationKey {
        AuthorizationKey {
            mchid: self.mchid.clone(),
            out_authorization_no: self.out_authorization_no.clone(),
        }
    }
}

/// Names a permission.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub(crate) struct AuthorizationKey {
    pub(crate) mchid: Mchid,
    pub(crate) out_authorization_no: String,
}

/// A permission as the merchant wants it; every rule about its form has been checked.
pub(crate) struct NewAuthorization {
    pub(crate) key: AuthorizationKey,
    pub(crate) appid: Appid,
    pub(crate) openid: Openid,
    pub(crate) user: String,
    pub(crate) scene_id: String,
    pub(crate) display_name: String,
    pub(crate) perception: String,
    pub(crate) notify_url: String,
    pub(crate) request: serde_json::Value,
}

/// The page on which a person agrees.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct AuthorizationPage {
    /// Who asks.
    pub merchant_name: String,
    /// For which of the person's accounts there.
    pub user_display_name: String,
    /// What transfers will be for.
    pub perception: String,
    /// The merchant's number.
    pub out_authorization_no: String,
    /// Where it stands.
    pub state: AuthorizationState,
    /// Until when the person can agree.
    pub expires_at: Timestamp,
}

/// Every permission of every merchant.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub(crate) struct Authorizations {
    all: BTreeMap<Mchid, BTreeMap<String, Authorization>>,
    by_id: BTreeMap<String, AuthorizationKey>,
    by_package: BTreeMap<String, AuthorizationKey>,
}

impl Authorizations {
    pub(crate) fn get(&self, mchid: &Mchid, number: &str) -> Option<&Authorization> {
        self.all.get(mchid)?.get(number)
    }

    /// By WeChat's number.
    pub(crate) fn by_id(&self, mchid: &Mchid, id: &str) -> Option<&Authorization> {
        let key = self.by_id.get(id).filter(|key| key.mchid == *mchid)?;
        self.get(&key.mchid, &key.out_authorization_no)
    }

    /// Whether everybody who asked is somebody; for worlds out of a file.
    pub(crate) fn stand(&self, state: &State) -> bool {
        self.all.iter().all(|(mchid, known)| {
            state.merchants.contains_key(mchid)
                && known.iter().all(|(number, known)| {
                    known.mchid == *mchid && known.out_authorization_no == *number
                })
        })
    }

    fn of(&self, key: &AuthorizationKey) -> Option<&Authorization> {
        self.get(&key.mchid, &key.out_authorization_no)
    }

    fn get_mut(&mut self, key: &AuthorizationKey) -> Option<&mut Authorization> {
        self.all.get_mut(&key.mchid)?.get_mut(&key.out_authorization_no)
    }
}

impl World {
    /// Asks a person for the permission; `package_info` is that of the transfer it is asked along
    /// with, if there is one.
    pub(crate) fn request_authorization(
        &mut self,
        wanted: NewAuthorization,
        package_info: Option<String>,
        now: Times,
    ) -> Authorization {
        let lapse = Work::LapseAuthorization(wanted.key.clone());
        let lapses = self.state.schedule(now.business.plus(CONFIRM_SECONDS), lapse);
        let alone = package_info.is_none();
        let package_info =
            package_info.unwrap_or_else(|| format!("{}==", self.state.chance.alphanumeric(62)));
        let authorization = Authorization {
            mchid: wanted.key.mchid.clone(),
            out_authorization_no: wanted.key.out_authorization_no.clone(),
            authorization_id: None,
            appid: wanted.appid,
            openid: wanted.openid,
            user: wanted.user,
            scene_id: wanted.scene_id,
            display_name: wanted.display_name,
            perception: wanted.perception,
            notify_url: wanted.notify_url,
            state: AuthorizationState::WaitUserConfirm,
            package_info,
            created_at: now.business,
            authorized_at: None,
            closed: None,
            request: wanted.request,
            lapses: Some(lapses),
        };
        let known = &mut self.state.authorizations;
        if alone {
            known.by_package.insert(authorization.package_info.clone(), wanted.key.clone());
        }
        let of_merchant = known.all.entry(wanted.key.mchid).or_default();
        of_merchant.insert(wanted.key.out_authorization_no, authorization.clone());
        self.changes.insert(Change::Transfer);
        authorization
    }

    /// Opens the page on which a person agrees.
    ///
    /// # Errors
    /// When nothing waits under this `package`, or it waits for somebody else.
    pub fn authorization_page(
        &self,
        invocation: &TransferInvocation,
        user: &str,
    ) -> Result<AuthorizationPage, Refusal> {
        let asked = self.find_authorization(invocation, user)?;
        Ok(AuthorizationPage {
            merchant_name: self.merchant_name(&asked.mchid).unwrap_or_default().to_owned(),
            user_display_name: asked.display_name.clone(),
            perception: asked.perception.clone(),
            out_authorization_no: asked.out_authorization_no.clone(),
            state: asked.state,
            expires_at: asked.created_at.plus(CONFIRM_SECONDS),
        })
    }

    /// The person agrees. Repeating it changes nothing.
    ///
    /// # Errors
    /// As [`World::authorization_page`].
    pub fn agree(
        &mut self,
        invocation: &TransferInvocation,
        user: &str,
        now: Times,
    ) -> Result<AuthorizationPage, Refusal> {
        let key = self.find_authorization(invocation, user)?.key();
        self.take_effect(&key, now);
        self.authorization_page(invocation, user)
    }

    /// The words are unconfirmed.
    fn find_authorization(
        &self,
        invocation: &TransferInvocation,
        user: &str,
    ) -> Result<&Authorization, Refusal> {
        let refused = |text| Refusal::new(RefusalCode::InvocationRefused, text);
        let known = &self.state.authorizations;
        let asked = known.by_package.get(&invocation.package).and_then(|key| known.of(key));
        let asked = asked.ok_or_else(|| refused("授权单不存在或已失效"))?;
        if asked.mchid != invocation.mchid || asked.appid != invocation.appid {
            return Err(refused("商户号或APPID与授权单不一致"));
        }
        if asked.user != user {
            return Err(refused("你不是该授权的收款人"));
        }
        match asked.state {
            AuthorizationState::Closed => Err(refused("授权单不存在或已失效")),
            _ => Ok(asked),
        }
    }

    /// The permission counts from now on, if it still waits for the person.
    pub(super) fn take_effect(&mut self, key: &AuthorizationKey, now: Times) {
        let waits = self.state.authorizations.of(key);
        if waits.is_none_or(|asked| asked.state != AuthorizationState::WaitUserConfirm) {
            return;
        }
        let sequence = self.state.next_sequence() % 1_000_000;
        // The shape of this number is unconfirmed.
        let id = format!("{}{sequence:06}", self.state.chance.digits(22));
        let known = &mut self.state.authorizations;
        known.by_id.insert(id.clone(), key.clone());
        let Some(asked) = known.get_mut(key) else { return };
        asked.authorization_id = Some(id);
        asked.state = AuthorizationState::TakingEffect;
        asked.authorized_at = Some(now.business);
        let lapses = asked.lapses.take();
        self.state.cancel(lapses.as_ref());
        self.tell_of_authorization(key, Event::AuthorizationConfirmed, now);
    }

    /// Ends a permission, or an offer of one; one that has ended stays as it ended. `None` when there
    /// is none.
    pub(crate) fn close_authorization(
        &mut self,
        key: &AuthorizationKey,
        reason: CloseReason,
        now: Times,
    ) -> Option<Authorization> {
        let asked = self.state.authorizations.get_mut(key)?;
        if asked.state != AuthorizationState::Closed {
            asked.state = AuthorizationState::Closed;
            asked.closed = Some(Closed { at: now.business, reason });
            let lapses = asked.lapses.take();
            self.state.cancel(lapses.as_ref());
            self.tell_of_authorization(key, Event::AuthorizationClosed, now);
        }
        self.state.authorizations.of(key).cloned()
    }

    /// The person ends a permission in WeChat.
    ///
    /// # Errors
    /// When it is not one of this person's that count.
    pub fn end_authorization(
        &mut self,
        user: &str,
        authorization_id: &str,
        now: Times,
    ) -> Result<Authorization, Refusal> {
        let known = &self.state.authorizations;
        let found = known.by_id.get(authorization_id).and_then(|key| known.of(key));
        let counts = found
            .filter(|known| known.user == user && known.state == AuthorizationState::TakingEffect);
        let key = counts.map(Authorization::key);
        let ended = key.and_then(|key| self.close_authorization(&key, CloseReason::UserClose, now));
        ended.ok_or_else(|| Refusal::new(RefusalCode::NotFound, "there is no such permission"))
    }

    /// Nobody has answered in time.
    pub(crate) fn lapse_authorization(
        &mut self,
        key: &AuthorizationKey,
        now: Times,
        fired: &mut Fired,
    ) {
        let waits = self.state.authorizations.of(key);
        if waits.is_none_or(|asked| asked.state != AuthorizationState::WaitUserConfirm) {
            return;
        }
        self.close_authorization(key, CloseReason::UserOverdueUnconfirmed, now);
        fired.happened.push(Happening {
            at: now.business,
            kind: HappeningKind::AuthorizationLapsed,
            mchid: key.mchid.clone(),
            out_trade_no: None,
        });
    }

    fn tell_of_authorization(&mut self, key: &AuthorizationKey, event: Event, now: Times) {
        self.changes.insert(Change::Transfer);
        let Some(known) = self.state.authorizations.of(key) else { return };
        let plaintext = v3::transfer::authorization_notification(known);
        let url = known.notify_url.clone();
        self.notify(
            News { mchid: &key.mchid, out_trade_no: None, url: &url, event, plaintext },
            now,
        );
    }

    /// The latest permissions, of this person or of anybody; the latest first.
    #[must_use]
    pub fn authorizations(&self, user: Option<&str>, limit: usize) -> Vec<Authorization> {
        let all = self.state.authorizations.all.values().flat_map(BTreeMap::values);
        let mut all: Vec<_> =
            all.filter(|known| user.is_none_or(|user| known.user == user)).collect();
        all.sort_by(|a, b| {
            (b.created_at, &b.out_authorization_no).cmp(&(a.created_at, &a.out_authorization_no))
        });
        all.into_iter().take(limit).cloned().collect()
    }
}
