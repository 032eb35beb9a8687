//! How a signature is written down: standard Base64, or something else by mistake.

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

use super::mistake::{Mistake, mistakes};

mistakes! {
    URL_SAFE = "signature_base64url", "签名用了 URL 安全的 Base64（- 和 _），应为标准 Base64（+ 和 /）",
        "the signature is written in URL-safe Base64 (- and _), not in the standard alphabet (+ and /)";
    UNPADDED = "signature_unpadded", "签名的 Base64 末尾缺少 =", "the signature's Base64 lacks the = at its end";
    SPACED = "signature_with_blanks", "签名里混入了空白或换行", "there are blanks or line breaks inside the signature";
    PLUS_LOST = "signature_plus_lost", "签名里的 + 变成了空格（被当作 URL 参数解码过）",
        "the + of the signature became blanks (it was decoded like a query)";
    PERCENT = "signature_percent_encoded", "签名被做了 URL 编码", "the signature is percent-encoded";
    HEX = "signature_hex", "签名写成了十六进制，应为 Base64", "the signature is written in hex, not in Base64";
    OF_HEX = "signature_base64_of_hex", "签名先转成了十六进制文本，再做 Base64", "the Base64 holds the hex text of the signature";
    TWICE = "signature_base64_twice", "签名做了两次 Base64", "the signature is Base64 of Base64";
    ESCAPED = "signature_escaped", "签名里带着反斜杠转义", "the signature carries backslash escapes";
    REVERSED = "signature_reversed", "签名的字节顺序是反的（小端）", "the bytes of the signature are in reverse order (little-endian)";
    CUT = "signature_cut", "签名的长度不是 2048 位 RSA 的 256 字节，可能被截断",
        "the signature is not the 256 bytes of RSA with 2048 bits; it may have been cut";
    OTHER_SIZE = "key_size", "签名的密钥不是 2048 位 RSA", "the key that signed is not RSA with 2048 bits";
    ELLIPTIC = "key_elliptic", "这是 ECDSA 或 SM2 签名，不是 RSA", "this is a signature of ECDSA or SM2, not of RSA";
    NOT_TEXT = "signature_unreadable", "签名不是 Base64，无法读取", "the signature is not Base64 and cannot be read";
    EMPTY = "signature_empty", "签名是空的", "the signature is empty";
}

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// Longer texts are no signature, whatever was done to them.
const LONGEST: usize = 8192;

/// One way to read a signature.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    pub(crate) mistakes: Vec<Mistake>,
    pub(crate) bytes: Vec<u8>,
}

/// Every way to read the text that gives bytes, the plain one first.
pub(crate) fn readings(text: &str) -> Vec<Reading> {
    if text.is_empty() || text.len() > LONGEST {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (mut mistakes, text) in spellings(text) {
        if let Some((more, bytes)) = decoded(&text) {
            mistakes.extend(more);
            found.push(Reading { mistakes, bytes });
        }
    }
    for reading in found.clone() {
        let Ok(inner) = String::from_utf8(reading.bytes) else { continue };
        let inner = inner.trim();
        let again = match hex::decode(inner) {
            Ok(bytes) => Some((OF_HEX, bytes)),
            Err(_) => STANDARD.decode(inner).ok().map(|bytes| (TWICE, bytes)),
        };
        if let Some((mistake, bytes)) = again {
            found.push(Reading { mistakes: [reading.mistakes, vec![mistake]].concat(), bytes });
        }
    }
    for reading in found.clone() {
        let bytes = reading.bytes.into_iter().rev().collect();
        found.push(Reading { mistakes: [reading.mistakes, vec![REVERSED]].concat(), bytes });
    }
    found
}

/// The text as it is, and freed from what may have been put around it.
fn spellings(text: &str) -> Vec<(Vec<Mistake>, String)> {
    let mut all = vec![(Vec::new(), text.to_owned())];
    let mut also = |mistake, other: String| {
        if other != text {
            all.push((vec![mistake], other));
        }
    };
    also(PLUS_LOST, text.trim().replace(' ', "+"));
    also(SPACED, text.chars().filter(|c| !c.is_whitespace()).collect());
    also(ESCAPED, text.replace("\\n", "").replace("\\r", "").replace('\\', ""));
    if text.contains('%') {
        let plain = percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
        also(PERCENT, plain);
    }
    all
}

fn decoded(text: &str) -> Option<(Vec<Mistake>, Vec<u8>)> {
    if let Ok(bytes) = hex::decode(text) {
        return Some((vec![HEX], bytes));
    }
    let mut mistakes = Vec::new();
    if !text.len().is_multiple_of(4) {
        mistakes.push(UNPADDED);
    }
    if let Ok(bytes) = STANDARD.decode(text) {
        return Some((mistakes, bytes));
    }
    mistakes.push(URL_SAFE);
    URL.decode(text).ok().map(|bytes| (mistakes, bytes))
}

/// What the bytes look like, for signatures no key opens.
pub(crate) fn guess(text: &str, readings: &[Reading]) -> Option<Mistake> {
    if text.trim().is_empty() {
        return Some(EMPTY);
    }
    let Some(reading) = readings.first() else { return Some(NOT_TEXT) };
    match reading.bytes.as_slice() {
        bytes if bytes.len() == 256 => None,
        [0x30, length, 0x02, ..] if usize::from(*length) + 2 == reading.bytes.len() => {
            Some(ELLIPTIC)
        }
        bytes if matches!(bytes.len(), 128 | 384 | 512) => Some(OTHER_SIZE),
        bytes if bytes.len() > 64 => Some(CUT),
        _ => None,
    }
}
