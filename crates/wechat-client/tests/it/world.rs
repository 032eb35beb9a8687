//! Keys, clocks and messages. The keys are publicly known test material, described beside them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use rcgen::{CertificateParams, KeyPair};
use suanpan_wechat::{
    Timestamp,
    call::RawAnswer,
    id::{Mchid, NonceStr, OutTradeNo, SerialNo},
    key::MerchantKey,
    pay::query::ByOutTradeNo,
    platform::{PlatformKey, SealNonce, seal, signature_headers},
    secret::ApiV3Key,
    trust::TrustRing,
};
use suanpan_wechat_client::{Client, Config, MerchantCredentials};

use crate::server::{Received, Reply, Server};

const GO_PRIVATE: &str = include_str!("../../../wechat/tests/vectors/go_private.pem");
const GO_PUBLIC: &str = include_str!("../../../wechat/tests/vectors/go_public.pem");
const GO_CERTIFICATE: &str = include_str!("../../../wechat/tests/vectors/go_certificate.pem");
const JAVA_PRIVATE: &str = include_str!("../../../wechat/tests/vectors/java_private.pem");
const DEMO_PRIVATE: &str = include_str!("../../../wechat/tests/vectors/demo_merchant_private.pem");
const DEMO_PUBLIC: &str = include_str!("../../../wechat/tests/vectors/demo_merchant_public.pem");

/// The platform certificate in use; signed by [`platform`].
pub(crate) const OLD_SERIAL: &str = "D7CE59D1F522D701";
/// The one that replaces it; signed by [`new_platform`].
pub(crate) const NEW_SERIAL: &str = "5DEA10EF55877E3CF6C33255C2E7DEFFF7E427EC";
pub(crate) const PUB_KEY_ID: &str = "PUB_KEY_ID_0114232134912410000000000000";
pub(crate) const MERCHANT_SERIAL: &str = "408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB";
pub(crate) const API_V3_KEY: &str = "a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb";
pub(crate) const CERTIFICATES: &str = "/v3/certificates";
pub(crate) const QUERY: &str =
    "/v3/pay/transactions/out-trade-no/1217752501201407033233368018?mchid=1900007291";
pub(crate) const UNPAID: &str = r#"{"amount":{"payer_currency":"CNY","total":1},"appid":"wxd678efh567hg6787","mchid":"1900007291","out_trade_no":"1217752501201407033233368018","promotion_detail":[],"scene_info":{"device_id":""},"trade_state":"NOTPAY","trade_state_desc":"订单未支付"}"#;

/// A wall clock that stands still until a test moves it.
#[derive(Clone)]
pub(crate) struct Clock(Arc<AtomicI64>);

impl Clock {
    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicI64::new(1_727_757_296)))
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_unix(self.0.load(Ordering::SeqCst))
    }

    pub(crate) fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

pub(crate) fn client(config: Config, clock: &Clock) -> Client {
    let clock = clock.clone();
    let drawn = AtomicU64::new(0);
    let nonces =
        move || NonceStr::new(format!("{:032}", drawn.fetch_add(1, Ordering::SeqCst))).unwrap();
    Client::new(config, move || clock.now(), nonces).unwrap()
}

/// One server for everything, and no patience.
pub(crate) fn config(server: &Server) -> Config {
    Config {
        connect_timeout: Duration::from_millis(500),
        total_timeout: Duration::from_millis(1500),
        ..Config::single_origin(server.origin())
    }
}

pub(crate) fn serial(text: &str) -> SerialNo {
    SerialNo::new(text).unwrap()
}

pub(crate) fn api_v3_key() -> ApiV3Key {
    ApiV3Key::new(API_V3_KEY).unwrap()
}

pub(crate) fn foreign_api_v3_key() -> ApiV3Key {
    ApiV3Key::new("00000000000000000000000000000000").unwrap()
}

pub(crate) fn merchant_key() -> MerchantKey {
    let mchid = Mchid::new("1900007291").unwrap();
    MerchantKey::from_private_key(mchid, serial(MERCHANT_SERIAL), DEMO_PRIVATE).unwrap()
}

/// Another merchant, with another key.
pub(crate) fn other_merchant_key() -> MerchantKey {
    let mchid = Mchid::new("1230000109").unwrap();
    MerchantKey::from_private_key(mchid, serial("AA"), JAVA_PRIVATE).unwrap()
}

