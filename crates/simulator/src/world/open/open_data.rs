//! What a mini program learns about its user: profile and phone number (§3, §4).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use suanpan_wechat::id::{Appid, Openid};

use super::{
    Call, POST,
    answer::{Answer, OpenError, done, text},
    cipher::{seal_open_data, sha1},
    code::Purpose,
    login::key_bytes,
};
use crate::world::{
    cashier::{Refusal, RefusalCode},
    exchange::{HttpRequest, Times},
    identity::AppKind,
    state::World,
};

pub(super) const CALLS: &[Call] =
    &[Call { method: POST, path: "/wxa/business/getuserphonenumber", answer: World::phone_number }];

/// What everybody is called since profiles are no longer given away.
const NICKNAME: &str = "微信用户";

/// The grey picture everybody has.
const AVATAR: &str = "https://thirdwx.qlogo.cn/mmopen/vi_32/POgEwh4mIHO4nibH0KlMECNjjGxQUq24ZEaGT4poC6icRiccVGKSyXwibcPq4BWmiaIGuG1icwxaQX6grC9VemZoJ8rg/132";

/// `event.detail` of the phone-number button.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PhoneNumberDetail {
    /// `getPhoneNumber:ok`.
    pub err_msg: &'static str,
    /// For the server: not the code of `wx.login`.
    pub code: String,
    /// The legacy way: sealed with the session key, if the person has logged in.
    #[serde(flatten)]
    pub sealed: Option<SealedData>,
}

/// Open data, sealed with the session key.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SealedData {
    /// Base64.
    pub encrypted_data: String,
    /// Base64 of 16 bytes.
    pub iv: String,
}

/// What `wx.getUserProfile` gives.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UserProfile {
    /// `getUserProfile:ok`.
    pub err_msg: &'static str,
    /// The signed text: [`UserProfile::user_info`] as JSON.
    pub raw_data: String,
    /// SHA-1 over that text and the text of the session key.
    pub signature: String,
    /// The same with openid, unionid and watermark.
    #[serde(flatten)]
    pub sealed: SealedData,
    /// For the page.
    pub user_info: UserInfo,
}

/// The visible part of a profile, in the order of captures.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UserInfo {
    /// 微信用户.
    pub nick_name: &'static str,
    /// Unknown.
    pub gender: u8,
    /// `zh_CN`.
    pub language: &'static str,
    /// Empty.
    pub city: &'static str,
    /// Empty.
    pub province: &'static str,
    /// Empty.
    pub country: &'static str,
    /// The grey picture.
    pub avatar_url: &'static str,
}

const NOBODYS_PROFILE: UserInfo = UserInfo {
    nick_name: NICKNAME,
    gender: 0,
    language: "zh_CN",
    city: "",
    province: "",
    country: "",
    avatar_url: AVATAR,
};

#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct SealedProfile<'a> {
    open_id: &'a Openid,
    #[serde(flatten)]
    user_info: UserInfo,
    #[serde(skip_serializing_if = "Option::is_none")]
    union_id: Option<&'a str>,
    watermark: Watermark<'a>,
}

#[derive(serde::Serialize)]
struct Watermark<'a> {
    timestamp: i64,
    appid: &'a Appid,
}

impl World {
    /// A person presses the phone-number button of a mini program and agrees.
    ///
    /// # Errors
    /// When app or user do not exist.
    pub fn press_phone_number(
        &mut self,
        appid: &Appid,
        user: &str,
        now: Times,
    ) -> Result<PhoneNumberDetail, Refusal> {
        self.person_in_app(appid, AppKind::MiniProgram, user)?;
        let code = self.state.chance.hex(64);
        let purpose = Purpose::PhoneNumber { user: user.to_owned() };
        self.state.open.codes.add(&code, appid, purpose, now);
        let plaintext = self.phone_info(appid, user, now).to_string();
        let sealed = self.seal_for(appid, user, &plaintext);
        Ok(PhoneNumberDetail { err_msg: "getPhoneNumber:ok", code, sealed })
    }

    /// A mini program asks for the profile and the person agrees.
    ///
    /// # Errors
    /// When app or user do not exist, or the person has not logged in there.
    pub fn user_profile(
        &mut self,
        appid: &Appid,
        user: &str,
        now: Times,
    ) -> Result<UserProfile, Refusal> {
        let openid = self.person_in_app(appid, AppKind::MiniProgram, user)?.clone();
        let not_logged_in =
            || Refusal::new(RefusalCode::NotAllowed, "getUserProfile:fail need login first");
        let key = self.session_key(appid, user).ok_or_else(not_logged_in)?;
        let raw_data =
            serde_json::to_string(&NOBODYS_PROFILE).expect("a profile has string keys and no maps");
        let signature = sha1(&[&raw_data, key]);
        let profile = SealedProfile {
            open_id: &openid,
            user_info: NOBODYS_PROFILE,
            union_id: self.unionid(appid, user),
            watermark: Watermark { timestamp: now.wall.unix(), appid },
        };
        let plaintext =
            serde_json::to_string(&profile).expect("a profile has string keys and no maps");
        let sealed = self.seal_for(appid, user, &plaintext).ok_or_else(not_logged_in)?;
        Ok(UserProfile {
            err_msg: "getUserProfile:ok",
            raw_data,
            signature,
            sealed,
            user_info: NOBODYS_PROFILE,
        })
    }

