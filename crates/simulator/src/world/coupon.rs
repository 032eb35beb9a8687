//! Coupons (代金券): what lowers what a person pays, and who pays the difference (v3 §4.5, §5.3).
//!
//! ```text
//! given to a person ─► taken by the first payment it fits ─► the person pays less
//!     CASH     somebody paid for it in advance: the merchant is settled the whole amount
//!     NOCASH   nobody did: the merchant is settled less
//! refunded ─► each refund gives the coupon's part of it back to the campaign, not to the person
//! ```
//!
//! Campaigns themselves are not simulated: a coupon is there because somebody gave it. A payment
//! takes one coupon at most, and it lowers the whole order.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use suanpan_wechat::{Fen, id::Mchid};

use super::{
    order::{Order, Payment, Refund, RefundStatus},
    register::{LARGEST_BALANCE, RegisterError},
    settle::USER_EXISTS,
    state::{Change, MONEY_FITS, State, World},
};

/// Characters of a coupon's name, and bytes of the numbers and the tag that go with it.
const NAME_CHARS: usize = 64;
const ID_BYTES: usize = 32;

/// Who has paid for a coupon before anybody uses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CouponKind {
    /// Somebody, in advance (充值券, 预充值).
    Cash,
    /// Nobody (免充值).
    Nocash,
}

impl CouponKind {
    /// As on the wire.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Cash => "CASH",
            Self::Nocash => "NOCASH",
        }
    }
}

/// Whose campaign it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CouponFunder {
    /// The merchant's own.
    #[default]
    Merchant,
    /// WeChat's.
    Wechatpay,
    /// Somebody else's, a bank's for example.
    Other,
}

/// A coupon somebody holds or has used.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Coupon {
    /// Its number.
    pub coupon_id: String,
    /// The campaign's number.
    pub stock_id: String,
    /// For people.
    pub name: String,
    /// Whether somebody has paid for it.
    pub kind: CouponKind,
    /// Who gives it.
    pub funder: CouponFunder,
    /// By how much it lowers a payment.
    pub amount: Fen,
    /// The smallest order it is good for; always above `amount`.
    pub minimum: Fen,
    /// Only for orders with this `goods_tag`.
    pub goods_tag: Option<String>,
    /// Only for orders of this merchant, provider or sub-merchant.
    pub mchid: Option<Mchid>,
}

/// A coupon to be given.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewCoupon {
    /// Whether somebody has paid for it.
    pub kind: CouponKind,
    /// Who gives it; the merchant when nothing is said.
    #[serde(default)]
    pub funder: CouponFunder,
    /// By how much it lowers a payment.
    pub amount_fen: Fen,
    /// The smallest order it is good for; absent: one fen above the amount.
    #[serde(default)]
    pub minimum_fen: Option<Fen>,
    /// For people.
    #[serde(default)]
    pub name: Option<String>,
    /// The campaign's number; absent: one of its own.
    #[serde(default)]
    pub stock_id: Option<String>,
    /// Only for orders with this `goods_tag`.
    #[serde(default)]
    pub goods_tag: Option<String>,
    /// Only for orders of this merchant, provider or sub-merchant.
    #[serde(default)]
    pub mchid: Option<Mchid>,
}

/// What of a refund was the coupon's.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct CouponRefund {
    /// The coupon.
    pub coupon_id: String,
    /// Whether somebody had paid for it.
    pub kind: CouponKind,
    /// What it had lowered the payment by.
    pub amount: Fen,
    /// This refund's part of that.
    pub refunded: Fen,
}

/// Every coupon that can still be used, by who holds it, and the campaigns' money.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub(crate) struct Coupons {
    held: BTreeMap<String, BTreeMap<String, Coupon>>,
    /// What refunds gave back to campaigns.
    returned: Fen,
}

impl Coupons {
    /// The money in coupons nobody has used and in campaigns.
    pub(crate) fn money(&self) -> impl Iterator<Item = Fen> {
        let held = self.held.values().flat_map(BTreeMap::values);
        let paid = held.filter(|coupon| coupon.kind == CouponKind::Cash);
        paid.map(|coupon| coupon.amount).chain([self.returned])
    }

    /// Whether everybody who holds one is somebody; for worlds out of a file.
    pub(crate) fn stand(&self, state: &State) -> bool {
        self.held.keys().all(|user| state.users.contains_key(user))
            && self.held.values().flatten().all(|(id, coupon)| {
                coupon.coupon_id == *id
                    && Fen::ZERO < coupon.amount
                    && coupon.amount < coupon.minimum
            })
    }
}

