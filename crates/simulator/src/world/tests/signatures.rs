use super::*;

const CERTIFICATES: &str = "/v3/certificates";

#[test]
fn the_gate_refuses_in_wechats_words_and_does_not_sign() {
    let mut till = Till::open();
    let good = till.signed_request("GET", CERTIFICATES, "", NOON);
    let mut refused = |change: &dyn Fn(&mut HttpRequest)| {
        let mut request = good.clone();
        change(&mut request);
        let seen = till.send(&request);
        assert!(seen.reply.response.header("Wechatpay-Signature").is_none());
        (seen.status, seen.code(), seen.message())
    };
    let sign_error = |message: &str| (401, "SIGN_ERROR".to_owned(), message.to_owned());
    let without = |name: &'static str| {
        move |request: &mut HttpRequest| request.headers.retain(|(known, _)| known != name)
    };
    for name in ["accept", "user-agent"] {
        assert_eq!(
            refused(&without(name)),
            (400, "INVALID_REQUEST".into(), "Http头缺少Accept或User-Agent".into())
        );
    }
    let syntax = "Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》";
    assert_eq!(refused(&without("authorization")), sign_error(syntax));
    let replace = |from: &'static str, to: &'static str| {
        move |request: &mut HttpRequest| {
            let authorization = &mut request.headers[2].1;
            assert!(authorization.contains(from));
            *authorization = authorization.replace(from, to);
        }
    };
    assert_eq!(refused(&replace("RSA2048", "MD5")), sign_error(syntax));
    assert_eq!(refused(&replace("nonce_str", "nonce")), sign_error(syntax));
    assert_eq!(refused(&replace("1900000001", "1900000009")), sign_error("商户未申请过证书"));
    assert_eq!(
        refused(&|request| {
            let start = request.headers[2].1.find("serial_no=\"").unwrap() + 11;
            request.headers[2].1.replace_range(start..start + 4, "0000");
        }),
        sign_error("商户证书序列号有误。请使用签名私钥匹配的证书序列号")
    );
    assert_eq!(
        refused(&|request| request.target.push_str("?algorithm_type=RSA")),
        sign_error("错误的签名，验签失败")
    );
}

#[test]
fn a_wrong_signature_is_answered_with_what_wechat_took_for_the_message() {
    let mut till = Till::open();
    let body = till.order_body("order-0001", 1).to_string();
    let mut request = till.signed_request("POST", "/v3/pay/transactions/jsapi", &body, NOON);
    request.body.push(b'\n');
    let seen = till.send(&request);
    let information = &seen.json()["detail"]["sign_information"];
    let signed_bytes =
        format!("POST\n/v3/pay/transactions/jsapi\n{}\n", NOON.unix()).len() + 33 + body.len() + 2;
    assert_eq!(information["sign_message_length"], json!(signed_bytes));
    assert_eq!(
        information["truncated_sign_message"],
        json!(format!(
            "POST\n/v3/pay/transactions/jsapi\n{}\n593BEC0C930BF1AFEB40B4A08C8FB242\n{}\n",
            NOON.unix(),
            &body[..8]
        ))
    );
    assert_eq!(seen.number(), "270924360");
}

#[test]
fn signatures_live_five_minutes_of_wall_time_whatever_business_time_says() {
    let mut till = Till::open();
    for (age, status) in [(-301, 401), (-300, 200), (0, 200), (300, 200), (301, 401)] {
        let request = till.signed_request("GET", CERTIFICATES, "", NOON.plus(-age));
        let wall_only = Times { business: NOON.plus(86_400), wall: NOON };
        let reply = till.world.handle(&request, wall_only);
        assert_eq!(reply.response.status, status, "{age} s");
        if status == 401 {
            let seen = till.send(&request);
            assert_eq!(
                seen.message(),
                "Http头Authorization值中的timestamp与发起请求的时间不能超过5分钟"
            );
        }
    }
}

