//! Data encrypted or signed with a session_key.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use proptest::prelude::*;
use suanpan_wechat::{
    Timestamp,
    id::{Appid, Openid},
    miniprogram::open_data::{DoesNotOpen, OpenData, UserInfo, check_raw_data},
    secret::SessionKey,
};

use super::{appid, session_key};

/// The sample of the signature page, as several SDKs carry it in their tests.
const IV: &str = "r7BXXKkLb8qrSNn05n0qiA==";
const SEALED: &str = "CiyLU1Aw2KjvrjMdj8YKliAjtP4gsMZMQmRzooG2xrDcvSnxIMXFufNstNGTyaGS9uT5geRa0W4oTOb1WT7fJlAC+oNPdbB+3hVbJSRgv+4lGOETKUQz6OYStslQ142dNCuabNPGBzlooOmB231qMM85d2/fV6ChevvXvQP8Hkue1poOFtnEtpyxVLW1zAo6/1Xx1COxFvrc2d7UL/lmHInNlxuacJXwu0fjpXfz/YqYzBIBzD6WUfTIF9GRHpOn/Hz7saL8xz+W//FRAUid1OksQaQx4CMs8LOddcQhULW4ucetDf96JcR3g0gfRK4PC7E/r7Z6xNrXd2UIeorGj5Ef7b1pJAYB6Y5anaHqZ9J6nKEBvB4DnNLIVWSgARns/8wR2SiRS7MNACwTyrGvt9ts8p12PKFdlqYTopNHR1Vf7XjfhQlVsAJdNiKdYmYVoKlaRv85IfVunYzO0IKXsyl7JCUjCpoG20f0a04COwfneQAGGwd5oa+T8yO5hzuyDb/XcxxmK01EpqOyuxINew==";
const MADE_AT: Timestamp = Timestamp::from_unix(1_477_314_187);

fn open_at(now: Timestamp) -> Result<UserInfo, DoesNotOpen> {
    let opened = OpenData::new(SEALED, IV)?.open(&session_key(), &appid(), now)?;
    UserInfo::of(&opened, &Openid::new("oGZUI0egBJY1zhBYw2KhdUfwVJJE").unwrap())
}

#[test]
fn the_pages_sample_opens() {
    let user = open_at(MADE_AT).unwrap();
    assert_eq!(user.nick_name, "Band");
    assert_eq!(user.union_id.as_deref(), Some("ocMvos6NjeKLIBqg5Mr9QjxrP1FA"));
    assert_eq!((user.gender, user.city.as_str(), user.country.as_str()), (1, "Guangzhou", "CN"));
    assert!(user.avatar_url.ends_with("hw5pRjl1p8HQ/0") || user.avatar_url.ends_with("p8HQ/0"));
}

#[test]
fn the_watermark_must_be_ours_and_fresh() {
    for within in [-300, 0, 300] {
        assert!(open_at(MADE_AT.plus(within)).is_ok(), "{within}");
    }
    for outside in [-301, 301, 86_400] {
        assert_eq!(open_at(MADE_AT.plus(outside)), Err(DoesNotOpen), "{outside}");
    }
    let data = OpenData::new(SEALED, IV).unwrap();
    let other = Appid::new("wx4f4bc4dec97d474c").unwrap();
    assert!(data.open(&session_key(), &other, MADE_AT).is_err());
    let other = SessionKey::new("o0q0otL8aEzpcZL/FT9WsQ==").unwrap();
    assert!(data.open(&other, &appid(), MADE_AT).is_err());
}

#[test]
fn o13_somebody_elses_profile_is_not_taken() {
    let opened =
        OpenData::new(SEALED, IV).unwrap().open(&session_key(), &appid(), MADE_AT).unwrap();
    let openid = Openid::new("oGZUI0egBJY1zhBYw2KhdUfwVJJF").unwrap();
    assert_eq!(UserInfo::of(&opened, &openid), Err(DoesNotOpen));
    assert!(opened.phone().is_err(), "a profile is no phone number");
    assert_eq!(format!("{opened:?}"), "Opened(..)");
}

