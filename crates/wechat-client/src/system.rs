//! The operating system's clock and random numbers, for programs that have no reason to hand in
//! others.

use std::time::{SystemTime, UNIX_EPOCH};

use suanpan_wechat::{Timestamp, id::NonceStr};

use crate::ports::{Nonces, WallClock};

/// The machine's own clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl WallClock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where this crate's callers may fetch wall time from"
    )]
    fn now(&self) -> Timestamp {
        // A machine that believes in a year before 1970 gets 1970; every signature it makes is
        // then refused, which is what its operator has to see.
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_unix(i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX))
    }
}

/// The machine's own random numbers: 128 bits for each nonce.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemNonces;

impl Nonces for SystemNonces {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where this crate's callers may fetch randomness from"
    )]
    fn nonce_str(&self) -> NonceStr {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).expect("an operating system without randomness cannot do TLS");
        let hex = format!("{:032X}", u128::from_be_bytes(bytes));
        NonceStr::new(hex).expect("32 hex digits are a nonce_str")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn k09_nonces_have_128_bits_and_do_not_repeat() {
        let drawn: HashSet<String> =
            (0..1000).map(|_| SystemNonces.nonce_str().to_string()).collect();
        assert_eq!(drawn.len(), 1000);
        assert!(drawn.iter().all(|nonce| nonce.len() == 32));
        // Every position takes every digit: none of the 128 bits is constant.
        for position in 0..32 {
            let digits: HashSet<u8> =
                drawn.iter().map(|nonce| nonce.as_bytes()[position]).collect();
            assert_eq!(digits.len(), 16, "position {position}");
        }
    }

    #[test]
    fn the_system_clock_is_later_than_this_file() {
        assert!(SystemClock.now() > "2025-01-01T00:00:00+08:00".parse().unwrap());
    }
}
