//! Calls of the v2 protocol: signed inside, sent again as they are, and shown a certificate where
//! WeChat wants one.

use std::sync::Arc;

use rcgen::{CertificateParams, CertifiedKey, KeyPair, generate_simple_self_signed};
use rustls::{
    RootCertStore, ServerConfig, pki_types::PrivatePkcs8KeyDer, server::WebPkiClientVerifier,
};
use suanpan_wechat::{
    Fen,
    bill::{BillError, Form, Limits, Provisional, TradeRow},
    call::{Outcome, RawAnswer, TransportFault, Unknown},
    id::{Appid, Mchid, OutRefundNo, OutTradeNo},
    pay::codepay::AuthCode,
    pay_v2::{
        Keys, Merchant, Number, SignType,
        bill::{AccountType, BillType, FundFlow, Reason, StatementError, TradeBill},
        close::Close,
        micropay::Charge,
        purchase::{Extras, Purchase},
        query::Query,
        refund,
        xml::Fields,
    },
    secret::ApiV2Key,
    text::Description,
    verify::verify_fields,
};
use suanpan_wechat_client::{ClientCertificate, Config, ConfigError, DownloadError, V2Merchant};
use tokio_rustls::TlsAcceptor;

use crate::{
    server::{Received, Reply, Server, nobody},
    world::{Clock, client, config},
};

fn keys() -> Keys {
    let key = ApiV2Key::new("8934e7d15453e97507ef794cf7b0519d").unwrap();
    Keys::new(SignType::HmacSha256, key)
}

fn mch_id() -> Mchid {
    Mchid::new("10000100").unwrap()
}

fn merchant() -> Merchant {
    Merchant::direct(Appid::new("wx2421b1c4370ec43b").unwrap(), mch_id())
}

fn number() -> OutTradeNo {
    OutTradeNo::new("1415659990").unwrap()
}

fn caller(config: Config, certificate: Option<&ClientCertificate>) -> V2Merchant {
    client(config, &Clock::new()).v2_merchant(mch_id(), keys(), certificate).unwrap()
}

fn query() -> Query {
    Query { merchant: merchant(), number: Number::OutTradeNo(number()), with_promotions: false }
}

fn close() -> Close {
    Close { merchant: merchant(), out_trade_no: number() }
}

fn refund() -> refund::Create {
    let order = refund::Order {
        merchant: merchant(),
        number: Number::OutTradeNo(number()),
        out_refund_no: OutRefundNo::new("r1").unwrap(),
        total_fee: Fen::new(300).unwrap(),
        refund_fee: Fen::new(100).unwrap(),
        refund_desc: None,
        refund_account: None,
        notify_url: None,
        goods_detail: Vec::new(),
    };
    refund::Create { parameters: order.parameters().unwrap() }
}

fn plain(body: String) -> Reply {
    Reply::Answer(RawAnswer { status: 200, headers: Vec::new(), body: body.into_bytes() })
}

/// Everything any of these calls wants to hear, about what it asked.
fn signed(more: &[(&str, &str)]) -> Reply {
    let mut fields = Fields::default();
    for (name, value) in [
        ("return_code", "SUCCESS"),
        ("appid", "wx2421b1c4370ec43b"),
        ("mch_id", "10000100"),
        ("out_trade_no", "1415659990"),
    ]
    .iter()
    .chain(more)
    {
        fields.insert(name, *value).unwrap();
    }
    let sign = keys().sign(&fields);
    fields.insert("sign", sign).unwrap();
    plain(fields.to_xml())
}

fn obeying(_: &Received) -> Reply {
    signed(&[
        ("result_code", "SUCCESS"),
        ("trade_state", "NOTPAY"),
        ("transaction_id", "1008450740201411110005820873"),
        ("out_refund_no", "r1"),
        ("refund_id", "2008450740201411110000174436"),
        ("total_fee", "300"),
        ("refund_fee", "100"),
    ])
}

fn refusing(_: &Received) -> Reply {
    signed(&[("result_code", "FAIL"), ("err_code", "ORDERPAID")])
}

#[tokio::test]
async fn a_signed_request_gets_a_verified_answer() {
    let server = Server::start(obeying).await;
    let outcome = caller(config(&server), None).call(&query()).await;
    assert!(matches!(outcome, Outcome::Success(_)), "{outcome:?}");
    let [request] = &server.received()[..] else { panic!("one request") };
    assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/pay/orderquery"));
    assert_eq!(request.header("content-type"), Some("text/xml; charset=utf-8"));
    assert_eq!(request.header("authorization"), None);
    let sent = Fields::read(&request.body).unwrap();
    assert_eq!(sent.get("nonce_str").map(str::len), Some(32));
    assert!(verify_fields(&keys(), sent).is_ok());
}

