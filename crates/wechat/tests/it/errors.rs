//! Error bodies and Request-IDs as captured from WeChat, and what must not break their reading.

use std::net::Ipv4Addr;

use serde_json::json;
use suanpan_wechat::{
    call::{Outcome, judge},
    error::{Detail, ErrorBody, ErrorCode, Location},
    id::RequestId,
    pay::jsapi::Prepay,
};

use crate::world::{answer, now, platform, ring};

const TOO_SHORT: &str = r#"{"code":"PARAM_ERROR","detail":{"location":"body","value":1},"message":"输入源“/body/out_trade_no”映射到值字段“商户订单号”字符串规则校验失败，字节数 1，小于最小值 6"}"#;

const SIGN_ERROR: &str = r#"{"code":"SIGN_ERROR","detail":{"detail":{"issue":"sign not match"},"field":"signature","location":"authorization","sign_information":{"method":"POST","sign_message_length":402,"truncated_sign_message":"POST\n/v3/pay/transactions/jsapi\n1554208460\n593BEC0C930BF1AFEB40B4A08C8FB242\n{\"appid\n","url":"/v3/pay/transactions/jsapi"}},"message":"错误的签名，验签失败"}"#;

fn request_id(text: &str) -> RequestId {
    RequestId::new(text).unwrap()
}

#[test]
fn a_wrong_parameter_is_told_with_place_and_value() {
    let error = ErrorBody::read(TOO_SHORT.as_bytes()).unwrap();
    assert_eq!(error.code, ErrorCode::ParamError);
    assert!(error.message.ends_with("小于最小值 6"));
    let detail = error.detail.unwrap();
    assert_eq!(detail.location, Some(Location::Body));
    assert_eq!(detail.value, Some(json!(1)));
    assert_eq!((detail.field, detail.issue, detail.sign_information), (None, None, None));
}

#[test]
fn a_signature_error_shows_what_wechat_thinks_was_signed() {
    let error = ErrorBody::read(SIGN_ERROR.as_bytes()).unwrap();
    assert_eq!(error.code, ErrorCode::SignError);
    let detail = error.detail.unwrap();
    assert_eq!(detail.location, Some(Location::Authorization));
    assert_eq!(detail.issue.as_deref(), Some("sign not match"));
    assert_eq!(detail.field.as_deref(), Some("signature"));
    let information = detail.sign_information.unwrap();
    assert_eq!((information.method.as_str(), information.sign_message_length), ("POST", 402));
    assert_eq!(information.url, "/v3/pay/transactions/jsapi");
    assert!(information.truncated_sign_message.ends_with("\n{\"appid\n"));
}

