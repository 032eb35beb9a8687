use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio_util::sync::CancellationToken;

use super::connection;
use crate::{edge::stream::Watched, testing::Bench};

/// The real router behind the real connection, over a pipe.
fn connect(bench: &Bench) -> (DuplexStream, CancellationToken) {
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    let stop = CancellationToken::new();
    tokio::spawn(connection(Watched::new(theirs), bench.router(), stop.clone()));
    (ours, stop)
}

/// Everything the other side says until it closes.
async fn read_all(stream: &mut DuplexStream) -> String {
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8(answer).unwrap()
}

/// With the clock paused, time passes exactly as far as the next timer: what ends the connection
/// is the timer, and how much time it took can be read.
#[tokio::test(start_paused = true)]
async fn h01_half_a_head_is_given_ten_seconds() {
    let bench = Bench::new();
    for head in ["G", "GET /healthz HTTP/1.1\r\n", "GET /healthz HTTP/1.1\r\nHost: a\r\nX: "] {
        let (mut stream, _stop) = connect(&bench);
        let began = tokio::time::Instant::now();
        stream.write_all(head.as_bytes()).await.unwrap();
        assert_eq!(read_all(&mut stream).await, "");
        assert_eq!(began.elapsed().as_secs(), 10, "{head:?}");
    }
}

/// A byte now and then does not buy more time.
#[tokio::test(start_paused = true)]
async fn h01_a_trickle_is_given_ten_seconds() {
    let bench = Bench::new();
    let (mut stream, _stop) = connect(&bench);
    let began = tokio::time::Instant::now();
    let mut sent = 0;
    for byte in b"GET /healthz HTTP/1.1\r\nHost: a\r\n".iter().cycle() {
        if stream.write_all(&[*byte]).await.is_err() {
            break;
        }
        sent += 1;
        tokio::time::advance(Duration::from_secs(2)).await;
        tokio::task::yield_now().await;
    }
    assert!((4..=7).contains(&sent), "{sent} bytes");
    assert!(began.elapsed() <= Duration::from_secs(14));
}

#[tokio::test(start_paused = true)]
async fn h01_half_a_body_is_given_fifteen_seconds() {
    let bench = Bench::new();
    let (mut stream, _stop) = connect(&bench);
    let began = tokio::time::Instant::now();
    let head = "POST /client/v1/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";
    stream.write_all(format!("{head}Content-Length: 100\r\n\r\n{{").as_bytes()).await.unwrap();
    let answer = read_all(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert_eq!(began.elapsed().as_secs(), 15);
}

#[tokio::test(start_paused = true)]
async fn h01_silence_is_given_a_minute() {
    let bench = Bench::new();
    let (mut stream, _stop) = connect(&bench);
    let began = tokio::time::Instant::now();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    let answer = read_all(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("ok\n"), "{answer}");
    assert_eq!(began.elapsed().as_secs(), 60);
}

#[tokio::test]
async fn h03_contradictions_are_answered_and_the_connection_ends() {
    let bench = Bench::new();
    for framing in [
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
        "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
        "Content-Length: 2, 2\r\n\r\n{}",
        "Content-Length: +2\r\n\r\n{}",
        "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    ] {
        let (mut stream, _stop) = connect(&bench);
        let request = format!(
            "POST /client/v1/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n{framing}"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        // A second request, smuggled behind the first, must not be answered.
        let _ = stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").await;
        let answer = read_all(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{framing:?}: {answer}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{framing:?}: {answer}");
    }
}

#[tokio::test]
async fn h04_a_second_host_is_refused() {
    let bench = Bench::new();
    let (mut stream, stop) = connect(&bench);
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n").await.unwrap();
    let mut answer = [0; 13];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 400 ");
    stop.cancel();
}

/// What follows a chunked body is not followed by the second look, so nothing may follow it.
#[tokio::test]
async fn h03_a_chunked_request_is_the_last_of_its_connection() {
    let bench = Bench::new();
    let (mut stream, _stop) = connect(&bench);
    let request = "POST /client/v1/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n\
                   Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n\
                   GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let answer = read_all(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert!(answer.contains("connection: close\r\n"), "{answer}");
    assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
}

#[tokio::test]
async fn requests_follow_each_other_on_one_connection() {
    let bench = Bench::new();
    let (mut stream, stop) = connect(&bench);
    for _ in 0..3 {
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"ok\n") {
            answer.push(stream.read_u8().await.unwrap());
        }
        assert!(answer.starts_with(b"HTTP/1.1 200 "));
    }
    stop.cancel();
    assert_eq!(read_all(&mut stream).await, "");
}

#[tokio::test]
async fn h08_http_2_is_not_spoken() {
    let bench = Bench::new();
    let (mut stream, _stop) = connect(&bench);
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
    let answer = read_all(&mut stream).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400 "), "{answer}");
}
