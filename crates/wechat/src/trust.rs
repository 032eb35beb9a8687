//! Which keys we believe, and when to ask WeChat for new ones. Values and decisions only; the
//! client downloads.
//!
//! ```
//! use suanpan_wechat::{Timestamp, id::SerialNo, trust::{RefreshPolicy, TrustRing}};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let pub_key_pem = include_str!("../tests/vectors/go_public.pem");
//! let id = SerialNo::new("PUB_KEY_ID_0114232134912410000000000000")?;
//! let mut ring = TrustRing::default();
//! ring.add_public_key(id.clone(), pub_key_pem)?;
//! assert!(ring.serials().eq([&id]));
//!
//! // A serial number nobody knows is worth one download a minute, however many messages name it.
//! let mut policy = RefreshPolicy::default();
//! let now = Timestamp::from_unix(1_727_757_296);
//! assert!(policy.on_unknown_serial(now));
//! assert!(!policy.on_unknown_serial(now.plus(59)));
//! # Ok(())
//! # }
//! ```

use std::collections::BTreeMap;

use crate::{
    Timestamp,
    call::RawAnswer,
    certificates,
    id::SerialNo,
    key::{Certificate, KeyError, PublicKey},
    secret::ApiV3Key,
    sensitive::EncryptionKey,
    suite::Suite,
    verify::{SignatureHeaders, Verifier, VerifyError, verify},
};

/// How long a certificate stays trusted past its end, for messages still under way: 24 hours.
const GRACE_SECONDS: i64 = 24 * 3600;

/// How often an unknown serial number may cause a download, and how long it is remembered.
const REFRESH_INTERVAL_SECONDS: i64 = 60;

/// How often a merchant without any trusted key may try again to download its first.
const FIRST_INTERVAL_SECONDS: i64 = 5;

/// How often the ring is refreshed without cause; WeChat asks for less than 12 hours.
const REFRESH_AFTER_SECONDS: i64 = 6 * 3600;

/// The keys of WeChat that one merchant trusts, by serial number: platform certificates and
/// WeChat Pay public keys side by side.
///
/// All of them belong to one [`Suite`], by default RSA. A key of another suite is refused when it is
/// added, so no message can be checked with an algorithm the merchant does not use.
#[derive(Debug, Default, Clone)]
pub struct TrustRing {
    suite: Suite,
    keys: BTreeMap<SerialNo, TrustedKey>,
}

#[derive(Debug, Clone)]
struct TrustedKey {
    key: std::sync::Arc<PublicKey>,
    /// `None` for a public key: it has no end.
    not_after: Option<Timestamp>,
}

impl TrustedKey {
    fn encrypts_at(&self, now: Timestamp) -> bool {
        self.not_after.is_none_or(|not_after| now <= not_after)
    }

    fn encryption_key(&self, serial_no: &SerialNo) -> EncryptionKey {
        EncryptionKey::new(serial_no.clone(), std::sync::Arc::clone(&self.key))
    }
}

impl TrustRing {
    /// A ring that trusts nothing yet.
    #[must_use]
    pub fn of(suite: Suite) -> Self {
        Self { suite, keys: BTreeMap::new() }
    }

    /// Trusts a WeChat Pay public key (`PUB_KEY_ID_…`), which only the merchant console hands out.
    ///
    /// # Errors
    /// When the key is unreadable, or of another suite.
    pub fn add_public_key(&mut self, id: SerialNo, pem: &str) -> Result<(), KeyError> {
        let key = std::sync::Arc::new(PublicKey::from_pem(self.suite, pem)?);
        self.keys.insert(id, TrustedKey { key, not_after: None });
        Ok(())
    }

    fn add_certificate(&mut self, certificate: &Certificate) -> Result<(), KeyError> {
        let key = std::sync::Arc::new(certificate.key_of(self.suite)?);
        let trusted = TrustedKey { key, not_after: Some(certificate.not_after) };
        self.keys.insert(certificate.serial_no.clone(), trusted);
        Ok(())
    }

    /// The ring after a download: everything of both, minus certificates long expired.
    ///
    /// Old keys stay while messages they signed may still arrive (threat k02), and a download can
    /// never empty the ring (threat n23).
    #[must_use]
    pub fn merged(&self, downloaded: TrustRing, now: Timestamp) -> TrustRing {
        let mut keys = self.keys.clone();
        keys.extend(
            downloaded.keys.into_iter().filter(|(_, trusted)| trusted.key.suite() == self.suite),
        );
        keys.retain(|_, trusted| {
            trusted.not_after.is_none_or(|not_after| now <= not_after.plus(GRACE_SECONDS))
        });
        TrustRing { suite: self.suite, keys }
    }

    /// The key to encrypt sensitive members to: a WeChat Pay public key where there is one, else
    /// the certificate that ends last, whether or not WeChat signs with it yet. `now` is wall time.
    ///
    /// `None` when nothing is trusted, or when every certificate has expired. The grace of a day
    /// that expired certificates have is for verifying only.
    #[must_use]
    pub fn encryption_key(&self, now: Timestamp) -> Option<EncryptionKey> {
        // No end is later than any end.
        let rank = |trusted: &TrustedKey| (trusted.not_after.is_none(), trusted.not_after);
        let usable = self.keys.iter().filter(|(_, trusted)| trusted.encrypts_at(now));
        let (serial_no, trusted) = usable.max_by_key(|(_, trusted)| rank(trusted))?;
        Some(trusted.encryption_key(serial_no))
    }

