//! The SM suite against other implementations, and against the RSA suite: neither accepts the
//! other's messages, whatever they claim.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use proptest::prelude::*;
use serde::Deserialize;
use suanpan_wechat::{
    call::{Call as _, Outcome, RawAnswer, Request, judge},
    certificates::Download,
    id::{Mchid, NonceStr},
    key::{Certificate, KeyError, MerchantKey},
    pay::jsapi::Prepay,
    platform::{
        Authorization, PlatformKey, SealNonce, merchant_encryption_key, seal, signature_headers,
    },
    secret::ApiV3Key,
    sensitive::{CannotSeal, NotForThisKey, SealedText, SensitiveText},
    sign::{Signer, authorization},
    suite::Suite,
    trust::{TrustError, TrustRing, read_download},
    verify,
    verify::{SignedMessage, Verifier, VerifyError},
};

use crate::world::{
    GO_PUBLIC, GO_SERIAL, answer, api_v3_key, certificate_list, merchant, notification, now,
    platform, read_headers, ring, serial, signed,
};

const PRIVATE: &str = include_str!("../vectors/sm_private.pem");
const PUBLIC: &str = include_str!("../vectors/sm_public.pem");
const CERTIFICATE: &str = include_str!("../vectors/sm_certificate.pem");
const SERIAL: &str = "54E7F59ED8DF4570CFB14780EA8152D45A675EE6";
const PLATFORM_PRIVATE: &str = include_str!("../vectors/sm_platform_private.pem");
const PLATFORM_CERTIFICATE: &str = include_str!("../vectors/sm_platform_certificate.pem");
const PLATFORM_SERIAL: &str = "5F1C0A2B3C4D5E6F708192A3B4C5D6E7F8091A2B";

#[derive(Deserialize)]
struct Vectors {
    signatures: Vec<Signature>,
    members: Vec<Member>,
}

#[derive(Deserialize)]
struct Signature {
    id: String,
    message: String,
    signature: String,
}

#[derive(Deserialize)]
struct Member {
    id: String,
    plaintext: String,
    ciphertext: SealedText,
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("../vectors/sm.json")).unwrap()
}

fn mchid() -> Mchid {
    Mchid::new("1900007291").unwrap()
}

fn sm_merchant() -> MerchantKey {
    MerchantKey::sm_from_pem(mchid(), PRIVATE, CERTIFICATE).unwrap()
}

fn sm_platform() -> PlatformKey {
    PlatformKey::sm_from_pem(serial(PLATFORM_SERIAL), PLATFORM_PRIVATE).unwrap()
}

fn sm_key() -> ApiV3Key {
    ApiV3Key::for_sm("a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb").unwrap()
}

/// Trusts the SM key of the vectors, under `id`.
fn ring_of_vectors(id: &str) -> TrustRing {
    let mut ring = TrustRing::of(Suite::Sm);
    ring.add_public_key(serial(id), PUBLIC).unwrap();
    ring
}

/// What a merchant's server downloads before anything else.
fn sm_ring() -> TrustRing {
    read_download(&download(&sm_key()), &sm_key(), &TrustRing::of(Suite::Sm), now()).unwrap()
}

fn download(key: &ApiV3Key) -> RawAnswer {
    let list = certificate_list(key, &[(PLATFORM_SERIAL, PLATFORM_CERTIFICATE)]);
    answer(&sm_platform(), 200, &list)
}

#[test]
fn v26_signatures_of_others_verify_and_ours_do_in_the_same_way() {
    let ring = ring_of_vectors("0");
    assert_eq!(vectors().signatures.len(), 2);
    for Signature { id, message, signature } in vectors().signatures {
        assert_eq!(ring.check(&serial("0"), message.as_bytes(), &signature), Ok(()), "{id}");
        let own = sm_merchant().sign(message.as_bytes());
        assert_eq!(own, sm_merchant().sign(message.as_bytes()), "signing takes no chance");
        assert_eq!(ring.check(&serial("0"), message.as_bytes(), &own), Ok(()), "{id}");
        let other = format!("{message}.");
        let refused = Err(VerifyError::BadSignature);
        assert_eq!(ring.check(&serial("0"), other.as_bytes(), &signature), refused, "{id}");
    }
}

