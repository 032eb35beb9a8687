//! Who may receive: `POST /v3/profitsharing/receivers/{add,delete}`.

use serde_json::Value;
use suanpan_wechat::{id::Mchid, sensitive::SensitiveText};

use super::{
    super::{
        answer::Answer,
        error::ApiError,
        gate::Caller,
        schema::{
            self, ALPHANUMERIC, Field, Pattern, VISIBLE, bytes, chars, matching, optional, required,
        },
    },
    CHECKED, RECEIVER_TYPE, SUB_APPID, SUB_MCHID,
};
use crate::world::{sharing::Receiver, state::World};

static ADD: &[Field] = &[
    required("appid", "公众账号ID", matching(1, 32, &ALPHANUMERIC)),
    required("type", "分账接收方类型", matching(1, 32, &RECEIVER_TYPE)),
    required("account", "分账接收方账号", matching(1, 64, &VISIBLE)),
    optional("name", "分账接收方全称", bytes(1024)),
    required("relation_type", "与分账方的关系类型", matching(1, 32, &RELATION)),
    optional("custom_relation", "自定义的分账关系", chars(10)),
];

static DELETE: &[Field] = &[
    required("appid", "公众账号ID", matching(1, 32, &ALPHANUMERIC)),
    required("type", "分账接收方类型", matching(1, 32, &RECEIVER_TYPE)),
    required("account", "分账接收方账号", matching(1, 64, &VISIBLE)),
];

/// `SERVICE_PROVIDER` is only for providers.
static RELATION: Pattern = Pattern {
    regex: "^(SERVICE_PROVIDER|STORE|STAFF|STORE_OWNER|PARTNER|HEADQUARTER|BRAND|DISTRIBUTOR|USER|SUPPLIER|CUSTOM)$",
    matches: |text| {
        matches!(
            text,
            "SERVICE_PROVIDER"
                | "STORE"
                | "STAFF"
                | "STORE_OWNER"
                | "PARTNER"
                | "HEADQUARTER"
                | "BRAND"
                | "DISTRIBUTOR"
                | "USER"
                | "SUPPLIER"
                | "CUSTOM"
        )
    },
};

#[derive(serde::Serialize)]
struct Added<'a> {
    account: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_relation: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<SensitiveText>,
    relation_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_mchid: Option<&'a Mchid>,
    r#type: &'static str,
}

#[derive(serde::Serialize)]
struct Deleted<'a> {
    account: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_mchid: Option<&'a Mchid>,
    r#type: &'static str,
}

impl World {
    pub(super) fn name_receiver(
        &mut self,
        caller: &Caller,
        body: &[u8],
    ) -> Result<Answer, ApiError> {
        let request = schema::read(body, &[SUB_MCHID, SUB_APPID, ADD])?;
        let payer = self.read_payer(caller, &request)?;
        let text = |pointer| schema::text(&request, pointer);
        let receiver = self.read_receiver(&payer, &request)?;
        let relation_type = text("/relation_type").expect(CHECKED);
        if relation_type == "SERVICE_PROVIDER" && payer.sub_mchid.is_none() {
            return Err(ApiError::NO_SUB_MCHID);
        }
        let custom_relation = text("/custom_relation");
        if (relation_type == "CUSTOM") != custom_relation.is_some() {
            return Err(schema::missing("body", "/body/custom_relation", "自定义的分账关系"));
        }
        let name = self.check_name(caller, &receiver, &request)?;
        self.add_receiver(payer.mchid(caller), receiver.clone());
        Ok(Answer::json(&Added {
            account: receiver.account(),
            custom_relation,
            name: name.and_then(|name| self.seal_sensitive(caller, &name)),
            relation_type,
            sub_mchid: payer.sub_mchid.as_ref(),
            r#type: receiver.kind(),
        }))
    }

    /// Merchants are named in full; a person's name is compared if it is given. The words are
    /// unconfirmed.
    fn check_name(
        &self,
        caller: &Caller,
        receiver: &Receiver,
        request: &Value,
    ) -> Result<Option<String>, ApiError> {
        let name = schema::text(request, "/name");
        let name = name.map(|sealed| self.open_sensitive(caller, sealed)).transpose()?;
        let real = match receiver {
            Receiver::Merchant(mchid) => {
                if name.is_none() {
                    return Err(schema::missing("body", "/body/name", "分账接收方全称"));
                }
                self.merchant_name(mchid)
            }
            Receiver::Person { openid, .. } | Receiver::SubPerson { openid, .. } => {
                let known = self.state.openids.get(openid);
                known.and_then(|(_, user)| self.state.users[user].user.real_name.as_deref())
            }
        };
        match name.as_deref().zip(real) {
            Some((given, real)) if given != real => Err(ApiError::RECEIVER_NAME),
            _ => Ok(name),
        }
    }

    pub(super) fn unname_receiver(
        &mut self,
        caller: &Caller,
        body: &[u8],
    ) -> Result<Answer, ApiError> {
        let request = schema::read(body, &[SUB_MCHID, SUB_APPID, DELETE])?;
        let payer = self.read_payer(caller, &request)?;
        let receiver = self.read_receiver(&payer, &request)?;
        if !self.delete_receiver(payer.mchid(caller), &receiver) {
            return Err(ApiError::NO_RELATION);
        }
        Ok(Answer::json(&Deleted {
            account: receiver.account(),
            sub_mchid: payer.sub_mchid.as_ref(),
            r#type: receiver.kind(),
        }))
    }
}
