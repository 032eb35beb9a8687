//! What an answer means: success, rejected or unknown, and nothing in between.

use suanpan_wechat::{
    call::{Call, Outcome, RawAnswer, Unknown, judge},
    error::ErrorCode,
    id::{Mchid, OutTradeNo},
    pay::{close::Close, jsapi::Prepay, query::ByOutTradeNo},
    verify::VerifyError,
};

use crate::world::{answer, attacker, now, platform, ring};

fn prepay() -> Prepay {
    Prepay { body: b"{}".to_vec() }
}

fn close() -> Close {
    Close {
        mchid: Mchid::new("1900007291").unwrap(),
        out_trade_no: OutTradeNo::new("1217752501201407033233368018").unwrap(),
    }
}

fn of<C: Call>(call: &C, answer: &RawAnswer) -> Outcome<C::Answer> {
    judge(call, answer, &ring(), now())
}

fn error(code: &str) -> String {
    format!(r#"{{"code":"{code}","message":"系统繁忙，请稍后重试"}}"#)
}

const PREPAID: &str = r#"{"prepay_id":"wx201410272009395522657a690389285100"}"#;

#[test]
fn a_signed_200_is_a_success() {
    let Outcome::Success(prepaid) = of(&prepay(), &answer(&platform(), 200, PREPAID)) else {
        panic!("a success")
    };
    assert_eq!(prepaid.get().prepay_id.as_str(), "wx201410272009395522657a690389285100");
}

#[test]
fn a_close_is_a_signed_204_without_body() {
    assert!(matches!(of(&close(), &answer(&platform(), 204, "")), Outcome::Success(_)));
    let odd = of(&close(), &answer(&platform(), 200, "{}"));
    assert!(matches!(odd, Outcome::Unknown(Unknown::Malformed(_))), "{odd:?}");
}

#[test]
fn n01_an_unsigned_answer_is_unknown_whatever_its_status() {
    for (status, body) in [
        (200, PREPAID.to_owned()),
        (400, error("PARAM_ERROR")),
        (403, error("NO_AUTH")),
        (404, error("ORDER_NOT_EXIST")),
        (302, String::new()),
    ] {
        for missing in
            ["wechatpay-timestamp", "wechatpay-nonce", "wechatpay-signature", "wechatpay-serial"]
        {
            let mut unsigned = answer(&platform(), status, &body);
            unsigned.headers.retain(|(name, _)| name != missing);
            let outcome = of(&prepay(), &unsigned);
            let expected = VerifyError::MissingHeader { name: missing };
            assert_eq!(outcome, Outcome::Unknown(Unknown::NotVerified(expected)), "{status}");
        }
    }
}

#[test]
fn a_forged_answer_is_unknown() {
    for (status, body) in [(200, PREPAID.to_owned()), (404, error("ORDER_NOT_EXIST"))] {
        let outcome = of(&prepay(), &answer(&attacker(), status, &body));
        let expected = Unknown::NotVerified(VerifyError::BadSignature);
        assert_eq!(outcome, Outcome::Unknown(expected), "{status}");
    }
}

#[test]
fn n21_a_probe_signature_on_an_answer_is_unknown() {
    let mut probe = answer(&platform(), 200, PREPAID);
    for (name, value) in &mut probe.headers {
        if name == "wechatpay-signature" {
            *value = format!("WECHATPAY/SIGNTEST/{value}");
        }
    }
    let expected = Unknown::NotVerified(VerifyError::BadSignature);
    assert_eq!(of(&prepay(), &probe), Outcome::Unknown(expected));
}

#[test]
fn signed_refusals_are_rejections() {
    for (status, wire, code) in [
        (400, "PARAM_ERROR", ErrorCode::ParamError),
        (400, "ORDERPAID", ErrorCode::OrderPaid),
        (400, "ORDER_PAID", ErrorCode::OrderPaid),
        (400, "ORDER_CLOSED", ErrorCode::OrderClosed),
        (403, "OUT_TRADE_NO_USED", ErrorCode::OutTradeNoUsed),
        (404, "ORDER_NOT_EXIST", ErrorCode::OrderNotExist),
        (404, "SOMETHING_NEW", ErrorCode::Other("SOMETHING_NEW".to_owned())),
    ] {
        let mut refusal = answer(&platform(), status, &error(wire));
        refusal.headers.push(("request-id".to_owned(), "08C488E7A206-268512771".to_owned()));
        let Outcome::Rejected(rejection) = of(&prepay(), &refusal) else { panic!("{wire}") };
        assert_eq!((rejection.status, &rejection.code), (status, &code));
        assert_eq!(rejection.message, "系统繁忙，请稍后重试");
        assert_eq!(rejection.request_id.unwrap().error_number(), Some(268_512_771));
    }
}

#[test]
fn a_401_speaks_about_our_signature_and_is_never_signed() {
    let mut refusal = answer(&platform(), 401, &error("SIGN_ERROR"));
    refusal.headers.clear();
    let Outcome::Rejected(rejection) = of(&prepay(), &refusal) else { panic!("a rejection") };
    assert_eq!(rejection.code, ErrorCode::SignError);
}

#[test]
fn no_other_word_of_an_unsigned_401_is_believed() {
    for code in ["ORDER_NOT_EXIST", "ORDERPAID", "PARAM_ERROR"] {
        let mut forged = answer(&platform(), 401, &error(code));
        forged.headers.clear();
        assert!(
            matches!(of(&prepay(), &forged), Outcome::Unknown(Unknown::NotVerified(_))),
            "{code}"
        );
    }
}

#[test]
fn trouble_and_haste_leave_the_outcome_open() {
    for (status, code) in [
        (500, "SYSTEM_ERROR"),
        (500, "BANK_ERROR"),
        (502, "SYSTEM_ERROR"),
        (503, "SYSTEM_ERROR"),
        (429, "FREQUENCY_LIMITED"),
        (202, "USERPAYING"),
        (403, "NOT_ENOUGH"),
        (400, "SYSTEMERROR"),
        (599, "PARAM_ERROR"),
    ] {
        let outcome = of(&prepay(), &answer(&platform(), status, &error(code)));
        let Outcome::Unknown(Unknown::Busy { status: told, .. }) = outcome else {
            panic!("{status} {code}: {outcome:?}")
        };
        assert_eq!(told, status);
    }
}

#[test]
fn pages_of_proxies_are_no_refusals() {
    let page = "<html><body>502 Bad Gateway</body></html>";
    let mut answer = answer(&platform(), 502, page);
    answer.headers.clear();
    let outcome = of(&prepay(), &answer);
    assert_eq!(outcome, Outcome::Unknown(Unknown::Busy { status: 502, code: None }));
    answer.status = 429;
    let outcome = of(&prepay(), &answer);
    assert_eq!(outcome, Outcome::Unknown(Unknown::Busy { status: 429, code: None }));
    answer.status = 404;
    assert!(matches!(of(&prepay(), &answer), Outcome::Unknown(Unknown::NotVerified(_))));
}

#[test]
fn a_signed_answer_of_another_shape_is_unknown_and_says_so() {
    let query = ByOutTradeNo { mchid: close().mchid, out_trade_no: close().out_trade_no };
    for body in [PREPAID, "", "[]", "null", r#"{"trade_state":"SUCCESS"}"#] {
        let outcome = of(&query, &answer(&platform(), 200, body));
        assert!(matches!(outcome, Outcome::Unknown(Unknown::Malformed(_))), "{body}: {outcome:?}");
    }
}
