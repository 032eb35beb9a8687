//! Small texts with a shape.

use suanpan_wechat::Timestamp;

/// What is read can be written, and comes back the same.
pub(crate) fn timestamp(input: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(input) else { return false };
    let Ok(instant) = text.parse::<Timestamp>() else { return false };
    assert_eq!(instant.to_string().parse(), Ok(instant));
    true
}
