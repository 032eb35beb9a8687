//! Sensitive members: encrypted to the right key, readable by its owner only, named once.

use serde::Deserialize;
use suanpan_wechat::{
    Timestamp,
    id::{Mchid, SerialNo},
    key::MerchantKey,
    platform::{PlatformKey, merchant_encryption_key},
    sensitive::{
        CannotSeal, EncryptionKey, MixedKeys, NotForThisKey, SealedText, SensitiveText,
        common_serial_no,
    },
    suite::Suite,
    trust::{TrustRing, read_download},
};

use crate::world::{
    DEMO_PRIVATE, GO_PRIVATE, GO_PUBLIC, GO_SERIAL, JAVA_PRIVATE, answer, api_v3_key, certificate,
    certificate_list, merchant, now, ring, serial,
};

const PUBLIC_KEY_ID: &str = "PUB_KEY_ID_0114232134912410000000000000";

#[derive(Deserialize)]
struct Vector {
    id: String,
    key: String,
    padding: String,
    plaintext: String,
    ciphertext: SealedText,
}

fn vectors() -> Vec<Vector> {
    serde_json::from_str(include_str!("../vectors/sensitive.json")).unwrap()
}

fn private_key(name: &str) -> &'static str {
    if name == "java" { JAVA_PRIVATE } else { DEMO_PRIVATE }
}

fn key_of(private_key_pem: &str) -> MerchantKey {
    let mchid = Mchid::new("1900007291").unwrap();
    MerchantKey::from_private_key(mchid, serial("0"), private_key_pem).unwrap()
}

/// What WeChat encrypts answers with: the merchant's certificate, here over a known key.
fn certificate_of(private_key_pem: &str) -> EncryptionKey {
    merchant_encryption_key(Suite::Rsa, &certificate(private_key_pem, b"\x5F\x1C", now())).unwrap()
}

fn received(text: &SensitiveText) -> SealedText {
    serde_json::from_value(serde_json::to_value(text).unwrap()).unwrap()
}

#[test]
fn v23_v24_v25_published_members_open_and_ours_open_in_the_same_way() {
    assert_eq!(vectors().len(), 3);
    for vector in vectors() {
        let (key, to) =
            (key_of(private_key(&vector.key)), certificate_of(private_key(&vector.key)));
        let (opened, sealed) = match vector.padding.as_str() {
            "oaep" => (
                key.open_sensitive(&vector.ciphertext),
                SensitiveText::seal(&to, &vector.plaintext),
            ),
            _ => (
                key.open_sensitive_pkcs1v15(&vector.ciphertext),
                SensitiveText::seal_pkcs1v15(&to, &vector.plaintext),
            ),
        };
        assert_eq!(opened.unwrap().expose(), vector.plaintext, "{}", vector.id);
        let sealed = received(&sealed.unwrap());
        assert_ne!(sealed, vector.ciphertext, "{}: encryption is randomised", vector.id);
        let again = match vector.padding.as_str() {
            "oaep" => key.open_sensitive(&sealed),
            _ => key.open_sensitive_pkcs1v15(&sealed),
        };
        assert_eq!(again.unwrap().expose(), vector.plaintext, "{}", vector.id);
    }
}

#[test]
fn only_the_owner_of_the_key_reads_a_member() {
    let name = SensitiveText::seal(&ring().encryption_key(now()).unwrap(), "张三").unwrap();
    let wechat = PlatformKey::from_pem(serial(GO_SERIAL), GO_PRIVATE).unwrap();
    assert_eq!(wechat.open_sensitive(&received(&name)).unwrap().expose(), "张三");
    assert_eq!(merchant().open_sensitive(&received(&name)), Err(NotForThisKey));
    assert_eq!(merchant().open_sensitive_pkcs1v15(&received(&name)), Err(NotForThisKey));
}

#[test]
fn damaged_members_do_not_open() {
    let vector = vectors().into_iter().find(|vector| vector.id == "V23").unwrap();
    let key = key_of(JAVA_PRIVATE);
    let good = vector.ciphertext.as_str();
    for odd in ["", "AAAA", "not base64", &good[4..], &format!("{good}AAAA"), &format!(" {good}")] {
        let odd = SealedText::from(odd.to_owned());
        assert_eq!(key.open_sensitive(&odd), Err(NotForThisKey), "{}", odd.as_str());
    }
    for at in (0..good.len()).step_by(7) {
        let mut flipped = good.as_bytes().to_vec();
        flipped[at] ^= 1;
        let flipped = SealedText::from(String::from_utf8(flipped).unwrap());
        assert_eq!(key.open_sensitive(&flipped), Err(NotForThisKey), "byte {at}");
    }
}

