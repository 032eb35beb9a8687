//! `POST /wxa/business/getuserphonenumber`: the phone number behind a button's code
//! (<https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-info/phone-number/getPhoneNumber.html>).
//!
//! The code of the button is *not* the code of `wx.login`; mixing them up is the classic 40029. It
//! lives five minutes, works once, and each use is paid for.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::open_data::Watermark;
use crate::{
    id::{Appid, Openid},
    open_api::{
        OpenCall, OpenRequest, Unreadable, json,
        wire::{one_time_code, text_or_number},
    },
    secret::AccessToken,
};

/// One code of a phone-number button to exchange.
#[derive(Debug, Clone)]
pub struct ByCode {
    /// The mini program the code was made for; compared with the answer's watermark.
    pub appid: Appid,
    /// What `bindgetphonenumber` gave.
    pub code: PhoneCode,
    /// Who is logged in: WeChat then refuses a code of somebody else. Leave it out only for a
    /// visitor without a login.
    pub openid: Option<Openid>,
}

one_time_code!(
    /// A code of a phone-number button; today 64 hex digits.
    PhoneCode
);

/// A user's phone number.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PhoneInfo {
    /// With the country's prefix unless it is a mainland number.
    pub phone_number: PhoneNumber,
    /// Without the country's prefix.
    pub pure_phone_number: PhoneNumber,
    /// `86`; a text by its page, a number in the page's example.
    #[serde(deserialize_with = "text_or_number")]
    pub country_code: String,
    /// Where and when WeChat looked it up.
    pub watermark: Watermark,
}

/// Digits, with `+`, `-` or blanks of a foreign number; 3 to 32 characters. Personal data: `Debug`
/// does not show it.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop, serde::Deserialize)]
#[serde(try_from = "String")]
pub struct PhoneNumber(String);

/// The text is not a phone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a phone number is 3 to 32 digits, + - or blanks")]
pub struct InvalidPhoneNumber;

impl PhoneNumber {
    /// The number.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for PhoneNumber {
    type Error = InvalidPhoneNumber;
    fn try_from(text: String) -> Result<Self, InvalidPhoneNumber> {
        let plain = |b: u8| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b' ');
        let number = Self(text);
        if (3..=32).contains(&number.0.len()) && number.0.bytes().all(plain) {
            Ok(number)
        } else {
            Err(InvalidPhoneNumber)
        }
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PhoneNumber(..)")
    }
}

#[derive(serde::Serialize)]
struct Body<'a> {
    code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    openid: Option<&'a Openid>,
}

#[derive(serde::Deserialize)]
struct Answer {
    phone_info: PhoneInfo,
}

impl OpenCall for ByCode {
    type Answer = PhoneInfo;
    type Credential = AccessToken;
    const NAME: &'static str = "miniprogram.phone";

    fn request(&self, token: &AccessToken) -> OpenRequest {
        OpenRequest::post(
            "/wxa/business/getuserphonenumber",
            token,
            &Body { code: &self.code.0, openid: self.openid.as_ref() },
        )
    }

    fn read(&self, body: &[u8]) -> Result<PhoneInfo, Unreadable> {
        let expected = "a phone number of this app";
        let Answer { phone_info } = json(body, expected)?;
        if phone_info.watermark.appid == self.appid {
            Ok(phone_info)
        } else {
            Err(Unreadable { expected })
        }
    }
}
