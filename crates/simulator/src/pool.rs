//! The built-in, public test keys and the identities made of them.
//!
//! Everybody can read these keys, so they must never guard money: their fingerprints stand in
//! `suanpan_wechat::test_keys`, and a server in live mode refuses them (threat s06). Certificates
//! are made at start and always come out the same.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair,
    SerialNumber, date_time_ymd,
};
use suanpan_wechat::{
    Fen, Timestamp,
    id::{Appid, Mchid, Openid, SerialNo},
};

use crate::world::{
    ApiCertificate, App, AppKind, BankCard, CardOutcome, DEFAULT_FEE_RATE, DEFAULT_MAX_RATIO,
    DEFAULT_PIN, Identities, Merchant, PlatformCertificate, SubMerchant, TrustMode, User,
    WechatPublicKey,
};

macro_rules! pool {
    ($($label:literal,)*) => {
        /// Every key of the pool: label and file.
        const POOL: &[(&str, &str)] =
            &[$(($label, include_str!(concat!("../keys/", $label, ".pem"))),)*];
    };
}

pool!(
    "merchant-1",
    "merchant-2",
    "merchant-3",
    "merchant-4",
    "platform-1",
    "platform-2",
    "platform-3",
    "platform-4",
    "public-1",
    "public-2",
    "public-3",
    "authority",
);

/// The name under every certificate made here.
const AUTHORITY: &str = "Suanpan Simulator CA, not for payment";

/// All certificates are valid from 2020; tests must not stop working one day.
const FIRST_YEAR: i32 = 2020;

/// A certificate's last year; each later one of a merchant ends a year later, because merchants
/// encrypt to the one that ends last.
const LAST_YEAR: i32 = 2060;

/// A key pair of the pool as PEM texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolKey {
    /// Its name in the pool.
    pub label: &'static str,
    /// PKCS#8.
    pub private_key_pem: String,
    /// SubjectPublicKeyInfo.
    pub public_key_pem: String,
}

/// The keys whose label begins with `prefix`, repeated for ever.
pub fn keys(prefix: &str) -> impl Iterator<Item = PoolKey> {
    files(prefix).map(pool_key)
}

/// The `index`th of them. Reading a key takes a millisecond, so the others are not read.
fn key(prefix: &str, index: usize) -> PoolKey {
    files(prefix).nth(index).map(pool_key).expect("the pool's keys are repeated for ever")
}

fn files(prefix: &str) -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    let matching: Vec<_> = POOL.iter().filter(|(label, _)| label.starts_with(prefix)).collect();
    matching.into_iter().cycle()
}

fn pool_key((label, file): &(&'static str, &'static str)) -> PoolKey {
    // The first line of the file says that the key is public; some readers want PEM only.
    let pem = file.split_once('\n').map_or("", |(_, pem)| pem);
    PoolKey {
        label,
        private_key_pem: pem.to_owned(),
        public_key_pem: key_pair(pem).public_key_pem(),
    }
}

fn key_pair(pem: &str) -> KeyPair {
    KeyPair::from_pem(pem).expect("the pool holds PKCS#8 RSA keys")
}

/// What a certificate is made of.
struct Leaf<'a> {
    common_name: &'a str,
    /// Everything the serial number depends on.
    serial_of: &'a str,
    last_year: i32,
}

impl Leaf<'_> {
    /// Twenty bytes, the first neither zero nor negative: forty hex digits as WeChat writes them.
    fn serial(&self) -> [u8; 20] {
        let digest =
            aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, self.serial_of.as_bytes());
        let mut serial: [u8; 20] =
            digest.as_ref()[..20].try_into().expect("a SHA-256 has more than twenty bytes");
        serial[0] = serial[0] & 0x3f | 0x40;
        serial
    }

    fn sign(&self, key: &KeyPair) -> (SerialNo, String) {
        let mut params = CertificateParams::default();
        let serial = self.serial();
        params.serial_number = Some(SerialNumber::from_slice(&serial));
        params.distinguished_name = name(self.common_name);
        params.not_before = date_time_ymd(FIRST_YEAR, 1, 1);
        params.not_after = date_time_ymd(self.last_year, 1, 1);
        let certificate =
            params.signed_by(key, &ISSUER).expect("a leaf with a name and dates can be signed");
        let serial_no = SerialNo::new(hex::encode_upper(serial)).expect("hex is a serial_no");
        (serial_no, certificate.pem())
    }
}

/// Read once: it signs every certificate of the pool.
static ISSUER: LazyLock<Issuer<'static, KeyPair>> = LazyLock::new(|| {
    let mut params = CertificateParams::default();
    params.distinguished_name = name(AUTHORITY);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    Issuer::new(params, key_pair(&key("authority", 0).private_key_pem))
});

fn name(common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common_name);
    name
}

