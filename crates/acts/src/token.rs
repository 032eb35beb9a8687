//! Tokens for front ends. An order token is derived, so repeating a request gives the same one; a
//! session token is random, and only its hash is kept.

use aws_lc_rs::{digest, hmac};
use suanpan_trade::{AccountId, OrderId, id::encode};
use subtle::ConstantTimeEq as _;

/// The server's own key, from which order tokens and user ids are made. 32 random bytes, kept with
/// the data; losing it invalidates every order token.
pub struct TokenKey(hmac::Key);

impl TokenKey {
    /// A key from its stored bytes.
    #[must_use]
    pub fn new(bytes: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }

    /// The token that lets a front end pay and see one order: `ot_…`, 160 bits.
    #[must_use]
    pub fn order_token(&self, order_id: &OrderId) -> String {
        format!("ot_{}", self.derive("order", order_id.as_str()))
    }

    /// Whether a token belongs to an order; takes the same time for every wrong one.
    #[must_use]
    pub fn opens(&self, order_id: &OrderId, order_token: &str) -> bool {
        self.order_token(order_id).as_bytes().ct_eq(order_token.as_bytes()).into()
    }

    /// A stable name for a person that reveals neither openid nor unionid: `usr_{account}_…`.
    #[must_use]
    pub fn user_id(&self, account: &AccountId, person: &str) -> String {
        format!("usr_{account}_{}", self.derive("user", &format!("{account}/{person}")))
    }

    fn derive(&self, purpose: &str, text: &str) -> String {
        let tag = hmac::sign(&self.0, format!("{purpose}:{text}").as_bytes());
        encode(&tag.as_ref()[..20])
    }
}

impl std::fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenKey(..)")
    }
}

/// A new session token and the hash to store: `ses_{account}_…`, 256 bits.
#[must_use]
pub fn session_token(account: &AccountId, random: [u8; 32]) -> (String, String) {
    let token = format!("ses_{account}_{}", encode(&random));
    let hash = sha256_hex(token.as_bytes());
    (token, hash)
}

/// SHA-256 in lower-case hex: the stored form of tokens and the digest of requests.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(digest::digest(&digest::SHA256, bytes))
}
