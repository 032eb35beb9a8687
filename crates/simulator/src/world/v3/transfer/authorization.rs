//! Permissions to transfer without a page: `…/user-confirm-authorization…` (v3 §5.6).

use serde_json::Value;
use suanpan_wechat::{
    Timestamp,
    id::{Appid, Openid},
};

use super::{
    super::{
        answer::Answer,
        error::ApiError,
        gate::Caller,
        schema::{
            self, ALPHANUMERIC, Field, Kind, NOTIFY_URL, Pattern, VISIBLE, bytes, chars, matching,
            optional, required,
        },
    },
    CHECKED, Mode,
};
use crate::world::{
    exchange::Times,
    state::World,
    transfer::{Authorization, AuthorizationKey, CloseReason, NewAuthorization},
};

static REQUEST: &[Field] = &[
    required("out_authorization_no", "商户授权单号", matching(1, 32, &VISIBLE)),
    required("appid", "商户AppID", matching(1, 32, &ALPHANUMERIC)),
    required("openid", "收款用户OpenID", matching(1, 64, &VISIBLE)),
    required("transfer_scene_id", "转账场景ID", bytes(36)),
    required("user_display_name", "用户展示名称", chars(32)),
    optional("user_recv_perception", "用户收款感知", chars(32)),
    required("authorization_notify_url", "授权通知地址", matching(1, 256, &NOTIFY_URL)),
    optional("scene_info", "场景信息", Kind::Object(SCENE_INFO)),
];

/// The limit of `device_id` is unconfirmed.
static SCENE_INFO: &[Field] = &[
    required("client_ip", "用户终端IP", bytes(45)),
    required("device_id", "用户设备号", bytes(128)),
    required("device_type", "用户设备类型", matching(1, 32, &DEVICE_TYPE)),
];

static DEVICE_TYPE: Pattern = Pattern {
    regex: "^(IOS|ANDROID|HARMONY|OTHER)$",
    matches: |text| matches!(text, "IOS" | "ANDROID" | "HARMONY" | "OTHER"),
};

/// What a transfer says that asks for the permission along the way.
pub(super) static AUTHORIZATION_INFO: &[Field] = &[
    required("user_display_name", "用户展示名称", chars(32)),
    required("out_authorization_no", "商户授权单号", matching(1, 32, &VISIBLE)),
    required("authorization_notify_url", "授权通知地址", matching(1, 256, &NOTIFY_URL)),
];

#[derive(serde::Serialize)]
struct Requested<'a> {
    create_time: Timestamp,
    out_authorization_no: &'a str,
    package_info: &'a str,
    state: &'static str,
}

#[derive(serde::Serialize)]
struct AuthorizationAnswer<'a> {
    appid: &'a Appid,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorization_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorize_time: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    close_info: Option<CloseInfo>,
    openid: &'a Openid,
    out_authorization_no: &'a str,
    state: &'static str,
    user_display_name: &'a str,
}

#[derive(serde::Serialize)]
struct CloseInfo {
    close_reason: &'static str,
    close_time: Timestamp,
}

/// The same in the documented order of notifications (v3 §6.7).
#[derive(serde::Serialize)]
struct Notification<'a> {
    out_authorization_no: &'a str,
    appid: &'a Appid,
    openid: &'a Openid,
    user_display_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorization_id: Option<&'a str>,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorize_time: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    close_info: Option<CloseInfo>,
}

fn close_info(known: &Authorization) -> Option<CloseInfo> {
    known
        .closed
        .map(|closed| CloseInfo { close_reason: closed.reason.as_str(), close_time: closed.at })
}

fn answer(known: &Authorization) -> Answer {
    Answer::json(&AuthorizationAnswer {
        appid: &known.appid,
        authorization_id: known.authorization_id.as_deref(),
        authorize_time: known.authorized_at,
        close_info: close_info(known),
        openid: &known.openid,
        out_authorization_no: &known.out_authorization_no,
        state: known.state.as_str(),
        user_display_name: &known.display_name,
    })
}

