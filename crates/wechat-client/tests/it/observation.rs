//! What an operator sees: spans without secrets, and how wrong the clock is.

use std::{
    io,
    sync::{Arc, Mutex, OnceLock},
};

use suanpan_wechat::{call::RawAnswer, trust::TrustRing};
use suanpan_wechat_client::{Client, Config};
use tracing_subscriber::{filter::LevelFilter, fmt::format::FmtSpan};

use crate::{
    login::{app, login},
    server::{Reply, Server, nobody},
    world::{
        API_V3_KEY, Clock, UNPAID, answer, attacker, attackers_certificates, client, config,
        credentials, foreign_api_v3_key, honest, old_ring, platform, query,
    },
};

/// Everything that was logged.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// Catches everything this process logs from here on, libraries included.
    pub(crate) fn catch() -> &'static Self {
        // A process has one log, and may run several tests.
        static LOG: OnceLock<Log> = OnceLock::new();
        LOG.get_or_init(|| {
            let log = Self::default();
            let writer = log.clone();
            tracing_subscriber::fmt()
                .with_max_level(LevelFilter::TRACE)
                .with_span_events(FmtSpan::FULL)
                .with_ansi(false)
                .with_writer(move || writer.clone())
                .init();
            log
        })
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

async fn unhappy_server(
    reply: impl Fn(&Clock) -> Reply + Send + Sync + 'static,
) -> (Server, Clock) {
    let clock = Clock::new();
    let server = {
        let clock = clock.clone();
        Server::start(move |_| reply(&clock)).await
    };
    (server, clock)
}

/// Every failure path a call and a login have, with the log at its most talkative.
#[tokio::test]
async fn s02_neither_logs_nor_errors_contain_secrets() {
    let log = Log::catch();
    let mut shown = Vec::new();
    let mut try_everything = async |client: Client, ring: TrustRing| {
        let merchant = credentials(ring);
        shown.push(format!("{merchant:?} {client:?} {:?} {:?}", app(), login()));
        shown.push(format!("{:?}", client.call(&merchant, &query()).await));
        shown.push(format!("{:?}", client.refresh(&merchant).await));
        let failed = client.code2session(&app(), &login()).await;
        shown.push(failed.map_or_else(|error| format!("{error} {error:?}"), |_| String::new()));
    };
    let clock = Clock::new();
    try_everything(client(Config::single_origin(nobody().await), &clock), old_ring()).await;
    let (breaking, clock) = unhappy_server(|_| Reply::Break).await;
    try_everything(client(config(&breaking), &clock), old_ring()).await;
    let (hanging, clock) = unhappy_server(|_| Reply::Hang).await;
    try_everything(client(config(&hanging), &clock), old_ring()).await;
    let (forging, clock) =
        unhappy_server(|clock| Reply::Answer(answer(&attacker(), clock.now(), 200, UNPAID))).await;
    try_everything(client(config(&forging), &clock), old_ring()).await;
    let clock = Clock::new();
    let list = attackers_certificates(&foreign_api_v3_key());
    let lying = Server::start(honest(attacker(), list, &clock)).await;
    try_everything(client(config(&lying), &clock), TrustRing::default()).await;
    let (page, clock) = unhappy_server(|_| {
        Reply::Answer(RawAnswer {
            status: 302,
            headers: vec![("location".into(), "/x".into())],
            body: Vec::new(),
        })
    })
    .await;
    try_everything(client(config(&page), &clock), old_ring()).await;

    let sent: Vec<String> = [&breaking, &hanging, &forging, &lying, &page]
        .into_iter()
        .flat_map(Server::received)
        .filter_map(|request| request.header("authorization").map(str::to_owned))
        .collect();
    assert!(sent.len() > 5, "requests were made");
    let text = log.text();
    assert!(text.contains("wechat.request"), "the log was caught");
    let everything = format!("{text}\n{}", shown.join("\n"));
    let signatures =
        sent.iter().filter_map(|header| header.split("signature=\"").nth(1)?.split('"').next());
    let secrets =
        ["0123456789abcdef0123456789abcdef", "0a1B2c3D", API_V3_KEY, "BEGIN PRIVATE", "secret="];
    for secret in secrets.into_iter().chain(signatures) {
        let line = everything.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret}");
    }
}

#[tokio::test]
async fn a_call_is_one_span_with_what_support_asks_for() {
    let log = Log::catch();
    let (server, clock) = unhappy_server(|clock| {
        let mut answer = answer(&platform(), clock.now(), 200, UNPAID);
        answer.headers.push(("request-id".to_owned(), "08C488E7A206-0".to_owned()));
        Reply::Answer(answer)
    })
    .await;
    let _ = client(config(&server), &clock).call(&credentials(old_ring()), &query()).await;
    let text = log.text();
    let closed =
        text.lines().find(|line| line.contains("08C488E7A206-0") && line.contains("close"));
    let closed = closed.unwrap_or_else(|| panic!("{text}"));
    for field in
        ["name=\"pay.query\"", "status=200", "request_id=\"08C488E7A206-0\"", "duration_ms="]
    {
        assert!(closed.contains(field), "{field}: {closed}");
    }
    assert!(!text.contains("NOTPAY"), "bodies are not logged");
}

#[tokio::test]
async fn k07_the_distance_to_wechats_clock_is_seen_whether_the_answer_is_believed_or_not() {
    for away in [0, 40, -40, 4000] {
        let (server, clock) = unhappy_server(move |clock| {
            Reply::Answer(answer(&platform(), clock.now().plus(-away), 200, UNPAID))
        })
        .await;
        let client = client(config(&server), &clock);
        assert_eq!(client.clock_skew_seconds(), None);
        let _ = client.call(&credentials(old_ring()), &query()).await;
        assert_eq!(client.clock_skew_seconds(), Some(away));
    }
}
