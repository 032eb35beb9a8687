//! Why a v2 signature was refused (v2 §3): a digest over sorted members and the merchant's key.
//!
//! Nothing can be recovered from a digest, but the key is known here, so the same search works.

use aws_lc_rs::hmac;

use super::{
    body::gbk,
    digest::Hash,
    evidence::Evidence,
    mistake::mistakes,
    search::{Canonical, Effort, Hit, Line, search},
    target::encoded,
    told::Explanation,
};

mistakes! {
    NO_SIGN = "v2_sign_missing", "请求里没有 sign", "there is no sign in the request";
    NOT_XML = "v2_not_xml", "请求体不是 XML", "the body is not XML";
    NO_MERCHANT = "v2_mch_id_unknown", "没有这个 mch_id 的商户，或它没有 APIv2 密钥", "there is no merchant with this mch_id, or it has no APIv2 key";
    EMPTY_VALUES = "v2_empty_values", "空值的参数也参与了签名", "members without a value were signed as well";
    SIGN_TOO = "v2_sign_signed", "sign 本身也参与了签名", "the member sign was signed as well";
    NO_SIGN_TYPE = "v2_sign_type_unsigned", "发送了 sign_type，但签名时没有包含它", "sign_type was sent, but not signed";
    AS_SENT = "v2_unsorted", "参数没有按名称的 ASCII 顺序排序", "the members were not sorted by name";
    IGNORING_CASE = "v2_sorted_ignoring_case", "排序时忽略了大小写，应按 ASCII 顺序", "the members were sorted without regard to case";
    ENCODED = "v2_values_encoded", "参数值做了 URL 编码，应使用原值", "the values were percent-encoded";
    RAW_XML = "v2_values_escaped", "签名用的是 XML 转义后的值（或带 CDATA 标记），应使用原值", "the values were signed as they stand in the XML, with escapes or CDATA marks";
    TRIMMED = "v2_values_trimmed", "签名时去掉了参数值首尾的空白", "the values were signed without the blanks around them";
    GBK = "v2_gbk", "签名时用了 GBK 编码，应为 UTF-8", "the string was signed in GBK, not in UTF-8";
    LATIN = "v2_latin1", "签名时用了 ISO-8859-1 编码（汉字变成了问号）", "the string was signed in ISO-8859-1, with question marks for Chinese";
    WRONG_KEY = "v2_other_key", "用了别的密钥（另一商户的 APIv2 密钥）", "another merchant's APIv2 key was used";
    V3_KEY = "v2_api_v3_key", "用了 APIv3 密钥，应为 APIv2 密钥", "the APIv3 key was used in place of the APIv2 key";
    APP_SECRET = "v2_app_secret", "用了 AppSecret，应为 APIv2 密钥", "an app's secret was used in place of the APIv2 key";
    KEY_CASE = "v2_key_case", "密钥的大小写不对", "the key was used in another case";
    KEY_SPACED = "v2_key_with_blanks", "密钥带有多余的空白或换行", "the key was used with a blank or line break";
    NO_KEY = "v2_key_left_out", "漏掉了末尾的 &key=密钥", "the &key= at the end was left out";
    BARE_KEY = "v2_key_without_name", "末尾直接接上密钥，缺少 &key=", "the key was appended without &key=";
    KEY_NAME = "v2_key_name", "末尾的 key 写成了别的名称，或缺少 &", "the key at the end has another name, or lacks its &";
    KEY_FIRST = "v2_key_first", "密钥放在了最前面", "the key stands at the beginning";
    KEY_SORTED = "v2_key_sorted", "key 和其他参数一起参与了排序", "the key was sorted in among the members";
    LOWER = "v2_sign_lower_case", "sign 应为大写", "the sign is in lower case";
    OTHER_TYPE = "v2_sign_type_other", "实际使用的签名算法与 sign_type 不符（缺省为 MD5）", "the digest is not the one sign_type names (MD5 when absent)";
    OTHER_HASH = "v2_other_hash", "用了 SHA-1 或不带密钥的 SHA-256，应为 MD5 或 HMAC-SHA256", "SHA-1 or an unkeyed SHA-256 was used in place of MD5 or HMAC-SHA256";
    BAD_TYPE = "v2_sign_type_unknown", "sign_type 只能是 MD5 或 HMAC-SHA256（区分大小写）", "sign_type is neither MD5 nor HMAC-SHA256, in this case";
    RSA = "v2_rsa", "用 RSA 签了 v2 请求，应为 MD5 或 HMAC-SHA256", "a call of v2 was signed with RSA in place of MD5 or HMAC-SHA256";
}

