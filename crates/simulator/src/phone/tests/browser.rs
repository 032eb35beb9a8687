//! Goal: a page of this machine is shown as in a phone's browser, and no way leads out of it or into the
//! management surface. Method: a server that answers once, and the phone's browser as plain HTTP.

use http::{HeaderMap, StatusCode};
use serde_json::Value;

use super::{Stage, one_shot, stage};

struct Page {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Page {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Stage {
    /// `path` under the name that a site has on the phone.
    async fn show(&self, label: &str, path: &str, headers: &[(&str, &str)]) -> Page {
        let port = self.port();
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let mut request = client.get(format!("http://127.0.0.1:{port}{path}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.header("host", format!("{label}.localhost:{port}")).send().await;
        let answer = answer.unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        Page { status, headers, body: answer.text().await.unwrap() }
    }

    async fn visit(&self, url: &str, user: &str, inside: &str) -> (StatusCode, Value) {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("url", url), ("user", user), ("inside", inside)])
            .finish();
        let (status, _, body) = self.get("127.0.0.1", &format!("/api/phone/visit?{query}")).await;
        (status, serde_json::from_str(&body).unwrap())
    }
}

fn answer_with(head: &str, body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\n{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

#[tokio::test]
async fn a_page_gets_the_bridge_and_its_server_sees_wechat() {
    let stage = stage().await;
    let head = "content-type: text/html\r\nset-cookie: a=b; SameSite=Lax\r\nx-frame-options: DENY";
    let html = "<!doctype html><html><head><script src=jweixin.js></script>";
    let (port, served) = one_shot(answer_with(head, html)).await;
    let label = format!("127-0-0-1-{port}--amei");
    let own = format!("http://{label}.localhost:{}", stage.port());
    let page = stage
        .show(&label, "/api/p?q=1", &[("origin", &own), ("referer", &format!("{own}/from"))])
        .await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let script = page.body.find("/.suanpan/web.js").unwrap();
    assert!(script < page.body.find("jweixin.js").unwrap(), "ours comes first: {}", page.body);
    assert!(page.body.contains("data-inside=\"wechat\""));
    assert_eq!(page.header("set-cookie"), "a=b; SameSite=None; Secure; Partitioned");
    assert_eq!(page.header("x-frame-options"), "");
    let policy = page.header("content-security-policy");
    assert!(
        policy.contains("frame-ancestors 'self' http://127.0.0.1:") && !policy.contains("https:")
    );

    let asked = served.await.unwrap();
    assert!(asked.starts_with("GET /api/p?q=1 HTTP/1.1"), "no path is ours there: {asked}");
    let upstream = format!("http://127.0.0.1:{port}");
    assert!(asked.contains("MicroMessenger/8.0.50"));
    assert!(asked.contains(&format!("host: 127.0.0.1:{port}\r\n")));
    assert!(asked.contains(&format!("origin: {upstream}\r\n")), "{asked}");
    assert!(asked.contains(&format!("referer: {upstream}/from\r\n")), "{asked}");
    stage.running.shutdown().await;
}

#[tokio::test]
async fn the_other_browser_is_not_wechat_and_files_pass_untouched() {
    let stage = stage().await;
    let (port, served) = one_shot(answer_with("content-type: text/plain", "<head>")).await;
    let page = stage.show(&format!("m-127-0-0-1-{port}--amei"), "/f.txt", &[]).await;
    assert_eq!(page.body, "<head>");
    assert!(!served.await.unwrap().contains("MicroMessenger"));
    stage.running.shutdown().await;
}

#[tokio::test]
async fn redirections_stay_on_the_phone() {
    let stage = stage().await;
    let management = stage.port();
    let table = [
        ("http://localhost:9000/next", "http://localhost-9000--amei.localhost:PORT/next"),
        ("/next?a=b", "http://127-0-0-1-UPSTREAM--amei.localhost:PORT/next?a=b"),
        (
            "https://wx.tenpay.com/x?a=b",
            "http://out--amei.localhost:PORT/?url=https%3A%2F%2Fwx.tenpay.com%2Fx%3Fa%3Db",
        ),
    ];
    for (location, wanted) in table {
        let hop =
            format!("HTTP/1.1 302 Found\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n");
        let (port, _served) = one_shot(hop).await;
        let page = stage.show(&format!("127-0-0-1-{port}--amei"), "/", &[]).await;
        let wanted = wanted.replace("PORT", &management.to_string());
        assert_eq!(page.header("location"), wanted.replace("UPSTREAM", &port.to_string()));
    }
    stage.running.shutdown().await;
}

#[tokio::test]
async fn the_way_out_tells_where_to_and_where_from() {
    let stage = stage().await;
    let referer = format!("http://m-127-0-0-1-8701--amei.localhost:{}/cart?x=1", stage.port());
    let target = "/?url=https%3A%2F%2Fwx.tenpay.com%2Fx%3Fa%3D%22%3E%3Cb";
    let page = stage.show("m-out--amei", target, &[("referer", &referer)]).await;
    assert!(
        page.body.contains("data-leave=\"https://wx.tenpay.com/x?a=%22%3E%3Cb\""),
        "{}",
        page.body
    );
    assert!(page.body.contains("data-referer=\"http://127.0.0.1:8701/cart?x=1\""), "{}", page.body);
    let page = stage.show("m-out--amei", target, &[]).await;
    assert!(page.body.contains("data-referer=\"\""));
    let page =
        stage.show("out--amei", "/.suanpan/go?url=http%3A%2F%2F127.0.0.1%3A81%2Fa", &[]).await;
    let wanted = format!("http://127-0-0-1-81--amei.localhost:{}/a", stage.port());
    assert_eq!(page.header("location"), wanted);
    stage.running.shutdown().await;
}

#[tokio::test]
async fn no_site_reaches_the_management_address_or_serves_a_foreign_page() {
    let stage = stage().await;
    let management = stage.port();
    for host in ["127.0.0.1", "localhost"] {
        let url = format!("http://{host}:{management}/api/fixture");
        let (_, shown) = stage.visit(&url, "amei", "wechat").await;
        assert!(shown["url"].as_str().unwrap().starts_with("http://out--amei."), "{shown}");
    }
    // Nor by writing the name down.
    let label = format!("127-0-0-1-{management}--amei");
    let page = stage.show(&label, "/api/fixture", &[]).await;
    assert!(page.status.is_client_error(), "{} {}", page.status, page.body);

    let (port, _served) = one_shot(answer_with("content-type: text/plain", "secret")).await;
    let label = format!("127-0-0-1-{port}--amei");
    for origin in ["http://evil.example", "null", "http://127-0-0-1-80--amei.localhost:1"] {
        let page = stage.show(&label, "/", &[("origin", origin)]).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{origin}");
    }
    for label in ["10-0-0-1-80--amei", "evil--amei", "127-0-0-1--amei"] {
        assert_eq!(stage.show(label, "/", &[]).await.status, StatusCode::NOT_FOUND, "{label}");
    }
    assert_eq!(stage.visit("http://127.0.0.1/", "x.y", "wechat").await.0, StatusCode::NOT_FOUND);
    assert_eq!(stage.visit("nonsense", "amei", "wechat").await.0, StatusCode::BAD_REQUEST);
    stage.running.shutdown().await;
}
