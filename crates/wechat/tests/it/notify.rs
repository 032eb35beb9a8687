//! Notifications: signature first, then the seal, then the shape.

use proptest::prelude::*;
use suanpan_wechat::{
    Verified,
    id::Mchid,
    notify::{Content, Reply},
    profitsharing::NoticePayer,
    secret::ApiV3Key,
    transfer::{
        Failure, TransferState,
        authorization::{AuthorizationState, CloseReason},
    },
    verify,
    verify::VerifyError,
};

use crate::world::{api_v3_key, attacker, notification, now, platform, ring, signed};

const DIRECT: &str = r#"{"mchid":"1613740956","appid":"wxd678efh567hg6787","out_trade_no":"202305171129350001","transaction_id":"4200001827202305179902405083","trade_type":"NATIVE","trade_state":"SUCCESS","trade_state_desc":"支付成功","bank_type":"OTHERS","attach":"","success_time":"2023-05-17T11:30:21+08:00","payer":{"openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},"amount":{"total":1,"payer_total":1,"currency":"CNY","payer_currency":"CNY"}}"#;
const PARTNER: &str = r#"{"sp_mchid":"1230000109","sub_mchid":"1900000109","sp_appid":"wx8888888888888888","out_trade_no":"202305171129350001","transaction_id":"4200001827202305179902405083","trade_type":"JSAPI","trade_state":"SUCCESS","trade_state_desc":"支付成功","bank_type":"OTHERS","attach":"","success_time":"2023-05-17T11:30:21+08:00","payer":{"sp_openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},"amount":{"total":1,"payer_total":1,"currency":"CNY","payer_currency":"CNY"}}"#;
const COMBINE: &str = r#"{"combine_appid":"wxd678efh567hg6787","combine_out_trade_no":"P20150806125346","combine_mchid":"1900000109","sub_orders":[{"mchid":"1900000109","trade_type":"JSAPI","trade_state":"SUCCESS","bank_type":"OTHERS","attach":"a","amount":{"total_amount":10,"currency":"CNY","payer_amount":10,"payer_currency":"CNY"},"success_time":"2023-05-17T11:30:21+08:00","transaction_id":"4325001827202305179902405083","out_trade_no":"20150806125346"}],"combine_payer_info":{"openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}}"#;
const REFUND: &str = r#"{"mchid":"1613740956","out_trade_no":"202305171129350001","transaction_id":"4200001827202305179902405083","out_refund_no":"R1","refund_id":"50303400132024073135461150169","refund_status":"SUCCESS","success_time":"2023-05-17T14:15:26+08:00","amount":{"total":1,"refund":1,"payer_total":1,"payer_refund":1},"user_received_account":"支付用户零钱"}"#;
const SHARING: &str = r#"{"mchid":"1900000100","transaction_id":"4200000000000000000000000000","order_id":"1217752501201407033233368018","out_order_no":"P20150806125346","receiver":{"type":"MERCHANT_ID","account":"1900000100","amount":888,"description":"d"},"success_time":"2018-06-08T10:34:56+08:00"}"#;
const PARTNER_SHARING: &str = r#"{"sp_mchid":"1900000100","sub_mchid":"1900000109","transaction_id":"4200000000000000000000000000","order_id":"1217752501201407033233368018","out_order_no":"P20150806125346","receiver":{"type":"MERCHANT_ID","account":"1900000100","amount":888,"description":"d"},"success_time":"2018-06-08T10:34:56.000+08:00"}"#;
const TRANSFER: &str = r#"{"out_bill_no":"plfk2020042013","transfer_bill_no":"1330000071100999991182020050700019480001","state":"SUCCESS","mch_id":"1900001109","transfer_amount":2000,"openid":"o-MYE42l80oelYMDE34nYD456Xoy","create_time":"2015-05-20T13:29:35+08:00","update_time":"2015-05-20T13:29:35+08:00"}"#;
const PARTNER_TRANSFER: &str = r#"{"out_bill_no":"plfk2020042013","transfer_bill_no":"1330000071100999991182020050700019480001","state":"FAIL","mchid":"1900001109","sub_mchid":"1900001121","transfer_amount":2000,"openid":"o-MYE42l80oelYMDE34nYD456Xoy","fail_reason":"OVERDUE_CLOSE","create_time":"2015-05-20T13:29:35+08:00","update_time":"2015-05-20T13:29:35+08:00"}"#;
const AUTHORIZATION: &str = r#"{"out_authorization_no":"plfk2020042013","appid":"wxf636efh567hg4356","openid":"o-MYE42l80oelYMDE34nYD456Xoy","user_display_name":"wx_123456","authorization_id":"201202504101000123456789012","state":"CLOSED","authorize_time":"2015-05-20T13:29:35.120+08:00","close_info":{"close_time":"2015-05-20T13:29:35.120+08:00","close_reason":"USER_CLOSE"}}"#;

