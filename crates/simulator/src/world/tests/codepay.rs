//! The merchant scans, the payer perhaps types a password, and either may think better of it.

use super::*;

impl Till {
    fn auth_code(&mut self, user: &str) -> String {
        self.world.payment_code(user, self.times()).unwrap().auth_code
    }

    fn scan_body(&self, out_trade_no: &str, total: i64, auth_code: &str) -> Value {
        json!({
            "appid": pool::MINI_PROGRAM,
            "mchid": self.mchid.as_str(),
            "description": "龙井茶 一杯",
            "out_trade_no": out_trade_no,
            "payer": {"auth_code": auth_code},
            "amount": {"total": total},
            "scene_info": {"device_ip": "14.23.150.211", "store_info": {"out_id": "A1"}},
        })
    }

    pub(super) fn scan(&mut self, out_trade_no: &str, total: i64, auth_code: &str) -> Seen {
        let body = self.scan_body(out_trade_no, total, auth_code);
        self.call("POST", "/v3/pay/transactions/codepay", &body.to_string())
    }

    pub(super) fn reverse(&mut self, out_trade_no: &str) -> Seen {
        let body = json!({"appid": pool::MINI_PROGRAM, "mchid": self.mchid.as_str()});
        let target = format!("/v3/pay/transactions/out-trade-no/{out_trade_no}/reverse");
        self.call("POST", &target, &body.to_string())
    }

    fn answer_password(
        &mut self,
        auth_code: &str,
        user: &str,
        outcome: Outcome,
    ) -> Result<Paid, String> {
        let command = PayCommand {
            by: PayBy::AuthCode(auth_code.to_owned()),
            user: user.to_owned(),
            method: Method::Balance,
            outcome,
            pin: Some(DEFAULT_PIN.to_owned()),
        };
        let paid = self.world.pay(&command, self.times()).map_err(|refusal| refusal.text);
        self.world.audit().unwrap();
        paid
    }
}

#[test]
fn a_code_is_eighteen_digits_good_for_a_minute_and_once() {
    let mut till = Till::open();
    let first = till.auth_code("bo");
    assert_eq!(first.len(), 18);
    assert!(("10".."16").contains(&&first[..2]), "{first}");
    till.wait(59);
    assert_eq!(till.auth_code("bo"), first, "the phone still shows it");
    assert_ne!(till.auth_code("chen"), first);
    till.wait(1);
    let second = till.auth_code("bo");
    assert_ne!(second, first);
    let late = till.scan("order-0001", 100, &first);
    assert_eq!((late.status, late.code()), (400, "INVALID_REQUEST".to_owned()));
    assert_eq!(late.message(), "二维码已过期，请用户在微信上刷新后再试");
    assert_eq!(till.query("order-0001").status, 404, "no order came of it");
    assert_eq!(till.scan("order-0001", 100, &second).status, 200);
    assert_eq!(till.scan("order-0002", 100, &second).message(), "授权码检验错误");
    assert_ne!(till.auth_code("bo"), second, "the phone shows another at once");
    assert_eq!(till.scan("order-0002", 100, "100000000000000000").message(), "授权码检验错误");
    assert_eq!(till.scan("order-0002", 100, "160000000000000000").code(), "PARAM_ERROR");
}

#[test]
fn a_small_amount_is_paid_at_once_and_nobody_is_notified() {
    let mut till = Till::open();
    let auth_code = till.auth_code("bo");
    let seen = till.scan("order-0001", 100, &auth_code);
    assert_eq!(seen.status, 200, "{}", seen.body);
    let told = seen.json();
    assert_eq!(
        (&told["trade_type"], &told["trade_state"]),
        (&json!("MICROPAY"), &json!("SUCCESS"))
    );
    assert_eq!(told["payer"]["openid"], till.openid("bo"));
    assert_eq!(told, till.query("order-0001").json());
    assert!(till.due().is_empty());
    let again = till.scan("order-0001", 100, &auth_code);
    assert_eq!((again.status, again.code()), (400, "ORDERPAID".to_owned()));
}

