//! API keys: who calls. 256 random bits, known to us by digest only.

use suanpan_acts::{Environment, Nonces, token::sha256_hex};
use suanpan_trade::{AccountId, id::encode};
use subtle::ConstantTimeEq as _;

use super::{AccountConfig, ConfigError, SecretText};

/// A new key, shown once: `sk_live_{account}_…` or `sk_sim_{account}_…`.
#[derive(Debug, Clone)]
pub struct ApiKey {
    /// For the merchant's backend.
    pub key: SecretText,
    /// For the configuration file.
    pub sha256: String,
}

/// The account is not one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an account is named by 1 to 16 lower-case letters or digits")]
pub struct InvalidApiKey;

impl ApiKey {
    /// Makes a key. The environment is part of it, so that a key of the simulator does not even
    /// look right in `live` (threat s06).
    ///
    /// # Errors
    /// When the account's id is not one.
    pub fn mint(
        environment: Environment,
        account: &str,
        nonces: &dyn Nonces,
    ) -> Result<Self, InvalidApiKey> {
        let account = AccountId::new(account).map_err(|_| InvalidApiKey)?;
        let mut random = [0; 32];
        nonces.fill(&mut random);
        let key = format!("{}{account}_{}", prefix(environment), encode(&random));
        Ok(Self { sha256: sha256_hex(key.as_bytes()), key: SecretText::new(key) })
    }

    /// The key, for the one place that shows it.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.key.expose()
    }
}

const fn prefix(environment: Environment) -> &'static str {
    match environment {
        Environment::Live => "sk_live_",
        Environment::Simulator => "sk_sim_",
    }
}

/// Every key of every account.
#[derive(Debug, Clone)]
pub(crate) struct ApiKeys {
    environment: Environment,
    digests: Vec<(String, AccountId)>,
}

impl ApiKeys {
    pub(crate) fn new(environment: Environment) -> Self {
        Self { environment, digests: Vec::new() }
    }

    pub(crate) fn add(
        &mut self,
        setting: &str,
        account: &AccountId,
        config: &AccountConfig,
    ) -> Result<(), ConfigError> {
        for (at, key) in config.api_keys.iter().enumerate() {
            let setting = format!("{setting}.api_keys[{at}].sha256");
            let is_digest = key.sha256.len() == 64
                && key.sha256.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
            if !is_digest {
                let rule = "64 lower-case hex digits, as `suanpan api-key` prints them";
                return Err(ConfigError::invalid(setting, rule));
            }
            if self.digests.iter().any(|(known, _)| *known == key.sha256) {
                return Err(ConfigError::invalid(setting, "every key is listed once"));
            }
            self.digests.push((key.sha256.clone(), account.clone()));
        }
        Ok(())
    }

    /// Whose key this is. Looks at every digest whatever it finds, so that the time taken says
    /// nothing.
    pub(crate) fn account_of(&self, presented: &str) -> Option<&AccountId> {
        let digest = sha256_hex(presented.as_bytes());
        let mut found = None;
        for (known, account) in &self.digests {
            if known.as_bytes().ct_eq(digest.as_bytes()).into() {
                found = Some(account);
            }
        }
        found.filter(|_| presented.starts_with(prefix(self.environment)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ApiKeyConfig;

    struct Counting;
    impl Nonces for Counting {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(7);
        }
    }

    fn keys(environment: Environment, sha256: &str) -> ApiKeys {
        let config = AccountConfig {
            id: "acme".into(),
            api_keys: vec![ApiKeyConfig { label: "a".into(), sha256: sha256.into() }],
            merchants: Vec::new(),
            apps: Vec::new(),
        };
        let mut keys = ApiKeys::new(environment);
        keys.add("accounts[0]", &AccountId::new("acme").unwrap(), &config).unwrap();
        keys
    }

    #[test]
    fn a02_a_key_is_known_by_its_digest_alone() {
        let minted = ApiKey::mint(Environment::Simulator, "acme", &Counting).unwrap();
        let known = keys(Environment::Simulator, &minted.sha256);
        assert_eq!(known.account_of(minted.expose()).unwrap().as_str(), "acme");
        for wrong in ["", "sk_sim_acme_", &minted.sha256, &minted.expose()[1..]] {
            assert_eq!(known.account_of(wrong), None, "{wrong}");
        }
        assert!(!format!("{known:?} {minted:?}").contains(minted.expose()));
    }

    #[test]
    fn s06_a_key_of_the_simulator_opens_nothing_in_live() {
        let minted = ApiKey::mint(Environment::Simulator, "acme", &Counting).unwrap();
        assert_eq!(keys(Environment::Live, &minted.sha256).account_of(minted.expose()), None);
    }
}