impl Coupon {
    fn fits(&self, order: &Order) -> bool {
        order.total >= self.minimum
            && self.goods_tag.as_deref().is_none_or(|tag| order.goods_tag().as_deref() == Some(tag))
            && self
                .mchid
                .as_ref()
                .is_none_or(|mchid| order.mchid == *mchid || order.payee() == mchid)
    }

    /// What one of the three contributed.
    pub(crate) fn contribution(&self, funder: CouponFunder) -> Fen {
        if self.funder == funder { self.amount } else { Fen::ZERO }
    }
}

impl Order {
    fn goods_tag(&self) -> Option<String> {
        self.request.text("/goods_tag")
    }

    fn coupon(&self) -> Option<&Coupon> {
        self.payment.as_ref()?.coupon.as_ref()
    }

    /// What the person paid, or would without a coupon.
    #[must_use]
    pub fn payer_total(&self) -> Fen {
        let discount = self.coupon().map(|coupon| coupon.amount).unwrap_or_default();
        self.total.checked_sub(discount).unwrap_or_default()
    }

    /// What the merchant is settled, before the fee.
    #[must_use]
    pub fn settlement_total(&self) -> Fen {
        let unpaid = self.coupon().filter(|coupon| coupon.kind == CouponKind::Nocash);
        let unpaid = unpaid.map(|coupon| coupon.amount).unwrap_or_default();
        self.total.checked_sub(unpaid).unwrap_or_default()
    }
}

impl Refund {
    fn part(&self, wanted: impl Fn(&CouponRefund) -> bool) -> Fen {
        let part = self.coupon.as_ref().filter(|part| wanted(part));
        part.map(|part| part.refunded).unwrap_or_default()
    }

    /// The coupon's part, which the person does not get.
    #[must_use]
    pub fn discount_refund(&self) -> Fen {
        self.part(|_| true)
    }

    /// What goes back to a campaign that had paid for its coupon.
    pub(crate) fn campaign_refund(&self) -> Fen {
        self.part(|part| part.kind == CouponKind::Cash)
    }

    /// What the person gets.
    #[must_use]
    pub fn payer_refund(&self) -> Fen {
        self.refund.checked_sub(self.discount_refund()).unwrap_or_default()
    }

    /// What the merchant gives back.
    #[must_use]
    pub fn settlement_refund(&self) -> Fen {
        without_unpaid(self.refund, self.coupon.as_ref())
    }
}

/// What a merchant gives back of a refund: nobody had paid it the rest.
pub(crate) fn without_unpaid(refund: Fen, coupon: Option<&CouponRefund>) -> Fen {
    let unpaid = coupon.filter(|part| part.kind == CouponKind::Nocash);
    let unpaid = unpaid.map(|part| part.refunded).unwrap_or_default();
    refund.checked_sub(unpaid).unwrap_or_default()
}

impl World {
    /// The coupons a person can use.
    #[must_use]
    pub fn coupons(&self, user: &str) -> Option<Vec<Coupon>> {
        let held = self.state.coupons.held.get(user);
        let held = held.into_iter().flat_map(BTreeMap::values).cloned().collect();
        self.state.users.contains_key(user).then_some(held)
    }

    /// Gives a person a coupon. What a campaign pays for in advance enters the world with it.
    ///
    /// # Errors
    /// When there is no such person or merchant, or a value is outside its rule.
    pub fn give_coupon(&mut self, user: &str, wanted: NewCoupon) -> Result<Coupon, RegisterError> {
        if !self.state.users.contains_key(user) {
            return Err(RegisterError::unknown("user", user));
        }
        if let Some(mchid) = wanted.mchid.as_ref().filter(|mchid| !self.state.has_merchant(mchid)) {
            return Err(RegisterError::unknown("mchid", mchid));
        }
        let amount = wanted.amount_fen;
        if amount == Fen::ZERO || amount.count() > LARGEST_BALANCE {
            return Err(RegisterError::Invalid("a coupon is worth 1 fen to ten billion yuan"));
        }
        let one_more = Fen::new(amount.count() + 1).expect("above an amount");
        let minimum = wanted.minimum_fen.unwrap_or(one_more);
        if minimum <= amount {
            return Err(RegisterError::Invalid("minimum_fen must be above amount_fen"));
        }
        let name = wanted.name.unwrap_or_else(|| "代金券".to_owned());
        let ids = [&wanted.stock_id, &wanted.goods_tag];
        let within = |text: &str| (1..=ID_BYTES).contains(&text.len());
        if !(1..=NAME_CHARS).contains(&name.chars().count())
            || !ids.into_iter().flatten().all(|text| within(text))
        {
            return Err(RegisterError::Invalid(
                "a name has 1 to 64 characters, stock_id and goods_tag 1 to 32 bytes",
            ));
        }
        let coupon = Coupon {
            coupon_id: self.coupon_number(),
            stock_id: wanted.stock_id.unwrap_or_else(|| self.coupon_number()),
            name,
            kind: wanted.kind,
            funder: wanted.funder,
            amount,
            minimum,
            goods_tag: wanted.goods_tag,
            mchid: wanted.mchid,
        };
        if coupon.kind == CouponKind::Cash {
            self.state.mint(amount);
        }
        let held = self.state.coupons.held.entry(user.to_owned()).or_default();
        held.insert(coupon.coupon_id.clone(), coupon.clone());
        self.changes.insert(Change::Wallet);
        Ok(coupon)
    }

