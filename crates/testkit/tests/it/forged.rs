//! What is posted to our notification addresses and does not come from WeChat, or not for us, or not
//! now. Afterwards every row of every table is what it was.

use futures_util::{StreamExt as _, stream};
use serde_json::json;
use suanpan_simulator::world::{FaultName, MessageKind, Outcome};
use suanpan_testkit::{
    ACME, BRAVO, CERTIFICATE_MCHID, Forgery, MIXED_MCHID, NewOrder, PUBLIC_KEY_MCHID, Stage,
};
use suanpan_wechat::{
    id::SerialNo,
    platform::{PlatformKey, signature_headers},
};

use crate::scenes::{Sale, captured, paid, replayed, sale, sale_of};

/// A genuine notification about an order nobody told us is paid: taken, it would pay the order.
async fn pending(stage: &Stage) -> (Sale, String, Forgery) {
    let sale = sale(stage).await;
    let out_trade_no = stage.pay(&sale.payer, &sale.placed, Outcome::Cancel).await;
    let content = stage.success_of(CERTIFICATE_MCHID, &out_trade_no);
    let url = stage.notify_url(ACME, CERTIFICATE_MCHID, "transaction");
    let notification = stage.genuine(CERTIFICATE_MCHID, "transaction", &content);
    (sale, url, notification)
}

