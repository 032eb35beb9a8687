//! Data that a mini program's front end hands over encrypted or signed with the `session_key`
//! (<https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/signature.html>).
//!
//! An older way that `wx.getWeRunData` and old phone-number buttons still use. Prefer
//! [`phone::ByCode`](super::phone::ByCode), where WeChat answers us directly.
//!
//! **The encryption proves little.** It is AES-CBC without a signature: a user who cannot read the
//! plaintext can still bend it, the first sixteen bytes through the `iv` at will, and behind them at
//! the price of a garbled block. So nothing is taken for granted that the server knows better:
//! [`OpenData::open`] demands our appid, a recent time and JSON, [`UserInfo::of`] the openid of the
//! very login, and a phone number that is one. What
//! [`check_raw_data`] lets through is signed.
//!
//! ```
//! use suanpan_wechat::{
//!     Timestamp,
//!     id::{Appid, Openid},
//!     miniprogram::open_data::{OpenData, UserInfo},
//!     secret::SessionKey,
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let from_front_end = ("CiyLU1Aw2KjvrjMdj8YKliAjtP4gsMZMQmRzooG2xrDcvSnxIMXFufNstNGTyaGS9uT5geRa0W4oTOb1WT7fJlAC+oNPdbB+3hVbJSRgv+4lGOETKUQz6OYStslQ142dNCuabNPGBzlooOmB231qMM85d2/fV6ChevvXvQP8Hkue1poOFtnEtpyxVLW1zAo6/1Xx1COxFvrc2d7UL/lmHInNlxuacJXwu0fjpXfz/YqYzBIBzD6WUfTIF9GRHpOn/Hz7saL8xz+W//FRAUid1OksQaQx4CMs8LOddcQhULW4ucetDf96JcR3g0gfRK4PC7E/r7Z6xNrXd2UIeorGj5Ef7b1pJAYB6Y5anaHqZ9J6nKEBvB4DnNLIVWSgARns/8wR2SiRS7MNACwTyrGvt9ts8p12PKFdlqYTopNHR1Vf7XjfhQlVsAJdNiKdYmYVoKlaRv85IfVunYzO0IKXsyl7JCUjCpoG20f0a04COwfneQAGGwd5oa+T8yO5hzuyDb/XcxxmK01EpqOyuxINew==", "r7BXXKkLb8qrSNn05n0qiA==");
//! # let now = Timestamp::from_unix(1_477_314_187);
//! let session_key = SessionKey::new("tiihtNczf5v6AKRyjwEUhQ==")?;
//! let openid = Openid::new("oGZUI0egBJY1zhBYw2KhdUfwVJJE")?;
//! let (encrypted_data, iv) = from_front_end;
//! let opened = OpenData::new(encrypted_data, iv)?.open(
//!     &session_key,
//!     &Appid::new("wx4f4bc4dec97d474b")?,
//!     now,
//! )?;
//! let user = UserInfo::of(&opened, &openid)?;
//! assert_eq!(user.union_id.as_deref(), Some("ocMvos6NjeKLIBqg5Mr9QjxrP1FA"));
//! # Ok(())
//! # }
//! ```

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use super::phone::PhoneInfo;
use crate::{
    Timestamp,
    cbc::{self, Suite},
    digest::sha1,
    id::{Appid, Openid},
    open_api::Attested,
    secret::SessionKey,
};

/// How far the watermark's time may lie from ours, in either direction, in seconds.
pub const FRESH_SECONDS: i64 = 300;

/// The longest text that is looked at; real ones have under 2 KiB, a month of steps some more.
pub const TEXT_LIMIT: usize = 64 * 1024;

/// The data cannot be used, and deliberately nothing more: whoever sends it again with changes
/// shall not learn how far it came. Usually the session_key is a newer one's predecessor; the front
/// end logs in and asks the user again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the open data does not belong to this login")]
pub struct DoesNotOpen;

/// `encryptedData` and `iv` as the front end got them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenData {
    ciphertext: Vec<u8>,
    iv: [u8; 16],
}

impl OpenData {
    /// # Errors
    /// When the texts are not Base64, `iv` has another length than 16 bytes, or there is more than
    /// [`TEXT_LIMIT`].
    pub fn new(encrypted_data: &str, iv: &str) -> Result<Self, DoesNotOpen> {
        if encrypted_data.len() > TEXT_LIMIT || iv.len() != 24 {
            return Err(DoesNotOpen);
        }
        let decode = |text| STANDARD.decode(text).map_err(|_| DoesNotOpen);
        let iv = decode(iv)?.try_into().map_err(|_| DoesNotOpen)?;
        Ok(Self { ciphertext: decode(encrypted_data)?, iv })
    }

