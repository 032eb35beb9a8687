//! The first two lines of a request's string: method and target.

use std::fmt::Write as _;

use super::{mistake::mistakes, search::Line};
use crate::world::exchange::HttpRequest;

mistakes! {
    LOWER = "method_lower_case", "请求方法用了小写", "the method is in lower case";
    OTHER_METHOD = "method_other", "签名用的请求方法与实际发送的不同", "another method was signed than was sent";
    NO_QUERY = "url_without_query", "URL 里漏掉了查询参数", "the query was left out of the URL";
    FULL = "url_with_host", "URL 带上了协议和域名，应从路径开始", "the URL begins with scheme and host in place of the path";
    HOST = "url_with_bare_host", "URL 带上了域名，应从路径开始", "the URL begins with the host in place of the path";
    SORTED = "url_query_sorted", "签名时查询参数被重新排序，与实际发送的顺序不同",
        "the query's members were sorted for the signature, but sent in another order";
    DECODED = "url_decoded", "签名用的是解码后的 URL，应与实际发送的一字不差",
        "the URL was signed decoded, not as it was sent";
    QUERY_DECODED = "url_query_decoded", "签名用的是解码后的查询参数", "the query was signed decoded, not as it was sent";
    ENCODED = "url_encoded_twice", "URL 被多做了一次编码", "the URL was percent-encoded once more";
    QUERY_ENCODED = "url_query_encoded", "签名时对查询参数做了编码，发送时却没有", "the query was percent-encoded for the signature, but not when it was sent";
    PLUS = "url_blank_as_plus", "签名时空格写成 +，发送时写成 %20", "blanks were signed as +, but sent as %20";
    PERCENT_BLANK = "url_blank_as_percent", "签名时空格写成 %20，发送时写成 +", "blanks were signed as %20, but sent as +";
    LOWER_ESCAPES = "url_escapes_lower_case", "签名时 %xx 用了小写十六进制", "the percent escapes were signed in lower case";
    UPPER_ESCAPES = "url_escapes_upper_case", "签名时 %XX 用了大写十六进制", "the percent escapes were signed in upper case";
    SLASH_ADDED = "url_slash_added", "签名时路径末尾多了 /", "the signed path ends in a slash that was not sent";
    SLASH_LOST = "url_slash_lost", "签名时路径末尾少了 /", "the signed path lacks the slash that was sent at its end";
    NO_FIRST_SLASH = "url_without_first_slash", "URL 开头少了 /", "the URL lacks its first slash";
    DOUBLE_SLASH = "url_double_slash", "URL 开头多了 /", "the URL begins with two slashes";
    NO_VERSION = "url_without_v3", "URL 漏掉了 /v3 前缀", "the URL lacks its prefix /v3";
    MARK_ADDED = "url_question_mark_added", "签名时 URL 末尾多了 ?", "the signed URL ends in a question mark";
    QUERY_ONLY = "url_query_only", "只签了查询参数，漏了路径", "only the query was signed, not the path";
    TEMPLATE = "url_template", "URL 里的路径参数没有替换成实际的值", "the path was signed with its placeholder in place of the value";
    AMPERSANDS = "url_html_escaped", "URL 里的 & 变成了 &amp;", "the & of the URL became &amp;";
    LOWER_URL = "url_lower_case", "签名时 URL 被转成了小写", "the URL was signed in lower case";
    EMPTY_URL = "url_empty", "URL 那一行是空的", "the line of the URL is empty";
}

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// The path parameters of v3, as its manual writes them.
const PLACEHOLDERS: [&str; 6] =
    ["out_trade_no", "transaction_id", "out_refund_no", "mchid", "out_bill_no", "id"];

const WECHATS_HOSTS: [&str; 2] = ["api.mch.weixin.qq.com", "api2.mch.weixin.qq.com"];

pub(super) fn method(sent: &str) -> Line {
    let mut line = Line::new(sent);
    line.or(LOWER, sent.to_ascii_lowercase());
    let mut letters = sent.to_ascii_lowercase();
    if let Some(first) = letters.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    line.or(LOWER, letters);
    for other in METHODS {
        line.or(OTHER_METHOD, other);
    }
    line
}

