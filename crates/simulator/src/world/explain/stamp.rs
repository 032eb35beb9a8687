//! Time and nonce: the two lines a client makes up for every signature.

use suanpan_wechat::Timestamp;

use super::{mistake::mistakes, search::Line};

mistakes! {
    MILLISECONDS = "timestamp_milliseconds", "签名用的时间戳是毫秒，应为秒", "the timestamp was signed in milliseconds, not in seconds";
    SECONDS = "timestamp_header_milliseconds", "请求头里的时间戳是毫秒，签名用的是秒", "the timestamp was signed in seconds, but sent in milliseconds";
    TWICE = "timestamp_read_twice", "时间戳取了两次：签名用的与发送的差几秒", "the clock was read twice: the time signed is not the time sent";
    ZONE = "timestamp_time_zone", "签名用的时间戳差了整数个小时（时区算错）", "the time signed is off by whole hours (a time zone)";
    DATE = "timestamp_as_date", "签名用的是日期文本，应为秒数", "the time was signed as a date, not as seconds";
    FRACTION = "timestamp_fraction", "签名用的时间戳带有小数", "the time was signed with a fraction";
    NO_TIME = "timestamp_empty", "时间戳那一行是空的", "the line of the timestamp is empty";
    OLD_TIME = "timestamp_of_earlier_request", "签名用了上一次请求的时间戳", "the time of an earlier request was signed";
    LOWER = "nonce_lower_case", "签名时随机串转成了小写", "the nonce was signed in lower case";
    UPPER = "nonce_upper_case", "签名时随机串转成了大写", "the nonce was signed in upper case";
    NO_DASHES = "nonce_without_dashes", "签名时随机串去掉了连字符，发送时没有", "the nonce was signed without the dashes it was sent with";
    DASHES = "nonce_with_dashes", "签名时随机串带连字符（UUID 原样），发送时去掉了", "the nonce was signed as a UUID with dashes, but sent without them";
    OTHER_NONCE = "nonce_other", "签名用的随机串与请求头里的不同，它出现在请求的别处", "another nonce was signed than the header's; it stands elsewhere in the request";
    OLD_NONCE = "nonce_of_earlier_request", "签名用了上一次请求的随机串", "the nonce of an earlier request was signed";
    NO_NONCE = "nonce_empty", "随机串那一行是空的", "the line of the nonce is empty";
    CUT_NONCE = "nonce_cut", "签名与请求头里的随机串长度不同（一边被截断）", "the nonce was signed in another length than sent; one of them is cut";
    TRIMMED_NONCE = "nonce_trimmed", "签名时随机串去掉了首尾空白", "the nonce was signed without the blanks around it";
}

/// Time and nonce of a request that came before this one.
#[derive(Debug, Clone)]
pub(crate) struct Earlier {
    pub(crate) timestamp: String,
    pub(crate) nonce: String,
}

/// A clock read twice differs by no more seconds than this.
const READ_TWICE: i64 = 5;

pub(super) fn timestamp(sent: &str, earlier: &[Earlier]) -> Line {
    let mut line = Line::new(sent);
    line.or(NO_TIME, "");
    for old in earlier {
        line.or(OLD_TIME, old.timestamp.as_str());
    }
    let Ok(time) = sent.trim().parse::<i64>() else { return line };
    // Beyond these years it was not seconds, and sums would not fit.
    if !(0..1 << 48).contains(&time) {
        return line;
    }
    line.or(MILLISECONDS, format!("{sent}000"));
    line.or(SECONDS, (time / 1000).to_string());
    line.or(FRACTION, format!("{sent}.0"));
    for off in (1..=READ_TWICE).flat_map(|off| [off, -off]) {
        line.or(TWICE, (time + off).to_string());
    }
    for hours in (1..=12).flat_map(|hours| [hours, -hours]) {
        line.or_alone(ZONE, (time + hours * 3600).to_string());
    }
    line.or(DATE, Timestamp::from_unix(time).to_string());
    for milliseconds in 1..1000 {
        line.or_alone(MILLISECONDS, (time * 1000 + milliseconds).to_string());
    }
    line
}

/// `elsewhere` are values of the same request that might have been taken for the nonce.
pub(super) fn nonce(sent: &str, elsewhere: &[String], earlier: &[Earlier]) -> Line {
    let mut line = Line::new(sent);
    line.or(LOWER, sent.to_ascii_lowercase());
    line.or(UPPER, sent.to_ascii_uppercase());
    line.or(TRIMMED_NONCE, sent.trim());
    line.or(NO_DASHES, sent.replace('-', ""));
    if let Some(dashed) = as_uuid(sent) {
        line.or(DASHES, dashed.to_ascii_lowercase());
        line.or(DASHES, dashed.to_ascii_uppercase());
        line.or(DASHES, dashed);
    }
    for length in [8, 16, 31, 32] {
        if let Some(cut) = sent.get(..length) {
            line.or(CUT_NONCE, cut);
        }
    }
    for value in elsewhere {
        line.or(OTHER_NONCE, value.as_str());
    }
    for old in earlier {
        line.or(OLD_NONCE, old.nonce.as_str());
    }
    line.or(NO_NONCE, "");
    line
}

fn as_uuid(text: &str) -> Option<String> {
    let is_hex = text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
    is_hex.then(|| [&text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..]].join("-"))
}
