//! `POST /v3/fund-app/mch-transfer/transfer-bills` and its two relatives: with a permission asked
//! along, and with one given before.

use std::collections::BTreeSet;

use serde_json::Value;
use suanpan_wechat::{
    Fen, Timestamp,
    id::{Appid, Mchid, Openid},
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
    authorization::AUTHORIZATION_INFO,
    query_answer, scene_and_perception,
};
use crate::world::{
    exchange::Times,
    state::World,
    transfer::{
        AuthorizationKey, AuthorizationState, BillKey, NewAuthorization, NewTransfer, TransferBill,
        TransferState, scene::Scene,
    },
};

/// From 2,000 yuan on WeChat wants to know the receiver's name.
const NAME_FROM: i64 = 200_000;

/// A red packet holds at most 200 yuan.
const RED_PACKET: i64 = 20_000;

/// How the person agrees to a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Consent {
    /// On a page.
    Page,
    /// On a page, which asks for a standing permission too.
    PageAndAuthorization,
    /// By a standing permission.
    Authorization,
}

impl Consent {
    const fn fields(self) -> &'static [Field] {
        match self {
            Self::Page => TO_PERSON,
            Self::PageAndAuthorization => TO_PERSON_WHO_IS_ASKED,
            Self::Authorization => BY_AUTHORIZATION,
        }
    }
}

static TERMS: &[Field] = &[
    required("appid", "商户AppID", matching(1, 32, &ALPHANUMERIC)),
    required("out_bill_no", "商户单号", matching(1, 32, &ALPHANUMERIC)),
    required("transfer_scene_id", "转账场景ID", bytes(36)),
    optional("user_name", "收款用户姓名", bytes(1024)),
    required("transfer_amount", "转账金额", Kind::Integer { min: 1 }),
    required("transfer_remark", "转账备注", chars(32)),
    optional("notify_url", "通知地址", matching(1, 256, &NOTIFY_URL)),
    optional("user_recv_perception", "用户收款感知", chars(32)),
    required(
        "transfer_scene_report_infos",
        "转账场景报备信息",
        Kind::Array { min: 1, of: &Kind::Object(REPORT_INFO) },
    ),
];

static TO_PERSON: &[Field] = &[
    required("openid", "收款用户OpenID", matching(1, 64, &VISIBLE)),
    optional("user_recv_style", "用户收款样式", Kind::Object(STYLE)),
];

static TO_PERSON_WHO_IS_ASKED: &[Field] = &[
    required("openid", "收款用户OpenID", matching(1, 64, &VISIBLE)),
    optional("user_recv_style", "用户收款样式", Kind::Object(STYLE)),
    required("authorization_info", "授权信息", Kind::Object(AUTHORIZATION_INFO)),
];

static BY_AUTHORIZATION: &[Field] = &[
    optional("authorization_id", "微信授权单号", matching(1, 64, &ALPHANUMERIC)),
    optional("out_authorization_no", "商户授权单号", matching(1, 32, &VISIBLE)),
];

static REPORT_INFO: &[Field] = &[
    required("info_type", "信息类型", chars(15)),
    required("info_content", "信息内容", chars(32)),
];

static STYLE: &[Field] = &[required("type", "样式类型", matching(1, 32, &STYLE_TYPE))];

static STYLE_TYPE: Pattern = Pattern {
    regex: "^(CONFIRM_PAGE|RED_PACKET)$",
    matches: |text| matches!(text, "CONFIRM_PAGE" | "RED_PACKET"),
};

/// A provider's answer has no `state`.
#[derive(serde::Serialize)]
struct CreateAnswer<'a> {
    create_time: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    fail_reason: Option<&'static str>,
    out_bill_no: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    package_info: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_mchid: Option<&'a Mchid>,
    transfer_bill_no: &'a str,
}

fn answer(bill: &TransferBill) -> Answer {
    let waits = bill.state == TransferState::WaitUserConfirm;
    Answer::json(&CreateAnswer {
        create_time: bill.created_at,
        fail_reason: bill.fail_reason.map(|reason| reason.as_str()),
        out_bill_no: &bill.out_bill_no,
        package_info: waits.then_some(bill.package_info.as_str()),
        state: Some(bill.state.as_str()).filter(|_| bill.sub_mchid.is_none()),
        sub_mchid: bill.sub_mchid.as_ref(),
        transfer_bill_no: &bill.transfer_bill_no,
    })
}

