//! One merchant and one WeChat, made of the simulator's public keys.

use serde_json::{Value, json};
use suanpan_simulator::pool::{self, PoolKey};
use suanpan_wechat::{
    Timestamp,
    id::{Mchid, SerialNo},
    key::MerchantKey,
    platform::PlatformKey,
    secret::ApiV3Key,
    sensitive::EncryptionKey,
    trust::TrustRing,
};

pub(crate) const API_V3_KEY: &str = "0123456789abcdefABCDEF0123456789";

/// What both sides of a conversation know.
pub(crate) struct World {
    pub(crate) mchid: Mchid,
    pub(crate) merchant: MerchantKey,
    pub(crate) platform: PlatformKey,
    pub(crate) api_v3_key: ApiV3Key,
    /// What the merchant believes.
    pub(crate) wechat: TrustRing,
    /// What WeChat believes.
    pub(crate) merchants: TrustRing,
    /// The same for the other side of a conversation.
    introduction: Value,
}

pub(crate) fn merchant_key() -> PoolKey {
    pool::keys("merchant").next().expect("the pool has merchants")
}

pub(crate) fn platform_key() -> PoolKey {
    pool::keys("platform").next().expect("the pool has platforms")
}

impl World {
    pub(crate) fn new() -> Self {
        let mchid = Mchid::new("1900007291").expect("an mchid");
        let serial = |text| SerialNo::new(text).expect("a serial number");
        // wxpay-rs wants a public key's name to look like one, and like WeChat's in length.
        let ours = serial("408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB");
        let theirs = serial("PUB_KEY_ID_0114232134912410000000000000");
        let (merchant, platform) = (merchant_key(), platform_key());
        let ring = |id: &SerialNo, pem: &str| {
            let mut ring = TrustRing::default();
            ring.add_public_key(id.clone(), pem).expect("a key of the pool");
            ring
        };
        Self {
            introduction: json!({
                "do": "introduce",
                "mchid": mchid.as_str(),
                "api_v3_key": API_V3_KEY,
                "merchant": {
                    "serial_no": ours.as_str(),
                    "private": merchant.private_key_pem,
                    "public": merchant.public_key_pem,
                },
                "wechat": {
                    "serial_no": theirs.as_str(),
                    "private": platform.private_key_pem,
                    "public": platform.public_key_pem,
                },
            }),
            merchant: MerchantKey::from_private_key(
                mchid.clone(),
                ours.clone(),
                &merchant.private_key_pem,
            )
            .expect("a key of the pool"),
            platform: PlatformKey::from_pem(theirs.clone(), &platform.private_key_pem)
                .expect("a key of the pool"),
            api_v3_key: ApiV3Key::new(API_V3_KEY).expect("32 characters"),
            wechat: ring(&theirs, &platform.public_key_pem),
            merchants: ring(&ours, &merchant.public_key_pem),
            mchid,
        }
    }

    pub(crate) fn introduction(&self) -> &Value {
        &self.introduction
    }

    pub(crate) fn encryption_key(&self) -> EncryptionKey {
        self.wechat.encryption_key(Timestamp::from_unix(0)).expect("a public key has no end")
    }
}