#[test]
fn a_key_of_2048_bits_takes_214_bytes() {
    let key = ring().encryption_key(now()).unwrap();
    assert!(SensitiveText::seal(&key, &"a".repeat(214)).is_ok());
    let too_long = SensitiveText::seal(&key, &"a".repeat(215)).unwrap_err();
    assert_eq!(too_long, CannotSeal::TooLong { length: 215, limit: 214 });
    // Bytes count, not characters.
    assert!(SensitiveText::seal(&key, &"字".repeat(71)).is_ok());
    let too_long = SensitiveText::seal(&key, &"字".repeat(72)).unwrap_err();
    assert_eq!(too_long, CannotSeal::TooLong { length: 216, limit: 214 });
    assert_eq!(SensitiveText::seal(&key, "").unwrap_err(), CannotSeal::Empty);
    let too_long = SensitiveText::seal_pkcs1v15(&key, &"a".repeat(246)).unwrap_err();
    assert_eq!(too_long, CannotSeal::TooLong { length: 246, limit: 245 });
}

fn with_certificate(bytes: &[u8], not_after: Timestamp) -> TrustRing {
    let pem = certificate(JAVA_PRIVATE, bytes, not_after);
    let serial_no = hex(bytes);
    let signer = PlatformKey::from_pem(serial(&serial_no), JAVA_PRIVATE).unwrap();
    let list = certificate_list(&api_v3_key(), &[(&serial_no, &pem)]);
    let empty = TrustRing::default();
    read_download(&answer(&signer, 200, &list), &api_v3_key(), &empty, now()).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

fn chosen(ring: &TrustRing, at: Timestamp) -> Option<SerialNo> {
    ring.encryption_key(at).map(|key| key.serial_no().clone())
}

#[test]
fn k03_a_public_key_encrypts_before_any_certificate() {
    let mut mixed = with_certificate(b"\x11", now().plus(1000));
    assert_eq!(chosen(&mixed, now()), Some(serial("11")));
    mixed.add_public_key(serial(PUBLIC_KEY_ID), GO_PUBLIC).unwrap();
    assert_eq!(chosen(&mixed, now()), Some(serial(PUBLIC_KEY_ID)));
    let named = mixed.encryption_key_named(&serial("11"), now()).unwrap();
    assert_eq!(named.serial_no(), &serial("11"));
    assert!(mixed.encryption_key_named(&serial("12"), now()).is_none());
}

#[test]
fn k02_an_expired_certificate_verifies_for_a_day_but_never_encrypts() {
    let (old, new) = (now().plus(10), now().plus(20));
    let ring = with_certificate(b"\xEE", old).merged(with_certificate(b"\x11", new), now());
    assert_eq!(chosen(&ring, now()), Some(serial("11")), "the one that ends last");
    assert_eq!(chosen(&ring, new), Some(serial("11")));
    let over = new.plus(1);
    assert_eq!(chosen(&ring, over), None);
    assert!(ring.encryption_key_named(&serial("11"), over).is_none());
    assert_eq!(ring.merged(TrustRing::default(), over).serials().count(), 2, "still verifies");
    assert_eq!(chosen(&TrustRing::default(), now()), None);
}

#[test]
fn members_of_one_request_name_one_key() {
    let ours = ring().encryption_key(now()).unwrap();
    let other = with_certificate(b"\x11", now().plus(10)).encryption_key(now()).unwrap();
    let [a, b] = ["张三", "李四"].map(|name| SensitiveText::seal(&ours, name).unwrap());
    let c = SensitiveText::seal(&other, "王五").unwrap();
    assert_eq!(common_serial_no([]), Ok(None));
    assert_eq!(common_serial_no([&a, &b]), Ok(Some(serial(GO_SERIAL))));
    let mixed = MixedKeys { first: serial(GO_SERIAL), other: serial("11") };
    assert_eq!(common_serial_no([&a, &b, &c]), Err(mixed));
}

#[test]
fn s02_no_part_of_a_sensitive_member_is_shown() {
    let key = ring().encryption_key(now()).unwrap();
    let name = SensitiveText::seal(&key, "canary").unwrap();
    let wechat = PlatformKey::from_pem(serial(GO_SERIAL), GO_PRIVATE).unwrap();
    let opened = wechat.open_sensitive(&received(&name)).unwrap();
    let too_long = SensitiveText::seal(&key, &"canary".repeat(100)).unwrap_err();
    for shown in [
        format!("{name:?}"),
        format!("{opened:?}"),
        format!("{:?}", received(&name)),
        format!("{too_long} {too_long:?}"),
        format!("{key:?}"),
    ] {
        assert!(!shown.contains("canary"), "{shown}");
        assert!(!shown.contains(received(&name).as_str()), "{shown}");
    }
}
