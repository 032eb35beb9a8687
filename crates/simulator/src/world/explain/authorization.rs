//! The `Authorization` header, read as a person would: what is meant, and what is wrong with it.

use super::evidence::KnownKey;
use super::{
    mistake::{Mistake, mistakes},
    told::KeyRole,
};

mistakes! {
    MISSING = "header_missing", "请求没有 Authorization 头", "the request has no Authorization header";
    OTHER_SCHEME = "header_scheme", "Authorization 的认证类型不是 WECHATPAY2-SHA256-RSA2048",
        "the scheme of the Authorization header is not WECHATPAY2-SHA256-RSA2048";
    NO_BLANK = "header_no_blank", "认证类型与后面的内容之间少了空格", "the blank after the scheme is missing";
    SEPARATOR = "header_separators", "各项之间没有用逗号分隔", "the header's members are not separated by commas";
    QUOTES = "header_quotes", "各项的值没有用双引号括起来", "the header's values do not stand in double quotation marks";
    NAME = "header_names", "Authorization 里有的名称写错了（应为 mchid、nonce_str、signature、timestamp、serial_no）",
        "a member of the header has another name than mchid, nonce_str, signature, timestamp or serial_no";
    ABSENT = "header_member_missing", "Authorization 里缺少必需的项或值为空", "a member of the header is missing or empty";
    DOUBLED = "header_member_twice", "Authorization 里同一项出现了两次", "a member of the header is given twice";
    EXTRA = "header_member_unknown", "Authorization 里有多余的项", "the header has a member too many";
    NOT_SECONDS = "header_timestamp", "Authorization 里的时间戳不是秒数", "the header's timestamp is not a number of seconds";
    NO_SUCH_MERCHANT = "mchid_unknown", "商户号不存在", "there is no merchant with this mchid";
    SERIAL_CASE = "serial_lower_case", "证书序列号应为大写十六进制", "the serial number is in lower case";
    SERIAL_DECIMAL = "serial_decimal", "证书序列号写成了十进制，应为十六进制", "the serial number is written in decimal, not in hex";
    SERIAL_COLONS = "serial_punctuated", "证书序列号里有多余的符号（如冒号、0x 或空白）", "the serial number has signs that do not belong to it, such as colons or 0x";
    SERIAL_ZERO = "serial_leading_zero", "证书序列号开头的 0 有多余或缺失", "the serial number has a leading zero too many or too few";
    SERIAL_OF_WECHAT = "serial_of_wechat", "serial_no 填成了微信支付平台证书（或公钥）的序列号，应为商户 API 证书的",
        "the serial number is that of a key of WeChat's, not of the merchant's API certificate";
    SERIAL_OF_OTHER = "serial_of_other_merchant", "serial_no 是另一个商户的证书序列号", "the serial number is that of another merchant's certificate";
    NO_SUCH_SERIAL = "serial_unknown", "商户没有这个序列号的 API 证书", "the merchant has no API certificate with this serial number";
    CLOCK_MILLISECONDS = "clock_milliseconds", "请求头里的时间戳是毫秒，应为秒", "the header's timestamp is in milliseconds, not in seconds";
    CLOCK_ZONE = "clock_time_zone", "请求头里的时间戳差了整数个小时（时区算错）", "the header's timestamp is off by whole hours (a time zone)";
    CLOCK_OFF = "clock_off", "请求头里的时间戳与服务器时间相差超过 5 分钟", "the header's timestamp is more than five minutes away from the server's time";
}

const SCHEME: &str = "WECHATPAY2-SHA256-RSA2048";

/// Names people give to the five members, without case and underscores.
const NAMES: [(&str, &[&str]); 5] = [
    ("mchid", &["mchid", "merchantid", "spmchid"]),
    ("nonce_str", &["noncestr", "nonce"]),
    ("signature", &["signature", "sign", "paysign"]),
    ("timestamp", &["timestamp", "time", "ts"]),
    ("serial_no", &["serialno", "serial", "serialnumber", "certserialno"]),
];

/// What the header means, as far as that can be told.
#[derive(Debug, Clone, Default)]
pub(crate) struct Read {
    pub(crate) mchid: String,
    pub(crate) nonce_str: String,
    pub(crate) signature: String,
    pub(crate) timestamp: String,
    pub(crate) serial_no: String,
    pub(crate) mistakes: Vec<Mistake>,
}

impl Read {
    /// Without all five nothing can be said about a signature.
    pub(crate) fn is_unusable(&self) -> bool {
        self.mistakes.contains(&ABSENT) || self.mistakes.contains(&MISSING)
    }

    fn note(&mut self, mistake: Mistake) {
        if !self.mistakes.contains(&mistake) {
            self.mistakes.push(mistake);
        }
    }
}

