//! What a request body may look like, as data, and WeChat's own words when it does not.
//!
//! The first violation in the order of the tables wins, and schema comes before every business
//! rule (v3 §7.7).

use serde_json::{Map, Value, json};

use super::error::ApiError;

/// A member of an object.
pub(crate) struct Field {
    pub(crate) name: &'static str,
    /// What WeChat calls it in its messages.
    pub(crate) label: &'static str,
    pub(crate) required: bool,
    pub(crate) kind: Kind,
}

/// What a value may be.
pub(crate) enum Kind {
    Text { min: usize, max: usize, unit: Unit, pattern: Option<&'static Pattern> },
    Integer { min: i64 },
    Boolean,
    Object(&'static [Field]),
    Array { min: usize, of: &'static Kind },
}

/// What a text's length is counted in; it differs from field to field.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Bytes,
    Chars,
}

/// An alphabet, with the regular expression WeChat prints when it is left.
pub(crate) struct Pattern {
    pub(crate) regex: &'static str,
    pub(crate) matches: fn(&str) -> bool,
}

pub(crate) const fn required(name: &'static str, label: &'static str, kind: Kind) -> Field {
    Field { name, label, required: true, kind }
}

pub(crate) const fn optional(name: &'static str, label: &'static str, kind: Kind) -> Field {
    Field { name, label, required: false, kind }
}

/// A text of 1 to `max` bytes.
pub(crate) const fn bytes(max: usize) -> Kind {
    Kind::Text { min: 1, max, unit: Unit::Bytes, pattern: None }
}

/// A text of 1 to `max` characters.
pub(crate) const fn chars(max: usize) -> Kind {
    Kind::Text { min: 1, max, unit: Unit::Chars, pattern: None }
}

/// A text of `min` to `max` bytes out of an alphabet.
pub(crate) const fn matching(min: usize, max: usize, pattern: &'static Pattern) -> Kind {
    Kind::Text { min, max, unit: Unit::Bytes, pattern: Some(pattern) }
}

pub(crate) static MCHID: Pattern = Pattern {
    regex: r"^[1-9]\d*$",
    matches: |text| !text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit()),
};

pub(crate) static ORDER_NUMBER: Pattern = Pattern {
    regex: r"^[0-9a-zA-Z_\-|\*]*$",
    matches: |text| {
        text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'|' | b'*'))
    },
};

pub(crate) static REFUND_NUMBER: Pattern = Pattern {
    regex: r"^[0-9a-zA-Z_\-|\*@]*$",
    matches: |text| {
        text.bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'|' | b'*' | b'@'))
    },
};

pub(crate) static VISIBLE: Pattern =
    Pattern { regex: r"^[!-~]*$", matches: |text| text.bytes().all(|b| b.is_ascii_graphic()) };

pub(crate) static ALPHANUMERIC: Pattern = Pattern {
    regex: r"^[0-9a-zA-Z]*$",
    matches: |text| text.bytes().all(|b| b.is_ascii_alphanumeric()),
};

pub(crate) static NOTIFY_URL: Pattern = Pattern {
    // `http` and loopback are for tests; the document demands `https` (v3 §9).
    regex: r"^https?://[^?#]+$",
    matches: |text| {
        let plain = !text.contains(['?', '#']) && text.bytes().all(|b| b.is_ascii_graphic());
        let parsed = url::Url::parse(text);
        plain && parsed.is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
    },
};

pub(crate) static CNY: Pattern = Pattern { regex: r"^CNY$", matches: |text| text == "CNY" };

pub(crate) static RFC3339: Pattern = Pattern {
    regex: r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$",
    matches: |text| text.parse::<suanpan_wechat::Timestamp>().is_ok(),
};

