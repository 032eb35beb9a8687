//! The echo, there and back.

use suanpan_wechat::{
    Timestamp,
    call::Call,
    echo::{Echo, EchoMessage, SelfTest},
    id::{Mchid, SerialNo},
    key::MerchantKey,
    sensitive::{SealedText, SensitiveText},
    text::NotifyUrl,
    trust::TrustRing,
};

const SERIAL: &str = "PUB_KEY_ID_0114232134912410000000000000";

fn message(text: &str) -> EchoMessage {
    EchoMessage::new(text).unwrap()
}

#[test]
fn a_plain_echo_names_no_key() {
    let request = SelfTest::new(message("你好")).request();
    assert_eq!((request.method.as_str(), &*request.target), ("POST", "/v3/security/echo"));
    assert_eq!(request.body, r#"{"echo_message":"你好"}"#.as_bytes());
    assert_eq!(request.sealed_to, None);
    assert!(EchoMessage::new("").is_err() && EchoMessage::new("\u{1F600}").is_err());
}

#[test]
fn an_encrypted_echo_names_its_key_and_comes_back_for_the_merchant() {
    let public = include_str!("../vectors/demo_merchant_public.pem");
    let private = include_str!("../vectors/demo_merchant_private.pem");
    let mut ring = TrustRing::default();
    ring.add_public_key(SerialNo::new(SERIAL).unwrap(), public).unwrap();
    let key = ring.encryption_key(Timestamp::from_unix(1_727_757_296)).unwrap();
    let test = SelfTest {
        notify_url: Some(NotifyUrl::new("https://shop.example/notify/v3/main").unwrap()),
        encrypted_echo_message: Some(SensitiveText::seal(&key, "张三").unwrap()),
        ..SelfTest::new(message("hello"))
    };
    let request = test.request();
    assert_eq!(request.sealed_to.as_ref().unwrap().as_str(), SERIAL);
    assert_eq!(test.request(), request, "a repeat is the same bytes");
    let sent: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(sent["notify_url"], "https://shop.example/notify/v3/main");

    // WeChat encrypts to the merchant's certificate what it decrypted; the key is the same here.
    let sealed = sent["encrypted_echo_message"].as_str().unwrap();
    let body =
        serde_json::json!({"echo_message": "hello", "encrypted_echo_message": sealed}).to_string();
    let answer = test.read(200, body.as_bytes()).unwrap();
    let mchid = Mchid::new("1900007291").unwrap();
    let merchant =
        MerchantKey::from_private_key(mchid, SerialNo::new("AA").unwrap(), private).unwrap();
    let opened = merchant.open_sensitive(&answer.encrypted_echo_message.unwrap()).unwrap();
    assert_eq!(opened.expose(), "张三");
}

#[test]
fn the_notification_spells_its_member_differently() {
    let echo = |json: &str| serde_json::from_str::<Echo>(json).unwrap();
    let plain = echo(r#"{"echo_message":"hello"}"#);
    assert_eq!((plain.echo_message.as_str(), plain.encrypt_echo_message), ("hello", None));
    for name in ["encrypt_echo_message", "encrypted_echo_message"] {
        let sealed = echo(&format!(r#"{{"echo_message":"hello","{name}":"QUJD"}}"#));
        assert_eq!(sealed.encrypt_echo_message.as_ref().map(SealedText::as_str), Some("QUJD"));
    }
    assert!(serde_json::from_str::<Echo>(r#"{"mchid":"1900007291"}"#).is_err());
}