#[tokio::test]
async fn o05_a_repeat_at_the_backup_carries_the_same_bytes() {
    let first = Server::start(|_| Reply::Break).await;
    let backup = Server::start(obeying).await;
    let two = Config {
        merchant_api: first.origin(),
        merchant_api_backup: Some(backup.origin()),
        ..config(&backup)
    };
    let outcome = caller(two, None).call(&refund()).await;
    assert!(matches!(outcome, Outcome::Success(_)), "{outcome:?}");
    assert_eq!(first.received()[0].body, backup.received()[0].body);
}

#[tokio::test]
async fn o05_a_refusal_after_a_broken_send_is_no_refusal() {
    let first = Server::start(|_| Reply::Break).await;
    let backup = Server::start(refusing).await;
    let two = |first| Config {
        merchant_api: first,
        merchant_api_backup: Some(backup.origin()),
        ..config(&backup)
    };
    let broken = caller(two(first.origin()), None);
    let outcome = broken.call(&close()).await;
    assert_eq!(outcome, Outcome::Unknown(Unknown::Transport(TransportFault::Broken)));
    let asked = broken.call(&query()).await;
    assert!(matches!(asked, Outcome::Rejected(_)), "{asked:?}");
    let unreached = caller(two(nobody().await), None).call(&close()).await;
    assert!(matches!(unreached, Outcome::Rejected(_)), "{unreached:?}");
}

#[tokio::test]
async fn o17_a_charge_that_may_have_arrived_is_not_sent_again() {
    let purchase = Purchase {
        merchant: merchant(),
        body: Description::new("test").unwrap(),
        out_trade_no: number(),
        total_fee: Fen::new(300).unwrap(),
        spbill_create_ip: "14.23.150.211".parse().unwrap(),
        extras: Extras::default(),
    };
    let charge = Charge::new(&purchase, &AuthCode::new("120061098828009406").unwrap()).unwrap();
    let first = Server::start(|_| Reply::Break).await;
    let backup = Server::start(obeying).await;
    let two = Config {
        merchant_api: first.origin(),
        merchant_api_backup: Some(backup.origin()),
        ..config(&backup)
    };
    let outcome = caller(two, None).call(&charge).await;
    assert_eq!(outcome, Outcome::Unknown(Unknown::Transport(TransportFault::Broken)));
    assert_eq!((first.received().len(), backup.received().len()), (1, 0));
}

#[tokio::test]
async fn o16_a_call_for_another_merchant_is_not_sent() {
    let server = Server::start(obeying).await;
    let client = client(config(&server), &Clock::new());
    let other = client.v2_merchant(Mchid::new("10000101").unwrap(), keys(), None).unwrap();
    let outcome = other.call(&query()).await;
    assert_eq!(outcome, Outcome::Unknown(Unknown::Transport(TransportFault::Unsendable)));
    assert!(server.received().is_empty());
}

fn trade_bill() -> TradeBill {
    TradeBill {
        merchant: merchant(),
        bill_date: "2014-11-10".parse().unwrap(),
        bill_type: BillType::All,
        form: Form::Plain,
    }
}

#[tokio::test]
async fn a_bill_streams_in_and_agrees_with_itself() {
    const BILL: &str = include_str!("../../../wechat/tests/vectors/bill_all.csv");
    let server = Server::start(|_| plain(BILL.to_owned())).await;
    let caller = caller(config(&server), None);
    let mut rows = 0;
    let row = |_: Provisional<TradeRow>| rows += 1;
    let verdict = caller.download_bill(&trade_bill(), Limits::default(), row).await.unwrap();
    assert_eq!((verdict.rows(), rows), (45, 45));
    let short = Limits { file_bytes: 1000, ..Limits::default() };
    let refused = caller.download_bill(&trade_bill(), short, |_| ()).await;
    assert_eq!(refused, Err(StatementError::Bill(BillError::TooLong { limit: 1000 }).into()));
}

