//! Partner mode: a service provider calls for its sub-merchant (v2 §19).
//!
//! The provider's numbers, key and certificate stand for the call; the order and its money are the
//! sub-merchant's. Whatever was ordered for one is found only by a call that names it, and never by
//! one that names nobody.

use suanpan_wechat::id::{Appid, Mchid};

use super::{failure::Failure, gate::Caller, xml::Fields};
use crate::world::{
    order::{Order, Partner, Refund},
    state::World,
};

/// For whom a call says it is, as far as it can be read.
pub(super) fn named(fields: &Fields) -> Option<Partner> {
    Some(Partner {
        sub_mchid: Mchid::new(fields.get("sub_mch_id")?).ok()?,
        sub_appid: fields.get("sub_appid").and_then(|text| Appid::new(text).ok()),
    })
}

impl World {
    /// Whether the caller may act for the sub-merchant it names, through the app it names.
    pub(super) fn check_provider(&self, caller: &Caller) -> Result<(), Failure> {
        let fields = &caller.fields;
        if fields.get("sub_mch_id").is_none() {
            return Ok(());
        }
        let partner = caller.partner.as_ref().ok_or(Failure::malformed("sub_mch_id"))?;
        if partner.sub_mchid == caller.mchid {
            return Err(Failure::SUB_MERCHANT_IS_OWN);
        }
        let known = self.state.merchants[&caller.mchid].sub_merchants.get(&partner.sub_mchid);
        let sub_merchant = known.ok_or(Failure::NO_PARTNERSHIP)?;
        if !sub_merchant.active {
            return Err(Failure::PARTNERSHIP_ENDED);
        }
        match (&partner.sub_appid, fields.get("sub_appid")) {
            (None, Some(_)) => Err(Failure::malformed("sub_appid")),
            (Some(appid), _) if !sub_merchant.appids.contains(appid) => Err(Failure::OTHER_SUB_APP),
            _ => Ok(()),
        }
    }
}

impl Caller {
    fn sub_mchid(&self) -> Option<&Mchid> {
        self.partner.as_ref().map(|partner| &partner.sub_mchid)
    }

    /// Whether the order was placed for whom this call is.
    pub(super) fn may_see(&self, order: &Order) -> bool {
        order.sub_mchid() == self.sub_mchid()
    }

    /// The same for a refund.
    pub(super) fn may_see_refund(&self, refund: &Refund) -> bool {
        refund.sub_mchid.as_ref() == self.sub_mchid()
    }
}
