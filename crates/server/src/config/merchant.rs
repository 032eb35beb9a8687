use std::path::Path;

use suanpan_wechat::{
    id::{Mchid, SerialNo},
    key::{KeyError, MerchantKey},
    secret::ApiV3Key,
    test_keys,
    trust::TrustRing,
};
use suanpan_wechat_client::MerchantCredentials;

use super::{ConfigError, SecretSource};

/// `[[accounts.merchants]]`: one mchid and its keys.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MerchantConfig {
    /// From the merchant console; belongs to one account only.
    pub mchid: String,
    /// `apiclient_key.pem`.
    pub private_key: SecretSource,
    /// `apiclient_cert.pem`: proves that the private key is the one WeChat knows.
    #[serde(default)]
    pub certificate: Option<SecretSource>,
    /// Serial number of the API certificate, where only that was kept.
    #[serde(default)]
    pub serial_no: Option<String>,
    /// Opens notifications and certificate downloads.
    pub api_v3_key: SecretSource,
    /// The one before it, for as long as messages sealed with it may arrive.
    #[serde(default)]
    pub previous_api_v3_key: Option<SecretSource>,
    /// Set for merchants in public-key mode. Without it platform certificates are downloaded.
    #[serde(default)]
    pub public_key: Option<PublicKeyConfig>,
}

/// `public_key = { id = "PUB_KEY_ID_…", pem = { file = "pub_key.pem" } }`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublicKeyConfig {
    /// Its id in the merchant console.
    pub id: String,
    /// `pub_key.pem`.
    pub pem: SecretSource,
}

impl MerchantConfig {
    pub(crate) fn check(
        &self,
        setting: &str,
        folder: &Path,
    ) -> Result<MerchantCredentials, ConfigError> {
        let mut api_v3_keys =
            vec![api_v3_key(&self.api_v3_key, &format!("{setting}.api_v3_key"), folder)?];
        if let Some(previous) = &self.previous_api_v3_key {
            let setting = format!("{setting}.previous_api_v3_key");
            api_v3_keys.push(api_v3_key(previous, &setting, folder)?);
        }
        let (ring, public_key_id) = self.trust(setting, folder)?;
        let key = self.key(setting, folder)?;
        MerchantCredentials::new(key, api_v3_keys, ring, public_key_id)
            .map_err(|source| ConfigError::Credentials { setting: setting.to_owned(), source })
    }

    fn key(&self, setting: &str, folder: &Path) -> Result<MerchantKey, ConfigError> {
        let mchid = Mchid::new(self.mchid.as_str())
            .map_err(|error| ConfigError::invalid(format!("{setting}.mchid"), error))?;
        let private_key = self.private_key.read(folder)?;
        let key = match (&self.certificate, &self.serial_no) {
            (Some(certificate), None) => {
                let certificate = certificate.read(folder)?;
                MerchantKey::from_pem(mchid, private_key.expose(), certificate.expose())
            }
            (None, Some(serial_no)) => serial(serial_no).and_then(|serial_no| {
                MerchantKey::from_private_key(mchid, serial_no, private_key.expose())
            }),
            _ => {
                let rule = "give either `certificate` or `serial_no`";
                return Err(ConfigError::invalid(setting, rule));
            }
        };
        key.map_err(|source| ConfigError::Key { setting: setting.to_owned(), source })
    }

    fn trust(
        &self,
        setting: &str,
        folder: &Path,
    ) -> Result<(TrustRing, Option<SerialNo>), ConfigError> {
        let mut ring = TrustRing::default();
        let Some(public_key) = &self.public_key else { return Ok((ring, None)) };
        let setting = format!("{setting}.public_key");
        let pem = public_key.pem.read(folder)?;
        let id = serial(&public_key.id).and_then(|id| {
            ring.add_public_key(id.clone(), pem.expose())?;
            Ok(id)
        });
        match id {
            Ok(id) if id.is_public_key_id() => Ok((ring, Some(id))),
            Ok(_) => Err(ConfigError::invalid(format!("{setting}.id"), "starts with PUB_KEY_ID_")),
            Err(source) => Err(ConfigError::Key { setting, source }),
        }
    }

    /// What is harmless in the simulator and fatal with money (threat s06).
    pub(crate) fn check_live(
        &self,
        setting: &str,
        credentials: &MerchantCredentials,
    ) -> Result<(), ConfigError> {
        let sources = [Some(&self.private_key), Some(&self.api_v3_key)];
        let sources = sources.into_iter().chain([self.previous_api_v3_key.as_ref()]).flatten();
        if sources.into_iter().any(SecretSource::is_inline) {
            return Err(ConfigError::not_for_live(setting, "secrets stand in files or variables"));
        }
        let known = "everybody knows this key: it comes from a simulator or a documentation page";
        if test_keys::is_publicly_known(&credentials.key().fingerprint()) {
            return Err(ConfigError::not_for_live(format!("{setting}.private_key"), known));
        }
        if credentials.verifier().fingerprints().any(|key| test_keys::is_publicly_known(&key)) {
            return Err(ConfigError::not_for_live(format!("{setting}.public_key"), known));
        }
        Ok(())
    }
}

fn serial(text: &str) -> Result<SerialNo, KeyError> {
    SerialNo::new(text).map_err(KeyError::from)
}

fn api_v3_key(
    source: &SecretSource,
    setting: &str,
    folder: &Path,
) -> Result<ApiV3Key, ConfigError> {
    ApiV3Key::new(source.read(folder)?.expose())
        .map_err(|source| ConfigError::Secret { setting: setting.to_owned(), source })
}
