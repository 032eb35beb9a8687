//! `POST /v3/fund-app/mch-transfer/transfer-bills`.

use std::collections::BTreeSet;

use serde_json::Value;
use suanpan_wechat::{
    Fen, Timestamp,
    id::{Appid, Openid},
};

use super::super::{
    answer::Answer,
    error::ApiError,
    gate::Caller,
    schema::{
        self, ALPHANUMERIC, Field, Kind, NOTIFY_URL, Pattern, VISIBLE, bytes, chars, matching,
        optional, required,
    },
};
use crate::world::{
    exchange::Times,
    state::World,
    transfer::{BillKey, NewTransfer, TransferBill, TransferState, scene::Scene},
};

/// From 2,000 yuan on WeChat wants to know the receiver's name.
const NAME_FROM: i64 = 200_000;

/// A red packet holds at most 200 yuan.
const RED_PACKET: i64 = 20_000;

static CREATE: &[Field] = &[
    required("appid", "商户AppID", matching(1, 32, &ALPHANUMERIC)),
    required("out_bill_no", "商户单号", matching(1, 32, &ALPHANUMERIC)),
    required("transfer_scene_id", "转账场景ID", bytes(36)),
    required("openid", "收款用户OpenID", matching(1, 64, &VISIBLE)),
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
    optional("user_recv_style", "用户收款样式", Kind::Object(STYLE)),
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

#[derive(serde::Serialize)]
struct CreateAnswer<'a> {
    create_time: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    fail_reason: Option<&'static str>,
    out_bill_no: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    package_info: Option<&'a str>,
    state: &'static str,
    transfer_bill_no: &'a str,
}

fn answer(bill: &TransferBill) -> Answer {
    let waits = bill.state == TransferState::WaitUserConfirm;
    Answer::json(&CreateAnswer {
        create_time: bill.created_at,
        fail_reason: bill.fail_reason.map(|reason| reason.as_str()),
        out_bill_no: &bill.out_bill_no,
        package_info: waits.then_some(bill.package_info.as_str()),
        state: bill.state.as_str(),
        transfer_bill_no: &bill.transfer_bill_no,
    })
}

impl World {
    pub(super) fn create_transfer(
        &mut self,
        caller: &Caller,
        body: &[u8],
        now: Times,
    ) -> Result<Answer, ApiError> {
        let mut request = schema::read(body, &[CREATE])?;
        let user_name = schema::text(&request, "/user_name")
            .map(|sealed| self.open_sensitive(caller, sealed))
            .transpose()?;
        // Encrypted twice, the same name is another ciphertext.
        if let Some(name) = &user_name {
            request["user_name"] = Value::from(name.as_str());
        }
        let number = schema::text(&request, "/out_bill_no").expect(CHECKED);
        if let Some(known) = self.state.transfers.get(&caller.mchid, number) {
            return if known.request == request {
                Ok(answer(known))
            } else {
                Err(ApiError::TRANSFER_CHANGED)
            };
        }
        let wanted = self.new_transfer(caller, request, user_name)?;
        self.accept_transfer(wanted, now)
            .map(|bill| answer(&bill))
            .map_err(|_| ApiError::TRANSFER_NOT_ENOUGH)
    }

    /// Every rule that stands above the form.
    fn new_transfer(
        &self,
        caller: &Caller,
        request: Value,
        user_name: Option<String>,
    ) -> Result<NewTransfer, ApiError> {
        let text = |pointer| schema::text(&request, pointer);
        let amount = schema::integer(&request, "/transfer_amount").expect(CHECKED);
        let appid = Appid::new(text("/appid").expect(CHECKED)).map_err(|_| ApiError::NO_APPID)?;
        if !self.state.apps.contains_key(&appid) {
            return Err(ApiError::NO_APPID);
        }
        if !self.state.merchants[&caller.mchid].appids.contains(&appid) {
            return Err(ApiError::APPID_MCHID_NOT_MATCH);
        }
        let openid = Openid::new(text("/openid").expect(CHECKED));
        let openid = openid.map_err(|_| ApiError::BAD_OPENID)?;
        let user = match self.state.openids.get(&openid) {
            Some((of, user)) if *of == appid => user.clone(),
            Some(_) => return Err(ApiError::OTHER_APPS_OPENID),
            None => return Err(ApiError::BAD_OPENID),
        };
        if amount >= NAME_FROM && user_name.is_none() {
            return Err(schema::missing("body", "/body/user_name", "收款用户姓名"));
        }
        if text("/user_recv_style/type") == Some("RED_PACKET") && amount > RED_PACKET {
            return Err(ApiError::RED_PACKET_TOO_LARGE);
        }
        let scene = Scene::find(text("/transfer_scene_id").expect(CHECKED));
        let scene = scene.ok_or(ApiError::NO_TRANSFER_SCENE)?;
        check_report(scene, &request)?;
        let perception = match text("/user_recv_perception") {
            None => scene.perceptions[0],
            Some(said) if scene.perceptions.contains(&said) => said,
            Some(_) => return Err(ApiError::BAD_PERCEPTION),
        };
        Ok(NewTransfer {
            key: BillKey {
                mchid: caller.mchid.clone(),
                out_bill_no: text("/out_bill_no").expect(CHECKED).to_owned(),
            },
            appid,
            openid,
            user,
            amount: Fen::new(amount).expect(CHECKED),
            remark: text("/transfer_remark").expect(CHECKED).to_owned(),
            perception: perception.to_owned(),
            user_name,
            notify_url: text("/notify_url").map(str::to_owned),
            request,
        })
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

const CHECKED: &str = "the table demands it";