/// The table of v3 §1.10, row by row.
#[test]
fn the_answers_key_follows_trust_mode_and_wish() {
    let wish = |index: usize, mode: Option<TrustMode>, wanted: Option<&str>| {
        let mut till = Till::of(index, 7);
        if let Some(mode) = mode {
            let mchid = till.mchid.clone();
            till.world.set_trust_mode(&mchid, mode).unwrap();
        }
        till.wanted_serial = wanted.map(str::to_owned);
        let seen = till.query("order-9999");
        assert_eq!(seen.status, 404);
        assert!(till.believes(&seen.reply.response));
        seen.reply.response.header("Wechatpay-Serial").unwrap().starts_with("PUB_KEY_ID_")
    };
    let public = Some("PUB_KEY_ID_1");
    let certificate = Some("5157F09EFDC096DE15EBE81A47057A7232F1B8E1");
    for wanted in [None, public, certificate] {
        assert!(wish(1, None, wanted), "only a public key: {wanted:?}");
        assert!(!wish(2, Some(TrustMode::Certificate), wanted), "not started: {wanted:?}");
        assert!(!wish(0, None, wanted), "certificates only: {wanted:?}");
        assert!(wish(2, Some(TrustMode::PublicKey), wanted), "certificate voided: {wanted:?}");
    }
    assert!(wish(2, None, public), "switch started, public key wished");
    assert!(!wish(2, None, certificate), "switch started, certificate wished");
    assert!(!wish(2, None, None), "switch started, no wish");
}

#[test]
fn certificates_open_with_the_api_v3_key_and_rotate_in_steps() {
    use suanpan_wechat::{call::RawAnswer, secret::ApiV3Key, trust};
    let mut till = Till::open();
    let serials = |till: &mut Till| {
        let seen = till.call("GET", CERTIFICATES, "");
        assert_eq!(seen.status, 200, "{}", seen.body);
        let headers = seen.reply.response.headers.iter();
        let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_string()));
        let answer =
            RawAnswer { status: 200, headers: headers.collect(), body: seen.body.into_bytes() };
        let merchant = till.world.merchant(&till.mchid).unwrap();
        let key = ApiV3Key::new(&merchant.api_v3_key).unwrap();
        let ring = trust::read_download(&answer, &key, &trust::TrustRing::default(), till.now);
        ring.unwrap().serials().map(ToString::to_string).collect::<Vec<_>>()
    };
    let signer = |till: &mut Till| {
        let seen = till.query("order-9999");
        assert!(till.believes(&seen.reply.response));
        seen.reply.response.header("Wechatpay-Serial").unwrap().to_owned()
    };
    let first = serials(&mut till);
    assert_eq!(first.len(), 1);
    assert_eq!(signer(&mut till), first[0]);

    let mchid = till.mchid.clone();
    let new = pool::platform_certificate(&mchid, 1);
    let new_serial = new.serial_no.clone();
    till.world.add_platform_certificate(&mchid, new).unwrap();
    assert_eq!(serials(&mut till).len(), 2);
    assert_eq!(signer(&mut till), first[0], "the old one goes on signing");
    till.world.switch_signing(&mchid, &new_serial).unwrap();
    assert_eq!(signer(&mut till), new_serial.as_str());
    assert_eq!(serials(&mut till).len(), 2);
    till.world.retire_platform_certificates(&mchid).unwrap();
    assert_eq!(serials(&mut till), [new_serial.to_string()]);
}

#[test]
fn a_merchant_with_only_a_public_key_has_no_certificates() {
    let mut till = Till::of(1, 7);
    let seen = till.call("GET", CERTIFICATES, "");
    assert_eq!((seen.status, seen.code()), (404, "RESOURCE_NOT_EXISTS".into()));
    assert!(seen.message().starts_with("无可用的平台证书"));
    assert!(till.believes(&seen.reply.response));
}

#[test]
fn the_second_in_request_id_is_the_signatures() {
    let mut till = Till::open();
    let seen = till.query("order-9999");
    let id = seen.reply.response.header("Request-ID").unwrap().to_owned();
    let (identifier, number) = id.rsplit_once('-').unwrap();
    assert_eq!(number, "268512771");
    let bytes = hex::decode(identifier).unwrap();
    assert_eq!(bytes[0], 0x08);
    let second = bytes[1..6]
        .iter()
        .enumerate()
        .fold(0_i64, |sum, (at, byte)| sum | i64::from(byte & 0x7f) << (7 * at));
    assert_eq!(second, NOON.unix());
}
