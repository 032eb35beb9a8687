//! Which keys are believed: downloads, rotation, migration to the WeChat Pay public key.

use suanpan_wechat::{
    Timestamp,
    call::RawAnswer,
    platform::PlatformKey,
    secret::ApiV3Key,
    trust::{RefreshPolicy, TrustError, TrustRing, read_download},
    verify,
    verify::VerifyError,
};

use crate::world::{
    DEMO_PRIVATE, GO_CERTIFICATE, GO_PRIVATE, GO_SERIAL, JAVA_PRIVATE, JAVA_PUBLIC, answer,
    api_v3_key, attacker, certificate, certificate_list, headers_at, now, platform, read_headers,
    ring, serial, signed,
};

const NEW_SERIAL: &str = "5DEA10EF55877E3CF6C33255C2E7DEFFF7E427EC";
const NEW_SERIAL_BYTES: [u8; 20] = [
    0x5D, 0xEA, 0x10, 0xEF, 0x55, 0x87, 0x7E, 0x3C, 0xF6, 0xC3, 0x32, 0x55, 0xC2, 0xE7, 0xDE, 0xFF,
    0xF7, 0xE4, 0x27, 0xEC,
];
const DAY: i64 = 86_400;

fn new_platform() -> PlatformKey {
    PlatformKey::from_pem(serial(NEW_SERIAL), JAVA_PRIVATE).unwrap()
}

fn new_certificate(not_after: Timestamp) -> String {
    certificate(JAVA_PRIVATE, &NEW_SERIAL_BYTES, not_after)
}

fn serials(ring: &TrustRing) -> Vec<String> {
    ring.serials().map(ToString::to_string).collect()
}

fn download(answer: &RawAnswer, trusted: &TrustRing) -> Result<TrustRing, TrustError> {
    read_download(answer, &api_v3_key(), trusted, now())
}

#[test]
fn a_first_download_proves_itself_by_key_and_signature() {
    let list = certificate_list(&api_v3_key(), &[(GO_SERIAL, GO_CERTIFICATE)]);
    let ring = download(&answer(&platform(), 200, &list), &TrustRing::default()).unwrap();
    assert_eq!(serials(&ring), [GO_SERIAL]);
    assert!(verify(&ring, &signed(&platform(), b"{}"), b"{}", now()).is_ok());
}

#[test]
fn k04_a_download_by_somebody_without_the_api_v3_key_is_refused() {
    let guessed = ApiV3Key::new(&"0".repeat(32)).unwrap();
    let theirs = certificate(DEMO_PRIVATE, &NEW_SERIAL_BYTES, now().plus(365 * DAY));
    let list = certificate_list(&guessed, &[(NEW_SERIAL, &theirs)]);
    let signer = PlatformKey::from_pem(serial(NEW_SERIAL), DEMO_PRIVATE).unwrap();
    for trusted in [TrustRing::default(), ring()] {
        let refused = download(&answer(&signer, 200, &list), &trusted).unwrap_err();
        assert_eq!(refused, TrustError::Sealed);
    }
}

#[test]
fn k04_a_download_with_the_key_but_without_the_signature_is_refused() {
    let list = certificate_list(&api_v3_key(), &[(GO_SERIAL, GO_CERTIFICATE)]);
    let nobody = TrustRing::default();
    // Signed by a key that is neither in the list nor trusted, under the serial number of one.
    let forged = download(&answer(&attacker(), 200, &list), &nobody).unwrap_err();
    assert_eq!(forged, TrustError::NotVerified(VerifyError::BadSignature));
    // Under a serial number of its own.
    let foreign = download(&answer(&new_platform(), 200, &list), &nobody).unwrap_err();
    let unknown = VerifyError::UnknownSerial { serial_no: serial(NEW_SERIAL) };
    assert_eq!(foreign, TrustError::NotVerified(unknown));
    // Not at all.
    let mut unsigned = answer(&platform(), 200, &list);
    unsigned.headers.clear();
    assert!(matches!(download(&unsigned, &nobody), Err(TrustError::NotVerified(_))));
    // Yesterday's genuine answer.
    let replayed = RawAnswer {
        headers: headers_at(&platform(), now().plus(-DAY), list.as_bytes()),
        ..answer(&platform(), 200, &list)
    };
    let stale = VerifyError::OutsideWindow { skew_seconds: DAY };
    assert_eq!(download(&replayed, &nobody).unwrap_err(), TrustError::NotVerified(stale));
}

