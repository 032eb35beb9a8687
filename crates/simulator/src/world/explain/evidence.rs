//! What is known here that may tell how a signature came about.

use aws_lc_rs::hmac;
use suanpan_wechat::Timestamp;

use super::{
    authorization,
    digest::Hash,
    mistake::{Mistake, mistakes},
    recover::{Inside, PublicNumbers},
    search::{Canonical, Effort, Hit, search},
    spelling::Reading,
    stamp::Earlier,
    told::{KeyRole, SignedBy},
    v2::V2Keys,
};
use crate::world::{exchange::Times, journal::MessageKind, state::World};

mistakes! {
    OTHER_SERIAL = "key_of_other_certificate", "签名用的是本商户另一张证书的私钥，与请求头里的序列号不符",
        "it was signed with the key of another certificate of this merchant than the serial number names";
    OTHER_MERCHANT = "key_of_other_merchant", "签名用的是另一个商户的私钥", "it was signed with another merchant's key";
    WECHATS = "key_of_wechat", "签名用的是微信支付的密钥（平台证书或微信支付公钥），应为商户 API 证书的私钥",
        "it was signed with a key of WeChat's, not with the merchant's own";
    UNKNOWN = "key_unknown", "签名不是这里任何已知密钥做的（或签名被改动过）",
        "no key known here made this signature, or a character of it was changed";
    V2_KEY = "secret_api_v2_key", "用 APIv2 密钥做了 HMAC，应用商户 API 证书的私钥做 RSA 签名",
        "an HMAC under the APIv2 key stands in place of an RSA signature";
    V3_KEY = "secret_api_v3_key", "用 APIv3 密钥做了 HMAC，应用商户 API 证书的私钥做 RSA 签名",
        "an HMAC under the APIv3 key stands in place of an RSA signature";
    APP_SECRET = "secret_app_secret", "用 AppSecret 做了 HMAC，应用商户 API 证书的私钥做 RSA 签名",
        "an HMAC under an app's secret stands in place of an RSA signature";
    UNSIGNED = "digest_unsigned", "只算了摘要，没有用私钥签名", "only a digest was made, nothing was signed with a key";
    EARLIER = "signature_of_earlier_request", "这是之前另一个请求的签名", "this is the signature of an earlier request";
}

/// Requests of the journal that are looked at.
const EARLIER_REQUESTS: usize = 50;

/// The most public keys that are tried on one signature.
const MOST_KEYS: usize = 64;

/// A public key of somebody in this world.
#[derive(Debug, Clone)]
pub(crate) struct KnownKey {
    pub(crate) by: SignedBy,
    /// Certificate or public key; read when it is tried, because only the likeliest are.
    pem: String,
}

/// A secret that a client may have taken for the signing key.
#[derive(Debug, Clone)]
struct SharedSecret {
    value: String,
    mistake: Mistake,
}

/// A request that came before.
#[derive(Debug, Clone)]
struct EarlierRequest {
    stamp: Earlier,
    canonical: String,
}

/// Everything an explanation may draw on, taken out of a world so that the work can be done
/// without it.
#[derive(Debug, Clone)]
pub(crate) struct Evidence {
    keys: Vec<KnownKey>,
    secrets: Vec<SharedSecret>,
    v2_keys: V2Keys,
    appids: Vec<String>,
    earlier: Vec<EarlierRequest>,
    pub(crate) now: Timestamp,
}

impl World {
    /// What this world knows about keys and about the requests before.
    pub(crate) fn evidence(&self, now: Times) -> Evidence {
        let merchants = || self.state.merchants.values();
        let keys = merchants().flat_map(|merchant| {
            let own = merchant.api_certificates.iter().map(|known| {
                (KeyRole::Merchant, known.serial_no.as_str(), known.certificate_pem.as_str())
            });
            let platform = merchant.platform_certificates.iter().map(|known| {
                (KeyRole::Platform, known.serial_no.as_str(), known.certificate_pem.as_str())
            });
            let public = merchant.public_key.iter().map(|known| {
                (KeyRole::PublicKey, known.id.as_str(), known.public_key_pem.as_str())
            });
            own.chain(platform).chain(public).map(|(role, serial_no, pem)| {
                let by = SignedBy {
                    role,
                    mchid: merchant.mchid.to_string(),
                    serial_no: serial_no.to_owned(),
                };
                KnownKey { by, pem: pem.to_owned() }
            })
        });
        // A world stored before there was v2 has merchants without a key.
        let own = merchants().filter(|known| !known.api_v2_key.is_empty());
        let own = own.map(|known| (known.mchid.to_string(), known.api_v2_key.clone()));
        let v2_keys = V2Keys {
            own: own.collect(),
            v3: merchants().map(|merchant| merchant.api_v3_key.clone()).collect(),
            app_secrets: self.state.apps.values().map(|app| app.app_secret.clone()).collect(),
        };
        let secret = |mistake| move |value: &String| SharedSecret { value: value.clone(), mistake };
        let secrets = v2_keys.own.iter().map(|(_, key)| key).map(secret(V2_KEY));
        let secrets = secrets.chain(v2_keys.v3.iter().map(secret(V3_KEY)));
        let secrets = secrets.chain(v2_keys.app_secrets.iter().map(secret(APP_SECRET)));
        Evidence {
            keys: keys.collect(),
            secrets: secrets.collect(),
            v2_keys,
            appids: self.state.apps.keys().map(ToString::to_string).collect(),
            earlier: self.earlier_requests(),
            now: now.wall,
        }
    }

