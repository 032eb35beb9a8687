//! A world that comes from a file somebody may have edited.
//!
//! Inside a world much is taken for granted: every prepay id has an order, every payer is somebody,
//! money adds up. A file proves none of it, so it is all looked at before the world runs, and a
//! world that would fall over later is refused now.

use std::sync::Arc;

use suanpan_wechat::{id::Mchid, key::KeyError};

use super::{
    audit::AuditError,
    method::check_cards,
    order::Order,
    register::{RegisterError, check_identity},
    state::{State, World},
    suite::Suite,
};

/// Why a state is no world.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// A merchant that could not have been registered.
    #[error("merchant {mchid}: {source}")]
    Merchant {
        /// Which.
        mchid: Mchid,
        /// Why.
        source: RegisterError,
    },
    /// A key in it is not one of the suite's.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Its books are wrong.
    #[error("its books are wrong: {0}")]
    Books(#[from] AuditError),
    /// Something refers to what is not there.
    #[error("{what} refers to something that is not in it")]
    Dangling {
        /// What does.
        what: String,
    },
}

impl World {
    /// Continues a world out of a file, once everything in it has been looked at.
    ///
    /// # Errors
    /// See [`ImportError`].
    pub fn import(state: State, suite: Arc<dyn Suite>) -> Result<Self, ImportError> {
        for merchant in state.merchants.values() {
            check_identity(merchant).map_err(|source| ImportError::Merchant {
                mchid: merchant.mchid.clone(),
                source,
            })?;
        }
        state.check_people()?;
        state.check_orders()?;
        state.check_refunds()?;
        state.check_gifts()?;
        state.check_messages()?;
        let world = Self::restore(state, suite)?;
        world.audit()?;
        match world.every_ticket_has_a_bill() {
            true => Ok(world),
            false => Err(dangling("the download address of a bill")),
        }
    }
}

fn dangling(what: impl Into<String>) -> ImportError {
    ImportError::Dangling { what: what.into() }
}

fn demand(holds: bool, what: impl FnOnce() -> String) -> Result<(), ImportError> {
    if holds { Ok(()) } else { Err(dangling(what())) }
}

impl State {
    fn check_people(&self) -> Result<(), ImportError> {
        for (name, person) in &self.users {
            let known = self.apps.keys().all(|appid| person.user.openids.contains_key(appid));
            let stands = person.user.name == *name && check_cards(&person.user.cards).is_ok();
            demand(known && stands, || format!("user {name}"))?;
        }
        for (openid, (appid, user)) in &self.openids {
            let known = self.users.contains_key(user) && self.apps.contains_key(appid);
            demand(known, || format!("openid {openid}"))?;
        }
        if let Some(what) = self.open.dangling(self) {
            return Err(dangling(what));
        }
        for (mchid, merchant) in &self.merchants {
            let known = merchant.mchid == *mchid
                && self.accounts.contains_key(mchid)
                && merchant.appids.iter().all(|appid| self.apps.contains_key(appid))
                && merchant.sub_merchants.iter().all(|(mchid, sub)| {
                    sub.mchid == *mchid
                        && self.accounts.contains_key(mchid)
                        && sub.appids.iter().all(|appid| self.apps.contains_key(appid))
                });
            demand(known, || format!("merchant {mchid}"))?;
        }
        demand(self.accounts.keys().all(|mchid| self.has_merchant(mchid)), || {
            "an account".to_owned()
        })
    }

    /// Whether the number is a merchant's or a sub-merchant's.
    pub(crate) fn has_merchant(&self, mchid: &Mchid) -> bool {
        let mut merchants = self.merchants.values();
        self.merchants.contains_key(mchid)
            || merchants.any(|merchant| merchant.sub_merchants.contains_key(mchid))
    }

    fn check_orders(&self) -> Result<(), ImportError> {
        for (mchid, orders) in &self.orders {
            for (number, order) in orders {
                let stands = order.mchid == *mchid && order.out_trade_no == *number;
                demand(stands && self.has_parts_of(order), || {
                    format!("order {number} of {mchid}")
                })?;
            }
        }
        demand(self.combined.stands(self), || "a combined order".to_owned())?;
        demand(self.payment_codes.stands(self), || "a payment code".to_owned())?;
        demand(self.sandboxes.stands(self), || "a sandbox".to_owned())?;
        for (id, prepay) in &self.prepays {
            let order = self.order(&prepay.mchid, &prepay.out_trade_no);
            demand(order.is_some() && prepay.prepay_id == *id, || format!("prepay_id {id}"))?;
        }
        for (id, (mchid, number)) in &self.transactions {
            let order = self.order(mchid, number);
            demand(order.is_some_and(Order::is_paid), || format!("transaction_id {id}"))?;
        }
        Ok(())
    }

    fn has_parts_of(&self, order: &Order) -> bool {
        let somebody = |user: &String| self.users.contains_key(user);
        let refunds = self.refunds.get(&order.mchid);
        self.merchants.contains_key(&order.mchid)
            && self.apps.contains_key(&order.appid)
            && order.partner.iter().all(|partner| {
                self.merchants[&order.mchid].sub_merchants.contains_key(&partner.sub_mchid)
                    && partner.sub_appid.iter().all(|appid| self.apps.contains_key(appid))
            })
            && order.combine.iter().all(|combine| {
                let combined = self.combined.get(&combine.mchid, &combine.number);
                combined.is_some_and(|combined| combined.parts.contains(&order.key()))
            })
            && order.payment.iter().all(|payment| somebody(&payment.user))
            && order.under_way.iter().all(|payer| somebody(&payer.user))
            && order
                .refunds
                .iter()
                .all(|number| refunds.is_some_and(|refunds| refunds.contains_key(number)))
    }

    fn check_refunds(&self) -> Result<(), ImportError> {
        for (mchid, refunds) in &self.refunds {
            for (number, refund) in refunds {
                let order = self.order(mchid, &refund.out_trade_no);
                let stands = refund.mchid == *mchid
                    && refund.out_refund_no == *number
                    && order.is_some_and(|order| order.is_paid() && order.refunds.contains(number));
                demand(stands, || format!("refund {number} of {mchid}"))?;
            }
        }
        Ok(())
    }

    /// Money for people and merchants that is no payment of theirs.
    fn check_gifts(&self) -> Result<(), ImportError> {
        demand(self.coupons.stand(self), || "a coupon".to_owned())?;
        demand(self.sharings.stand(self), || "a share".to_owned())?;
        demand(self.transfers.stand(self), || "a transfer".to_owned())?;
        demand(self.authorizations.stand(self), || "a permission to transfer".to_owned())
    }

    fn check_messages(&self) -> Result<(), ImportError> {
        for (id, notification) in &self.notifications {
            let stands = notification.id == *id && self.merchants.contains_key(&notification.mchid);
            demand(stands, || format!("notification {id}"))?;
        }
        Ok(())
    }
}
