//! Goal: the phone's origins serve what they should and reach only what they may. Method: a simulator on
//! free loopback ports with a small mini program; a plain HTTP client plays host page and guest.

mod browser;

use std::{fs, path::Path};

use http::StatusCode;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use crate::{Config, MiniProgram, Running, Simulator};

const APPID: &str = "wx0123456789abcdef";

struct Stage {
    running: Running,
    folder: TempDir,
    client: reqwest::Client,
}

fn write(folder: &Path, name: &str, content: &str) {
    fs::write(folder.join(name), content).unwrap();
}

async fn stage() -> Stage {
    let folder = TempDir::new().unwrap();
    write(folder.path(), "app.json", r#"{"pages":["i"],"window":{"navigationBarTitleText":"茶"}}"#);
    write(folder.path(), "i.wxml", "<view>{{n}}</view>");
    write(folder.path(), "i.js", "Page({data:{n:41}})");
    write(folder.path(), "cup.png", "picture");
    write(folder.path(), "notes.txt", "private");
    let program = MiniProgram::new(APPID.parse().unwrap(), folder.path().to_owned())
        .with_ext("shop", "http://127.0.0.1:1");
    let running = Simulator::start(Config::for_tests()).await.unwrap();
    running.install(program);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    Stage { running, folder, client }
}

impl Stage {
    fn port(&self) -> u16 {
        self.running.addresses().management.port()
    }

    async fn get(&self, host: &str, path: &str) -> (StatusCode, String, String) {
        let port = self.port();
        let request = self.client.get(format!("http://127.0.0.1:{port}{path}"));
        let answer = request.header("host", format!("{host}:{port}")).send().await.unwrap();
        let policy = answer.headers().get("content-security-policy");
        let policy = policy.map_or(String::new(), |value| value.to_str().unwrap().to_owned());
        (answer.status(), policy, answer.text().await.unwrap())
    }

    async fn guest(&self, path: &str) -> (StatusCode, String, String) {
        self.get(&format!("{APPID}.localhost"), path).await
    }

    /// `wx.request` as the host page passes it on.
    async fn request(&self, call: Value) -> (StatusCode, Value) {
        let url = format!("http://127.0.0.1:{}/api/phone/request", self.port());
        let request = self.client.post(url).header("content-type", "application/json");
        let answer = request.body(call.to_string()).send().await.unwrap();
        let status = answer.status();
        (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap())
    }
}

#[tokio::test]
async fn the_host_page_and_the_guest_have_their_own_files_and_policies() {
    let stage = stage().await;
    let (status, policy, page) = stage.get("127.0.0.1", "/").await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("/phone.js"));
    assert!(policy.contains("frame-ancestors 'none'") && policy.contains("default-src 'none'"));

    let (status, policy, page) = stage.guest("/").await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("/bundle.js"));
    assert!(policy.contains("connect-src 'self'") && !policy.contains("unsafe-eval"));
    assert!(policy.contains(&format!("frame-ancestors http://127.0.0.1:{}", stage.port())));

    assert_eq!(stage.guest("/phone.js").await.0, StatusCode::NOT_FOUND);
    assert_eq!(stage.get("127.0.0.1", "/bundle.js").await.0, StatusCode::NOT_FOUND);
    assert_eq!(stage.get("wxother.localhost", "/").await.0, StatusCode::NOT_FOUND);
    assert_eq!(stage.guest("/api/fixture").await.0, StatusCode::FORBIDDEN);
    assert_eq!(stage.get("127.0.0.1", "/api/nothing").await.0, StatusCode::NOT_FOUND);
    stage.running.shutdown().await;
}

#[tokio::test]
async fn the_bundle_is_the_program_as_it_is_now() {
    let stage = stage().await;
    assert!(stage.guest("/bundle.js").await.2.contains("n:41"));
    write(stage.folder.path(), "i.js", "Page({data:{n:42}})");
    assert!(stage.guest("/bundle.js").await.2.contains("n:42"));

    write(stage.folder.path(), "i.wxml", "<view>{{ a + }}</view>");
    let (status, _, script) = stage.guest("/bundle.js").await;
    assert_eq!(status, StatusCode::OK);
    assert!(
        script.starts_with("__suanpanBundleFailed(") && script.contains("i.wxml:1:"),
        "{script}"
    );
    stage.running.shutdown().await;
}

