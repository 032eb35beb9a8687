//! Platform certificates are fetched before they are needed (threat k01).

use std::{sync::Arc, time::Duration};

use suanpan_acts::Store;
use suanpan_wechat::trust::TrustError;
use suanpan_wechat_client::RefreshError;
use tokio_util::sync::CancellationToken;

use crate::ports::ServerPorts;

/// How often it is asked whether a refresh is due; when it is, the policy of each ring decides.
const LOOK_AGAIN: Duration = Duration::from_secs(600);

/// Refreshes every merchant's ring on schedule, starting now, until `stop`.
pub(crate) async fn keep_fresh<S: Store>(ports: Arc<ServerPorts<S>>, stop: CancellationToken) {
    loop {
        for (mchid, credentials) in &ports.wechat.merchants {
            let refresh = ports.wechat.client.refresh_when_due(credentials);
            match stop.run_until_cancelled(refresh).await {
                None => return,
                Some(Ok(_)) => {}
                // A merchant that has only a public key.
                Some(Err(RefreshError::NotTrusted(TrustError::Status(404)))) => {
                    tracing::debug!(%mchid, "WeChat has no certificates for this merchant");
                }
                Some(Err(error)) => {
                    tracing::warn!(%mchid, %error, "platform certificates were not refreshed");
                }
            }
        }
        let pause = tokio::time::sleep(LOOK_AGAIN);
        if stop.run_until_cancelled(pause).await.is_none() {
            return;
        }
    }
}
