//! The signature of the v2 protocol: a digest over all fields and a key both sides share.
//!
//! The fields that have a value, except `sign`, are joined by name as `a=1&b=2`, raw, then
//! `&key=…`. The digest of that text, in upper-case hex, is `sign` (docs/protocol/v2.md).
//!
//! Which digest is the merchant's configuration and nothing else: a message that names another
//! one is refused, because whoever may choose the algorithm may choose the weaker one (threat n04).

use aws_lc_rs::{constant_time, hmac};
use md5::{Digest as _, Md5};

use crate::{
    pay_v2::xml::Fields,
    secret::{ApiV2Key, debug_without_secrets},
    verify::VerifyError,
};

/// The two digests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SignType {
    /// What a message without `sign_type` is signed with.
    Md5,
    /// What a new merchant should choose.
    HmacSha256,
}

impl SignType {
    /// As on the wire; lower case is refused there.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            SignType::Md5 => "MD5",
            SignType::HmacSha256 => "HMAC-SHA256",
        }
    }
}

/// What one merchant's v2 messages are signed with, in both directions.
#[derive(Clone)]
pub struct Keys {
    sign_type: SignType,
    current: ApiV2Key,
    previous: Option<ApiV2Key>,
}

debug_without_secrets!(Keys { sign_type });

impl Keys {
    /// The merchant's choice of digest, and the key of the merchant console.
    #[must_use]
    pub const fn new(sign_type: SignType, key: ApiV2Key) -> Self {
        Self { sign_type, current: key, previous: None }
    }

    /// Believes `previous` too, for as long as messages signed with it may arrive: a key changed
    /// in the console takes effect at once, on notifications that are queued already not at all.
    #[must_use]
    pub fn with_previous(self, previous: ApiV2Key) -> Self {
        Self { previous: Some(previous), ..self }
    }

    /// The configured digest.
    #[must_use]
    pub const fn sign_type(&self) -> SignType {
        self.sign_type
    }

    /// The value of `sign` for `fields`, which may hold an old one.
    #[must_use]
    pub fn sign(&self, fields: &Fields) -> String {
        self.sign_with(self.sign_type, fields)
    }

    /// For the endpoints that accept one digest only.
    pub(crate) fn sign_with(&self, sign_type: SignType, fields: &Fields) -> String {
        digest(fields, sign_type, self.current.bytes())
    }

    pub(crate) fn check(&self, fields: &Fields) -> Result<(), VerifyError> {
        let sign = fields.get("sign").ok_or(VerifyError::NoSign)?;
        if fields.get("sign_type").is_some_and(|named| named != self.sign_type.as_str()) {
            return Err(VerifyError::OtherSignType);
        }
        let is_signed_by = |key: &ApiV2Key| is_digest(sign, fields, self.sign_type, key.bytes());
        if self.all().any(is_signed_by) { Ok(()) } else { Err(VerifyError::BadSignature) }
    }

    /// The current key first.
    pub(crate) fn all(&self) -> impl Iterator<Item = &ApiV2Key> {
        std::iter::once(&self.current).chain(&self.previous)
    }
}

/// Constant-time, and exact: WeChat writes upper case, so nothing else is accepted.
fn is_digest(sign: &str, fields: &Fields, sign_type: SignType, key: &[u8]) -> bool {
    let expected = digest(fields, sign_type, key);
    constant_time::verify_slices_are_equal(expected.as_bytes(), sign.as_bytes()).is_ok()
}

fn digest(fields: &Fields, sign_type: SignType, key: &[u8]) -> String {
    match sign_type {
        SignType::Md5 => {
            let mut md5 = Md5::new();
            feed(fields, key, |piece| md5.update(piece));
            hex::encode_upper(md5.finalize())
        }
        SignType::HmacSha256 => {
            let mut mac = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
            feed(fields, key, |piece| mac.update(piece));
            hex::encode_upper(mac.sign())
        }
    }
}

/// Piece by piece, so that no copy of the key is left behind in a text.
fn feed(fields: &Fields, key: &[u8], mut update: impl FnMut(&[u8])) {
    for (name, value) in fields.iter().filter(|(name, _)| *name != "sign") {
        for piece in [name, "=", value, "&"] {
            update(piece.as_bytes());
        }
    }
    update(b"key=");
    update(key);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keys of the published examples have any length; those of merchants have 32 bytes.
    fn assert_signed(fields: &[(&str, &str)], key: &str, sign_type: SignType, expected: &str) {
        let mut set = Fields::default();
        for (name, value) in fields {
            set.insert(name, *value).unwrap();
        }
        assert_eq!(digest(&set, sign_type, key.as_bytes()), expected);
        assert!(is_digest(expected, &set, sign_type, key.as_bytes()));
        assert!(!is_digest(&expected.to_lowercase(), &set, sign_type, key.as_bytes()));
        assert!(!is_digest(&expected[1..], &set, sign_type, key.as_bytes()));
        assert!(!is_digest("", &set, sign_type, key.as_bytes()));
    }

    #[test]
    fn two_letters_under_a_short_key() {
        let md5 = "85566166DABF8B84307C0AF0A7699366";
        let hmac = "AAF907CA1B2239E0187A4BD73331DCD840F84748C6905B7FD857688BED84ACF7";
        let bare: &[_] = &[("a", "3"), ("b", "4")];
        // Neither an old signature nor an empty value takes part.
        let more: &[_] = &[("b", "4"), ("sign", "old"), ("c", ""), ("a", "3")];
        for fields in [bare, more] {
            assert_signed(fields, "abc", SignType::Md5, md5);
            assert_signed(fields, "abc", SignType::HmacSha256, hmac);
        }
    }

    #[test]
    fn a_cashier_invocation_under_a_short_key() {
        for (sign_type, expected) in [
            (SignType::Md5, "C52D6B09E8A039D6E8696A014BB37160"),
            (
                SignType::HmacSha256,
                "BAC9240577E86EDC7753264E502196C61F78F24777E9E7CCE82A7BD97F906EED",
            ),
        ] {
            let fields = [
                ("appId", "mock-appid"),
                ("timeStamp", "1601234567"),
                ("nonceStr", "mock-nonce"),
                ("package", "prepay_id=mock-prepay-id"),
                ("signType", sign_type.as_str()),
            ];
            assert_signed(&fields, "mock-v2-secret-key", sign_type, expected);
        }
    }

    /// Zero is a value, blanks are data, nothing is escaped, and capitals come before `_`.
    #[test]
    fn odd_values_are_signed_as_they_are() {
        let fields = [
            ("a", "0"),
            ("b", ""),
            ("c", " x "),
            ("d", "a&b=c<d>"),
            ("e", "中文"),
            ("E", "up"),
            ("_z", "1"),
        ];
        assert_signed(&fields, "k", SignType::Md5, "AC31567957C95EE754FAE3F3E4B1F262");
    }
}
