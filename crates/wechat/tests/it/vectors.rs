//! Published vectors, in both directions: our signature equals theirs, and theirs verifies.

use serde::Deserialize;
use suanpan_wechat::{
    Timestamp,
    call::{Call, ContentType, Method, Request},
    certificates::Download,
    id::{Mchid, NonceStr, OutRefundNo, OutTradeNo},
    key::{MerchantKey, RsaPublicKey},
    media::FavorUpload,
    notify::Content,
    pay::{TradeState, TradeType, close::Close, query::ByOutTradeNo},
    platform::PlatformKey,
    refund,
    sign::{Signer, authorization, request_message},
    trust::TrustRing,
    verify,
    verify::{SignatureHeaders, signed_message},
};

use crate::world::{
    DEMO_PUBLIC, GO_PRIVATE, GO_PUBLIC, GO_SERIAL, JAVA_PRIVATE, JAVA_PUBLIC, api_v3_key, merchant,
    notification, platform, ring, serial, signed,
};

const WECHAT_PAY_PUBLIC: &str = include_str!("../vectors/wechat_pay_public.pem");

#[derive(Deserialize)]
struct RequestVector {
    id: String,
    method: String,
    target: String,
    timestamp: i64,
    nonce_str: String,
    body: String,
    signature: String,
}

#[derive(Deserialize)]
struct MessageVector {
    id: String,
    key: String,
    timestamp: i64,
    nonce: String,
    body: String,
    signature: String,
}

#[derive(Deserialize)]
struct RsaVector {
    id: String,
    key: String,
    message: String,
    signature: String,
}

fn requests() -> Vec<RequestVector> {
    serde_json::from_str(include_str!("../vectors/requests.json")).unwrap()
}

fn request(id: &str) -> RequestVector {
    requests().into_iter().find(|vector| vector.id == id).unwrap()
}

fn messages() -> Vec<MessageVector> {
    serde_json::from_str(include_str!("../vectors/messages.json")).unwrap()
}

fn public_key(name: &str) -> &'static str {
    match name {
        "go" => GO_PUBLIC,
        "java" => JAVA_PUBLIC,
        "wechat_pay_public" => WECHAT_PAY_PUBLIC,
        other => panic!("no such key: {other}"),
    }
}

#[test]
fn v1_to_v7b_requests_are_signed_as_published() {
    let demo = RsaPublicKey::from_pem(DEMO_PUBLIC).unwrap();
    let ids: Vec<String> = requests().into_iter().map(|vector| vector.id).collect();
    assert_eq!(ids, ["V1", "V2", "V2b", "V3", "V3b", "V4", "V5", "V6", "V7", "V7b"]);
    for vector in requests() {
        let at = Timestamp::from_unix(vector.timestamp);
        let message = request_message(
            &vector.method,
            &vector.target,
            at,
            &vector.nonce_str,
            vector.body.as_bytes(),
        );
        assert_eq!(merchant().sign(&message), vector.signature, "{}", vector.id);
        assert!(demo.verifies(&message, &vector.signature), "{}", vector.id);
        assert!(!demo.verifies(&message[1..], &vector.signature), "{}", vector.id);
    }
}

/// A signer of a Go test, which writes out what it is given.
#[test]
fn the_published_texts_to_be_signed_are_ours() {
    let at = Timestamp::from_unix(1_624_523_846);
    let text = |method, body: &[u8]| {
        let message = request_message(method, "/v3/certificates", at, "A1B2C3D4E5F6G7", body);
        String::from_utf8(message).unwrap()
    };
    assert_eq!(text("GET", b""), "GET\n/v3/certificates\n1624523846\nA1B2C3D4E5F6G7\n\n");
    assert_eq!(
        text("POST", b"Hello World!\n"),
        "POST\n/v3/certificates\n1624523846\nA1B2C3D4E5F6G7\nHello World!\n\n"
    );
}

