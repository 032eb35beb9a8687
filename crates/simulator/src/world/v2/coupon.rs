//! What coupons did to a payment and to a refund, in v2's words (v2 §7, §9.3, §10).
//!
//! Amounts that a coupon leaves as they are stand only where one changes them, and its kind only
//! where nobody had paid for it.

use serde_json::json;

use super::xml::Document;
use crate::world::{
    coupon::{Coupon, CouponFunder, CouponKind},
    order::{Order, Payment, Refund},
};

/// Unlike v3, with an underscore.
const NO_CASH: &str = "NO_CASH";

fn is_unpaid(kind: CouponKind) -> bool {
    kind == CouponKind::Nocash
}

/// What stands beside the total of an order: what is settled of it.
pub(super) fn settled(order: &Order) -> Document {
    let coupon = order.payment.as_ref().and_then(|payment| payment.coupon.as_ref());
    match coupon {
        Some(coupon) if is_unpaid(coupon.kind) => {
            Document::default().number("settlement_total_fee", order.settlement_total().count())
        }
        Some(_) | None => Document::default(),
    }
}

/// The coupon that lowered a payment.
pub(super) fn of_payment(payment: &Payment) -> Document {
    let Some(coupon) = &payment.coupon else { return Document::default() };
    let said =
        Document::default().number("coupon_fee", coupon.amount.count()).number("coupon_count", 1);
    let said = if is_unpaid(coupon.kind) { said.text("coupon_type_0", NO_CASH) } else { said };
    said.text("coupon_id_0", &coupon.coupon_id).number("coupon_fee_0", coupon.amount.count())
}

/// What an order that names a `version` is told besides.
pub(super) fn asked_for(order: &Order, payment: &Payment) -> Document {
    match order.request.text("/version").as_deref() {
        Some(version) if order.v2.is_some() => {
            Document::default().text("version", version).then(promotion_detail(payment))
        }
        Some(_) | None => Document::default(),
    }
}

/// The coupon as JSON inside one member.
pub(super) fn promotion_detail(payment: &Payment) -> Document {
    let Some(coupon) = &payment.coupon else { return Document::default() };
    let Coupon { coupon_id, stock_id, name, kind, amount, .. } = coupon;
    let promotion = json!({
        "promotion_id": coupon_id,
        "name": name,
        "scope": "GLOBAL",
        "type": if is_unpaid(*kind) { "DISCOUNT" } else { "COUPON" },
        "amount": amount,
        "activity_id": stock_id,
        "wxpay_contribute": coupon.contribution(CouponFunder::Wechatpay),
        "merchant_contribute": coupon.contribution(CouponFunder::Merchant),
        "other_contribute": coupon.contribution(CouponFunder::Other),
    });
    let detail = json!({ "promotion_detail": [promotion] });
    Document::default().text("promotion_detail", detail)
}

/// The coupon's part of a refund; `suffix` is the refund's number among several.
pub(super) fn of_refund(refund: &Refund, suffix: &str) -> Document {
    let name = |name: &str| format!("{name}{suffix}");
    let said =
        Document::default().number(name("coupon_refund_fee"), refund.discount_refund().count());
    let Some(part) = &refund.coupon else {
        return said.number(name("coupon_refund_count"), 0);
    };
    let said = said.number(name("coupon_refund_count"), 1);
    let said = if is_unpaid(part.kind) {
        said.number(name("settlement_refund_fee"), refund.settlement_refund().count())
            .text(format!("coupon_type{suffix}_0"), NO_CASH)
    } else {
        said
    };
    said.text(format!("coupon_refund_id{suffix}_0"), &part.coupon_id)
        .number(format!("coupon_refund_fee{suffix}_0"), part.refunded.count())
}
