use aws_lc_rs::cipher::{AES_256, DecryptionContext, PaddedBlockDecryptingKey, UnboundCipherKey};
use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::*;

const ACCEPTED: &str = "<xml><return_code><![CDATA[SUCCESS]]></return_code>\
                        <return_msg><![CDATA[OK]]></return_msg></xml>";

impl Counter {
    fn answer(&mut self, delivery: &Delivery, body: &str) {
        let result = NotifyResult::Answered { status: 200, body: body.as_bytes().to_vec() };
        self.till.world.notified(delivery.delivery_id, result, self.till.times());
    }

    fn opened(&self, said: &BTreeMap<String, String>) -> Option<BTreeMap<String, String>> {
        let key = hex::encode(Md5::digest(&self.key));
        let key = UnboundCipherKey::new(&AES_256, key.as_bytes()).unwrap();
        let key = PaddedBlockDecryptingKey::ecb_pkcs7(key).unwrap();
        let mut buffer = STANDARD.decode(&said["req_info"]).unwrap();
        let inside = key.decrypt(&mut buffer, DecryptionContext::None).ok()?;
        Some(read(std::str::from_utf8(inside).ok()?, "root"))
    }
}

fn read_delivery(delivery: &Delivery) -> BTreeMap<String, String> {
    assert_eq!(delivery.header("Content-Type"), Some("text/xml"));
    read(std::str::from_utf8(&delivery.body).unwrap(), "xml")
}

#[test]
fn a_payment_is_notified_in_xml_with_the_orders_digest() {
    for hmac in [false, true] {
        let mut counter = Counter { hmac, ..Counter::open() };
        let placed = counter.order("order-0001", 1000, &[("attach", "tea")]).ok();
        let paid = counter.pay(counter.invoke(placed.get("prepay_id"))).unwrap();
        let deliveries = counter.till.due();
        assert_eq!(deliveries.len(), 1);
        assert_eq!(deliveries[0].url, "https://shop.example/v2");
        let said = read_delivery(&deliveries[0]);
        assert_eq!(said["sign"], digest(&said, &counter.key, hmac));
        let expected = [
            ("return_code", "SUCCESS"),
            ("result_code", "SUCCESS"),
            ("appid", pool::MINI_PROGRAM),
            ("mch_id", counter.till.mchid.as_str()),
            ("out_trade_no", "order-0001"),
            ("total_fee", "1000"),
            ("fee_type", "CNY"),
            ("attach", "tea"),
            ("time_end", "20260301120000"),
            ("trade_type", "JSAPI"),
            ("transaction_id", paid.transaction_id.as_ref().unwrap().as_str()),
        ];
        for (name, value) in expected {
            assert_eq!(said[name], value, "{name}");
        }
        assert!(!said.contains_key("trade_state"), "the result is what says paid");
        let body = std::str::from_utf8(&deliveries[0].body).unwrap();
        let mut names: Vec<_> = body.split("</").skip(1).collect();
        names.pop();
        assert!(names.is_sorted(), "members stand in alphabetical order");
    }
}

#[test]
fn only_an_answer_that_says_so_in_xml_ends_the_ladder() {
    let mut counter = Counter::open();
    counter.sell("order-0001", 1000);
    let first = counter.till.due().remove(0);
    let mut waits = RETRY_SECONDS.iter();
    for bad in ["", r#"{"code":"SUCCESS"}"#, "<xml><return_code>FAIL</return_code></xml>"] {
        let delivery = match waits.as_slice().len() {
            15 => first.clone(),
            _ => counter.till.due().remove(0),
        };
        assert_eq!(delivery.body, first.body, "a repeat is the same message");
        counter.answer(&delivery, bad);
        assert!(counter.till.due().is_empty());
        counter.till.wait(*waits.next().unwrap());
    }
    let delivery = counter.till.due().remove(0);
    counter.answer(&delivery, ACCEPTED);
    counter.till.wait(30 * 24 * 3600);
    assert!(counter.till.due().is_empty());
    let filter = MessageFilter { kind: Some(MessageKind::NotifyAnswer), ..Default::default() };
    let verdicts: Vec<_> = counter
        .till
        .world
        .messages(&filter)
        .map(|answer| answer.verdict.clone().unwrap())
        .collect();
    let refused = "HTTP 200: not acknowledged";
    assert_eq!(verdicts, [refused, refused, refused, "acknowledged"]);
}

