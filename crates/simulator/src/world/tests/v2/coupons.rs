//! Coupons in v2's words: what was paid is less than what was ordered.

use super::*;

const ORDER: (&str, &str) = ("out_trade_no", "order-0001");

impl Counter {
    fn give(&mut self, kind: &str) -> String {
        let wanted = json!({
            "kind": kind, "funder": "wechatpay", "amount_fen": 250, "name": "春茶立减",
            "stock_id": "15646546545165651651",
        });
        let coupon = self.till.world.give_coupon("amei", serde_json::from_value(wanted).unwrap());
        self.till.world.audit().unwrap();
        coupon.unwrap().coupon_id
    }

    fn sell_reduced(&mut self) -> BTreeMap<String, String> {
        let placed = self.order(ORDER.1, 1000, &[("version", "1.0")]).ok();
        self.pay(self.invoke(placed.get("prepay_id"))).unwrap();
        let delivery = self.till.due().remove(0);
        let told = read(std::str::from_utf8(&delivery.body).unwrap(), "xml");
        assert_eq!(told["sign"], digest(&told, &self.key, self.hmac));
        told
    }
}

#[track_caller]
fn assert_says(said: &Said, expected: &[(&str, &str)], absent: &[&str]) {
    for (name, value) in expected {
        assert_eq!(said.get(name), *value, "{name} in {said:?}");
    }
    for name in absent {
        assert!(!said.has(name), "{name} in {said:?}");
    }
}

#[test]
fn a_paid_coupon_lowers_what_is_paid_and_nothing_else() {
    let mut counter = Counter::open();
    let coupon_id = counter.give("cash");
    let expected = [
        ("total_fee", "1000"),
        ("cash_fee", "750"),
        ("coupon_fee", "250"),
        ("coupon_count", "1"),
        ("coupon_id_0", coupon_id.as_str()),
        ("coupon_fee_0", "250"),
    ];
    let absent = ["settlement_total_fee", "coupon_type_0"];
    let told = Said(counter.sell_reduced());
    assert_says(&told, &expected, &absent);
    assert_eq!(told.get("version"), "1.0");
    let detail = json!({"promotion_detail": [{
        "promotion_id": coupon_id, "name": "春茶立减", "scope": "GLOBAL", "type": "COUPON", "amount": 250,
        "activity_id": "15646546545165651651", "wxpay_contribute": 250, "merchant_contribute": 0,
        "other_contribute": 0,
    }]});
    let read = |said: &Said| serde_json::from_str::<Value>(said.get("promotion_detail")).unwrap();
    assert_eq!(read(&told), detail);
    let queried = counter.query(ORDER.1).ok();
    assert_says(&queried, &expected, &[&absent[..], &["promotion_detail"]].concat());
    assert_eq!(read(&counter.say("/pay/orderquery", &[ORDER, ("version", "1.0")]).ok()), detail);
}

#[test]
fn a_coupon_nobody_paid_for_is_said_to_be_one_and_leaves_less_to_settle() {
    let mut counter = Counter::open();
    let coupon_id = counter.give("nocash");
    let told = Said(counter.sell_reduced());
    let expected = [
        ("cash_fee", "750"),
        ("settlement_total_fee", "750"),
        ("coupon_type_0", "NO_CASH"),
        ("coupon_fee_0", "250"),
    ];
    assert_says(&told, &expected, &[]);
    assert!(told.get("promotion_detail").contains(r#""type":"DISCOUNT""#));
    let part = [("out_refund_no", "r1"), ("refund_fee", "400"), ("total_fee", "1000"), ORDER];
    let accepted = counter.say("/secapi/pay/refund", &part).ok();
    let given_back = [
        ("coupon_refund_fee", "100"),
        ("coupon_refund_count", "1"),
        ("cash_refund_fee", "300"),
        ("settlement_refund_fee", "300"),
        ("coupon_type_0", "NO_CASH"),
        ("coupon_refund_id_0", coupon_id.as_str()),
        ("coupon_refund_fee_0", "100"),
    ];
    assert_says(&accepted, &given_back, &[]);
    assert_says(&accepted, &[("cash_fee", "750"), ("settlement_total_fee", "750")], &[]);
    let queried = counter.say("/pay/refundquery", &[ORDER]).ok();
    let numbered = [
        ("coupon_refund_fee_0", "100"),
        ("coupon_refund_count_0", "1"),
        ("settlement_refund_fee_0", "300"),
        ("coupon_type_0_0", "NO_CASH"),
        ("coupon_refund_id_0_0", coupon_id.as_str()),
        ("coupon_refund_fee_0_0", "100"),
        ("settlement_total_fee", "750"),
    ];
    assert_says(&queried, &numbered, &[]);
}

#[test]
fn without_a_coupon_nothing_is_said_of_any() {
    let mut counter = Counter::open();
    let told = Said(counter.sell_reduced());
    let absent = ["coupon_fee", "coupon_count", "settlement_total_fee", "promotion_detail"];
    assert_says(&told, &[("cash_fee", "1000"), ("version", "1.0")], &absent);
    let part = [("out_refund_no", "r1"), ("refund_fee", "400"), ("total_fee", "1000"), ORDER];
    let accepted = counter.say("/secapi/pay/refund", &part).ok();
    let nothing = [("coupon_refund_fee", "0"), ("coupon_refund_count", "0")];
    assert_says(&accepted, &nothing, &["settlement_refund_fee", "coupon_type_0"]);
}
