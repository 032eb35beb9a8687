//! The last line: the body, byte for byte as sent, or what a client took for it.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use encoding_rs::GBK;

use super::{
    digest::Hash,
    json::{Json, Order, Spacing, Style, Unicode},
    mistake::{Mistake, mistakes},
    search::Line,
    target::encoded,
};

mistakes! {
    EMPTY_OBJECT = "body_empty_object", "没有请求体，签名时却写了 {}", "there is no body, but {} was signed for it";
    EMPTY_NULL = "body_null", "没有请求体，签名时却写了 null", "there is no body, but the word null was signed for it";
    EMPTY_OTHER = "body_placeholder", "没有请求体，签名时却写了别的占位内容", "there is no body, but a placeholder was signed for it";
    QUERY = "body_is_query", "没有请求体，签名时把查询参数当作了请求体", "there is no body, but the query was signed for it";
    WHOLE_UPLOAD = "body_whole_upload", "上传文件时签了整个请求体，应只签 meta 那一段 JSON",
        "the whole body of an upload was signed, not only the JSON of its part meta";
    LEFT_OUT = "body_left_out", "签名时漏掉了请求体", "the body was left out";
    COMPACT = "body_compact", "签名用的是紧凑的 JSON，发送的却带空白", "the JSON was signed compact, but sent with blanks";
    SPACED = "body_spaced", "签名用的 JSON 在逗号和冒号后带空格，发送的没有", "the JSON was signed with blanks after commas and colons, but sent otherwise";
    PRETTY = "body_pretty", "签名用的是带缩进的 JSON，发送的不是", "the JSON was signed with line breaks and indents, but sent otherwise";
    RAW = "body_unescaped", "签名用的是未转义的汉字，发送的却是 \\uXXXX", "the JSON was signed with plain characters, but sent with \\u escapes";
    ESCAPED = "body_unicode_escapes", "签名用的 JSON 把汉字写成 \\uXXXX，发送的不是", "the JSON was signed with \\u escapes, but sent otherwise";
    HTML = "body_html_escapes", "签名用的 JSON 对 <、>、& 做了 \\u003c 之类的转义，发送的没有", "the JSON was signed with <, > and & as \\u003c and the like, but sent without";
    NO_HTML = "body_html_unescaped", "签名用的 JSON 没有转义 <、>、&，发送的却转义了", "the JSON was signed without the escapes of <, > and & it was sent with";
    SLASHES = "body_slash_escapes", "签名用的 JSON 把 / 写成 \\/，发送的没有", "the JSON was signed with / as \\/, but sent otherwise";
    NO_SLASHES = "body_slash_unescaped", "签名用的 JSON 没有把 / 写成 \\/，发送的却写了", "the JSON was signed with plain slashes, but sent with \\/";
    SORTED = "body_sorted", "签名时 JSON 的成员被排序，与发送的顺序不同", "the JSON's members were sorted for the signature, but sent in another order";
    HASHED = "body_hash_order", "签名时 JSON 成员是 Java HashMap 的顺序，与发送的不同", "the JSON's members were signed in the order of Java's HashMap, but sent in another";
    NO_NULLS = "body_without_nulls", "签名用的 JSON 去掉了值为 null 的成员，发送的没有", "the JSON was signed without the members that are null, but sent with them";
    REWRITTEN = "body_reserialised", "签名与发送各做了一次 JSON 序列化，结果不一致", "the body was serialised once for the signature and once more for sending, with different results";
    NEWLINE_ADDED = "body_newline_added", "签名用的请求体末尾多了一个换行", "the body was signed with a newline at its end that was not sent";
    NEWLINE_LOST = "body_newline_lost", "签名用的请求体去掉了末尾的空白或换行", "the body was signed without the newline or blanks it was sent with";
    CRLF = "body_crlf", "签名用的请求体换行是 \\r\\n，发送的是 \\n", "the body was signed with \\r\\n, but sent with \\n";
    LF = "body_lf", "签名用的请求体换行是 \\n，发送的是 \\r\\n", "the body was signed with \\n, but sent with \\r\\n";
    BOM = "body_bom", "签名用的请求体开头带 BOM，发送的没有", "the body was signed with a byte order mark that was not sent";
    NO_BOM = "body_bom_lost", "发送的请求体开头带 BOM，签名用的没有", "the body was sent with a byte order mark that was not signed";
    IN_GBK = "body_gbk", "签名时请求体按 GBK 编码，应为 UTF-8", "the body was signed in GBK, not in UTF-8";
    SENT_GBK = "body_sent_gbk", "发送的请求体是 GBK 编码，签名用的是 UTF-8", "the body was sent in GBK, but signed in UTF-8";
    LATIN = "body_latin1", "请求体被当作 ISO-8859-1 读过（汉字成了乱码）", "the body was taken for ISO-8859-1 before it was signed";
    ASKED = "body_question_marks", "签名时汉字变成了问号（字符集不支持）", "characters beyond ASCII became question marks before signing";
    UTF16 = "body_utf16", "签名时请求体按 UTF-16 编码，应为 UTF-8", "the body was signed in UTF-16, not in UTF-8";
    TWICE = "body_encoded_twice", "签名用的请求体被多做了一次 JSON 编码（成了字符串）", "the body was encoded as JSON twice, so that a text was signed";
    ONCE = "body_decoded_once", "发送的请求体是 JSON 字符串，签名用的是其中的内容", "the body sent is a JSON text; its content was signed";
    FORM = "body_form", "签名用的是 a=1&b=2 形式，发送的是 JSON", "the body was signed as a form, but sent as JSON";
    PERCENT = "body_percent_encoded", "签名时请求体做了 URL 编码", "the body was percent-encoded before it was signed";
    IN_BASE64 = "body_base64", "签名时请求体做了 Base64", "the body was signed in Base64";
    DIGEST = "body_digest", "签名时用请求体的摘要代替了请求体", "a digest of the body was signed in its place";
    ENTITIES = "body_html_entities", "签名用的请求体里引号成了 &quot; 之类的 HTML 实体", "the body was signed with HTML entities like &quot;";
    BACKSLASHES = "body_backslashes", "签名用的请求体里引号前多了反斜杠", "the body was signed with backslashes before its quotation marks";
    PYTHON = "body_python_dict", "签名用的是 Python 字典的文本，不是 JSON", "the text of a Python dict was signed, not JSON";
    JAVA = "body_java_map", "签名用的是 Java Map 的 toString()，不是 JSON", "the toString() of a Java map was signed, not JSON";
    SCRIPT = "body_object_object", "签名用的是 [object Object]，不是 JSON", "the words [object Object] were signed, not JSON";
    STRINGS = "body_numbers_as_text", "签名用的 JSON 把数字写成了字符串，发送的是数字", "the JSON was signed with its numbers as texts, but sent as numbers";
    NUMBERS = "body_texts_as_numbers", "签名用的 JSON 把数字字符串写成了数字", "the JSON was signed with texts of digits as numbers, but sent as texts";
}

