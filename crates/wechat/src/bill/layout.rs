//! Where things stand in one bill: columns by name, values by the borders between them.

use std::{fmt, ops::Range};

use super::{BillError, Sum};

/// No layout of WeChat has half as many.
const COLUMN_LIMIT: usize = 64;
/// What stands between two values. A bare comma does not: product names contain commas.
const BORDER: &str = ",`";

/// One kind of line in a bill: which columns it needs, and what the summary says about it.
///
/// [`TradeRow`](super::TradeRow) and [`FundFlowRow`](super::FundFlowRow) are the documented ones,
/// [`Record`](super::Record) takes any. Implement it yourself for a bill of another product.
pub trait Row: Sized + Send + 'static {
    /// Where this row's columns stand in one file.
    type Columns: fmt::Debug + Send;

    /// Columns of free text, each with its spellings. Only they may contain a border between
    /// values by accident.
    const FREE_TEXT: &'static [&'static [&'static str]] = &[];

    /// What the summary adds up, the number of rows first; that one must be there. Totals that the
    /// summary does not have are not checked, and without any totals only the digest speaks for
    /// the rows.
    const TOTALS: &'static [Total<Self>];

    /// Finds the columns.
    ///
    /// # Errors
    /// When one that is needed is missing.
    fn columns(header: &Header) -> Result<Self::Columns, BillError>;

    /// Reads one line.
    ///
    /// # Errors
    /// When a value is not what its column promises.
    fn read(columns: &Self::Columns, values: &Values<'_>) -> Result<Self, BadValue>;
}

/// One total of the summary.
#[derive(Debug)]
pub struct Total<R> {
    /// The column of the summary, in its spellings.
    pub names: &'static [&'static str],
    /// What one row adds to it.
    pub of: fn(&R) -> Sum,
}

/// A value that is not what its column promises. The value itself is not repeated: bills name
/// people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadValue {
    /// The column.
    pub column: &'static str,
}

/// The names of the columns of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    names: Vec<String>,
}

impl Header {
    /// Reads a line of names. Both kinds of parentheses occur in them: `收支金额(元)`.
    pub(crate) fn read(line: &str) -> Result<Self, BillError> {
        let name = |text: &str| text.trim().replace('（', "(").replace('）', ")");
        let names: Vec<String> = line.split(',').map(name).collect();
        if names.len() < 2 || names.len() > COLUMN_LIMIT || names.iter().any(String::is_empty) {
            return Err(BillError::NotABill);
        }
        let repeated = names.iter().enumerate().find(|(at, name)| names[..*at].contains(name));
        match repeated {
            Some((_, name)) => Err(BillError::RepeatedColumn { column: name.clone() }),
            None => Ok(Self { names }),
        }
    }

    /// The names, in order.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// The first of `spellings` that is here.
    #[must_use]
    pub fn optional(&self, spellings: &'static [&'static str]) -> Option<Column> {
        spellings.iter().find_map(|name| {
            let index = self.names.iter().position(|known| known == name)?;
            Some(Column { index, name })
        })
    }

    /// The first of `spellings` that is here.
    ///
    /// # Errors
    /// When none of them is: the layout has changed and a person must look (threat b03).
    pub fn required(&self, spellings: &'static [&'static str]) -> Result<Column, BillError> {
        let missing = BillError::MissingColumn { column: spellings.first().copied().unwrap_or("") };
        self.optional(spellings).ok_or(missing)
    }
}

/// One column of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    index: usize,
    name: &'static str,
}

impl Column {
    /// The complaint about a value of this column.
    #[must_use]
    pub fn bad(self) -> BadValue {
        BadValue { column: self.name }
    }
}

/// The values of one line, without their backticks.
#[derive(Debug)]
pub struct Values<'a> {
    line: &'a str,
    ranges: &'a [Range<usize>],
}

impl<'a> Values<'a> {
    /// The value in `column`.
    #[must_use]
    pub fn text(&self, column: Column) -> &'a str {
        &self.line[self.ranges[column.index].clone()]
    }

    /// The value in `column` if the file has it, and it is neither empty nor WeChat's `0` for a
    /// number that does not exist.
    #[must_use]
    pub fn given(&self, column: Option<Column>) -> Option<&'a str> {
        column.map(|column| self.text(column)).filter(|text| !matches!(*text, "" | "0"))
    }

    /// The value in `column`, read as what it should be.
    ///
    /// # Errors
    /// When `read` fails.
    pub fn read<T, E>(
        &self,
        column: Column,
        read: impl FnOnce(&'a str) -> Result<T, E>,
    ) -> Result<T, BadValue> {
        read(self.text(column)).map_err(|_| column.bad())
    }

    /// All values, in order.
    pub fn all(&self) -> impl Iterator<Item = &'a str> {
        self.ranges.iter().map(|range| &self.line[range.clone()])
    }
}