    /// The shape of these numbers is unconfirmed.
    fn coupon_number(&mut self) -> String {
        let sequence = self.state.next_sequence() % 1_000_000;
        format!("{}{sequence:06}", self.state.chance.digits(6))
    }

    /// Which coupon each of these orders would take if this person paid them together: the one that
    /// lowers most, and none twice. How WeChat chooses is unconfirmed.
    pub(crate) fn coupons_for(&self, orders: &[&Order], user: &str) -> Vec<Option<&Coupon>> {
        let mut taken = BTreeSet::new();
        let choose = |order: &&Order| {
            let held = self.state.coupons.held.get(user)?.values();
            let free = held.filter(|coupon| !taken.contains(&coupon.coupon_id));
            let best = free
                .filter(|coupon| coupon.fits(order))
                .max_by_key(|coupon| (coupon.amount, Reverse(&coupon.coupon_id)))?;
            taken.insert(&best.coupon_id);
            Some(best)
        };
        orders.iter().map(choose).collect()
    }

    /// What leaves this person's wallet if they pay these orders together.
    pub(crate) fn payable(&self, orders: &[&Order], user: &str) -> Fen {
        let coupons = self.coupons_for(orders, user);
        let payable = orders.iter().zip(coupons).map(|(order, coupon)| {
            let discount = coupon.map(|coupon| coupon.amount).unwrap_or_default();
            order.total.checked_sub(discount).unwrap_or_default()
        });
        Fen::checked_sum(payable).expect(MONEY_FITS)
    }

    /// A payment takes it; nobody else can.
    pub(crate) fn use_coupon(&mut self, user: &str, coupon: &Coupon) {
        let held = self.state.coupons.held.get_mut(user).expect(USER_EXISTS);
        held.remove(&coupon.coupon_id);
    }

    /// The coupon's part of a refund: in proportion to all that was refunded so far, so that the last
    /// refund takes what rounding left over. The rounding is unconfirmed.
    pub(crate) fn coupon_part(
        &self,
        order: &Order,
        payment: &Payment,
        refund: Fen,
    ) -> Option<CouponRefund> {
        let coupon = payment.coupon.as_ref()?;
        let open = || self.refunds_of(order).filter(|one| one.status != RefundStatus::Closed);
        let sum = |amounts: Vec<Fen>| Fen::checked_sum(amounts).expect(MONEY_FITS).count();
        let given = sum(open().map(|one| one.refund).collect());
        let given_of_coupon = sum(open().map(Refund::discount_refund).collect());
        let (total, refund) = (order.total.count(), refund.count());
        let product = i128::from(given + refund) * i128::from(coupon.amount.count());
        let due = (2 * product + i128::from(total)) / (2 * i128::from(total));
        let due = i64::try_from(due).expect("a part of a coupon is no more than it");
        // Neither the coupon nor the person ever gets back more than they paid.
        let payer_left = order.payer_total().count() - (given - given_of_coupon);
        let least = (refund - payer_left).max(0);
        let most = (coupon.amount.count() - given_of_coupon).min(refund);
        let refunded = Fen::new((due - given_of_coupon).max(least).min(most)).unwrap_or_default();
        Some(CouponRefund {
            coupon_id: coupon.coupon_id.clone(),
            kind: coupon.kind,
            amount: coupon.amount,
            refunded,
        })
    }

    /// What a campaign had paid for comes back to it.
    pub(crate) fn return_to_campaign(&mut self, amount: Fen) {
        let coupons = &mut self.state.coupons;
        coupons.returned = coupons.returned.checked_add(amount).expect(MONEY_FITS);
    }
}
