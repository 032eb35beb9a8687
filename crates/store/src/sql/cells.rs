//! Rows read cell by cell, from left to right, into domain types. A cell that does not fit is a
//! damaged file or a bug, and is reported as such with its column's place, never with its value.

use std::fmt::Display;

use suanpan_acts::ports::StoreError;
use suanpan_wechat::{Fen, Timestamp};

/// A row of any engine.
pub(crate) trait Row {
    fn text(&self, column: usize) -> Result<Option<String>, StoreError>;
    fn int(&self, column: usize) -> Result<Option<i64>, StoreError>;
}

/// The cells of one row that were not read yet.
pub(crate) struct Cells<'r> {
    row: &'r dyn Row,
    next: usize,
}

impl<'r> Cells<'r> {
    pub(crate) fn of(row: &'r dyn Row) -> Self {
        Self { row, next: 0 }
    }

    pub(crate) fn opt_text(&mut self) -> Result<Option<String>, StoreError> {
        self.next += 1;
        self.row.text(self.next - 1)
    }

    pub(crate) fn opt_int(&mut self) -> Result<Option<i64>, StoreError> {
        self.next += 1;
        self.row.int(self.next - 1)
    }

    /// Passes over a cell that has no meaning beside the ones before it.
    pub(crate) fn skip(&mut self) {
        self.next += 1;
    }

    pub(crate) fn text(&mut self) -> Result<String, StoreError> {
        let text = self.opt_text()?;
        self.present(text)
    }

    /// Any type with a checking constructor.
    pub(crate) fn opt<T: TryFrom<String, Error: Display>>(
        &mut self,
    ) -> Result<Option<T>, StoreError> {
        let text = self.opt_text()?;
        text.map(|text| T::try_from(text).map_err(|error| self.wrong(&error))).transpose()
    }

    pub(crate) fn get<T: TryFrom<String, Error: Display>>(&mut self) -> Result<T, StoreError> {
        let value = self.opt()?;
        self.present(value)
    }

    /// A word of a closed list.
    pub(crate) fn word<T: Copy>(&mut self, words: &[(&'static str, T)]) -> Result<T, StoreError> {
        let text = self.text()?;
        let found = words.iter().find(|(word, _)| *word == text);
        found.map(|(_, meaning)| *meaning).ok_or_else(|| self.wrong(&"it is not a known word"))
    }

    /// A count that fits its type.
    pub(crate) fn count<T: TryFrom<i64, Error: Display>>(&mut self) -> Result<T, StoreError> {
        let count = self.opt_count()?;
        self.present(count)
    }

    pub(crate) fn opt_count<T: TryFrom<i64, Error: Display>>(
        &mut self,
    ) -> Result<Option<T>, StoreError> {
        let int = self.opt_int()?;
        int.map(|int| T::try_from(int).map_err(|error| self.wrong(&error))).transpose()
    }

    pub(crate) fn opt_time(&mut self) -> Result<Option<Timestamp>, StoreError> {
        let Some(seconds) = self.opt_int()? else { return Ok(None) };
        let instant = Timestamp::from_unix(seconds);
        // The type clamps; a stored instant outside its range would silently become another one.
        if instant.unix() == seconds { Ok(Some(instant)) } else { Err(self.wrong(&"no instant")) }
    }

    pub(crate) fn time(&mut self) -> Result<Timestamp, StoreError> {
        let instant = self.opt_time()?;
        self.present(instant)
    }

    pub(crate) fn opt_fen(&mut self) -> Result<Option<Fen>, StoreError> {
        let fen = self.opt_int()?;
        fen.map(|fen| Fen::new(fen).map_err(|error| self.wrong(&error))).transpose()
    }

    pub(crate) fn fen(&mut self) -> Result<Fen, StoreError> {
        let fen = self.opt_fen()?;
        self.present(fen)
    }

    fn present<T>(&self, value: Option<T>) -> Result<T, StoreError> {
        value.ok_or_else(|| self.wrong(&"it is empty"))
    }

    /// The last cell that was read is not what it should be.
    pub(crate) fn wrong(&self, problem: &dyn Display) -> StoreError {
        StoreError::Corrupt(format!("column {} of a row cannot be read: {problem}", self.next))
    }
}

/// The word for a meaning, from the same list that reads it back.
pub(crate) fn word_for<T: PartialEq>(words: &[(&'static str, T)], meaning: &T) -> &'static str {
    let found = words.iter().find(|(_, known)| known == meaning);
    found.map(|(word, _)| *word).expect("the list names every variant")
}
