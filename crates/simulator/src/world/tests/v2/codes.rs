use suanpan_wechat::Fen;

use super::*;

const NO: &str = "order-0001";

impl Counter {
    /// Where more than five yuan want the password.
    fn asking() -> Self {
        let mut counter = Self::open();
        counter.till.world.settings_mut().password_free_fen = Fen::new(500).unwrap();
        counter
    }

    fn code_of(&mut self, user: &str) -> String {
        self.till.world.payment_code(user, self.till.times()).unwrap().auth_code
    }

    #[track_caller]
    fn scan(&mut self, auth_code: &str, total: i64) -> Said {
        let total = total.to_string();
        let sale = [
            ("body", "龙井茶 一杯"),
            ("out_trade_no", NO),
            ("total_fee", total.as_str()),
            ("spbill_create_ip", "203.0.113.9"),
            ("auth_code", auth_code),
        ];
        self.say("/pay/micropay", &sale)
    }

    #[track_caller]
    fn reverse(&mut self) -> Said {
        self.say("/secapi/pay/reverse", &[("out_trade_no", NO)])
    }

    fn answer_phone(&mut self, auth_code: &str, outcome: Outcome) {
        let by = PayBy::AuthCode(auth_code.to_owned());
        let command =
            PayCommand { by, user: "amei".to_owned(), method: Method::Balance, outcome, pin: None };
        self.till.world.pay(&command, self.till.times()).unwrap();
        self.till.world.audit().unwrap();
    }
}

#[test]
fn a_small_amount_is_paid_at_once_and_nobody_is_notified() {
    for hmac in [false, true] {
        let mut counter = Counter { hmac, ..Counter::open() };
        let code = counter.code_of("amei");
        let paid = counter.scan(&code, 1000).ok();
        let expected = [
            ("trade_type", "MICROPAY"),
            ("total_fee", "1000"),
            ("out_trade_no", NO),
            ("time_end", "20260301120000"),
        ];
        for (name, value) in expected {
            assert_eq!(paid.get(name), value, "{name}");
        }
        assert!(!paid.has("trade_state"));
        assert!(counter.till.due().is_empty());
        let queried = counter.query(NO).ok();
        assert_eq!(queried.get("transaction_id"), paid.get("transaction_id"));
        assert_eq!(counter.scan(&code, 1000).refusal(), ("ORDERPAID", "该订单已支付"));
    }
}

#[test]
fn a_large_amount_wants_the_password_and_then_is_paid_or_failed() {
    for (outcome, state) in [(Outcome::Success, "SUCCESS"), (Outcome::WrongPin, "PAYERROR")] {
        let mut counter = Counter::asking();
        let code = counter.code_of("amei");
        let asked = ("USERPAYING", "用户支付中，需要输入密码");
        assert_eq!(counter.scan(&code, 1000).refusal(), asked);
        assert_eq!(counter.scan(&code, 1000).refusal(), asked, "the same again");
        assert_eq!(counter.scan(&code, 1001).refusal().0, "INVALID_REQUEST");
        assert_eq!(counter.query(NO).ok().get("trade_state"), "USERPAYING");
        counter.answer_phone(&code, outcome);
        assert_eq!(counter.query(NO).ok().get("trade_state"), state);
    }
}

#[test]
fn a_code_is_good_once_for_a_minute_and_for_whoever_has_money() {
    let mut counter = Counter::open();
    let unknown = counter.scan("130000000000000000", 1);
    assert_eq!(unknown.refusal().0, "AUTH_CODE_INVALID");
    assert_eq!(counter.scan("990000000000000000", 1).return_msg(), "auth_code参数格式错误");
    let code = counter.code_of("amei");
    counter.till.wait(60);
    let expired = ("AUTHCODEEXPIRE", "二维码已过期，请用户在微信上刷新后再试");
    assert_eq!(counter.scan(&code, 1).refusal(), expired);
    counter.till.world.set_cards("amei", Vec::new()).unwrap();
    let code = counter.code_of("amei");
    assert_eq!(counter.scan(&code, 200_000).refusal(), ("NOTENOUGH", "余额不足"));
    assert_eq!(counter.query(NO).ok().get("trade_state"), "PAYERROR");
    let again = counter.code_of("amei");
    assert_eq!(counter.scan(&again, 200_000).refusal().0, "INVALID_REQUEST", "another code");
    let openid = counter.say("/tools/authcodetoopenid", &[("auth_code", &again)]).ok();
    assert_eq!(openid.get("openid"), counter.till.openid("amei"));
    let spent = counter.say("/tools/authcodetoopenid", &[("auth_code", &code)]);
    assert_eq!(spent.refusal().0, "AUTH_CODE_ERROR");
}

#[test]
fn what_was_scanned_is_reversed_whatever_became_of_it() {
    let mut counter = Counter::open();
    let code = counter.code_of("amei");
    counter.scan(&code, 1000).ok();
    for _ in 0..2 {
        assert_eq!(counter.reverse().ok().get("recall"), "N");
        assert_eq!(counter.query(NO).ok().get("trade_state"), "REVOKED");
    }
    counter.till.wait(10);
    counter.till.due();
    let back = counter.say("/pay/refundquery", &[("out_trade_no", NO)]).ok();
    assert_eq!((back.get("refund_fee_0"), back.get("refund_status_0")), ("1000", "SUCCESS"));
    assert_eq!(counter.scan(&code, 1000).refusal().0, "ORDERREVERSED");

    let mut counter = Counter::asking();
    let code = counter.code_of("amei");
    assert_eq!(counter.reverse().refusal(), ("ORDERNOTEXIST", "订单不存在"));
    assert_eq!(counter.scan(&code, 1000).refusal().0, "USERPAYING");
    assert_eq!(counter.reverse().ok().get("recall"), "N");
    assert_eq!(counter.query(NO).ok().get("trade_state"), "REVOKED");
}

#[test]
fn only_payments_by_code_are_reversed_and_only_for_a_week() {
    let mut counter = Counter::open();
    counter.sell(NO, 5);
    assert_eq!(counter.reverse().refusal().0, "INVALID_REQUEST");
    let mut counter = Counter::open();
    let code = counter.code_of("amei");
    counter.scan(&code, 1000).ok();
    let close = counter.say("/pay/closeorder", &[("out_trade_no", NO)]);
    assert_eq!(close.refusal().0, "ORDERPAID");
    counter.till.wait(8 * 24 * 3600);
    assert_eq!(counter.reverse().refusal(), ("REVERSE_EXPIRE", "订单无法撤销"));
}

#[test]
fn an_order_by_code_is_not_closed() {
    let mut counter = Counter::asking();
    let code = counter.code_of("amei");
    assert_eq!(counter.scan(&code, 1000).refusal().0, "USERPAYING");
    let close = counter.say("/pay/closeorder", &[("out_trade_no", NO)]);
    assert_eq!(close.refusal(), ("TRADE_STATE_ERROR", "订单状态错误"));
}