#[test]
fn the_end_of_a_refund_is_notified_sealed_and_unsigned() {
    let mut counter = Counter::open();
    let transaction_id = counter.sell("order-0001", 1000);
    let sold = counter.till.due().remove(0);
    counter.answer(&sold, ACCEPTED);
    let members = [
        ("out_trade_no", "order-0001"),
        ("out_refund_no", "refund-1"),
        ("refund_fee", "300"),
        ("total_fee", "1000"),
        ("notify_url", "https://shop.example/v2-refunds"),
    ];
    let refund_id = counter.say("/secapi/pay/refund", &members).ok().get("refund_id").to_owned();
    counter.till.wait(10);
    let deliveries = counter.till.due();
    assert_eq!(deliveries[0].url, "https://shop.example/v2-refunds");
    let said = read_delivery(&deliveries[0]);
    assert!(!said.contains_key("sign"));
    assert_eq!(
        (&*said["appid"], &*said["mch_id"]),
        (pool::MINI_PROGRAM, counter.till.mchid.as_str())
    );
    let inside = counter.opened(&said).unwrap();
    let expected = [
        ("out_refund_no", "refund-1"),
        ("out_trade_no", "order-0001"),
        ("refund_account", "REFUND_SOURCE_RECHARGE_FUNDS"),
        ("refund_fee", "300"),
        ("refund_id", &refund_id),
        ("refund_recv_accout", "支付用户零钱"),
        ("refund_request_source", "API"),
        ("refund_status", "SUCCESS"),
        ("settlement_refund_fee", "300"),
        ("settlement_total_fee", "1000"),
        ("success_time", "2026-03-01 12:00:10"),
        ("total_fee", "1000"),
        ("transaction_id", &transaction_id),
    ];
    let inside: Vec<(&str, &str)> =
        inside.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(inside, expected);
    let decrypted = counter.till.world.messages(&MessageFilter::default()).last().unwrap();
    assert!(decrypted.decrypted.as_deref().unwrap().starts_with("<root><out_refund_no>"));
}

#[test]
fn notifications_are_spoiled_with_another_key() {
    let mut counter = Counter::open();
    let spoil = |counter: &mut Counter, name| {
        counter.till.world.set_faults(vec![Fault::times(name, 1)]);
    };
    counter.sell("order-0001", 1000);
    spoil(&mut counter, FaultName::NotifyBadSignature);
    let bad = read_delivery(&counter.till.due()[0]);
    assert_ne!(bad["sign"], digest(&bad, &counter.key, false));
    counter.till.world.set_faults(vec![Fault::always(FaultName::RefundAbnormal)]);
    let members = [
        ("out_trade_no", "order-0001"),
        ("out_refund_no", "refund-1"),
        ("refund_fee", "300"),
        ("total_fee", "1000"),
        ("notify_url", "https://shop.example/v2-refunds"),
    ];
    counter.say("/secapi/pay/refund", &members).ok();
    counter.till.wait(10);
    counter.till.world.fire_due(counter.till.times());
    let abnormal = counter.say("/pay/refundquery", &[("out_refund_no", "refund-1")]).ok();
    assert_eq!(abnormal.get("refund_status_0"), "CHANGE");
    let message = counter
        .till
        .world
        .messages(&MessageFilter { kind: Some(MessageKind::Notify), ..Default::default() })
        .find(|message| message.url.ends_with("refunds"))
        .unwrap();
    let id = message.id;
    let Effect::Notify(good) = counter.till.world.resend(id, counter.till.times()).unwrap();
    assert_eq!(counter.opened(&read_delivery(&good)).unwrap()["refund_status"], "CHANGE");
    let fault = Fault::always(FaultName::NotifyUndecryptable);
    let fault = Fault { matching: Some("v2-refunds".to_owned()), ..fault };
    counter.till.world.set_faults(vec![fault]);
    counter.till.wait(60);
    let sent = counter.till.due();
    let sealed = sent.iter().find(|sent| sent.url.ends_with("refunds")).unwrap();
    assert_eq!(counter.opened(&read_delivery(sealed)), None);
}

/// A probe is v3's way to ask whether anybody looks at signatures; v2 has none.
#[test]
fn there_are_no_probes_in_v2() {
    let mut counter = Counter::open();
    counter.till.world.set_faults(vec![Fault::always(FaultName::NotifyProbe)]);
    counter.sell("order-0001", 1000);
    assert_eq!(counter.till.due().len(), 1);
}
