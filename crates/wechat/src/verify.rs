//! Checking WeChat's signature over an answer or a notification (docs/protocol.md,
//! "Believing an answer or a notification").
//!
//! [`Verified`] is the only door from bytes to business objects. It has no public constructor:
//!
//! ```compile_fail,E0423
//! let forged = suanpan_wechat::Verified(b"{}");
//! ```
//!
//! and the four headers are typed and present, never optional:
//!
//! ```compile_fail,E0308
//! use suanpan_wechat::{Timestamp, trust::TrustRing, verify};
//! let nobody: Option<suanpan_wechat::verify::SignatureHeaders> = None;
//! verify(&TrustRing::default(), &nobody, b"{}", Timestamp::from_unix(0));
//! ```

use std::io::Write as _;

use crate::{
    Timestamp,
    id::SerialNo,
    pay_v2::{
        sign::Keys,
        xml::{Fields, XmlError},
    },
    suite::Suite,
};

/// How far WeChat's timestamp may lie from ours, in either direction, in seconds.
pub const WINDOW_SECONDS: i64 = 300;

/// The longest header value that is looked at; RSA-4096 in Base64 has 684 characters.
const HEADER_LIMIT: usize = 1024;

/// Proof that WeChat signed what `T` was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified<T>(T);

impl<T> Verified<T> {
    /// Looks at the verified value.
    pub fn get(&self) -> &T {
        &self.0
    }

    /// Gives up the proof and keeps the value.
    pub fn into_inner(self) -> T {
        self.0
    }

    /// Continues a proof for a part of what was verified; only this crate can.
    pub(crate) fn carried(part: T) -> Self {
        Self(part)
    }

    /// Reads something else out of what was verified; the proof carries over.
    pub(crate) fn read<U, E>(self, read: impl FnOnce(T) -> Result<U, E>) -> Result<Verified<U>, E> {
        read(self.0).map(Verified)
    }
}

/// The signature headers of one message, all present.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureHeaders {
    /// `Wechatpay-Timestamp`: when WeChat signed, in wall time.
    pub timestamp: Timestamp,
    /// `Wechatpay-Nonce`.
    pub nonce: String,
    /// `Wechatpay-Signature`, as it stood in the header.
    pub signature: String,
    /// `Wechatpay-Serial`: which key.
    pub serial_no: SerialNo,
    /// `Wechatpay-Signature-Type`, where it was sent. It chooses nothing: the verifier's suite is
    /// used, and a message that claims another one is refused.
    pub signature_type: Option<String>,
}

impl SignatureHeaders {
    /// Reads the headers; `header` gives the value for a lower-case name.
    ///
    /// # Errors
    /// When one of the first four is missing, or one of the five is not what it should be.
    pub fn read<'a>(header: impl Fn(&'static str) -> Option<&'a str>) -> Result<Self, VerifyError> {
        let required = |name| match header(name) {
            Some(value) if value.is_empty() || value.len() > HEADER_LIMIT => {
                Err(VerifyError::MalformedHeader { name })
            }
            Some(value) => Ok(value),
            None => Err(VerifyError::MissingHeader { name }),
        };
        let malformed = |name| VerifyError::MalformedHeader { name };
        let timestamp = required("wechatpay-timestamp")?;
        let nonce = required("wechatpay-nonce")?;
        let signature = required("wechatpay-signature")?;
        let serial_no = required("wechatpay-serial")?;
        let signature_type =
            header("wechatpay-signature-type").map(|_| required("wechatpay-signature-type"));
        // A line break in a nonce would let a message be cut into lines in a second way.
        if !nonce.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(malformed("wechatpay-nonce"));
        }
        Ok(Self {
            timestamp: unix_seconds(timestamp).ok_or(malformed("wechatpay-timestamp"))?,
            nonce: nonce.to_owned(),
            signature: signature.to_owned(),
            serial_no: SerialNo::new(serial_no).map_err(|_| malformed("wechatpay-serial"))?,
            signature_type: signature_type.transpose()?.map(str::to_owned),
        })
    }
}

/// Only the one way of writing an instant that puts the received bytes back into the signed
/// message: no sign, no leading zeros, in range.
fn unix_seconds(text: &str) -> Option<Timestamp> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds =
        text.parse().ok().filter(|_| digits && (text == "0" || !text.starts_with('0')))?;
    let instant = Timestamp::from_unix(seconds);
    (instant.unix() == seconds).then_some(instant)
}

/// Someone who can check a signature by the serial number of the key that made it.
pub trait Verifier: Send + Sync {
    /// The suite of every key in here. What a message says about its suite is only compared.
    fn suite(&self) -> Suite {
        Suite::Rsa
    }

