//! The form of a bill: a BOM, CRLF, commas, and a back-tick before every value.

use suanpan_wechat::{Fen, Timestamp};

/// Lines of one bill.
pub(super) struct Sheet {
    text: String,
}

impl Sheet {
    /// A sheet under its header line.
    pub(super) fn new(header: &str) -> Self {
        let mut sheet = Self { text: "\u{feff}".to_owned() };
        sheet.header(header);
        sheet
    }

    /// A line of names; they have no back-ticks.
    pub(super) fn header(&mut self, names: &str) {
        self.text.push_str(names);
        self.text.push_str("\r\n");
    }

    /// A line of values.
    pub(super) fn values<'a>(&mut self, values: impl IntoIterator<Item = &'a str>) {
        for (index, value) in values.into_iter().enumerate() {
            self.text.push_str(if index == 0 { "`" } else { ",`" });
            // Nothing is escaped, but a line stays a line.
            self.text.extend(value.chars().map(|c| if c.is_control() { ' ' } else { c }));
        }
        self.text.push_str("\r\n");
    }

    pub(super) fn finish(self) -> String {
        self.text
    }
}

/// `12.34`.
pub(super) fn yuan(fen: Fen) -> String {
    format!("{}.{:02}", fen.count() / 100, fen.count() % 100)
}

/// `0.12000`, the form of fees.
pub(super) fn fee(fen: Fen) -> String {
    format!("{}000", yuan(fen))
}

/// `0.60%`.
pub(super) fn rate(per_10_000: u16) -> String {
    format!("{}.{:02}%", per_10_000 / 100, per_10_000 % 100)
}

/// `2026-03-01 12:00:00` in Beijing.
pub(super) fn time(instant: Timestamp) -> String {
    instant.to_string().chars().take(19).map(|c| if c == 'T' { ' ' } else { c }).collect()
}

/// What WeChat says a file's digest is: SHA-1 of the text before it was compressed, in forty lower-case
/// hex digits.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Digest(String);

impl Digest {
    pub(crate) fn of(text: &str) -> Self {
        let digest = aws_lc_rs::digest::digest(
            &aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY,
            text.as_bytes(),
        );
        Self(hex::encode(digest))
    }
}
