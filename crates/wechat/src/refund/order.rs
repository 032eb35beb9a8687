use std::num::NonZeroU32;

use crate::{
    Fen,
    id::{Mchid, OutRefundNo, OutTradeNo, TransactionId},
    pay::{Currency, to_body},
    text::{GoodsName, MerchantGoodsId, NotifyUrl, WechatpayGoodsId, wire_text},
};

/// A refund as WeChat wants it (<https://pay.weixin.qq.com/doc/v3/merchant/4012791862>). Serialise
/// it once, store the bytes, repeat those bytes: a number that comes back with other parameters is
/// refused.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Order {
    /// The merchant a service provider refunds for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub_mchid: Option<Mchid>,
    /// The payment to refund: at most a year old, and refunded at most fifty times.
    #[serde(flatten)]
    pub payment: Payment,
    /// The merchant's number for this refund, kept for its whole life.
    pub out_refund_no: OutRefundNo,
    /// Shown to the user, except for a part of at most one yuan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// Where the refund notification goes; without it, where the merchant console says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notify_url: Option<NotifyUrl>,
    /// Where the money comes from, if WeChat shall not choose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub funds_account: Option<FundsSource>,
    /// The money.
    pub amount: Amount,
    /// The articles that come back, for orders with coupons on single goods.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub goods_detail: Vec<Goods>,
}

impl Order {
    /// A refund with only what is needed.
    #[must_use]
    pub fn new(payment: Payment, out_refund_no: OutRefundNo, amount: Amount) -> Self {
        Self {
            sub_mchid: None,
            payment,
            out_refund_no,
            reason: None,
            notify_url: None,
            funds_account: None,
            amount,
            goods_detail: Vec::new(),
        }
    }
}

to_body!(Order);

/// The payment to refund, by either number.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Payment {
    /// WeChat's number. The safer one: it names one payment, whatever the merchant's books say.
    TransactionId(TransactionId),
    /// The merchant's number.
    OutTradeNo(OutTradeNo),
}

wire_text!(
    /// Why money goes back, as the user's message shows it.
    Reason, "reason", 1..=80 bytes
);

/// An account of the merchant that a refund may be taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "UPPERCASE")]
#[non_exhaustive]
pub enum FundsSource {
    /// The available balance. Merchants of the old kind are otherwise charged on what is not
    /// settled yet.
    Available,
    /// What is not settled yet; in special cases only.
    Unsettled,
}

/// The money of a refund request.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Amount {
    refund: Fen,
    total: Fen,
    currency: Currency,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    from: Vec<Share>,
}

/// A part of a refund, and the account that pays it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Share {
    /// The account.
    pub account: ShareAccount,
    /// How much, in fen, above zero.
    pub amount: Fen,
}

/// An account that pays a part of a refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ShareAccount {
    /// The available balance.
    Available,
    /// The frozen balance.
    Unavailable,
}

/// The money cannot be refunded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidAmount {
    /// Nothing, or more than was paid.
    #[error("amount.refund must be at least 1 fen and at most amount.total")]
    Refund,
    /// The accounts pay nothing, one twice, or more than goes back.
    #[error("amount.from must name each account once, with at most amount.refund together")]
    From,
}

impl Amount {
    /// `total` is what the order asked for originally, not what is left of it.
    ///
    /// # Errors
    /// When `refund` is nothing or more than `total`.
    pub fn new(refund: Fen, total: Fen) -> Result<Self, InvalidAmount> {
        if refund == Fen::ZERO || refund > total {
            return Err(InvalidAmount::Refund);
        }
        Ok(Self { refund, total, currency: Currency::Cny, from: Vec::new() })
    }

    /// Says which accounts pay how much.
    ///
    /// # Errors
    /// When a share is nothing, an account is named twice, or together they pay more than goes
    /// back.
    pub fn with_shares(self, from: Vec<Share>) -> Result<Self, InvalidAmount> {
        let paid = Fen::checked_sum(from.iter().map(|share| share.amount));
        let repeated = from
            .iter()
            .enumerate()
            .any(|(at, share)| from[..at].iter().any(|known| known.account == share.account));
        let empty = from.iter().any(|share| share.amount == Fen::ZERO);
        if empty || repeated || paid.is_none_or(|paid| paid > self.refund) {
            return Err(InvalidAmount::From);
        }
        Ok(Self { from, ..self })
    }

    /// What goes back.
    #[must_use]
    pub const fn refund(&self) -> Fen {
        self.refund
    }

    /// What was ordered originally.
    #[must_use]
    pub const fn total(&self) -> Fen {
        self.total
    }
}

/// An article that comes back.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Goods {
    /// The merchant's number.
    pub merchant_goods_id: MerchantGoodsId,
    /// WeChat's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wechatpay_goods_id: Option<WechatpayGoodsId>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub goods_name: Option<GoodsName>,
    /// The price of one, in fen.
    pub unit_price: Fen,
    /// What goes back for it, in fen.
    pub refund_amount: Fen,
    /// How many come back.
    pub refund_quantity: NonZeroU32,
}
