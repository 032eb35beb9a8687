//! The one call this backend makes: `POST /v1/orders`.

use std::time::Duration;

use serde::Deserialize;

/// Suanpan's merchant API.
pub(crate) struct Suanpan {
    url: String,
    api_key: String,
    client: reqwest::Client,
}

/// What the front end needs to pay.
#[derive(Debug, Deserialize)]
pub(crate) struct CreatedOrder {
    pub(crate) order_id: String,
    pub(crate) order_token: String,
    /// Who will be paid: it must be us when the money is reported.
    pub(crate) mchid: String,
}

/// Suanpan did not create the order. Asking again with the same number is always safe.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OrderError {
    #[error("Suanpan could not be reached: {0}")]
    Unreachable(#[from] reqwest::Error),
    #[error("Suanpan answered {status}: {detail}")]
    Refused { status: u16, detail: String },
}

impl Suanpan {
    pub(crate) fn new(url: String, api_key: String) -> Result<Self, reqwest::Error> {
        let client =
            reqwest::Client::builder().timeout(Duration::from_secs(10)).no_proxy().build()?;
        Ok(Self { url, api_key, client })
    }

    /// Creates an order. Our own number makes the call repeatable: the same number with the same
    /// content is the same order, so a lost answer costs nothing.
    pub(crate) async fn create_order(
        &self,
        merchant_order_no: &str,
        amount_fen: i64,
        description: &str,
    ) -> Result<CreatedOrder, OrderError> {
        let order = serde_json::json!({
            "merchant_order_no": merchant_order_no,
            "amount": { "total": amount_fen, "currency": "CNY" },
            "description": description,
        });
        let answer = self
            .client
            .post(format!("{}/v1/orders", self.url))
            .bearer_auth(&self.api_key)
            .header("content-type", "application/json")
            .body(order.to_string())
            .send()
            .await?;
        let status = answer.status();
        let body = answer.bytes().await?;
        match serde_json::from_slice(&body) {
            Ok(created) if status.is_success() => Ok(created),
            _ => Err(OrderError::Refused {
                status: status.as_u16(),
                detail: String::from_utf8_lossy(&body).chars().take(300).collect(),
            }),
        }
    }
}
