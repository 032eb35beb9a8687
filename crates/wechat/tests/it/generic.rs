//! The generic call: judged like every other, and sent as it is signed.

use serde_json::Value;
use suanpan_wechat::{
    call::{Call, Method, Outcome, Unknown, judge},
    generic::{Generic, InvalidPath, Repeat},
};

use crate::world::{answer, attacker, now, platform, ring, serial};

const PATH: &str = "/v3/merchant-service/complaints-v2";

#[test]
fn a_generic_request_is_what_the_caller_said() {
    let post = Generic::new(Method::Patch, format!("{PATH}/1"), Repeat::Never)
        .unwrap()
        .body(br#"{"b":1,"a":2}"#.to_vec())
        .sealed_to(Some(serial("PUB_KEY_ID_1")));
    let request = post.request();
    assert_eq!(request.method, Method::Patch);
    assert_eq!(request.target, "/v3/merchant-service/complaints-v2/1");
    assert_eq!(request.body, br#"{"b":1,"a":2}"#, "not one byte is changed");
    assert_eq!(request.sealed_to, Some(serial("PUB_KEY_ID_1")));
    assert!(!post.is_repeatable());
    let get = Generic::get(PATH).unwrap();
    assert!(get.is_repeatable());
    assert_eq!(get.request().body, b"");
}

#[test]
fn what_goes_into_the_target_is_encoded() {
    let get = Generic::get(format!("{PATH}/{}", Generic::path_segment("a/b?c|投诉")))
        .unwrap()
        .query("a b", "1&2=3")
        .query("json", r#"{"x":1}"#);
    assert_eq!(
        get.request().target,
        "/v3/merchant-service/complaints-v2/a%2Fb%3Fc%7C%E6%8A%95%E8%AF%89?a%20b=1%262%3D3&json=%7B%22x%22%3A1%7D"
    );
}

#[test]
fn paths_that_would_not_be_sent_as_signed_are_refused() {
    for path in [
        "",
        "/",
        "v3/x",
        "/pay/unifiedorder",
        "https://api.mch.weixin.qq.com/v3/x",
        "/v3/x?a=1",
        "/v3/x#a",
        "/v3/a b",
        "/v3/投诉",
        "/v3/a\nb",
        "/v3/a/../b",
        "/v3/./b",
        "/v3/a/%2e%2E/b",
        "/v3/a/.%2e",
        "/v3/a\\b",
    ] {
        assert_eq!(Generic::get(path), Err(InvalidPath), "{path:?}");
    }
    assert!(Generic::get("/v3/a..b/.well/...").is_ok());
}

#[test]
fn a_generic_answer_is_believed_like_any_other() {
    let get = Generic::get(PATH).unwrap();
    let body = r#"{"total_count":1000}"#;
    let Outcome::Success(read) = judge(&get, &answer(&platform(), 200, body), &ring(), now())
    else {
        panic!("a success")
    };
    assert_eq!(read.get().json, body.as_bytes());
    assert_eq!(read.get().parse::<Value>().unwrap()["total_count"], 1000);
    let Outcome::Success(empty) = judge(&get, &answer(&platform(), 204, ""), &ring(), now()) else {
        panic!("a success")
    };
    assert_eq!((empty.get().status, empty.get().json.as_slice()), (204, b"".as_slice()));

    for (answer, what) in [
        (answer(&attacker(), 200, body), "forged"),
        (answer(&platform(), 200, "<html>"), "no JSON"),
        (answer(&platform(), 200, r#"{"a":1}}"#), "JSON and more"),
        (answer(&platform(), 202, body), "still at work"),
    ] {
        let outcome = judge(&get, &answer, &ring(), now());
        assert!(matches!(outcome, Outcome::Unknown(_)), "{what}: {outcome:?}");
    }
    let busy = judge(&get, &answer(&platform(), 202, body), &ring(), now());
    assert!(matches!(busy, Outcome::Unknown(Unknown::Busy { status: 202, .. })));
    let refusal = r#"{"code":"PARAM_ERROR","message":"参数错误"}"#;
    let outcome = judge(&get, &answer(&platform(), 400, refusal), &ring(), now());
    assert!(matches!(outcome, Outcome::Rejected(_)));
}
