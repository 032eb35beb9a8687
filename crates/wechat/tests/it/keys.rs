//! Loading keys: a pair is a pair, and nothing short or unreadable gets in.

use suanpan_wechat::{
    id::Mchid,
    key::{Certificate, KeyError, MerchantKey, RsaPublicKey},
    secret::{ApiV3Key, AppSecret},
    sign::Signer as _,
};

use crate::world::{
    DEMO_PRIVATE, GO_CERTIFICATE, GO_PRIVATE, GO_PUBLIC, GO_SERIAL, certificate, now, serial,
};

const SHORT_PRIVATE: &str = include_str!("../vectors/short_private.pem");
const SHORT_PUBLIC: &str = include_str!("../vectors/short_public.pem");

fn mchid() -> Mchid {
    Mchid::new("1900007291").unwrap()
}

#[test]
fn k06_key_and_certificate_are_one_unit() {
    let key = MerchantKey::from_pem(mchid(), GO_PRIVATE, GO_CERTIFICATE).unwrap();
    assert_eq!(key.serial_no().as_str(), GO_SERIAL, "the sign byte of DER is not part of it");
    let mismatch = MerchantKey::from_pem(mchid(), DEMO_PRIVATE, GO_CERTIFICATE).unwrap_err();
    assert_eq!(mismatch, KeyError::Mismatch { serial_no: serial(GO_SERIAL) });
}

#[test]
fn serial_numbers_are_written_as_wechat_writes_them() {
    let twenty =
        b"\x5D\xEA\x10\xEF\x55\x87\x7E\x3C\xF6\xC3\x32\x55\xC2\xE7\xDE\xFF\xF7\xE4\x27\xEC";
    for (number, written) in [
        (twenty.as_slice(), "5DEA10EF55877E3CF6C33255C2E7DEFFF7E427EC"),
        (b"\xD7\xCE", "D7CE"),
        (b"\x0A\xBC", "0ABC"),
    ] {
        let pem = certificate(GO_PRIVATE, number, now());
        assert_eq!(Certificate::from_pem(&pem).unwrap().serial_no.as_str(), written);
    }
}

#[test]
fn n05_rsa_keys_below_2048_bits_are_refused() {
    let private = MerchantKey::from_private_key(mchid(), serial("0"), SHORT_PRIVATE).unwrap_err();
    assert_eq!(private, KeyError::NotRsa { what: "private key" });
    let public = RsaPublicKey::from_pem(SHORT_PUBLIC).unwrap_err();
    assert_eq!(public, KeyError::NotRsa { what: "public key" });
}

#[test]
fn n05_app_secrets_of_odd_length_or_alphabet_are_refused() {
    for length in 0..=80 {
        let secret = AppSecret::new("a".repeat(length));
        assert_eq!(secret.is_ok(), (16..=64).contains(&length), "{length}");
    }
    assert!(AppSecret::new("0123456789abcdef&secret=").is_err());
}

#[test]
fn unreadable_files_say_what_was_expected() {
    for (pem, expected) in [
        ("", KeyError::NotPem { expected: "PRIVATE KEY" }),
        ("not pem", KeyError::NotPem { expected: "PRIVATE KEY" }),
        (GO_PUBLIC, KeyError::NotPem { expected: "PRIVATE KEY" }),
        (GO_CERTIFICATE, KeyError::NotPem { expected: "PRIVATE KEY" }),
    ] {
        let refused = MerchantKey::from_private_key(mchid(), serial("0"), pem).unwrap_err();
        assert_eq!(refused, expected);
    }
    assert_eq!(
        RsaPublicKey::from_pem(GO_PRIVATE).unwrap_err(),
        KeyError::NotPem { expected: "PUBLIC KEY" }
    );
    let cut = format!("{}\n-----END CERTIFICATE-----\n", &GO_CERTIFICATE[..400]);
    assert!(Certificate::from_pem(&cut).is_err());
}

#[test]
fn s02_neither_keys_nor_their_errors_show_content() {
    let canary = "MIIEvAIBADANBgkqCANARY";
    let broken = format!("-----BEGIN PRIVATE KEY-----\n{canary}\n-----END PRIVATE KEY-----\n");
    let refused = MerchantKey::from_private_key(mchid(), serial("0"), &broken).unwrap_err();
    let key = MerchantKey::from_pem(mchid(), GO_PRIVATE, GO_CERTIFICATE).unwrap();
    for shown in [
        format!("{refused} {refused:?}"),
        format!("{key:?}"),
        format!("{:?}", ApiV3Key::new("CANARY").err()),
        format!("{:?}", AppSecret::new("CANARY").err()),
    ] {
        assert!(!shown.contains("CANARY") && !shown.contains("MIIE"), "{shown}");
    }
}
