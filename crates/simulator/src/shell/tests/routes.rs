//! One story by every route: what a program is told depends on what it says, never on how it came.

use super::*;
use crate::world::{Channel, HttpRequest};

/// A way from a program to WeChat's paths.
enum Route {
    /// An SDK whose base address is configured, and one that names an `http` target to a proxy.
    Http { client: reqwest::Client, base: String },
    /// The world itself inside a Rust test.
    Library,
}

/// Everything the program was told, in order.
#[derive(Default)]
struct Told(Vec<String>);

impl Told {
    fn keep<'a>(
        &mut self,
        status: u16,
        headers: impl Iterator<Item = (&'a str, &'a [u8])>,
        body: &[u8],
    ) {
        // The connection's own, which the world leaves to the shell.
        const OF_THE_CONNECTION: [&str; 4] = ["connection", "content-length", "date", "server"];
        let mut headers: Vec<_> = headers
            .map(|(name, value)| (name.to_ascii_lowercase(), String::from_utf8_lossy(value)))
            .filter(|(name, _)| !OF_THE_CONNECTION.contains(&name.as_str()))
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        headers.sort();
        self.0.push(format!(
            "{status}\n{}\n\n{}",
            headers.join("\n"),
            String::from_utf8_lossy(body)
        ));
    }
}

struct Teller {
    bench: Bench,
    route: Route,
    told: Told,
}

impl Teller {
    async fn call(&mut self, method: &str, target: &str, body: &str) {
        match &self.route {
            Route::Http { client, base } => {
                let request = self.bench.signed(client, base, method, target, body);
                let seen = Seen::read(request.send().await.unwrap()).await;
                let headers = seen.headers.iter();
                let headers = headers.map(|(name, value)| (name.as_str(), value.as_bytes()));
                self.told.keep(seen.status, headers, seen.body.as_bytes());
            }
            Route::Library => {
                let headers = [
                    ("accept", "application/json".to_owned()),
                    ("user-agent", "bench".to_owned()),
                    ("authorization", self.bench.authorization(method, target, body)),
                ];
                let request = HttpRequest {
                    method: method.to_owned(),
                    target: target.to_owned(),
                    headers: headers.map(|(name, value)| (name.to_owned(), value)).to_vec(),
                    body: body.as_bytes().to_vec(),
                    channel: Channel::Plain,
                };
                let answer = |world: &mut crate::world::World, times| world.handle(&request, times);
                let response = self.bench.running.with_world(answer).response;
                let headers = response.headers.iter();
                let headers = headers.map(|(name, value)| (name.as_str(), value.as_bytes()));
                self.told.keep(response.status, headers, &response.body);
            }
        }
    }

    /// The next notification; no other call draws from the world's chance in between.
    async fn hear(&mut self, receiver: &mut Receiver) {
        let (headers, body) = receiver.next().await;
        let headers = headers.iter().filter(|(name, _)| *name != http::header::HOST);
        let headers = headers.map(|(name, value)| (name.as_str(), value.as_bytes()));
        self.told.keep(0, headers, body.to_string().as_bytes());
    }

    /// Prepay, pay, notification, query, refund, its notification, close, and what goes wrong.
    async fn tell(mut self) -> Vec<String> {
        let mut receiver = Receiver::start(&[]).await;
        let query = |number: &str| {
            format!("/v3/pay/transactions/out-trade-no/{number}?mchid={}", pool::MERCHANTS[0])
        };
        self.call("GET", "/v3/certificates", "").await;
        let order = self.bench.order_body("route-0001", &receiver.url);
        self.call("POST", "/v3/pay/transactions/jsapi", &order).await;
        self.call("GET", &query("route-0001"), "").await;
        let prepaid: Value = self.told.0[1].split("\n\n").nth(1).unwrap().parse().unwrap();
        self.bench.pay(prepaid["prepay_id"].as_str().unwrap()).await;
        self.hear(&mut receiver).await;
        self.call("GET", &query("route-0001"), "").await;
        let refund = json!({
            "out_trade_no": "route-0001",
            "out_refund_no": "back-0001",
            "notify_url": receiver.url,
            "amount": {"refund": 90, "total": 1990, "currency": "CNY"},
        });
        self.call("POST", "/v3/refund/domestic/refunds", &refund.to_string()).await;
        self.bench.running.advance(24 * 3600).await;
        self.hear(&mut receiver).await;
        self.call("GET", "/v3/refund/domestic/refunds/back-0001", "").await;
        let other = self.bench.order_body("route-0002", &receiver.url);
        self.call("POST", "/v3/pay/transactions/jsapi", &other).await;
        let mchid = json!({"mchid": pool::MERCHANTS[0]}).to_string();
        self.call("POST", "/v3/pay/transactions/out-trade-no/route-0002/close", &mchid).await;
        self.call("GET", &query("route-0002"), "").await;
        self.call("POST", "/v3/pay/transactions/jsapi", "{\"amount\": \"wrong\"}").await;
        self.call("GET", "/v3/nothing", "").await;
        self.call("DELETE", "/v3/certificates", "").await;
        self.bench.running.shutdown().await;
        self.told.0
    }
}

#[tokio::test]
async fn every_route_tells_the_same_story() {
    let mut first: Option<Vec<String>> = None;
    for name in
        ["base address", "library", "proxy", "proxy, HTTP/1.1", "absolute form", "hosts file"]
    {
        let bench = Bench::start().await;
        let ca_pem = bench.ca_pem().await;
        let through_proxy = || bench.through_proxy(&ca_pem);
        let by = |client: reqwest::ClientBuilder, base: String| Route::Http {
            client: client.build().unwrap(),
            base,
        };
        let wechat = |scheme| format!("{scheme}://api.mch.weixin.qq.com");
        let route = match name {
            "base address" => {
                let base = format!("http://{}", bench.running.addresses().protocol);
                Route::Http { client: bench.http.clone(), base }
            }
            "library" => Route::Library,
            "proxy" => by(through_proxy(), wechat("https")),
            "proxy, HTTP/1.1" => by(through_proxy().http1_only(), wechat("https")),
            "absolute form" => by(through_proxy(), wechat("http")),
            _ => {
                let (client, base) = bench.through_hosts_file(&ca_pem);
                by(client, base)
            }
        };
        let told = Teller { bench, route, told: Told::default() }.tell().await;
        match &first {
            None => {
                let statuses: Vec<&str> = told.iter().map(|told| &told[..3]).collect();
                // Notifications have no status, and begin with `0` and their headers.
                assert_eq!(statuses.iter().filter(|status| status.starts_with("0\n")).count(), 2);
                assert_eq!(statuses.iter().filter(|status| **status == "200").count(), 8);
                assert_eq!(told.len(), 14);
                first = Some(told);
            }
            Some(first) => {
                for (number, (expected, said)) in first.iter().zip(&told).enumerate() {
                    assert_eq!(expected, said, "{name}, message {number}");
                }
                assert_eq!(first.len(), told.len(), "{name}");
            }
        }
    }
}
