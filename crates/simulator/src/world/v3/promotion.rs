//! `promotion_detail`: what coupons did to a payment and to a refund (v3 §4.5, §5.3).

use suanpan_wechat::Fen;

use crate::world::{
    coupon::{Coupon, CouponFunder, CouponRefund},
    order::{Payment, Refund},
};

/// A coupon lowers the whole order here, never single articles.
const SCOPE: &str = "GLOBAL";

/// Members alphabetical.
#[derive(serde::Serialize)]
pub(super) struct Promotion<'a> {
    amount: Fen,
    coupon_id: &'a str,
    currency: &'static str,
    merchant_contribute: Fen,
    name: &'a str,
    other_contribute: Fen,
    scope: &'static str,
    stock_id: &'a str,
    r#type: &'static str,
    wechatpay_contribute: Fen,
}

impl<'a> Promotion<'a> {
    fn of(coupon: &'a Coupon) -> Self {
        Self {
            amount: coupon.amount,
            coupon_id: &coupon.coupon_id,
            currency: "CNY",
            merchant_contribute: coupon.contribution(CouponFunder::Merchant),
            name: &coupon.name,
            other_contribute: coupon.contribution(CouponFunder::Other),
            scope: SCOPE,
            stock_id: &coupon.stock_id,
            r#type: coupon.kind.as_str(),
            wechatpay_contribute: coupon.contribution(CouponFunder::Wechatpay),
        }
    }
}

/// What of it concerns a refund. `type` has the words of the documents; some SDKs know `COUPON` and
/// `DISCOUNT` instead.
#[derive(serde::Serialize)]
pub(super) struct RefundPromotion<'a> {
    amount: Fen,
    promotion_id: &'a str,
    refund_amount: Fen,
    scope: &'static str,
    r#type: &'static str,
}

impl<'a> RefundPromotion<'a> {
    fn of(part: &'a CouponRefund) -> Self {
        Self {
            amount: part.amount,
            promotion_id: &part.coupon_id,
            refund_amount: part.refunded,
            scope: SCOPE,
            r#type: part.kind.as_str(),
        }
    }
}

pub(super) fn of_payment(payment: Option<&Payment>) -> Vec<Promotion<'_>> {
    let coupon = payment.and_then(|payment| payment.coupon.as_ref());
    coupon.map(Promotion::of).into_iter().collect()
}

pub(super) fn of_refund(refund: &Refund) -> Vec<RefundPromotion<'_>> {
    refund.coupon.as_ref().map(RefundPromotion::of).into_iter().collect()
}
