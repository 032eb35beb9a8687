//! Posting webhooks. The address is the merchant's choice, so everything about the other side is
//! bounded: where it may be, how long it may take, how much of its answer is read.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use suanpan_acts::{MerchantHttp, ports::Delivered, webhook::WebhookMessage};
use url::{Host, Url};

use super::address::Reach;

/// For one webhook, from looking up its name to the last byte that is read.
const TOTAL_TIMEOUT: Duration = Duration::from_secs(15);

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// More of an answer is not read: only its status matters (threat w08).
const ANSWER_LIMIT: usize = 16 * 1024;

const USER_AGENT: &str = concat!("suanpan/", env!("CARGO_PKG_VERSION"));

/// Sends webhooks to the merchants' backends.
#[derive(Debug, Clone)]
pub struct WebhookSender {
    http: reqwest::Client,
    reach: Reach,
}

impl WebhookSender {
    /// `allow_loopback` is for environment `simulator`.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub(crate) fn new(allow_loopback: bool) -> Result<Self, reqwest::Error> {
        let reach = if allow_loopback { Reach::PublicAndLoopback } else { Reach::Public };
        let http = match builder(reach).build() {
            // A laptop without CA certificates can still play shop with itself over plain HTTP.
            Err(error) if allow_loopback => {
                tracing::warn!(%error, "no CA certificates: webhooks over https will fail");
                builder(reach).tls_certs_only([]).build()?
            }
            built => built?,
        };
        Ok(Self { http, reach })
    }

    fn may_call(&self, url: &Url) -> bool {
        // A literal address is dialled without asking the resolver, so it is judged here. `Url` has
        // canonicalised it: `0x7f.1`, `2130706433` and `127.1` are 127.0.0.1 by now.
        match url.host() {
            Some(Host::Ipv4(address)) => self.reach.allows(address.into()),
            Some(Host::Ipv6(address)) => self.reach.allows(address.into()),
            Some(Host::Domain(_)) => true,
            None => false,
        }
    }
}

fn builder(reach: Reach) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .no_proxy()
        // A redirect would take the payload to an address nobody configured (threat w07).
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .https_only(reach == Reach::Public)
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(TOTAL_TIMEOUT)
        .dns_resolver(Arc::new(FilteringResolver(reach)))
        // An idle connection would outlive a change of the name behind it.
        .pool_max_idle_per_host(0)
        .user_agent(USER_AGENT)
}

impl MerchantHttp for WebhookSender {
    #[tracing::instrument(name = "webhook.post", skip_all, fields(webhook.id = message.webhook_id))]
    async fn post(&self, message: &WebhookMessage) -> Delivered {
        let Some(url) = message.url.parse::<Url>().ok().filter(|url| self.may_call(url)) else {
            tracing::warn!("the endpoint's address may not be called");
            return Delivered::Forbidden;
        };
        let request = self
            .http
            .post(url)
            .header("content-type", "application/json")
            .header("webhook-id", &message.webhook_id)
            .header("webhook-timestamp", message.webhook_timestamp.unix())
            .header("webhook-signature", &message.webhook_signature)
            .body(message.body.clone());
        match request.send().await {
            Ok(answer) => answered(answer).await,
            Err(error) => refused(&error),
        }
    }
}

async fn answered(mut answer: reqwest::Response) -> Delivered {
    let status = answer.status().as_u16();
    let retry_after_seconds = answer
        .headers()
        .get("retry-after")
        .and_then(|value| value.to_str().ok())
        .and_then(|seconds| seconds.parse().ok());
    let mut read = 0;
    // The status is known; whether the rest arrives changes nothing.
    while let Ok(Some(chunk)) = answer.chunk().await {
        read += chunk.len();
        if read > ANSWER_LIMIT {
            break;
        }
    }
    tracing::debug!(status, "the endpoint answered");
    Delivered::Answered { status, retry_after_seconds }
}

fn refused(error: &reqwest::Error) -> Delivered {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(cause) = source {
        if cause.is::<ForbiddenAddress>() {
            tracing::warn!("the endpoint's name leads to an address that may not be called");
            return Delivered::Forbidden;
        }
        source = cause.source();
    }
    // The address may carry a token in its query; the log does without it.
    tracing::debug!(timeout = error.is_timeout(), connect = error.is_connect(), "no answer");
    Delivered::Unreachable
}

/// The system's resolver, minus every address that may not be dialled.
#[derive(Debug)]
struct FilteringResolver(Reach);

impl Resolve for FilteringResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0;
        Box::pin(async move {
            // Port 0: the connector puts in the port of the address.
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> =
                found.filter(|address| reach.allows(address.ip())).collect();
            if allowed.is_empty() {
                return Err(ForbiddenAddress.into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

#[derive(Debug, thiserror::Error)]
#[error("every address of this name is inside some private network")]
struct ForbiddenAddress;

#[cfg(test)]
mod tests;
