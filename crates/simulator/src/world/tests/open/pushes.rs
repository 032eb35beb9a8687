use suanpan_wechat::{
    push::{Event, PlainPush, PushQuery, SealedPush},
    secret::{EncodingAesKey, PushToken},
};

use super::{
    shipping::{express, managed, ship},
    *,
};

const TOKEN: &str = "pamtest";
const KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";

fn push(mode: PushMode, format: PushFormat) -> Push {
    Push {
        url: "https://shop.example/push?app=1".to_owned(),
        token: TOKEN.to_owned(),
        encoding_aes_key: Some(KEY.to_owned()),
        mode,
        format,
    }
}

fn query(url: &str) -> PushQuery {
    PushQuery::parse(url.split_once('?').unwrap().1).unwrap()
}

/// Ships an order of an app with this push; what was pushed then.
fn shipped(push: &Push) -> (Till, Delivery) {
    let (mut till, id) = managed(100);
    till.world.set_push(&mini_program(), Some(push.clone())).unwrap();
    till.due();
    ship(&mut till, &id, express()).unwrap();
    let mut sent = pushed(&mut till);
    assert_eq!(sent.len(), 1);
    let delivery = sent.remove(0);
    (till, delivery)
}

/// What of the due sendings is pushed; the payment's own notification is nobody's business here.
fn pushed(till: &mut Till) -> Vec<Delivery> {
    till.due().into_iter().filter(|sent| sent.url.contains("/push")).collect()
}

fn sealed() -> SealedPush {
    let (token, key) = (PushToken::new(TOKEN).unwrap(), EncodingAesKey::new(KEY).unwrap());
    SealedPush::new(mini_program(), token, key)
}

fn answered(till: &mut Till, delivery: &Delivery, body: &str) {
    let result = NotifyResult::Answered { status: 200, body: body.as_bytes().to_vec() };
    till.world.notified(delivery.delivery_id, result, till.times());
}

#[test]
fn the_console_asks_for_an_echo() {
    let mut till = Till::open();
    let wanted = push(PushMode::Secure, PushFormat::Json);
    let check = till.world.check_push(&mini_program(), &wanted, till.times()).unwrap();
    assert!(check.url.starts_with("https://shop.example/push?app=1&signature="));
    let plain = PlainPush::new(PushToken::new(TOKEN).unwrap());
    let query = query(&check.url);
    assert_eq!(plain.echo(&query, till.now).unwrap(), check.echostr);
    for bad in [
        Push { url: "ftp://shop.example".into(), ..wanted.clone() },
        Push { token: "a".into(), ..wanted.clone() },
        Push { encoding_aes_key: None, ..wanted.clone() },
        Push { encoding_aes_key: Some(KEY[1..].to_owned()), ..wanted.clone() },
    ] {
        assert!(till.world.check_push(&mini_program(), &bad, till.times()).is_err(), "{bad:?}");
    }
    let mobile = Appid::new(pool::MOBILE_APP).unwrap();
    assert!(till.world.check_push(&mobile, &wanted, till.times()).is_err());
}

#[test]
fn the_protocol_crate_reads_every_form() {
    for format in [PushFormat::Json, PushFormat::Xml] {
        let (till, plain) = shipped(&push(PushMode::Plain, format));
        let reader = PlainPush::new(PushToken::new(TOKEN).unwrap());
        let hint = reader.receive(&query(&plain.url), &plain.body, till.now).unwrap();
        assert!(matches!(hint.get().event, Event::OrderSettlement(_)), "{hint:?}");
        for mode in [PushMode::Compatible, PushMode::Secure] {
            let (till, delivery) = shipped(&push(mode, format));
            let said = sealed().receive(&query(&delivery.url), &delivery.body, till.now).unwrap();
            let said = said.into_inner();
            assert_eq!(said.from_user_name.as_str(), till.openid("amei"));
            let Event::OrderSettlement(settlement) = said.event else { panic!("{:?}", said.event) };
            assert_eq!(settlement.merchant_trade_no.as_str(), "order-0001");
            assert_eq!(settlement.shipped_time, Some(till.now));
            assert_eq!(settlement.settlement_time, None);
            let clear = String::from_utf8(delivery.body).unwrap().contains("trade_manage");
            assert_eq!(clear, mode == PushMode::Compatible);
        }
    }
}

#[test]
fn a_push_is_sent_three_times_and_signed_anew_each_time() {
    let (mut till, first) = shipped(&push(PushMode::Secure, PushFormat::Json));
    let mut urls = vec![first.url.clone()];
    answered(&mut till, &first, "<xml/>");
    for _ in 0..2 {
        till.wait(5);
        let again = pushed(&mut till).remove(0);
        sealed().receive(&query(&again.url), &again.body, till.now).unwrap();
        assert_eq!(again.notification_id, first.notification_id);
        urls.push(again.url.clone());
        answered(&mut till, &again, "fail");
    }
    till.wait(60);
    assert!(pushed(&mut till).is_empty());
    urls.dedup();
    assert_eq!(urls.len(), 3);
    for good in ["success", ""] {
        let (mut till, delivery) = shipped(&push(PushMode::Plain, PushFormat::Json));
        answered(&mut till, &delivery, good);
        till.wait(60);
        assert!(pushed(&mut till).is_empty(), "{good:?} is enough");
    }
}

#[test]
fn spoiled_pushes_are_not_believed() {
    for fault in [FaultName::NotifyBadSignature, FaultName::NotifyUndecryptable] {
        let (mut till, id) = managed(100);
        till.world
            .set_push(&mini_program(), Some(push(PushMode::Secure, PushFormat::Json)))
            .unwrap();
        till.due();
        till.world.set_faults(vec![Fault::times(fault, 1)]);
        ship(&mut till, &id, express()).unwrap();
        let delivery = pushed(&mut till).remove(0);
        assert!(sealed().receive(&query(&delivery.url), &delivery.body, till.now).is_err());
        answered(&mut till, &delivery, "no");
        till.wait(5);
        let again = pushed(&mut till).remove(0);
        assert!(sealed().receive(&query(&again.url), &again.body, till.now).is_ok());
    }
}

#[test]
fn whoever_does_not_ship_is_reminded() {
    let (mut till, _) = managed(100);
    till.world.set_push(&mini_program(), Some(push(PushMode::Secure, PushFormat::Xml))).unwrap();
    till.due();
    till.wait(2 * 24 * 3600);
    let reminder = pushed(&mut till).remove(0);
    let read = sealed().receive(&query(&reminder.url), &reminder.body, till.now).unwrap();
    assert!(matches!(read.get().event, Event::RemindShipping(_)), "{read:?}");
}