/// What WeChat knows of the merchants.
pub(crate) fn merchants_known_to_wechat() -> TrustRing {
    let mut ring = TrustRing::default();
    ring.add_public_key(serial(MERCHANT_SERIAL), DEMO_PUBLIC).unwrap();
    let java_public = include_str!("../../../wechat/tests/vectors/java_public.pem");
    ring.add_public_key(serial("AA"), java_public).unwrap();
    ring
}

pub(crate) fn old_ring() -> TrustRing {
    let mut ring = TrustRing::default();
    ring.add_public_key(serial(OLD_SERIAL), GO_PUBLIC).unwrap();
    ring
}

pub(crate) fn credentials(ring: TrustRing) -> MerchantCredentials {
    MerchantCredentials::new(merchant_key(), vec![api_v3_key()], ring, None).unwrap()
}

pub(crate) fn platform() -> PlatformKey {
    PlatformKey::from_pem(serial(OLD_SERIAL), GO_PRIVATE).unwrap()
}

pub(crate) fn new_platform() -> PlatformKey {
    PlatformKey::from_pem(serial(NEW_SERIAL), JAVA_PRIVATE).unwrap()
}

/// Holds some key and claims WeChat's serial number for it.
pub(crate) fn attacker() -> PlatformKey {
    PlatformKey::from_pem(serial(OLD_SERIAL), DEMO_PRIVATE).unwrap()
}

pub(crate) fn query() -> ByOutTradeNo {
    ByOutTradeNo {
        mchid: Mchid::new("1900007291").unwrap(),
        out_trade_no: OutTradeNo::new("1217752501201407033233368018").unwrap(),
    }
}

pub(crate) fn signed(signer: &PlatformKey, at: Timestamp, body: &[u8]) -> Vec<(String, String)> {
    signature_headers(signer, at, "d824f2e086d3c1df967785d13fcd22ef", body)
        .map(|(name, value)| (name.to_lowercase(), value))
        .to_vec()
}

pub(crate) fn answer(signer: &PlatformKey, at: Timestamp, status: u16, body: &str) -> RawAnswer {
    RawAnswer {
        status,
        headers: signed(signer, at, body.as_bytes()),
        body: body.as_bytes().to_vec(),
    }
}

/// An honest WeChat that signs with `signer` and hands out `list` as its certificates.
pub(crate) fn honest(
    signer: PlatformKey,
    list: String,
    clock: &Clock,
) -> impl Fn(&Received) -> Reply + Send + Sync + 'static {
    let clock = clock.clone();
    move |request| {
        let body = if request.target == CERTIFICATES { &list } else { UNPAID };
        Reply::Answer(answer(&signer, clock.now(), 200, body))
    }
}

/// The certificates of [`platform`] and [`new_platform`], sealed for whoever holds `key`.
pub(crate) fn both_certificates(key: &ApiV3Key) -> String {
    let new = certificate_pem(JAVA_PRIVATE, NEW_SERIAL);
    certificate_list(key, &[(OLD_SERIAL, GO_CERTIFICATE), (NEW_SERIAL, &new)])
}

/// A certificate that the attacker made for a key of their own.
pub(crate) fn attackers_certificates(key: &ApiV3Key) -> String {
    certificate_list(key, &[(OLD_SERIAL, &certificate_pem(DEMO_PRIVATE, OLD_SERIAL))])
}

fn certificate_pem(private_key_pem: &str, serial_hex: &str) -> String {
    let mut params = CertificateParams::new([]).unwrap();
    let serial: Vec<u8> = (0..serial_hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&serial_hex[at..at + 2], 16).unwrap())
        .collect();
    params.serial_number = Some(serial.into());
    params.not_after = rcgen::date_time_ymd(2031, 4, 25);
    params.self_signed(&KeyPair::from_pem(private_key_pem).unwrap()).unwrap().pem()
}

fn certificate_list(key: &ApiV3Key, certificates: &[(&str, &str)]) -> String {
    let entry = |(serial_no, pem): &(&str, &str)| {
        let nonce = SealNonce::from_random([7; 12]);
        let sealed = seal(key, nonce, "certificate", pem.as_bytes());
        serde_json::json!({
            "serial_no": serial_no,
            "effective_time": "2020-01-01T00:00:00+08:00",
            "expire_time": "2031-04-25T16:55:23+08:00",
            "encrypt_certificate": serde_json::to_value(sealed).unwrap(),
        })
    };
    let data: Vec<_> = certificates.iter().map(entry).collect();
    serde_json::json!({ "data": data }).to_string()
}
