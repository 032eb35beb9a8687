//! The `Authorization` header as WeChat reads it.

use proptest::{prelude::*, sample::Index};
use suanpan_wechat::{
    Timestamp,
    call::Request,
    id::{Mchid, NonceStr, SerialNo},
    platform::Authorization,
    sign::authorization,
    trust::TrustRing,
    verify::VerifyError,
};

use crate::world::{DEMO_PUBLIC, DEMO_SERIAL, merchant, now, serial};

/// Writes the header with its five members in the order of `order`, a permutation.
fn write(header: &Authorization, order: &[usize], separator: &str) -> String {
    let members = [
        format!("mchid=\"{}\"", header.mchid),
        format!("nonce_str=\"{}\"", header.nonce_str),
        format!("signature=\"{}\"", header.signature),
        format!("timestamp=\"{}\"", header.timestamp.unix()),
        format!("serial_no=\"{}\"", header.serial_no),
    ];
    let ordered: Vec<&str> = order.iter().map(|at| members[*at].as_str()).collect();
    format!("{} {}", header.scheme, ordered.join(separator))
}

prop_compose! {
    fn any_header()(
        mchid in "[0-9]{1,32}",
        nonce_str in "[0-9A-Za-z]{1,32}",
        signature in "[0-9A-Za-z+/]{342}==",
        timestamp in 0_i64..=9_999_999_999,
        serial_no in "[0-9A-F]{40}|PUB_KEY_ID_[0-9]{28}",
    ) -> Authorization {
        Authorization {
            scheme: "WECHATPAY2-SHA256-RSA2048".to_owned(),
            mchid: Mchid::new(mchid).unwrap(),
            nonce_str,
            signature,
            timestamp: Timestamp::from_unix(timestamp),
            serial_no: SerialNo::new(serial_no).unwrap(),
        }
    }
}

proptest! {
    #[test]
    fn what_was_written_is_read_in_any_order(
        header in any_header(),
        order in Just([0_usize, 1, 2, 3, 4]).prop_shuffle(),
        separator in prop_oneof![Just(","), Just(", ")],
    ) {
        prop_assert_eq!(Authorization::read(&write(&header, &order, separator)), Ok(header));
    }

    #[test]
    fn a_missing_or_doubled_member_is_refused(
        header in any_header(),
        at in any::<Index>(),
    ) {
        let at = at.index(5);
        let without: Vec<usize> = (0..5).filter(|member| *member != at).collect();
        prop_assert!(Authorization::read(&write(&header, &without, ",")).is_err());
        prop_assert!(Authorization::read(&write(&header, &[0, 1, 2, 3, 4, at], ",")).is_err());
    }

    #[test]
    fn arbitrary_text_is_refused_without_panic(text in "\\PC{0,300}") {
        prop_assert!(Authorization::read(&text).is_err());
    }
}

#[test]
fn what_a_merchant_signs_wechat_accepts_and_nothing_else() {
    let mut ring = TrustRing::default();
    ring.add_public_key(serial(DEMO_SERIAL), DEMO_PUBLIC).unwrap();
    let request = Request::post("/v3/pay/transactions/jsapi", br#"{"a":1}"#.to_vec());
    let mchid = Mchid::new("1900007291").unwrap();
    let nonce_str = NonceStr::new("593BEC0C930BF1AFEB40B4A08C8FB242").unwrap();
    let header = authorization(&merchant(), &mchid, now(), &nonce_str, &request);
    let header = Authorization::read(&header).unwrap();
    let check = |method, target, body: &[u8]| header.check(&ring, method, target, body);
    assert_eq!(check("POST", &request.target, &request.body), Ok(()));
    for (method, target, body) in [
        ("GET", request.target.as_str(), request.body.as_slice()),
        ("POST", "/v3/pay/transactions/jsapi?", &request.body),
        ("POST", "/v3/pay/transactions/h5", &request.body),
        ("POST", &request.target, br#"{"a":2}"#),
        ("POST", &request.target, b"{\"a\":1}\n"),
        ("POST", &request.target, b""),
    ] {
        assert_eq!(
            check(method, target, body),
            Err(VerifyError::BadSignature),
            "{method} {target}"
        );
    }
}