#[test]
fn the_tills_own_members_are_demanded() {
    let mut till = Till::open();
    let auth_code = till.auth_code("bo");
    let mut refused = |change: &dyn Fn(&mut Value)| {
        let mut body = till.scan_body("order-0001", 100, &auth_code);
        change(&mut body);
        till.call("POST", "/v3/pay/transactions/codepay", &body.to_string()).code()
    };
    let wrong: [&dyn Fn(&mut Value); 5] = [
        &|body| body["notify_url"] = json!("https://shop.example/notify"),
        &|body| body["scene_info"]["payer_client_ip"] = json!("14.23.150.211"),
        &|body| body["scene_info"]["store_info"] = json!({}),
        &|body| body["payer"] = json!({"openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}),
        &|body| {
            body["detail"] = json!({"goods_detail": [{"merchant_goods_id": "1",
                "wechatpay_goods_id": "1", "quantity": 1, "unit_price": 1}]});
        },
    ];
    for change in wrong {
        assert_eq!(refused(change), "PARAM_ERROR");
    }
    assert_eq!(till.query("order-0001").status, 404);
}

#[test]
fn a_large_amount_waits_for_the_password() {
    let mut till = Till::open();
    till.world.settings_mut().password_free_fen = suanpan_wechat::Fen::new(5_000).unwrap();
    let auth_code = till.auth_code("bo");
    let seen = till.scan("order-0001", 5_001, &auth_code);
    assert_eq!(seen.status, 202, "{}", seen.body);
    assert!(till.believes(&seen.reply.response));
    assert_eq!(seen.json()["trade_state"], "USERPAYING");
    assert_eq!(till.trade_state("order-0001"), "USERPAYING");
    assert_eq!(till.scan("order-0001", 5_001, &auth_code).status, 202, "a repeat is the same");
    assert_eq!(till.close("order-0001").number(), "268449641");
    let asked = till.world.wallet("bo").unwrap().password_asked;
    assert_eq!(
        (asked[0].auth_code.as_str(), asked[0].amount_fen.count()),
        (auth_code.as_str(), 5_001)
    );
    let stranger = till.answer_password(&auth_code, "chen", Outcome::Success);
    assert_eq!(stranger.unwrap_err(), "商家订单信息有误，请重新下单支付");
    let paid = till.answer_password(&auth_code, "bo", Outcome::Success).unwrap();
    assert_eq!(paid.trade_state, TradeState::Success);
    assert_eq!(till.trade_state("order-0001"), "SUCCESS");
    assert!(till.world.wallet("bo").unwrap().password_asked.is_empty());
    till.wait(60);
    till.due();
    assert_eq!(till.trade_state("order-0001"), "SUCCESS", "the question does not lapse afterwards");
}

#[test]
fn the_eleventh_payment_of_a_day_and_a_risky_one_ask_too() {
    let mut till = Till::open();
    for number in 0..10 {
        let auth_code = till.auth_code("bo");
        assert_eq!(till.scan(&format!("order-{number:04}"), 1, &auth_code).status, 200);
    }
    let auth_code = till.auth_code("bo");
    assert_eq!(till.scan("order-0010", 1, &auth_code).status, 202);
    let auth_code = till.auth_code("chen");
    assert_eq!(till.scan("order-0011", 1, &auth_code).status, 200, "each person has their own ten");
    till.wait(12 * 3600);
    let auth_code = till.auth_code("bo");
    assert_eq!(till.scan("order-0012", 1, &auth_code).status, 200, "a new day in Beijing");
    till.world.set_faults(vec![Fault::times(FaultName::UserPaying, 1)]);
    let auth_code = till.auth_code("bo");
    assert_eq!(till.scan("order-0013", 1, &auth_code).status, 202);
}

#[test]
fn a_person_may_turn_away_or_never_answer() {
    let mut till = Till::open();
    till.world.settings_mut().password_free_fen = suanpan_wechat::Fen::ZERO;
    let auth_code = till.auth_code("bo");
    till.scan("order-0001", 1, &auth_code);
    till.answer_password(&auth_code, "bo", Outcome::Cancel).unwrap();
    assert_eq!(till.trade_state("order-0001"), "PAYERROR");
    assert_eq!(
        till.answer_password(&auth_code, "bo", Outcome::Success).unwrap_err(),
        "该订单已失效"
    );
    assert_eq!(till.scan("order-0001", 1, &auth_code).code(), "TRADE_ERROR", "a new number is due");

    let auth_code = till.auth_code("bo");
    till.scan("order-0002", 1, &auth_code);
    till.wait(60);
    till.due();
    assert_eq!(till.trade_state("order-0002"), "NOTPAY");
    assert_eq!(
        till.answer_password(&auth_code, "bo", Outcome::Success).unwrap_err(),
        "该订单已失效"
    );

    till.world.set_cards("bo", Vec::new()).unwrap();
    let auth_code = till.auth_code("bo");
    let short = till.scan("order-0003", 100_001, &auth_code);
    assert_eq!((short.status, short.code()), (403, "NOT_ENOUGH".to_owned()));
    assert_eq!(till.trade_state("order-0003"), "PAYERROR");
    assert_eq!(till.world.wallet("bo").unwrap().balance_fen.count(), 100_000);
}

#[test]
fn reversing_undoes_whatever_happened_and_may_be_repeated() {
    let mut till = Till::open();
    let auth_code = till.auth_code("bo");
    till.scan("order-0001", 1000, &auth_code);
    for _ in 0..2 {
        let seen = till.reverse("order-0001");
        let expected = format!(
            r#"{{"appid":"{}","mchid":"{}","out_trade_no":"order-0001"}}"#,
            pool::MINI_PROGRAM,
            till.mchid
        );
        assert_eq!((seen.status, seen.body), (200, expected));
        assert_eq!(till.trade_state("order-0001"), "REVOKED");
    }
    till.wait(10);
    assert!(till.due().is_empty(), "nobody is notified of a reversal");
    assert_eq!(till.world.wallet("bo").unwrap().balance_fen.count(), 100_000);
    assert_eq!(till.refund("order-0001", "r1", 1, 1000).message(), "申请退款金额超过订单可退金额");

    till.world.settings_mut().password_free_fen = suanpan_wechat::Fen::ZERO;
    let auth_code = till.auth_code("bo");
    till.scan("order-0002", 1000, &auth_code);
    assert_eq!(till.reverse("order-0002").status, 200);
    assert_eq!(till.trade_state("order-0002"), "REVOKED");
    assert_eq!(
        till.answer_password(&auth_code, "bo", Outcome::Success).unwrap_err(),
        "该订单已失效"
    );
    assert_eq!(till.scan("order-0002", 1000, &auth_code).code(), "ORDER_CLOSED");
}

#[test]
fn only_a_weeks_payments_by_code_are_reversed() {
    let mut till = Till::open();
    assert_eq!(till.reverse("order-0001").code(), "ORDER_NOT_EXIST");
    till.prepay_id("order-0001", 5);
    assert_eq!(till.reverse("order-0001").code(), "INVALID_REQUEST");
    let auth_code = till.auth_code("bo");
    till.scan("order-0002", 1000, &auth_code);
    till.refund("order-0002", "r1", 1, 1000);
    assert_eq!(till.reverse("order-0002").message(), "订单无法撤销", "it was refunded already");
    let auth_code = till.auth_code("bo");
    till.scan("order-0003", 1000, &auth_code);
    till.wait(7 * 24 * 3600 + 1);
    assert_eq!(till.reverse("order-0003").message(), "订单无法撤销");
}