/// Reads a body and checks it against tables that together name all its members.
pub(crate) fn read(body: &[u8], tables: &[&'static [Field]]) -> Result<Value, ApiError> {
    let value: Value = serde_json::from_slice(body).map_err(|_| ApiError::BODY_NOT_JSON)?;
    let Value::Object(members) = &value else { return Err(ApiError::BODY_NOT_JSON) };
    check_object(members, tables, "/body")?;
    Ok(value)
}

fn check_object(
    members: &Map<String, Value>,
    tables: &[&'static [Field]],
    pointer: &str,
) -> Result<(), ApiError> {
    let known = || tables.iter().copied().flatten();
    for field in known() {
        let pointer = format!("{pointer}/{}", field.name);
        match members.get(field.name) {
            Some(value) => check(value, &field.kind, field.label, &pointer)?,
            None if field.required => return Err(missing("body", &pointer, field.label)),
            None => {}
        }
    }
    match members.keys().find(|name| !known().any(|field| field.name == *name)) {
        Some(unknown) => Err(ApiError::unknown_member(&format!("{pointer}/{unknown}"))),
        None => Ok(()),
    }
}

fn check(value: &Value, kind: &'static Kind, label: &str, pointer: &str) -> Result<(), ApiError> {
    match (kind, value) {
        (Kind::Text { min, max, unit, pattern }, Value::String(text)) => {
            check_text(text, *min, *max, *unit, *pattern, label, pointer)
        }
        (Kind::Integer { min }, Value::Number(number)) => match number.as_i64() {
            Some(integer) if integer >= *min => Ok(()),
            Some(integer) => Err(ApiError::param(
                format!(
                    "输入源“{pointer}”映射到数值字段“{label}”规则校验失败，值 {integer}，小于最小值 {min}"
                ),
                Some(json!({"location": "body", "value": integer})),
            )),
            None => Err(wrong_type("int", label, pointer)),
        },
        (Kind::Boolean, Value::Bool(_)) => Ok(()),
        (Kind::Object(fields), Value::Object(members)) => {
            check_object(members, &[*fields], pointer)
        }
        (Kind::Array { min, of }, Value::Array(items)) => {
            if items.len() < *min {
                return Err(missing("body", pointer, label));
            }
            for (index, item) in items.iter().enumerate() {
                check(item, of, label, &format!("{pointer}/{index}"))?;
            }
            Ok(())
        }
        (Kind::Text { .. }, _) => Err(wrong_type("string", label, pointer)),
        (Kind::Integer { .. }, _) => Err(wrong_type("int", label, pointer)),
        (Kind::Boolean, _) => Err(wrong_type("bool", label, pointer)),
        (Kind::Object(_), _) => Err(wrong_type("object", label, pointer)),
        (Kind::Array { .. }, _) => Err(wrong_type("array", label, pointer)),
    }
}

fn check_text(
    text: &str,
    min: usize,
    max: usize,
    unit: Unit,
    pattern: Option<&Pattern>,
    label: &str,
    pointer: &str,
) -> Result<(), ApiError> {
    let failed = |what: String, value: Value| {
        ApiError::param(
            format!("输入源“{pointer}”映射到值字段“{label}”字符串规则校验失败，{what}"),
            Some(json!({"location": "body", "value": value})),
        )
    };
    let (length, counted) = match unit {
        Unit::Bytes => (text.len(), "字节数"),
        Unit::Chars => (text.chars().count(), "字符数"),
    };
    if length < min {
        return Err(failed(format!("{counted} {length}，小于最小值 {min}"), json!(length)));
    }
    if length > max {
        return Err(failed(format!("{counted} {length}，大于最大值 {max}"), json!(length)));
    }
    // Only characters of one to three bytes are taken (v3 §1.13).
    if text.chars().any(|c| c.len_utf8() > 3) {
        return Err(failed("含有超过3字节的UTF-8字符".to_owned(), json!(text)));
    }
    match pattern {
        Some(pattern) if !(pattern.matches)(text) => {
            Err(failed(format!("字符串必须匹配正则表达式“{}”", pattern.regex), json!(text)))
        }
        Some(_) | None => Ok(()),
    }
}

/// A required value is absent; `location` is `body` or `query`.
pub(crate) fn missing(location: &'static str, pointer: &str, label: &str) -> ApiError {
    ApiError::param(
        format!("输入源“{pointer}”映射到字段“{label}”必填性规则校验失败，此字段为必填项"),
        Some(json!({"field": pointer, "location": location})),
    )
}

fn wrong_type(wanted: &str, label: &str, pointer: &str) -> ApiError {
    ApiError::param(
        format!(
            "无法将 JSON 输入源“{pointer}”映射到目标字段“{label}”中，此字段需要一个 {wanted} 类型的 Json 值"
        ),
        Some(json!({"field": pointer, "location": "body"})),
    )
}

/// The text at a pointer of a body that passed its table.
pub(crate) fn text<'a>(body: &'a Value, pointer: &str) -> Option<&'a str> {
    body.pointer(pointer).and_then(Value::as_str)
}

/// The integer at a pointer of a body that passed its table.
pub(crate) fn integer(body: &Value, pointer: &str) -> Option<i64> {
    body.pointer(pointer).and_then(Value::as_i64)
}
