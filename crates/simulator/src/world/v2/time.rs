//! Times of v2: Beijing's, without saying so (v2 §5).

use suanpan_wechat::Timestamp;

/// Reads `20140903131540`.
pub(crate) fn read(text: &str) -> Option<Timestamp> {
    if text.len() != 14 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (date, time) = text.split_at(8);
    let dated = format!("{}-{}-{}", &date[..4], &date[4..6], &date[6..]);
    let timed = format!("{}:{}:{}", &time[..2], &time[2..4], &time[4..]);
    format!("{dated}T{timed}+08:00").parse().ok()
}

/// `20140903131540`.
pub(crate) fn write(instant: Timestamp) -> String {
    instant.to_string().chars().take(19).filter(char::is_ascii_digit).collect()
}

/// `2014-09-03 13:15:40`: only where refunds say when they arrived.
pub(crate) fn write_dashed(instant: Timestamp) -> String {
    instant.to_string().chars().take(19).map(|c| if c == 'T' { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let noon: Timestamp = "2026-03-01T12:00:00+08:00".parse().unwrap();
        assert_eq!(write(noon), "20260301120000");
        assert_eq!(write_dashed(noon), "2026-03-01 12:00:00");
        assert_eq!(read("20260301120000"), Some(noon));
        assert_eq!(read("20260230120000"), None);
    }
}
