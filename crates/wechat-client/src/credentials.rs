//! Who calls: one merchant with its keys and the ring it trusts.

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use suanpan_wechat::{
    Timestamp,
    id::{Mchid, SerialNo},
    key::MerchantKey,
    secret::ApiV3Key,
    sensitive::EncryptionKey,
    trust::{RefreshPolicy, TrustRing},
};
use tokio::sync::{Mutex, OwnedMutexGuard};

/// One merchant's credentials: everything a call needs to know about who makes it.
///
/// A cheap handle; clones share the ring, so a key learnt by one call is known to all. There is no
/// ambient merchant (threat o16): every call names its credentials, and nothing but the ring ever
/// changes in them. Changed keys are new credentials.
#[derive(Clone)]
pub struct MerchantCredentials(Arc<Inner>);

struct Inner {
    key: MerchantKey,
    api_v3_keys: Vec<ApiV3Key>,
    public_key_id: Option<SerialNo>,
    /// Replaced as a whole: readers verify against a snapshot and never wait for a download.
    ring: RwLock<Arc<TrustRing>>,
    /// Held during a download: one at a time for each merchant.
    refreshing: Arc<Mutex<RefreshPolicy>>,
}

/// Credentials that cannot work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialsError {
    /// Neither certificates nor notifications can be opened.
    #[error("at least one APIv3 key is needed")]
    NoApiV3Key,
    /// The public key is named but not there.
    #[error("the trust ring has no public key {id}")]
    UnknownPublicKey {
        /// The id that was named.
        id: SerialNo,
    },
}

impl MerchantCredentials {
    /// `api_v3_keys`: the current one first, then the one before it for as long as messages sealed
    /// with it may arrive (threat k05).
    ///
    /// `ring`: what is trusted already. Empty is fine in certificate mode: the certificates are
    /// downloaded before the first call.
    ///
    /// `public_key_id`: set for a merchant in public-key mode; asks WeChat to sign with that key.
    /// Answers and notifications signed by a platform certificate are still accepted, because
    /// WeChat moves a merchant over in steps (threat k03).
    ///
    /// # Errors
    /// When the parts do not fit together.
    pub fn new(
        key: MerchantKey,
        api_v3_keys: Vec<ApiV3Key>,
        ring: TrustRing,
        public_key_id: Option<SerialNo>,
    ) -> Result<Self, CredentialsError> {
        if api_v3_keys.is_empty() {
            return Err(CredentialsError::NoApiV3Key);
        }
        if let Some(id) = &public_key_id
            && !ring.serials().any(|known| known == id)
        {
            return Err(CredentialsError::UnknownPublicKey { id: id.clone() });
        }
        Ok(Self(Arc::new(Inner {
            key,
            api_v3_keys,
            public_key_id,
            ring: RwLock::new(Arc::new(ring)),
            refreshing: Arc::default(),
        })))
    }

    /// The merchant.
    #[must_use]
    pub fn mchid(&self) -> &Mchid {
        self.0.key.mchid()
    }

    /// Signs requests and cashier invocations.
    #[must_use]
    pub fn key(&self) -> &MerchantKey {
        &self.0.key
    }

    /// Open notifications; the current one first.
    #[must_use]
    pub fn api_v3_keys(&self) -> &[ApiV3Key] {
        &self.0.api_v3_keys
    }

    /// Set in public-key mode.
    #[must_use]
    pub fn public_key_id(&self) -> Option<&SerialNo> {
        self.0.public_key_id.as_ref()
    }

    /// The key of WeChat that sensitive members are encrypted to: the configured public key, else
    /// the one the ring prefers. `None` while no usable key is trusted. `now` is wall time.
    #[must_use]
    pub fn encryption_key(&self, now: Timestamp) -> Option<EncryptionKey> {
        let ring = self.verifier();
        match self.public_key_id() {
            Some(id) => ring.encryption_key_named(id, now),
            None => ring.encryption_key(now),
        }
    }

    /// The keys of WeChat trusted at this moment: a [`Verifier`](suanpan_wechat::verify::Verifier)
    /// that later refreshes do not change.
    #[must_use]
    pub fn verifier(&self) -> Arc<TrustRing> {
        // A poisoned lock still holds a whole ring: it is only ever swapped.
        Arc::clone(&self.0.ring.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn replace_ring(&self, ring: TrustRing) {
        *self.0.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(ring);
    }

    /// Waits until no download is under way; none starts while the guard lives.
    pub(crate) async fn refreshing(&self) -> OwnedMutexGuard<RefreshPolicy> {
        Arc::clone(&self.0.refreshing).lock_owned().await
    }
}

impl fmt::Debug for MerchantCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MerchantCredentials({:?}, ..)", self.0.key)
    }
}
