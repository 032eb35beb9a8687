//! How the lines are put together.

use super::{
    mistake::{Mistake, mistakes},
    search::Join,
};

mistakes! {
    NO_LAST = "last_newline_missing", "最后一行之后少了换行符 \\n", "the newline after the last line is missing";
    TWO_LAST = "last_newline_doubled", "末尾多了一个换行符", "there is one newline too many at the end";
    NO_BODY_LINE = "body_line_missing", "请求体为空时漏掉了最后的空行", "the line of the empty body was left out";
    CRLF = "newlines_crlf", "换行用了 \\r\\n，应为 \\n", "the lines end in \\r\\n, not in \\n";
    LITERAL = "newlines_literal", "换行写成了反斜杠加 n 两个字符", "the newlines are a backslash and an n, not line breaks";
    NONE = "newlines_none", "各行直接拼在一起，没有换行符", "the lines were joined without newlines";
    AMPERSAND = "newlines_ampersand", "各行用 & 连接，应为换行符", "the lines were joined by &, not by newlines";
    COMMA = "newlines_comma", "各行用逗号连接，应为换行符", "the lines were joined by commas, not by newlines";
    BLANK = "newlines_blank", "各行用空格连接，应为换行符", "the lines were joined by blanks, not by newlines";
    SWAPPED = "timestamp_and_nonce_swapped", "时间戳和随机串两行写反了", "timestamp and nonce are in each other's place";
    URL_FIRST = "method_and_url_swapped", "请求方法和 URL 两行写反了", "method and URL are in each other's place";
    BODY_EARLY = "lines_other_order", "各行的顺序不对", "the lines are in another order";
    NO_METHOD = "method_left_out", "漏掉了请求方法那一行", "the line of the method was left out";
    NO_URL = "url_left_out", "漏掉了 URL 那一行", "the line of the URL was left out";
    NO_TIMESTAMP = "timestamp_left_out", "漏掉了时间戳那一行", "the line of the timestamp was left out";
    NO_NONCE = "nonce_left_out", "漏掉了随机串那一行", "the line of the nonce was left out";
    AS_ANSWER = "string_of_an_answer", "用了验签（应答）的三行格式，请求签名应为五行", "the three lines of an answer were signed, not the five of a request";
    ONLY_BODY = "only_the_body", "只签了请求体", "only the body was signed";
    FIRST_NEWLINE = "first_newline", "开头多了一个换行符", "there is a newline before the first line";
    FIELDS = "string_of_fields", "用了 键=值& 的格式，应为逐行的值", "names and values joined by & were signed, not lines";
    BOM = "string_with_bom", "待签名串开头带有 BOM", "the string begins with a byte order mark";
}

/// Every line with its newline.
pub(super) fn lines(lines: &[&[u8]]) -> Vec<u8> {
    let mut joined = lines.join(&b'\n');
    joined.push(b'\n');
    joined
}

fn ended_by(lines: &[&[u8]], end: &[u8]) -> Vec<u8> {
    lines.iter().flat_map(|line| [*line, end].concat()).collect()
}

pub(super) fn picked(all: &[&[u8]], which: &[usize]) -> Vec<u8> {
    let picked: Vec<&[u8]> = which.iter().map(|&at| all[at]).collect();
    lines(&picked)
}

/// Wrong for lines of every kind of string.
pub(super) fn anywhere() -> Vec<(Mistake, Join)> {
    vec![
        (NO_LAST, |all| all.join(&b'\n')),
        (TWO_LAST, |all| [lines(all), b"\n".to_vec()].concat()),
        (CRLF, |all| ended_by(all, b"\r\n")),
        (CRLF, |all| all.join(&b"\r\n"[..])),
        (LITERAL, |all| ended_by(all, b"\\n")),
        (LITERAL, |all| all.join(&b"\\n"[..])),
        (NONE, |all| all.concat()),
        (AMPERSAND, |all| all.join(&b'&')),
        (AMPERSAND, |all| ended_by(all, b"&")),
        (COMMA, |all| all.join(&b',')),
        (BLANK, |all| all.join(&b' ')),
        (FIRST_NEWLINE, |all| [b"\n".to_vec(), lines(all)].concat()),
        (BOM, |all| ["\u{feff}".as_bytes(), &lines(all)].concat()),
    ]
}

/// Wrong for the three lines of an answer or a notification.
pub(super) fn of_statements() -> Vec<(Mistake, Join)> {
    let of_three: [(Mistake, Join); 6] = [
        (SWAPPED, |all| picked(all, &[1, 0, 2])),
        (NO_TIMESTAMP, |all| picked(all, &[1, 2])),
        (NO_NONCE, |all| picked(all, &[0, 2])),
        (ONLY_BODY, |all| all[2].to_vec()),
        (BODY_EARLY, |all| picked(all, &[2, 0, 1])),
        (BODY_EARLY, |all| picked(all, &[2, 1, 0])),
    ];
    of_three.into_iter().chain(anywhere()).collect()
}

/// Wrong for the five lines of a request.
pub(super) fn of_requests() -> Vec<(Mistake, Join)> {
    let of_five: [(Mistake, Join); 17] = [
        (NO_BODY_LINE, |all| match all {
            [rest @ .., b""] => lines(rest),
            _ => Vec::new(),
        }),
        (NO_BODY_LINE, |all| match all {
            [rest @ .., b""] => rest.join(&b'\n'),
            _ => Vec::new(),
        }),
        (SWAPPED, |all| picked(all, &[0, 1, 3, 2, 4])),
        (URL_FIRST, |all| picked(all, &[1, 0, 2, 3, 4])),
        (NO_METHOD, |all| picked(all, &[1, 2, 3, 4])),
        (NO_URL, |all| picked(all, &[0, 2, 3, 4])),
        (NO_TIMESTAMP, |all| picked(all, &[0, 1, 3, 4])),
        (NO_NONCE, |all| picked(all, &[0, 1, 2, 4])),
        (AS_ANSWER, |all| picked(all, &[2, 3, 4])),
        (ONLY_BODY, |all| all[4].to_vec()),
        (BODY_EARLY, |all| picked(all, &[0, 1, 4, 2, 3])),
        (BODY_EARLY, |all| picked(all, &[0, 1, 4, 3, 2])),
        (BODY_EARLY, |all| picked(all, &[2, 3, 0, 1, 4])),
        (BODY_EARLY, |all| picked(all, &[4, 3, 2, 1, 0])),
        (BODY_EARLY, |all| picked(all, &[0, 2, 3, 1, 4])),
        (BODY_EARLY, |all| picked(all, &[3, 2, 0, 1, 4])),
        (FIELDS, |all| {
            let names: [&[u8]; 5] =
                [b"method=", b"&url=", b"&timestamp=", b"&nonce_str=", b"&body="];
            names.iter().zip(all).flat_map(|(name, value)| [*name, value].concat()).collect()
        }),
    ];
    of_five.into_iter().chain(anywhere()).collect()
}