#[test]
fn v1_the_whole_authorization_header_is_as_published() {
    let vector = request("V1");
    let header = authorization(
        &merchant(),
        &Mchid::new("1900007291").unwrap(),
        Timestamp::from_unix(vector.timestamp),
        &NonceStr::new(vector.nonce_str.as_str()).unwrap(),
        &Request::get(vector.target),
    );
    assert_eq!(
        header,
        format!(
            "WECHATPAY2-SHA256-RSA2048 mchid=\"1900007291\",\
             nonce_str=\"593BEC0C930BF1AFEB40B4A08C8FB242\",signature=\"{}\",\
             timestamp=\"1554208460\",serial_no=\"408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB\"",
            vector.signature
        )
    );
}

#[test]
fn v4_of_an_upload_only_meta_is_signed() {
    let vector = request("V4");
    let upload = FavorUpload::new("wechatpay_logo.png", vec![0; 1024]).unwrap().request();
    assert_eq!((upload.method.as_str(), &upload.target), (&*vector.method, &vector.target));
    let ContentType::Upload { boundary, .. } = upload.content_type.clone() else {
        panic!("upload")
    };
    // The published text has blanks; what is signed is what is sent, whatever it looks like.
    let meta = vector.body.into_bytes();
    let published = Request { content_type: ContentType::Upload { boundary, meta }, ..upload };
    let header = authorization(
        &merchant(),
        &Mchid::new("1900007291").unwrap(),
        Timestamp::from_unix(vector.timestamp),
        &NonceStr::new(vector.nonce_str.as_str()).unwrap(),
        &published,
    );
    assert!(header.contains(&format!("signature=\"{}\"", vector.signature)));
}

#[test]
fn our_calls_make_the_requests_of_the_vectors() {
    let mchid = Mchid::new("1900007291").unwrap();
    let out_trade_no = OutTradeNo::new("1217752501201407033233368018").unwrap();
    let close = Close { mchid: mchid.clone(), out_trade_no: out_trade_no.clone() };
    let refund = refund::Query { out_refund_no: OutRefundNo::new("123123123123").unwrap() };
    for (id, made) in [
        ("V1", refund.request()),
        ("V5", Download::default().request()),
        ("V6", ByOutTradeNo { mchid, out_trade_no }.request()),
        ("V7", close.request()),
    ] {
        let vector = request(id);
        assert_eq!(made.method.as_str(), vector.method, "{id}");
        assert_eq!(made.target, vector.target, "{id}");
        assert_eq!(made.body, vector.body.as_bytes(), "{id}");
    }
}

#[test]
fn path_segments_leave_encoded_as_they_are_signed() {
    let mchid = Mchid::new("1900007291").unwrap();
    let out_trade_no = OutTradeNo::new("a*b|c-d_e").unwrap();
    let request = ByOutTradeNo { mchid, out_trade_no }.request();
    assert_eq!(request.method, Method::Get);
    assert_eq!(request.target, "/v3/pay/transactions/out-trade-no/a%2Ab%7Cc-d_e?mchid=1900007291");
}

#[test]
fn v10_to_v19_messages_of_wechat_verify() {
    let ids: Vec<String> = messages().into_iter().map(|vector| vector.id).collect();
    assert_eq!(ids, ["V10", "V11", "V12", "V13", "V19"]);
    for vector in messages() {
        let id = serial(&format!("PUB_KEY_ID_{}", vector.id));
        let mut trusted = TrustRing::default();
        trusted.add_public_key(id.clone(), public_key(&vector.key)).unwrap();
        let at = Timestamp::from_unix(vector.timestamp);
        let headers = SignatureHeaders {
            timestamp: at,
            nonce: vector.nonce.clone(),
            signature: vector.signature.clone(),
            serial_no: id,
            signature_type: None,
        };
        let verified = verify(&trusted, &headers, vector.body.as_bytes(), at);
        assert_eq!(*verified.expect(&vector.id).get(), vector.body.as_bytes());
        if vector.key == "go" {
            let message = signed_message(at, &vector.nonce, vector.body.as_bytes());
            let signer = PlatformKey::from_pem(serial(GO_SERIAL), GO_PRIVATE).unwrap();
            assert_eq!(signer.sign(&message), vector.signature, "{}", vector.id);
        }
    }
}