/// Forms of longer bodies are not tried: they would be many megabytes.
const LONGEST: usize = 64 * 1024;

/// Longer ones are not written in every style there is.
const LONGEST_STYLED: usize = 16 * 1024;

/// How many differences of style one story may have.
const STYLES: usize = 2;

pub(super) fn body(sent: &[u8], query: Option<&str>) -> Line {
    let mut line = Line::new(sent);
    if sent.is_empty() {
        without(&mut line, query);
        return line;
    }
    if sent.len() > LONGEST {
        line.or(LEFT_OUT, "");
        return line;
    }
    line.or(LEFT_OUT, "");
    around(&mut line, sent);
    match std::str::from_utf8(sent) {
        Ok(text) => {
            charsets(&mut line, text);
            if let Some(document) = Json::read(text.trim_start_matches('\u{feff}')) {
                styles(&mut line, text, &document);
                dumps(&mut line, &document);
            }
            wrappings(&mut line, text);
        }
        Err(_) => {
            let (text, _, damaged) = GBK.decode(sent);
            if !damaged {
                line.or(SENT_GBK, text.as_bytes());
            }
        }
    }
    line.or(IN_BASE64, STANDARD.encode(sent));
    for hash in [Hash::Md5, Hash::Sha256, Hash::Sha1] {
        let digest = hex::encode(hash.of(sent));
        line.or(DIGEST, digest.to_ascii_uppercase());
        line.or(DIGEST, digest);
    }
    line
}

impl Line {
    /// Of an upload only a part is signed; `whole` is all of it.
    pub(super) fn or_whole(mut self, whole: &[u8]) -> Self {
        self.or(WHOLE_UPLOAD, whole);
        self
    }
}

fn without(line: &mut Line, query: Option<&str>) {
    line.or(EMPTY_OBJECT, "{}");
    line.or(EMPTY_NULL, "null");
    for other in ["\"\"", "[]", "undefined", "None", "nil", "NULL", " ", "{ }", "false", "''"] {
        line.or(EMPTY_OTHER, other);
    }
    if let Some(query) = query {
        line.or(QUERY, query);
        let pairs = url::form_urlencoded::parse(query.as_bytes());
        let members =
            pairs.map(|(name, value)| (name.into_owned(), Json::Text(value.into_owned())));
        let object = Json::Object(members.collect());
        line.or(QUERY, object.write(Style::PLAIN));
        line.or(QUERY, object.write(Style { spacing: Spacing::Spaced, ..Style::PLAIN }));
    }
}

/// Bytes at the ends, and line ends.
fn around(line: &mut Line, sent: &[u8]) {
    line.or(NEWLINE_ADDED, [sent, b"\n"].concat());
    line.or(NEWLINE_ADDED, [sent, b"\r\n"].concat());
    line.or(NEWLINE_LOST, sent.strip_suffix(b"\n").unwrap_or(sent));
    line.or(NEWLINE_LOST, sent.trim_ascii_end());
    line.or(NEWLINE_LOST, sent.trim_ascii());
    line.or(BOM, ["\u{feff}".as_bytes(), sent].concat());
    line.or(NO_BOM, sent.strip_prefix("\u{feff}".as_bytes()).unwrap_or(sent));
}

