use super::*;

#[test]
fn the_envelope_is_ordered_as_captured_and_opens_with_the_merchants_key() {
    use suanpan_wechat::{
        notify::Content,
        secret::ApiV3Key,
        trust::{TrustRing, read_download},
        verify,
        verify::SignatureHeaders,
    };
    let mut till = Till::open();
    till.sell("order-0001", 1990);
    let sent = till.due().remove(0);
    let text = String::from_utf8(sent.body.clone()).unwrap();
    let positions: Vec<_> = [
        "\"id\"",
        "\"create_time\"",
        "\"resource_type\"",
        "\"event_type\"",
        "\"summary\"",
        "\"resource\"",
        "\"original_type\"",
        "\"algorithm\"",
        "\"ciphertext\"",
        "\"associated_data\"",
        "\"nonce\"",
    ]
    .iter()
    .map(|name| text.find(name).unwrap())
    .collect();
    assert!(positions.is_sorted(), "{text}");

    // The protocol crate reads it, starting from a certificate download.
    let seen = till.call("GET", "/v3/certificates", "");
    let headers = seen.reply.response.headers.iter();
    let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_string()));
    let answer = suanpan_wechat::call::RawAnswer {
        status: 200,
        headers: headers.collect(),
        body: seen.body.into_bytes(),
    };
    let key = ApiV3Key::new(&till.world.merchant(&till.mchid).unwrap().api_v3_key).unwrap();
    let ring = read_download(&answer, &key, &TrustRing::default(), NOON).unwrap();
    let headers = SignatureHeaders::read(|name| sent.header(name));
    let verified = verify(&ring, &headers.unwrap(), &sent.body, NOON).unwrap();
    let content = verified.notification().unwrap().open(&[key]).unwrap();
    let Content::Transaction(transaction) = content.get() else { panic!("{content:?}") };
    assert_eq!(transaction.out_trade_no.as_str(), "order-0001");
    assert_eq!(transaction.amount.as_ref().unwrap().total.count(), 1990);
}

/// One sending and fifteen repeats with the intervals of v3 §6.9, each freshly signed.
#[test]
fn the_ladder_is_climbed_to_its_end_with_fresh_signatures() {
    let mut till = Till::open();
    till.sell("order-0001", 5);
    let mut bodies = std::collections::BTreeSet::new();
    let mut signatures = std::collections::BTreeSet::new();
    for wait in [0].iter().chain(&RETRY_SECONDS) {
        if *wait > 0 {
            till.wait(wait - 1);
            assert!(till.due().is_empty(), "nothing comes early");
            till.wait(1);
        }
        let sent = till.due();
        assert_eq!(sent.len(), 1, "after {wait} s");
        assert!(till.accepts(&sent[0]));
        let stamp = sent[0].header("Wechatpay-Timestamp");
        assert_eq!(stamp.unwrap(), till.now.unix().to_string());
        signatures.insert(sent[0].header("Wechatpay-Signature").unwrap().to_owned());
        bodies.insert(sent[0].body.clone());
        till.answer(&sent[0], 500);
    }
    assert_eq!((bodies.len(), signatures.len()), (1, 16));
    till.wait(86_400);
    assert!(till.due().is_empty(), "given up");
    assert_eq!(RETRY_SECONDS.iter().sum::<i64>(), 24 * 3600 + 4 * 60);
}

#[test]
fn only_200_and_204_end_the_ladder() {
    for (status, again) in [(200, false), (204, false), (201, true), (302, true), (401, true)] {
        let mut till = Till::open();
        till.sell("order-0001", 5);
        let sent = till.due();
        till.answer(&sent[0], status);
        till.wait(15);
        assert_eq!(!till.due().is_empty(), again, "{status}");
    }
}

#[test]
fn a_sending_nobody_reports_counts_as_timed_out() {
    let mut till = Till::open();
    till.sell("order-0001", 5);
    let lost = till.due().remove(0);
    till.wait(6 + 15);
    let repeat = till.due();
    assert_eq!(repeat.len(), 1);
    till.answer(&lost, 200);
    till.answer(&repeat[0], 500);
    till.wait(15);
    assert_eq!(till.due().len(), 1, "a report that comes too late changes nothing");
}

#[test]
fn resending_by_hand_leaves_the_ladder_alone() {
    let mut till = Till::open();
    till.sell("order-0001", 5);
    let sent = till.due().remove(0);
    till.answer(&sent, 200);
    let filter = MessageFilter { kind: Some(MessageKind::Notify), ..MessageFilter::default() };
    let id = till.world.messages(&filter).next().unwrap().id;
    let Some(Effect::Notify(again)) = till.world.resend(id, till.times()) else { panic!() };
    assert_eq!(again.body, sent.body);
    assert!(till.accepts(&again));
    till.answer(&again, 500);
    till.wait(86_400);
    assert!(till.due().is_empty());
    assert!(till.world.resend(id + 1000, till.times()).is_none());
}

#[test]
fn grey_merchants_are_notified_with_either_key() {
    let mut till = Till::of(2, 7);
    let mut serials = std::collections::BTreeSet::new();
    for number in 0..12 {
        till.sell(&format!("order-{number:04}"), 5);
        let sent = till.due().remove(0);
        assert!(till.accepts(&sent));
        let serial = sent.headers.iter().find(|(name, _)| name == "Wechatpay-Serial").unwrap();
        serials.insert(serial.1.starts_with("PUB_KEY_ID_"));
    }
    assert_eq!(serials.len(), 2);
}
