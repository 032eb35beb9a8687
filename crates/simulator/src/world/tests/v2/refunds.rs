use super::*;

impl Counter {
    #[track_caller]
    fn refund(&mut self, number: &str, fee: i64, total: i64, more: &[(&str, &str)]) -> Said {
        let (fee, total) = (fee.to_string(), total.to_string());
        let mut members =
            vec![("out_refund_no", number), ("refund_fee", &fee), ("total_fee", &total)];
        members.extend(more.iter().copied());
        self.say("/secapi/pay/refund", &members)
    }

    #[track_caller]
    fn refund_query(&mut self, by: &[(&str, &str)]) -> Said {
        self.say("/pay/refundquery", by)
    }
}

const ORDER: [(&str, &str); 1] = [("out_trade_no", "order-0001")];

#[test]
fn a_refund_is_accepted_repeated_and_settled() {
    let mut counter = Counter::open();
    let transaction_id = counter.sell("order-0001", 1000);
    // Old SDKs send op_user_id, and it is signed.
    let more = [ORDER[0], ("op_user_id", "1900000001"), ("refund_desc", "冷了")];
    let accepted = counter.refund("refund@1", 300, 1000, &more).ok();
    let refund_id = accepted.get("refund_id").to_owned();
    let expected = [
        ("transaction_id", transaction_id.as_str()),
        ("out_refund_no", "refund@1"),
        ("refund_fee", "300"),
        ("total_fee", "1000"),
        ("cash_refund_fee", "300"),
        ("coupon_refund_count", "0"),
        ("refund_channel", ""),
    ];
    for (name, value) in expected {
        assert_eq!(accepted.get(name), value, "{name}");
    }
    let again = counter.refund("refund@1", 300, 1000, &ORDER).ok();
    assert_eq!(again.get("refund_id"), refund_id);
    let asked = counter.refund_query(&[("out_refund_no", "refund@1")]).ok();
    assert_eq!(asked.get("refund_status_0"), "PROCESSING");
    assert!(!asked.has("refund_success_time_0") && !asked.has("total_refund_count"));
    counter.till.wait(10);
    counter.till.due();
    for by in [
        ("refund_id", refund_id.as_str()),
        ("out_refund_no", "refund@1"),
        ("transaction_id", &transaction_id),
        ("out_trade_no", "order-0001"),
    ] {
        let asked = counter.refund_query(&[by]).ok();
        let expected = [
            ("refund_count", "1"),
            ("refund_id_0", refund_id.as_str()),
            ("refund_status_0", "SUCCESS"),
            ("refund_fee_0", "300"),
            ("refund_channel_0", "ORIGINAL"),
            ("refund_recv_accout_0", "支付用户零钱"),
            ("refund_success_time_0", "2026-03-01 12:00:10"),
        ];
        for (name, value) in expected {
            assert_eq!(asked.get(name), value, "{by:?} {name}");
        }
    }
    let one = counter.say("/pay/refundqueryv2", &[("refund_id", &refund_id)]).ok();
    assert_eq!((one.get("refund_status"), one.get("refund_fee")), ("SUCCESS", "300"));
    assert!(!one.has("refund_count"));
    assert_eq!(counter.query("order-0001").ok().get("trade_state"), "REFUND");
}

#[test]
fn a_refund_against_the_rules_is_refused_in_wechats_words() {
    let mut counter = Counter::open();
    counter.order("order-0001", 1000, &[]).ok();
    let no_order = ("ORDERNOTEXIST", "订单不存在");
    assert_eq!(counter.refund("refund-1", 1, 1000, &ORDER).refusal(), no_order, "not paid yet");
    counter.sell("order-0002", 1000);
    let by = [("out_trade_no", "order-0002")];
    let unknown = [("transaction_id", "4200000215201811190261405420")];
    assert_eq!(counter.refund("refund-1", 1, 1000, &unknown).refusal().0, "INVALID_TRANSACTIONID");
    let mismatch = "REFUND_FEE_MISMATCH";
    assert_eq!(counter.refund("refund-1", 1, 999, &by).refusal().0, mismatch);
    assert_eq!(counter.refund("refund-1", 1001, 1000, &by).return_msg(), "invalid refund_fee");
    assert_eq!(counter.refund("refund 1", 1, 1000, &by).return_msg(), "out_refund_no参数格式错误");
    assert_eq!(counter.refund("refund-1", 0, 1000, &by).return_msg(), "refund_fee参数格式错误");
    assert_eq!(counter.refund("refund-1", 1, 1000, &[]).return_msg(), "缺少参数");
    counter.refund("refund-1", 600, 1000, &by).ok();
    assert_eq!(counter.refund("refund-1", 500, 1000, &by).refusal().0, mismatch);
    counter.till.wait(61);
    let over = ("INVALID_REQUEST", "refund_fee大于可退金额");
    assert_eq!(counter.refund("refund-2", 401, 1000, &by).refusal(), over);
    counter.refund("refund-2", 400, 1000, &by).ok();
    counter.till.wait(61);
    let nothing = ("ERROR", "订单已全额退款");
    assert_eq!(counter.refund("refund-3", 1, 1000, &by).refusal(), nothing);
    let none = counter.refund_query(&[("out_refund_no", "refund-3")]);
    assert_eq!(none.refusal().0, "REFUNDNOTEXIST");
    assert_eq!(counter.refund_query(&[]).return_msg(), "缺少参数");
}

