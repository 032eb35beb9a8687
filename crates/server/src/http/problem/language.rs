use axum::http::{HeaderMap, header};

/// The languages we write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    /// 简体中文.
    Chinese,
    /// English.
    English,
}

impl Language {
    /// What the caller prefers among the two; English when it says nothing.
    pub(crate) fn preferred(headers: &HeaderMap) -> Self {
        let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let ranges = accepted.unwrap_or_default().split(',').filter_map(range);
        // `max_by_key` gives the last of equals; the first one written is preferred.
        ranges.rev().max_by_key(|(weight, _)| *weight).map_or(Language::English, |(_, it)| it)
    }

    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Language::Chinese => "zh-CN",
            Language::English => "en",
        }
    }
}

/// One range with its weight in thousandths; `None` for languages we do not write and for refused
/// ones.
fn range(text: &str) -> Option<(u16, Language)> {
    let mut parts = text.split(';').map(str::trim);
    let tag = parts.next()?.to_ascii_lowercase();
    let language = match tag.split('-').next()? {
        "zh" => Language::Chinese,
        "en" | "*" => Language::English,
        _ => return None,
    };
    let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(Some(1000), thousandths)?;
    (weight > 0).then_some((weight, language))
}

/// `1`, `0.8` or `0.857`, without a float.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = whole.len() == 1 && fraction.len() <= 3;
    let value: u16 = format!("{whole}{fraction:0<3}").parse().ok()?;
    (digits && value <= 1000).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_preferred_language_is_found() {
        let preferred = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, value.parse().unwrap());
            Language::preferred(&headers)
        };
        for chinese in ["zh", "zh-CN,zh;q=0.9,en;q=0.8", "en;q=0.5, zh-Hans", "fr, ZH;q=0.1"] {
            assert_eq!(preferred(chinese), Language::Chinese, "{chinese}");
        }
        for english in ["", "en", "fr", "en, zh", "zh;q=0", "zh;q=0.85,en;q=0.857", "zh;q=2"] {
            assert_eq!(preferred(english), Language::English, "{english}");
        }
        assert_eq!(Language::preferred(&HeaderMap::new()), Language::English);
    }
}