#[tokio::test]
async fn a_refusal_and_a_wrong_digest_are_no_bill() {
    let flow = FundFlow {
        merchant: merchant(),
        bill_date: "2018-02-01".parse().unwrap(),
        account_type: AccountType::Basic,
        form: Form::Gzip,
    };
    let refusal = "<xml><return_code>SUCCESS</return_code><result_code>FAIL</result_code>\
                   <err_code>BILL_CREATING</err_code></xml>";
    let server = Server::start(|_| plain(refusal.to_owned())).await;
    let answer =
        caller(config(&server), None).download_bill(&flow, Limits::default(), |_| ()).await;
    let Err(DownloadError::Statement(StatementError::Refused(refused))) = answer else {
        panic!("{answer:?}")
    };
    assert_eq!(refused.reason, Reason::NotYet);
    let server = Server::start(|_| {
        let file = "资金流水总笔数,收入笔数\r\n".as_bytes().to_vec();
        let headers = vec![("Digest".to_owned(), "SHA=none".to_owned())];
        Reply::Answer(RawAnswer { status: 200, headers, body: file })
    })
    .await;
    let answer =
        caller(config(&server), None).download_bill(&flow, Limits::default(), |_| ()).await;
    assert_eq!(answer, Err(StatementError::Bill(BillError::WrongDigest).into()));
    let server = Server::start(|_| {
        Reply::Answer(RawAnswer { status: 502, headers: Vec::new(), body: Vec::new() })
    })
    .await;
    let answer =
        caller(config(&server), None).download_bill(&flow, Limits::default(), |_| ()).await;
    assert_eq!(answer, Err(DownloadError::NoFile { status: 502, code: None }));
}

/// A WeChat that talks only to those who show a certificate of `merchant`.
fn demanding(merchant: &CertifiedKey<KeyPair>) -> (String, TlsAcceptor) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut merchants = RootCertStore::empty();
    merchants.add(merchant.cert.der().clone()).unwrap();
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(merchants), Arc::clone(&provider))
            .build()
            .unwrap();
    let key = PrivatePkcs8KeyDer::from(signing_key.serialize_der());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![cert.der().clone()], key.into())
        .unwrap();
    (cert.pem(), TlsAcceptor::from(Arc::new(config)))
}

fn certified() -> CertifiedKey<KeyPair> {
    let signing_key = KeyPair::generate().unwrap();
    let cert = CertificateParams::new([]).unwrap().self_signed(&signing_key).unwrap();
    CertifiedKey { cert, signing_key }
}

fn pair(of: &CertifiedKey<KeyPair>) -> ClientCertificate {
    ClientCertificate::from_pem(&of.cert.pem(), &of.signing_key.serialize_pem())
}

#[tokio::test]
async fn a_refund_shows_the_merchants_certificate_and_a_query_does_not() {
    let own = certified();
    let (pem, acceptor) = demanding(&own);
    let server = Server::start_tls(acceptor, obeying).await;
    let config = Config {
        merchant_api: server.tls_origin(),
        extra_root_certificates_pem: Some(pem),
        ..config(&server)
    };
    let outcome = caller(config.clone(), Some(&pair(&own))).call(&refund()).await;
    assert!(matches!(outcome, Outcome::Success(_)), "{outcome:?}");
    // A connection that shows nothing gets nothing from this server.
    let shy = caller(config.clone(), Some(&pair(&own))).call(&query()).await;
    assert!(matches!(shy, Outcome::Unknown(Unknown::Transport(_))), "{shy:?}");
    let stranger = caller(config.clone(), Some(&pair(&certified()))).call(&refund()).await;
    assert!(matches!(stranger, Outcome::Unknown(Unknown::Transport(_))), "{stranger:?}");
    assert_eq!(server.received().len(), 1);
    let bare = caller(config, None).call(&refund()).await;
    let expected = Unknown::Transport(TransportFault::NoClientCertificate);
    assert_eq!(bare, Outcome::Unknown(expected));
}

#[tokio::test]
async fn a_simulator_in_the_clear_wants_no_certificate() {
    let server = Server::start(obeying).await;
    for certificate in [None, Some(&pair(&certified()))] {
        let outcome = caller(config(&server), certificate).call(&refund()).await;
        assert!(matches!(outcome, Outcome::Success(_)), "{outcome:?}");
    }
}

#[test]
fn k06_a_certificate_with_another_key_is_refused() {
    let (own, other) = (certified(), certified());
    let mixed = ClientCertificate::from_pem(&own.cert.pem(), &other.signing_key.serialize_pem());
    let none = ClientCertificate::from_pem("", "");
    for certificate in [&mixed, &none] {
        let client = client(Config::default(), &Clock::new());
        let refused = client.v2_merchant(mch_id(), keys(), Some(certificate));
        assert!(matches!(refused, Err(ConfigError::ClientCertificate)), "{refused:?}");
    }
    assert!(!format!("{:?}", pair(&own)).contains("PRIVATE"));
}
