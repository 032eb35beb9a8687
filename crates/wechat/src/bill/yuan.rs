//! The numbers of a bill: yuan as decimal text, read exactly or not at all.

use std::{fmt, ops::AddAssign, str::FromStr};

use crate::Fen;

/// Decimals of the finest number in a bill.
const PLACES: u32 = 5;
/// One fen in units of the finest number.
const FEN: i128 = 1_000;
/// One yuan, or one row, in units of the finest number.
const ONE: i128 = 100_000;

/// The text is not a decimal number with as few decimals as this column may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an exact amount of yuan")]
pub struct InvalidYuan;

impl Fen {
    /// Reads an amount in yuan: `6.00`, `0.5`, `12`. Bills are the only place where WeChat speaks
    /// yuan.
    ///
    /// # Errors
    /// Below zero, with more than two decimals, or not a plain decimal number (threat b04).
    pub fn from_yuan(text: &str) -> Result<Self, InvalidYuan> {
        decimal(text, 2).and_then(|fen| Fen::new(fen).ok()).ok_or(InvalidYuan)
    }
}

/// A handling fee, in hundred-thousandths of a yuan: bills state fees with five decimals. Negative
/// when WeChat gives a fee back.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Fee(i64);

impl Fee {
    /// A fee of `thousandths` of a fen.
    #[must_use]
    pub const fn from_thousandths_of_fen(thousandths: i64) -> Self {
        Self(thousandths)
    }

    /// The fee in thousandths of a fen, which are hundred-thousandths of a yuan.
    #[must_use]
    pub const fn thousandths_of_fen(self) -> i64 {
        self.0
    }
}

impl FromStr for Fee {
    type Err = InvalidYuan;
    fn from_str(text: &str) -> Result<Self, InvalidYuan> {
        decimal(text, PLACES).map(Self).ok_or(InvalidYuan)
    }
}

impl fmt::Display for Fee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Sum::from(*self).fmt(f)
    }
}

impl fmt::Debug for Fee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fee({self})")
    }
}

/// What stands in a summary: yuan, or a number of rows, exact to five decimals. No bill is long
/// enough to overflow it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Sum(i128);

impl Sum {
    /// Nothing.
    pub const ZERO: Sum = Sum(0);
    /// One row.
    pub const ROW: Sum = Sum(ONE);

    /// In hundred-thousandths.
    #[must_use]
    pub const fn hundred_thousandths(self) -> i128 {
        self.0
    }
}

impl From<Fen> for Sum {
    fn from(amount: Fen) -> Self {
        Self(i128::from(amount.count()) * FEN)
    }
}

impl From<Fee> for Sum {
    fn from(fee: Fee) -> Self {
        Self(i128::from(fee.0))
    }
}

impl AddAssign for Sum {
    fn add_assign(&mut self, other: Sum) {
        self.0 += other.0;
    }
}

impl FromStr for Sum {
    type Err = InvalidYuan;
    fn from_str(text: &str) -> Result<Self, InvalidYuan> {
        decimal(text, PLACES).map(|number| Self(number.into())).ok_or(InvalidYuan)
    }
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let magnitude = self.0.unsigned_abs();
        let one = ONE.unsigned_abs();
        let (whole, part) = (magnitude / one, magnitude % one);
        write!(f, "{sign}{whole}.{part:05}")
    }
}

impl fmt::Debug for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sum({self})")
    }
}

/// `text` times ten to the power of `places`; `None` for anything but an optional minus sign,
/// digits without needless zeros in front, and at most `places` decimals.
fn decimal(text: &str, places: u32) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (whole, part) = match digits.split_once('.') {
        Some((whole, part)) if !part.is_empty() => (whole, part),
        Some(_) => return None,
        None => (digits, ""),
    };
    let places = places.checked_sub(u32::try_from(part.len()).ok()?)?;
    let plain = !whole.is_empty() && (whole.len() == 1 || !whole.starts_with('0'));
    if !plain {
        return None;
    }
    let magnitude = whole.bytes().chain(part.bytes()).try_fold(0_i64, |number, byte| {
        let digit = byte.is_ascii_digit().then(|| i64::from(byte - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })?;
    let magnitude = magnitude.checked_mul(10_i64.checked_pow(places)?)?;
    Some(if negative { -magnitude } else { magnitude })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn b04_amounts_have_two_decimals_and_fees_five() {
        let fen = |text: &str| Fen::from_yuan(text).map(Fen::count);
        for (text, count) in
            [("0.00", 0), ("0.01", 1), ("6.00", 600), ("0.5", 50), ("12", 1200), ("-0.00", 0)]
        {
            assert_eq!(fen(text), Ok(count), "{text}");
        }
        assert_eq!(fen("92233720368547758.07"), Ok(i64::MAX));
        for bad in [
            "",
            ".",
            "-",
            "0.",
            ".5",
            "+1",
            "1e2",
            "0.010",
            "0.019",
            "1,000.00",
            "00.10",
            "-0.01",
            " 1",
            "1 ",
            "１.00",
            "92233720368547758.08",
            "0x1",
            "1.0.0",
            "--1",
            "NaN",
            "`1",
        ] {
            assert_eq!(fen(bad), Err(InvalidYuan), "{bad}");
        }
        let fee = |text: &str| text.parse().map(Fee::thousandths_of_fen);
        for (text, thousandths) in
            [("0.01000", 1000), ("-0.02000", -2000), ("0.00001", 1), ("0.08", 8000), ("0", 0)]
        {
            assert_eq!(fee(text), Ok(thousandths), "{text}");
        }
        assert_eq!(fee("0.000001"), Err(InvalidYuan));
    }

    proptest! {
        #[test]
        fn b04_every_amount_of_fen_survives_yuan(fen in 0..=i64::MAX) {
            let text = format!("{}.{:02}", fen / 100, fen % 100);
            prop_assert_eq!(Fen::from_yuan(&text).unwrap().count(), fen);
        }

        #[test]
        fn b04_every_fee_survives_its_text(thousandths in i64::MIN + 1..=i64::MAX) {
            let fee = Fee::from_thousandths_of_fen(thousandths);
            prop_assert_eq!(fee.to_string().parse::<Fee>().unwrap(), fee);
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "[-+.0-9 ,`e]{0,24}") {
            let _ = (Fen::from_yuan(&text), text.parse::<Fee>(), text.parse::<Sum>());
        }
    }
}
