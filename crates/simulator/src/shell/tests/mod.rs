//! The shell over real sockets on free ports: a merchant's program, its notify address, a person's
//! browser.

mod clock;
mod explained;
mod faults;
mod guards;
mod open;
mod proxied;
mod routes;
mod scenarios;
mod served;
mod state;
mod stored;

use std::{
    collections::VecDeque,
    convert::Infallible,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
};

use http_body_util::{BodyExt as _, Full};
use hyper::{Request, Response, body::Incoming};
use serde_json::{Value, json};
use suanpan_wechat::{
    Timestamp,
    id::{Mchid, NonceStr},
    key::MerchantKey,
    sign::{Signer as _, request_message},
};
use tokio::sync::mpsc;

use super::*;
use crate::pool;

/// 2026-03-01T12:00:00+08:00.
const NOON: i64 = 1_772_337_600;

/// A wall clock that stands where it is put.
#[derive(Clone, Default)]
struct ManualClock(Arc<AtomicI64>);

impl ManualClock {
    fn at(seconds: i64) -> Self {
        Self(Arc::new(AtomicI64::new(seconds)))
    }
}

impl WallClock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix(self.0.load(Ordering::SeqCst))
    }
}

fn config(wall: &ManualClock) -> Config {
    Config { wall: Arc::new(wall.clone()), ..Config::for_tests() }
}

/// A running simulator and a client for it.
struct Bench {
    running: Running,
    wall: ManualClock,
    http: reqwest::Client,
    key: MerchantKey,
}

/// An HTTP answer read to its end.
#[derive(Debug)]
struct Seen {
    status: u16,
    headers: http::HeaderMap,
    body: String,
}

impl Seen {
    async fn read(answer: reqwest::Response) -> Self {
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let body = String::from_utf8(answer.bytes().await.unwrap().to_vec()).unwrap();
        Self { status, headers, body }
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.body))
    }
}

fn trusting(ca_pem: &str) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .tls_certs_only([reqwest::Certificate::from_pem(ca_pem.as_bytes()).unwrap()])
}

fn merchant_key() -> MerchantKey {
    let mchid = Mchid::new(pool::MERCHANTS[0]).unwrap();
    let key = pool::keys("merchant-").next().unwrap();
    let certificate = pool::api_certificate(&mchid, &key);
    MerchantKey::from_pem(mchid, &key.private_key_pem, &certificate.certificate_pem).unwrap()
}

impl Bench {
    async fn start() -> Self {
        let wall = ManualClock::at(NOON);
        Self::with(config(&wall), wall).await
    }

    async fn with(config: Config, wall: ManualClock) -> Self {
        let running = Simulator::start(config).await.unwrap();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { running, wall, http, key: merchant_key() }
    }

    fn authorization(&self, method: &str, target: &str, body: &str) -> String {
        let now = self.wall.now();
        let nonce = NonceStr::new("593BEC0C930BF1AFEB40B4A08C8FB242").unwrap();
        let message = request_message(method, target, now, nonce.as_str(), body.as_bytes());
        format!(
            "WECHATPAY2-SHA256-RSA2048 mchid=\"{}\",nonce_str=\"{nonce}\",signature=\"{}\",timestamp=\"{}\",serial_no=\"{}\"",
            self.key.mchid(),
            self.key.sign(&message),
            now.unix(),
            self.key.serial_no(),
        )
    }

    fn signed(
        &self,
        http: &reqwest::Client,
        base: &str,
        method: &str,
        target: &str,
        body: &str,
    ) -> reqwest::RequestBuilder {
        http.request(method.parse().unwrap(), format!("{base}{target}"))
            .header("Accept", "application/json")
            .header("User-Agent", "bench")
            .header("Content-Type", "application/json")
            .header("Authorization", self.authorization(method, target, body))
            .body(body.to_owned())
    }

    async fn ca_pem(&self) -> String {
        self.get("/api/fixture").await.json()["ca_pem"].as_str().unwrap().to_owned()
    }

    /// A client whose every call goes through the proxy, and that trusts this CA alone.
    fn through_proxy(&self, ca_pem: &str) -> reqwest::ClientBuilder {
        let proxy = format!("http://{}", self.running.addresses().proxy);
        trusting(ca_pem).proxy(reqwest::Proxy::all(proxy).unwrap())
    }

    /// A client with a hosts file that leads to the TLS listener, and WeChat's address there.
    fn through_hosts_file(&self, ca_pem: &str) -> (reqwest::ClientBuilder, String) {
        let listener = self.running.addresses().tls;
        let host = "api.mch.weixin.qq.com";
        let client = trusting(ca_pem).no_proxy().resolve(host, listener);
        (client, format!("https://{host}:{}", listener.port()))
    }