pub(super) fn target(request: &HttpRequest) -> Line {
    let sent = request.target.as_str();
    let mut line = Line::new(sent);
    let path = request.path();
    let query = sent.split_once('?').map(|(_, query)| query);
    with_host(&mut line, request);
    line.or(NO_QUERY, path);
    if let Some(query) = query {
        queries(&mut line, path, query);
    }
    line.or(DECODED, decoded(sent));
    line.or_all(vec![DECODED, NO_QUERY], decoded(path).into_bytes());
    line.or(LOWER_ESCAPES, escapes(sent, char::to_ascii_lowercase));
    line.or(UPPER_ESCAPES, escapes(sent, char::to_ascii_uppercase));
    line.or(ENCODED, encoded(sent, b"/?&="));
    line.or(ENCODED, encoded(sent, b""));
    line.or(ENCODED, sent.replace('%', "%25"));
    for (mistake, path) in paths(path) {
        line.or(mistake, with_query(&path, query));
        if query.is_some() {
            line.or_all(vec![mistake, NO_QUERY], path.into_bytes());
        }
    }
    line.or(MARK_ADDED, format!("{sent}?"));
    line.or(LOWER_URL, sent.to_ascii_lowercase());
    line.or(EMPTY_URL, "");
    line
}

fn with_host(line: &mut Line, request: &HttpRequest) {
    let sent = request.target.as_str();
    let own = request.header("Host").unwrap_or_default();
    let name = own.split_once(':').map_or(own, |(name, _)| name);
    let hosts = WECHATS_HOSTS.into_iter().chain([own, name]).filter(|host| !host.is_empty());
    for host in hosts {
        for scheme in ["https", "http"] {
            line.or(FULL, format!("{scheme}://{host}{sent}"));
            line.or_all(
                vec![FULL, NO_QUERY],
                format!("{scheme}://{host}{}", request.path()).into_bytes(),
            );
        }
        line.or(HOST, format!("{host}{sent}"));
        line.or(HOST, format!("//{host}{sent}"));
    }
}

fn queries(line: &mut Line, path: &str, query: &str) {
    let with = |query: &str| format!("{path}?{query}");
    let mut members: Vec<&str> = query.split('&').collect();
    members.sort_unstable();
    line.or(SORTED, with(&members.join("&")));
    members.reverse();
    line.or(SORTED, with(&members.join("&")));
    let mut turned: Vec<&str> = query.split('&').collect();
    turned.reverse();
    line.or(SORTED, with(&turned.join("&")));
    line.or(QUERY_DECODED, with(&decoded(query)));
    line.or(QUERY_ENCODED, with(&encoded(query, b"&=%+")));
    line.or(ENCODED, with(&encoded(query, b"&=")));
    line.or(ENCODED, with(&encoded(query, b"")));
    line.or(PLUS, with(&query.replace("%20", "+")));
    line.or(PERCENT_BLANK, with(&query.replace('+', "%20")));
    line.or(AMPERSANDS, with(&query.replace('&', "&amp;")));
    line.or(SLASH_ADDED, format!("{path}/?{query}"));
    line.or(QUERY_ONLY, query);
    line.or(QUERY_ONLY, format!("?{query}"));
}

fn paths(path: &str) -> Vec<(super::mistake::Mistake, String)> {
    let mut paths = vec![(SLASH_ADDED, format!("{path}/")), (DOUBLE_SLASH, format!("/{path}"))];
    if let Some(shorter) = path.strip_suffix('/') {
        paths.push((SLASH_LOST, shorter.to_owned()));
    }
    if let Some(rest) = path.strip_prefix('/') {
        paths.push((NO_FIRST_SLASH, rest.to_owned()));
    }
    if let Some(rest) = path.strip_prefix("/v3") {
        paths.push((NO_VERSION, rest.to_owned()));
    }
    let segments: Vec<&str> = path.split('/').collect();
    let values = segments.iter().enumerate().filter(|(_, segment)| {
        segment.bytes().any(|b| b.is_ascii_digit()) && !matches!(**segment, "v3" | "h5")
    });
    for (at, _) in values {
        for name in PLACEHOLDERS {
            for placeholder in [format!("{{{name}}}"), format!(":{name}"), name.to_owned()] {
                let mut segments = segments.clone();
                segments[at] = &placeholder;
                paths.push((TEMPLATE, segments.join("/")));
            }
        }
    }
    paths
}

fn with_query(path: &str, query: Option<&str>) -> String {
    query.map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"))
}

/// Decoded as forms are; `+` becomes a blank.
fn decoded(text: &str) -> String {
    let text = text.replace('+', " ");
    percent_encoding::percent_decode_str(&text).decode_utf8_lossy().into_owned()
}

/// Percent-encodes everything but unreserved characters and those in `keep`.
pub(super) fn encoded(text: &str, keep: &[u8]) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) || keep.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").expect("a String takes everything");
        }
    }
    encoded
}

fn escapes(text: &str, case: fn(&char) -> char) -> String {
    let mut left = 0_u8;
    text.chars()
        .map(|letter| match letter {
            '%' => {
                left = 2;
                letter
            }
            _ if left > 0 => {
                left -= 1;
                case(&letter)
            }
            _ => letter,
        })
        .collect()
}
