use std::net::SocketAddr;

use suanpan_wechat::Timestamp;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    task::JoinHandle,
};

use super::*;

fn message(url: &str) -> WebhookMessage {
    WebhookMessage {
        url: url.to_owned(),
        webhook_id: "evt_acme_0".into(),
        webhook_timestamp: Timestamp::from_unix(1_727_757_296),
        webhook_signature: "v1,c2ln".into(),
        body: r#"{"type":"order.paid"}"#.into(),
    }
}

/// An endpoint that answers one request with these bytes, `repeat` times over; gives the request.
async fn endpoint(answer: &'static [u8], repeat: usize) -> (SocketAddr, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"}") {
            request.push(stream.read_u8().await.unwrap());
        }
        for _ in 0..repeat {
            if stream.write_all(answer).await.is_err() {
                break;
            }
        }
        String::from_utf8(request).unwrap()
    });
    (address, served)
}

#[tokio::test]
async fn a_webhook_is_posted_as_signed() {
    let (address, served) =
        endpoint(b"HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n", 1).await;
    let sender = WebhookSender::new(true).unwrap();
    let delivered = sender.post(&message(&format!("http://{address}/hook"))).await;
    assert_eq!(delivered, Delivered::Answered { status: 503, retry_after_seconds: Some(7) });
    let request = served.await.unwrap();
    assert!(request.starts_with("POST /hook HTTP/1.1\r\n"), "{request}");
    for line in [
        "content-type: application/json\r\n",
        "webhook-id: evt_acme_0\r\n",
        "webhook-timestamp: 1727757296\r\n",
        "webhook-signature: v1,c2ln\r\n",
        "\r\n\r\n{\"type\":\"order.paid\"}",
    ] {
        assert!(request.contains(line), "{line:?} is not in {request}");
    }
    assert!(!request.contains("accept-encoding"), "{request}");
}

#[tokio::test]
async fn w07_redirects_are_not_followed() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let location = elsewhere.local_addr().unwrap();
    for status in ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"] {
        let answer: &'static str = Box::leak(
            format!(
                "HTTP/1.1 {status}\r\nLocation: http://{location}/\r\nContent-Length: 0\r\n\r\n"
            )
            .into_boxed_str(),
        );
        let (address, _served) = endpoint(answer.as_bytes(), 1).await;
        let sender = WebhookSender::new(true).unwrap();
        let delivered = sender.post(&message(&format!("http://{address}/"))).await;
        let expected = status[..3].parse().unwrap();
        assert_eq!(delivered, Delivered::Answered { status: expected, retry_after_seconds: None });
    }
    let accepted = tokio::time::timeout(Duration::ZERO, elsewhere.accept()).await;
    assert!(accepted.is_err(), "somebody followed the redirect");
}

#[tokio::test]
async fn w08_an_endless_answer_is_not_read() {
    // Headers repeated in a body without end: only the first status counts.
    let (address, served) = endpoint(b"HTTP/1.1 200 OK\r\nA: b\r\n\r\nxxxxxxxx", 1 << 20).await;
    let sender = WebhookSender::new(true).unwrap();
    let delivered = sender.post(&message(&format!("http://{address}/"))).await;
    assert_eq!(delivered, Delivered::Answered { status: 200, retry_after_seconds: None });
    served.await.unwrap();
}

/// The paused clock jumps to the next timer as soon as everybody waits: the deadline ends it.
#[tokio::test(start_paused = true)]
async fn w08_an_answer_that_never_comes_is_not_awaited() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let sender = WebhookSender::new(true).unwrap();
    let began = tokio::time::Instant::now();
    let delivered = sender.post(&message(&format!("http://{address}/"))).await;
    assert_eq!(delivered, Delivered::Unreachable);
    assert!(began.elapsed() <= TOTAL_TIMEOUT + Duration::from_secs(1));
}

/// However an address is spelled, it is judged as what would be dialled.
#[tokio::test]
async fn w06_no_spelling_reaches_our_own_network() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let sender = WebhookSender { reach: Reach::Public, ..WebhookSender::new(false).unwrap() };
    for host in [
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "017700000001",
        "0177.0.0.1",
        "0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "１２７.0.0.1",
        "127。0。0。1",
        "localhost",
        "LOCALHOST",
        "10.0.0.1",
        "169.254.169.254",
        "100.100.100.200",
    ] {
        let delivered = sender.post(&message(&format!("https://{host}:{port}/"))).await;
        assert_eq!(delivered, Delivered::Forbidden, "{host}");
    }
    let accepted = tokio::time::timeout(Duration::ZERO, listener.accept()).await;
    assert!(accepted.is_err(), "somebody connected");
}

#[tokio::test]
async fn w06_nonsense_is_not_called() {
    let sender = WebhookSender::new(true).unwrap();
    for url in ["", "not a url", "/relative", "data:text/plain,x", "unix:/run/x"] {
        assert_eq!(sender.post(&message(url)).await, Delivered::Forbidden, "{url}");
    }
}
