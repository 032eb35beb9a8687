//! Message push: what WeChat's secret covers, and what strangers send.

use suanpan_wechat::{
    Timestamp,
    id::{Appid, NonceStr},
    push::{Event, PlainPush, PushError, PushQuery, SealedPush},
    secret::{EncodingAesKey, PushToken},
};

const KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
const NOW: Timestamp = Timestamp::from_unix(1_409_304_348);
const SETTLEMENT: &str = r#"{"ToUserName":"gh_abcdefg","FromUserName":"oABCD","CreateTime":1662480000,"MsgType":"event","Event":"trade_manage_order_settlement","transaction_id":"42000000000000123","merchant_id":"1234567890","sub_merchant_id":"","merchant_trade_no":"1234567890123","pay_time":1662380000,"shipped_time":1662480000,"estimated_settlement_time":1662880000}"#;

fn token() -> PushToken {
    PushToken::new("pamtest").unwrap()
}

fn nonce(text: &str) -> NonceStr {
    NonceStr::new(text).unwrap()
}

fn sealed() -> SealedPush {
    let key = EncodingAesKey::new(KEY).unwrap();
    SealedPush::new(Appid::new("wxb11529c136998cb6").unwrap(), token(), key)
}

/// The frame of `WxJava`'s test.
#[test]
fn a_message_seals_to_the_published_bytes() {
    let reply = sealed().seal("我是中文abcd123", *b"aaaabbbbccccdddd", NOW, &nonce("xxxxxx"));
    let json: serde_json::Value = serde_json::from_str(&reply.to_json()).unwrap();
    assert_eq!(
        json["Encrypt"],
        "jn1L23DB+6ELqJ+6bruv21Y6MD7KeIfP82D6gU39rmkgczbWwt5+3bnyg5K55bgVtVzd832WzZGMhkP72vVOfg=="
    );
    assert_eq!(json["MsgSignature"], "82c962d39941aa48552f90ef55aa323dc620cc10");
    assert_eq!((&json["TimeStamp"], &json["Nonce"]), (&1_409_304_348_i64.into(), &"xxxxxx".into()));
}

#[test]
fn the_address_is_confirmed_to_who_knows_the_token() {
    let good = "signature=76480565cbe296026c53aaacd1ad523a1ddba24f&timestamp=1409304348&nonce=xxxxxx&echostr=5838479218127813673";
    let query = PushQuery::parse(good).unwrap();
    assert_eq!(sealed().echo(&query, NOW), Ok("5838479218127813673"));
    assert_eq!(PlainPush::new(token()).echo(&query, NOW), Ok("5838479218127813673"));
    let other = PlainPush::new(PushToken::new("pamtesu").unwrap());
    assert_eq!(other.echo(&query, NOW), Err(PushError::BadSignature));
    for (bad, error) in [
        (good.replace("timestamp=1409304348", "timestamp=1409304349"), PushError::BadSignature),
        (good.replace("nonce=xxxxxx", "nonce=xxxxxy"), PushError::BadSignature),
        (good.replace("76480565", "76480564"), PushError::BadSignature),
        (good.replace("signature=7648", "signature="), PushError::BadSignature),
        (good.replace("signature=", "signed="), PushError::Query),
        (good.replace("&echostr=5838479218127813673", ""), PushError::Query),
        (good.replace("timestamp=1409304348", "timestamp=soon"), PushError::Query),
    ] {
        let query = PushQuery::parse(&bad).unwrap();
        assert_eq!(sealed().echo(&query, NOW), Err(error), "{bad}");
    }
    for bad in
        ["", "timestamp=1", "nonce=x", &format!("{good}&nonce=y"), &format!("{good}&signature=")]
    {
        assert_eq!(PushQuery::parse(bad).unwrap_err(), PushError::Query, "{bad}");
    }
    assert!(!format!("{query:?}").contains("7648"));
}

#[test]
fn an_old_address_is_good_for_nothing() {
    let query =
        "signature=76480565cbe296026c53aaacd1ad523a1ddba24f&timestamp=1409304348&nonce=xxxxxx";
    let query = PushQuery::parse(query).unwrap();
    let push = PlainPush::new(token());
    for (away, accepted) in [(-301, false), (-300, true), (300, true), (301, false)] {
        let received = push.receive(&query, SETTLEMENT.as_bytes(), NOW.plus(away));
        assert_eq!(received.is_ok(), accepted, "{away}");
        if !accepted {
            assert_eq!(received, Err(PushError::OutsideWindow { skew_seconds: away }));
        }
    }
}

