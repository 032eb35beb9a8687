use std::fmt;

use crate::Fen;

/// A coupon that was used. Recorded, never compared: what was ordered is the order's total.
///
/// Observed, not documented: the payer's total is the order's total less all `amount`s, and the
/// merchant is settled the order's total less those of type [`PromotionType::Nocash`].
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Promotion {
    /// The coupon.
    pub coupon_id: String,
    /// Its name.
    #[serde(default)]
    pub name: Option<String>,
    /// What it lowers.
    #[serde(default, deserialize_with = "crate::json::empty_as_absent")]
    pub scope: Option<PromotionScope>,
    /// Whether it was paid for in advance.
    #[serde(default, rename = "type", deserialize_with = "crate::json::empty_as_absent")]
    pub kind: Option<PromotionType>,
    /// By how much, in fen.
    pub amount: Fen,
    /// The campaign.
    #[serde(default)]
    pub stock_id: Option<String>,
    /// WeChat's share of `amount`.
    #[serde(default)]
    pub wechatpay_contribute: Option<Fen>,
    /// The merchant's share of `amount`.
    #[serde(default)]
    pub merchant_contribute: Option<Fen>,
    /// Everybody else's share of `amount`.
    #[serde(default)]
    pub other_contribute: Option<Fen>,
    /// Absent means `CNY`.
    #[serde(default)]
    pub currency: Option<String>,
    /// The articles it lowered.
    #[serde(default, deserialize_with = "crate::json::null_as_empty")]
    pub goods_detail: Vec<PromotionGoods>,
}

/// An article a coupon lowered.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct PromotionGoods {
    /// The merchant's or WeChat's number.
    pub goods_id: String,
    /// How many.
    pub quantity: u32,
    /// The price of one, in fen.
    pub unit_price: Fen,
    /// By how much, in fen.
    pub discount_amount: Fen,
    /// A remark.
    #[serde(default)]
    pub goods_remark: Option<String>,
}

super::open_enum! {
    /// What a coupon lowers.
    PromotionScope {
        /// The whole order.
        Global = "GLOBAL",
        /// Single articles.
        Single = "SINGLE",
    }
}

super::open_enum! {
    /// Who has already paid for a coupon.
    PromotionType {
        /// Somebody, in advance: the merchant is settled as if the user had paid it.
        Cash = "CASH",
        /// Nobody: the merchant is settled less.
        Nocash = "NOCASH",
    }
}
