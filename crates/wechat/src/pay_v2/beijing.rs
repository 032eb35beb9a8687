//! Times of the v2 protocol: always Beijing's, without saying so.

use jiff::{
    civil::DateTime,
    tz::{Offset, TimeZone},
};

use crate::Timestamp;

const COMPACT: &str = "%Y%m%d%H%M%S";
const DASHED: &str = "%Y-%m-%d %H:%M:%S";

/// `20140903131540`, in requests and in `time_end`.
pub(crate) fn write(instant: Timestamp) -> String {
    let instant = jiff::Timestamp::from_second(instant.unix()).unwrap_or_default();
    instant.to_zoned(beijing()).strftime(COMPACT).to_string()
}

/// Reads what [`write()`] writes.
pub(crate) fn read(text: &str) -> Option<Timestamp> {
    instant(COMPACT, text)
}

/// `2018-11-19 16:24:13`, in refunds.
pub(crate) fn read_dashed(text: &str) -> Option<Timestamp> {
    instant(DASHED, text)
}

/// Only the one spelling: what is read is written the same.
fn instant(format: &str, text: &str) -> Option<Timestamp> {
    let local = DateTime::strptime(format, text).ok()?;
    let is_exact = local.strftime(format).to_string() == text;
    let instant = local.to_zoned(beijing()).ok()?.timestamp();
    is_exact.then(|| Timestamp::from_unix(instant.as_second()))
}

fn beijing() -> TimeZone {
    TimeZone::fixed(Offset::constant(8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_beijings() {
        let instant: Timestamp = "2014-09-03T13:15:40+08:00".parse().unwrap();
        assert_eq!(write(instant), "20140903131540");
        assert_eq!(read("20140903131540"), Some(instant));
        assert_eq!(read_dashed("2014-09-03 13:15:40"), Some(instant));
    }

    #[test]
    fn another_spelling_is_not_a_time() {
        for odd in ["", "2014090313154", "201409031315401", "20140230131540", "+0140903131540"] {
            assert_eq!(read(odd), None, "{odd}");
        }
        for odd in ["2014-9-03 13:15:40", "2014-09-03T13:15:40", "2014-09-03 13:15:60"] {
            assert_eq!(read_dashed(odd), None, "{odd}");
        }
    }
}