/// Cuts lines into as many values as the file has columns.
#[derive(Debug)]
pub(crate) struct Cutter {
    columns: usize,
    /// The columns that may contain borders by accident, when they stand side by side.
    free_text: Option<Range<usize>>,
    ranges: Vec<Range<usize>>,
}

impl Cutter {
    pub(crate) fn new(header: &Header, free_text: &[&'static [&'static str]]) -> Self {
        let mut places: Vec<usize> = free_text
            .iter()
            .filter_map(|spellings| header.optional(spellings))
            .map(|column| column.index)
            .collect();
        places.sort_unstable();
        let side_by_side = places.windows(2).all(|pair| pair[1] == pair[0] + 1);
        let free_text = match (places.first(), places.last()) {
            (Some(first), Some(last)) if side_by_side => Some(*first..*last + 1),
            _ => None,
        };
        Self { columns: header.names.len(), free_text, ranges: Vec::new() }
    }

    /// Cuts `line`; `Err` holds how many values there are instead.
    ///
    /// A product name may contain what looks like a border. The values before the free texts are
    /// then counted from the left and those after them from the right, so nothing in such a text
    /// can move money into another column. Of two free texts side by side the first gets what is
    /// too much; where the border between them was, the file does not say.
    pub(crate) fn cut<'a>(&'a mut self, line: &'a str) -> Result<Values<'a>, usize> {
        self.ranges.clear();
        let Some(rest) = line.strip_prefix('`') else { return Err(0) };
        let mut start = 1;
        for value in rest.split(BORDER) {
            self.ranges.push(start..start + value.len());
            start += value.len() + BORDER.len();
        }
        let found = self.ranges.len();
        if found > self.columns
            && let Some(free) = &self.free_text
        {
            let surplus = found - self.columns;
            let swallowed = free.start + surplus;
            self.ranges[free.start].end = self.ranges[swallowed].end;
            self.ranges.drain(free.start + 1..=swallowed);
        }
        if self.ranges.len() == self.columns {
            Ok(Values { line, ranges: &self.ranges })
        } else {
            Err(found)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(
        header: &str,
        free: &[&'static [&'static str]],
        line: &str,
    ) -> Result<Vec<String>, usize> {
        let header = Header::read(header).unwrap();
        Cutter::new(&header, free).cut(line).map(|values| values.all().map(str::to_owned).collect())
    }

    #[test]
    fn b03_one_backtick_goes_and_commas_stay() {
        let plain = |line| cut("a,b,c", &[], line);
        assert_eq!(plain("`1,`,`3").unwrap(), ["1", "", "3"]);
        assert_eq!(plain("``1,`tea, green,``").unwrap(), ["`1", "tea, green", "`"]);
        assert_eq!(plain("`1,`tea,,`3").unwrap(), ["1", "tea,", "3"]);
        assert_eq!(plain("`1,`2"), Err(2));
        assert_eq!(plain("`1,`2,`3,`4"), Err(4));
        assert_eq!(plain("1,2,3"), Err(0));
    }

    #[test]
    fn b03_a_product_name_moves_no_other_column() {
        let free: &[&'static [&'static str]] = &[&["name"], &["attach"]];
        let header = "id,name,attach,fee,total";
        let values = cut(header, free, "`7,`tea,`9.99,`9.99,`x,`0.01,`5.00").unwrap();
        assert_eq!(values, ["7", "tea,`9.99,`9.99", "x", "0.01", "5.00"]);
        // Free texts apart from each other: nobody could say which of them swallowed the border.
        let apart = cut("name,id,attach", free, "`tea,`x,`7,`y");
        assert_eq!(apart, Err(4));
    }

    #[test]
    fn b03_headers_are_names_and_no_name_twice() {
        assert!(Header::read("收支金额（元）,备注").unwrap().optional(&["收支金额(元)"]).is_some());
        for bad in ["", "one", "a,,b", "<xml>"] {
            assert_eq!(Header::read(bad), Err(BillError::NotABill), "{bad}");
        }
        assert!(matches!(Header::read("a,b,a"), Err(BillError::RepeatedColumn { .. })));
        assert!(Header::read(&vec!["x"; COLUMN_LIMIT + 1].join(",")).is_err());
    }
}
