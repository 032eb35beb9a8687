//! Signatures over answers and notifications: what is refused, and why.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use proptest::prelude::*;
use suanpan_wechat::{
    Timestamp, Verified,
    trust::TrustRing,
    verify,
    verify::{SignatureHeaders, Verifier, VerifyError, WINDOW_SECONDS},
};

use crate::house::{Absent as _, Probe};
use crate::world::{attacker, headers_at, now, platform, read_headers, ring, serial, signed};

const BODY: &[u8] = br#"{"code_url":"weixin://wxpay/bizpayurl?pr=JyC91EIz1"}"#;

fn read(headers: &[(String, String)]) -> Result<SignatureHeaders, VerifyError> {
    SignatureHeaders::read(|name| {
        headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    })
}

#[test]
fn n01_each_of_the_four_headers_is_required() {
    let headers = headers_at(&platform(), now(), BODY);
    for required in
        ["wechatpay-timestamp", "wechatpay-nonce", "wechatpay-signature", "wechatpay-serial"]
    {
        let without: Vec<_> =
            headers.iter().filter(|(name, _)| name != required).cloned().collect();
        assert_eq!(read(&without), Err(VerifyError::MissingHeader { name: required }));
        for odd in ["", " ", "\u{7f}", &"1".repeat(1025)] {
            let mut changed = headers.clone();
            changed.iter_mut().find(|(name, _)| name == required).unwrap().1 = odd.to_owned();
            let accepted = read(&changed)
                .and_then(|headers| verify(&ring(), &headers, BODY, now()).map(|_| ()));
            assert!(accepted.is_err(), "{required}: {odd:?}");
        }
    }
    assert!(read(&headers).is_ok());
}

#[test]
fn n01_a_timestamp_is_written_in_one_way_only() {
    for odd in [
        "+1727757296",
        "01727757296",
        "-1",
        "1727757296.0",
        "1727757296 ",
        "0x66FB",
        "١٧٢٧٧٥٧٢٩٦",
        "9223372036854775808",
        "9223372036854775807",
    ] {
        let mut headers = headers_at(&platform(), now(), BODY);
        headers[0].1 = odd.to_owned();
        let expected = VerifyError::MalformedHeader { name: "wechatpay-timestamp" };
        assert_eq!(read(&headers), Err(expected), "{odd}");
    }
}

#[test]
fn a_line_break_in_the_nonce_cannot_move_the_start_of_the_body() {
    // "…\nNONCE\nfirst\nsecond\n" is also what nonce "NONCE\nfirst" and body "second" would give.
    let mut headers = headers_at(&platform(), now(), b"first\nsecond");
    headers[1].1.push_str("\nfirst");
    assert_eq!(read(&headers), Err(VerifyError::MalformedHeader { name: "wechatpay-nonce" }));
}

#[test]
fn another_signature_suite_is_refused() {
    let mut headers = headers_at(&platform(), now(), BODY);
    headers[4].1 = "WECHATPAY2-SM2-WITH-SM3".to_owned();
    let name = "wechatpay-signature-type";
    let claims_sm = read(&headers).unwrap();
    let expected = VerifyError::OtherSuite { expected: "WECHATPAY2-SHA256-RSA2048" };
    assert_eq!(verify(&ring(), &claims_sm, BODY, now()), Err(expected));
    headers[4].1 = String::new();
    assert_eq!(read(&headers), Err(VerifyError::MalformedHeader { name }));
    // Absent is fine: the four others decide.
    headers.pop();
    let silent = read(&headers).unwrap();
    assert!(verify(&ring(), &silent, BODY, now()).is_ok());
}

#[test]
fn n02_verification_takes_present_headers_and_nothing_else_makes_verified() {
    // The types are the proof: headers by reference, not an option of them.
    type Verify<'a> = fn(&dyn Verifier, &SignatureHeaders, &'a [u8], Timestamp) -> Verdict<'a>;
    type Verdict<'a> = Result<Verified<&'a [u8]>, VerifyError>;
    let _: Verify<'static> = verify;
    // And `Verified` can neither be parsed nor defaulted into being; that it has no public
    // constructor is shown by the compile-fail examples of the module.
    const { assert!(!Probe::<Verified<String>>::DESERIALISABLE) };
    const { assert!(!Probe::<Verified<String>>::DEFAULT) };
    const { assert!(Probe::<String>::DESERIALISABLE) };
    const { assert!(Probe::<String>::DEFAULT) };
}

#[test]
fn n06_a_signature_matches_exactly_or_not_at_all() {
    let headers = signed(&platform(), BODY);
    let good = headers.signature.clone();
    let swapped: String = good
        .chars()
        .map(|c| if c.is_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })
        .collect();
    let url_safe = good.replace('+', "-").replace('/', "_");
    for odd in [
        swapped,
        good.to_lowercase(),
        url_safe.clone(),
        format!("{good}="),
        format!("{good} "),
        format!(" {good}"),
        format!("{good}{good}"),
        good.trim_end_matches('=').to_owned(),
        good[..good.len() - 4].to_owned(),
        "=".repeat(344),
        "A".repeat(344),
    ] {
        let headers = SignatureHeaders { signature: odd.clone(), ..headers.clone() };
        if odd == good {
            assert_eq!(odd, url_safe, "only a signature without + and / is its own variant");
            continue;
        }
        assert_eq!(verify(&ring(), &headers, BODY, now()), Err(VerifyError::BadSignature), "{odd}");
    }
    assert!(verify(&ring(), &headers, BODY, now()).is_ok());
}