    fn phone_info(&self, appid: &Appid, user: &str, now: Times) -> Value {
        let profile = self.profile(user).expect("the caller knows the person");
        let pure = profile.phone_number;
        let country_code = profile.country_code;
        // Numbers of other countries carry their prefix.
        let full =
            if country_code == "86" { pure.clone() } else { format!("+{country_code}{pure}") };
        json!({
            "phoneNumber": full,
            "purePhoneNumber": pure,
            "countryCode": country_code,
            "watermark": {"timestamp": now.wall.unix(), "appid": appid},
        })
    }

    fn seal_for(&mut self, appid: &Appid, user: &str, plaintext: &str) -> Option<SealedData> {
        let key = key_bytes(self.session_key(appid, user)?);
        let key = key.expect("session keys are made of 16 bytes");
        let iv = self.state.chance.bytes::<16>();
        let sealed = seal_open_data(&key, iv, plaintext.as_bytes());
        Some(SealedData { encrypted_data: STANDARD.encode(sealed), iv: STANDARD.encode(iv) })
    }

    /// `POST /wxa/business/getuserphonenumber`.
    fn phone_number(&mut self, request: &HttpRequest, now: Times) -> Answer {
        let appid = self.app_with_token(request, AppKind::MiniProgram, now)?;
        let body = super::answer::object(request)?;
        let hint = format!("invalid code hint: [{}]", self.state.chance.alphanumeric(16));
        let invalid = OpenError::saying(OpenError::CODE.errcode, hint);
        let code = text(&body, "code").ok().flatten().ok_or(invalid.clone())?;
        let user = match self.state.open.codes.look(code, &appid, now) {
            Ok(Purpose::PhoneNumber { user }) => user.clone(),
            Ok(Purpose::Login { .. } | Purpose::Authorization(_)) | Err(_) => return Err(invalid),
        };
        if let Some(openid) = text(&body, "openid")?
            && self.user_named(&appid, openid)? != user
        {
            return Err(OpenError::OPENID);
        }
        self.state.open.codes.mark_used(code);
        let mut answer = done();
        answer["phone_info"] = self.phone_info(&appid, &user, now);
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The platform's own sample, with the first and last bytes of its ciphertext.
    #[test]
    fn open_data_is_sealed_as_the_published_sample() {
        let decode = |text| <[u8; 16]>::try_from(STANDARD.decode(text).unwrap()).unwrap();
        let (key, iv) = (decode("tiihtNczf5v6AKRyjwEUhQ=="), decode("r7BXXKkLb8qrSNn05n0qiA=="));
        assert_eq!(STANDARD.encode(seal_open_data(&key, iv, b"")), "qJ3AQxeKzsJ9mDC9BRN4YQ==");
        let plaintext = r#"{"openId":"oGZUI0egBJY1zhBYw2KhdUfwVJJE","nickName":"Band","gender":1,"language":"zh_CN","city":"Guangzhou","province":"Guangdong","country":"CN","avatarUrl":"http://wx.qlogo.cn/mmopen/vi_32/aSKcBBPpibyKNicHNTMM0qJVh8Kjgiak2AHWr8MHM4WgMEm7GFhsf8OYrySdbvAMvTsw3mo8ibKicsnfN5pRjl1p8HQ/0","unionId":"ocMvos6NjeKLIBqg5Mr9QjxrP1FA","watermark":{"timestamp":1477314187,"appid":"wx4f4bc4dec97d474b"}}"#;
        let sealed = STANDARD.encode(seal_open_data(&key, iv, plaintext.as_bytes()));
        assert!(
            sealed.starts_with("CiyLU1Aw2KjvrjMdj8YKliAjtP4gsMZMQmRzooG2xrDcvSnxIMXFufNstNGTyaGS")
        );
        assert!(sealed.ends_with("YVoKlaRv85IfVunYzO0IKXsyl7JCUjCpoG20f0a04COwfneQAGGwd5oa+T8yO5hzuyDb/XcxxmK01EpqOyuxINew=="));
    }

    #[test]
    fn raw_data_is_signed_as_the_published_sample() {
        let raw_data = r#"{"nickName":"Band","gender":1,"language":"zh_CN","city":"Guangzhou","province":"Guangdong","country":"CN","avatarUrl":"http://wx.qlogo.cn/mmopen/vi_32/1vZvI39NWFQ9XM4LtQpFrQJ1xlgZxx3w7bQxKARol6503Iuswjjn6nIGBiaycAjAtpujxyzYsrztuuICqIM5ibXQ/0"}"#;
        let hashed = sha1(&[raw_data, "HyVFkGl5F5OQWJZZaNzBBg=="]);
        assert_eq!(hashed, "75e81ceda165f4ffa64f4068af58c64b8f54b88c");
    }
}
