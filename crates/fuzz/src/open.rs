//! The open platform: answers that nobody signed, and messages sealed with a shared key.

use suanpan_wechat::{
    call::RawAnswer,
    id::Appid,
    miniprogram::code2session::{Code2Session, LoginCode},
    open_api::{OpenOutcome, judge},
};

/// A login succeeds with 200 only, and nothing shows its key.
pub(crate) fn login(input: &[u8]) -> bool {
    let call = Code2Session {
        appid: Appid::new("wx4f4bc4dec97d474b").expect("an appid"),
        js_code: LoginCode::new("0a1b2c").expect("a code"),
    };
    let mut answer = RawAnswer { status: 502, headers: Vec::new(), body: input.to_vec() };
    assert!(matches!(judge(&call, &answer), OpenOutcome::Unknown(_)));
    answer.status = 200;
    let OpenOutcome::Success(session) = judge(&call, &answer) else { return false };
    assert_eq!(format!("{:?}", session.session_key), "SessionKey(..)");
    true
}
