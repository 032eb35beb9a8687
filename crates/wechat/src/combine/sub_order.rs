use std::collections::HashSet;

use crate::{
    Fen,
    id::{Appid, Mchid, OutTradeNo},
    pay::{Currency, partner::SettleInfo},
    text::{Attach, Description, GoodsTag, wire_text},
};

/// One order of a combined order.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct SubOrder {
    /// The merchant who is paid; with a `sub_mchid`, its provider.
    pub mchid: Mchid,
    /// The sub-merchant who is paid. All sub-orders have one, or none has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub_mchid: Option<Mchid>,
    /// The sub-merchant's app.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub_appid: Option<Appid>,
    /// Unique per mchid.
    pub out_trade_no: OutTradeNo,
    /// Shown in the user's bill.
    pub description: Description,
    /// Given back in notification and query once paid. Required here, unlike in basic payment.
    pub attach: Attach,
    /// What is to be paid.
    pub amount: SubAmount,
    /// The articles, as free text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<SubOrderDetail>,
    /// Which coupons may be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub goods_tag: Option<GoodsTag>,
    /// What happens to the money. It cannot change when the order is sent again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settle_info: Option<SettleInfo>,
}

impl SubOrder {
    /// The members every sub-order has.
    #[must_use]
    pub const fn new(
        mchid: Mchid,
        out_trade_no: OutTradeNo,
        description: Description,
        attach: Attach,
        amount: SubAmount,
    ) -> Self {
        Self {
            mchid,
            sub_mchid: None,
            sub_appid: None,
            out_trade_no,
            description,
            attach,
            amount,
            detail: None,
            goods_tag: None,
            settle_info: None,
        }
    }
}

wire_text!(
    /// The articles of a sub-order. WeChat's pages name no limit; what basic payment takes is
    /// taken here.
    SubOrderDetail, "detail", 1..=6144 bytes
);

/// The amount of a sub-order. Mind the name: basic payment calls it `total`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct SubAmount {
    total_amount: Fen,
    currency: Currency,
}

/// The amount cannot be ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("amount.total_amount must be 1 to 1000000000 fen")]
pub struct InvalidSubAmount;

impl SubAmount {
    /// Ten million yuan, the most one sub-order can ask for.
    pub const MAX: Fen = match Fen::new(1_000_000_000) {
        Ok(fen) => fen,
        Err(_) => unreachable!(),
    };

    /// # Errors
    /// When `total_amount` is nothing, or above [`SubAmount::MAX`].
    pub fn new(total_amount: Fen) -> Result<Self, InvalidSubAmount> {
        if total_amount == Fen::ZERO || total_amount > Self::MAX {
            Err(InvalidSubAmount)
        } else {
            Ok(Self { total_amount, currency: Currency::Cny })
        }
    }

    /// What is to be paid.
    #[must_use]
    pub const fn total_amount(&self) -> Fen {
        self.total_amount
    }
}

/// The orders of a combined order: 2 to 10 of merchants, or 1 to 50 of sub-merchants.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(transparent)]
pub struct SubOrders(Vec<SubOrder>);

/// The sub-orders cannot be combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidSubOrders {
    /// Too few or too many.
    #[error("sub_orders must be 2 to 10 of merchants, or 1 to 50 of sub-merchants")]
    Count,
    /// Some have a `sub_mchid` and some have not.
    #[error("either all sub_orders have a sub_mchid, or none has")]
    MixedModes,
    /// Two have the same number under the same mchid.
    #[error("two sub_orders of one mchid have the same out_trade_no")]
    SameNumber,
    /// A `sub_appid` belongs to a sub-merchant.
    #[error("a sub_appid needs a sub_mchid")]
    AppWithoutSubMerchant,
}