/// A merchant's API certificate over a key of the pool.
#[must_use]
pub fn api_certificate(mchid: &Mchid, key: &PoolKey) -> ApiCertificate {
    let serial_of = format!("api certificate of {mchid} over {}", key.label);
    let leaf = Leaf { common_name: mchid.as_str(), serial_of: &serial_of, last_year: LAST_YEAR };
    let (serial_no, certificate_pem) = leaf.sign(&key_pair(&key.private_key_pem));
    ApiCertificate {
        serial_no,
        certificate_pem,
        private_key_pem: Some(key.private_key_pem.clone()),
    }
}

/// The `generation`th platform certificate of a merchant, counted from zero.
#[must_use]
pub fn platform_certificate(mchid: &Mchid, generation: u8) -> PlatformCertificate {
    let key = key("platform-", usize::from(generation));
    let serial_of = format!("platform certificate {generation} of {mchid}");
    let last_year = LAST_YEAR + i32::from(generation);
    let leaf =
        Leaf { common_name: "Tenpay.com sign (simulated)", serial_of: &serial_of, last_year };
    let (serial_no, certificate_pem) = leaf.sign(&key_pair(&key.private_key_pem));
    PlatformCertificate {
        serial_no,
        certificate_pem,
        private_key_pem: key.private_key_pem,
        effective_time: first_of_january(FIRST_YEAR),
        expire_time: first_of_january(last_year),
    }
}

/// The platform certificate that follows the last one a merchant was ever given.
#[must_use]
pub fn next_platform_certificate(merchant: &Merchant) -> PlatformCertificate {
    let newest = merchant.platform_certificates.iter().map(|known| known.expire_time).max();
    let generation = (0..=u8::MAX).find(|generation| {
        let end = first_of_january(LAST_YEAR + i32::from(*generation));
        newest.is_none_or(|newest| end > newest)
    });
    platform_certificate(&merchant.mchid, generation.unwrap_or(u8::MAX))
}

/// A WeChat Pay public key of a merchant.
#[must_use]
pub fn wechat_public_key(mchid: &Mchid, key: &PoolKey) -> WechatPublicKey {
    let id = format!("PUB_KEY_ID_0{:0>10}2024101200000000000", mchid.as_str());
    WechatPublicKey {
        id: SerialNo::new(id).expect("letters, digits and underscores"),
        public_key_pem: key.public_key_pem.clone(),
        private_key_pem: key.private_key_pem.clone(),
    }
}

fn first_of_january(year: i32) -> Timestamp {
    format!("{year}-01-01T00:00:00Z").parse().expect("a four-digit year makes RFC 3339")
}

/// A merchant with every key its trust mode needs; keys come from the pool, chosen by `index`.
#[must_use]
pub fn merchant(mchid: &Mchid, name: &str, trust_mode: TrustMode, index: usize) -> Merchant {
    let platform_certificates = match trust_mode {
        TrustMode::Certificate | TrustMode::Both => vec![platform_certificate(mchid, 0)],
        TrustMode::PublicKey => Vec::new(),
    };
    Merchant {
        name: name.to_owned(),
        api_v3_key: console_key("APIv3", mchid),
        api_v2_key: console_key("APIv2", mchid),
        trust_mode,
        api_certificates: vec![api_certificate(mchid, &key("merchant-", index))],
        signing_serial_no: platform_certificates.first().map(|known| known.serial_no.clone()),
        platform_certificates,
        public_key: (trust_mode != TrustMode::Certificate)
            .then(|| wechat_public_key(mchid, &key("public-", index))),
        appids: BTreeSet::new(),
        sub_merchants: BTreeMap::new(),
        h5_domains: BTreeSet::from(["127.0.0.1", "localhost"].map(str::to_owned)),
        jsapi_directories: BTreeSet::from(
            ["http://127.0.0.1/", "http://localhost/"].map(str::to_owned),
        ),
        refund_notify_url: None,
        sharing_notify_url: None,
        fee_rate: DEFAULT_FEE_RATE,
        opening_balance: Fen::ZERO,
        mchid: mchid.clone(),
    }
}

/// A test key anybody can compute.
fn console_key(which: &str, mchid: &Mchid) -> String {
    let text = format!("{which} key of {mchid}");
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    hex::encode(&digest.as_ref()[..16])
}

/// The mini program of the standard world.
pub const MINI_PROGRAM: &str = "wx5ua9pan0dem00001";

/// The official account of the standard world, for pages inside WeChat.
pub const OFFICIAL_ACCOUNT: &str = "wx5ua9panacc0unt01";

/// The mobile app of the standard world.
pub const MOBILE_APP: &str = "wx5ua9panapp000001";

/// The merchants of the standard world: certificates, public key, both.
pub const MERCHANTS: [&str; 3] = ["1900000001", "1900000002", "1900000003"];

/// Their sub-merchants, one each: every standard merchant may act as a service provider.
pub const SUB_MERCHANTS: [&str; 3] = ["1900000011", "1900000012", "1900000013"];

/// The people of the standard world.
pub const USERS: [&str; 3] = ["amei", "bo", "chen"];

/// Their names on paper.
const REAL_NAMES: [&str; 3] = ["林阿美", "周波", "陈晨"];

/// What every one of them starts with: 1,000 yuan.
const BALANCE: i64 = 100_000;

