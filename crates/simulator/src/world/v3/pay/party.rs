//! Who orders, and for whom: a merchant for itself, or a provider for a sub-merchant (v3 §4.2, §4.3).

use serde_json::Value;
use suanpan_wechat::id::{Appid, Mchid};

use super::super::{
    error::ApiError,
    gate::Caller,
    schema::{self, ALPHANUMERIC, Field, MCHID, matching, optional, required},
};
use crate::world::{
    exchange::HttpRequest,
    identity::SubMerchant,
    order::{Order, Partner},
    state::World,
};

/// Which of the two, told by the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// `/v3/pay/transactions/…`
    Direct,
    /// `/v3/pay/partner/transactions/…`
    Partner,
}

/// The merchants and apps of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parties {
    pub(crate) mchid: Mchid,
    pub(crate) appid: Appid,
    pub(crate) partner: Option<Partner>,
}

static DIRECT: &[Field] = &[
    required("appid", "公众号ID", matching(1, 32, &ALPHANUMERIC)),
    required("mchid", "直连商户号", matching(1, 32, &MCHID)),
];

static PARTNER: &[Field] = &[
    required("sp_appid", "服务商应用ID", matching(1, 32, &ALPHANUMERIC)),
    required("sp_mchid", "服务商户号", matching(1, 32, &MCHID)),
    optional("sub_appid", "子商户应用ID", matching(1, 32, &ALPHANUMERIC)),
    required("sub_mchid", "子商户号", matching(1, 32, &MCHID)),
];

static CLOSE_DIRECT: &[Field] = &[required("mchid", "直连商户号", matching(1, 32, &MCHID))];

static CLOSE_PARTNER: &[Field] = &[
    required("sp_mchid", "服务商户号", matching(1, 32, &MCHID)),
    required("sub_mchid", "子商户号", matching(1, 32, &MCHID)),
];