#[test]
fn an_old_payment_is_not_refunded() {
    let mut counter = Counter::open();
    counter.sell("order-0001", 1000);
    counter.till.wait(366 * 24 * 3600);
    let refused = counter.refund("refund-1", 1, 1000, &ORDER);
    assert_eq!(refused.refusal(), ("TRADE_OVERDUE", "订单已经超过退款期限"));
}

#[test]
fn many_refunds_come_ten_at_a_time() {
    let mut counter = Counter::open();
    counter.sell("order-0001", 1000);
    for number in 0..12 {
        counter.refund(&format!("refund-{number:02}"), 1, 1000, &ORDER).ok();
        counter.till.wait(61);
    }
    let first = counter.refund_query(&ORDER).ok();
    assert_eq!((first.get("refund_count"), first.get("out_refund_no_9")), ("10", "refund-09"));
    assert!(!first.has("out_refund_no_10"));
    let rest = counter.refund_query(&[ORDER[0], ("offset", "10")]).ok();
    assert_eq!((rest.get("refund_count"), rest.get("total_refund_count")), ("2", "12"));
    assert_eq!(rest.get("out_refund_no_0"), "refund-10");
    let beyond = counter.refund_query(&[ORDER[0], ("offset", "12")]);
    assert_eq!(beyond.refusal().0, "REFUNDNOTEXIST");
}

#[test]
fn v3_and_v2_see_the_same_refunds() {
    let mut counter = Counter::open();
    counter.sell("order-0001", 1000);
    let seen = counter.till.refund("order-0001", "refund-1", 300, 1000);
    assert_eq!(seen.status, 200, "{}", seen.body);
    let asked = counter.refund_query(&[("out_refund_no", "refund-1")]).ok();
    assert_eq!(asked.get("refund_id_0"), seen.json()["refund_id"].as_str().unwrap());
}

#[test]
fn a_refund_wants_the_certificate_of_the_merchant_who_signs() {
    let mut counter = Counter::open();
    counter.sell("order-0001", 1000);
    let shown = |counter: &Counter, index: usize| {
        let mchid = Mchid::new(pool::MERCHANTS[index]).unwrap();
        let own = &counter.till.world.merchant(&mchid).unwrap().api_certificates[0];
        let (_, block) = x509_parser::pem::parse_x509_pem(own.certificate_pem.as_bytes()).unwrap();
        Channel::Tls { client_certificate: Some(block.contents) }
    };
    let members = [ORDER[0], ("out_refund_no", "r"), ("refund_fee", "1"), ("total_fee", "1000")];
    let body = written(&counter.signed(counter.call(&members)));
    for (index, return_code) in [(1, "FAIL"), (0, "SUCCESS")] {
        let channel = shown(&counter, index);
        let request = HttpRequest { channel, ..post("/secapi/pay/refund", body.clone()) };
        let reply = counter.till.world.handle(&request, counter.till.times());
        let said = read(std::str::from_utf8(&reply.response.body).unwrap(), "xml");
        assert_eq!(said["return_code"], return_code);
        assert_eq!(said["return_msg"], if index == 1 { "证书验证失败" } else { "OK" });
    }
    let filter = MessageFilter::default();
    let journal = counter.till.world.messages(&filter);
    let verdicts: Vec<_> = journal.filter_map(|message| message.verdict.clone()).collect();
    let expected = format!("signature accepted; client certificate of {}", counter.till.mchid);
    assert!(verdicts.contains(&expected), "{verdicts:?}");
}