pub(crate) fn read(header: &str) -> Read {
    let mut read = Read::default();
    if header.trim().is_empty() {
        read.note(MISSING);
        return read;
    }
    let mut rest = without_scheme(header, &mut read);
    let mut seen: Vec<&str> = Vec::new();
    while let Some((name, value, after)) = member(rest, &mut read) {
        rest = after;
        let plain: String = name.to_ascii_lowercase().replace(['_', '-'], "");
        let Some((known, _)) = NAMES.iter().find(|(_, names)| names.contains(&plain.as_str()))
        else {
            read.note(EXTRA);
            continue;
        };
        if name != *known {
            read.note(NAME);
        }
        if seen.contains(known) {
            read.note(DOUBLED);
        }
        seen.push(known);
        let place = match *known {
            "mchid" => &mut read.mchid,
            "nonce_str" => &mut read.nonce_str,
            "signature" => &mut read.signature,
            "timestamp" => &mut read.timestamp,
            _ => &mut read.serial_no,
        };
        value.clone_into(place);
    }
    let all = [&read.mchid, &read.nonce_str, &read.signature, &read.timestamp, &read.serial_no];
    if all.iter().any(|value| value.is_empty()) {
        read.note(ABSENT);
    } else if read.timestamp.parse::<i64>().is_err() {
        read.note(NOT_SECONDS);
    }
    read
}

fn without_scheme<'a>(header: &'a str, read: &mut Read) -> &'a str {
    let header = header.trim();
    if let Some(rest) = header.strip_prefix(SCHEME) {
        if !rest.starts_with(' ') {
            read.note(NO_BLANK);
        }
        return rest;
    }
    read.note(OTHER_SCHEME);
    match header.split_once(' ') {
        Some((scheme, rest)) if !scheme.contains('=') => rest,
        _ => header,
    }
}

/// The next `name="value"`, however it is punctuated.
fn member<'a>(text: &'a str, read: &mut Read) -> Option<(&'a str, &'a str, &'a str)> {
    let start = text.find(|letter: char| letter.is_ascii_alphanumeric())?;
    let between = text[..start].trim();
    if !matches!(between, "" | ",") || (between.is_empty() && !read.mchid.is_empty() && start == 0)
    {
        read.note(SEPARATOR);
    }
    let text = &text[start..];
    let end = text.find(['=', ':'])?;
    let name = text[..end].trim().trim_matches(['"', '\'']);
    let value = text[end + 1..].trim_start();
    let quote = value.chars().next()?;
    if matches!(quote, '"' | '\'') {
        if quote == '\'' {
            read.note(QUOTES);
        }
        let value = &value[1..];
        let end = value.find(quote).unwrap_or(value.len());
        let after = value.get(end + 1..).unwrap_or_default();
        let is_separated = matches!(after.trim_start().chars().next(), None | Some(','));
        if !is_separated {
            read.note(SEPARATOR);
        }
        return Some((name, &value[..end], after));
    }
    read.note(QUOTES);
    let end = value.find([',', ';', ' ', '&']).unwrap_or(value.len());
    Some((name, &value[..end], &value[end..]))
}

/// What is wrong about who it says is calling.
pub(crate) fn identity(read: &Read, keys: &[&KnownKey]) -> Option<Mistake> {
    let is_merchants = |known: &&&KnownKey| known.by.role == KeyRole::Merchant;
    let own = || keys.iter().filter(is_merchants).filter(|known| known.by.mchid == read.mchid);
    if own().next().is_none() {
        return Some(NO_SUCH_MERCHANT);
    }
    let serial = read.serial_no.as_str();
    if own().any(|known| known.by.serial_no == serial) {
        return None;
    }
    let hex: String = serial.chars().filter(char::is_ascii_hexdigit).collect();
    for known in own() {
        let right = known.by.serial_no.as_str();
        if right.eq_ignore_ascii_case(serial) {
            return Some(SERIAL_CASE);
        }
        if decimal(right).as_deref() == Some(serial) {
            return Some(SERIAL_DECIMAL);
        }
        let stripped = serial.trim_start_matches("0x").trim_start_matches("0X");
        let stripped: String = stripped.chars().filter(char::is_ascii_hexdigit).collect();
        if right.eq_ignore_ascii_case(&hex) || right.eq_ignore_ascii_case(&stripped) {
            return Some(SERIAL_COLONS);
        }
        let bare = |text: &str| text.trim_start_matches('0').to_ascii_uppercase();
        if bare(right) == bare(serial) {
            return Some(SERIAL_ZERO);
        }
    }
    match keys.iter().find(|known| known.by.serial_no.eq_ignore_ascii_case(serial)) {
        Some(known) if known.by.role == KeyRole::Merchant => Some(SERIAL_OF_OTHER),
        Some(_) => Some(SERIAL_OF_WECHAT),
        None => Some(NO_SUCH_SERIAL),
    }
}

fn decimal(hex: &str) -> Option<String> {
    Some(num_bigint::BigUint::parse_bytes(hex.as_bytes(), 16)?.to_string())
}

/// What is wrong about the time, and whether that is a mistake of its own rather than old age.
pub(crate) fn clock(read: &Read, now: i64, window: i64) -> Option<(Mistake, bool)> {
    let off = read.timestamp.parse::<i64>().ok()?.checked_sub(now)?;
    let hour = 3600;
    if off.checked_abs()? <= window {
        None
    } else if (read.timestamp.parse::<i64>().ok()? / 1000 - now).abs() <= window {
        Some((CLOCK_MILLISECONDS, true))
    } else if off.abs() <= 14 * hour && (off.abs() + window) % hour <= 2 * window {
        Some((CLOCK_ZONE, true))
    } else {
        Some((CLOCK_OFF, false))
    }
}