/// One member of a document, in every form it may have been signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) value: String,
    /// As it stands in the XML.
    raw: String,
}

impl Member {
    pub(crate) fn new(name: &str, value: &str) -> Self {
        Self { name: name.to_owned(), value: value.to_owned(), raw: value.to_owned() }
    }
}

/// The leaves of a document, empty and doubled ones too: what the strict reader drops or refuses
/// may have been signed.
fn members(text: &str) -> Option<Vec<Member>> {
    let mut rest = text.split_once("<xml>")?.1;
    let mut found = Vec::new();
    while let Some((_, after)) = rest.split_once('<') {
        let Some((name, after)) = after.split_once('>') else { break };
        if name.starts_with('/') {
            break;
        }
        if let Some(name) = name.strip_suffix('/') {
            found.push(Member::new(name.trim(), ""));
            rest = after;
            continue;
        }
        let (raw, after) = after.split_once(&format!("</{name}>"))?;
        let value = match raw.trim().strip_prefix("<![CDATA[") {
            Some(inner) => inner.strip_suffix("]]>")?.to_owned(),
            None => quick_xml::escape::unescape(raw).ok()?.into_owned(),
        };
        found.push(Member { name: name.to_owned(), value, raw: raw.to_owned() });
        rest = after;
    }
    (!found.is_empty()).then_some(found)
}

/// `a=1&b=2`, without the key.
fn string<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

fn sorted(members: &[&Member], value: impl Fn(&Member) -> String) -> String {
    let mut pairs: Vec<_> = members.iter().map(|one| (one.name.as_str(), value(one))).collect();
    pairs.sort_by(|one, other| one.0.cmp(other.0));
    string(pairs.iter().map(|(name, value)| (*name, value.as_str())))
}

fn signed_members(all: &[Member]) -> Line {
    let plain = |member: &Member| member.value.clone();
    let signed: Vec<_> =
        all.iter().filter(|one| one.name != "sign" && !one.value.is_empty()).collect();
    let mut line = Line::new(sorted(&signed, plain));
    let without_sign: Vec<_> = all.iter().filter(|one| one.name != "sign").collect();
    line.or(EMPTY_VALUES, sorted(&without_sign, plain));
    let everything: Vec<_> = all.iter().filter(|one| !one.value.is_empty()).collect();
    line.or(SIGN_TOO, sorted(&everything, plain));
    let untyped: Vec<_> = signed
        .iter()
        .copied()
        .filter(|one| !matches!(one.name.as_str(), "sign_type" | "signType"))
        .collect();
    line.or(NO_SIGN_TYPE, sorted(&untyped, plain));
    for (mistakes, members) in
        [(vec![], &signed), (vec![EMPTY_VALUES], &without_sign), (vec![NO_SIGN_TYPE], &untyped)]
    {
        let as_sent = string(members.iter().map(|one| (one.name.as_str(), one.value.as_str())));
        line.or_all([mistakes.clone(), vec![AS_SENT]].concat(), as_sent.into_bytes());
        let percent = |one: &Member| encoded(&one.value, b"");
        line.or_all([mistakes, vec![ENCODED]].concat(), sorted(members, percent).into_bytes());
    }
    let mut folded = signed.clone();
    folded.sort_by_key(|one| one.name.to_ascii_lowercase());
    let folded = folded.iter().map(|one| (one.name.as_str(), one.value.as_str()));
    line.or(IGNORING_CASE, string(folded));
    line.or(ENCODED, sorted(&signed, |one| encoded(&one.value, b"*").replace("%20", "+")));
    line.or(ENCODED, sorted(&signed, |one| encoded(&one.value, b"").to_ascii_lowercase()));
    line.or(RAW_XML, sorted(&signed, |one| one.raw.clone()));
    line.or(TRIMMED, sorted(&signed, |one| one.value.trim().to_owned()));
    let right = String::from_utf8_lossy(&line.right).into_owned();
    if let Some(bytes) = gbk(&right) {
        line.or(GBK, bytes);
    }
    let asked = |letter: char| if letter.is_ascii() { letter } else { '?' };
    line.or(LATIN, right.chars().map(asked).collect::<String>());
    line
}

