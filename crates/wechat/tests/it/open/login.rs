//! Login, session keys, phone numbers, unionids.

use suanpan_wechat::{
    id::{Mchid, OutTradeNo, TransactionId},
    miniprogram::{
        code2session::{Code2Session, LoginCode, LoginError},
        phone::{ByCode, PhoneCode},
        session::{Check, Reset, user_signature},
        unionid::{OfPayer, Payment},
    },
    open_api::{ErrCode, OpenCall as _, OpenOutcome},
    secret::{AppSecret, SessionKey},
};

use super::{RID, answered, appid, openid, sent, session_key, succeeded, token};

fn login() -> Code2Session {
    Code2Session {
        appid: appid(),
        js_code: LoginCode::new("051v0m000ObAyK19vV1005SDWf0v0m0s").unwrap(),
    }
}

#[test]
fn a_code_becomes_a_session() {
    let request = login().request(&AppSecret::new("0123456789abcdef0123456789abcdef").unwrap());
    assert_eq!(
        request.expose().target,
        "/sns/jscode2session?appid=wx4f4bc4dec97d474b&secret=0123456789abcdef0123456789abcdef&js_code=051v0m000ObAyK19vV1005SDWf0v0m0s&grant_type=authorization_code"
    );
    assert_eq!(format!("{request:?}"), "OpenRequest(GET /sns/jscode2session, ..)");
    for body in [
        r#"{"session_key":"o0q0otL8aEzpcZL/FT9WsQ==","openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}"#,
        r#"{"openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o","session_key":"o0q0otL8aEzpcZL/FT9WsQ==","expires_in":7200,"errcode":0,"errmsg":"ok"}"#,
    ] {
        let session = succeeded(&login(), body);
        assert_eq!(session.openid, openid());
        assert_eq!(session.session_key.expose(), "o0q0otL8aEzpcZL/FT9WsQ==");
        assert_eq!(session.unionid, None);
    }
}

