use super::{AppConfig, MerchantConfig};

/// `[[accounts]]`: one tenant.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountConfig {
    /// 1 to 16 lower-case letters or digits; part of every number this account gets.
    pub id: String,
    /// The keys of its backends. Without any, nobody can create orders.
    #[serde(default)]
    pub api_keys: Vec<ApiKeyConfig>,
    /// Its merchants; the first is used when an order names none.
    #[serde(default)]
    pub merchants: Vec<MerchantConfig>,
    /// Its apps.
    #[serde(default)]
    pub apps: Vec<AppConfig>,
}

/// `[[accounts.api_keys]]`: the digest of a key. The key itself is shown once, by
/// `suanpan api-key`, and kept by the merchant's backend alone (threat a02).
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiKeyConfig {
    /// Tells keys apart for people: which backend, since when.
    pub label: String,
    /// SHA-256 of the key, lower-case hex. Keys carry 256 random bits, so a fast digest suffices.
    pub sha256: String,
}
