use std::fmt;

use crate::{
    Fen, Timestamp,
    id::{Mchid, OutRefundNo, OutTradeNo, RefundId, TransactionId},
    pay::{PromotionScope, open_enum},
};

/// A refund as WeChat knows it: the answer to create, query and abnormal refund
/// (<https://pay.weixin.qq.com/doc/v3/merchant/4012791863>), and the content of a notification
/// (<https://pay.weixin.qq.com/doc/v3/merchant/4012791865>, which calls its state `refund_status`).
///
/// Both are one statement about one refund, so they are one type (docs/decisions/0004). What only
/// the answers have is optional, and so is what nothing depends on: a refund must not stay unknown
/// because a member that only describes it is missing.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Refund {
    /// Whose refund. Only in notifications; those for service providers name the other two.
    #[serde(default)]
    pub mchid: Option<Mchid>,
    /// The service provider. Only in its notifications.
    #[serde(default)]
    pub sp_mchid: Option<Mchid>,
    /// The service provider's merchant. Only in its notifications.
    #[serde(default)]
    pub sub_mchid: Option<Mchid>,
    /// WeChat's number.
    pub refund_id: RefundId,
    /// The merchant's number.
    pub out_refund_no: OutRefundNo,
    /// The payment it belongs to.
    pub transaction_id: TransactionId,
    /// The merchant's number of that payment.
    pub out_trade_no: OutTradeNo,
    /// Where the refund stands.
    #[serde(alias = "refund_status")]
    pub status: RefundStatus,
    /// When WeChat accepted it. Only in answers.
    #[serde(default, deserialize_with = "crate::json::empty_as_absent")]
    pub create_time: Option<Timestamp>,
    /// When the money arrived; only with `SUCCESS`.
    #[serde(default, deserialize_with = "crate::json::empty_as_absent")]
    pub success_time: Option<Timestamp>,
    /// Which way it goes back. Only in answers.
    #[serde(default, deserialize_with = "crate::json::empty_as_absent")]
    pub channel: Option<Channel>,
    /// Where it goes, in words: `支付用户零钱`, or a bank and the last digits of a card.
    #[serde(default)]
    pub user_received_account: Option<String>,
    /// Where the money comes from. Only in answers.
    #[serde(default, deserialize_with = "crate::json::empty_as_absent")]
    pub funds_account: Option<FundsAccount>,
    /// The money.
    pub amount: RefundAmount,
    /// The coupons that are taken back. Only in answers.
    #[serde(default, deserialize_with = "crate::json::null_as_empty")]
    pub promotion_detail: Vec<RefundPromotion>,
}

/// The money of a refund, in fen.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct RefundAmount {
    /// What was ordered originally.
    pub total: Fen,
    /// What goes back, coupons included.
    pub refund: Fen,
    /// The accounts that pay it.
    #[serde(default, deserialize_with = "crate::json::null_as_empty")]
    pub from: Vec<RefundShare>,
    /// What the user had paid, after coupons.
    #[serde(default)]
    pub payer_total: Option<Fen>,
    /// What the user gets back.
    #[serde(default)]
    pub payer_refund: Option<Fen>,
    /// What of the refund concerns the merchant's settlement. Only in answers.
    #[serde(default)]
    pub settlement_refund: Option<Fen>,
    /// What of the order was to be settled. Only in answers.
    #[serde(default)]
    pub settlement_total: Option<Fen>,
    /// What goes back into coupons. Only in answers.
    #[serde(default)]
    pub discount_refund: Option<Fen>,
    /// The fee that is given back. Only in answers.
    #[serde(default)]
    pub refund_fee: Option<Fen>,
    /// Absent means `CNY`.
    #[serde(default)]
    pub currency: Option<String>,
}

/// A part of a refund, and the account that pays it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct RefundShare {
    /// The account.
    pub account: FundsAccount,
    /// How much.
    pub amount: Fen,
}

/// A coupon that a refund takes back.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct RefundPromotion {
    /// The coupon.
    pub promotion_id: String,
    /// What it had lowered.
    #[serde(default, deserialize_with = "crate::json::empty_as_absent")]
    pub scope: Option<PromotionScope>,
    /// Who had paid for it.
    #[serde(default, rename = "type", deserialize_with = "crate::json::empty_as_absent")]
    pub kind: Option<RefundPromotionType>,
    /// By how much it had lowered the order, in fen.
    pub amount: Fen,
    /// How much of that is taken back, in fen.
    pub refund_amount: Fen,
    /// The articles it had lowered.
    #[serde(default, deserialize_with = "crate::json::null_as_empty")]
    pub goods_detail: Vec<RefundPromotionGoods>,
}

/// An article whose coupon is taken back.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct RefundPromotionGoods {
    /// The merchant's number.
    pub merchant_goods_id: String,
    /// WeChat's number.
    #[serde(default)]
    pub wechatpay_goods_id: Option<String>,
    /// Its name.
    #[serde(default)]
    pub goods_name: Option<String>,
    /// The price of one, in fen.
    pub unit_price: Fen,
    /// What goes back for it, in fen.
    pub refund_amount: Fen,
    /// How many come back.
    pub refund_quantity: u32,
}

open_enum! {
    /// Where a refund stands.
    RefundStatus {
        /// Accepted, under way.
        Processing = "PROCESSING",
        /// The money is back.
        Success = "SUCCESS",
        /// Given up by WeChat; a new number may be tried.
        Closed = "CLOSED",
        /// The user's account did not take it; a person must choose another way.
        Abnormal = "ABNORMAL",
    }
}

open_enum! {
    /// Which way a refund goes back.
    Channel {
        /// The way it was paid.
        Original = "ORIGINAL",
        /// To the balance.
        Balance = "BALANCE",
        /// The user's account did not take it: to another balance.
        OtherBalance = "OTHER_BALANCE",
        /// The user's card did not take it: to another card.
        OtherBankcard = "OTHER_BANKCARD",
    }
}

open_enum! {
    /// An account of the merchant.
    FundsAccount {
        /// What is not settled yet.
        Unsettled = "UNSETTLED",
        /// The available balance.
        Available = "AVAILABLE",
        /// The frozen balance.
        Unavailable = "UNAVAILABLE",
        /// The operating account.
        Operation = "OPERATION",
        /// The basic account.
        Basic = "BASIC",
        /// The basic account for digital renminbi.
        EcnyBasic = "ECNY_BASIC",
    }
}

open_enum! {
    /// Who had paid for a coupon. WeChat's libraries know the first two names, its pages of 2026
    /// the others; both are taken.
    RefundPromotionType {
        /// Somebody, in advance.
        Coupon = "COUPON",
        /// Nobody.
        Discount = "DISCOUNT",
        /// Somebody, in advance.
        Cash = "CASH",
        /// Nobody.
        Nocash = "NOCASH",
    }
}
