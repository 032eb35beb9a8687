//! What an answer of `api.weixin.qq.com` means.

use suanpan_wechat::{
    call::RawAnswer,
    miniprogram::session::Check,
    open_api::{ErrCode, OpenOutcome, OpenUnknown, judge},
};

use super::{RID, answered, openid, session_key};

fn call() -> Check {
    Check { openid: openid(), session_key: session_key() }
}

fn refused(errcode: i64, errmsg: &str) -> OpenOutcome<()> {
    answered(&call(), &format!(r#"{{"errcode":{errcode},"errmsg":"{errmsg}"}}"#))
}

#[test]
fn success_has_no_errcode_or_a_zero() {
    for body in ["{}", r#"{"errcode":0,"errmsg":"ok"}"#, r#"{"errmsg":"ok","new":[1]}"#] {
        assert_eq!(answered(&call(), body), OpenOutcome::Success(()), "{body}");
    }
}

#[test]
fn trouble_at_wechat_is_unknown_whatever_the_status_says() {
    for errcode in [-1, 10_060_012, 10_060_019] {
        let OpenOutcome::Unknown(OpenUnknown::Busy { status: 200, errcode: Some(told) }) =
            refused(errcode, "system error")
        else {
            panic!("{errcode}");
        };
        assert_eq!(told.number(), errcode);
    }
    for status in [100, 204, 301, 302, 400, 403, 404, 412, 429, 500, 502, 503, 599] {
        let answer = RawAnswer { status, headers: Vec::new(), body: b"{}".to_vec() };
        let OpenOutcome::Unknown(OpenUnknown::Busy { status: told, .. }) = judge(&call(), &answer)
        else {
            panic!("{status}");
        };
        assert_eq!(told, status);
    }
}

#[test]
fn pages_of_proxies_and_other_json_are_unknown() {
    for body in ["", "<html>", "null", "[]", "7", r#"{"errcode":"0"}"#, r#"{"errcode":1.5}"#] {
        let outcome = answered(&call(), body);
        assert!(matches!(outcome, OpenOutcome::Unknown(OpenUnknown::Unreadable(_))), "{body}");
    }
}

#[test]
fn a_refusal_names_its_number_at_wechat_in_every_spelling() {
    for errmsg in [
        format!("invalid code, rid: {RID}"),
        format!("invalid code hint: [5GLeM53Vf-2rQy3] rid: {RID}"),
        format!("access_token expired rid: {RID}"),
    ] {
        let OpenOutcome::Rejected(refusal) = refused(40029, &errmsg) else { panic!("{errmsg}") };
        assert_eq!(refusal.rid(), Some(RID), "{errmsg}");
        assert_eq!(refusal.to_string(), format!("errcode 40029, rid {RID}"));
    }
    for errmsg in ["invalid code", "rid: ", "rid: x", "rid: 652d44d0-1d0af18b-5b06923z"] {
        let OpenOutcome::Rejected(refusal) = refused(40029, errmsg) else { panic!("{errmsg}") };
        assert_eq!(refusal.rid(), None, "{errmsg}");
        assert_eq!(refusal.to_string(), "errcode 40029");
    }
}

#[test]
fn an_endless_errmsg_is_cut() {
    let OpenOutcome::Rejected(refusal) = refused(40029, &"无".repeat(10_000)) else { panic!() };
    assert_eq!(refusal.errmsg.chars().count(), 512);
}

#[test]
fn only_three_numbers_blame_the_access_token() {
    for errcode in [40001, 40014, 42001] {
        assert!(ErrCode::from(errcode).blames_access_token(), "{errcode}");
    }
    for errcode in [0, -1, 40002, 40013, 40029, 40125, 40164, 41001, 42002, 42007, 45009, 48001] {
        assert!(!ErrCode::from(errcode).blames_access_token(), "{errcode}");
    }
}