#[test]
fn a_sealed_push_is_opened_and_read() {
    let push = sealed();
    let message = push.seal(SETTLEMENT, [7; 16], NOW, &nonce("n1"));
    let query = PushQuery::parse(&message.query()).unwrap();
    let received = push.receive(&query, message.to_json().as_bytes(), NOW).unwrap();
    let message = received.get();
    assert_eq!(message.to_user_name, "gh_abcdefg");
    assert_eq!(message.identity(), "oABCD/1662480000/trade_manage_order_settlement");
    let Event::OrderSettlement(settlement) = &message.event else { panic!("{message:?}") };
    assert_eq!(settlement.transaction_id.as_str(), "42000000000000123");
    assert_eq!(settlement.sub_merchant_id, None);
    assert_eq!(settlement.shipped_time, Some(Timestamp::from_unix(1_662_480_000)));
    assert_eq!((settlement.confirm_receive_method, settlement.settlement_time), (None, None));
}

#[test]
fn every_documented_event_is_typed_and_every_other_kept() {
    let read = |body: &str| {
        let query =
            "signature=76480565cbe296026c53aaacd1ad523a1ddba24f&timestamp=1409304348&nonce=xxxxxx";
        let query = PushQuery::parse(query).unwrap();
        PlainPush::new(token()).receive(&query, body.as_bytes(), NOW).unwrap().get().clone()
    };
    let head = r#""ToUserName":"gh_1","FromUserName":"oABCD","CreateTime":1662480000"#;
    let remind = read(&format!(
        r#"{{{head},"MsgType":"event","Event":"trade_manage_remind_access_api","msg":"请接入"}}"#
    ));
    assert_eq!(remind.event, Event::RemindAccessApi { msg: "请接入".to_owned() });
    let unshipped = read(&format!(
        r#"{{{head},"MsgType":"event","Event":"trade_manage_remind_shipping","transaction_id":"42","merchant_id":"1234567890","sub_merchant_id":"1234567891","merchant_trade_no":"1234567890123","pay_time":1662380000,"msg":"请发货"}}"#
    ));
    let Event::RemindShipping(unshipped) = unshipped.event else { panic!("unshipped") };
    assert_eq!(unshipped.sub_merchant_id.unwrap().as_str(), "1234567891");
    let settled = read(&SETTLEMENT.replace(
        "\"estimated_settlement_time\":1662880000",
        "\"estimated_settlement_time\":0,\"confirm_receive_method\":1,\"confirm_receive_time\":1662780000,\"settlement_time\":1662880000",
    ));
    let Event::OrderSettlement(settled) = settled.event else { panic!("settled") };
    assert_eq!(
        (settled.confirm_receive_method, settled.estimated_settlement_time),
        (Some(1), None)
    );

    let text =
        read(&format!(r#"{{{head},"MsgType":"text","Content":"hello","MsgId":1234567890123456}}"#));
    assert_eq!(text.identity(), "1234567890123456");
    assert_eq!(text.event.name(), "text");
    let odd = read(&SETTLEMENT.replace("\"42000000000000123\"", "[]"));
    assert!(matches!(odd.event, Event::Unknown { .. }), "a new shape is kept");
    let Event::Unknown { json, event, .. } = odd.event else { unreachable!() };
    assert!(json.contains("1234567890123"));
    assert_eq!(event.as_deref(), Some("trade_manage_order_settlement"));
}

/// The same event in the other form the console offers.
const SETTLEMENT_XML: &str = "<xml><ToUserName><![CDATA[gh_abcdefg]]></ToUserName><FromUserName><![CDATA[oABCD]]></FromUserName><CreateTime>1662480000</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[trade_manage_order_settlement]]></Event><transaction_id><![CDATA[42000000000000123]]></transaction_id><merchant_id><![CDATA[1234567890]]></merchant_id><sub_merchant_id><![CDATA[]]></sub_merchant_id><merchant_trade_no><![CDATA[1234567890123]]></merchant_trade_no><pay_time>1662380000</pay_time><shipped_time>1662480000</shipped_time><estimated_settlement_time>1662880000</estimated_settlement_time></xml>";

#[test]
fn xml_says_the_same_as_json() {
    let push = sealed();
    let received = |message: &str, xml: bool| {
        let message = push.seal(message, [7; 16], NOW, &nonce("n1"));
        let query = PushQuery::parse(&message.query()).unwrap();
        let body = if xml { message.to_xml() } else { message.to_json() };
        push.receive(&query, body.as_bytes(), NOW).unwrap().into_inner()
    };
    let json = received(SETTLEMENT, false);
    assert!(matches!(json.event, Event::OrderSettlement(_)));
    for (message, xml) in [(SETTLEMENT_XML, true), (SETTLEMENT_XML, false), (SETTLEMENT, true)] {
        assert_eq!(received(message, xml), json);
    }
}

#[test]
fn n09_a_sealed_push_with_any_byte_changed_is_refused() {
    let push = sealed();
    let message = push.seal(SETTLEMENT, [7; 16], NOW, &nonce("n1"));
    let (query, body) = (message.query(), message.to_json());
    let accepted = |query: &str, body: &[u8]| {
        PushQuery::parse(query).is_ok_and(|query| push.receive(&query, body, NOW).is_ok())
    };
    assert!(accepted(&query, body.as_bytes()));
    let start = body.find("\"Encrypt\":\"").unwrap() + 11;
    let end = body[start..].find('"').unwrap() + start;
    for at in start..end {
        let mut changed = body.clone().into_bytes();
        changed[at] ^= 1;
        assert!(!accepted(&query, &changed), "byte {at} of the body");
    }
    for member in ["timestamp=", "nonce=", "msg_signature="] {
        let start = query.find(member).unwrap() + member.len();
        let end = query[start..].find('&').map_or(query.len(), |length| start + length);
        for at in start..end {
            let mut changed = query.clone().into_bytes();
            changed[at] ^= 1;
            let changed = String::from_utf8(changed).unwrap();
            assert!(!accepted(&changed, body.as_bytes()), "{changed}");
        }
    }
}

#[test]
fn somebody_elses_key_or_app_does_not_open() {
    let message = sealed().seal(SETTLEMENT, [7; 16], NOW, &nonce("n1"));
    let query = PushQuery::parse(&message.query()).unwrap();
    let body = message.to_json();
    let receive = |push: &SealedPush| push.receive(&query, body.as_bytes(), NOW).map(|_| ());
    let other_key = EncodingAesKey::new(&KEY.replace('a', "b")).unwrap();
    let appid = Appid::new("wxb11529c136998cb6").unwrap();
    let rotated = SealedPush::new(appid, token(), other_key.clone());
    assert_eq!(receive(&rotated), Err(PushError::DoesNotOpen));
    let old_key = EncodingAesKey::new(KEY).unwrap();
    assert_eq!(receive(&rotated.with_previous_key(old_key.clone())), Ok(()));
    for appid in ["wxb11529c136998cb7", "wxb11529c136998cb", "wx"] {
        let other = SealedPush::new(Appid::new(appid).unwrap(), token(), old_key.clone());
        assert_eq!(receive(&other), Err(PushError::DoesNotOpen), "{appid}");
    }
    assert!(!format!("{:?}", sealed()).contains("pamtest"));
}

#[test]
fn sealed_mode_takes_no_plain_message() {
    let plain =
        "signature=76480565cbe296026c53aaacd1ad523a1ddba24f&timestamp=1409304348&nonce=xxxxxx";
    let query = PushQuery::parse(plain).unwrap();
    assert_eq!(sealed().receive(&query, SETTLEMENT.as_bytes(), NOW).unwrap_err(), PushError::Body);
    let message = sealed().seal(SETTLEMENT, [7; 16], NOW, &nonce("xxxxxx"));
    // The address's signature is no signature of the message.
    let with_body = sealed().receive(&query, message.to_json().as_bytes(), NOW);
    assert_eq!(with_body.unwrap_err(), PushError::Query);
}

#[test]
fn hostile_bodies_are_refused() {
    let query =
        "signature=76480565cbe296026c53aaacd1ad523a1ddba24f&timestamp=1409304348&nonce=xxxxxx";
    let query = PushQuery::parse(query).unwrap();
    let deep = "[".repeat(100_000);
    let twice = r#"{"ToUserName":"a","ToUserName":"b"}"#;
    for body in [
        "",
        "{}",
        "null",
        "[]",
        "\u{0}",
        deep.as_str(),
        twice,
        "<html></html>",
        "<!DOCTYPE xml [<!ENTITY a \"b\">]><xml><MsgType>&a;</MsgType></xml>",
        "<xml><MsgType>text</MsgType><MsgType>event</MsgType></xml>",
        "<xml><a><b>c</b></a></xml>",
        &" ".repeat(200_000),
    ] {
        let plain = PlainPush::new(token()).receive(&query, body.as_bytes(), NOW);
        assert_eq!(plain.unwrap_err(), PushError::Body);
        let sealed = sealed().receive(&query, body.as_bytes(), NOW);
        assert_eq!(sealed.unwrap_err(), PushError::Body);
    }
    assert!(PlainPush::new(token()).receive(&query, &[0xFF, 0xFE], NOW).is_err());
}