/// The plaintext of `MCHTRANSFER.AUTHORIZATION.*`.
pub(crate) fn notification(known: &Authorization) -> String {
    serde_json::to_string(&Notification {
        out_authorization_no: &known.out_authorization_no,
        appid: &known.appid,
        openid: &known.openid,
        user_display_name: &known.display_name,
        authorization_id: known.authorization_id.as_deref(),
        state: known.state.as_str(),
        authorize_time: known.authorized_at,
        close_info: close_info(known),
    })
    .expect("a notification has string keys only")
}

impl World {
    /// Asks for a permission alone.
    pub(super) fn ask_for_authorization(
        &mut self,
        caller: &Caller,
        mode: Mode,
        body: &[u8],
        now: Times,
    ) -> Result<Answer, ApiError> {
        // Whether a provider names its sub-merchant here is unconfirmed; it may.
        let request = schema::read(body, &[mode.may_name_sub_mchid(), REQUEST])?;
        self.check_sub(caller, &request)?;
        let text = |pointer| schema::text(&request, pointer);
        let number = text("/out_authorization_no").expect(CHECKED);
        if let Some(known) = self.state.authorizations.get(&caller.mchid, number) {
            return if known.request == request {
                Ok(requested(known))
            } else {
                Err(ApiError::TRANSFER_CHANGED)
            };
        }
        let appid = self.transferring_app(caller, &request)?;
        let (openid, user) = self.person_in(&appid, text("/openid").expect(CHECKED))?;
        let (scene, perception) = super::scene_and_perception(&request)?;
        let wanted = NewAuthorization {
            key: AuthorizationKey {
                mchid: caller.mchid.clone(),
                out_authorization_no: number.to_owned(),
            },
            appid,
            openid,
            user,
            scene_id: scene.id.to_owned(),
            display_name: text("/user_display_name").expect(CHECKED).to_owned(),
            perception,
            notify_url: text("/authorization_notify_url").expect(CHECKED).to_owned(),
            request,
        };
        Ok(requested(&self.request_authorization(wanted, None, now)))
    }

    pub(super) fn query_authorization(
        &self,
        caller: &Caller,
        number: &str,
    ) -> Result<Answer, ApiError> {
        let known = self.state.authorizations.get(&caller.mchid, number);
        known.map(answer).ok_or(ApiError::TRANSFER_NOT_FOUND)
    }

    /// `POST …/close`; it has no body.
    pub(super) fn close_for_merchant(
        &mut self,
        caller: &Caller,
        number: &str,
        body: &[u8],
        now: Times,
    ) -> Result<Answer, ApiError> {
        if !body.is_empty() {
            return Err(ApiError::BODY_NOT_JSON);
        }
        let key = AuthorizationKey {
            mchid: caller.mchid.clone(),
            out_authorization_no: number.to_owned(),
        };
        let closed = self.close_authorization(&key, CloseReason::CloseViaMchApi, now);
        closed.as_ref().map(answer).ok_or(ApiError::TRANSFER_NOT_FOUND)
    }

    /// The permission that a transfer names by exactly one of its numbers.
    pub(super) fn named_authorization(
        &self,
        caller: &Caller,
        request: &Value,
    ) -> Result<&Authorization, ApiError> {
        let known = &self.state.authorizations;
        let number = |name: &str| schema::text(request, name);
        let found = match (number("/authorization_id"), number("/out_authorization_no")) {
            (Some(id), None) => known.by_id(&caller.mchid, id),
            (None, Some(number)) => known.get(&caller.mchid, number),
            (Some(_), Some(_)) => return Err(ApiError::TWO_AUTHORIZATIONS),
            (None, None) => {
                return Err(schema::missing("body", "/body/authorization_id", "微信授权单号"));
            }
        };
        found.ok_or(ApiError::NOT_AUTHORIZED)
    }
}

fn requested(known: &Authorization) -> Answer {
    Answer::json(&Requested {
        create_time: known.created_at,
        out_authorization_no: &known.out_authorization_no,
        package_info: &known.package_info,
        state: known.state.as_str(),
    })
}
