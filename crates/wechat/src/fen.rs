//! Money: a whole number of fen (1/100 yuan), never negative, never a float.

use std::fmt;

/// An amount in fen.
///
/// Arithmetic is checked; there is no conversion from or to a floating-point number. Direction
/// (who owes whom) is the meaning of the place an amount stands in, never its sign.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize,
)]
#[serde(try_from = "i64", into = "i64")]
pub struct Fen(i64);

/// An amount below zero was offered where money was meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an amount in fen must not be negative")]
pub struct NegativeAmount;

impl Fen {
    /// Nothing.
    pub const ZERO: Fen = Fen(0);

    /// # Errors
    /// When `fen` is below zero.
    pub const fn new(fen: i64) -> Result<Self, NegativeAmount> {
        if fen < 0 { Err(NegativeAmount) } else { Ok(Self(fen)) }
    }

    /// The count of fen.
    #[must_use]
    pub const fn count(self) -> i64 {
        self.0
    }

    /// `None` on overflow.
    #[must_use]
    pub fn checked_add(self, other: Fen) -> Option<Fen> {
        self.0.checked_add(other.0).map(Fen)
    }

    /// `None` when `other` is larger: money does not go below zero.
    #[must_use]
    pub fn checked_sub(self, other: Fen) -> Option<Fen> {
        self.0.checked_sub(other.0).filter(|left| *left >= 0).map(Fen)
    }

    /// `None` on overflow.
    #[must_use]
    pub fn checked_sum(amounts: impl IntoIterator<Item = Fen>) -> Option<Fen> {
        amounts.into_iter().try_fold(Fen::ZERO, Fen::checked_add)
    }
}

impl TryFrom<i64> for Fen {
    type Error = NegativeAmount;
    fn try_from(fen: i64) -> Result<Self, NegativeAmount> {
        Fen::new(fen)
    }
}

impl From<Fen> for i64 {
    fn from(fen: Fen) -> i64 {
        fen.0
    }
}

impl fmt::Display for Fen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} fen", self.0)
    }
}

impl fmt::Debug for Fen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fen({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn o02_amounts_are_integers_in_range_or_an_error() {
        for bad in ["-1", "1.0", "0.019", "1e2", "\"1\"", "9223372036854775808", "null", "true"] {
            assert!(serde_json::from_str::<Fen>(bad).is_err(), "{bad} must not be an amount");
        }
        assert_eq!(serde_json::from_str::<Fen>("1990").unwrap(), Fen(1990));
        assert_eq!(Fen(i64::MAX).checked_add(Fen(1)), None);
        assert_eq!(Fen(1).checked_sub(Fen(2)), None);
    }

    proptest! {
        #[test]
        fn o02_fen_survive_json(fen in 0..=i64::MAX) {
            let json = serde_json::to_string(&Fen(fen)).unwrap();
            prop_assert_eq!(serde_json::from_str::<Fen>(&json).unwrap(), Fen(fen));
        }

        #[test]
        fn what_was_added_can_be_taken_away(a in 0..=i64::MAX / 2, b in 0..=i64::MAX / 2) {
            prop_assert_eq!(Fen(a).checked_add(Fen(b)).and_then(|sum| sum.checked_sub(Fen(b))), Some(Fen(a)));
        }
    }
}
