//! Learning WeChat's new keys: `GET /v3/certificates`, at most one at a time for each merchant and
//! no oftener than [`RefreshPolicy`] allows.

use std::sync::Arc;

use suanpan_wechat::{
    Timestamp,
    call::{Call as _, RawAnswer, TransportFault},
    certificates::Download,
    trust::{RefreshPolicy, TrustError, TrustRing, read_download},
};
use tokio::sync::OwnedMutexGuard;
use tracing::Instrument as _;

use crate::{client::Client, credentials::MerchantCredentials};

/// Why the trust ring was not refreshed. The ring stays as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RefreshError {
    /// WeChat did not answer.
    #[error(transparent)]
    Transport(#[from] TransportFault),
    /// What answered is not believed, or has no certificates for this merchant:
    /// [`TrustError::Status`] with 404 is normal for one that has only a public key.
    #[error(transparent)]
    NotTrusted(#[from] TrustError),
}

impl Client {
    /// Downloads the platform certificates now, whatever the policy says: for operators.
    ///
    /// # Errors
    /// See [`RefreshError`].
    pub async fn refresh(&self, credentials: &MerchantCredentials) -> Result<(), RefreshError> {
        let policy = credentials.refreshing().await;
        self.download(credentials, policy).await
    }

    /// Downloads the platform certificates when the regular refresh is due, and says whether it
    /// did: for a worker that asks now and then.
    ///
    /// # Errors
    /// See [`RefreshError`].
    pub async fn refresh_when_due(
        &self,
        credentials: &MerchantCredentials,
    ) -> Result<bool, RefreshError> {
        let mut policy = credentials.refreshing().await;
        if !policy.on_schedule(self.clock().now()) {
            return Ok(false);
        }
        self.download(credentials, policy).await.map(|()| true)
    }

    /// Gets another ring than `seen`, which was of no help; whether it did.
    ///
    /// Who waited while somebody else refreshed takes that result instead of asking again.
    pub(crate) async fn refresh_once(
        &self,
        credentials: &MerchantCredentials,
        seen: &Arc<TrustRing>,
    ) -> bool {
        let mut policy = credentials.refreshing().await;
        if !Arc::ptr_eq(seen, &credentials.verifier()) {
            return true;
        }
        let now = self.clock().now();
        let allowed =
            if seen.is_empty() { policy.on_empty_ring(now) } else { policy.on_unknown_serial(now) };
        if !allowed {
            return false;
        }
        match self.download(credentials, policy).await {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(mchid = %credentials.mchid(), "certificates not refreshed: {error}");
                false
            }
        }
    }

    /// The download outlives whoever asked for it: a notification that hangs up after three seconds
    /// has used up the minute's one attempt, and must not take the new key along.
    async fn download(
        &self,
        credentials: &MerchantCredentials,
        one_at_a_time: OwnedMutexGuard<RefreshPolicy>,
    ) -> Result<(), RefreshError> {
        let (client, credentials) = (self.clone(), credentials.clone());
        let download = async move {
            let downloaded = client.download_into_ring(&credentials).await;
            drop(one_at_a_time);
            downloaded
        };
        tokio::spawn(download.in_current_span())
            .await
            .unwrap_or(Err(RefreshError::Transport(TransportFault::Broken)))
    }

    async fn download_into_ring(
        &self,
        credentials: &MerchantCredentials,
    ) -> Result<(), RefreshError> {
        let download = Download { suite: credentials.key().suite() };
        let answer = self.exchange(credentials, &download, &download.request()).await?.answer;
        let now = self.clock().now();
        let ring = credentials.verifier();
        let downloaded = read_with_any_key(credentials, &answer, &ring, now)?;
        credentials.replace_ring(ring.merged(downloaded, now));
        Ok(())
    }
}

/// Right after the APIv3 key was changed in the merchant console WeChat may still seal with the
/// previous one, or already with one that we hold second (threat k05).
fn read_with_any_key(
    credentials: &MerchantCredentials,
    answer: &RawAnswer,
    ring: &TrustRing,
    now: Timestamp,
) -> Result<TrustRing, TrustError> {
    let mut refused = TrustError::Sealed;
    for key in credentials.api_v3_keys() {
        match read_download(answer, key, ring, now) {
            Err(error @ TrustError::Sealed) => refused = error,
            verdict => return verdict,
        }
    }
    Err(refused)
}