    fn earlier_requests(&self) -> Vec<EarlierRequest> {
        let requests = self.state.journal.newest_first();
        let requests = requests.filter(|message| message.kind == MessageKind::Request);
        let signed = requests.filter_map(|message| {
            let mut headers = message.headers.iter();
            let (_, header) =
                headers.find(|(name, _)| name.eq_ignore_ascii_case("authorization"))?;
            let read = authorization::read(header);
            Some(EarlierRequest {
                stamp: Earlier { timestamp: read.timestamp, nonce: read.nonce_str },
                canonical: message.canonical.clone()?,
            })
        });
        signed.take(EARLIER_REQUESTS).collect()
    }
}

/// A signature that was opened.
pub(crate) struct Opened<'a> {
    pub(crate) reading: &'a Reading,
    pub(crate) key: &'a KnownKey,
    pub(crate) inside: Inside,
}

impl Evidence {
    /// Every key, those of `mchid` first and `serial_no` before all.
    pub(crate) fn keys(&self, mchid: &str, serial_no: &str) -> Vec<&KnownKey> {
        let mut keys: Vec<_> = self.keys.iter().collect();
        keys.sort_by_key(|known| {
            (known.by.mchid != mchid, known.by.serial_no != serial_no, known.by.role as u8)
        });
        keys.truncate(MOST_KEYS);
        keys
    }

    pub(crate) const fn v2_keys(&self) -> &V2Keys {
        &self.v2_keys
    }

    pub(crate) fn appids(&self) -> &[String] {
        &self.appids
    }

    pub(crate) fn secrets(&self) -> usize {
        self.secrets.len()
    }

    /// Time and nonce of the last request before this one.
    pub(crate) fn stamps(&self) -> Vec<Earlier> {
        self.earlier.iter().take(3).map(|request| request.stamp.clone()).collect()
    }

    /// The same with their numbers; keys that are not RSA have none.
    fn numbers(&self, mchid: &str, serial_no: &str) -> Vec<(&KnownKey, PublicNumbers)> {
        let keys = self.keys(mchid, serial_no).into_iter();
        keys.filter_map(|key| Some((key, PublicNumbers::from_pem(&key.pem)?))).collect()
    }

    /// Tries every key on every reading.
    pub(crate) fn open<'a>(
        &'a self,
        readings: &'a [Reading],
        mchid: &str,
        serial_no: &str,
    ) -> Option<Opened<'a>> {
        let keys = self.numbers(mchid, serial_no);
        readings.iter().find_map(|reading| {
            keys.iter().find_map(|(key, numbers)| {
                let inside = numbers.open(&reading.bytes)?;
                Some(Opened { reading, key, inside })
            })
        })
    }

    /// A signature with the other padding; it cannot be opened, only checked.
    pub(crate) fn checked_as_pss<'a>(
        &'a self,
        readings: &'a [Reading],
        message: &[u8],
        mchid: &str,
        serial_no: &str,
    ) -> Option<(&'a Reading, &'a KnownKey)> {
        let keys = self.numbers(mchid, serial_no);
        readings.iter().find_map(|reading| {
            let signed = |(_, numbers): &&(&KnownKey, PublicNumbers)| {
                numbers.signed_with_pss(message, &reading.bytes)
            };
            let (key, _) = keys.iter().find(signed)?;
            Some((reading, *key))
        })
    }

    /// The string of an earlier request under this signature.
    pub(crate) fn earlier_string(&self, inside: &Inside) -> Option<Hit> {
        self.earlier.iter().find_map(|request| {
            let message = request.canonical.as_bytes();
            let mut mistakes = inside.fits(message)?;
            mistakes.push(EARLIER);
            Some(Hit { mistakes, message: message.to_vec() })
        })
    }

    /// What is short enough to be a keyed or unkeyed digest: made with which secret?
    pub(crate) fn as_digest(
        &self,
        readings: &[Reading],
        canonical: &Canonical,
        effort: &mut Effort,
    ) -> Option<Hit> {
        let reading =
            readings.iter().find(|reading| matches!(reading.bytes.len(), 16 | 20 | 32))?;
        let made = reading.bytes.as_slice();
        search(canonical, effort, &|message| {
            let plain = [Hash::Sha256, Hash::Md5, Hash::Sha1];
            if plain.iter().any(|hash| hash.of(message) == made) {
                return Some(vec![UNSIGNED]);
            }
            let secret = self.secrets.iter().find(|secret| {
                let key = hmac::Key::new(hmac::HMAC_SHA256, secret.value.as_bytes());
                hmac::sign(&key, message).as_ref() == made
            })?;
            Some(vec![secret.mistake])
        })
    }
}

/// What is wrong about the key that signed a merchant's message.
pub(crate) fn key_mistake(by: &SignedBy, mchid: &str, serial_no: &str) -> Option<Mistake> {
    if by.role != KeyRole::Merchant {
        Some(WECHATS)
    } else if by.mchid != mchid {
        Some(OTHER_MERCHANT)
    } else if by.serial_no != serial_no {
        Some(OTHER_SERIAL)
    } else {
        None
    }
}

/// Nobody known signed.
pub(crate) const UNKNOWN_KEY: Mistake = UNKNOWN;