/// Posts all of them, some at a time; every one must be answered so.
async fn all_refused(stage: &Stage, url: &str, forgeries: Vec<(String, Forgery)>, status: u16) {
    let posts = forgeries.iter().map(|(name, forgery)| async move {
        let answer = stage.post_notification(url, forgery).await;
        assert_eq!(answer.status, status, "{name}: {answer:?}");
        assert_eq!(answer.body, r#"{"code":"FAIL","message":"失败"}"#, "{name}");
    });
    stream::iter(posts).buffer_unordered(16).collect::<Vec<_>>().await;
}

#[tokio::test]
async fn n01_each_missing_signature_header_is_refused_and_changes_nothing() {
    let stage = Stage::start().await;
    let (sale, url, genuine) = pending(&stage).await;
    let before = stage.snapshot();
    let names =
        ["Wechatpay-Timestamp", "Wechatpay-Nonce", "Wechatpay-Signature", "Wechatpay-Serial"];
    let mut forgeries = Vec::new();
    for name in names {
        forgeries.push((format!("without {name}"), genuine.clone().with_header(name, None)));
        for value in ["", " ", "0", "null", "undefined", "\u{e9}"] {
            let forgery = genuine.clone().with_header(name, Some(value));
            forgeries.push((format!("{name}: {value:?}"), forgery));
        }
    }
    let bare = names.iter().fold(genuine.clone(), |forgery, name| forgery.with_header(name, None));
    forgeries.push(("bare".to_owned(), bare));
    let other = Some("WECHATPAY2-SM2-WITH-SM3");
    let other = genuine.clone().with_header("Wechatpay-Signature-Type", other);
    forgeries.push(("another algorithm".to_owned(), other));
    let count = forgeries.len();
    all_refused(&stage, &url, forgeries, 401).await;
    assert_eq!(stage.snapshot(), before);
    assert_eq!(stage.rejects().len(), count, "what was refused is counted and sampled");
    // The control: untouched, it is believed.
    assert_eq!(stage.post_notification(&url, &genuine).await.status, 204);
    assert_eq!(sale.merchant.state(&sale.placed).await, "paid");
    stage.finish_unsettled("WeChat's books know nothing of this payment").await;
}

#[tokio::test]
async fn n07_one_route_takes_one_protocol_and_one_content_type() {
    let stage = Stage::start().await;
    let (_, url, genuine) = pending(&stage).await;
    let before = stage.snapshot();
    let xml = b"<xml><return_code>SUCCESS</return_code><result_code>SUCCESS</result_code></xml>";
    let plain_xml = Forgery { headers: vec![], body: xml.to_vec() };
    for content_type in [
        "text/xml",
        "application/xml",
        "text/plain",
        "application/x-www-form-urlencoded",
        "",
        "*/*",
    ] {
        for forgery in [&genuine, &plain_xml] {
            let forgery = forgery.clone().with_header("Content-Type", Some(content_type));
            let answer = stage.post_notification(&url, &forgery).await;
            assert_eq!(answer.status, 415, "{content_type}: {answer:?}");
        }
    }
    let untyped = genuine.clone().with_header("Content-Type", None);
    assert_eq!(stage.post_notification(&url, &untyped).await.status, 415);
    // XML that says it is JSON, under a genuine signature.
    let merchant = stage.at_wechat_merchant(CERTIFICATE_MCHID);
    let key = &merchant.platform_certificates[0];
    let key = (key.serial_no.clone(), key.private_key_pem.clone());
    let signed = Forgery::signed(&key, xml, stage.clock().wall());
    assert_eq!(stage.post_notification(&url, &signed).await.status, 400);
    assert_eq!(stage.snapshot(), before);
    stage.finish().await;
}

#[tokio::test]
async fn n08_a_correctly_sealed_body_without_wechats_signature_is_refused() {
    let stage = Stage::start().await;
    let (_, url, genuine) = pending(&stage).await;
    let before = stage.snapshot();
    let serial_no = SerialNo::new(genuine.header("Wechatpay-Serial")).unwrap();
    // Whoever knows the APIv3 key can seal; that proves nothing. Keys that are not the named one:
    // another merchant's, the merchant's own, another platform key.
    let others = [
        suanpan_simulator::pool::keys("merchant-").next().unwrap(),
        suanpan_simulator::pool::keys("public-").next().unwrap(),
        suanpan_simulator::pool::keys("platform-").nth(1).unwrap(),
    ];
    for key in others {
        let signer = (serial_no.clone(), key.private_key_pem);
        let forgery = Forgery::signed(&signer, &genuine.body, stage.clock().wall());
        let answer = stage.post_notification(&url, &forgery).await;
        assert_eq!(answer.status, 401, "{}: {answer:?}", key.label);
    }
    assert_eq!(stage.snapshot(), before);
    stage.finish().await;
}

/// Every byte of the body, of the signature and of what else is signed.
#[tokio::test]
async fn n09_any_flipped_byte_is_refused() {
    let stage = Stage::start().await;
    let (_, url, genuine) = pending(&stage).await;
    let before = stage.snapshot();
    let mut forgeries: Vec<_> = (0..genuine.body.len())
        .map(|at| {
            let mut forgery = genuine.clone();
            forgery.body[at] ^= 1;
            (format!("body byte {at}"), forgery)
        })
        .collect();
    for name in ["Wechatpay-Signature", "Wechatpay-Nonce", "Wechatpay-Serial"] {
        let value = genuine.header(name).to_owned();
        forgeries.extend((0..value.len()).map(|at| {
            let mut bytes = value.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let value = String::from_utf8(bytes).unwrap();
            (format!("{name} {at}"), genuine.clone().with_header(name, Some(&value)))
        }));
    }
    let timestamp: i64 = genuine.header("Wechatpay-Timestamp").parse().unwrap();
    for changed in [timestamp - 1, timestamp + 1, timestamp + 60] {
        let changed = changed.to_string();
        let forgery = genuine.clone().with_header("Wechatpay-Timestamp", Some(&changed));
        forgeries.push((format!("timestamp {changed}"), forgery));
    }
    for (name, body) in [
        ("empty", vec![]),
        ("a byte more", [genuine.body.clone(), vec![b' ']].concat()),
        ("a byte less", genuine.body[..genuine.body.len() - 1].to_vec()),
    ] {
        forgeries.push((name.to_owned(), Forgery { body, ..genuine.clone() }));
    }
    all_refused(&stage, &url, forgeries, 401).await;
    assert_eq!(stage.snapshot(), before);
    stage.finish().await;
}

/// Reading what was signed is reading what came: nothing is unpacked first.
#[tokio::test]
async fn n09_a_packed_body_is_not_unpacked() {
    let stage = Stage::start().await;
    let (_, url, genuine) = pending(&stage).await;
    let before = stage.snapshot();
    for encoding in ["gzip", "deflate", "br", "zstd", "identity", "x"] {
        let packed = genuine.clone().with_header("Content-Encoding", Some(encoding));
        let answer = stage.post_notification(&url, &packed).await;
        assert_eq!(answer.status, 415, "{encoding}: {answer:?}");
    }
    assert_eq!(stage.snapshot(), before);
    stage.finish().await;
}

/// The same genuine notification at every distance from its signature's time: outside the window it
/// is refused, inside it is acknowledged, and in neither case anything happens twice.
#[tokio::test]
async fn n10_a_replay_changes_nothing_at_any_distance() {
    let stage = Stage::start().await;
    let (sale, _) = paid(&stage).await;
    let (url, genuine) = captured(&stage);
    let before = stage.snapshot();
    let year = 365 * 24 * 3600;
    for (distance, status) in [
        (-year, 401),
        (-86_400, 401),
        (-301, 401),
        (-300, 204),
        (-1, 204),
        (0, 204),
        (1, 204),
        (299, 204),
        (300, 204),
        (301, 401),
        (3600, 401),
        (year, 401),
        (100 * year, 401),
    ] {
        stage.clock().move_wall(distance);
        let answer = stage.post_notification(&url, &genuine).await;
        assert_eq!(answer.status, status, "{distance} s");
        assert_eq!(stage.snapshot(), before, "{distance} s");
        stage.clock().move_wall(-distance);
    }
    assert_eq!(sale.merchant.events(&sale.placed).await, ["order.paid"]);
    stage.finish().await;
}

#[tokio::test]
async fn n10_a_thousand_copies_of_one_notification_are_one_event() {
    let stage = Stage::start().await;
    let (sale, url, genuine) = pending(&stage).await;
    let copies = (0..1000).map(|_| stage.post_notification(&url, &genuine));
    let answers: Vec<_> = stream::iter(copies).buffer_unordered(256).collect().await;
    assert!(answers.iter().all(|answer| answer.status == 204));
    assert_eq!(sale.merchant.events(&sale.placed).await, ["order.paid"]);
    stage.quiesce().await;
    assert_eq!(stage.inbox().webhooks().len(), 1);
    let rows = stage.snapshot();
    assert_eq!((rows.rows("observations").len(), rows.rows("postings").len()), (1, 1));
    stage.finish_unsettled("WeChat's books know nothing of this payment").await;
}

/// Route, signer, sealing key and named merchant in every combination: only when all four are the
/// same merchant is it believed.
#[tokio::test]
async fn n13_a_notification_counts_only_on_its_own_merchants_route() {
    let stage = Stage::start().await;
    let merchants = [(ACME, CERTIFICATE_MCHID), (BRAVO, PUBLIC_KEY_MCHID), (ACME, MIXED_MCHID)];
    let mut contents = Vec::new();
    for (account, mchid) in merchants {
        let order = NewOrder::of(&format!("T-{mchid}"), 800).with("merchant", mchid);
        let sale = sale_of(&stage, account, order).await;
        let number = stage.pay(&sale.payer, &sale.placed, Outcome::Cancel).await;
        contents.push((stage.success_of(mchid, &number), sale));
    }
    let before = stage.snapshot();
    let known: Vec<_> = merchants.iter().map(|(_, id)| stage.at_wechat_merchant(id)).collect();
    let mut genuine = Vec::new();
    for (account, mchid) in [ACME, BRAVO].into_iter().flat_map(|a| merchants.map(|(_, m)| (a, m))) {
        let url = stage.notify_url(account, mchid, "transaction");
        for (signer, sealer, named) in triples() {
            // The signer's keys around a body that another merchant's key sealed.
            let sealed = suanpan_simulator::world::Merchant {
                api_v3_key: known[sealer].api_v3_key.clone(),
                ..known[signer].clone()
            };
            let now = stage.clock().wall();
            let forgery = Forgery::genuine(&sealed, "transaction", &contents[named].0, now);
            let own = merchants[signer] == (account, mchid);
            if own && signer == sealer && sealer == named {
                genuine.push((url.clone(), forgery));
                continue;
            }
            let answer = stage.post_notification(&url, &forgery).await;
            assert!(
                answer.status >= 400,
                "{account}/{mchid}: {signer} {sealer} {named} {answer:?}"
            );
            assert_eq!(stage.snapshot(), before, "{account}/{mchid}: {signer} {sealer} {named}");
        }
    }
    assert_eq!(genuine.len(), 3);
    for (url, notification) in genuine {
        assert_eq!(stage.post_notification(&url, &notification).await.status, 204, "{url}");
    }
    for (_, Sale { merchant, placed, .. }) in &contents {
        assert_eq!(merchant.state(placed).await, "paid");
    }
    stage.finish_unsettled("WeChat's books know nothing of these payments").await;
}

fn triples() -> impl Iterator<Item = (usize, usize, usize)> {
    (0..27).map(|n| (n / 9, n / 3 % 3, n % 3))
}

/// What it is decides, not what it calls itself; and a kind stands only on its own route.
#[tokio::test]
async fn n14_every_kind_on_every_route() {
    let stage = Stage::start().await;
    let sale = sale(&stage).await;
    let number = stage.pay(&sale.payer, &sale.placed, Outcome::Cancel).await;
    let payment = stage.success_of(CERTIFICATE_MCHID, &number);
    let refund = json!({
        "mchid": CERTIFICATE_MCHID, "refund_id": "50300009992026100100000000001",
        "out_refund_no": "r1", "transaction_id": payment["transaction_id"],
        "out_trade_no": number, "refund_status": "SUCCESS",
        "success_time": stage.clock().business(),
        "user_received_account": "支付用户零钱",
        "amount": { "total": 1500, "refund": 1500, "payer_total": 1500, "payer_refund": 1500 },
    });
    let combined = json!({
        "combine_appid": payment["appid"], "combine_mchid": CERTIFICATE_MCHID,
        "combine_out_trade_no": number, "sub_orders": [payment],
    });
    let before = stage.snapshot();
    for (original_type, content, route, status, orphans) in [
        ("refund", &refund, "transaction", 400, 0),
        ("transaction", &payment, "refund", 400, 0),
        ("refund", &refund, "refund", 204, 1),
        ("transaction", &combined, "transaction", 204, 2),
        ("refund", &payment, "transaction", 204, 3),
        ("transaction", &refund, "transaction", 204, 4),
        ("vehicle_entrance", &json!({ "plate": "粤B888888" }), "transaction", 204, 5),
        ("vehicle_exit", &json!({ "plate": "粤B888888" }), "refund", 204, 6),
    ] {
        let url = stage.notify_url(ACME, CERTIFICATE_MCHID, route);
        let notification = stage.genuine(CERTIFICATE_MCHID, original_type, content);
        let answer = stage.post_notification(&url, &notification).await;
        assert_eq!(answer.status, status, "{original_type} to {route}: {answer:?}");
        let rows = stage.snapshot();
        assert_eq!(rows.rows("orphans").len(), orphans, "{original_type} to {route}");
        assert_eq!(rows.rows("alerts").len(), orphans, "{original_type} to {route}");
        for table in ["orders", "attempts", "refunds", "events", "postings", "transitions"] {
            assert_eq!(rows.rows(table), before.rows(table), "{original_type} to {route}");
        }
    }
    stage.finish().await;
}

/// WeChat's own probes look like forgeries and are treated as nothing else.
#[tokio::test]
async fn n20_a_probe_signature_is_an_ordinary_refusal() {
    let stage = Stage::start().await;
    stage.fault(FaultName::NotifyProbe);
    let (sale, _) = paid(&stage).await;
    let statuses = crate::scenes::answers(&stage);
    assert_eq!(statuses, [Some(401), Some(204)], "the probe, then the real one");
    assert_eq!(sale.merchant.events(&sale.placed).await, ["order.paid"]);
    assert_eq!(stage.rejects().len(), 1);
    let metrics = stage.http().send(stage.http().get(&format!("{}/metrics", stage.url()))).await;
    assert!(metrics.body.contains("verdict=\"refused\"} 1\n"), "{}", metrics.body);
    let (probe_url, probe) = replayed(&stage.messages(MessageKind::Notify)[0]);
    let signature = probe.header("Wechatpay-Signature").to_owned();
    assert!(signature.starts_with("WECHATPAY/SIGNTEST/"), "{signature}");
    let before = stage.snapshot();
    for marked in [
        "WECHATPAY/SIGNTEST/",
        "WECHATPAY/SIGNTEST/AAAA",
        "wechatpay/signtest/AAAA",
        &signature.replace("SIGNTEST", "SIGNTEST/SIGNTEST"),
        &signature,
    ] {
        let probe = probe.clone().with_header("Wechatpay-Signature", Some(marked));
        let answer = stage.post_notification(&probe_url, &probe).await;
        assert_eq!(answer.status, 401, "{marked}");
    }
    assert_eq!(stage.snapshot(), before);
    stage.finish().await;
}

/// Forged serial numbers by the thousand cause one download, and a genuine payment in their midst
/// goes through.
#[tokio::test]
async fn n23_a_flood_of_unknown_serials_downloads_once() {
    let stage = Stage::start().await;
    let (sale, url, _) = pending(&stage).await;
    stage.clock().move_wall(61);
    let downloads = stage.calls("GET", "/v3/certificates").len();
    let before = stage.snapshot();
    let content =
        stage.success_of(CERTIFICATE_MCHID, before.rows("attempts")[0].text("out_trade_no"));
    let signed = stage.genuine(CERTIFICATE_MCHID, "transaction", &content);
    let forged = (0..2000_u64).map(|n| {
        let serial_no = Some(format!("{n:040X}"));
        (
            format!("serial {n}"),
            signed.clone().with_header("Wechatpay-Serial", serial_no.as_deref()),
        )
    });
    all_refused(&stage, &url, forged.collect(), 401).await;
    assert_eq!(stage.snapshot(), before);
    assert!(stage.calls("GET", "/v3/certificates").len() <= downloads + 1);
    let genuine = stage.genuine(CERTIFICATE_MCHID, "transaction", &content);
    assert_eq!(stage.post_notification(&url, &genuine).await.status, 204);
    assert_eq!(sale.merchant.state(&sale.placed).await, "paid");
    stage.finish_unsettled("WeChat's books know nothing of this payment").await;
}

/// Signed bodies that no honest WeChat sends: refused, and nothing changes.
#[tokio::test]
async fn n24_json_tricks_under_a_genuine_signature_are_refused() {
    let stage = Stage::start().await;
    let (_, url, genuine) = pending(&stage).await;
    let before = stage.snapshot();
    let merchant = stage.at_wechat_merchant(CERTIFICATE_MCHID);
    let certificate = &merchant.platform_certificates[0];
    let key =
        PlatformKey::from_pem(certificate.serial_no.clone(), &certificate.private_key_pem).unwrap();
    let text = String::from_utf8(genuine.body.clone()).unwrap();
    let bodies: Vec<Vec<u8>> = vec![
        b"".to_vec(),
        b"null".to_vec(),
        b"[]".to_vec(),
        b"{}".to_vec(),
        [b"\xef\xbb\xbf", text.as_bytes()].concat(),
        format!("{text}{text}").into_bytes(),
        format!("{text}\0").into_bytes(),
        text.replace("\"id\":", "\"id\":1e999,\"id\":").into_bytes(),
        text.replacen("\"resource\":", "\"resource\":{},\"resource\":", 1).into_bytes(),
        text.replacen("\"ciphertext\":", "\"ciphertext\":\"\",\"ciphertext\":", 1).into_bytes(),
        text.replacen("\"id\":\"", "\"id\":\"\\ud800", 1).into_bytes(),
        format!("{}{}", "[".repeat(30_000), "]".repeat(30_000)).into_bytes(),
        format!("{{\"a\":{}1{}", "{\"a\":".repeat(5_000), "}".repeat(5_001)).into_bytes(),
        vec![0xff; 64],
    ];
    for body in bodies {
        let headers = signature_headers(&key, stage.clock().wall(), "n", &body);
        let headers = headers.into_iter().chain([("Content-Type", "application/json".to_owned())]);
        let headers = headers.map(|(name, value)| (name.to_owned(), value)).collect();
        let shown = String::from_utf8_lossy(&body[..body.len().min(80)]).into_owned();
        let answer = stage.post_notification(&url, &Forgery { headers, body }).await;
        assert!((400..=500).contains(&answer.status), "{shown}: {answer:?}");
    }
    assert_eq!(stage.snapshot(), before);
    stage.finish().await;
}