#[test]
fn n09_a_byte_changed_at_any_offset_is_refused() {
    let headers = headers_at(&platform(), now(), BODY);
    assert!(verify(&ring(), &read_headers(&headers), BODY, now()).is_ok());
    for at in 0..BODY.len() {
        for bit in 0..8 {
            let mut body = BODY.to_vec();
            body[at] ^= 1 << bit;
            let verdict = verify(&ring(), &read_headers(&headers), &body, now());
            assert_eq!(verdict, Err(VerifyError::BadSignature), "byte {at}, bit {bit}");
        }
    }
    for (at, (name, value)) in headers.iter().take(4).enumerate() {
        for offset in 0..value.len() {
            let mut changed = headers.clone();
            let mut bytes = value.clone().into_bytes();
            bytes[offset] ^= 1;
            changed[at].1 = String::from_utf8(bytes).unwrap();
            let accepted =
                read(&changed).and_then(|headers| verify(&ring(), &headers, BODY, now()));
            assert!(accepted.is_err(), "{name}, byte {offset}");
        }
    }
    for (longer, what) in [(vec![b' '], "blank"), (vec![b'\n'], "line feed"), (vec![0], "zero")] {
        let body = [BODY, &longer].concat();
        assert!(verify(&ring(), &read_headers(&headers), &body, now()).is_err(), "trailing {what}");
    }
}

proptest! {
    #[test]
    fn n09_no_other_body_has_this_signature(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assume!(body != BODY);
        let headers = signed(&platform(), BODY);
        prop_assert_eq!(verify(&ring(), &headers, &body, now()), Err(VerifyError::BadSignature));
    }

    #[test]
    fn what_wechat_signs_verifies(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let headers = signed(&platform(), &body);
        prop_assert!(verify(&ring(), &headers, &body, now()).is_ok());
    }

    #[test]
    fn n06_random_signatures_are_refused_without_panic(text in "\\PC{0,400}") {
        let headers = SignatureHeaders { signature: text, ..signed(&platform(), BODY) };
        prop_assert!(verify(&ring(), &headers, BODY, now()).is_err());
    }
}

#[test]
fn n10_the_window_is_five_minutes_both_ways() {
    let window = WINDOW_SECONDS;
    for (away, accepted) in [
        (0, true),
        (window, true),
        (-window, true),
        (window + 1, false),
        (-window - 1, false),
        (i64::MAX, false),
        (i64::MIN, false),
    ] {
        let headers = signed(&platform(), BODY);
        let verdict = verify(&ring(), &headers, BODY, now().plus(away));
        assert_eq!(verdict.is_ok(), accepted, "{away} s away");
        if !accepted {
            assert!(matches!(verdict, Err(VerifyError::OutsideWindow { .. })), "{verdict:?}");
        }
    }
}

#[test]
fn n10_a_replay_cannot_be_freshened() {
    let old = now().plus(-WINDOW_SECONDS - 1);
    let mut headers = read_headers(&headers_at(&platform(), old, BODY));
    assert!(verify(&ring(), &headers, BODY, now()).is_err());
    headers.timestamp = now();
    assert_eq!(verify(&ring(), &headers, BODY, now()), Err(VerifyError::BadSignature));
}

#[test]
fn n20_probe_signatures_are_ordinary_forgeries() {
    let genuine = signed(&platform(), BODY).signature;
    for probe in [
        "WECHATPAY/SIGNTEST/".to_owned(),
        format!("WECHATPAY/SIGNTEST/{genuine}"),
        format!("WECHATPAY/SIGNTEST/{}", &genuine[19..]),
        format!("WECHATPAY/SIGNTEST/{}", STANDARD.encode([0; 240])),
        format!("WECHATPAY/SIGNTEST/{}", "x".repeat(325)),
    ] {
        let headers = SignatureHeaders { signature: probe.clone(), ..signed(&platform(), BODY) };
        let verdict = verify(&ring(), &headers, BODY, now());
        assert_eq!(verdict, Err(VerifyError::BadSignature), "{probe}");
    }
}

#[test]
fn a_key_signs_only_under_its_own_serial_number() {
    let headers = signed(&attacker(), BODY);
    assert_eq!(verify(&ring(), &headers, BODY, now()), Err(VerifyError::BadSignature));
    let unknown = serial("5DEA10EF55877E3CF6C33255C2E7DEFFF7E427EC");
    let headers = SignatureHeaders { serial_no: unknown.clone(), ..signed(&platform(), BODY) };
    let expected = VerifyError::UnknownSerial { serial_no: unknown };
    assert_eq!(verify(&ring(), &headers, BODY, now()), Err(expected));
    // Serial numbers are compared as they are; case is not folded.
    let lower =
        SignatureHeaders { serial_no: serial("d7ce59d1f522d701"), ..signed(&platform(), BODY) };
    assert!(verify(&ring(), &lower, BODY, now()).is_err());
    let nobody = TrustRing::default();
    assert!(verify(&nobody, &signed(&platform(), BODY), BODY, now()).is_err());
}
