//! Instants with one-second resolution, written as WeChat writes them.

use std::fmt;

use jiff::tz::{Offset, TimeZone};

/// A second since the Unix epoch.
///
/// Written as RFC 3339 in Beijing time (`2024-10-01T12:34:56+08:00`), read in any offset, with or
/// without a fraction (combine, profit sharing and transfers send milliseconds; they are dropped).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(into = "String")]
pub struct Timestamp(i64);

/// The text is not an RFC 3339 instant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an instant must be written like 2024-10-01T12:34:56+08:00")]
pub struct InvalidTimestamp;

/// The instants RFC 3339 can write; everything outside is clamped.
const EARLIEST: i64 = -62_135_596_800;
const LATEST: i64 = 253_402_207_200;

impl Timestamp {
    /// The instant `seconds` after the epoch, clamped to the years 1 to 9999.
    #[must_use]
    pub const fn from_unix(seconds: i64) -> Self {
        if seconds < EARLIEST {
            Self(EARLIEST)
        } else if seconds > LATEST {
            Self(LATEST)
        } else {
            Self(seconds)
        }
    }

    /// Seconds since the epoch.
    #[must_use]
    pub const fn unix(self) -> i64 {
        self.0
    }

    /// The instant `seconds` later (earlier when negative), clamped.
    #[must_use]
    pub const fn plus(self, seconds: i64) -> Self {
        Self::from_unix(self.0.saturating_add(seconds))
    }

    /// Seconds from `earlier` to `self`; negative when `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Timestamp) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl std::str::FromStr for Timestamp {
    type Err = InvalidTimestamp;
    fn from_str(text: &str) -> Result<Self, InvalidTimestamp> {
        let instant: jiff::Timestamp = text.parse().map_err(|_| InvalidTimestamp)?;
        Ok(Self::from_unix(instant.as_second()))
    }
}

impl<'de> serde::Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::json::text(deserializer)
    }
}

impl From<Timestamp> for String {
    fn from(instant: Timestamp) -> String {
        instant.to_string()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let beijing = TimeZone::fixed(Offset::constant(8));
        let instant = jiff::Timestamp::from_second(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        write!(f, "{}", instant.to_zoned(beijing).strftime("%Y-%m-%dT%H:%M:%S%:z"))
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Timestamp({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_written_in_beijing_time_and_read_in_any() {
        let instant = Timestamp::from_unix(1_727_757_296);
        assert_eq!(instant.to_string(), "2024-10-01T12:34:56+08:00");
        for same in
            ["2024-10-01T12:34:56+08:00", "2024-10-01T04:34:56Z", "2024-10-01T04:34:56.120Z"]
        {
            assert_eq!(same.parse(), Ok(instant));
        }
        assert!("2024-10-01 12:34:56".parse::<Timestamp>().is_err());
    }

    #[test]
    fn extremes_are_clamped_and_printable() {
        for extreme in [i64::MIN, i64::MAX] {
            let text = Timestamp::from_unix(extreme).to_string();
            assert_eq!(text.parse(), Ok(Timestamp::from_unix(extreme)));
        }
    }
}
