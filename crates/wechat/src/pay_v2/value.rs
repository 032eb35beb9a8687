//! Values of fields: texts with limits on the way out, checked readings on the way in.

use std::fmt;

use crate::{
    Fen, Timestamp,
    call::Malformed,
    id::{Appid, Mchid, OutTradeNo, TransactionId},
    pay_v2::{beijing, xml::Fields},
    text::is_plain,
};

/// A text of 1 to `LIMIT` characters without control characters and without emoji (WeChat takes
/// UTF-8 of up to three bytes a character). The documents count characters; whether some limits
/// are enforced in bytes is **unconfirmed**, so shorter is safer.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct Text<const LIMIT: usize>(String);

/// The text cannot stand in a v2 request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to {limit} characters without emoji or control characters")]
pub struct InvalidText {
    limit: usize,
}

impl<const LIMIT: usize> Text<LIMIT> {
    /// # Errors
    /// When the text breaks the rule above.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidText> {
        let text = text.into();
        let fits = (1..=LIMIT).contains(&text.chars().count());
        if fits && is_plain(&text) && !text.contains(['\u{fffe}', '\u{ffff}']) {
            Ok(Self(text))
        } else {
            Err(InvalidText { limit: LIMIT })
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const LIMIT: usize> fmt::Display for Text<LIMIT> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who calls, and for whom; also whom an answer or a notification is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merchant {
    /// The app; bound to `mch_id`. In partner mode the partner's.
    pub appid: Appid,
    /// The merchant whose key signs. In partner mode the partner.
    pub mch_id: Mchid,
    /// In partner mode, the merchant who is paid.
    pub sub_merchant: Option<SubMerchant>,
}

/// The merchant a partner (服务商) acts for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubMerchant {
    /// The sub-merchant.
    pub sub_mch_id: Mchid,
    /// Its own app, where it has one; needed to name payers by `sub_openid`.
    pub sub_appid: Option<Appid>,
}

impl Merchant {
    /// A merchant who acts for nobody else.
    #[must_use]
    pub const fn direct(appid: Appid, mch_id: Mchid) -> Self {
        Self { appid, mch_id, sub_merchant: None }
    }

    pub(crate) fn write(&self, fields: &mut Fields) {
        fields.put("appid", &self.appid);
        fields.put("mch_id", &self.mch_id);
        if let Some(sub) = &self.sub_merchant {
            fields.put("sub_mch_id", &sub.sub_mch_id);
            fields.put_some("sub_appid", sub.sub_appid.as_ref());
        }
    }

    pub(crate) fn read(fields: &Fields) -> Result<Self, Malformed> {
        let sub_merchant = fields.optional("sub_mch_id")?.map(|sub_mch_id| {
            fields.optional("sub_appid").map(|sub_appid| SubMerchant { sub_mch_id, sub_appid })
        });
        Ok(Self {
            appid: fields.required("appid")?,
            mch_id: fields.required("mch_id")?,
            sub_merchant: sub_merchant.transpose()?,
        })
    }
}

/// Which payment: WeChat's number, or the merchant's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Number {
    /// WeChat's.
    TransactionId(TransactionId),
    /// The merchant's.
    OutTradeNo(OutTradeNo),
}

impl Number {
    pub(crate) fn write(&self, fields: &mut Fields) {
        match self {
            Number::TransactionId(number) => fields.put("transaction_id", number),
            Number::OutTradeNo(number) => fields.put("out_trade_no", number),
        }
    }
}

/// Names the field that cannot be read: it alone says enough, and its value may be a person's.
impl Fields {
    /// A field that must be there.
    pub(crate) fn required<T: TryFrom<String>>(&self, name: &'static str) -> Result<T, Malformed> {
        present(name, self.optional(name)?)
    }

    /// A field that may be absent or empty, but not wrong.
    pub(crate) fn optional<T: TryFrom<String>>(
        &self,
        name: &'static str,
    ) -> Result<Option<T>, Malformed> {
        self.parsed(name, name, |text| T::try_from(text.to_owned()).ok())
    }

    pub(crate) fn required_fen(&self, name: &'static str) -> Result<Fen, Malformed> {
        present(name, self.optional_fen(name)?)
    }

    pub(crate) fn optional_fen(&self, name: &'static str) -> Result<Option<Fen>, Malformed> {
        self.parsed(name, name, fen)
    }

    pub(crate) fn optional_count(&self, name: &'static str) -> Result<Option<usize>, Malformed> {
        self.parsed(name, name, whole)
    }

    pub(crate) fn required_time(&self, name: &'static str) -> Result<Timestamp, Malformed> {
        present(name, self.parsed(name, name, beijing::read)?)
    }

    /// A free text.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.get(name).map(str::to_owned)
    }

    /// Reads a field whose name was put together; `expected` stands for all of its kind.
    pub(crate) fn parsed<T>(
        &self,
        name: &str,
        expected: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Malformed> {
        self.get(name).map(|text| parse(text).ok_or(Malformed { expected })).transpose()
    }
}

pub(crate) fn present<T>(name: &'static str, value: Option<T>) -> Result<T, Malformed> {
    value.ok_or(Malformed { expected: name })
}

/// Whole fen and nothing else: no sign, no decimals, no leading zeros.
pub(crate) fn fen(text: &str) -> Option<Fen> {
    let amount = Fen::new(text.parse().ok()?).ok()?;
    (amount.count().to_string() == text).then_some(amount)
}

pub(crate) fn whole(text: &str) -> Option<usize> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_keep_their_limits() {
        assert!(Text::<3>::new("公仔x").is_ok());
        for bad in ["", "四个字符", "a\nb", "\u{1f600}", "\u{7f}", "\u{ffff}"] {
            assert!(Text::<3>::new(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn o02_amounts_have_one_spelling() {
        assert_eq!(fen("0"), Some(Fen::ZERO));
        for odd in ["", "-1", "+1", "01", "1.0", "1e2", " 1", "１", "9223372036854775808"] {
            assert_eq!(fen(odd), None, "{odd:?}");
        }
    }
}
