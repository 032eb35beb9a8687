//! A payment as WeChat states it: in a query's answer, in a charge's answer and in a notification.

use std::fmt;

use crate::{
    Fen, Timestamp,
    call::Malformed,
    id::{Openid, OutTradeNo, TransactionId},
    pay::{TradeType, open_enum},
    pay_v2::{Merchant, value, xml::Fields},
};

/// A payment that was made
/// (<https://pay.weixin.qq.com/wiki/doc/api/jsapi.php?chapter=9_2> and `chapter=9_7`).
///
/// Compare `merchant`, `out_trade_no`, `total_fee` and `fee_type` with the order before anything
/// else is done (threat n11).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paid {
    /// Who was paid.
    pub merchant: Merchant,
    /// The merchant's number.
    pub out_trade_no: OutTradeNo,
    /// WeChat's number.
    pub transaction_id: TransactionId,
    /// How it was paid.
    pub trade_type: TradeType,
    /// What was ordered, in fen.
    pub total_fee: Fen,
    /// Absent means `CNY`.
    pub fee_type: Option<String>,
    /// What is settled: the total less coupons somebody else pays for. Only with such coupons.
    pub settlement_total_fee: Option<Fen>,
    /// What the payer gave: the total less all coupons. Recorded, never compared (threat n12).
    pub cash_fee: Option<Fen>,
    /// The currency of `cash_fee`.
    pub cash_fee_type: Option<String>,
    /// The sum of all coupons.
    pub coupon_fee: Option<Fen>,
    /// The coupons.
    pub coupons: Vec<Coupon>,
    /// When it was paid.
    pub time_end: Timestamp,
    /// Which bank and kind of card, or `OTHERS`. Hundreds of values, new ones without notice.
    pub bank_type: Option<String>,
    /// The payer, as `appid` knows them.
    pub openid: Option<Openid>,
    /// Whether the payer follows the official account; since 2026 always no.
    pub is_subscribe: Option<bool>,
    /// The payer, as `sub_appid` knows them.
    pub sub_openid: Option<Openid>,
    /// Whether the payer follows the sub-merchant's official account.
    pub sub_is_subscribe: Option<bool>,
    /// As in the order.
    pub device_info: Option<String>,
    /// As in the order.
    pub attach: Option<String>,
    /// Promotions on single goods, a JSON text; only with orders that had a `detail`.
    pub promotion_detail: Option<String>,
}

/// One coupon that was used, or that comes back with a refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coupon {
    /// Who pays for it; only said when not everything is `CASH`.
    pub kind: Option<CouponType>,
    /// WeChat's number.
    pub id: String,
    /// In fen.
    pub fee: Fen,
}

open_enum! {
    /// Who pays for a coupon.
    CouponType {
        /// Funded in advance: the merchant gets the money.
        Cash = "CASH",
        /// Not funded: the merchant does not get it.
        NoCash = "NO_CASH",
    }
}

impl Paid {
    pub(crate) fn read(fields: &Fields) -> Result<Self, Malformed> {
        let coupon_count = fields.optional_count("coupon_count")?.unwrap_or(0);
        Ok(Self {
            merchant: Merchant::read(fields)?,
            out_trade_no: fields.required("out_trade_no")?,
            transaction_id: fields.required("transaction_id")?,
            trade_type: fields.required("trade_type")?,
            total_fee: fields.required_fen("total_fee")?,
            fee_type: fields.text("fee_type"),
            settlement_total_fee: fields.optional_fen("settlement_total_fee")?,
            cash_fee: fields.optional_fen("cash_fee")?,
            cash_fee_type: fields.text("cash_fee_type"),
            coupon_fee: fields.optional_fen("coupon_fee")?,
            coupons: PAYMENT_COUPONS.read(fields, "", coupon_count)?,
            time_end: fields.required_time("time_end")?,
            bank_type: fields.text("bank_type"),
            openid: fields.optional("openid")?,
            is_subscribe: yes(fields, "is_subscribe")?,
            sub_openid: fields.optional("sub_openid")?,
            sub_is_subscribe: yes(fields, "sub_is_subscribe")?,
            device_info: fields.text("device_info"),
            attach: fields.text("attach"),
            promotion_detail: fields.text("promotion_detail"),
        })
    }
}

fn yes(fields: &Fields, name: &'static str) -> Result<Option<bool>, Malformed> {
    fields.parsed(name, name, |text| match text {
        "Y" => Some(true),
        "N" => Some(false),
        _ => None,
    })
}

/// The names of a numbered list of coupons, which start alike and differ by message.
pub(crate) struct CouponNames {
    kind: &'static str,
    id: &'static str,
    fee: &'static str,
}

pub(crate) const PAYMENT_COUPONS: CouponNames =
    CouponNames { kind: "coupon_type", id: "coupon_id", fee: "coupon_fee" };

pub(crate) const REFUND_COUPONS: CouponNames =
    CouponNames { kind: "coupon_type", id: "coupon_refund_id", fee: "coupon_refund_fee" };

impl CouponNames {
    /// Reads `…{suffix}_0` and following: `count` of them, or as many as are there. Coupons are for
    /// the books; a list shorter than promised must not hide a payment.
    pub(crate) fn read(
        &self,
        fields: &Fields,
        suffix: &str,
        count: usize,
    ) -> Result<Vec<Coupon>, Malformed> {
        let mut coupons = Vec::new();
        for number in 0..count {
            let name = |stem: &str| format!("{stem}{suffix}_{number}");
            let fee = fields.parsed(&name(self.fee), self.fee, value::fen)?;
            let (Some(id), Some(fee)) = (fields.text(&name(self.id)), fee) else { break };
            let kind = fields.text(&name(self.kind)).map(CouponType::from);
            coupons.push(Coupon { kind, id, fee });
        }
        Ok(coupons)
    }
}
