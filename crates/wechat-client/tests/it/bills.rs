//! Bills over the wire: signed questions, unsigned files, and nothing believed too early.

use std::{io::Write as _, sync::Arc, time::Duration};

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use flate2::{Compression, write::GzEncoder};
use suanpan_wechat::{
    bill::{
        Announced, BillError, BillType, Checked, DownloadUrl, FileHash, Form, Limits, Provisional,
        TradeBill, TradeRow,
    },
    call::{Outcome, RawAnswer, TransportFault},
    error::ErrorCode,
    platform::Authorization,
    transfer::receipt::{HashType, ReceiptFile, WrongFile},
};
use suanpan_wechat_client::{Client, Config, DownloadError, Origin};
use tokio::sync::Notify;

use crate::{
    server::{Reply, Server, nobody},
    world::{
        Clock, answer, client, config, credentials, merchants_known_to_wechat, old_ring, platform,
    },
};

const BILL: &[u8] = include_bytes!("../../../wechat/tests/vectors/bill_all.csv");
const TARGET: &str = "/v3/billdownload/file?token=canary&tartype=gzip";

fn gzip() -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(BILL).unwrap();
    encoder.finish().unwrap()
}

fn file(body: Vec<u8>) -> Reply {
    Reply::Answer(RawAnswer { status: 200, headers: Vec::new(), body })
}

fn hash() -> FileHash {
    let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, BILL);
    FileHash::Sha1(hash.as_ref().try_into().unwrap())
}

fn announced(at: &Origin) -> Announced {
    let download_url = DownloadUrl::new(&format!("{at}{TARGET}")).unwrap();
    Announced { download_url, hash: hash(), form: Form::Gzip }
}

/// The verdict, and how many rows were given out before it.
async fn download(client: &Client, bill: &Announced) -> (Result<Checked, DownloadError>, usize) {
    let mut rows = 0;
    let row = |_: Provisional<TradeRow>| rows += 1;
    let verdict =
        client.download_bill(&credentials(old_ring()), bill, Limits::default(), row).await;
    (verdict, rows)
}

#[tokio::test]
async fn a_bill_is_applied_for_downloaded_and_checked() {
    let clock = Clock::new();
    let server = {
        let clock = clock.clone();
        Server::start(move |request| {
            if request.target.starts_with("/v3/billdownload/") {
                return file(gzip());
            }
            let host = request.header("host").unwrap();
            let FileHash::Sha1(hash) = hash() else { panic!("SHA-1") };
            let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
            let body = serde_json::json!({
                "download_url": format!("http://{host}{TARGET}"),
                "hash_type": "SHA1",
                "hash_value": hex,
            });
            Reply::Answer(answer(&platform(), clock.now(), 200, &body.to_string()))
        })
        .await
    };
    let client = client(config(&server), &clock);
    let application = TradeBill {
        bill_date: "2019-02-19".parse().unwrap(),
        bill_type: BillType::All,
        form: Form::Gzip,
        sub_mchid: None,
    };
    let Outcome::Success(bill) = client.call(&credentials(old_ring()), &application).await else {
        panic!("the application is answered")
    };
    let (verdict, rows) = download(&client, bill.get()).await;
    assert_eq!((verdict.unwrap().rows(), rows), (45, 45));

    let [_, asked] = &server.received()[..] else { panic!("two requests") };
    assert_eq!((asked.method.as_str(), asked.target.as_str()), ("GET", TARGET));
    Authorization::read(asked.header("authorization").unwrap())
        .unwrap()
        .check(&merchants_known_to_wechat(), &asked.method, &asked.target, &asked.body)
        .unwrap();
}

#[tokio::test]
async fn b01_rows_that_came_before_a_wrong_digest_are_not_believed() {
    let clock = Clock::new();
    let server = Server::start(|_| file(gzip())).await;
    let bill = Announced {
        hash: FileHash::read("SHA1", &"0".repeat(40)).unwrap(),
        ..announced(&server.origin())
    };
    let (verdict, rows) = download(&client(config(&server), &clock), &bill).await;
    assert_eq!(verdict, Err(DownloadError::Bill(BillError::WrongDigest)));
    assert_eq!(rows, 45);
}

#[tokio::test]
async fn b01_a_download_that_breaks_is_no_bill() {
    let clock = Clock::new();
    let backup = Server::start(|_| file(BILL.to_vec())).await;
    let row_seen = Arc::new(Notify::new());
    let server = {
        let row_seen = Arc::clone(&row_seen);
        let half = || vec![BILL[..BILL.len() / 2].to_vec()];
        Server::start(move |_| Reply::BeginAndBreak(half(), Arc::clone(&row_seen))).await
    };
    let config = Config { merchant_api_backup: Some(backup.origin()), ..config(&server) };
    let bill = Announced { form: Form::Plain, ..announced(&server.origin()) };
    let row = |_: Provisional<TradeRow>| row_seen.notify_one();
    let verdict = client(config, &clock)
        .download_bill(&credentials(old_ring()), &bill, Limits::default(), row)
        .await;
    assert_eq!(verdict, Err(DownloadError::Transport(TransportFault::Broken)));
    assert!(backup.received().is_empty(), "what has begun is not begun again");
}

