//! Sends notifications as WeChat does: five seconds, no redirects, no patience with long answers.

use std::time::Duration;

use futures_util::StreamExt as _;

use super::client::HttpClient;
use crate::world::{Delivery, NotifyResult};

/// How long WeChat waits for an answer.
const LIMIT: Duration = Duration::from_secs(5);

/// How much of an answer's body is kept for the journal.
const BODY_LIMIT: usize = 16 * 1024;

/// The HTTP client of notifications.
#[derive(Debug)]
pub(crate) struct Notifier {
    client: HttpClient,
}

impl Notifier {
    pub(crate) fn new() -> Result<Self, reqwest::Error> {
        let builder = || {
            reqwest::Client::builder()
                .timeout(LIMIT)
                .redirect(reqwest::redirect::Policy::none())
                // The environment may name our own proxy.
                .no_proxy()
        };
        Ok(Self { client: HttpClient::new(builder)? })
    }

    /// The question before an address is believed; as patient as a sending.
    pub(crate) async fn fetch(&self, url: &str) -> NotifyResult {
        match self.client.to(url).get(url).send().await {
            Ok(answer) => read(answer).await,
            Err(error) => failed(&error),
        }
    }

    pub(crate) async fn send(&self, delivery: &Delivery) -> NotifyResult {
        let mut request =
            self.client.to(&delivery.url).post(&delivery.url).body(delivery.body.clone());
        for (name, value) in &delivery.headers {
            request = request.header(name, &**value);
        }
        match request.send().await {
            Ok(answer) => read(answer).await,
            Err(error) => failed(&error),
        }
    }
}

/// The status decides; a body that does not end is not waited for.
async fn read(answer: reqwest::Response) -> NotifyResult {
    let status = answer.status().as_u16();
    let mut body = Vec::new();
    let mut chunks = answer.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        match chunk {
            Ok(chunk) => body.extend_from_slice(&chunk),
            Err(error) => return failed(&error),
        }
        if body.len() >= BODY_LIMIT {
            body.truncate(BODY_LIMIT);
            break;
        }
    }
    NotifyResult::Answered { status, body }
}

fn failed(error: &reqwest::Error) -> NotifyResult {
    if error.is_timeout() {
        NotifyResult::TimedOut
    } else {
        let source = std::error::Error::source(error).map(ToString::to_string);
        NotifyResult::Refused { reason: source.unwrap_or_else(|| error.to_string()) }
    }
}