#[test]
fn n06_a_signature_with_any_bit_changed_or_any_byte_more_or_less_is_none() {
    let ring = ring_of_vectors("0");
    let Signature { message, signature, .. } = vectors().signatures.swap_remove(0);
    let der = STANDARD.decode(&signature).unwrap();
    let is_accepted = |der: &[u8]| {
        ring.check(&serial("0"), message.as_bytes(), &STANDARD.encode(der))
            != Err(VerifyError::BadSignature)
    };
    for at in 0..der.len() {
        for bit in 0..8 {
            let mut changed = der.clone();
            changed[at] ^= 1 << bit;
            assert!(!is_accepted(&changed), "byte {at}, bit {bit}");
        }
        assert!(!is_accepted(&der[..at]), "{at} bytes");
    }
    assert!(!is_accepted(&[&der[..], &[0]].concat()));
    for odd in
        ["", "=", "WECHATPAY/SIGNTEST/x", &signature.to_lowercase(), &format!(" {signature}")]
    {
        let refused = Err(VerifyError::BadSignature);
        assert_eq!(ring.check(&serial("0"), message.as_bytes(), odd), refused, "{odd}");
    }
}

#[test]
fn v27_members_of_others_open_and_ours_open_in_the_same_way() {
    let key = sm_merchant();
    let to = merchant_encryption_key(Suite::Sm, CERTIFICATE).unwrap();
    assert_eq!(to.serial_no(), &serial(SERIAL));
    assert_eq!(vectors().members.len(), 2);
    for Member { id, plaintext, ciphertext } in vectors().members {
        assert_eq!(key.open_sensitive(&ciphertext).unwrap().expose(), plaintext, "{id}");
        let own = SensitiveText::seal(&to, &plaintext).unwrap();
        let again = SensitiveText::seal(&to, &plaintext).unwrap();
        assert_ne!(String::from(own.clone()), String::from(again), "each time another text");
        let received = SealedText::from(String::from(own));
        assert_eq!(key.open_sensitive(&received).unwrap().expose(), plaintext, "{id}");
    }
    assert_eq!(SensitiveText::seal(&to, ""), Err(CannotSeal::Empty));
    assert_eq!(SensitiveText::seal_pkcs1v15(&to, "x"), Err(CannotSeal::OtherSuite));
    let long = "字".repeat(1000);
    let sealed = SealedText::from(String::from(SensitiveText::seal(&to, &long).unwrap()));
    assert_eq!(key.open_sensitive(&sealed).unwrap().expose(), long);
    assert_eq!(key.open_sensitive_pkcs1v15(&sealed), Err(NotForThisKey));
    assert_eq!(merchant().open_sensitive(&sealed), Err(NotForThisKey));
}

#[test]
fn a_member_with_any_byte_changed_does_not_open() {
    let Member { ciphertext, .. } = vectors().members.swap_remove(0);
    let der = STANDARD.decode(ciphertext.as_str()).unwrap();
    for at in 0..der.len() {
        let mut changed = der.clone();
        changed[at] ^= 1;
        for odd in [changed, der[..at].to_vec()] {
            let odd = SealedText::from(STANDARD.encode(odd));
            assert_eq!(sm_merchant().open_sensitive(&odd), Err(NotForThisKey), "byte {at}");
        }
    }
}

