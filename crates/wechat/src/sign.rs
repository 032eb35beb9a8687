//! Signing requests: the canonical message and the `Authorization` header
//! (<https://pay.weixin.qq.com/doc/v3/merchant/4012365334> and its neighbours).
//!
//! ```
//! use suanpan_wechat::{
//!     Timestamp,
//!     call::Request,
//!     id::{Mchid, NonceStr, SerialNo},
//!     key::MerchantKey,
//!     sign::authorization,
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let private_key_pem = include_str!("../tests/vectors/demo_merchant_private.pem");
//! let mchid = Mchid::new("1900007291")?;
//! let serial_no = SerialNo::new("408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB")?;
//! let key = MerchantKey::from_private_key(mchid.clone(), serial_no, private_key_pem)?;
//! let now = Timestamp::from_unix(1_727_757_296);
//! let nonce_str = NonceStr::new("593BEC0C930BF1AFEB40B4A08C8FB242")?;
//! // What is signed is what is sent: the target with its query, and the body byte for byte.
//! let request = Request::get("/v3/certificates");
//! let header = authorization(&key, &mchid, now, &nonce_str, &request);
//! assert!(header.starts_with("WECHATPAY2-SHA256-RSA2048 mchid=\"1900007291\",nonce_str="));
//! # Ok(())
//! # }
//! ```

use crate::{
    Timestamp,
    id::{Mchid, NonceStr, SerialNo},
};

/// Someone who can sign: a merchant towards WeChat, or WeChat towards a merchant.
///
/// The signer hashes; callers hand over the whole message. Timestamps and nonces are part of the
/// message and come from the caller, so a signer needs neither clock nor randomness of its own.
pub trait Signer: Send + Sync {
    /// Names the key the other side must verify with.
    fn serial_no(&self) -> &SerialNo;

    /// The scheme on the wire, as in `Authorization` and `Wechatpay-Signature-Type`.
    fn scheme(&self) -> &'static str;

    /// Signs one message; the result is the text that goes into a header.
    fn sign(&self, message: &[u8]) -> String;

    /// Signs several messages at once. An implementation that can batch overrides this.
    fn sign_all(&self, messages: &[&[u8]]) -> Vec<String> {
        messages.iter().map(|message| self.sign(message)).collect()
    }
}

/// The five lines a merchant signs: method, target, timestamp, nonce, body, each ended by LF.
///
/// `target` is path and query exactly as they will stand in the request line.
#[must_use]
pub fn request_message(
    method: &str,
    target: &str,
    timestamp: Timestamp,
    nonce_str: &str,
    body: &[u8],
) -> Vec<u8> {
    let mut message = Vec::with_capacity(method.len() + target.len() + body.len() + 64);
    for line in [
        method.as_bytes(),
        target.as_bytes(),
        timestamp.unix().to_string().as_bytes(),
        nonce_str.as_bytes(),
        body,
    ] {
        message.extend_from_slice(line);
        message.push(b'\n');
    }
    message
}

/// The value of the `Authorization` header for one request.
#[must_use]
pub fn authorization(
    signer: &dyn Signer,
    mchid: &Mchid,
    timestamp: Timestamp,
    nonce_str: &NonceStr,
    request: &crate::call::Request,
) -> String {
    let message = request_message(
        request.method.as_str(),
        &request.target,
        timestamp,
        nonce_str.as_str(),
        request.signed_body(),
    );
    format!(
        "{scheme} mchid=\"{mchid}\",nonce_str=\"{nonce_str}\",signature=\"{signature}\",\
         timestamp=\"{timestamp}\",serial_no=\"{serial_no}\"",
        scheme = signer.scheme(),
        signature = signer.sign(&message),
        timestamp = timestamp.unix(),
        serial_no = signer.serial_no(),
    )
}