#[test]
fn every_documented_failure_of_a_login_says_whose_fault_it_is() {
    let of = |errcode: i64, errmsg: &str| {
        let body = format!(r#"{{"errcode":{errcode},"errmsg":"{errmsg}, rid: {RID}"}}"#);
        LoginError::of(answered(&login(), &body)).unwrap_err()
    };
    let refused = |errcode| LoginError::Refused { errcode };
    for (errcode, errmsg, expected) in [
        (-1, "system error", LoginError::Unavailable),
        (40029, "invalid code", LoginError::InvalidCode),
        (40163, "code been used", LoginError::InvalidCode),
        (41008, "missing code", LoginError::InvalidCode),
        (40226, "code blocked", LoginError::Blocked),
        (
            45011,
            "api minute-quota reach limit  mustslower  retry next minute",
            LoginError::Unavailable,
        ),
        (45009, "reach max api daily quota limit", LoginError::Unavailable),
        (40013, "invalid appid", refused(40013)),
        (40125, "invalid appsecret", refused(40125)),
        (40002, "invalid grant_type", refused(40002)),
        (41002, "appid missing", refused(41002)),
        (41004, "appsecret missing", refused(41004)),
        (48001, "api unauthorized", refused(48001)),
        (40243, "appsecret frozen", refused(40243)),
        (61003, "component is not authorized", refused(61003)),
        (99999, "something new", refused(99999)),
    ] {
        assert_eq!(of(errcode, errmsg), expected, "{errcode}");
    }
}

#[test]
fn a_success_without_its_members_is_no_session() {
    for body in [
        "{}",
        r#"{"openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}"#,
        r#"{"session_key":"o0q0otL8aEzpcZL/FT9WsQ=="}"#,
        r#"{"openid":"","session_key":"o0q0otL8aEzpcZL/FT9WsQ=="}"#,
        r#"{"openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o","session_key":"short"}"#,
        r#"{"openid":["a"],"session_key":{}}"#,
    ] {
        let error = LoginError::of(answered(&login(), body)).unwrap_err();
        assert_eq!(error, LoginError::Unavailable, "{body}");
    }
}

#[test]
fn login_codes_are_harmless_in_a_query() {
    for bad in ["", "a&secret=b", "a b", "a#", "码", &"x".repeat(129)] {
        assert!(LoginCode::new(bad).is_none(), "{bad:?}");
        assert!(PhoneCode::new(bad).is_none(), "{bad:?}");
    }
}

#[test]
fn user_signatures_are_those_of_the_page() {
    let key = SessionKey::new("o0q0otL8aEzpcZL/FT9WsQ==").unwrap();
    assert_eq!(
        user_signature(&key, br#"{"foo":"bar"}"#),
        "654571f79995b2ce1e149e53c0a33dc39c0a74090db514261454e8dbe432aa0b"
    );
    let of_nothing = "46e043c5525c2d817c44be603d30837a808a1d930d038f6fdc3e62a201fed128";
    assert_eq!(user_signature(&key, b""), of_nothing);
    let request = Check { openid: openid(), session_key: key }.request(&token());
    assert_eq!(
        request.expose().target,
        format!(
            "/wxa/checksession?access_token=85_canary-token&openid=oUpF8uMuAJO_M2pxb1Q9zNjWeS6o&signature={of_nothing}&sig_method=hmac_sha256"
        )
    );
}

#[test]
fn a_session_key_is_checked_and_replaced() {
    let check = Check { openid: openid(), session_key: session_key() };
    assert_eq!(answered(&check, r#"{"errcode":0,"errmsg":"ok"}"#), OpenOutcome::Success(()));
    let OpenOutcome::Rejected(refusal) =
        answered(&check, r#"{"errcode":87009,"errmsg":"invalid signature"}"#)
    else {
        panic!("refused");
    };
    assert_eq!(refusal.errcode, ErrCode::INVALID_SESSION_SIGNATURE);

    let reset = Reset { openid: openid(), session_key: session_key() };
    let request = reset.request(&token());
    assert_eq!(request.path(), "/wxa/resetusersessionkey");
    let body = |openid: &str| {
        format!(
            r#"{{"errcode":0,"errmsg":"ok","openid":"{openid}","session_key":"o0q0otL8aEzpcZL/FT9WsQ=="}}"#
        )
    };
    let new = succeeded(&reset, &body(openid().as_str()));
    assert_eq!(new.expose(), "o0q0otL8aEzpcZL/FT9WsQ==");
    assert!(matches!(answered(&reset, &body("oSomebodyElse")), OpenOutcome::Unknown(_)));
}

fn by_code() -> ByCode {
    let code = PhoneCode::new("e31968a7f94cc5ee25fafc2aef2773f0bb8c3937b22520eb8ee345274d00c144");
    ByCode { appid: appid(), code: code.unwrap(), openid: Some(openid()) }
}

#[test]
fn a_phone_code_becomes_a_number() {
    let body = sent(&by_code(), "/wxa/business/getuserphonenumber");
    assert_eq!(body["openid"], "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o");
    let without = sent(&ByCode { openid: None, ..by_code() }, "/wxa/business/getuserphonenumber");
    assert!(without.get("openid").is_none());
    // The country's code is a number in the example, a text in the table above it.
    for country_code in ["86", "\"86\""] {
        let phone = succeeded(
            &by_code(),
            &format!(
                r#"{{"errcode":0,"errmsg":"ok","phone_info":{{"phoneNumber":"13580006666","purePhoneNumber":"13580006666","countryCode":{country_code},"watermark":{{"timestamp":1637744274,"appid":"wx4f4bc4dec97d474b"}}}}}}"#
            ),
        );
        assert_eq!(phone.phone_number.expose(), "13580006666");
        assert_eq!(phone.pure_phone_number.expose(), "13580006666");
        assert_eq!(phone.country_code, "86");
        assert!(!format!("{phone:?} {:?}", by_code()).contains("135800"));
        assert!(!format!("{:?}", by_code()).contains("e31968"));
    }
}

#[test]
fn a_phone_number_of_another_app_or_shape_is_none() {
    for (number, appid) in [
        ("13580006666", "wx0000000000000000"),
        ("<script>", "wx4f4bc4dec97d474b"),
        ("", "wx4f4bc4dec97d474b"),
        ("1358000\\u00006666", "wx4f4bc4dec97d474b"),
    ] {
        let outcome = answered(
            &by_code(),
            &format!(
                r#"{{"errcode":0,"phone_info":{{"phoneNumber":"{number}","purePhoneNumber":"13580006666","countryCode":"86","watermark":{{"timestamp":1637744274,"appid":"{appid}"}}}}}}"#
            ),
        );
        assert!(matches!(outcome, OpenOutcome::Unknown(_)), "{number} {appid}");
    }
}

#[test]
fn a_payer_is_recognised_by_either_number() {
    let by =
        |payment| OfPayer { openid: openid(), payment }.request(&token()).expose().target.clone();
    let common =
        "/wxa/getpaidunionid?access_token=85_canary-token&openid=oUpF8uMuAJO_M2pxb1Q9zNjWeS6o";
    let id = TransactionId::new("4200002050202311069075905809").unwrap();
    assert_eq!(
        by(Payment::TransactionId(id.clone())),
        format!("{common}&transaction_id=4200002050202311069075905809")
    );
    assert_eq!(
        by(Payment::OutTradeNo {
            mch_id: Mchid::new("1558950191").unwrap(),
            out_trade_no: OutTradeNo::new("a|b*165444915098").unwrap(),
        }),
        format!("{common}&mch_id=1558950191&out_trade_no=a%7Cb%2A165444915098")
    );
    let call = OfPayer { openid: openid(), payment: Payment::TransactionId(id) };
    let unionid =
        succeeded(&call, r#"{"unionid":"oTmHYjg-tElZ68xxxxxxxxhy1Rgk","errcode":0,"errmsg":"ok"}"#);
    assert_eq!(unionid, "oTmHYjg-tElZ68xxxxxxxxhy1Rgk");
}
