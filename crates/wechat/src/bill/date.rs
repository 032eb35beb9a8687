//! The days of bills, which are days in Beijing whatever the clock of the server says.

use std::{fmt, str::FromStr};

use jiff::{civil, tz::Offset};

use crate::Timestamp;

const BEIJING: Offset = Offset::constant(8);
/// Bills are made from 9:00 the next day on; an hour later they are there.
const READY_AT_HOUR: i8 = 10;

/// The day of a bill, in Beijing (threat b05).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BillDate(civil::Date);

/// Not a day written like `2019-06-11`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a bill's day must be written like 2019-06-11")]
pub struct InvalidDate;

impl BillDate {
    /// The day in which `instant` lies.
    #[must_use]
    pub fn of(instant: Timestamp) -> Self {
        let instant =
            jiff::Timestamp::from_second(instant.unix()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        Self(BEIJING.to_datetime(instant).date())
    }

    /// The first second of the day.
    #[must_use]
    pub fn starts_at(self) -> Timestamp {
        self.hour(0)
    }

    /// The first second after the day.
    #[must_use]
    pub fn ends_at(self) -> Timestamp {
        self.starts_at().plus(24 * 3600)
    }

    /// When the bill of this day can be expected.
    #[must_use]
    pub fn ready_at(self) -> Timestamp {
        self.hour(READY_AT_HOUR).plus(24 * 3600)
    }

    /// Whether `instant` lies in the day.
    #[must_use]
    pub fn contains(self, instant: Timestamp) -> bool {
        Self::of(instant) == self
    }

    fn hour(self, hour: i8) -> Timestamp {
        let instant = BEIJING.to_timestamp(self.0.at(hour, 0, 0, 0));
        // Only the last hours of the year 9999 have no instant.
        Timestamp::from_unix(instant.map_or(i64::MAX, jiff::Timestamp::as_second))
    }
}

impl FromStr for BillDate {
    type Err = InvalidDate;
    fn from_str(text: &str) -> Result<Self, InvalidDate> {
        let date = civil::Date::strptime("%Y-%m-%d", text).map_err(|_| InvalidDate)?;
        if date.year() >= 1 && date.to_string() == text { Ok(Self(date)) } else { Err(InvalidDate) }
    }
}

impl fmt::Display for BillDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Reads the instants of a bill: `2019-07-25 08:35:41`, in Beijing.
pub(crate) fn instant(text: &str) -> Result<Timestamp, InvalidDate> {
    let written = civil::DateTime::strptime("%Y-%m-%d %H:%M:%S", text).map_err(|_| InvalidDate)?;
    let instant = BEIJING.to_timestamp(written).map_err(|_| InvalidDate)?;
    Ok(Timestamp::from_unix(instant.as_second()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b05_a_day_is_a_day_in_beijing() {
        let day: BillDate = "2024-10-01".parse().unwrap();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert_eq!(day.starts_at(), at("2024-10-01T00:00:00+08:00"));
        assert_eq!(day.ends_at(), at("2024-10-02T00:00:00+08:00"));
        assert_eq!(day.ready_at(), at("2024-10-02T10:00:00+08:00"));
        assert!(day.contains(at("2024-09-30T16:00:00Z")));
        assert!(day.contains(at("2024-10-01T15:59:59Z")));
        assert!(!day.contains(at("2024-10-01T16:00:00Z")));
        assert!(!day.contains(at("2024-09-30T15:59:59Z")));
        assert_eq!(instant("2024-10-01 12:34:56"), Ok(at("2024-10-01T04:34:56Z")));
        assert_eq!(BillDate::of(at("2024-12-31T16:00:00Z")).to_string(), "2025-01-01");
    }

    #[test]
    fn b05_days_and_instants_are_written_in_one_way() {
        for bad in ["", "20240930", "2024-9-30", "2024-02-30", "2024-10-01 ", "0000-01-01", "x"] {
            assert!(bad.parse::<BillDate>().is_err(), "{bad}");
        }
        for bad in ["", "2024-10-01", "2024-10-01T12:34:56", "2024-10-01 24:00:00", "0"] {
            assert!(instant(bad).is_err(), "{bad}");
        }
        let far: BillDate = "9999-12-31".parse().unwrap();
        assert!(far.ready_at() >= far.starts_at());
    }
}