/// The keys of v2 and what else may have been taken for one.
#[derive(Debug, Clone, Default)]
pub(crate) struct V2Keys {
    /// Merchant and APIv2 key.
    pub(crate) own: Vec<(String, String)>,
    pub(crate) v3: Vec<String>,
    pub(crate) app_secrets: Vec<String>,
}

impl V2Keys {
    fn line(&self, mchid: &str) -> Option<Line> {
        let (_, right) = self.own.iter().find(|(known, _)| known == mchid)?;
        let mut line = Line::new(right.as_str());
        for (_, other) in &self.own {
            line.or(WRONG_KEY, other.as_str());
        }
        for other in &self.v3 {
            line.or(V3_KEY, other.as_str());
        }
        for other in &self.app_secrets {
            line.or(APP_SECRET, other.as_str());
        }
        line.or(KEY_CASE, right.to_ascii_lowercase());
        line.or(KEY_CASE, right.to_ascii_uppercase());
        for blank in ["\n", " ", "\r\n"] {
            line.or(KEY_SPACED, format!("{right}{blank}"));
        }
        line.or(KEY_SPACED, format!(" {right}"));
        Some(line)
    }
}

/// The string of v2 over these members, and every known wrong form of it.
fn canonical(members: &[Member], key: Line) -> Canonical {
    Canonical {
        lines: vec![signed_members(members), key],
        join: |all| [all[0], b"&key=", all[1]].concat(),
        other_joins: vec![
            (NO_KEY, |all| all[0].to_vec()),
            (BARE_KEY, |all| all.concat()),
            (BARE_KEY, |all| all.join(&b'&')),
            (KEY_NAME, |all| [all[0], b"key=", all[1]].concat()),
            (KEY_NAME, |all| [all[0], b"&KEY=", all[1]].concat()),
            (KEY_NAME, |all| [all[0], b"&secret=", all[1]].concat()),
            (KEY_FIRST, |all| [b"key=", all[1], b"&", all[0]].concat()),
            (KEY_FIRST, |all| [all[1], all[0]].concat()),
            (KEY_SORTED, |all| with_key_sorted(all[0], all[1])),
        ],
        folds: Vec::new(),
    }
}

/// Values may contain `&`, so what stands between two of them need not be a member.
fn with_key_sorted(members: &[u8], key: &[u8]) -> Vec<u8> {
    let own = [b"key=", key].concat();
    let mut pieces: Vec<&[u8]> = members.split(|byte| *byte == b'&').collect();
    let after = pieces.iter().position(|piece| *piece > own.as_slice()).unwrap_or(pieces.len());
    pieces.insert(after, &own);
    pieces.join(&b'&')
}