#[test]
fn k04_one_foreign_certificate_spoils_the_list() {
    let guessed = ApiV3Key::new(&"0".repeat(32)).unwrap();
    let good = certificate_list(&api_v3_key(), &[(GO_SERIAL, GO_CERTIFICATE)]);
    let bad = certificate_list(&guessed, &[(NEW_SERIAL, &new_certificate(now().plus(DAY)))]);
    let entry = |list: &str| {
        list.strip_prefix(r#"{"data":["#).and_then(|l| l.strip_suffix("]}")).unwrap().to_owned()
    };
    let mixed = format!(r#"{{"data":[{},{}]}}"#, entry(&good), entry(&bad));
    let refused = download(&answer(&platform(), 200, &mixed), &ring()).unwrap_err();
    assert_eq!(refused, TrustError::Sealed);
}

#[test]
fn a_certificate_under_another_serial_number_is_refused() {
    let list = certificate_list(&api_v3_key(), &[(NEW_SERIAL, GO_CERTIFICATE)]);
    let refused = download(&answer(&platform(), 200, &list), &ring()).unwrap_err();
    assert_eq!(refused, TrustError::Malformed);
}

#[test]
fn other_statuses_and_shapes_are_not_a_download() {
    let missing = r#"{"code":"RESOURCE_NOT_EXISTS","message":"无可用的平台证书"}"#;
    let refused = download(&answer(&platform(), 404, missing), &ring()).unwrap_err();
    assert_eq!(refused, TrustError::Status(404));
    for odd in ["", "{}", "[]", "<html>", r#"{"data":{}}"#] {
        let refused = download(&answer(&platform(), 200, odd), &ring()).unwrap_err();
        assert_eq!(refused, TrustError::Malformed, "{odd}");
    }
}

#[test]
fn n23_an_empty_download_does_not_empty_the_ring() {
    let downloaded = download(&answer(&platform(), 200, r#"{"data":[]}"#), &ring()).unwrap();
    assert!(downloaded.is_empty());
    assert_eq!(serials(&ring().merged(downloaded, now())), [GO_SERIAL]);
}

#[test]
fn k01_a_rotated_key_is_learnt_from_a_list_that_it_signed_itself() {
    let new = new_certificate(now().plus(5 * 365 * DAY));
    let list = certificate_list(&api_v3_key(), &[(GO_SERIAL, GO_CERTIFICATE), (NEW_SERIAL, &new)]);
    for signer in [platform(), new_platform()] {
        let downloaded = download(&answer(&signer, 200, &list), &ring()).unwrap();
        let ring = ring().merged(downloaded, now());
        assert!(verify(&ring, &signed(&new_platform(), b"{}"), b"{}", now()).is_ok());
        assert!(verify(&ring, &signed(&platform(), b"{}"), b"{}", now()).is_ok());
    }
}

#[test]
fn k02_an_old_key_is_kept_until_a_day_after_its_end() {
    let end = now().plus(100);
    let old = certificate_list(&api_v3_key(), &[(NEW_SERIAL, &new_certificate(end))]);
    let held = download(&answer(&new_platform(), 200, &old), &TrustRing::default()).unwrap();
    let fresh = certificate_list(&api_v3_key(), &[(GO_SERIAL, GO_CERTIFICATE)]);
    let fresh = download(&answer(&platform(), 200, &fresh), &TrustRing::default()).unwrap();
    for (at, still_trusted) in [(end, true), (end.plus(DAY), true), (end.plus(DAY + 1), false)] {
        let merged = held.merged(fresh.clone(), at);
        let headers = read_headers(&headers_at(&new_platform(), at, b"in flight"));
        assert_eq!(verify(&merged, &headers, b"in flight", at).is_ok(), still_trusted, "{at}");
        assert!(merged.serials().any(|known| known.as_str() == GO_SERIAL));
    }
}

#[test]
fn k03_certificates_and_public_keys_stand_side_by_side() {
    let id = "PUB_KEY_ID_0114232134912410000000000000";
    let mut mixed = ring();
    mixed.add_public_key(serial(id), JAVA_PUBLIC).unwrap();
    let public_key = PlatformKey::from_pem(serial(id), JAVA_PRIVATE).unwrap();
    for signer in [platform(), public_key] {
        assert!(verify(&mixed, &signed(&signer, b"{}"), b"{}", now()).is_ok());
    }
    // Each key answers only to its own name.
    let swapped = PlatformKey::from_pem(serial(id), GO_PRIVATE).unwrap();
    let refused = verify(&mixed, &signed(&swapped, b"{}"), b"{}", now());
    assert_eq!(refused, Err(VerifyError::BadSignature));
    // A public key has no end.
    let later = now().plus(100 * 365 * DAY);
    let merged = mixed.merged(TrustRing::default(), later);
    assert!(merged.serials().any(|known| known.is_public_key_id()));
}

#[test]
fn n23_unknown_serials_cause_at_most_one_download_a_minute() {
    let mut policy = RefreshPolicy::default();
    let allowed: i64 =
        (0..600).map(|second| i64::from(policy.on_unknown_serial(now().plus(second)))).sum();
    assert_eq!(allowed, 10);
}

#[test]
fn the_regular_refresh_comes_every_six_hours() {
    let mut policy = RefreshPolicy::default();
    assert!(policy.on_schedule(now()));
    assert!(!policy.on_schedule(now().plus(6 * 3600 - 1)));
    assert!(policy.on_schedule(now().plus(6 * 3600)));
}

#[test]
fn a_first_download_may_be_tried_again_after_seconds() {
    let mut policy = RefreshPolicy::default();
    assert!(policy.on_empty_ring(now()));
    assert!(!policy.on_empty_ring(now().plus(4)));
    assert!(policy.on_empty_ring(now().plus(5)));
}

#[test]
fn a_clock_set_back_does_not_silence_refreshing() {
    let mut policy = RefreshPolicy::default();
    assert!(policy.on_unknown_serial(now()));
    assert!(policy.on_unknown_serial(now().plus(-DAY)));
}