#[test]
fn texts_that_are_no_open_data_are_refused_before_any_key() {
    for (sealed, iv) in [
        ("", IV),
        ("AAAA", IV),
        ("not base64", IV),
        (SEALED, ""),
        (SEALED, "r7BXXKkLb8qrSNn05n0q"),
        (SEALED, "r7BXXKkLb8qrSNn05n0qiAAA"),
        (&SEALED[4..], IV),
    ] {
        let opened =
            OpenData::new(sealed, iv).and_then(|data| data.open(&session_key(), &appid(), MADE_AT));
        assert!(opened.is_err(), "{sealed} {iv}");
    }
    assert!(OpenData::new(&"A".repeat(64 * 1024 + 4), IV).is_err());
}

proptest! {
    /// CBC can be bent, so this is about what we read out of it: nobody becomes another person, and
    /// nothing becomes another app's.
    #[test]
    fn a_bent_ciphertext_makes_nobody_else(at in 0usize..512, bit in 0u8..8) {
        let mut bytes = STANDARD.decode(SEALED).unwrap();
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        let opened = OpenData::new(&STANDARD.encode(&bytes), IV)
            .and_then(|data| data.open(&session_key(), &appid(), MADE_AT));
        let openid = Openid::new("oGZUI0egBJY1zhBYw2KhdUfwVJJE").unwrap();
        if let Ok(user) = opened.and_then(|opened| UserInfo::of(&opened, &openid)) {
            prop_assert_eq!(user.open_id, openid);
        }
    }

    #[test]
    fn an_iv_with_a_changed_openid_makes_nobody_else(byte in 11usize..16, bit in 0u8..8) {
        let mut iv = STANDARD.decode(IV).unwrap();
        iv[byte] ^= 1 << bit;
        let opened = OpenData::new(SEALED, &STANDARD.encode(iv))
            .and_then(|data| data.open(&session_key(), &appid(), MADE_AT));
        let openid = Openid::new("oGZUI0egBJY1zhBYw2KhdUfwVJJE").unwrap();
        prop_assert!(opened.and_then(|opened| UserInfo::of(&opened, &openid)).is_err());
    }
}

/// The other sample of the page: readable data and its signature.
const RAW: &str = r#"{"nickName":"Band","gender":1,"language":"zh_CN","city":"Guangzhou","province":"Guangdong","country":"CN","avatarUrl":"http://wx.qlogo.cn/mmopen/vi_32/1vZvI39NWFQ9XM4LtQpFrQJ1xlgZxx3w7bQxKARol6503Iuswjjn6nIGBiaycAjAtpujxyzYsrztuuICqIM5ibXQ/0"}"#;
const RAW_SIGNED: &str = "75e81ceda165f4ffa64f4068af58c64b8f54b88c";

fn raw_key() -> SessionKey {
    SessionKey::new("HyVFkGl5F5OQWJZZaNzBBg==").unwrap()
}

#[test]
fn the_pages_signature_is_accepted() {
    assert_eq!(*check_raw_data(RAW, RAW_SIGNED, &raw_key()).unwrap().get(), RAW);
    assert!(check_raw_data(RAW, RAW_SIGNED, &session_key()).is_err());
    assert!(check_raw_data(RAW, &RAW_SIGNED.to_uppercase(), &raw_key()).is_err());
    for signature in ["", "75e81ced", &format!("{RAW_SIGNED}00")] {
        assert!(check_raw_data(RAW, signature, &raw_key()).is_err(), "{signature}");
    }
}

#[test]
fn n09_raw_data_or_signature_with_any_byte_changed_is_refused() {
    let flips = |text: &'static str| {
        (0..text.len()).filter_map(move |at| {
            let mut bytes = text.as_bytes().to_vec();
            bytes[at] ^= 1;
            String::from_utf8(bytes).ok()
        })
    };
    for raw in flips(RAW) {
        assert!(check_raw_data(&raw, RAW_SIGNED, &raw_key()).is_err(), "{raw}");
    }
    for signature in flips(RAW_SIGNED) {
        assert!(check_raw_data(RAW, &signature, &raw_key()).is_err(), "{signature}");
    }
}
