//! The open platform: answers that nobody signed, and messages sealed with a shared key.

use std::sync::LazyLock;

use serde_json::Value;
use suanpan_wechat::{
    Timestamp,
    call::RawAnswer,
    id::{Appid, NonceStr, Openid, TransactionId},
    miniprogram::{
        code2session::{Code2Session, LoginCode},
        open_data::OpenData,
        phone::{ByCode, PhoneCode},
        session::Reset,
        shipping::{GetOrder, GetOrderList, OrderId},
        unionid::{OfPayer, Payment},
    },
    official_account::oauth::{Callback, ExchangeCode, OauthCode, Profile, State},
    open_api::{OpenCall, OpenOutcome, judge},
    push::{Message, PlainPush, PushQuery, SealedPush},
    secret::{EncodingAesKey, PushToken, SessionKey},
    token::{Stable, Ticket},
};

/// A login succeeds with 200 only.
pub(crate) fn login(input: &[u8]) -> bool {
    let call = Code2Session {
        appid: Appid::new("wx4f4bc4dec97d474b").expect("an appid"),
        js_code: LoginCode::new("0a1b2c").expect("a code"),
    };
    let mut answer = RawAnswer { status: 502, headers: Vec::new(), body: input.to_vec() };
    assert!(matches!(judge(&call, &answer), OpenOutcome::Unknown(_)));
    answer.status = 200;
    matches!(judge(&call, &answer), OpenOutcome::Success(_))
}

/// Answers to the other calls: only 200 without an `errcode` is a success.
pub(crate) fn answer(input: &[u8]) -> bool {
    let openid = || Openid::new("oUpF8uMuAJO_M2pxb1Q9zNjWeS6o").expect("an openid");
    let code = PhoneCode::new("0a1b2c").expect("a code");
    let appid = Appid::new("wx4f4bc4dec97d474b").expect("an appid");
    let session_key = SessionKey::new("tiihtNczf5v6AKRyjwEUhQ==").expect("a published key");
    let id = || TransactionId::new("42000000000000123").expect("a number");
    [
        succeeds(&ByCode { appid, code, openid: None }, input, |phone| {
            assert_eq!(format!("{:?}", phone.pure_phone_number), "PhoneNumber(..)");
        }),
        succeeds(&Reset { openid: openid(), session_key }, input, |_| ()),
        succeeds(&GetOrder(OrderId::Wechat { transaction_id: id() }), input, |_| ()),
        succeeds(&GetOrderList::default(), input, |_| ()),
        succeeds(
            &OfPayer { openid: openid(), payment: Payment::TransactionId(id()) },
            input,
            |_| (),
        ),
        succeeds(&Profile { openid: openid() }, input, |profile| {
            assert_eq!(profile.openid, openid(), "somebody else's profile");
        }),
        succeeds(&ExchangeCode(OauthCode::new("0a1b2c").expect("a code")), input, |_| ()),
        succeeds(&Stable { force_refresh: false }, input, |issued| {
            assert!((1..=86_400).contains(&issued.expires_in));
        }),
        succeeds(&Ticket, input, |issued| {
            assert!((1..=86_400).contains(&issued.expires_in));
        }),
    ]
    .contains(&true)
}

fn succeeds<C: OpenCall>(call: &C, body: &[u8], look: impl FnOnce(&C::Answer)) -> bool {
    let mut answer = RawAnswer { status: 502, headers: Vec::new(), body: body.to_vec() };
    assert!(matches!(judge(call, &answer), OpenOutcome::Unknown(_)));
    answer.status = 200;
    let OpenOutcome::Success(success) = judge(call, &answer) else { return false };
    let members: Value = serde_json::from_slice(body).unwrap_or_default();
    assert!(matches!(members["errcode"].as_i64(), None | Some(0)), "a refusal succeeded");
    look(&success);
    true
}

/// A callback belongs to one visit, and to no other.
pub(crate) fn oauth_callback(input: &[u8]) -> bool {
    let Ok(query) = std::str::from_utf8(input) else { return false };
    let state = |text| State::new(text).expect("letters and digits");
    let ours = Callback::read(query, &state("9d0fb5e07a3c4b6f8b1d2e3f4a5b6c7d"));
    let theirs = Callback::read(query, &state("9d0fb5e07a3c4b6f8b1d2e3f4a5b6c7e"));
    assert!(ours.is_err() || theirs.is_err(), "one callback for two visits");
    matches!(ours, Ok(Callback::Granted(_)))
}

/// A sealed push is opened by its own key only, and then read like a plain one.
pub(crate) fn push_sealed(input: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(input) else { return false };
    let sealed = PUSH.seal(text, [7; 16], PUSHED, &NONCE);
    let query = PushQuery::parse(&sealed.query()).expect("our own query");
    let received = PUSH.receive(&query, sealed.to_json().as_bytes(), PUSHED);
    let plain = plain_push(input);
    assert_eq!(received.is_ok(), plain.is_some());
    if let (Ok(received), Some(plain)) = (received, plain) {
        assert_eq!(*received.get(), plain);
        return true;
    }
    false
}

/// Whatever strangers post behind a good address.
pub(crate) fn push_body(input: &[u8]) -> bool {
    let query = PushQuery::parse(QUERY).expect("a published query");
    assert!(PUSH.receive(&query, input, PUSHED).is_err(), "nobody sealed this");
    let Some(message) = plain_push(input) else { return false };
    assert!(!message.identity().is_empty());
    true
}

fn plain_push(body: &[u8]) -> Option<Message> {
    let query = PushQuery::parse(QUERY).expect("a published query");
    let push = PlainPush::new(PushToken::new("pamtest").expect("a token"));
    push.receive(&query, body, PUSHED).ok().map(|hint| hint.get().clone())
}

/// An address confirms only what the Token signed.
pub(crate) fn push_query(input: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(input) else { return false };
    let Ok(query) = PushQuery::parse(text) else { return false };
    if let Ok(echo) = PUSH.echo(&query, PUSHED) {
        assert!(text.contains("76480565cbe296026c53aaacd1ad523a1ddba24f"), "{text} gives {echo}");
        return true;
    }
    false
}

/// Two lines: `iv` and `encryptedData`, as the front end sends them.
pub(crate) fn open_data(input: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(input) else { return false };
    let Some((iv, sealed)) = text.split_once('\n') else { return false };
    let Ok(data) = OpenData::new(sealed, iv) else { return false };
    let key = SessionKey::new("tiihtNczf5v6AKRyjwEUhQ==").expect("a published key");
    let appid = Appid::new("wx4f4bc4dec97d474b").expect("an appid");
    let Ok(opened) = data.open(&key, &appid, Timestamp::from_unix(1_477_314_187)) else {
        return false;
    };
    assert_eq!(format!("{opened:?}"), "Opened(..)");
    drop(opened.phone());
    true
}

/// The address that the published query and signature belong to.
const QUERY: &str =
    "signature=76480565cbe296026c53aaacd1ad523a1ddba24f&timestamp=1409304348&nonce=xxxxxx";

const PUSHED: Timestamp = Timestamp::from_unix(1_409_304_348);

static PUSH: LazyLock<SealedPush> = LazyLock::new(|| {
    let key = EncodingAesKey::new("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG").expect("a key");
    let token = PushToken::new("pamtest").expect("a token");
    SealedPush::new(Appid::new("wxb11529c136998cb6").expect("an appid"), token, key)
});

static NONCE: LazyLock<NonceStr> = LazyLock::new(|| NonceStr::new("n1").expect("a nonce"));
