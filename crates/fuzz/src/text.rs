//! Small texts with a shape.

use suanpan_wechat::{Timestamp, id::RequestId};

/// What is read can be written, and comes back the same.
pub(crate) fn timestamp(input: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(input) else { return false };
    let Ok(instant) = text.parse::<Timestamp>() else { return false };
    assert_eq!(instant.to_string().parse(), Ok(instant));
    true
}

/// An identifier and a number are parts of what was received, whatever was received.
pub(crate) fn request_id(input: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(input) else { return false };
    let Ok(request_id) = RequestId::new(text) else { return false };
    let identifier = request_id.identifier();
    match request_id.error_number() {
        None => assert_eq!(identifier, text),
        Some(number) => {
            let tail = text.strip_prefix(identifier).and_then(|tail| tail.strip_prefix('-'));
            assert_eq!(tail.and_then(|tail| tail.parse().ok()), Some(number), "{text}");
        }
    }
    request_id.stamp().is_some_and(|stamp| {
        assert!(stamp.milliseconds < 1000);
        true
    })
}