#[test]
fn v19_a_payment_notification_is_verified_opened_and_read() {
    let vector = messages().into_iter().find(|vector| vector.id == "V19").unwrap();
    let headers = SignatureHeaders {
        timestamp: Timestamp::from_unix(vector.timestamp),
        nonce: vector.nonce,
        signature: vector.signature,
        serial_no: serial(GO_SERIAL),
        signature_type: None,
    };
    let content = verify(&ring(), &headers, vector.body.as_bytes(), headers.timestamp)
        .unwrap()
        .notification()
        .unwrap()
        .open(&[api_v3_key()])
        .unwrap();
    let Content::Transaction(transaction) = content.get() else { panic!("{content:?}") };
    assert_eq!(transaction.mchid.as_str(), "1900007291");
    assert_eq!(transaction.appid.as_str(), "wxd678efh567hg6787");
    assert_eq!(transaction.out_trade_no.as_str(), "1217752501201407033233368018");
    let transaction_id = transaction.transaction_id.as_ref().unwrap();
    assert_eq!(transaction_id.as_str(), "4200001234202410011234567890");
    assert_eq!(transaction.trade_type, Some(TradeType::Jsapi));
    assert_eq!(transaction.trade_state, TradeState::Success);
    assert_eq!(transaction.bank_type.as_deref(), Some("OTHERS"));
    assert_eq!(transaction.attach.as_deref(), Some("自定义数据"));
    assert_eq!(transaction.success_time.unwrap().to_string(), "2024-10-01T12:34:56+08:00");
    assert_eq!(transaction.payer.as_ref().unwrap().openid.as_str(), "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o");
    let amount = transaction.amount.as_ref().unwrap();
    assert_eq!((amount.total.count(), amount.payer_total.unwrap().count()), (100, 100));
    assert_eq!(amount.currency.as_deref(), Some("CNY"));
}

#[test]
fn v20_a_refund_notification_is_read() {
    #[derive(Deserialize)]
    struct Sealed {
        id: String,
        plaintext: Option<String>,
    }
    let sealed: Vec<Sealed> = serde_json::from_str(include_str!("../vectors/sealed.json")).unwrap();
    let vector = sealed.into_iter().find(|vector| vector.id == "V20").unwrap();
    let body = notification("refund", &vector.plaintext.unwrap());
    let headers = signed(&platform(), body.as_bytes());
    let content = verify(&ring(), &headers, body.as_bytes(), headers.timestamp)
        .unwrap()
        .notification()
        .unwrap()
        .open(&[api_v3_key()])
        .unwrap();
    let Content::Refund(refund) = content.get() else { panic!("{content:?}") };
    assert_eq!(refund.mchid.as_ref().unwrap().as_str(), "1900000100");
    assert_eq!(refund.refund_id.as_str(), "50200207182018070300011301001");
    assert_eq!(refund.out_refund_no.as_str(), "7752501201407033233368018");
    assert_eq!(refund.transaction_id.as_str(), "1008450740201411110005820873");
    assert_eq!(refund.out_trade_no.as_str(), "20150806125346");
    assert_eq!(refund.status, refund::RefundStatus::Success);
    assert_eq!(refund.success_time.unwrap().to_string(), "2018-06-08T10:34:56+08:00");
    assert_eq!((refund.amount.total.count(), refund.amount.refund.count()), (999, 999));
}

#[test]
fn v21_v22_bare_rsa_signatures_agree_with_the_sdks() {
    let vectors: Vec<RsaVector> =
        serde_json::from_str(include_str!("../vectors/rsa.json")).unwrap();
    assert_eq!(vectors.len(), 2);
    for vector in vectors {
        let private = if vector.key == "go" { GO_PRIVATE } else { JAVA_PRIVATE };
        let mchid = Mchid::new("1").unwrap();
        let signer = MerchantKey::from_private_key(mchid, serial("0"), private).unwrap();
        assert_eq!(signer.sign(vector.message.as_bytes()), vector.signature, "{}", vector.id);
        let public = RsaPublicKey::from_pem(public_key(&vector.key)).unwrap();
        assert!(public.verifies(vector.message.as_bytes(), &vector.signature), "{}", vector.id);
        assert_eq!(public.fingerprint(), signer.fingerprint(), "{}", vector.id);
    }
}
