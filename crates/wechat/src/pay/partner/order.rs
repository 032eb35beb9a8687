use crate::{
    Fen,
    id::{Appid, Mchid, Openid},
};

/// Who sells: a sub-merchant, through its provider.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Merchant {
    sp_appid: Appid,
    sp_mchid: Mchid,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_appid: Option<Appid>,
    sub_mchid: Mchid,
}

/// The members of an order contradict each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidOrder {
    /// A provider cannot sell to itself: that is a direct order.
    #[error("sub_mchid must differ from sp_mchid")]
    OwnSubMerchant,
    /// A `sub_openid` is a person as the `sub_appid` knows them.
    #[error("payer.sub_openid needs sub_appid")]
    UnknownPayer,
}

impl Merchant {
    /// `sp_appid` is bound to `sp_mchid`, and `sub_mchid` has entrusted itself to it.
    ///
    /// # Errors
    /// When provider and sub-merchant are the same.
    pub fn new(sp_appid: Appid, sp_mchid: Mchid, sub_mchid: Mchid) -> Result<Self, InvalidOrder> {
        if sp_mchid == sub_mchid {
            return Err(InvalidOrder::OwnSubMerchant);
        }
        Ok(Self { sp_appid, sp_mchid, sub_appid: None, sub_mchid })
    }

    /// Names the sub-merchant's own app, bound to `sub_mchid`. The order can then be paid there,
    /// and WeChat tells how that app knows the payer.
    #[must_use]
    pub fn with_sub_appid(self, sub_appid: Appid) -> Self {
        Self { sub_appid: Some(sub_appid), ..self }
    }

    /// The provider's app.
    #[must_use]
    pub const fn sp_appid(&self) -> &Appid {
        &self.sp_appid
    }

    /// The provider, who signs.
    #[must_use]
    pub const fn sp_mchid(&self) -> &Mchid {
        &self.sp_mchid
    }

    /// The sub-merchant's app.
    #[must_use]
    pub const fn sub_appid(&self) -> Option<&Appid> {
        self.sub_appid.as_ref()
    }

    /// The sub-merchant, who is paid.
    #[must_use]
    pub const fn sub_mchid(&self) -> &Mchid {
        &self.sub_mchid
    }
}

/// Who will pay, as one of the two apps knows them. Exactly one is sent.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(untagged)]
pub enum Payer {
    /// The payer has the provider's page or mini program open.
    OfProvider {
        /// As the `sp_appid` knows them.
        sp_openid: Openid,
    },
    /// The payer has the sub-merchant's page or mini program open.
    OfSubMerchant {
        /// As the `sub_appid` knows them.
        sub_openid: Openid,
    },
}

/// What happens to the money after it arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct SettleInfo {
    /// Freezes the money until it has been shared, for 30 days at most.
    pub profit_sharing: bool,
    /// What the platform adds to the sub-merchant's money. Platforms only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subsidy_amount: Option<Fen>,
}
