//! A WeChat for tests: a platform key everybody knows, and messages signed and sealed with it.

use rcgen::{CertificateParams, KeyPair};
use suanpan_wechat::{
    Timestamp,
    call::RawAnswer,
    id::{Mchid, SerialNo},
    key::MerchantKey,
    platform::{PlatformKey, SealNonce, merchant_encryption_key, seal, signature_headers},
    secret::ApiV3Key,
    sensitive::{EncryptionKey, SealedText},
    suite::Suite,
    trust::TrustRing,
    verify::SignatureHeaders,
};

pub(crate) const GO_PRIVATE: &str = include_str!("../vectors/go_private.pem");
pub(crate) const GO_PUBLIC: &str = include_str!("../vectors/go_public.pem");
pub(crate) const GO_CERTIFICATE: &str = include_str!("../vectors/go_certificate.pem");
pub(crate) const JAVA_PRIVATE: &str = include_str!("../vectors/java_private.pem");
pub(crate) const JAVA_PUBLIC: &str = include_str!("../vectors/java_public.pem");
pub(crate) const DEMO_PRIVATE: &str = include_str!("../vectors/demo_merchant_private.pem");
pub(crate) const DEMO_PUBLIC: &str = include_str!("../vectors/demo_merchant_public.pem");

pub(crate) const GO_SERIAL: &str = "D7CE59D1F522D701";
pub(crate) const DEMO_SERIAL: &str = "408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB";

pub(crate) fn now() -> Timestamp {
    Timestamp::from_unix(1_727_757_296)
}

pub(crate) fn serial(text: &str) -> SerialNo {
    SerialNo::new(text).unwrap()
}

pub(crate) fn api_v3_key() -> ApiV3Key {
    ApiV3Key::new("a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb").unwrap()
}

pub(crate) fn merchant() -> MerchantKey {
    let mchid = Mchid::new("1900007291").unwrap();
    MerchantKey::from_private_key(mchid, serial(DEMO_SERIAL), DEMO_PRIVATE).unwrap()
}

pub(crate) fn platform() -> PlatformKey {
    PlatformKey::from_pem(serial(GO_SERIAL), GO_PRIVATE).unwrap()
}

/// Somebody who has a key, and claims that it is WeChat's.
pub(crate) fn attacker() -> PlatformKey {
    PlatformKey::from_pem(serial(GO_SERIAL), JAVA_PRIVATE).unwrap()
}

pub(crate) fn ring() -> TrustRing {
    let mut ring = TrustRing::default();
    ring.add_public_key(serial(GO_SERIAL), GO_PUBLIC).unwrap();
    ring
}

pub(crate) fn headers_at(
    signer: &PlatformKey,
    at: Timestamp,
    body: &[u8],
) -> Vec<(String, String)> {
    signature_headers(signer, at, "5K8264ILTKCH16CQ2502SI8ZNMTM67VS", body)
        .map(|(name, value)| (name.to_lowercase(), value))
        .to_vec()
}

pub(crate) fn read_headers(headers: &[(String, String)]) -> SignatureHeaders {
    SignatureHeaders::read(|name| {
        headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    })
    .unwrap()
}

pub(crate) fn signed(signer: &PlatformKey, body: &[u8]) -> SignatureHeaders {
    read_headers(&headers_at(signer, now(), body))
}

pub(crate) fn answer(signer: &PlatformKey, status: u16, body: &str) -> RawAnswer {
    RawAnswer {
        status,
        headers: headers_at(signer, now(), body.as_bytes()),
        body: body.as_bytes().to_vec(),
    }
}

pub(crate) fn sealed_json(key: &ApiV3Key, associated_data: &str, plaintext: &str) -> String {
    let nonce = SealNonce::from_random([7; 12]);
    serde_json::to_string(&seal(key, nonce, associated_data, plaintext.as_bytes())).unwrap()
}

/// A notification body as WeChat composes it.
pub(crate) fn notification(original_type: &str, plaintext: &str) -> String {
    let sealed = sealed_json(&api_v3_key(), original_type, plaintext);
    let members = sealed.strip_prefix('{').unwrap();
    format!(
        r#"{{"id":"64658c06-6fd1-5472-b1de-330ff21d5427","create_time":"2024-10-01T12:34:56+08:00","resource_type":"encrypt-resource","event_type":"TRANSACTION.SUCCESS","summary":"支付成功","resource":{{"original_type":"{original_type}",{members}}}"#
    )
}

/// A certificate over a known private key, with the serial number and end that a test needs.
pub(crate) fn certificate(private_key_pem: &str, serial: &[u8], not_after: Timestamp) -> String {
    let key = KeyPair::from_pem(private_key_pem).unwrap();
    let mut params = CertificateParams::new([]).unwrap();
    params.serial_number = Some(serial.to_vec().into());
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    let offset = not_after.unix() - rcgen::date_time_ymd(1970, 1, 1).unix_timestamp();
    params.not_after = rcgen::date_time_ymd(1970, 1, 1)
        + std::time::Duration::from_secs(u64::try_from(offset).unwrap());
    params.self_signed(&key).unwrap().pem()
}

/// The body of a certificate download.
pub(crate) fn certificate_list(key: &ApiV3Key, certificates: &[(&str, &str)]) -> String {
    let entries: Vec<String> = certificates
        .iter()
        .map(|(serial_no, pem)| {
            let sealed = sealed_json(key, "certificate", pem);
            format!(
                r#"{{"serial_no":"{serial_no}","effective_time":"2020-01-01T00:00:00+08:00","expire_time":"2031-04-25T16:55:23+08:00","encrypt_certificate":{sealed}}}"#
            )
        })
        .collect();
    format!(r#"{{"data":[{}]}}"#, entries.join(","))
}

/// A second key of WeChat, as during a rotation.
pub(crate) fn second_key() -> EncryptionKey {
    let pem = certificate(JAVA_PRIVATE, b"\x11", now());
    merchant_encryption_key(Suite::Rsa, &pem).unwrap()
}

/// What WeChat reads in a sensitive member sent to it.
pub(crate) fn opened_by_platform(member: &serde_json::Value) -> String {
    let sealed = SealedText::from(member.as_str().unwrap().to_owned());
    platform().open_sensitive(&sealed).unwrap().expose().to_owned()
}