fn verified(body: &str) -> Result<Verified<&[u8]>, VerifyError> {
    verify(&ring(), &signed(&platform(), body.as_bytes()), body.as_bytes(), now())
}

fn open(original_type: &str, plaintext: &str) -> Content {
    let body = notification(original_type, plaintext);
    let envelope = verified(&body).unwrap().notification().unwrap();
    envelope.open(&[api_v3_key()]).unwrap().into_inner()
}

#[test]
fn n08_a_correctly_sealed_but_wrongly_signed_body_is_refused() {
    // Whoever learnt the APIv3 key can seal; only the signature says who speaks.
    let body = notification("transaction", DIRECT);
    let headers = signed(&attacker(), body.as_bytes());
    let refused = verify(&ring(), &headers, body.as_bytes(), now());
    assert_eq!(refused, Err(VerifyError::BadSignature));
    // And the seal cannot be reached around the signature: only verified bytes offer it.
    assert!(verified(&body).unwrap().notification().unwrap().open(&[api_v3_key()]).is_ok());
}

#[test]
fn k05_a_body_sealed_with_the_key_before_opens_and_with_a_foreign_one_does_not() {
    let body = notification("transaction", DIRECT);
    let other = ApiV3Key::new(&"0".repeat(32)).unwrap();
    let open = |keys: &[ApiV3Key]| verified(&body).unwrap().notification().unwrap().open(keys);
    assert!(open(&[other.clone(), api_v3_key()]).is_ok());
    assert!(open(&[other]).is_err());
    assert!(open(&[]).is_err());
}

