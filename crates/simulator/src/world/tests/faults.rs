use super::*;

fn with(name: FaultName) -> Till {
    let mut till = Till::open();
    till.world.set_faults(vec![Fault::times(name, 1)]);
    till
}

/// Every fault of an answer: what the merchant sees, and what was done nevertheless.
#[test]
fn faults_of_answers_strike_once_and_say_nothing_about_the_work() {
    let cases = [
        (FaultName::Http429, 429, Manner::Whole, true, Some(false)),
        (FaultName::Http500, 500, Manner::Whole, true, None),
        (FaultName::Http502, 502, Manner::Whole, false, None),
        (FaultName::ExtraMember, 200, Manner::Whole, true, Some(true)),
        (FaultName::TimeoutBefore, 504, Manner::Never, false, Some(false)),
        (FaultName::TimeoutAfter, 200, Manner::Never, true, Some(true)),
        (FaultName::Slow, 200, Manner::Slow { seconds: 3 }, true, Some(true)),
        (FaultName::BadSignature, 200, Manner::Whole, false, Some(true)),
        (FaultName::UnknownSerial, 200, Manner::Whole, false, Some(true)),
        (FaultName::ProbeSignature, 200, Manner::Whole, false, Some(true)),
        (FaultName::Truncated, 200, Manner::Cut { bytes: 26 }, true, Some(true)),
        (FaultName::ConnectionDropped, 504, Manner::Dropped, false, None),
        (FaultName::HostUnreachable, 504, Manner::Dropped, false, Some(false)),
    ];
    for (name, status, manner, believed, done) in cases {
        let mut till = with(name);
        let seen = till.order("order-0001", 5);
        assert_eq!((seen.status, seen.reply.manner), (status, manner), "{name:?}");
        assert_eq!(till.believes(&seen.reply.response), believed, "{name:?}");
        let found = till.query("order-0001");
        assert_eq!(found.reply.manner, Manner::Whole, "{name:?} strikes once");
        assert!(till.believes(&found.reply.response));
        if let Some(done) = done {
            assert_eq!(found.status == 200, done, "{name:?}");
        }
    }
}

#[test]
fn an_extra_member_stands_beside_the_known_ones() {
    let mut till = with(FaultName::ExtraMember);
    let seen = till.order("order-0001", 5);
    assert!(seen.json()["prepay_id"].is_string());
    assert_eq!(seen.json()["zz_new_member"]["since"], "tomorrow");
    till.world.set_faults(vec![Fault::times(FaultName::ExtraMember, 1)]);
    assert_eq!(till.close("order-0001").body, "", "an empty answer stays empty");
}

#[test]
fn a_500_sometimes_did_the_work_and_sometimes_did_not() {
    let mut till = Till::open();
    let mut seen = std::collections::BTreeSet::new();
    for number in 0..16 {
        till.world.set_faults(vec![Fault::times(FaultName::Http500, 1)]);
        let number = format!("order-{number:04}");
        assert_eq!(till.order(&number, 5).code(), "SYSTEM_ERROR");
        seen.insert(till.query(&number).status);
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), [200, 404]);
}

#[test]
fn a_probe_is_no_base64_and_names_itself() {
    let mut till = with(FaultName::ProbeSignature);
    let seen = till.order("order-0001", 5);
    let signature = seen.reply.response.header("Wechatpay-Signature").unwrap();
    assert!(signature.starts_with("WECHATPAY/SIGNTEST/"));
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    assert!(STANDARD.decode(signature).is_err());
}

#[test]
fn matches_confine_a_fault_to_a_path_a_merchant_or_an_order() {
    let confined = |wanted: &str| {
        let mut till = Till::open();
        let fault = Fault { matching: Some(wanted.into()), ..Fault::always(FaultName::Http429) };
        till.world.set_faults(vec![fault]);
        (till.order("order-0001", 5).status, till.query("order-0002").status)
    };
    assert_eq!(confined("/jsapi"), (429, 404));
    assert_eq!(confined("order-0001"), (429, 404));
    assert_eq!(confined("order-0002"), (200, 429));
    assert_eq!(confined("1900000001"), (429, 429));
    assert_eq!(confined("1900000002"), (200, 404));
    assert_eq!(confined("POST /v3/pay/transactions"), (429, 404));
    assert_eq!(confined("GET /v3/pay/transactions"), (200, 429));
    assert_eq!(confined("api.mch.weixin.qq.com"), (429, 429));
    assert_eq!(confined("api2.mch.weixin.qq.com"), (200, 404));
}

#[test]
fn the_backup_domain_helps_when_the_main_one_cannot_be_found() {
    let mut till = Till::open();
    let main = Some("api.mch.weixin.qq.com".to_owned());
    till.world
        .set_faults(vec![Fault { matching: main, ..Fault::always(FaultName::HostUnreachable) }]);
    let mut request = till.signed_request("GET", "/v3/certificates", "", till.now);
    for (host, manner) in [
        ("api.mch.weixin.qq.com", Manner::Dropped),
        ("api2.mch.weixin.qq.com", Manner::Whole),
        ("api.mch.weixin.qq.com:443", Manner::Dropped),
    ] {
        request.headers.retain(|(name, _)| name != "host");
        request.headers.push(("host".to_owned(), host.to_owned()));
        assert_eq!(till.send(&request).reply.manner, manner, "{host}");
    }
}

