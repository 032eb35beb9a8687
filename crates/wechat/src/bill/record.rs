use std::sync::Arc;

use super::{BadValue, BillError, Header, Row, Total, Values};

/// A line of a bill whose columns nobody documents, by the names in its header.
///
/// Its summary is not understood either, so the announced digest alone speaks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    names: Arc<[String]>,
    values: Vec<String>,
}

impl Record {
    /// The value in the column called `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let index = self.names.iter().position(|known| known == name)?;
        self.values.get(index).map(String::as_str)
    }

    /// Names and values, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.names.iter().map(String::as_str).zip(self.values.iter().map(String::as_str))
    }
}

impl Row for Record {
    type Columns = Arc<[String]>;

    const TOTALS: &'static [Total<Self>] = &[];

    fn columns(header: &Header) -> Result<Arc<[String]>, BillError> {
        Ok(header.names().map(str::to_owned).collect())
    }

    fn read(names: &Arc<[String]>, values: &Values<'_>) -> Result<Self, BadValue> {
        Ok(Self { names: Arc::clone(names), values: values.all().map(str::to_owned).collect() })
    }
}