fn charsets(line: &mut Line, text: &str) {
    line.or(LF, text.replace("\r\n", "\n"));
    line.or(CRLF, text.replace("\r\n", "\n").replace('\n', "\r\n"));
    if !text.is_ascii() {
        if let Some(bytes) = gbk(text) {
            line.or(IN_GBK, bytes);
        }
        line.or(LATIN, text.bytes().map(char::from).collect::<String>());
        let asked = |letter: char| if letter.is_ascii() { letter } else { '?' };
        line.or(ASKED, text.chars().map(asked).collect::<String>());
        let (misread, _, _) = GBK.decode(text.as_bytes());
        line.or(IN_GBK, misread.as_bytes());
    }
    line.or(UTF16, text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>());
    line.or(UTF16, text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>());
}

/// In the charset of old Windows machines, as far as it has the letters.
pub(super) fn gbk(text: &str) -> Option<Vec<u8>> {
    let (bytes, _, impossible) = GBK.encode(text);
    (!impossible).then(|| bytes.into_owned())
}

/// The same document as other libraries write it. What differs from the style of the body sent
/// is what was done wrong.
fn styles(line: &mut Line, text: &str, document: &Json) {
    if text.len() > LONGEST_STYLED {
        return;
    }
    let sent = text.trim_ascii();
    let own = Style::all().filter(|style| document.write(*style) == sent).min_by_key(|style| {
        // A body without slashes or Chinese fits many styles: the plainest is meant.
        style.distance(Style::PLAIN)
    });
    let base = own.unwrap_or(Style::PLAIN);
    let mut styles: Vec<_> = Style::all().filter(|style| style.distance(base) <= STYLES).collect();
    styles.sort_by_key(|style| style.distance(base));
    for style in styles {
        let mut mistakes = differences(base, style);
        if own.is_none() {
            mistakes.insert(0, REWRITTEN);
        }
        if mistakes.is_empty() {
            continue;
        }
        let written = document.write(style);
        line.or_all(
            [mistakes.clone(), vec![NEWLINE_ADDED]].concat(),
            format!("{written}\n").into(),
        );
        line.or_all(mistakes, written.into_bytes());
    }
}

fn differences(sent: Style, signed: Style) -> Vec<Mistake> {
    let mut found = Vec::new();
    if sent.spacing != signed.spacing {
        found.push(match signed.spacing {
            Spacing::Compact => COMPACT,
            Spacing::Spaced => SPACED,
            Spacing::Pretty(_) | Spacing::Tabs | Spacing::Jackson => PRETTY,
        });
    }
    if sent.unicode != signed.unicode {
        found.push(if signed.unicode == Unicode::Raw { RAW } else { ESCAPED });
    }
    if sent.html != signed.html {
        found.push(if signed.html { HTML } else { NO_HTML });
    }
    if sent.slashes != signed.slashes {
        found.push(if signed.slashes { SLASHES } else { NO_SLASHES });
    }
    if sent.order != signed.order {
        found.push(match signed.order {
            Order::Sorted => SORTED,
            Order::Hashed => HASHED,
            Order::Given => REWRITTEN,
        });
    }
    if sent.no_nulls != signed.no_nulls {
        found.push(NO_NULLS);
    }
    found
}

/// What is written when nobody serialises at all, or with other types.
fn dumps(line: &mut Line, document: &Json) {
    line.or(PYTHON, document.as_python());
    line.or(JAVA, document.as_java());
    line.or(SCRIPT, "[object Object]");
    for encode in [|text: &str| text.to_owned(), |text: &str| encoded(text, b"")] {
        if let Some(form) = document.as_form(encode) {
            line.or(FORM, form);
        }
    }
    if let Json::Text(inner) = document {
        line.or(ONCE, inner.as_str());
    }
    let quoted = |text: String| Json::Text(text).write(Style::PLAIN);
    line.or(TWICE, quoted(document.write(Style::PLAIN)));
    let spaced = Style { spacing: Spacing::Spaced, ..Style::PLAIN };
    line.or(TWICE, quoted(document.write(spaced)));
    for style in [Style::PLAIN, spaced] {
        line.or(STRINGS, document.with_numbers(true).write(style));
        line.or(NUMBERS, document.with_numbers(false).write(style));
    }
}

fn wrappings(line: &mut Line, text: &str) {
    line.or(TWICE, Json::Text(text.to_owned()).write(Style::PLAIN));
    line.or(PERCENT, encoded(text, b""));
    line.or(PERCENT, encoded(text, b"").replace("%20", "+"));
    let ampersands = text.replace('&', "&amp;");
    line.or(ENTITIES, ampersands.replace('"', "&quot;"));
    let all = ampersands.replace('<', "&lt;").replace('>', "&gt;");
    line.or(ENTITIES, all.replace('"', "&quot;"));
    line.or(ENTITIES, all);
    line.or(BACKSLASHES, text.replace('"', "\\\""));
}