#[test]
fn no_shape_of_a_detail_makes_a_refusal_unreadable() {
    let detail = |detail: &str| {
        let body = format!(r#"{{"code":"NO_AUTH","detail":{detail}}}"#);
        let error = ErrorBody::read(body.as_bytes()).expect(detail);
        assert_eq!((error.code, error.message.as_str()), (ErrorCode::NoAuth, ""), "{detail}");
        error.detail
    };
    for nothing in ["null", "\"text\"", "[1,2]", "7"] {
        assert_eq!(detail(nothing), None, "{nothing}");
    }
    let empty =
        Detail { field: None, value: None, issue: None, location: None, sign_information: None };
    for odd in [
        "{}",
        r#"{"field":1,"issue":[],"location":{},"value":null}"#,
        r#"{"sign_information":{"method":"GET"}}"#,
        r#"{"detail":"text","sign_information":"text"}"#,
    ] {
        assert_eq!(detail(odd), Some(empty.clone()), "{odd}");
    }
    let unknown = detail(r#"{"location":"header","value":{"a":[1]}}"#).unwrap();
    assert_eq!(unknown.location, Some(Location::Other("header".to_owned())));
    assert_eq!(unknown.value, Some(json!({"a": [1]})));
    for no_text in ["null", "1", "{}"] {
        let body = format!(r#"{{"code":"NO_AUTH","message":{no_text}}}"#);
        assert_eq!(ErrorBody::read(body.as_bytes()).unwrap().message, "");
    }
}

#[test]
fn a_body_without_a_code_is_no_error_of_wechat() {
    for body in
        ["", "<html>", "[]", "{}", r#"{"message":"x"}"#, r#"{"code":1}"#, r#"{"code":null}"#]
    {
        assert_eq!(ErrorBody::read(body.as_bytes()), None, "{body}");
    }
}

#[test]
fn every_documented_code_is_known_in_every_spelling() {
    let spellings = [
        "PARAM_ERROR INVALID_REQUEST APPID_MCHID_NOT_MATCH MCH_NOT_EXISTS ORDER_CLOSED SIGN_ERROR",
        "NO_AUTH OUT_TRADE_NO_USED RULE_LIMIT TRADE_ERROR ORDER_NOT_EXIST FREQUENCY_LIMITED",
        "SYSTEM_ERROR ORDERPAID ORDER_PAID USERPAYING USER_PAYING ACCOUNT_ERROR NOT_ENOUGH",
        "BANK_ERROR INVALID_TRANSACTIONID OPENID_MISMATCH NOAUTH RULELIMIT ACCOUNTERROR NOTENOUGH",
        "BANKERROR SYSTEMERROR ORDERNOTEXIST ORDERCLOSED ORDER_REVERSED ORDERREVERSED",
        "FREQUENCY_LIMIT_EXCEED RATELIMIT_EXCEEDED USER_ACCOUNT_ABNORMAL RESOURCE_NOT_EXISTS",
        "NO_STATEMENT_EXIST STATEMENT_CREATING NOT_FOUND ALREADY_EXISTS",
    ];
    for spelling in spellings.iter().flat_map(|line| line.split(' ')) {
        let code = ErrorCode::from(spelling.to_owned());
        assert!(ErrorCode::KNOWN.contains(&code), "{spelling}");
        assert_eq!(ErrorCode::from(spelling.to_lowercase()), code);
        assert_eq!(ErrorCode::from(code.as_str().to_owned()), code, "{spelling} reads back");
    }
    for unknown in ["", "BRAND_NEW", "XORDERPAID"] {
        let code = ErrorCode::from(unknown.to_owned());
        assert_eq!(code, ErrorCode::Other(unknown.to_owned()), "kept as it came");
    }
}

#[test]
fn the_number_stands_after_the_last_dash() {
    for (text, identifier, number) in [
        ("08C488E7A206109E0318FC98E44820BEB60F28C3E105-0", 44, Some(0)),
        ("08DAF1A7B50610FB0318FCB3C05520D5232891CE04-268892709", 42, Some(268_892_709)),
        ("0891D295920610860318D7DB8C582093AF0128EA9805-270924337", 44, Some(270_924_337)),
        ("e2762b10-b6b9-5108-a42c-16fe2422fc8a", 36, None),
        // A UUID whose last group happens to be a number.
        ("e2762b10-b6b9-5108-a42c-000000000007", 36, None),
        ("e2762b10-b6b9-5108-a42c-16fe2422fc8a-268512771", 36, Some(268_512_771)),
        ("nodash", 6, None),
        ("trailing-", 9, None),
        ("-7", 0, Some(7)),
        ("a-99999999999999999999", 22, None),
        ("a-+7", 4, None),
    ] {
        let id = request_id(text);
        assert_eq!((id.identifier().len(), id.error_number()), (identifier, number), "{text}");
        assert_eq!(id.as_str(), text);
    }
    for bad in ["", "two words", "line\nbreak", "字"] {
        assert!(RequestId::new(bad).is_err(), "{bad:?}");
    }
    assert!(RequestId::new("x".repeat(129)).is_err());
}

#[test]
fn an_identifier_tells_when_and_where() {
    let stamp = request_id("08C488E7A206109E0318FC98E44820BEB60F28C3E105-0").stamp().unwrap();
    assert_eq!((stamp.at.unix(), stamp.milliseconds), (1_683_604_548, 414));
    assert_eq!(stamp.address, Ipv4Addr::new(9, 25, 12, 124));
    assert_eq!((stamp.sequence, stamp.process), (252_734, 94_403));
    for opaque in [
        "e2762b10-b6b9-5108-a42c-16fe2422fc8a",
        "08C488E7A206",
        "08C488E7A206109E0318FC98E44820BEB60F28C3E105FF-0",
        "0FF-0",
        "-0",
        // The milliseconds are 1000.
        "08C488E7A20610E80718FC98E44820BEB60F28C3E105-0",
        "08FFFFFFFFFFFFFFFFFFFFFFFF-0",
    ] {
        assert_eq!(request_id(opaque).stamp(), None, "{opaque}");
    }
}

#[test]
fn a_rejection_carries_detail_and_request_id() {
    let mut refusal = answer(&platform(), 400, TOO_SHORT);
    let id = "0891D295920610860318D7DB8C582093AF0128EA9805-270924337";
    refusal.headers.push(("request-id".to_owned(), id.to_owned()));
    let call = Prepay { body: b"{}".to_vec() };
    let Outcome::Rejected(rejection) = judge(&call, &refusal, &ring(), now()) else {
        panic!("a rejection")
    };
    assert_eq!(rejection.detail.unwrap().location, Some(Location::Body));
    assert_eq!(rejection.request_id, Some(request_id(id)));
    refusal.headers.retain(|(name, _)| name != "request-id");
    refusal.headers.push(("request-id".to_owned(), "two words".to_owned()));
    let Outcome::Rejected(rejection) = judge(&call, &refusal, &ring(), now()) else {
        panic!("a rejection")
    };
    assert_eq!(rejection.request_id, None, "what cannot be an id is left out");
}