#[tokio::test]
async fn a_file_is_fetched_from_the_backup_when_the_first_host_gives_no_answer() {
    let clock = Clock::new();
    for broken in [nobody().await, Server::start(|_| Reply::Break).await.origin()] {
        let backup = Server::start(|_| file(gzip())).await;
        let config = Config {
            merchant_api: broken.clone(),
            merchant_api_backup: Some(backup.origin()),
            ..config(&backup)
        };
        let (verdict, _) = download(&client(config, &clock), &announced(&broken)).await;
        assert_eq!(verdict.unwrap().rows(), 45);
        assert_eq!(backup.targets(), [TARGET]);
    }
}

#[tokio::test]
async fn only_standing_still_ends_a_download() {
    let clock = Clock::new();
    for reply in [|| Reply::Hang, || Reply::BeginAndHang(vec![gzip()[..1000].to_vec()])] {
        let server = Server::start(move |_| reply()).await;
        let config = Config {
            connect_timeout: Duration::from_millis(100),
            idle_timeout: Duration::from_millis(200),
            ..config(&server)
        };
        let (verdict, _) = download(&client(config, &clock), &announced(&server.origin())).await;
        assert_eq!(verdict, Err(DownloadError::Transport(TransportFault::Timeout)));
        assert_eq!(server.received().len(), 1, "nobody waits twice");
    }
}

#[tokio::test]
async fn a_token_is_never_taken_to_another_host() {
    let clock = Clock::new();
    let ours = Server::start(|_| file(gzip())).await;
    let elsewhere = Server::start(|_| file(gzip())).await;
    let bill = announced(&elsewhere.origin());
    let (verdict, _) = download(&client(config(&ours), &clock), &bill).await;
    assert!(matches!(verdict, Err(DownloadError::ForeignHost(_))), "{verdict:?}");
    assert!(!verdict.unwrap_err().to_string().contains("canary"));
    assert!(ours.received().is_empty() && elsewhere.received().is_empty());
}

#[tokio::test]
async fn what_is_no_file_is_no_bill() {
    let clock = Clock::new();
    let no_file = |status, code| Err(DownloadError::NoFile { status, code });
    let expired = r#"{"code":"PARAM_ERROR","message":"token"}"#;
    for (status, body, verdict) in [
        (400, expired, no_file(400, Some(ErrorCode::ParamError))),
        (502, "<html>", no_file(502, None)),
        (302, "", no_file(302, None)),
        (206, "partial", no_file(206, None)),
        (200, expired, Err(DownloadError::Bill(BillError::NotGzip))),
        (200, "", Err(DownloadError::Bill(BillError::NotGzip))),
    ] {
        let body = body.as_bytes().to_vec();
        let location = ("location".to_owned(), "http://127.0.0.1:1/".to_owned());
        let server = Server::start(move |_| {
            let headers = vec![location.clone()];
            Reply::Answer(RawAnswer { status, headers, body: body.clone() })
        })
        .await;
        let bill = announced(&server.origin());
        assert_eq!(download(&client(config(&server), &clock), &bill).await.0, verdict);
    }
}

#[tokio::test]
async fn a_receipt_is_downloaded_from_wechat_alone_and_checked() {
    const PDF: &[u8] = b"%PDF-1.7 a receipt";
    const LIMIT: usize = 1024;
    let clock = Clock::new();
    let server = Server::start(|_| file(PDF.to_vec())).await;
    let client = client(config(&server), &clock);
    let receipt_at = |origin: &Origin, of: &[u8]| ReceiptFile {
        download_url: DownloadUrl::new(&format!("{origin}{TARGET}")).unwrap(),
        hash_type: HashType::Sha256,
        hash_value: digest(&SHA256, of).as_ref().iter().map(|b| format!("{b:02X}")).collect(),
    };
    let download = async |receipt: ReceiptFile, limit| {
        client.download_receipt(&credentials(old_ring()), &receipt, limit).await
    };
    let announced = receipt_at(&server.origin(), PDF);
    assert_eq!(download(announced.clone(), LIMIT).await.as_deref(), Ok(PDF));
    let limit = PDF.len() - 1;
    assert_eq!(download(announced, limit).await, Err(DownloadError::TooLong { limit }));
    let other = receipt_at(&server.origin(), b"another receipt");
    assert_eq!(download(other, LIMIT).await, Err(DownloadError::Receipt(WrongFile::Digest)));
    let foreign = receipt_at(&nobody().await, PDF);
    let refused = download(foreign, LIMIT).await.unwrap_err();
    assert!(matches!(refused, DownloadError::ForeignHost(_)), "{refused:?}");
    assert_eq!(server.received().len(), 3);
}