    /// The named key, for a merchant that configured which one (threat k03). `None` when it is
    /// not trusted or has expired.
    #[must_use]
    pub fn encryption_key_named(
        &self,
        serial_no: &SerialNo,
        now: Timestamp,
    ) -> Option<EncryptionKey> {
        let trusted = self.keys.get(serial_no).filter(|trusted| trusted.encrypts_at(now))?;
        Some(trusted.encryption_key(serial_no))
    }

    /// The serial numbers of every trusted key.
    pub fn serials(&self) -> impl Iterator<Item = &SerialNo> {
        self.keys.keys()
    }

    /// SHA-256 of every trusted key, to recognise test keys.
    pub fn fingerprints(&self) -> impl Iterator<Item = [u8; 32]> + '_ {
        self.keys.values().map(|trusted| trusted.key.fingerprint())
    }

    /// Whether nothing is trusted yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}

impl Verifier for TrustRing {
    fn suite(&self) -> Suite {
        self.suite
    }

    fn check(
        &self,
        serial_no: &SerialNo,
        message: &[u8],
        signature: &str,
    ) -> Result<(), VerifyError> {
        let trusted = self
            .keys
            .get(serial_no)
            .ok_or_else(|| VerifyError::UnknownSerial { serial_no: serial_no.clone() })?;
        if trusted.key.verifies(message, signature) {
            Ok(())
        } else {
            Err(VerifyError::BadSignature)
        }
    }
}

/// Why a certificate download was not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// WeChat answered with something else than 200. A merchant that has only a public key gets
    /// 404 and needs no certificates.
    #[error("the certificate download answered HTTP {0}")]
    Status(u16),
    /// The body is not a certificate list.
    #[error("the certificate list cannot be read")]
    Malformed,
    /// A certificate did not open with our APIv3 key: the sender does not know it, or the key was
    /// changed in the merchant console and not here.
    #[error("a certificate did not open with the APIv3 key")]
    Sealed,
    /// A certificate inside is unusable.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The list is not signed by a key in it, nor by one already trusted.
    #[error(transparent)]
    NotVerified(#[from] VerifyError),
}

/// Reads a certificate download without trusting it first (threat k04).
///
/// Two proofs are asked for: every certificate opens with the APIv3 key, which only WeChat and the
/// merchant know, **and** the answer as a whole is signed by one of the keys inside or by one
/// already trusted.
///
/// # Errors
/// See [`TrustError`]; the caller keeps the ring it has.
pub fn read_download(
    answer: &RawAnswer,
    api_v3_key: &ApiV3Key,
    trusted: &TrustRing,
    now: Timestamp,
) -> Result<TrustRing, TrustError> {
    if answer.status != 200 {
        return Err(TrustError::Status(answer.status));
    }
    let list: certificates::CertificateList =
        serde_json::from_slice(&answer.body).map_err(|_| TrustError::Malformed)?;
    let mut downloaded = TrustRing::of(trusted.suite);
    for sealed in &list.data {
        let pem = sealed.encrypt_certificate.open(api_v3_key).map_err(|_| TrustError::Sealed)?;
        let pem = std::str::from_utf8(&pem).map_err(|_| TrustError::Malformed)?;
        let certificate = Certificate::from_pem(pem)?;
        if certificate.serial_no != sealed.serial_no {
            return Err(TrustError::Malformed);
        }
        downloaded.add_certificate(&certificate)?;
    }
    let headers = SignatureHeaders::read(|name| answer.header(name))?;
    verify(&trusted.merged(downloaded.clone(), now), &headers, &answer.body, now)?;
    Ok(downloaded)
}

/// Decides when to download: on schedule, and at most once a minute for serial numbers we do not
/// know, so that forged serials cannot make us hammer WeChat (threat n23).
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct RefreshPolicy {
    last_attempt: Option<Timestamp>,
}

impl RefreshPolicy {
    /// Whether an unknown serial number should cause a download now. Records that it did.
    pub fn on_unknown_serial(&mut self, now: Timestamp) -> bool {
        self.attempt_if_older_than(REFRESH_INTERVAL_SECONDS, now)
    }

    /// Whether the first download may be tried now, while nothing is trusted yet. Records that it
    /// was. Sooner than for an unknown serial number, since nothing works until it succeeds.
    pub fn on_empty_ring(&mut self, now: Timestamp) -> bool {
        self.attempt_if_older_than(FIRST_INTERVAL_SECONDS, now)
    }

    /// Whether the regular refresh is due. Records that it was started.
    pub fn on_schedule(&mut self, now: Timestamp) -> bool {
        self.attempt_if_older_than(REFRESH_AFTER_SECONDS, now)
    }

    fn attempt_if_older_than(&mut self, interval_seconds: i64, now: Timestamp) -> bool {
        // A clock that ran backwards must not silence us: only an attempt in the near past counts.
        let recent =
            self.last_attempt.is_some_and(|last| (0..interval_seconds).contains(&now.since(last)));
        if !recent {
            self.last_attempt = Some(now);
        }
        !recent
    }
}