/// The world everybody gets without registering anything: an app of each kind, a merchant for each
/// trust mode, three people with money.
#[must_use]
pub fn standard() -> Identities {
    let apps = [
        (MINI_PROGRAM, AppKind::MiniProgram, "5ua9pan5ecret0000000000000000001"),
        (OFFICIAL_ACCOUNT, AppKind::OfficialAccount, "5ua9pan5ecret0000000000000000002"),
        (MOBILE_APP, AppKind::App, "5ua9pan5ecret0000000000000000003"),
    ]
    .map(|(appid, kind, app_secret)| App {
        appid: Appid::new(appid).expect("letters and digits are an appid"),
        app_secret: app_secret.to_owned(),
        kind,
    });
    let modes = [TrustMode::Certificate, TrustMode::PublicKey, TrustMode::Both];
    let names = ["算盘茶铺", "珠珠书店", "小算盘杂货"];
    let merchants =
        MERCHANTS.iter().zip(names).zip(modes).enumerate().map(|(index, ((mchid, name), mode))| {
            let mchid = Mchid::new(*mchid).expect("digits are an mchid");
            let mut merchant = merchant(&mchid, name, mode, index);
            merchant.appids.extend(apps.iter().map(|app| app.appid.clone()));
            let sub = SubMerchant {
                mchid: Mchid::new(SUB_MERCHANTS[index]).expect("digits are an mchid"),
                name: format!("{name}（分店）"),
                appids: merchant.appids.clone(),
                active: true,
                fee_rate: DEFAULT_FEE_RATE,
                jsapi_directories: BTreeSet::new(),
                max_ratio: DEFAULT_MAX_RATIO,
            };
            merchant.sub_merchants.insert(sub.mchid.clone(), sub);
            merchant
        });
    let users = USERS.iter().zip(REAL_NAMES).map(|(name, real_name)| User {
        name: (*name).to_owned(),
        unionid: standard_openid(name, "everywhere").to_string(),
        openids: apps
            .iter()
            .map(|app| (app.appid.clone(), standard_openid(name, app.appid.as_str())))
            .collect(),
        real_name: Some(real_name.to_owned()),
        balance: Fen::new(BALANCE).expect("a balance is not negative"),
        cards: standard_cards(),
        pin: DEFAULT_PIN.to_owned(),
    });
    Identities { merchants: merchants.collect(), users: users.collect(), apps: apps.to_vec() }
}

/// One card that pays, and two whose banks have reasons not to.
fn standard_cards() -> Vec<BankCard> {
    let card = |id: &str, outcome| BankCard { id: id.parse().expect("a card"), outcome };
    vec![
        card("CMB_DEBIT-8821", CardOutcome::Pays),
        card("ICBC_CREDIT-0403", CardOutcome::Limit),
        card("CCB_DEBIT-1107", CardOutcome::Insufficient),
    ]
}

/// The same person in the same app, in every run.
fn standard_openid(name: &str, place: &str) -> Openid {
    let text = format!("{name} in {place}");
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    let hex = hex::encode(digest.as_ref());
    Openid::new(format!("o{}", &hex[..27])).expect("hex digits are an openid")
}

#[cfg(test)]
mod tests {
    use suanpan_wechat::key::{Certificate, MerchantKey, RsaPublicKey};

    use super::*;

    /// Live mode recognises test keys by a list in the protocol crate; the list and the pool must
    /// not drift apart.
    #[test]
    fn s06_every_key_of_the_pool_is_publicly_known() {
        for key in POOL.iter().map(pool_key) {
            let public = RsaPublicKey::from_pem(&key.public_key_pem).unwrap();
            assert!(
                suanpan_wechat::test_keys::is_publicly_known(&public.fingerprint()),
                "{} is missing in test_keys.txt: {}",
                key.label,
                hex::encode(public.fingerprint())
            );
        }
        assert!(POOL.len() >= 8);
    }

    #[test]
    fn every_file_says_that_its_key_is_public() {
        for (label, file) in POOL {
            let first = file.lines().next().unwrap();
            assert_eq!(
                first, "# Suanpan simulator test key. Public. Never guards money.",
                "{label}"
            );
        }
    }

    #[test]
    fn certificates_are_readable_and_always_the_same() {
        let standard = standard();
        for merchant in &standard.merchants {
            let certificate = &merchant.api_certificates[0];
            let pem = certificate.private_key_pem.as_deref().unwrap();
            MerchantKey::from_pem(merchant.mchid.clone(), pem, &certificate.certificate_pem)
                .unwrap();
            for platform in &merchant.platform_certificates {
                let read = Certificate::from_pem(&platform.certificate_pem).unwrap();
                assert_eq!(read.serial_no, platform.serial_no);
                assert_eq!(read.serial_no.as_str().len(), 40);
                assert_eq!(read.not_after, platform.expire_time);
                assert_eq!(read.not_before, platform.effective_time);
            }
        }
        let again = super::standard();
        let text = |identities: &Identities| serde_json::to_string(identities).unwrap();
        assert_eq!(text(&standard), text(&again));
    }
}