impl Mode {
    /// What a body says about the parties of a new order.
    pub(super) const fn fields(self) -> &'static [Field] {
        match self {
            Self::Direct => DIRECT,
            Self::Partner => PARTNER,
        }
    }

    pub(super) const fn close_fields(self) -> &'static [Field] {
        match self {
            Self::Direct => CLOSE_DIRECT,
            Self::Partner => CLOSE_PARTNER,
        }
    }

    /// The parties of a body that passed [`Mode::fields`].
    pub(super) fn parties(self, request: &Value) -> Parties {
        const CHECKED: &str = "the table demands it";
        let mchid = |name| Mchid::new(text(request, name).expect(CHECKED)).expect(CHECKED);
        let appid = |text: &str| Appid::new(text).expect("the table demands letters and digits");
        match self {
            Self::Direct => Parties {
                mchid: mchid("mchid"),
                appid: appid(text(request, "appid").expect(CHECKED)),
                partner: None,
            },
            Self::Partner => Parties {
                mchid: mchid("sp_mchid"),
                appid: appid(text(request, "sp_appid").expect(CHECKED)),
                partner: Some(Partner {
                    sub_mchid: mchid("sub_mchid"),
                    sub_appid: text(request, "sub_appid").map(appid),
                }),
            },
        }
    }

    /// Whether the order was placed by this caller in this mode, for the sub-merchant named here.
    fn check_owner(
        self,
        order: &Order,
        caller: &Caller,
        mchid: Option<&str>,
        sub_mchid: Option<&str>,
    ) -> Result<(), ApiError> {
        if mchid != Some(caller.mchid.as_str()) {
            return Err(ApiError::OTHER_MCHID);
        }
        match (self, order.sub_mchid()) {
            (Self::Direct, None) => Ok(()),
            (Self::Partner, Some(known)) if sub_mchid == Some(known.as_str()) => Ok(()),
            (Self::Partner, Some(_)) => Err(ApiError::OTHER_SUB_MCHID),
            (Self::Direct, Some(_)) | (Self::Partner, None) => Err(ApiError::ORDER_NOT_EXIST),
        }
    }

    /// The same for a body that passed [`Mode::close_fields`].
    pub(super) fn check_body(
        self,
        order: Option<&Order>,
        caller: &Caller,
        request: &Value,
    ) -> Result<(), ApiError> {
        let (mchid, sub_mchid) = match self {
            Self::Direct => (text(request, "mchid"), None),
            Self::Partner => (text(request, "sp_mchid"), text(request, "sub_mchid")),
        };
        if mchid != Some(caller.mchid.as_str()) {
            return Err(ApiError::OTHER_MCHID);
        }
        self.check_owner(order.ok_or(ApiError::ORDER_NOT_EXIST)?, caller, mchid, sub_mchid)
    }

    /// The same for a query: it names the merchants, and must not repeat the path's value.
    pub(super) fn check_query(
        self,
        order: Option<&Order>,
        caller: &Caller,
        request: &HttpRequest,
        (in_path, label): (&str, &str),
    ) -> Result<(), ApiError> {
        if request.query(in_path).is_some() {
            return Err(ApiError::param(
                format!(
                    "无法将输入源“/query/{in_path}”映射到目标字段“{label}”中，此字段并非多重字段但被输入源“/uri_template/{in_path}”映射过了。"
                ),
                None,
            ));
        }
        let wanted = |name: &str, label| {
            let missing = || schema::missing("query", &format!("/query/{name}"), label);
            request.query(name).ok_or_else(missing)
        };
        let (mchid, sub_mchid) = match self {
            Self::Direct => (wanted("mchid", "直连商户号")?, None),
            Self::Partner => {
                (wanted("sp_mchid", "服务商户号")?, Some(wanted("sub_mchid", "子商户号")?))
            }
        };
        if mchid != caller.mchid.as_str() {
            return Err(ApiError::OTHER_MCHID);
        }
        let order = order.ok_or(ApiError::ORDER_NOT_EXIST)?;
        self.check_owner(order, caller, Some(&mchid), sub_mchid.as_deref())
    }
}

impl World {
    /// Whether the caller may order as these parties.
    pub(super) fn check_parties(&self, caller: &Caller, parties: &Parties) -> Result<(), ApiError> {
        if parties.mchid != caller.mchid {
            return Err(ApiError::OTHER_MCHID);
        }
        if !self.state.merchants[&parties.mchid].appids.contains(&parties.appid) {
            return Err(ApiError::APPID_MCHID_NOT_MATCH);
        }
        self.check_partner(parties)
    }

    /// Whether a provider may order for this sub-merchant, through this app of theirs.
    pub(in super::super) fn check_partner(&self, parties: &Parties) -> Result<(), ApiError> {
        let Some(Partner { sub_mchid, sub_appid }) = &parties.partner else { return Ok(()) };
        let sub_merchant = self.check_relation(&parties.mchid, sub_mchid)?;
        match sub_appid {
            Some(sub_appid) if !sub_merchant.appids.contains(sub_appid) => {
                Err(ApiError::SUB_APPID_NOT_MATCH)
            }
            Some(_) | None => Ok(()),
        }
    }

    /// The sub-merchant a provider may act for.
    pub(crate) fn check_relation(
        &self,
        mchid: &Mchid,
        sub_mchid: &Mchid,
    ) -> Result<&SubMerchant, ApiError> {
        if mchid == sub_mchid {
            return Err(ApiError::SUB_MCHID_IS_OWN);
        }
        let known = self.state.merchants[mchid].sub_merchants.get(sub_mchid);
        let sub_merchant = known.ok_or(ApiError::NO_PARTNERSHIP)?;
        if sub_merchant.active { Ok(sub_merchant) } else { Err(ApiError::RELATION_ENDED) }
    }
}

fn text<'a>(request: &'a Value, name: &str) -> Option<&'a str> {
    request.get(name).and_then(Value::as_str)
}
