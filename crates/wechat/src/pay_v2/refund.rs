//! Refunding: `POST /secapi/pay/refund`, with the merchant's client certificate.

use std::{fmt, num::NonZeroU32};

use crate::{
    Fen,
    call::Malformed,
    id::{OutRefundNo, OutTradeNo, RefundId, TransactionId},
    pay::open_enum,
    pay_v2::{
        Call, Endpoint, Merchant, Number, Text,
        paid::{Coupon, REFUND_COUPONS},
        purchase::{InvalidRequest, json, positive},
        xml::Fields,
    },
    text::NotifyUrl,
};

/// A refund (<https://pay.weixin.qq.com/wiki/doc/api/jsapi.php?chapter=9_4>). Make its
/// [`Order::parameters`] once, store them, and repeat those: a new number refunds twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Who was paid.
    pub merchant: Merchant,
    /// The payment to refund.
    pub number: Number,
    /// The merchant's number for this refund, kept for its whole life.
    pub out_refund_no: OutRefundNo,
    /// What was paid originally.
    pub total_fee: Fen,
    /// What goes back; above zero, with all refunds before at most `total_fee`.
    pub refund_fee: Fen,
    /// Shown to the payer.
    pub refund_desc: Option<Text<80>>,
    /// Where the money comes from. Only for merchants whose funds are settled the old way.
    pub refund_account: Option<RefundAccount>,
    /// Where the refund notification goes, instead of the address in the merchant console.
    pub notify_url: Option<NotifyUrl>,
    /// Which goods come back, for orders that had a `detail`; empty for none.
    pub goods_detail: Vec<ReturnedGoods>,
}

open_enum! {
    /// Where the money of a refund comes from.
    RefundAccount {
        /// What is not settled yet.
        Unsettled = "REFUND_SOURCE_UNSETTLED_FUNDS",
        /// The merchant's balance.
        Recharge = "REFUND_SOURCE_RECHARGE_FUNDS",
    }
}

/// One kind of goods that comes back.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ReturnedGoods {
    /// As in the order.
    pub goods_id: Text<32>,
    /// As in the order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wxpay_goods_id: Option<Text<32>>,
    /// As in the order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub goods_name: Option<Text<256>>,
    /// What goes back for all of them, in fen.
    pub refund_amount: Fen,
    /// How many come back.
    pub refund_quantity: NonZeroU32,
    /// For one, in fen.
    pub price: Fen,
}

#[derive(serde::Serialize)]
struct Detail<'a> {
    goods_detail: &'a [ReturnedGoods],
}

impl Order {
    /// What is sent, to be stored before it is sent.
    ///
    /// # Errors
    /// When an amount is zero or impossible, or the goods are too many.
    pub fn parameters(&self) -> Result<Fields, InvalidRequest> {
        if self.refund_fee > self.total_fee {
            return Err(InvalidRequest { field: "refund_fee", rule: "at most total_fee" });
        }
        let mut fields = Fields::default();
        self.merchant.write(&mut fields);
        self.number.write(&mut fields);
        fields.put("out_refund_no", &self.out_refund_no);
        fields.put("total_fee", positive("total_fee", self.total_fee)?);
        fields.put("refund_fee", positive("refund_fee", self.refund_fee)?);
        fields.put("refund_fee_type", "CNY");
        fields.put_some("refund_desc", self.refund_desc.as_ref());
        fields.put_some("refund_account", self.refund_account.as_ref());
        fields.put_some("notify_url", self.notify_url.as_ref().map(NotifyUrl::as_str));
        if !self.goods_detail.is_empty() {
            let detail = Detail { goods_detail: &self.goods_detail };
            fields.put("detail", json("detail", 6000, "at most 6000 characters", &detail)?);
        }
        Ok(fields)
    }
}

/// Sends a refund, new or stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Create {
    /// Exactly what [`Order::parameters`] made the first time.
    pub parameters: Fields,
}

/// WeChat accepted a refund. That is not a refund yet: query it, or wait for the notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// WeChat's number of the payment.
    pub transaction_id: TransactionId,
    /// The merchant's number of the payment.
    pub out_trade_no: OutTradeNo,
    /// The merchant's number of the refund.
    pub out_refund_no: OutRefundNo,
    /// WeChat's number of the refund.
    pub refund_id: RefundId,
    /// What goes back.
    pub refund_fee: Fen,
    /// What goes back less coupons somebody else pays for.
    pub settlement_refund_fee: Option<Fen>,
    /// What was paid originally.
    pub total_fee: Fen,
    /// What was settled originally.
    pub settlement_total_fee: Option<Fen>,
    /// Absent means `CNY`.
    pub fee_type: Option<String>,
    /// What the payer gave originally.
    pub cash_fee: Option<Fen>,
    /// Its currency.
    pub cash_fee_type: Option<String>,
    /// What the payer gets back.
    pub cash_refund_fee: Option<Fen>,
    /// The sum of all coupons that come back.
    pub coupon_refund_fee: Option<Fen>,
    /// The coupons that come back.
    pub coupons: Vec<Coupon>,
    /// JSON about the discounts that were taken back, for a refund that names goods.
    pub promotion_detail: Option<String>,
}

impl Endpoint for Create {
    const NAME: &'static str = "v2.refund";
    const NEEDS_CERTIFICATE: bool = true;

    /// Refunds that name goods have an endpoint of their own.
    fn path(&self) -> &'static str {
        match self.parameters.get("detail") {
            Some(_) => "/secapi/pay/refundv2",
            None => "/secapi/pay/refund",
        }
    }

    fn parameters(&self) -> Fields {
        self.parameters.clone()
    }
}

impl Call for Create {
    type Answer = Accepted;

    fn read(&self, answer: &Fields) -> Result<Accepted, Malformed> {
        let coupon_count = answer.optional_count("coupon_refund_count")?.unwrap_or(0);
        Ok(Accepted {
            transaction_id: answer.required("transaction_id")?,
            out_trade_no: answer.required("out_trade_no")?,
            out_refund_no: answer.required("out_refund_no")?,
            refund_id: answer.required("refund_id")?,
            refund_fee: answer.required_fen("refund_fee")?,
            settlement_refund_fee: answer.optional_fen("settlement_refund_fee")?,
            total_fee: answer.required_fen("total_fee")?,
            settlement_total_fee: answer.optional_fen("settlement_total_fee")?,
            fee_type: answer.text("fee_type"),
            cash_fee: answer.optional_fen("cash_fee")?,
            cash_fee_type: answer.text("cash_fee_type"),
            cash_refund_fee: answer.optional_fen("cash_refund_fee")?,
            coupon_refund_fee: answer.optional_fen("coupon_refund_fee")?,
            coupons: REFUND_COUPONS.read(answer, "", coupon_count)?,
            promotion_detail: answer.text("promotion_detail"),
        })
    }
}
