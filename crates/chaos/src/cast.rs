//! Who takes part in every run: accounts, merchants, apps, people and their keys.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use suanpan_acts::{
    Account, App, AppKind, Directory, Environment, directory::NotifyRoute, token::TokenKey,
};
use suanpan_simulator::{
    pool,
    world::{
        self, ApiCertificate, DEFAULT_PIN, Identities, Merchant, PlatformCertificate, RsaSuite,
        Suite, TrustMode, User, World,
    },
};
use suanpan_trade::AccountId;
use suanpan_wechat::{
    Fen,
    id::{Appid, Mchid, Openid, SerialNo},
    key::MerchantKey,
    platform::PlatformKey,
    secret::{ApiV3Key, AppSecret},
    sign::Signer,
    trust::TrustRing,
    verify::Verifier,
};

use crate::{
    suite::{KeyedHash, KeyedHashSuite, Ring},
    timeline::{BEGINNING, at},
};

/// Where WeChat reaches us; nothing resolves it.
const PUBLIC_URL: &str = "https://pay.example.com";

/// Everybody, and every key they hold.
pub(crate) struct Cast {
    pub(crate) directory: Directory,
    pub(crate) token_key: TokenKey,
    pub(crate) houses: Vec<House>,
    pub(crate) users: Vec<Person>,
}

/// One account with its one merchant and its one app.
pub(crate) struct House {
    pub(crate) account: AccountId,
    pub(crate) mchid: Mchid,
    pub(crate) appid: Appid,
    pub(crate) app_secret: AppSecret,
    pub(crate) api_v3_key: ApiV3Key,
    /// The API keys the merchant owns; the operator decides which is in use.
    pub(crate) signers: Vec<Arc<dyn Signer>>,
    /// What our servers believe.
    pub(crate) trust: Arc<dyn Verifier>,
    /// What WeChat signs with, in the order of rotation; planted faults restate answers with it.
    pub(crate) platform: Vec<Arc<dyn Signer>>,
}

/// Somebody with a wallet.
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) openids: BTreeMap<Appid, Openid>,
}

impl Cast {
    /// The cast and WeChat's world with it. `rsa` chooses the real suite, which costs a hundred
    /// times as much and is otherwise the same.
    pub(crate) fn new(seed: u64, rsa: bool) -> (Arc<Self>, World) {
        let suite: Arc<dyn Suite> = if rsa { Arc::new(RsaSuite) } else { Arc::new(KeyedHashSuite) };
        let merchants: Vec<Merchant> =
            (0..HOUSES.len()).map(|index| if rsa { real(index) } else { keyed(index) }).collect();
        let houses = merchants.iter().enumerate().map(|(index, merchant)| House {
            account: account(index),
            mchid: merchant.mchid.clone(),
            appid: appid(index),
            app_secret: AppSecret::new(app_secret(index)).expect("32 letters and digits"),
            api_v3_key: ApiV3Key::new(&merchant.api_v3_key).expect("32 letters and digits"),
            signers: signers(merchant, rsa),
            trust: trust(merchant, rsa),
            platform: platform(merchant, rsa),
        });
        let houses: Vec<House> = houses.collect();
        let identities = Identities { merchants, apps: apps(), users: people() };
        let mut world =
            World::new(seed, identities, suite).expect("every key is one of the suite's");
        // Nothing can be read out of a keyed hash, and trying costs more than all the rest.
        world.settings_mut().explain_refusals = false;
        // The merchants here do not wait a minute between the parts of a refund.
        world.settings_mut().refund_spacing_seconds = 0;
        let users = world
            .users()
            .map(|user| Person { name: user.name.clone(), openids: user.openids.clone() })
            .collect();
        let cast = Self {
            directory: directory(&houses),
            token_key: TokenKey::new(&[7; 32]),
            houses,
            users,
        };
        (Arc::new(cast), world)
    }

    pub(crate) fn house_of(&self, mchid: &Mchid) -> Option<&House> {
        self.houses.iter().find(|house| house.mchid == *mchid)
    }

    /// What the path of a notification says: account, merchant and kind, as the shell reads it.
    pub(crate) fn route(&self, url: &str) -> Option<(AccountId, &House, NotifyRoute)> {
        let path = url.strip_prefix(PUBLIC_URL)?.strip_prefix("/notify/v3/")?;
        let mut segments = path.split('/');
        let account = AccountId::new(segments.next()?).ok()?;
        let mchid = Mchid::new(segments.next()?).ok()?;
        let route = match segments.next()? {
            "transaction" => NotifyRoute::Transaction,
            "refund" => NotifyRoute::Refund,
            _ => return None,
        };
        Some((account, self.house_of(&mchid)?, route))
    }
}

/// Two tenants: the second one shows what isolation means.
const HOUSES: [(&str, &str, &str); 2] =
    [("acme", "1900000001", "wxacme000000000001"), ("bolt", "1900000002", "wxbolt000000000002")];

const USERS: [&str; 3] = ["amei", "bo", "chen"];

/// Enough for every order a run can think of.
const WALLET: i64 = 100_000_000;

fn account(index: usize) -> AccountId {
    AccountId::new(HOUSES[index].0).expect("lower-case letters")
}

fn mchid(index: usize) -> Mchid {
    Mchid::new(HOUSES[index].1).expect("digits")
}

fn appid(index: usize) -> Appid {
    Appid::new(HOUSES[index].2).expect("letters and digits")
}