#[test]
fn a_request_is_signed_and_checked_with_sm_alone() {
    let nonce_str = NonceStr::new("593BEC0C930BF1AFEB40B4A08C8FB242").unwrap();
    let request = Request::post("/v3/pay/transactions/jsapi", b"{}".to_vec());
    let of = |key: &MerchantKey| authorization(key, &mchid(), now(), &nonce_str, &request);
    let header = of(&sm_merchant());
    assert!(header.starts_with("WECHATPAY2-SM2-WITH-SM3 mchid="), "{header}");
    let read = Authorization::read(&header).unwrap();
    let check = |read: &Authorization, verifier: &TrustRing| {
        read.check(verifier, "POST", &request.target, &request.body)
    };
    assert_eq!(check(&read, &ring_of_vectors(SERIAL)), Ok(()));
    let rsa_only = VerifyError::OtherSuite { expected: "WECHATPAY2-SHA256-RSA2048" };
    assert_eq!(check(&read, &ring()), Err(rsa_only));
    let sm_only = VerifyError::OtherSuite { expected: "WECHATPAY2-SM2-WITH-SM3" };
    let rsa = Authorization::read(&of(&merchant())).unwrap();
    assert_eq!(check(&rsa, &ring_of_vectors(SERIAL)), Err(sm_only));
}

#[test]
fn n04_a_message_cannot_choose_its_suite() {
    let body = b"{}";
    let rings = [(ring(), Suite::Rsa), (ring_of_vectors(GO_SERIAL), Suite::Sm)];
    let sm_signer = PlatformKey::sm_from_pem(serial(GO_SERIAL), PRIVATE).unwrap();
    for (signer, of) in [(platform(), Suite::Rsa), (sm_signer, Suite::Sm)] {
        for (ring, trusted) in &rings {
            let honest = signed(&signer, body);
            for claimed in [None, Some(Suite::Rsa), Some(Suite::Sm)] {
                let headers = suanpan_wechat::verify::SignatureHeaders {
                    signature_type: claimed.map(|suite| suite.scheme().to_owned()),
                    ..honest.clone()
                };
                let accepted = verify(ring, &headers, body, now()).is_ok();
                let fits = of == *trusted && claimed.is_none_or(|claimed| claimed == of);
                assert_eq!(accepted, fits, "{of:?} claims {claimed:?} before {trusted:?}");
            }
        }
    }
}

#[test]
fn a_ring_takes_keys_of_its_own_suite_only() {
    let not_rsa = KeyError::NotRsa { what: "public key" };
    let not_sm2 = KeyError::NotSm2 { what: "public key" };
    assert_eq!(TrustRing::default().add_public_key(serial("1"), PUBLIC), Err(not_rsa.clone()));
    assert_eq!(TrustRing::of(Suite::Sm).add_public_key(serial("1"), GO_PUBLIC), Err(not_sm2));
    assert_eq!(Certificate::from_pem(CERTIFICATE).unwrap().public_key().err(), Some(not_rsa));
    assert!(merchant_encryption_key(Suite::Rsa, CERTIFICATE).is_err());
    let merged = ring().merged(ring_of_vectors("1"), now());
    assert_eq!(merged.serials().collect::<Vec<_>>(), [&serial(GO_SERIAL)]);
}

#[test]
fn k06_key_and_certificate_must_be_a_pair() {
    let key = sm_merchant();
    assert_eq!((key.serial_no().as_str(), key.suite()), (SERIAL, Suite::Sm));
    let swapped = MerchantKey::sm_from_pem(mchid(), PLATFORM_PRIVATE, CERTIFICATE).unwrap_err();
    assert_eq!(swapped, KeyError::Mismatch { serial_no: serial(SERIAL) });
    assert!(MerchantKey::from_pem(mchid(), PRIVATE, CERTIFICATE).is_err());
    assert!(MerchantKey::sm_from_pem(mchid(), CERTIFICATE, CERTIFICATE).is_err());
    assert_eq!(format!("{key:?}"), format!("MerchantKey(1900007291, {SERIAL}, ..)"));
}

