//! A bill that differs from the books on purpose (fault `bill_mismatch`).
//!
//! The file is well-formed, its hash fits and its last line adds up: only a merchant who compares
//! row by row notices.

use crate::world::chance::Chance;

/// How the file differs. The number chooses the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) enum Mismatch {
    /// A row that happened is not there; of a single row, the number is wrong instead.
    Missing(u32),
    /// A row names a payment nobody made.
    Unknown(u32),
}

impl Mismatch {
    pub(super) fn choose(chance: &mut Chance) -> Self {
        let row = chance.below(1 << 16);
        if chance.coin() { Self::Missing(row) } else { Self::Unknown(row) }
    }

    /// Takes a row away, or says which one shall name an unknown number.
    pub(super) fn strike<T>(self, rows: &mut Vec<T>) -> Option<usize> {
        let (Self::Missing(row) | Self::Unknown(row)) = self;
        let chosen = usize::try_from(row).expect("16 bits fit") % rows.len().max(1);
        match self {
            Self::Missing(_) if rows.len() > 1 => {
                rows.remove(chosen);
                None
            }
            Self::Missing(_) | Self::Unknown(_) => Some(chosen),
        }
    }
}

/// A number of the same form that nobody has.
pub(super) fn unknown(number: &str) -> String {
    number.chars().rev().collect()
}
