//! The text of a header, and the headers that sign what WeChat says (v3 §1.7).

use std::{fmt, ops::Deref, sync::Arc};

use suanpan_wechat::{Timestamp, sign::Signer, verify::signed_message};

use super::deferred::Deferred;

/// The value of a header that leaves WeChat. A signature is made when somebody looks at it.
#[derive(Clone)]
pub struct HeaderText(Text);

#[derive(Clone)]
enum Text {
    Known(String),
    Signature(Deferred<String>),
}

impl Deref for HeaderText {
    type Target = str;

    fn deref(&self) -> &str {
        match &self.0 {
            Text::Known(text) => text,
            Text::Signature(text) => text,
        }
    }
}

impl AsRef<str> for HeaderText {
    fn as_ref(&self) -> &str {
        self
    }
}

impl From<String> for HeaderText {
    fn from(text: String) -> Self {
        Self(Text::Known(text))
    }
}

impl From<&str> for HeaderText {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<Deferred<String>> for HeaderText {
    fn from(signature: Deferred<String>) -> Self {
        Self(Text::Signature(signature))
    }
}

impl From<HeaderText> for String {
    fn from(text: HeaderText) -> Self {
        match text.0 {
            Text::Known(text) => text,
            Text::Signature(text) => Self::clone(&text),
        }
    }
}

impl fmt::Debug for HeaderText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl fmt::Display for HeaderText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl PartialEq for HeaderText {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for HeaderText {}

impl PartialEq<str> for HeaderText {
    fn eq(&self, other: &str) -> bool {
        **self == *other
    }
}

impl PartialEq<&str> for HeaderText {
    fn eq(&self, other: &&str) -> bool {
        **self == **other
    }
}

impl serde::Serialize for HeaderText {
    fn serialize<S: serde::Serializer>(&self, into: S) -> Result<S::Ok, S::Error> {
        into.serialize_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for HeaderText {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        <String as serde::Deserialize>::deserialize(from).map(Self::from)
    }
}

/// The headers over one answer or notification.
pub(crate) fn signature_headers(
    signer: Arc<dyn Signer>,
    timestamp: Timestamp,
    nonce: &str,
    body: &[u8],
) -> [(String, HeaderText); 5] {
    let serial_no = signer.serial_no().to_string();
    let scheme = signer.scheme();
    let message = signed_message(timestamp, nonce, body);
    let signature = Deferred::new(move || signer.sign(&message));
    [
        ("Wechatpay-Timestamp", timestamp.unix().to_string().into()),
        ("Wechatpay-Nonce", nonce.into()),
        (SIGNATURE, signature.into()),
        ("Wechatpay-Serial", serial_no.into()),
        ("Wechatpay-Signature-Type", scheme.into()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
}

const SIGNATURE: &str = "Wechatpay-Signature";

/// Replaces the signature by one of WeChat's probes (v3 §6.10). The remainder is not Base64.
pub(crate) fn make_probe(headers: &mut [(String, HeaderText)]) {
    let Some((_, signature)) = headers.iter_mut().find(|(name, _)| name == SIGNATURE) else {
        return;
    };
    let real = signature.clone();
    let probe = Deferred::new(move || {
        let tail = real.get(real.len().min(32)..).unwrap_or_default();
        format!("WECHATPAY/SIGNTEST/{tail}")
    });
    *signature = probe.into();
}
