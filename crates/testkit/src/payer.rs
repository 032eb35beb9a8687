use serde_json::{Value, json};

use crate::{Answer, Http, Placed};

/// A person with a phone, logged in to a merchant's mini program.
#[derive(Debug, Clone)]
pub struct Payer {
    /// As the simulator calls them.
    pub name: String,
    /// The mini program.
    pub appid: String,
    /// From the login.
    pub session_token: String,
    pub(crate) server: String,
    pub(crate) http: Http,
}

impl Payer {
    /// `POST /client/v1/orders/{order_id}/pay`.
    pub async fn pay(&self, placed: &Placed) -> Answer {
        self.try_pay(placed).await.expect("the server answers")
    }

    /// The same; the answer may be lost.
    ///
    /// # Errors
    /// When it was.
    pub async fn try_pay(&self, placed: &Placed) -> Result<Answer, reqwest::Error> {
        let body = json!({ "order_token": placed.order_token, "trade_type": "JSAPI" });
        self.pay_with(placed, &body).await
    }

    /// The same with any body.
    ///
    /// # Errors
    /// When the answer is lost.
    pub async fn pay_with(&self, placed: &Placed, body: &Value) -> Result<Answer, reqwest::Error> {
        let url = format!("{}/client/v1/orders/{}/pay", self.server, placed.order_id);
        let request = self.http.post(&url).bearer_auth(&self.session_token);
        let request = request.header("content-type", "application/json").body(body.to_string());
        self.http.try_send(request).await
    }

    /// `GET /client/v1/orders/{order_id}`, as the paid page asks.
    pub async fn see(&self, placed: &Placed) -> Answer {
        let url = format!("{}/client/v1/orders/{}", self.server, placed.order_id);
        self.http.send(self.http.get(&url).bearer_auth(&self.session_token)).await
    }

    /// The state this page would show.
    pub async fn sees(&self, placed: &Placed) -> String {
        self.see(placed).await.ok()["state"].as_str().expect("an order has a state").to_owned()
    }
}
