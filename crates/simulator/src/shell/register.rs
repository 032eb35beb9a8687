//! Registering merchants without making keys first.

use std::collections::BTreeSet;

use suanpan_wechat::{
    id::{Appid, Mchid},
    key::{Certificate, KeyError},
};

use super::shared::Shared;
use crate::{
    pool,
    world::{ApiCertificate, Merchant, RegisterError, TrustMode},
};

/// A merchant to be registered; what is left out comes from the pool.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MerchantSetup {
    /// Absent: the next free number from 1900100001.
    #[serde(default)]
    pub mchid: Option<Mchid>,
    /// Shown in the cashier.
    #[serde(default)]
    pub name: Option<String>,
    /// How it recognises WeChat; absent: certificates.
    #[serde(default)]
    pub trust_mode: Option<TrustMode>,
    /// Its own API certificate. The private key then stays with the merchant.
    #[serde(default)]
    pub certificate_pem: Option<String>,
    /// Its own APIv3 key.
    #[serde(default)]
    pub api_v3_key: Option<String>,
    /// Its own key for v2.
    #[serde(default)]
    pub api_v2_key: Option<String>,
    /// Apps it may be paid through; absent: every app there is.
    #[serde(default)]
    pub appids: Option<BTreeSet<Appid>>,
    /// Hosts whose pages may open an `h5_url`; absent: this machine's own names.
    #[serde(default)]
    pub h5_domains: Option<BTreeSet<String>>,
    /// Where its pages inside WeChat may open the cashier; absent: this machine's own names.
    #[serde(default)]
    pub jsapi_directories: Option<BTreeSet<String>>,
    /// Where refunds made by hand are notified.
    #[serde(default)]
    pub refund_notify_url: Option<String>,
    /// Where shares this merchant receives are notified.
    #[serde(default)]
    pub sharing_notify_url: Option<String>,
}

/// Why a merchant was not registered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SetupError {
    #[error(transparent)]
    Register(#[from] RegisterError),
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl Shared {
    pub(crate) fn register_merchant(&self, setup: MerchantSetup) -> Result<Merchant, SetupError> {
        self.change(|world, _| {
            let count = world.merchants().count();
            let mchid = setup.mchid.unwrap_or_else(|| {
                let taken: BTreeSet<_> = world.merchants().map(|known| &known.mchid).collect();
                (1_900_100_001_u64..)
                    .map(|number| Mchid::new(number.to_string()).expect("digits are an mchid"))
                    .find(|mchid| !taken.contains(mchid))
                    .expect("there are more numbers than merchants")
            });
            let trust_mode = setup.trust_mode.unwrap_or(TrustMode::Certificate);
            let name = setup.name.unwrap_or_else(|| format!("商户 {mchid}"));
            let mut merchant = pool::merchant(&mchid, &name, trust_mode, count);
            if let Some(certificate_pem) = setup.certificate_pem {
                let serial_no = Certificate::from_pem(&certificate_pem)?.serial_no;
                merchant.api_certificates =
                    vec![ApiCertificate { serial_no, certificate_pem, private_key_pem: None }];
            }
            if let Some(key) = setup.api_v3_key {
                merchant.api_v3_key = key;
            }
            if let Some(key) = setup.api_v2_key {
                merchant.api_v2_key = key;
            }
            let every_app = || world.apps().map(|app| app.appid.clone()).collect();
            merchant.appids = setup.appids.unwrap_or_else(every_app);
            if let Some(domains) = setup.h5_domains {
                merchant.h5_domains = domains;
            }
            if let Some(directories) = setup.jsapi_directories {
                merchant.jsapi_directories = directories;
            }
            merchant.refund_notify_url = setup.refund_notify_url;
            merchant.sharing_notify_url = setup.sharing_notify_url;
            world.add_merchant(merchant.clone())?;
            Ok(merchant)
        })
    }
}
