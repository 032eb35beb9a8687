use serde_json::{Value, json};

use crate::{Answer, Http};

/// A merchant's backend that calls us.
#[derive(Debug, Clone)]
pub struct Merchant {
    /// Its account.
    pub account: String,
    /// Its key.
    pub api_key: String,
    /// The account's mini program.
    pub appid: String,
    pub(crate) server: String,
    pub(crate) http: Http,
}

/// An order to be created, with a member for everything tests vary.
#[derive(Debug, Clone)]
pub struct NewOrder(Value);

impl NewOrder {
    /// An order over this many fen.
    #[must_use]
    pub fn of(merchant_order_no: &str, total: i64) -> Self {
        Self(json!({
            "merchant_order_no": merchant_order_no,
            "amount": { "total": total, "currency": "CNY" },
            "description": "茉莉奶绿",
        }))
    }

    /// With another member.
    #[must_use]
    pub fn with(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.0[member] = value.into();
        self
    }
}

/// An order we created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// Our number.
    pub order_id: String,
    /// For the front end.
    pub order_token: String,
}

impl Merchant {
    /// A POST with a JSON body.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.try_post(path, body).await.expect("the server answers")
    }

    /// A POST whose answer may be lost.
    ///
    /// # Errors
    /// When it was.
    pub async fn try_post(&self, path: &str, body: &Value) -> Result<Answer, reqwest::Error> {
        let request = self.http.post(&format!("{}{path}", self.server));
        let request = request.header("content-type", "application/json").body(body.to_string());
        self.http.try_send(request.bearer_auth(&self.api_key)).await
    }

    /// A GET.
    pub async fn get(&self, path: &str) -> Answer {
        let request = self.http.get(&format!("{}{path}", self.server));
        self.http.send(request.bearer_auth(&self.api_key)).await
    }

    /// `POST /v1/orders`.
    pub async fn create(&self, order: &NewOrder) -> Answer {
        self.post("/v1/orders", &order.0).await
    }

    /// `POST /v1/orders`, whose answer may be lost.
    ///
    /// # Errors
    /// When it was.
    pub async fn try_create(&self, order: &NewOrder) -> Result<Answer, reqwest::Error> {
        self.try_post("/v1/orders", &order.0).await
    }

    /// Creates an order that must be accepted.
    pub async fn place(&self, order: &NewOrder) -> Placed {
        Placed::read(&self.create(order).await)
    }

    /// `GET /v1/orders/{order_id}`.
    pub async fn show(&self, placed: &Placed) -> Value {
        self.get(&format!("/v1/orders/{}", placed.order_id)).await.ok()
    }

    /// The order's state on the wire.
    pub async fn state(&self, placed: &Placed) -> String {
        self.show(placed).await["state"].as_str().expect("an order has a state").to_owned()
    }

    /// `POST /v1/orders/{order_id}/close`.
    pub async fn close(&self, placed: &Placed) -> Answer {
        let request =
            self.http.post(&format!("{}/v1/orders/{}/close", self.server, placed.order_id));
        self.http.send(request.bearer_auth(&self.api_key)).await
    }

    /// The types of all events about an order, in the order they were written, read page by page.
    pub async fn events(&self, placed: &Placed) -> Vec<String> {
        let mut types = Vec::new();
        let mut path = "/v1/events?limit=200".to_owned();
        loop {
            let page = self.get(&path).await.ok();
            let events = page["events"].as_array().expect("a list of events");
            let ours = events.iter().filter(|event| event["data"]["order_id"] == *placed.order_id);
            types.extend(ours.map(|event| event["type"].as_str().expect("a type").to_owned()));
            let Some(next) = page["next"].as_str() else { return types };
            path = format!("/v1/events?limit=200&after={next}");
        }
    }
}

impl Placed {
    /// Reads the answer to a creation.
    #[must_use]
    #[track_caller]
    pub fn read(answer: &Answer) -> Self {
        let order = answer.ok();
        let text = |member: &str| order[member].as_str().expect("a created order").to_owned();
        Self { order_id: text("order_id"), order_token: text("order_token") }
    }
}
