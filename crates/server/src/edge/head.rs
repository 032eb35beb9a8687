//! A second look at request heads, before the HTTP library resolves what a proxy in front of us
//! might resolve differently (threat h03). It reads framing and nothing else.

/// Longer heads are not looked at to the end; the HTTP library refuses them as well.
const HEAD_LIMIT: usize = 64 * 1024;

/// What follows a head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Body {
    /// So many bytes.
    Length(u64),
    /// Framed by itself; its end is not followed here, so the connection must not be used again.
    Chunked,
    /// The head contradicts itself or cannot be read: refuse, and close.
    Contradiction,
}

/// Collects one head byte by byte.
#[derive(Debug, Default)]
pub(crate) struct HeadScanner {
    head: Vec<u8>,
}

impl HeadScanner {
    /// Whether a head has begun.
    pub(crate) fn has_begun(&self) -> bool {
        !self.head.is_empty()
    }

    /// Takes bytes up to the end of the head; gives how many were taken and, at the end, what
    /// follows.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> (usize, Option<Body>) {
        for (at, byte) in bytes.iter().enumerate() {
            // Empty lines before a request line are allowed, and belong to no head.
            if self.head.is_empty() && matches!(byte, b'\r' | b'\n') {
                continue;
            }
            self.head.push(*byte);
            if self.head.ends_with(b"\r\n\r\n") || self.head.ends_with(b"\n\n") {
                let body = framing(&std::mem::take(&mut self.head));
                return (at + 1, Some(body));
            }
            if self.head.len() > HEAD_LIMIT {
                self.head.clear();
                return (at + 1, Some(Body::Contradiction));
            }
        }
        (bytes.len(), None)
    }
}

fn framing(head: &[u8]) -> Body {
    let (mut lengths, mut encodings) = (Vec::new(), Vec::new());
    for line in head.split(|byte| *byte == b'\n').skip(1) {
        // A folded line continues the one above it: obsolete, and a way to hide a header.
        if line.first().is_some_and(|byte| matches!(byte, b' ' | b'\t')) {
            return Body::Contradiction;
        }
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        // `Content-Length :` is another header to some, and the same to others.
        if name.last().is_some_and(u8::is_ascii_whitespace) {
            return Body::Contradiction;
        }
        if name.eq_ignore_ascii_case(b"content-length") {
            lengths.push(value);
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            encodings.push(value);
        }
    }
    match (lengths.as_slice(), encodings.as_slice()) {
        ([], []) => Body::Length(0),
        ([length], []) => length_of(length).map_or(Body::Contradiction, Body::Length),
        ([], [encoding]) if encoding.eq_ignore_ascii_case(b"chunked") => Body::Chunked,
        _ => Body::Contradiction,
    }
}

/// Digits and nothing else: `+5`, `5, 5` and `0x5` are numbers only to some.
fn length_of(value: &[u8]) -> Option<u64> {
    if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(value).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body_after(headers: &str) -> Body {
        let head = format!("POST / HTTP/1.1\r\nHost: a\r\n{headers}\r\n");
        let (taken, body) = HeadScanner::default().take(head.as_bytes());
        assert_eq!(taken, head.len());
        body.unwrap()
    }

    #[test]
    fn h03_contradictory_framing_is_refused() {
        for headers in [
            "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
            "transfer-encoding: chunked\r\ncontent-length: 5\r\n",
            "Content-Length: 5\r\nContent-Length: 5\r\n",
            "Content-Length: 5\r\nContent-Length: 6\r\n",
            "Content-Length: 5, 5\r\n",
            "Content-Length: +5\r\n",
            "Content-Length: -5\r\n",
            "Content-Length: 0x5\r\n",
            "Content-Length:\r\n",
            "Content-Length: 99999999999999999999\r\n",
            "Content-Length : 5\r\n",
            "Transfer-Encoding: identity\r\n",
            "Transfer-Encoding: gzip, chunked\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: \x0bchunked\r\n",
            "Transfer-Encoding : chunked\r\n",
            "X: 1\r\n Transfer-Encoding: chunked\r\n",
        ] {
            assert_eq!(body_after(headers), Body::Contradiction, "{headers:?}");
        }
        assert_eq!(body_after(""), Body::Length(0));
        assert_eq!(body_after("Content-Length: 5\r\n"), Body::Length(5));
        assert_eq!(body_after("TRANSFER-ENCODING: Chunked\r\n"), Body::Chunked);
    }

    #[test]
    fn heads_are_found_however_they_are_cut() {
        let bytes = b"\r\nGET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET";
        for cut in 0..bytes.len() {
            let mut scanner = HeadScanner::default();
            let (first, second) = bytes.split_at(cut);
            let (taken, body) = scanner.take(first);
            let (taken, body) = match body {
                Some(_) => (taken, body),
                None => {
                    assert_eq!(taken, cut);
                    let (more, body) = scanner.take(second);
                    (cut + more, body)
                }
            };
            assert_eq!((taken, body), (bytes.len() - 6, Some(Body::Length(3))), "cut at {cut}");
        }
    }

    #[test]
    fn h02_an_endless_head_is_refused() {
        let mut scanner = HeadScanner::default();
        let (taken, body) = scanner.take(&vec![b'a'; 2 * HEAD_LIMIT]);
        assert_eq!((taken, body), (HEAD_LIMIT + 1, Some(Body::Contradiction)));
    }
}