fn app_secret(index: usize) -> String {
    format!("secretofapp0000000000000000000{index:02}")
}

fn apps() -> Vec<world::App> {
    (0..HOUSES.len())
        .map(|index| world::App {
            appid: appid(index),
            app_secret: app_secret(index),
            kind: world::AppKind::MiniProgram,
        })
        .collect()
}

fn people() -> Vec<User> {
    USERS
        .iter()
        .map(|name| User {
            name: (*name).to_owned(),
            unionid: format!("u-{name}"),
            openids: (0..HOUSES.len())
                .map(|index| {
                    let openid = Openid::new(format!("o-{name}-{index}"));
                    (appid(index), openid.expect("visible letters"))
                })
                .collect(),
            real_name: None,
            balance: Fen::new(WALLET).expect("above zero"),
            cards: Vec::new(),
            pin: DEFAULT_PIN.to_owned(),
        })
        .collect()
}

fn directory(houses: &[House]) -> Directory {
    let accounts = houses.iter().map(|house| {
        let app = App { appid: house.appid.clone(), kind: AppKind::Miniprogram };
        let account = Account {
            id: house.account.clone(),
            merchants: vec![house.mchid.clone()],
            apps: vec![app],
        };
        (house.account.clone(), account)
    });
    Directory {
        environment: Environment::Simulator,
        public_url: PUBLIC_URL.to_owned(),
        accounts: accounts.collect(),
    }
}

fn serial_no(text: &str) -> SerialNo {
    SerialNo::new(text).expect("letters and digits")
}

/// A merchant whose keys are texts for the keyed hash. Both merchants share WeChat's keys, so that
/// a signature alone never tells whose notification it is (threat n13).
fn keyed(index: usize) -> Merchant {
    let api_certificates = (0..2)
        .map(|key| ApiCertificate {
            serial_no: serial_no(&format!("API{index}{key}")),
            certificate_pem: format!("api key {key} of merchant {index}"),
            private_key_pem: None,
        })
        .collect();
    let platform_certificates: Vec<_> = (0..2)
        .map(|key| PlatformCertificate {
            serial_no: serial_no(&format!("PLATFORM{key}")),
            certificate_pem: String::new(),
            private_key_pem: format!("platform key {key}"),
            effective_time: at(0).plus(-86_400),
            expire_time: at(0).plus(366 * 86_400),
        })
        .collect();
    Merchant {
        mchid: mchid(index),
        name: HOUSES[index].0.to_owned(),
        api_v3_key: format!("apiv3keyofmerchant00000000000{index:03}"),
        api_v2_key: format!("apiv2keyofmerchant00000000000{index:03}"),
        trust_mode: TrustMode::Certificate,
        api_certificates,
        signing_serial_no: Some(platform_certificates[0].serial_no.clone()),
        platform_certificates,
        public_key: None,
        appids: BTreeSet::from([appid(index)]),
        sub_merchants: BTreeMap::new(),
        h5_domains: BTreeSet::new(),
        jsapi_directories: BTreeSet::new(),
        refund_notify_url: None,
        sharing_notify_url: None,
        fee_rate: suanpan_simulator::world::DEFAULT_FEE_RATE,
        opening_balance: Fen::ZERO,
    }
}

/// A merchant with RSA keys of the pool, recognising WeChat by its public key.
fn real(index: usize) -> Merchant {
    let mut merchant = pool::merchant(&mchid(index), HOUSES[index].0, TrustMode::PublicKey, index);
    merchant.appids.insert(appid(index));
    merchant
}

fn signers(merchant: &Merchant, rsa: bool) -> Vec<Arc<dyn Signer>> {
    let signer = |certificate: &ApiCertificate| -> Arc<dyn Signer> {
        let serial_no = certificate.serial_no.clone();
        match (&certificate.private_key_pem, rsa) {
            (Some(pem), true) => Arc::new(
                MerchantKey::from_pem(merchant.mchid.clone(), pem, &certificate.certificate_pem)
                    .expect("the pool holds pairs"),
            ),
            _ => Arc::new(KeyedHash::new(serial_no, &certificate.certificate_pem)),
        }
    };
    merchant.api_certificates.iter().map(signer).collect()
}

fn trust(merchant: &Merchant, rsa: bool) -> Arc<dyn Verifier> {
    if let (Some(key), true) = (&merchant.public_key, rsa) {
        let mut ring = TrustRing::default();
        ring.add_public_key(key.id.clone(), &key.public_key_pem).expect("the pool holds RSA keys");
        return Arc::new(ring);
    }
    let mut ring = Ring::default();
    for certificate in &merchant.platform_certificates {
        ring.trust(KeyedHash::new(certificate.serial_no.clone(), &certificate.private_key_pem));
    }
    Arc::new(ring)
}

fn platform(merchant: &Merchant, rsa: bool) -> Vec<Arc<dyn Signer>> {
    if let (Some(key), true) = (&merchant.public_key, rsa) {
        let signer = PlatformKey::from_pem(key.id.clone(), &key.private_key_pem);
        return vec![Arc::new(signer.expect("the pool holds RSA keys"))];
    }
    let signer = |certificate: &PlatformCertificate| -> Arc<dyn Signer> {
        Arc::new(KeyedHash::new(certificate.serial_no.clone(), &certificate.private_key_pem))
    };
    merchant.platform_certificates.iter().map(signer).collect()
}

const _: () = assert!(BEGINNING > 0, "virtual time lies after the epoch");