impl World {
    pub(super) fn create_transfer(
        &mut self,
        caller: &Caller,
        (mode, consent): (Mode, Consent),
        body: &[u8],
        now: Times,
    ) -> Result<Answer, ApiError> {
        let tables = [mode.names_sub_mchid(), TERMS, consent.fields()];
        let mut request = schema::read(body, &tables)?;
        let sub_mchid = self.check_sub(caller, &request)?;
        let user_name = schema::text(&request, "/user_name")
            .map(|sealed| self.open_sensitive(caller, sealed))
            .transpose()?;
        // Encrypted twice, the same name is another ciphertext.
        if let Some(name) = &user_name {
            request["user_name"] = Value::from(name.as_str());
        }
        let said = |world: &Self, bill: &TransferBill| match consent {
            Consent::Page | Consent::PageAndAuthorization => answer(bill),
            Consent::Authorization => query_answer(world, caller, bill),
        };
        let number = schema::text(&request, "/out_bill_no").expect(CHECKED);
        if let Some(known) = self.state.transfers.get(&caller.mchid, number) {
            return if known.request == request {
                Ok(said(self, known))
            } else {
                Err(ApiError::TRANSFER_CHANGED)
            };
        }
        let authorization = self.check_asked_along(caller, &request)?;
        let wanted = self.new_transfer(caller, consent, request, user_name)?;
        let wanted = NewTransfer { sub_mchid, authorizes: authorization.clone(), ..wanted };
        let asked = authorization.map(|key| asked_along(key, &wanted));
        let bill = self.accept_transfer(wanted, now).map_err(|_| ApiError::TRANSFER_NOT_ENOUGH)?;
        if let Some(asked) = asked {
            self.request_authorization(asked, Some(bill.package_info.clone()), now);
        }
        Ok(said(self, &bill))
    }

    /// The number of the permission a transfer asks for along the way, which must be a new one.
    fn check_asked_along(
        &self,
        caller: &Caller,
        request: &Value,
    ) -> Result<Option<AuthorizationKey>, ApiError> {
        let number = schema::text(request, "/authorization_info/out_authorization_no");
        let Some(number) = number else { return Ok(None) };
        if self.state.authorizations.get(&caller.mchid, number).is_some() {
            return Err(ApiError::TRANSFER_CHANGED);
        }
        let (mchid, out_authorization_no) = (caller.mchid.clone(), number.to_owned());
        Ok(Some(AuthorizationKey { mchid, out_authorization_no }))
    }

    /// Every rule that stands above the form.
    fn new_transfer(
        &self,
        caller: &Caller,
        consent: Consent,
        request: Value,
        user_name: Option<String>,
    ) -> Result<NewTransfer, ApiError> {
        let text = |pointer| schema::text(&request, pointer);
        let amount = schema::integer(&request, "/transfer_amount").expect(CHECKED);
        let appid = self.transferring_app(caller, &request)?;
        let (scene, perception) = scene_and_perception(&request)?;
        let (openid, user) = match consent {
            Consent::Authorization => self.who_authorized(caller, &request, &appid, scene)?,
            Consent::Page | Consent::PageAndAuthorization => {
                self.person_in(&appid, text("/openid").expect(CHECKED))?
            }
        };
        if amount >= NAME_FROM && user_name.is_none() {
            return Err(schema::missing("body", "/body/user_name", "收款用户姓名"));
        }
        if text("/user_recv_style/type") == Some("RED_PACKET") && amount > RED_PACKET {
            return Err(ApiError::RED_PACKET_TOO_LARGE);
        }
        check_report(scene, &request)?;
        Ok(NewTransfer {
            key: BillKey {
                mchid: caller.mchid.clone(),
                out_bill_no: text("/out_bill_no").expect(CHECKED).to_owned(),
            },
            sub_mchid: None,
            appid,
            openid,
            user,
            amount: Fen::new(amount).expect(CHECKED),
            remark: text("/transfer_remark").expect(CHECKED).to_owned(),
            perception,
            user_name,
            notify_url: text("/notify_url").map(str::to_owned),
            needs_page: consent != Consent::Authorization,
            authorizes: None,
            request,
        })
    }

    /// Whoever gave the permission, if it counts for this app and this scene. That WeChat compares
    /// them is unconfirmed.
    fn who_authorized(
        &self,
        caller: &Caller,
        request: &Value,
        appid: &Appid,
        scene: &Scene,
    ) -> Result<(Openid, String), ApiError> {
        let known = self.named_authorization(caller, request)?;
        let counts = known.state == AuthorizationState::TakingEffect
            && known.appid == *appid
            && known.scene_id == scene.id;
        let who = || (known.openid.clone(), known.user.clone());
        counts.then(who).ok_or(ApiError::NOT_AUTHORIZED)
    }
}

/// The permission a transfer asks for, to the same person for the same purpose.
fn asked_along(key: AuthorizationKey, wanted: &NewTransfer) -> NewAuthorization {
    let text = |pointer| schema::text(&wanted.request, pointer).expect(CHECKED).to_owned();
    NewAuthorization {
        key,
        appid: wanted.appid.clone(),
        openid: wanted.openid.clone(),
        user: wanted.user.clone(),
        scene_id: text("/transfer_scene_id"),
        display_name: text("/authorization_info/user_display_name"),
        perception: wanted.perception.clone(),
        notify_url: text("/authorization_info/authorization_notify_url"),
        request: wanted.request.clone(),
    }
}

/// Each kind of information of the scene, once, and no other.
fn check_report(scene: &Scene, request: &Value) -> Result<(), ApiError> {
    let infos = request["transfer_scene_report_infos"].as_array().map_or(&[][..], Vec::as_slice);
    let said: Vec<_> = infos.iter().filter_map(|info| info["info_type"].as_str()).collect();
    let distinct: BTreeSet<_> = said.iter().copied().collect();
    let wanted: BTreeSet<_> = scene.info_types.iter().copied().collect();
    if said.len() == distinct.len() && distinct == wanted {
        Ok(())
    } else {
        Err(ApiError::WRONG_SCENE_REPORT)
    }
}
