use crate::{
    Timestamp,
    id::{Mchid, SerialNo},
    sign::request_message,
    verify::{Verifier, VerifyError},
};

/// A merchant's `Authorization` header, read as WeChat reads it: the five values in any order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorization {
    /// `WECHATPAY2-SHA256-RSA2048` or another suite.
    pub scheme: String,
    /// The caller.
    pub mchid: Mchid,
    /// Used once; any characters without quotation mark.
    pub nonce_str: String,
    /// As in the header.
    pub signature: String,
    /// When the caller signed.
    pub timestamp: Timestamp,
    /// The caller's key.
    pub serial_no: SerialNo,
}

/// The header cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the Authorization header is malformed")]
pub struct AuthorizationError;

impl Authorization {
    /// # Errors
    /// When the syntax is wrong, a value is missing, unknown or given twice.
    pub fn read(header: &str) -> Result<Self, AuthorizationError> {
        let (scheme, pairs) = header.split_once(' ').ok_or(AuthorizationError)?;
        let mut found = [const { None }; 5];
        for pair in pairs.split(',') {
            let (name, value) = pair.trim().split_once('=').ok_or(AuthorizationError)?;
            let value = value
                .strip_prefix('"')
                .and_then(|value| value.strip_suffix('"'))
                .filter(|value| !value.contains('"'))
                .ok_or(AuthorizationError)?;
            let slot = ["mchid", "nonce_str", "signature", "timestamp", "serial_no"]
                .iter()
                .position(|known| *known == name)
                .ok_or(AuthorizationError)?;
            if found[slot].replace(value).is_some() {
                return Err(AuthorizationError);
            }
        }
        let [Some(mchid), Some(nonce_str), Some(signature), Some(timestamp), Some(serial_no)] =
            found
        else {
            return Err(AuthorizationError);
        };
        Ok(Self {
            scheme: scheme.to_owned(),
            mchid: Mchid::new(mchid).map_err(|_| AuthorizationError)?,
            nonce_str: nonce_str.to_owned(),
            signature: signature.to_owned(),
            timestamp: Timestamp::from_unix(timestamp.parse().map_err(|_| AuthorizationError)?),
            serial_no: SerialNo::new(serial_no).map_err(|_| AuthorizationError)?,
        })
    }

    /// The message this header claims to sign. `target` is the raw request line's.
    #[must_use]
    pub fn message(&self, method: &str, target: &str, body: &[u8]) -> Vec<u8> {
        request_message(method, target, self.timestamp, &self.nonce_str, body)
    }

    /// Checks the signature over the raw request.
    ///
    /// # Errors
    /// As [`Verifier::check`], and when the header's scheme is not the verifier's.
    pub fn check(
        &self,
        verifier: &dyn Verifier,
        method: &str,
        target: &str,
        body: &[u8],
    ) -> Result<(), VerifyError> {
        let expected = verifier.suite().scheme();
        if self.scheme != expected {
            return Err(VerifyError::OtherSuite { expected });
        }
        verifier.check(&self.serial_no, &self.message(method, target, body), &self.signature)
    }
}