#[tokio::test]
async fn a_program_is_listed_with_its_title_and_configuration() {
    let stage = stage().await;
    let (_, _, list) = stage.get("127.0.0.1", "/api/miniprograms").await;
    let list: Value = serde_json::from_str(&list).unwrap();
    let program = &list["miniprograms"][0];
    assert_eq!((&program["appid"], &program["name"]), (&json!(APPID), &json!("茶")));
    assert_eq!(program["ext"], json!({ "shop": "http://127.0.0.1:1" }));
    stage.running.shutdown().await;
}

#[tokio::test]
async fn pictures_are_served_and_nothing_else_of_the_folder() {
    let stage = stage().await;
    assert_eq!(stage.guest("/cup.png").await.2, "picture");
    for path in ["/notes.txt", "/i.js", "/..%2f..%2fetc%2fpasswd.png", "/%2e%2e/cup.svg"] {
        assert_eq!(stage.guest(path).await.0, StatusCode::NOT_FOUND, "{path}");
    }
    stage.running.shutdown().await;
}

/// Answers one request with `answer`, and gives back what was asked.
async fn one_shot(answer: String) -> (u16, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut asked = vec![0; 4096];
        let length = stream.read(&mut asked).await.unwrap();
        stream.write_all(answer.as_bytes()).await.unwrap();
        String::from_utf8_lossy(&asked[..length]).into_owned()
    });
    (port, served)
}

#[tokio::test]
async fn a_request_carries_wechats_referer_and_gives_back_everything() {
    let stage = stage().await;
    let answer =
        "HTTP/1.1 418 I'm a teapot\r\nx-a: b\r\nset-cookie: c=d\r\ncontent-length: 2\r\n\r\nhi";
    let (port, served) = one_shot(answer.to_owned()).await;
    let url = format!("http://127.0.0.1:{port}/p?q=1");
    let header = json!({ "x-mine": "1", "referer": "http://forged" });
    let call =
        json!({ "appid": APPID, "url": url, "method": "POST", "header": header, "data": "{}" });
    let (status, body) = stage.request(call).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(body["statusCode"], 418, "every status is an answer");
    assert_eq!(body["body_base64"], "aGk=");
    assert_eq!((&body["header"]["x-a"], &body["cookies"]), (&json!("b"), &json!(["c=d"])));
    let asked = served.await.unwrap().to_ascii_lowercase();
    assert!(asked.starts_with("post /p?q=1 http/1.1"), "{asked}");
    assert!(asked.contains(&format!("referer: https://servicewechat.com/{APPID}/devtools/")));
    assert!(asked.contains("x-mine: 1") && !asked.contains("forged"));
    stage.running.shutdown().await;
}

#[tokio::test]
async fn a_program_reaches_neither_the_management_address_nor_the_internet() {
    let stage = stage().await;
    let management = stage.port();
    for url in [
        format!("http://127.0.0.1:{management}/api/fixture"),
        format!("http://localhost:{management}/api/fixture"),
        format!("http://[::1]:{management}/api/fixture"),
        "http://example.com/".to_owned(),
        "http://10.0.0.1/".to_owned(),
        "file:///etc/passwd".to_owned(),
    ] {
        let call = json!({ "appid": APPID, "url": url, "method": "GET" });
        let (status, body) = stage.request(call).await;
        assert_eq!(
            (status, &body["code"]),
            (StatusCode::FORBIDDEN, &json!("url_not_in_domain_list")),
            "{url}"
        );
    }
    // Neither by way of a redirection.
    let location = format!("http://127.0.0.1:{management}/api/fixture");
    let hop = format!("HTTP/1.1 302 Found\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n");
    let (port, _served) = one_shot(hop).await;
    let call =
        json!({ "appid": APPID, "url": format!("http://127.0.0.1:{port}/"), "method": "GET" });
    assert_eq!(stage.request(call).await.0, StatusCode::FORBIDDEN);
    stage.running.shutdown().await;
}

