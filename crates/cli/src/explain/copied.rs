//! An HTTP message as people copy it: the bytes themselves, or what `curl -v` and `curl -i` print.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// What is asked of `POST /api/explain`.
#[derive(Debug, PartialEq, Eq, serde::Serialize)]
pub(super) struct Question {
    method: String,
    url: String,
    headers: BTreeMap<String, String>,
    body_base64: String,
}

/// Begins what curl sent, in what `curl -v` prints.
const SENT: &[u8] = b"> ";

impl Question {
    /// Reads a request, or an answer somebody cannot verify. `body` is given where the copy has none:
    /// `curl -v` does not print it.
    pub(super) fn read(copied: &[u8], body: Option<Vec<u8>>) -> Option<Self> {
        let spoken = spoken(copied);
        let (head, rest) = split(&spoken);
        let head = String::from_utf8_lossy(head);
        let mut lines = head.lines();
        let (method, url) = start(lines.next()?)?;
        let headers: BTreeMap<_, _> = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
            .collect();
        let body = body.unwrap_or_else(|| whole(rest, &headers).to_vec());
        let body_base64 = STANDARD.encode(body);
        Some(Self { method: method.to_owned(), url: url.to_owned(), headers, body_base64 })
    }
}

/// What was sent last, when this is curl's talk: before it there may be a `CONNECT`.
fn spoken(copied: &[u8]) -> Vec<u8> {
    let mut sent: Vec<Vec<u8>> = Vec::new();
    let mut goes_on = false;
    for line in copied.split(|&byte| byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let said = if line == b">" { Some(&b""[..]) } else { line.strip_prefix(SENT) };
        match said {
            Some(said) => {
                if !goes_on {
                    sent.push(Vec::new());
                }
                let request = sent.last_mut().expect("one was just begun");
                request.extend_from_slice(said);
                request.push(b'\n');
            }
            // Remarks stand between the lines of one request.
            None if line.starts_with(b"* ") => continue,
            None => {}
        }
        goes_on = said.is_some_and(|said| !said.is_empty());
    }
    sent.pop().unwrap_or_else(|| copied.trim_ascii_start().to_vec())
}

/// At the first empty line.
fn split(message: &[u8]) -> (&[u8], &[u8]) {
    let mut from = 0;
    for line in message.split_inclusive(|&byte| byte == b'\n') {
        if line == b"\n" || line == b"\r\n" {
            return (&message[..from], &message[from + line.len()..]);
        }
        from += line.len();
    }
    (message, b"")
}

/// Method and target; of an answer, which has neither, something in their place.
fn start(line: &str) -> Option<(&str, &str)> {
    if line.starts_with("HTTP/") {
        return Some(("GET", "/"));
    }
    let mut words = line.split_ascii_whitespace();
    let (method, url) = (words.next()?, words.next()?);
    let is_method = method.bytes().all(|byte| byte.is_ascii_uppercase());
    (is_method && words.next().is_none_or(|version| version.starts_with("HTTP/")))
        .then_some((method, url))
}

/// Without what an editor put behind it: a line break more than was announced, or, when nothing
/// was, the last one.
fn whole<'a>(rest: &'a [u8], headers: &BTreeMap<String, String>) -> &'a [u8] {
    let mut lengths =
        headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length = lengths.next().and_then(|(_, value)| value.parse::<usize>().ok());
    match length {
        Some(length) => match rest.split_at_checked(length) {
            Some((body, more)) if more.trim_ascii().is_empty() => body,
            Some(_) | None => rest,
        },
        None => {
            let rest = rest.strip_suffix(b"\n").unwrap_or(rest);
            rest.strip_suffix(b"\r").unwrap_or(rest)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(copied: &str) -> (String, String, BTreeMap<String, String>, String) {
        let question = Question::read(copied.as_bytes(), None).unwrap();
        let body = String::from_utf8(STANDARD.decode(question.body_base64).unwrap()).unwrap();
        (question.method, question.url, question.headers, body)
    }

    #[test]
    fn bytes_from_the_wire_are_taken_as_they_are() {
        let (method, url, headers, body) = read(
            "POST /v3/x?a=b HTTP/1.1\r\nHost: api.mch.weixin.qq.com\r\nContent-Length: 4\r\n\r\n{}\n\n\n",
        );
        assert_eq!((method.as_str(), url.as_str()), ("POST", "/v3/x?a=b"));
        assert_eq!(headers["Host"], "api.mch.weixin.qq.com");
        assert_eq!(body, "{}\n\n", "as long as was announced");
        assert_eq!(read("GET /v3/x\nA: b:c").2["A"], "b:c");
        assert_eq!(read("POST /x\n\n{\r\n}\r\n").3, "{\r\n}", "an editor ends the last line");
        assert_eq!(read("POST /x\nContent-Length: 1\n\n{}").3, "{}", "more than a line break");
    }

    #[test]
    fn what_curl_prints_is_read_and_its_talk_is_not() {
        let (method, url, headers, body) = read(
            "* Establish HTTP proxy tunnel\n> CONNECT api.mch.weixin.qq.com:443 HTTP/1.1\n> Host: x\n> \n< HTTP/1.1 200 OK\n< \n* Using HTTP2\n> POST /v3/x HTTP/2\r\n> Host: api.mch.weixin.qq.com\r\n* a remark\n> authorization: W y=\"z\"\r\n> \r\n} [5 bytes data]\n< HTTP/2 401 \n< content-length: 9\n< \n{\"code\":1}\n",
        );
        assert_eq!((method.as_str(), url.as_str(), body.as_str()), ("POST", "/v3/x", ""));
        assert_eq!(headers["authorization"], "W y=\"z\"");
        assert_eq!(headers.len(), 2);
    }

    #[test]
    fn an_answer_will_do_and_prose_will_not() {
        let (method, _, headers, body) =
            read("HTTP/1.1 200 OK\r\nWechatpay-Serial: 5F\r\n\r\n{\"a\":1}");
        assert_eq!((method.as_str(), body.as_str()), ("GET", "{\"a\":1}"));
        assert_eq!(headers["Wechatpay-Serial"], "5F");
        for prose in ["", "\n\n", "错误的签名", "it was refused again", "{\"code\":\"SIGN_ERROR\"}"]
        {
            assert_eq!(Question::read(prose.as_bytes(), None), None, "{prose}");
        }
    }

    #[test]
    fn a_body_given_apart_takes_the_place_of_the_copied_one() {
        let question = Question::read(b"POST /x\n\n{}", Some(vec![0xff])).unwrap();
        assert_eq!(question.body_base64, STANDARD.encode([0xff]));
    }
}