    /// Decrypts, and checks the watermark against our appid and clock.
    ///
    /// # Errors
    /// See [`DoesNotOpen`].
    pub fn open(
        &self,
        session_key: &SessionKey,
        appid: &Appid,
        now: Timestamp,
    ) -> Result<Opened, DoesNotOpen> {
        let key = session_key.bytes().ok_or(DoesNotOpen)?;
        let json =
            cbc::open(Suite::OpenData, &*key, self.iv, &self.ciphertext).ok_or(DoesNotOpen)?;
        let marked: Marked = serde_json::from_slice(&json).map_err(|_| DoesNotOpen)?;
        let fresh = now.since(Timestamp::from_unix(marked.watermark.timestamp)).abs();
        if marked.watermark.appid != *appid || fresh > FRESH_SECONDS {
            return Err(DoesNotOpen);
        }
        Ok(Opened(json))
    }
}

/// Where and when WeChat made the data.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Watermark {
    /// For which app.
    pub appid: Appid,
    /// Unix seconds.
    pub timestamp: i64,
}

#[derive(serde::Deserialize)]
struct Marked {
    watermark: Watermark,
}

/// Decrypted JSON with our watermark. Personal data: not printed, wiped when dropped.
pub struct Opened(Zeroizing<Vec<u8>>);

impl Opened {
    /// Reads it as what the front end's API promises. The types of this crate check more than the
    /// watermark; one of your own has to compare whatever identifies the user with the session.
    ///
    /// # Errors
    /// When it is something else.
    pub fn read<T: serde::de::DeserializeOwned>(&self) -> Result<T, DoesNotOpen> {
        serde_json::from_slice(&self.0).map_err(|_| DoesNotOpen)
    }

    /// The phone number of the older `getPhoneNumber` button.
    ///
    /// # Errors
    /// When it is something else.
    pub fn phone(&self) -> Result<PhoneInfo, DoesNotOpen> {
        self.read()
    }
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Opened(..)")
    }
}

/// The profile of `wx.getUserInfo` and `wx.getUserProfile`. Newer clients fill in a grey avatar and
/// a common name: take openid and unionid, ask the user for the rest.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserInfo {
    /// The person, as this mini program knows them.
    pub open_id: Openid,
    /// The person across apps bound to one open-platform account.
    pub union_id: Option<String>,
    /// What the user calls themselves.
    pub nick_name: String,
    /// 0 unknown, 1 male, 2 female; today always 0.
    #[serde(default)]
    pub gender: i64,
    /// Of the client: `zh_CN`, `zh_TW`, `en`.
    #[serde(default)]
    pub language: String,
    /// Empty today.
    #[serde(default)]
    pub city: String,
    /// Empty today.
    #[serde(default)]
    pub province: String,
    /// Empty today.
    #[serde(default)]
    pub country: String,
    /// Address of a picture.
    #[serde(default)]
    pub avatar_url: String,
}

impl UserInfo {
    /// The profile of the person who logged in as `openid`; of nobody else, because the ciphertext
    /// can be bent.
    ///
    /// # Errors
    /// When it is another person's, or no profile.
    pub fn of(opened: &Opened, openid: &Openid) -> Result<Self, DoesNotOpen> {
        let user: Self = opened.read()?;
        if user.open_id == *openid { Ok(user) } else { Err(DoesNotOpen) }
    }
}

/// Checks `rawData`, readable profile data that is signed with the session_key, against its
/// `signature`. `raw_data` exactly as the front end got it, byte for byte.
///
/// The signature is SHA-1 over the text followed by the session_key's Base64 text. That is no HMAC,
/// but with the secret behind the text there is nothing to extend.
///
/// # Errors
/// When the signature is not that of this login.
pub fn check_raw_data<'a>(
    raw_data: &'a str,
    signature: &str,
    session_key: &SessionKey,
) -> Result<Attested<&'a str>, DoesNotOpen> {
    let expected = sha1(&[raw_data, session_key.expose()]);
    verify_slices_are_equal(expected.as_bytes(), signature.as_bytes()).map_err(|_| DoesNotOpen)?;
    Ok(Attested::checked(raw_data))
}