#[tokio::test]
async fn no_answer_and_nonsense_are_told_apart() {
    let stage = stage().await;
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = closed.local_addr().unwrap().port();
    let call =
        |url: String| json!({ "appid": APPID, "url": url, "method": "GET", "timeout_ms": 50 });
    // Accepted by the kernel, never answered.
    let (_, silent) = stage.request(call(format!("http://127.0.0.1:{port}/"))).await;
    assert_eq!(silent["code"], "timeout");
    drop(closed);
    let (_, refused) = stage.request(call(format!("http://127.0.0.1:{port}/"))).await;
    assert_eq!(refused["code"], "connection_failed");
    assert_eq!(
        stage.request(call("nonsense".to_owned())).await.0,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let other =
        json!({ "appid": "wxffffffffffffffff", "url": "http://127.0.0.1:1/", "method": "GET" });
    assert_eq!(stage.request(other).await.0, StatusCode::NOT_FOUND);
    stage.running.shutdown().await;
}

/// A code as a camera sees it: dark and light squares with a white border, eight pixels each.
fn photographed(text: &str) -> (usize, Vec<u8>) {
    const MODULE: usize = 8;
    const BORDER: usize = 4;
    let code = fast_qr::QRBuilder::new(text).build().unwrap();
    let side = (code.size + 2 * BORDER) * MODULE;
    let is_dark = |x: usize, y: usize| {
        let module = |at: usize| (at / MODULE).checked_sub(BORDER).filter(|at| *at < code.size);
        module(x).zip(module(y)).is_some_and(|(x, y)| code[y][x].value())
    };
    let pixels = (0..side * side).map(|at| if is_dark(at % side, at / side) { 30 } else { 220 });
    (side, pixels.collect())
}

#[tokio::test]
async fn the_scanner_reads_a_code_and_refuses_what_is_no_picture() {
    let stage = stage().await;
    let scan = async |content_type: &str, size: (usize, usize), luma: Vec<u8>| {
        let (width, height) = size;
        let path = format!("/api/phone/scan?width={width}&height={height}");
        let url = format!("http://127.0.0.1:{}{path}", stage.port());
        let request = stage.client.post(url).header("content-type", content_type).body(luma);
        let answer = request.send().await.unwrap();
        let status = answer.status();
        (status, serde_json::from_str::<Value>(&answer.text().await.unwrap()).unwrap())
    };
    let bytes = "application/octet-stream";
    let (side, luma) = photographed("weixin://wxpay/bizpayurl?pr=p4lpSuKzz");
    let (_, read) = scan(bytes, (side, side), luma.clone()).await;
    assert_eq!(read, json!({ "texts": ["weixin://wxpay/bizpayurl?pr=p4lpSuKzz"] }));
    let (_, blank) = scan(bytes, (40, 30), vec![255; 1200]).await;
    assert_eq!(blank, json!({ "texts": [] }));

    assert_eq!(
        scan("text/plain", (side, side), luma.clone()).await.0,
        StatusCode::UNSUPPORTED_MEDIA_TYPE
    );
    for size in [(0, side), (side, 2001), (side, side - 1), (side, side + 1)] {
        assert_eq!(scan(bytes, size, luma.clone()).await.0, StatusCode::BAD_REQUEST, "{size:?}");
    }
    stage.running.shutdown().await;
}

#[tokio::test]
async fn a_code_is_drawn_as_a_picture_that_runs_nothing() {
    let stage = stage().await;
    let (status, policy, picture) =
        stage.get("127.0.0.1", "/api/phone/qr?text=134567890123456789").await;
    assert_eq!((status, policy.as_str()), (StatusCode::OK, "default-src 'none'"));
    assert!(picture.starts_with("<svg "), "{picture}");
    let long = format!("/api/phone/qr?text={}", "1".repeat(513));
    assert_eq!(stage.get("127.0.0.1", &long).await.0, StatusCode::BAD_REQUEST);
    stage.running.shutdown().await;
}