    /// A signed call to WeChat's paths.
    async fn call(&self, method: &str, target: &str, body: &str) -> Seen {
        let base = format!("http://{}", self.running.addresses().protocol);
        Seen::read(self.signed(&self.http, &base, method, target, body).send().await.unwrap()).await
    }

    fn manage_at(&self, path: &str) -> String {
        format!("http://{}{path}", self.running.addresses().management)
    }

    async fn get(&self, path: &str) -> Seen {
        Seen::read(self.http.get(self.manage_at(path)).send().await.unwrap()).await
    }

    async fn send(&self, method: &str, path: &str, body: Value) -> Seen {
        let request = self
            .http
            .request(method.parse().unwrap(), self.manage_at(path))
            .header("Content-Type", "application/json")
            .body(body.to_string());
        Seen::read(request.send().await.unwrap()).await
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let seen = self.send("POST", path, body).await;
        assert_eq!(seen.status, 200, "{path}: {}", seen.body);
        seen.json()
    }

    fn order_body(&self, out_trade_no: &str, notify_url: &str) -> String {
        let openid = self.running.with_world(|world, _| {
            let user = world.users().find(|user| user.name == "amei").unwrap();
            user.openids.values().next().unwrap().to_string()
        });
        json!({
            "appid": pool::MINI_PROGRAM,
            "mchid": pool::MERCHANTS[0],
            "description": "龙井茶 一杯",
            "out_trade_no": out_trade_no,
            "notify_url": notify_url,
            "amount": {"total": 1990},
            "payer": {"openid": openid},
        })
        .to_string()
    }

    async fn order(&self, out_trade_no: &str, notify_url: &str) -> String {
        let body = self.order_body(out_trade_no, notify_url);
        let seen = self.call("POST", "/v3/pay/transactions/jsapi", &body).await;
        assert_eq!(seen.status, 200, "{}", seen.body);
        seen.json()["prepay_id"].as_str().unwrap().to_owned()
    }

    async fn pay(&self, prepay_id: &str) -> Value {
        self.post("/api/pay", json!({"prepay_id": prepay_id, "user": "amei"})).await
    }

    async fn trade_state(&self, out_trade_no: &str) -> String {
        let target = format!(
            "/v3/pay/transactions/out-trade-no/{out_trade_no}?mchid={}",
            pool::MERCHANTS[0]
        );
        let seen = self.call("GET", &target, "").await;
        seen.json()["trade_state"].as_str().unwrap().to_owned()
    }
}

/// A merchant's notify address: answers as told, then 200, and shows what came.
struct Receiver {
    url: String,
    came: mpsc::UnboundedReceiver<(http::HeaderMap, String)>,
    answers: Arc<Mutex<VecDeque<u16>>>,
}

impl Receiver {
    async fn start(answers: &[u16]) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/notify", listener.local_addr().unwrap());
        let answers = Arc::new(Mutex::new(answers.iter().copied().collect::<VecDeque<_>>()));
        let (sender, came) = mpsc::unbounded_channel();
        let planned = Arc::clone(&answers);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (planned, sender) = (Arc::clone(&planned), sender.clone());
                let service = hyper::service::service_fn(move |request: Request<Incoming>| {
                    let (planned, sender) = (Arc::clone(&planned), sender.clone());
                    async move { Ok::<_, Infallible>(receive(request, &planned, &sender).await) }
                });
                let stream = hyper_util::rt::TokioIo::new(stream);
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new().serve_connection(stream, service),
                );
            }
        });
        Self { url, came, answers }
    }

    async fn next(&mut self) -> (http::HeaderMap, Value) {
        let came = tokio::time::timeout(std::time::Duration::from_secs(30), self.came.recv());
        let (headers, body) = came.await.expect("a notification within 30 s").unwrap();
        (headers, serde_json::from_str(&body).unwrap())
    }

    fn nothing_more(&mut self) -> bool {
        self.came.try_recv().is_err()
    }
}

async fn receive(
    request: Request<Incoming>,
    planned: &Mutex<VecDeque<u16>>,
    sender: &mpsc::UnboundedSender<(http::HeaderMap, String)>,
) -> Response<Full<bytes::Bytes>> {
    let headers = request.headers().clone();
    let query = request.uri().query().unwrap_or_default().to_owned();
    let body = request.into_body().collect().await.unwrap().to_bytes();
    sender.send((headers, String::from_utf8(body.to_vec()).unwrap())).unwrap();
    let status = planned.lock().unwrap().pop_front().unwrap_or(200);
    // What the console of an app wants to hear when it asks.
    let mut query = url::form_urlencoded::parse(query.as_bytes());
    let echo = query.find(|(name, _)| name == "echostr").map(|(_, echo)| echo.into_owned());
    let mut response = Response::new(Full::from(echo.unwrap_or_default()));
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap();
    if status == 302 {
        response.headers_mut().insert("Location", "/elsewhere".parse().unwrap());
    }
    response
}
