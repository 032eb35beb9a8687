use std::net::SocketAddr;

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::{Answer, Http, Placed};

/// The sample shop, open in this process.
#[derive(Debug)]
pub struct Shop {
    address: SocketAddr,
    http: Http,
    stop: CancellationToken,
}

impl Shop {
    /// Opens on a listener that the webhook endpoint names already.
    pub(crate) fn open(
        listener: tokio::net::TcpListener,
        config: suanpan_shop::Config,
        http: Http,
    ) -> Self {
        let address = listener.local_addr().expect("a bound listener has an address");
        let stop = CancellationToken::new();
        let stopped = stop.clone().cancelled_owned();
        tokio::spawn(async move {
            suanpan_shop::serve(listener, config, stopped).await.expect("the shop stays open");
        });
        Self { address, http, stop }
    }

    /// A GET from the mini program.
    pub async fn get(&self, path: &str) -> Answer {
        self.http.send(self.http.get(&format!("http://{}{path}", self.address))).await
    }

    /// A POST from the mini program.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        let request = self.http.post(&format!("http://{}{path}", self.address));
        let request = request.header("content-type", "application/json").body(body.to_string());
        self.http.send(request).await
    }

    /// Orders one of something.
    pub async fn order(&self, sku: &str) -> Placed {
        Placed::read(&self.post("/api/orders", &json!({ "sku": sku, "quantity": 1 })).await)
    }

    /// How far an order is by the shop's own books.
    pub async fn state(&self, placed: &Placed) -> String {
        let answer = self.get(&format!("/api/orders/{}", placed.order_id)).await.ok();
        answer["state"].as_str().expect("an order has a state").to_owned()
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