#[test]
fn a_state_of_the_future_is_only_in_the_answer() {
    let mut till = Till::open();
    till.sell("order-0001", 5);
    till.world.set_faults(vec![Fault::times(FaultName::NewEnumValue, 1)]);
    let order = till.order("order-0002", 5);
    assert!(order.json()["prepay_id"].is_string(), "an answer without a state is left alone");
    let seen = till.query("order-0001");
    assert_eq!(seen.json()["trade_state"], "ZZ_NEW_STATE");
    assert!(till.believes(&seen.reply.response));
    assert_eq!(till.trade_state("order-0001"), "SUCCESS");
}

#[test]
fn an_expired_prepay_id_is_refused_and_a_new_one_is_good() {
    let mut till = with(FaultName::PrepayExpired);
    let old = till.prepay_id("order-0001", 5);
    let refusal = till.act(&old, Outcome::Success).unwrap_err();
    assert_eq!(refusal.code, RefusalCode::InvocationRefused);
    let new = till.prepay_id("order-0001", 5);
    assert_eq!(till.act(&new, Outcome::Success).unwrap().trade_state, TradeState::Success);
}

#[test]
fn probabilities_are_drawn_from_the_seed() {
    let struck = |seed| {
        let mut till = Till::of(0, seed);
        till.world.set_faults(vec![Fault {
            probability: Probability::millionths(500_000),
            ..Fault::always(FaultName::Http429)
        }]);
        (0..24).map(|_| till.query("order-0001").status == 429).collect::<Vec<_>>()
    };
    assert_eq!(struck(1), struck(1));
    assert_ne!(struck(1), struck(2));
    assert!(struck(1).contains(&true) && struck(1).contains(&false));
}

#[test]
fn faults_of_notifications_leave_the_right_one_for_later() {
    let sell = |name| {
        let mut till = with(name);
        till.sell("order-0001", 5);
        let sent = till.due();
        (till, sent)
    };
    let (mut till, sent) = sell(FaultName::NotifyLost);
    assert!(sent.is_empty());
    till.wait(15);
    assert_eq!(till.due().len(), 1);

    let (till, sent) = sell(FaultName::NotifyDuplicate);
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0].body, sent[1].body);
    assert!(till.accepts(&sent[0]) && till.accepts(&sent[1]));

    let (till, sent) = sell(FaultName::NotifyProbe);
    assert_eq!(sent.iter().map(|sent| till.accepts(sent)).collect::<Vec<_>>(), [false, true]);

    let (mut till, sent) = sell(FaultName::NotifyBadSignature);
    assert!(!till.accepts(&sent[0]));
    till.answer(&sent[0], 401);
    till.wait(15);
    let again = till.due();
    assert!(till.accepts(&again[0]));

    let (mut till, sent) = sell(FaultName::NotifyUndecryptable);
    assert!(till.accepts(&sent[0]), "the signature is good");
    till.answer(&sent[0], 500);
    till.wait(15);
    assert_ne!(till.due()[0].body, sent[0].body, "the next one is sealed with the right key");

    let (mut till, sent) = sell(FaultName::NotifyLate);
    assert!(sent.is_empty());
    till.wait(600);
    assert_eq!(till.due().len(), 1);
}

#[test]
fn a_reordered_notification_is_overtaken_by_the_next() {
    let mut till = with(FaultName::NotifyReordered);
    till.sell("order-0001", 5);
    assert!(till.due().is_empty());
    till.sell("order-0002", 5);
    let mut sent = till.due();
    till.wait(1);
    sent.extend(till.due());
    let numbers: Vec<_> = till
        .world
        .messages(&MessageFilter { kind: Some(MessageKind::Notify), ..MessageFilter::default() })
        .map(|message| message.out_trade_no.clone().unwrap())
        .collect();
    assert_eq!(sent.len(), 2);
    assert_eq!(numbers, ["order-0002", "order-0001"]);
}

#[test]
fn a_stuck_refund_moves_when_the_fault_is_removed() {
    let mut till = with(FaultName::RefundStuck);
    till.sell("order-0001", 5);
    till.refund("order-0001", "r1", 5, 5);
    let status = |till: &mut Till| {
        let seen = till.call("GET", "/v3/refund/domestic/refunds/r1", "");
        seen.json()["status"].as_str().unwrap().to_owned()
    };
    for _ in 0..100 {
        till.wait(60);
        till.due();
    }
    assert_eq!(status(&mut till), "PROCESSING");
    till.world.set_faults(vec![]);
    till.wait(60);
    till.due();
    assert_eq!(status(&mut till), "SUCCESS");
}

#[test]
fn an_abnormal_refund_keeps_the_money_at_wechat_and_says_so() {
    let mut till = with(FaultName::RefundAbnormal);
    till.sell("order-0001", 5);
    till.refund("order-0001", "r1", 5, 5);
    till.wait(10);
    let sent = till.due();
    let event: Value = serde_json::from_slice(&sent.last().unwrap().body).unwrap();
    assert_eq!(event["event_type"], "REFUND.ABNORMAL");
    assert_eq!(till.world.wallet("amei").unwrap().balance_fen.count(), 99_995);
    let seen = till.call("GET", "/v3/refund/domestic/refunds/r1", "");
    assert_eq!(seen.json()["status"], "ABNORMAL");
    assert!(seen.json().get("success_time").is_none());
}

#[test]
fn a_late_payment_can_be_planned() {
    let mut till = with(FaultName::LatePayment);
    let paid = till.sell("order-0001", 5);
    assert_eq!(paid.trade_state, TradeState::NotPay);
    till.wait(600);
    assert_eq!(till.due().len(), 1);
    assert_eq!(till.trade_state("order-0001"), "SUCCESS");
}
