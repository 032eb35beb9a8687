use super::*;

#[test]
fn the_journal_shows_both_directions_with_the_signed_strings() {
    let mut till = Till::open();
    till.sell("order-0001", 5);
    let sent = till.due().remove(0);
    till.answer(&sent, 204);
    let filter =
        MessageFilter { out_trade_no: Some("order-0001".into()), ..MessageFilter::default() };
    let messages: Vec<_> = till.world.messages(&filter).cloned().collect();
    let kinds: Vec<_> = messages.iter().map(|message| message.kind).collect();
    assert_eq!(
        kinds,
        [
            MessageKind::Request,
            MessageKind::Response,
            MessageKind::Notify,
            MessageKind::NotifyAnswer
        ]
    );
    let canonical = messages[0].canonical.as_deref().unwrap();
    assert!(canonical.starts_with("POST\n/v3/pay/transactions/jsapi\n1772337600\n593BEC"));
    assert_eq!(messages[0].verdict.as_deref(), Some("signature accepted"));
    assert_eq!(messages[1].answers, Some(messages[0].id));
    let plaintext: Value = serde_json::from_str(messages[2].decrypted.as_deref().unwrap()).unwrap();
    assert_eq!(plaintext["trade_state"], "SUCCESS");
    assert_eq!(messages[3].status, Some(204));
    let later = MessageFilter { after: Some(messages[2].id), ..filter };
    assert_eq!(till.world.messages(&later).count(), 1);
}

#[test]
fn the_journal_is_bounded() {
    let mut till = Till::open();
    let request = HttpRequest {
        method: "GET".into(),
        target: "/nothing".into(),
        headers: vec![],
        body: vec![b'x'; 100_000],
        channel: Channel::Plain,
    };
    let short = HttpRequest { body: vec![], ..request.clone() };
    for _ in 0..6000 {
        till.world.handle(&short, Times::at(NOON));
    }
    till.world.handle(&request, Times::at(NOON));
    assert_eq!(till.world.messages(&MessageFilter::default()).count(), 10_000);
    let longest = till.world.messages(&MessageFilter::default()).map(|sent| sent.body.len()).max();
    assert!(longest.unwrap() < 70_000);
}

#[test]
fn different_seeds_are_different_worlds() {
    let prepay_id = |seed| Till::of(0, seed).prepay_id("order-0001", 5);
    assert_eq!(prepay_id(1), prepay_id(1));
    assert_ne!(prepay_id(1), prepay_id(2));
}

#[test]
fn s07_numbers_of_real_merchants_are_not_registered() {
    let mut till = Till::open();
    let real = Mchid::new("1558950191").unwrap();
    let merchant = pool::merchant(&real, "someone", TrustMode::Certificate, 0);
    let error = till.world.add_merchant(merchant).unwrap_err();
    assert!(matches!(error, RegisterError::Invalid(_)), "{error}");
    let test = Mchid::new("1900000009").unwrap();
    let merchant = pool::merchant(&test, "someone", TrustMode::PublicKey, 9);
    till.world.add_merchant(merchant.clone()).unwrap();
    assert!(matches!(till.world.add_merchant(merchant), Err(RegisterError::Taken { .. })));
}