/// Every kind against every shape: only those that belong together become business objects.
#[test]
fn n14_kind_and_shape_must_agree() {
    let shapes = [
        ("direct", DIRECT),
        ("partner", PARTNER),
        ("combine", COMBINE),
        ("refund", REFUND),
        ("sharing", SHARING),
        ("partner sharing", PARTNER_SHARING),
        ("transfer", TRANSFER),
        ("partner transfer", PARTNER_TRANSFER),
        ("authorization", AUTHORIZATION),
        ("echo", r#"{"echo_message":"hello"}"#),
        ("empty", "{}"),
        ("text", "\"SUCCESS\""),
        ("nothing", ""),
    ];
    let kinds = [
        "transaction",
        "refund",
        "profitsharing",
        "mch_payment",
        "security",
        "TRANSACTION",
        "",
        "brand_new",
    ];
    for kind in kinds {
        for (shape, plaintext) in shapes {
            let content = open(kind, plaintext);
            let about = content.subject().map(|about| (about.kind, about.number));
            let expected = match (kind, shape) {
                ("transaction", "direct") => Some(("transaction", "202305171129350001")),
                ("transaction", "partner") => Some(("partner transaction", "202305171129350001")),
                ("transaction", "combine") => Some(("combined transaction", "P20150806125346")),
                ("refund", "refund") => Some(("refund", "R1")),
                ("profitsharing", "sharing" | "partner sharing") => {
                    Some(("profit sharing", "P20150806125346"))
                }
                ("mch_payment", "transfer" | "partner transfer") => {
                    Some(("transfer", "plfk2020042013"))
                }
                ("mch_payment", "authorization") => {
                    Some(("transfer authorization", "plfk2020042013"))
                }
                ("security", "echo") => Some(("echo", "hello")),
                _ => None,
            };
            assert_eq!(about, expected, "{kind} {shape}: {content:?}");
            if let Content::Unknown { original_type, json } = content {
                assert_eq!((original_type.as_str(), json.as_str()), (kind, plaintext));
            }
        }
    }
}

#[test]
fn n14_two_shapes_at_once_are_none() {
    let with = |plaintext: &str, member: &str| plaintext.replacen('{', &format!("{{{member},"), 1);
    for (kind, plaintext, member) in [
        ("transaction", DIRECT, r#""sp_mchid":"1""#),
        ("transaction", DIRECT, r#""combine_mchid":"1""#),
        ("transaction", PARTNER, r#""mchid":"1""#),
        ("transaction", PARTNER, r#""combine_mchid":"1""#),
        ("transaction", COMBINE, r#""mchid":"1""#),
        ("transaction", COMBINE, r#""sp_mchid":null"#),
        ("mch_payment", TRANSFER, r#""out_authorization_no":"1""#),
        ("mch_payment", TRANSFER, r#""mchid":"1""#),
        ("mch_payment", AUTHORIZATION, r#""out_bill_no":"1""#),
    ] {
        assert!(open(kind, plaintext).subject().is_some());
        let content = open(kind, &with(plaintext, member));
        assert!(matches!(content, Content::Unknown { .. }), "{kind} {member}: {content:?}");
    }
}

/// A name counts where it names a member of the content itself, however it is written, and nowhere
/// else.
#[test]
fn n14_a_shape_is_told_by_members_and_not_by_words() {
    let transaction = ["mchid", "sp_mchid", "combine_mchid"];
    let transfer = ["out_bill_no", "out_authorization_no"];
    for (kind, plaintext, names) in [
        ("transaction", DIRECT, &transaction[..]),
        ("transaction", PARTNER, &transaction),
        ("transaction", COMBINE, &transaction),
        ("mch_payment", TRANSFER, &transfer),
        ("mch_payment", AUTHORIZATION, &transfer),
    ] {
        let with = |member: &str| open(kind, &plaintext.replacen('{', &format!("{{{member},"), 1));
        let told = open(kind, plaintext);
        for name in names {
            for harmless in [
                format!(r#""more":{{"{name}":"1"}}"#),
                format!(r#""more":"{name}""#),
                format!(r#""more":"\"{name}\":\"1\"""#),
                format!(r#""{name}s":"1","_{name}":"1""#),
            ] {
                assert_eq!(with(&harmless), told, "{kind} {harmless}");
            }
            let escaped = format!(r#""\u{:04x}{}":"1""#, name.as_bytes()[0], &name[1..]);
            for member in [format!(r#""{name}":"1""#), escaped] {
                let content = with(&member);
                assert!(matches!(content, Content::Unknown { .. }), "{kind} {member}: {content:?}");
            }
        }
    }
}

#[test]
fn n15_every_order_of_a_combined_one_is_told() {
    let mut combined: serde_json::Value = serde_json::from_str(COMBINE).unwrap();
    let first = combined["sub_orders"][0].clone();
    let orders: Vec<_> = (0..50)
        .map(|n| {
            let mut order = first.clone();
            order["out_trade_no"] = format!("order-{n}").into();
            order
        })
        .collect();
    combined["sub_orders"] = orders.into();
    let Content::CombinedTransaction(said) = open("transaction", &combined.to_string()) else {
        panic!("a combined order")
    };
    let numbers: Vec<_> = said.sub_orders.iter().map(|o| o.out_trade_no.as_str()).collect();
    let expected: Vec<_> = (0..50).map(|n| format!("order-{n}")).collect();
    assert_eq!(numbers, expected);
    // One that cannot be read spoils the whole: none of them may be handled alone.
    combined["sub_orders"][49]["trade_state"] = serde_json::Value::Null;
    let content = open("transaction", &combined.to_string());
    assert!(matches!(content, Content::Unknown { .. }), "{content:?}");
}

#[test]
fn what_a_sharing_and_a_transfer_say() {
    let Content::ProfitSharing(said) = open("profitsharing", SHARING) else { panic!("a sharing") };
    assert_eq!(said.payer, NoticePayer::Direct { mchid: Mchid::new("1900000100").unwrap() });
    assert_eq!((said.receiver.amount.count(), said.receiver.account.as_str()), (888, "1900000100"));
    let Content::ProfitSharing(said) = open("profitsharing", PARTNER_SHARING) else { panic!() };
    let [sp_mchid, sub_mchid] = ["1900000100", "1900000109"].map(|text| Mchid::new(text).unwrap());
    assert_eq!(said.payer, NoticePayer::Partner { sp_mchid, sub_mchid });

    let Content::TransferBill(said) = open("mch_payment", TRANSFER) else { panic!("a transfer") };
    assert_eq!((&said.state, said.transfer_amount.count()), (&TransferState::Success, 2000));
    assert_eq!((said.mchid.as_str(), said.sub_mchid), ("1900001109", None));
    let Content::TransferBill(said) = open("mch_payment", PARTNER_TRANSFER) else { panic!() };
    assert_eq!(said.fail_reason, Some(Failure::OverdueClose));
    assert_eq!(said.sub_mchid.unwrap().as_str(), "1900001121");
    let Content::TransferAuthorization(said) = open("mch_payment", AUTHORIZATION) else { panic!() };
    assert_eq!(said.state, AuthorizationState::Closed);
    assert_eq!(said.close_info.unwrap().close_reason, CloseReason::UserClose);
}

#[test]
fn refusals_say_so_in_status_and_body() {
    assert_eq!((Reply::Stored.status(), Reply::Stored.body()), (204, ""));
    for reply in [Reply::NotBelieved, Reply::NotNow] {
        assert!(reply.status() >= 400);
        let body: serde_json::Value = serde_json::from_str(reply.body()).unwrap();
        assert_eq!(body["code"], "FAIL");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Under a signature that fits, so that the seal alone is what refuses: whatever is flipped, the
    /// plaintext is the one that was sealed or does not open at all.
    #[test]
    fn n09_no_flipped_bit_of_a_notification_opens_something_else(
        at in any::<prop::sample::Index>(),
        bit in 0..7_u8,
    ) {
        let mut body = notification("transaction", DIRECT).into_bytes();
        let at = at.index(body.len());
        body[at] ^= 1 << bit;
        let opened = verify(&ring(), &signed(&platform(), &body), &body, now())
            .unwrap()
            .notification()
            .ok()
            .and_then(|envelope| envelope.open(&[api_v3_key()]).ok());
        match opened.map(Verified::into_inner) {
            // A letter of `original_type` changed: the seal does not cover the name.
            Some(Content::Unknown { json, .. }) => prop_assert_eq!(json, DIRECT),
            Some(content) => prop_assert_eq!(content, open("transaction", DIRECT)),
            None => {}
        }
    }
}

#[test]
fn n14_the_event_type_decides_nothing() {
    let body = notification("refund", REFUND);
    let envelope = verified(&body).unwrap().notification().unwrap();
    assert_eq!(envelope.get().event_type, "TRANSACTION.SUCCESS");
    let content = envelope.open(&[api_v3_key()]).unwrap();
    assert!(matches!(content.get(), Content::Refund(_)));
}

/// Signed by WeChat's own key, so that the parser alone is what refuses.
#[test]
fn n24_tricks_in_the_envelope_are_refused() {
    let good = notification("transaction", DIRECT);
    let doubled = |member: &str, value: &str| {
        good.replacen(&format!("\"{member}\":"), &format!("\"{member}\":{value},\"{member}\":"), 1)
    };
    let tricks = [
        ("two ids", doubled("id", "\"x\"")),
        ("two kinds", doubled("original_type", "\"refund\"")),
        ("two ciphertexts", doubled("ciphertext", "\"AAAA\"")),
        ("two resources", doubled("resource", "{}")),
        ("a byte order mark", format!("\u{feff}{good}")),
        ("trailing bytes", format!("{good}{{}}")),
        ("trailing garbage", format!("{good}\0")),
        ("a lone surrogate", good.replacen("64658c06", "\\ud800", 1)),
        ("nothing", String::new()),
        ("an array", format!("[{good}]")),
        ("deep nesting", "[".repeat(100_000)),
        ("deep nesting in a member", {
            let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
            good.replacen("\"id\":", &format!("\"resource\":{deep},\"id\":"), 1)
        }),
        ("a number for a name", good.replacen("\"TRANSACTION.SUCCESS\"", "1e999999", 1)),
        ("a comment", good.replacen('{', "{/**/", 1)),
        ("single quotes", good.replace('"', "'")),
    ];
    for (trick, body) in tricks {
        assert_ne!(body, good, "{trick}: the trick changes something");
        assert!(verified(&body).unwrap().notification().is_err(), "{trick}");
    }
    assert!(verified(&good).unwrap().notification().is_ok());
}

#[test]
fn n24_invalid_utf8_in_the_envelope_is_refused() {
    let good = notification("transaction", DIRECT);
    let mut body = good.into_bytes();
    let at = body.windows(8).position(|window| window == b"64658c06").unwrap();
    body[at] = 0xFF;
    let verdict = verify(&ring(), &signed(&platform(), &body), &body, now()).unwrap();
    assert!(verdict.notification().is_err());
}

#[test]
fn n24_tricks_in_the_content_make_no_business_object() {
    let doubled = |member: &str, value: &str| {
        DIRECT.replacen(
            &format!("\"{member}\":"),
            &format!("\"{member}\":{value},\"{member}\":"),
            1,
        )
    };
    let tricks = [
        ("two totals", doubled("total", "9999")),
        ("two order numbers", doubled("out_trade_no", "\"202305171129350002\"")),
        ("two states", doubled("trade_state", "\"NOTPAY\"")),
        ("two amounts", doubled("amount", "{\"total\":9999}")),
        ("two merchants", doubled("mchid", "\"1\"")),
        ("a fraction of a fen", DIRECT.replace("\"total\":1,", "\"total\":1.5,")),
        ("an exponent", DIRECT.replace("\"total\":1,", "\"total\":1e0,")),
        ("a huge total", DIRECT.replace("\"total\":1,", "\"total\":99999999999999999999,")),
        ("a negative total", DIRECT.replace("\"total\":1,", "\"total\":-1,")),
        ("a total as text", DIRECT.replace("\"total\":1,", "\"total\":\"1\",")),
        ("a lone surrogate", DIRECT.replace("202305171129350001", "2023\\ud80029350001")),
        ("a byte order mark", format!("\u{feff}{DIRECT}")),
        ("trailing bytes", format!("{DIRECT}{{}}")),
        ("a path in a number", DIRECT.replace("202305171129350001", "../../../etc")),
        ("a line break in a number", DIRECT.replace("202305171129350001", "2023\\n9350001")),
        ("a member renamed by escapes gone wrong", DIRECT.replace("\"mchid\"", "\"MCHID\"")),
    ];
    for (trick, plaintext) in tricks {
        assert_ne!(plaintext, DIRECT, "{trick}: the trick changes something");
        let content = open("transaction", &plaintext);
        assert!(matches!(content, Content::Unknown { .. }), "{trick}: {content:?}");
    }
}

#[test]
fn n24_harmless_oddities_are_read_as_what_they_are() {
    let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
    for (oddity, plaintext) in [
        ("an escaped name", DIRECT.replace("\"mchid\"", "\"\\u006dchid\"")),
        ("white space", DIRECT.replace(',', " ,\r\n\t")),
        ("unknown members", DIRECT.replacen('{', &format!("{{\"new\":{deep},"), 1)),
        ("a huge number nobody reads", DIRECT.replacen('{', "{\"new\":1e300,", 1)),
    ] {
        let Content::Transaction(transaction) = open("transaction", &plaintext) else {
            panic!("{oddity}")
        };
        assert_eq!(transaction.amount.unwrap().total.count(), 1, "{oddity}");
    }
}