    /// # Errors
    /// [`VerifyError::UnknownSerial`] when there is no such key (it may be worth a refresh),
    /// [`VerifyError::BadSignature`] when the key did not sign this message.
    fn check(
        &self,
        serial_no: &SerialNo,
        message: &[u8],
        signature: &str,
    ) -> Result<(), VerifyError>;

    /// Checks several messages at once, in order. An implementation that can batch overrides this.
    fn check_all(&self, messages: &[SignedMessage<'_>]) -> Vec<Result<(), VerifyError>> {
        messages
            .iter()
            .map(|signed| self.check(signed.serial_no, signed.message, signed.signature))
            .collect()
    }
}

/// A message and the signature somebody claims for it.
#[derive(Debug, Clone, Copy)]
pub struct SignedMessage<'a> {
    /// The key that is said to have signed.
    pub serial_no: &'a SerialNo,
    /// All of the message, as [`signed_message`] composes it.
    pub message: &'a [u8],
    /// The text that stood in the header.
    pub signature: &'a str,
}

/// Checks the signature of `body` and gives it back as verified bytes.
///
/// `now` is wall time, never business time. Cheap checks come first, so that a flood of forgeries
/// costs no public-key operation until the serial number is known.
///
/// # Errors
/// See [`VerifyError`]. None of them says that WeChat refused anything: for an answer to our own
/// call every one of them means *outcome unknown*.
pub fn verify<'a>(
    verifier: &dyn Verifier,
    headers: &SignatureHeaders,
    body: &'a [u8],
    now: Timestamp,
) -> Result<Verified<&'a [u8]>, VerifyError> {
    let skew_seconds = now.since(headers.timestamp);
    if skew_seconds.abs() > WINDOW_SECONDS {
        return Err(VerifyError::OutsideWindow { skew_seconds });
    }
    let claimed = headers.signature_type.as_deref();
    if claimed.is_some_and(|claimed| claimed != verifier.suite().scheme()) {
        return Err(VerifyError::OtherSuite { expected: verifier.suite().scheme() });
    }
    let message = signed_message(headers.timestamp, &headers.nonce, body);
    verifier.check(&headers.serial_no, &message, &headers.signature)?;
    Ok(Verified(body))
}

/// Checks the signature inside a message of the v2 protocol (docs/protocol/v2.md).
///
/// # Errors
/// [`VerifyError::NoSign`], [`VerifyError::OtherSignType`] or [`VerifyError::BadSignature`]. As
/// with [`verify`], none of them says that WeChat refused anything.
pub fn verify_fields(keys: &Keys, fields: Fields) -> Result<Verified<Fields>, VerifyError> {
    keys.check(&fields)?;
    Ok(Verified(fields))
}

/// The three lines WeChat signs: timestamp, nonce, body, each ended by LF.
#[must_use]
pub fn signed_message(timestamp: Timestamp, nonce: &str, body: &[u8]) -> Vec<u8> {
    let mut message = Vec::with_capacity(body.len() + nonce.len() + 24);
    write!(message, "{}\n{nonce}\n", timestamp.unix()).expect("a Vec takes everything");
    message.extend_from_slice(body);
    message.push(b'\n');
    message
}

/// Why a message is not known to come from WeChat.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// A signature header is absent.
    #[error("header {name} is missing")]
    MissingHeader {
        /// The header's name in lower case.
        name: &'static str,
    },
    /// A signature header is empty, too long, or not what its name says.
    #[error("header {name} is malformed")]
    MalformedHeader {
        /// The header's name in lower case.
        name: &'static str,
    },
    /// Signed too long ago or too far ahead: a replay, or one of the two clocks is wrong.
    #[error("signed {skew_seconds} s away from our clock, more than {WINDOW_SECONDS} s")]
    OutsideWindow {
        /// Our wall time minus the signed time.
        skew_seconds: i64,
    },
    /// The message claims a suite that the merchant does not use.
    #[error("not signed with {expected}")]
    OtherSuite {
        /// The verifier's scheme.
        expected: &'static str,
    },
    /// No key with this serial number is trusted; refreshing the trust ring may bring it.
    #[error("no trusted key has serial number {serial_no}")]
    UnknownSerial {
        /// What the message named.
        serial_no: SerialNo,
    },
    /// The named key did not sign this message. WeChat's own probes
    /// (`WECHATPAY/SIGNTEST/…`) arrive here like any other forgery.
    #[error("the signature does not match")]
    BadSignature,
    /// A v2 message that cannot be read, so nothing in it can be checked.
    #[error(transparent)]
    NotXml(#[from] XmlError),
    /// A v2 message without `sign`. Whatever else it says, nobody signed it (threat n03).
    #[error("the message has no sign")]
    NoSign,
    /// A v2 message that names another digest than the configured one (threat n04).
    #[error("the message names another sign_type than the configured one")]
    OtherSignType,
}