/// Finds the string under a digest of v2. An HMAC has the key twice: in the string, and as its own.
fn find(canonical: &Canonical, given: &str, wants_hmac: bool, effort: &mut Effort) -> Option<Hit> {
    let upper = given.to_ascii_uppercase();
    let is_lower = upper != given;
    let mut keys: Vec<&[u8]> = canonical.lines[1].forms().collect();
    keys.sort_by_key(|key| std::cmp::Reverse(key.len()));
    let right = canonical.lines[1].right.as_slice();
    search(canonical, effort, &|message| {
        let is = |bytes: &[u8]| hex::encode_upper(bytes) == upper;
        let is_keyed = |key: &[u8]| {
            let key = hmac::Key::new(hmac::HMAC_SHA256, key);
            is(hmac::sign(&key, message).as_ref())
        };
        let contains = |key: &&&[u8]| {
            !key.is_empty() && message.windows(key.len()).any(|piece| piece == **key)
        };
        let is_hmac =
            is_keyed(right) || keys.iter().find(contains).is_some_and(|key| is_keyed(key));
        let mut found = Vec::new();
        if is_hmac || is(&Hash::Md5.of(message)) {
            found.extend((is_hmac != wants_hmac).then_some(OTHER_TYPE));
        } else if [Hash::Sha1, Hash::Sha256].iter().any(|hash| is(&hash.of(message))) {
            found.push(OTHER_HASH);
        } else {
            return None;
        }
        found.extend(is_lower.then_some(LOWER));
        Some(found)
    })
}

impl Evidence {
    /// Why a call of v2 was refused for its `sign`.
    pub(crate) fn xml(
        &self,
        body: &[u8],
        client_string: Option<&str>,
        effort: &mut Effort,
    ) -> Explanation {
        let mut told = Explanation::empty();
        let Some(members) = members(&String::from_utf8_lossy(body)) else {
            return told.ends_with(NOT_XML);
        };
        let value = |name: &str| {
            let found = members.iter().find(|one| one.name == name);
            found.map(|one| one.value.as_str()).unwrap_or_default()
        };
        if value("sign").is_empty() {
            return told.ends_with(NO_SIGN);
        }
        let wants = match value("sign_type") {
            "HMAC-SHA256" => true,
            "MD5" | "" => false,
            _ => {
                told.add([BAD_TYPE]);
                false
            }
        };
        let case =
            Digested { members: &members, mchid: value("mch_id"), given: value("sign"), wants };
        self.digested(&case, client_string, effort, &mut told);
        told.conclude()
    }

    /// What both calls and second signatures of v2 have in common.
    pub(crate) fn digested(
        &self,
        case: &Digested<'_>,
        client_string: Option<&str>,
        effort: &mut Effort,
        told: &mut Explanation,
    ) {
        let keys = self.v2_keys();
        let Some(key) = keys.line(case.mchid) else {
            told.add([NO_MERCHANT]);
            told.explained = true;
            return;
        };
        if case.given.len() > 128 {
            told.add([RSA]);
        }
        let canonical = canonical(case.members, key);
        let expected = canonical.right();
        told.expected = Some(String::from_utf8_lossy(&expected).into_owned());
        let found = find(&canonical, case.given, case.wants, effort);
        if let Some(hit) = found {
            told.add(hit.mistakes);
            told.explained = true;
            told.compare(&expected, &hit.message);
            return;
        }
        let theirs = client_string.map(str::as_bytes);
        let named = theirs.and_then(|theirs| {
            search(&canonical, effort, &|message| (message == theirs).then(Vec::new))
        });
        if let Some(hit) = named {
            told.add(hit.mistakes);
            told.compare(&expected, &hit.message);
        }
        told.exclude(keys.own.len() + keys.v3.len() + keys.app_secrets.len(), &canonical, effort);
    }
}

/// A digest that was refused.
pub(crate) struct Digested<'a> {
    pub(crate) members: &'a [Member],
    pub(crate) mchid: &'a str,
    /// The digest as sent.
    pub(crate) given: &'a str,
    /// Whether it should be an HMAC.
    pub(crate) wants: bool,
}