impl SubOrders {
    /// Keeps the order given.
    ///
    /// # Errors
    /// See [`InvalidSubOrders`].
    pub fn new(sub_orders: Vec<SubOrder>) -> Result<Self, InvalidSubOrders> {
        let of_sub_merchants = sub_orders.iter().filter(|order| order.sub_mchid.is_some()).count();
        if of_sub_merchants != 0 && of_sub_merchants != sub_orders.len() {
            return Err(InvalidSubOrders::MixedModes);
        }
        let allowed = if of_sub_merchants == 0 { 2..=10 } else { 1..=50 };
        if !allowed.contains(&sub_orders.len()) {
            return Err(InvalidSubOrders::Count);
        }
        let stray_app = |order: &SubOrder| order.sub_appid.is_some() && order.sub_mchid.is_none();
        if sub_orders.iter().any(stray_app) {
            return Err(InvalidSubOrders::AppWithoutSubMerchant);
        }
        let mut numbers = HashSet::new();
        if !sub_orders.iter().all(|order| numbers.insert((&order.mchid, &order.out_trade_no))) {
            return Err(InvalidSubOrders::SameNumber);
        }
        Ok(Self(sub_orders))
    }

    /// The orders, in the order given.
    #[must_use]
    pub fn as_slice(&self) -> &[SubOrder] {
        &self.0
    }

    /// What the user pays, before coupons.
    #[must_use]
    pub fn total(&self) -> Fen {
        Fen::checked_sum(self.0.iter().map(|order| order.amount.total_amount))
            .expect("fifty times ten million yuan fit")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(number: usize) -> SubOrder {
        SubOrder::new(
            Mchid::new("1900000109").unwrap(),
            OutTradeNo::new(format!("2015080612534{number:03}")).unwrap(),
            Description::new("d1").unwrap(),
            Attach::new("a").unwrap(),
            SubAmount::new(Fen::new(10).unwrap()).unwrap(),
        )
    }

    fn of_sub_merchant(number: usize) -> SubOrder {
        SubOrder { sub_mchid: Some(Mchid::new("1900000179").unwrap()), ..order(number) }
    }

    #[test]
    fn merchants_combine_two_to_ten_and_providers_up_to_fifty() {
        for (count, direct, partner) in [
            (0, false, false),
            (1, false, true),
            (2, true, true),
            (10, true, true),
            (11, false, true),
            (50, false, true),
            (51, false, false),
        ] {
            assert_eq!(SubOrders::new((0..count).map(order).collect()).is_ok(), direct, "{count}");
            let orders = SubOrders::new((0..count).map(of_sub_merchant).collect());
            assert_eq!(orders.is_ok(), partner, "{count}");
        }
    }

    #[test]
    fn what_contradicts_itself_is_not_combined() {
        let mixed = vec![order(1), of_sub_merchant(2)];
        assert_eq!(SubOrders::new(mixed), Err(InvalidSubOrders::MixedModes));
        assert_eq!(SubOrders::new(vec![order(1), order(1)]), Err(InvalidSubOrders::SameNumber));
        let other = SubOrder { mchid: Mchid::new("1900000199").unwrap(), ..order(1) };
        assert!(SubOrders::new(vec![order(1), other]).is_ok());
        let stray = SubOrder { sub_appid: Some(Appid::new("wx1").unwrap()), ..order(2) };
        let stray = SubOrders::new(vec![order(1), stray]);
        assert_eq!(stray, Err(InvalidSubOrders::AppWithoutSubMerchant));
    }

    #[test]
    fn o02_a_sub_order_asks_for_something_up_to_ten_million_yuan() {
        assert!(SubAmount::new(Fen::ZERO).is_err());
        assert!(SubAmount::new(Fen::new(1_000_000_001).unwrap()).is_err());
        let most = SubAmount::new(SubAmount::MAX).unwrap();
        let orders = (0..50).map(|number| SubOrder { amount: most, ..of_sub_merchant(number) });
        assert_eq!(SubOrders::new(orders.collect()).unwrap().total().count(), 50_000_000_000);
    }
}
