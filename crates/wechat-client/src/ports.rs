//! Time and chance, handed in: the client has neither of its own.

use suanpan_wechat::{Timestamp, id::NonceStr};

/// Wall time. Signatures live in wall time in both directions, whatever clock the business
/// follows.
pub trait WallClock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}

impl<F: Fn() -> Timestamp + Send + Sync> WallClock for F {
    fn now(&self) -> Timestamp {
        self()
    }
}

/// Numbers used once inside signatures.
pub trait Nonces: Send + Sync {
    /// A fresh one, unpredictable outside of tests (threat k09).
    fn nonce_str(&self) -> NonceStr;
}

impl<F: Fn() -> NonceStr + Send + Sync> Nonces for F {
    fn nonce_str(&self) -> NonceStr {
        self()
    }
}
