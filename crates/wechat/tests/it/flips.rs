//! Any bit flipped anywhere is refused (threat n09): requests, second signatures, and messages of
//! v2. Answers and notifications are in `verify` and `notify`, pushes in `open::push`.

use suanpan_wechat::{
    Timestamp, Verified,
    call::{Outcome, Request},
    id::{Appid, Mchid, NonceStr, PrepayId},
    invoke::invocation_message,
    key::RsaPublicKey,
    pay_v2::{Number, judge, notify::payment, query::Query},
    platform::Authorization,
    sign::{Signer as _, authorization},
    trust::TrustRing,
};

use crate::{
    pay_v2::world::{
        BOTH, PAID, answered, fields, keys, merchant as v2_merchant, out_trade_no, signed,
    },
    world::{DEMO_PUBLIC, DEMO_SERIAL, merchant, now, serial},
};

/// `message` with each of its bits flipped, and the place of the byte.
fn flips(message: &[u8]) -> impl Iterator<Item = (usize, Vec<u8>)> {
    (0..message.len() * 8).map(|at| {
        let mut flipped = message.to_vec();
        flipped[at / 8] ^= 1 << (at % 8);
        (at / 8, flipped)
    })
}

/// As texts, where they still are.
fn text_flips(text: &str) -> impl Iterator<Item = (usize, String)> {
    flips(text.as_bytes()).filter_map(|(at, bytes)| Some((at, String::from_utf8(bytes).ok()?)))
}

fn wechat() -> TrustRing {
    let mut ring = TrustRing::default();
    ring.add_public_key(serial(DEMO_SERIAL), DEMO_PUBLIC).unwrap();
    ring
}

#[test]
fn n09_a_request_with_any_bit_flipped_is_refused() {
    let ring = wechat();
    let request = Request::post("/v3/pay/transactions/jsapi?a=%7C", br#"{"total":1}"#.to_vec());
    let (target, body) = (request.target.as_str(), request.body.as_slice());
    let mchid = Mchid::new("1900007291").unwrap();
    let nonce_str = NonceStr::new("593BEC0C930BF1AFEB40B4A08C8FB242").unwrap();
    let header = authorization(&merchant(), &mchid, now(), &nonce_str, &request);
    let accepts = |header: &str, method: &str, target: &str, body: &[u8]| {
        Authorization::read(header)
            .is_ok_and(|header| header.check(&ring, method, target, body).is_ok())
    };
    assert!(accepts(&header, "POST", target, body));
    for (at, method) in text_flips("POST") {
        assert!(!accepts(&header, &method, target, body), "byte {at} of the method");
    }
    for (at, target) in text_flips(target) {
        assert!(!accepts(&header, "POST", &target, body), "byte {at} of the target");
    }
    for (at, body) in flips(body) {
        assert!(!accepts(&header, "POST", target, &body), "byte {at} of the body");
    }
    // The one member that nobody signs: whoever keeps the ring knows whose keys are in it.
    let start = header.find("mchid=\"").unwrap() + "mchid=\"".len();
    let unsigned = start..start + mchid.as_str().len();
    for (at, flipped) in text_flips(&header).filter(|(at, _)| !unsigned.contains(at)) {
        assert!(!accepts(&flipped, "POST", target, body), "byte {at} of {flipped}");
    }
}

#[test]
fn n09_a_second_signature_with_any_bit_flipped_opens_no_cashier() {
    let demo = RsaPublicKey::from_pem(DEMO_PUBLIC).unwrap();
    let appid = Appid::new("wx2421b1c4370ec43b").unwrap();
    let nonce_str = NonceStr::new("593BEC0C930BF1AFEB40B4A08C8FB242").unwrap();
    let prepay_id = PrepayId::new("wx201410272009395522657a690389285100").unwrap();
    let at = Timestamp::from_unix(1_554_208_460);
    let package = format!("prepay_id={prepay_id}");
    let message = invocation_message(&appid, at, &nonce_str, &package);
    let sign = merchant().sign(message.as_bytes());
    assert!(demo.verifies(message.as_bytes(), &sign));
    for (at, flipped) in flips(message.as_bytes()) {
        assert!(!demo.verifies(&flipped, &sign), "byte {at} of the message");
    }
    for (at, flipped) in text_flips(&sign) {
        assert!(!demo.verifies(message.as_bytes(), &flipped), "byte {at} of the signature");
    }
    let invocation = [
        ("appId", appid.as_str()),
        ("timeStamp", "1554208460"),
        ("nonceStr", nonce_str.as_str()),
        ("package", &package),
        ("signType", "HMAC-SHA256"),
    ];
    for keys in BOTH.map(keys) {
        let sign = keys.sign(&fields(&invocation));
        for (at, (name, value)) in invocation.iter().enumerate() {
            for (_, flipped) in text_flips(value).filter(|(_, text)| is_xml(text)) {
                let mut other = invocation;
                other[at].1 = &flipped;
                assert_ne!(keys.sign(&fields(&other)), sign, "{name}={flipped:?}");
            }
        }
    }
}

fn is_xml(text: &str) -> bool {
    !text.chars().any(char::is_control)
}

/// Documents are long. Five is less than eight and shares nothing with it, so every byte is met, and
/// every bit of some.
const EVERY: usize = 5;

/// Empty fields mean nothing, whatever they are called, so a flip there may leave a message that
/// says the same.
#[test]
fn n09_a_v2_message_with_any_bit_flipped_is_refused_or_says_the_same() {
    let number = Number::OutTradeNo(out_trade_no("1409811653"));
    let query = Query { merchant: v2_merchant(), number, with_promotions: false };
    let said = [&PAID[..], &[("trade_state", "SUCCESS")]].concat();
    for keys in BOTH.map(keys) {
        let document = signed(&keys, &PAID);
        let notified = |document: &[u8]| payment(&keys, document).ok().map(Verified::into_inner);
        let plain = notified(&document);
        assert!(plain.is_some());
        let (mut flipped_bits, mut refused) = (0, 0);
        for (at, flipped) in flips(&document).step_by(EVERY) {
            flipped_bits += 1;
            match notified(&flipped) {
                None => refused += 1,
                same => assert_eq!(same, plain, "byte {at}"),
            }
        }
        assert!(refused * 8 > flipped_bits * 7, "{refused} of {flipped_bits}");

        let document = signed(&keys, &said);
        let Outcome::Success(plain) = judge(&query, &answered(document.clone()), &keys) else {
            panic!("an answer")
        };
        for (at, flipped) in flips(&document).step_by(EVERY) {
            match judge(&query, &answered(flipped), &keys) {
                Outcome::Unknown(_) => {}
                Outcome::Success(same) => assert_eq!(same, plain, "byte {at}"),
                Outcome::Rejected(refusal) => panic!("byte {at}: {refusal:?}"),
            }
        }
    }
}