#[test]
fn k04_certificates_are_downloaded_opened_and_believed_as_with_rsa() {
    let target = |suite| Download { suite }.request().target;
    assert_eq!(target(Suite::Sm), "/v3/certificates?algorithm_type=SM2");
    assert_eq!(target(Suite::Rsa), "/v3/certificates");
    assert_eq!(sm_ring().serials().collect::<Vec<_>>(), [&serial(PLATFORM_SERIAL)]);
    let encrypting = sm_ring().encryption_key(now()).expect("a certificate that has not ended");
    assert_eq!(encrypting.serial_no(), &serial(PLATFORM_SERIAL));
    // Sealed as in the other suite, or opened with its key: nothing comes out.
    let sm = TrustRing::of(Suite::Sm);
    let sealed_with_aes = read_download(&download(&api_v3_key()), &sm_key(), &sm, now());
    assert_eq!(sealed_with_aes.err(), Some(TrustError::Sealed));
    let opened_with_aes = read_download(&download(&sm_key()), &api_v3_key(), &sm, now());
    assert_eq!(opened_with_aes.err(), Some(TrustError::Sealed));
}

#[test]
fn an_answer_and_a_notification_travel_through_the_sm_suite() {
    let prepaid = r#"{"prepay_id":"wx201410272009395522657a690389285100"}"#;
    let outcome = judge(
        &Prepay { body: b"{}".to_vec() },
        &answer(&sm_platform(), 200, prepaid),
        &sm_ring(),
        now(),
    );
    assert!(matches!(outcome, Outcome::Success(_)), "{outcome:?}");

    // Sealed for SM, signed with SM, and readable with the SM key alone.
    let rsa_body = notification("transaction", "{}");
    let sealed = seal(&sm_key(), SealNonce::from_random([7; 12]), "transaction", b"{}");
    assert_eq!(sealed.algorithm, "AEAD_SM4_GCM");
    let mut body: serde_json::Value = serde_json::from_str(&rsa_body).unwrap();
    body["resource"]["algorithm"] = sealed.algorithm.into();
    body["resource"]["ciphertext"] = sealed.ciphertext.into();
    let body = body.to_string();
    let opens = |body: &str, key: ApiV3Key| {
        let headers = signed(&sm_platform(), body.as_bytes());
        let verified = verify(&sm_ring(), &headers, body.as_bytes(), now()).unwrap();
        verified.notification().unwrap().open(&[key]).is_ok()
    };
    assert!(opens(&body, sm_key()));
    assert!(!opens(&body, api_v3_key()));
    assert!(!opens(&rsa_body, sm_key()), "AES does not open with an SM key");
}

#[test]
fn a_batch_is_judged_one_by_one() {
    let ring = ring_of_vectors("0");
    let [zero, one] = [serial("0"), serial("1")];
    let Signature { message, signature, .. } = vectors().signatures.swap_remove(0);
    let claim = |serial_no, message| SignedMessage { serial_no, message, signature: &signature };
    let verdicts = ring.check_all(&[
        claim(&zero, message.as_bytes()),
        claim(&zero, b"other"),
        claim(&one, message.as_bytes()),
    ]);
    let unknown = VerifyError::UnknownSerial { serial_no: one.clone() };
    assert_eq!(verdicts, [Ok(()), Err(VerifyError::BadSignature), Err(unknown)]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_message_round_trips(message: Vec<u8>, body in "\\PC{1,60}") {
        let headers = read_headers(
            &signature_headers(&sm_platform(), now(), "n", &message)
                .map(|(name, value)| (name.to_lowercase(), value)),
        );
        prop_assert!(verify(&sm_ring(), &headers, &message, now()).is_ok());
        let to = merchant_encryption_key(Suite::Sm, CERTIFICATE).unwrap();
        let sealed = SealedText::from(String::from(SensitiveText::seal(&to, &body).unwrap()));
        let opened = sm_merchant().open_sensitive(&sealed).unwrap();
        prop_assert_eq!(opened.expose(), body);
    }

    #[test]
    fn no_bytes_make_decoding_panic(bytes: Vec<u8>) {
        let text = STANDARD.encode(&bytes);
        prop_assert!(ring_of_vectors("0").check(&serial("0"), b"x", &text).is_err());
        prop_assert!(sm_merchant().open_sensitive(&SealedText::from(text)).is_err());
    }
}
