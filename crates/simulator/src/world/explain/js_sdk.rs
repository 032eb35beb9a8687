//! Why `wx.config` says `invalid signature` (open platform §8).
//!
//! The ticket is not in what a page gives, so it is looked up: every ticket and token the account
//! was ever given is tried. Only for tickets of another world the client's own string is needed.

use serde_json::{Map, Value};

use super::{
    digest::Hash,
    mistake::{Mistake, mistakes},
    search::{Canonical, Effort, Hit, Line, search},
    target::encoded,
    told::Explanation,
};
use crate::world::{exchange::Times, open::TokenState, state::World};

mistakes! {
    DOMAIN = "js_domain", "页面的域名不在公众号的 JS 接口安全域名里", "the page's host is not among the account's JS domains";
    MEMBER = "js_member_missing", "wx.config 的参数不全", "a member of wx.config is missing";
    NO_TICKET = "js_ticket_unknown", "不知道用的是哪个 jsapi_ticket：请在 client_string 里给出签名串", "the jsapi_ticket is not known: give the string that was signed as client_string";
    NEVER = "js_ticket_never", "这个公众号从未获取过 jsapi_ticket", "this account has never fetched a jsapi_ticket";
    REPLACED = "js_ticket_replaced", "签名用的 jsapi_ticket 已被新的取代", "it was signed with a ticket that a newer one has replaced";
    EXPIRED = "js_ticket_expired", "签名用的 jsapi_ticket 已过期", "it was signed with a ticket that has expired";
    FOREIGN = "js_ticket_of_other_account", "签名用的是另一个公众号的 jsapi_ticket", "it was signed with another account's ticket";
    STRANGE = "js_ticket_strange", "签名用的 jsapi_ticket 不是这里发出的", "it was signed with a ticket that was never given out here";
    TOKEN = "js_ticket_is_token", "把 access_token 当成了 jsapi_ticket", "the access_token was signed in place of the ticket";
    PLACEHOLDER = "js_ticket_empty", "签名时 jsapi_ticket 是空的（undefined、null）", "the ticket was empty, undefined or null when it was signed";
    FRAGMENT = "js_url_fragment", "url 带上了 # 及其后面的部分", "the url was signed with # and what follows";
    NO_QUERY = "js_url_without_query", "url 漏掉了查询参数", "the url was signed without its query";
    ENCODED = "js_url_encoded", "url 做了编码，应使用原样的地址", "the url was signed percent-encoded";
    DECODED = "js_url_decoded", "url 被解码过，应使用浏览器里的原样地址", "the url was signed decoded, not as the browser has it";
    SLASH = "js_url_slash", "url 末尾的 / 多了或少了", "the url was signed with a slash at its end too many or too few";
    SCHEME = "js_url_scheme", "url 的 http 与 https 不一致", "the url was signed with http for https, or the reverse";
    ORIGIN = "js_url_origin", "url 只写了域名，应为完整的页面地址", "only the host was signed, not the whole address of the page";
    PATH = "js_url_path", "url 只写了路径，应为完整的页面地址", "only the path was signed, not the whole address of the page";
    NAMES = "js_names", "签名串里的名称写错了（应全为小写：jsapi_ticket、noncestr、timestamp、url）",
        "the names in the string are not jsapi_ticket, noncestr, timestamp and url, all in lower case";
    ORDER = "js_order", "签名串的顺序不对", "the members of the string are in another order";
    VALUES = "js_values_only", "只拼接了值，没有名称", "only the values were joined, without their names";
    UPPER = "js_upper_case", "signature 应为小写十六进制", "the signature is in upper case";
    OTHER_HASH = "js_hash", "用了 MD5 或 SHA-256，应为 SHA-1", "MD5 or SHA-256 was used in place of SHA-1";
    OTHER_TIME = "js_timestamp", "签名用的时间戳与 wx.config 的不同", "another timestamp was signed than wx.config was given";
    OTHER_NONCE = "js_nonce", "签名用的随机串与 wx.config 的不同", "another nonce was signed than wx.config was given";
}

fn address(url: &str) -> Line {
    let right = url.split_once('#').map_or(url, |(page, _)| page);
    let mut line = Line::new(right);
    line.or(FRAGMENT, url);
    let bare = right.split_once('?').map_or(right, |(bare, _)| bare);
    line.or(NO_QUERY, bare);
    for form in [right, url] {
        line.or(ENCODED, encoded(form, b""));
        line.or(ENCODED, encoded(form, b":/?&=#"));
        let plain = percent_encoding::percent_decode_str(form).decode_utf8_lossy();
        line.or(DECODED, plain.into_owned());
    }
    line.or(SLASH, format!("{right}/"));
    line.or(SLASH, right.trim_end_matches('/'));
    line.or(SLASH, right.replacen('?', "/?", 1));
    let other = match right.strip_prefix("https://") {
        Some(rest) => format!("http://{rest}"),
        None => right.replacen("http://", "https://", 1),
    };
    line.or(SCHEME, other);
    if let Some((scheme, rest)) = right.split_once("://") {
        let (host, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        for origin in [format!("{scheme}://{host}"), format!("{scheme}://{host}/"), host.to_owned()]
        {
            line.or(ORIGIN, origin);
        }
        line.or(PATH, path);
        line.or(PATH, rest);
    }
    line
}

fn pairs(names: [&str; 4], all: &[&[u8]], order: [usize; 4]) -> Vec<u8> {
    let pairs = order.map(|at| [names[at].as_bytes(), b"=", all[at]].concat());
    pairs.join(&b'&')
}

const RIGHT: [&str; 4] = ["jsapi_ticket", "noncestr", "timestamp", "url"];

/// The lines are ticket, nonce, time and address.
fn canonical(ticket: Line, nonce: &str, time: &str, url: &str) -> Canonical {
    let mut nonces = Line::new(nonce);
    nonces.or(OTHER_NONCE, nonce.to_ascii_lowercase());
    nonces.or(OTHER_NONCE, "");
    let mut times = Line::new(time);
    times.or(OTHER_TIME, format!("{time}000"));
    if let Ok(seconds) = time.parse::<i64>() {
        times.or(OTHER_TIME, (seconds / 1000).to_string());
        times.or(OTHER_TIME, seconds.saturating_add(1).to_string());
        times.or(OTHER_TIME, seconds.saturating_sub(1).to_string());
    }
    Canonical {
        lines: vec![ticket, nonces, times, address(url)],
        join: |all| pairs(RIGHT, all, [0, 1, 2, 3]),
        other_joins: vec![
            (NAMES, |all| {
                pairs(["jsapi_ticket", "nonceStr", "timestamp", "url"], all, [0, 1, 2, 3])
            }),
            (NAMES, |all| {
                pairs(["jsapi_ticket", "nonceStr", "timeStamp", "url"], all, [0, 1, 2, 3])
            }),
            (NAMES, |all| {
                pairs(["jsapi_ticket", "nonce_str", "timestamp", "url"], all, [0, 1, 2, 3])
            }),
            (NAMES, |all| pairs(["ticket", "noncestr", "timestamp", "url"], all, [0, 1, 2, 3])),
            (NAMES, |all| {
                pairs(["access_token", "noncestr", "timestamp", "url"], all, [0, 1, 2, 3])
            }),
            (ORDER, |all| pairs(RIGHT, all, [1, 0, 2, 3])),
            (ORDER, |all| pairs(RIGHT, all, [0, 2, 1, 3])),
            (ORDER, |all| pairs(RIGHT, all, [3, 2, 1, 0])),
            (ORDER, |all| pairs(RIGHT, all, [1, 2, 3, 0])),
            (VALUES, |all| all.concat()),
        ],
        folds: Vec::new(),
    }
}

/// A ticket, or a token that may have been taken for one.
#[derive(Debug, Clone)]
struct Secret {
    appid: String,
    text: String,
    /// What is wrong about signing with it.
    mistake: Option<Mistake>,
}

/// What this world gave to accounts that pages could have been signed with, newest first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tickets(Vec<Secret>);

impl World {
    pub(super) fn tickets(&self, now: Times) -> Tickets {
        let all = self.state.open.tokens.iter().flat_map(|(appid, tokens)| {
            let of = |text: &str, mistake| Secret {
                appid: appid.to_string(),
                text: text.to_owned(),
                mistake,
            };
            let tickets = tokens.tickets(now.business).map(move |(text, state)| {
                of(
                    text,
                    match state {
                        TokenState::Alive => None,
                        TokenState::Replaced => Some(REPLACED),
                        TokenState::Expired => Some(EXPIRED),
                    },
                )
            });
            tickets.chain(tokens.access_tokens().map(move |text| of(text, Some(TOKEN))))
        });
        Tickets(all.collect())
    }
}

impl Tickets {
    /// What may stand where the ticket does. One line for each that is right, since two of an
    /// account's may live at a time; the first has everything that is wrong as well.
    fn lines(
        &self,
        appid: Option<&str>,
        client_string: Option<&str>,
    ) -> Result<Vec<Line>, Mistake> {
        let is_own = |secret: &Secret| appid.is_none_or(|appid| secret.appid == appid);
        let lives = |secret: &&Secret| secret.mistake.is_none() && is_own(secret);
        let mut lines: Vec<_> =
            self.0.iter().filter(lives).map(|secret| Line::new(secret.text.as_str())).collect();
        let has_fetched =
            self.0.iter().any(|secret| secret.mistake != Some(TOKEN) && is_own(secret));
        let said = client_string.and_then(ticket_in);
        let said = said.filter(|said| self.0.iter().all(|secret| secret.text != *said));
        match (has_fetched, said) {
            (true, Some(_) | None) if !lines.is_empty() => {}
            (true, Some(_) | None) => lines.push(Line::new(NONE_LIVES)),
            // Of another world: then only the string can be judged.
            (false, Some(said)) => lines.push(Line::new(said)),
            (false, None) => return Err(if appid.is_some() { NEVER } else { NO_TICKET }),
        }
        let first = &mut lines[0];
        for secret in &self.0 {
            let mistake = match secret.mistake {
                None if is_own(secret) => continue,
                None => FOREIGN,
                Some(mistake) => mistake,
            };
            first.or(mistake, secret.text.as_str());
        }
        if let Some(said) = said {
            first.or(STRANGE, said);
        }
        for nothing in ["", "undefined", "null", "None"] {
            first.or(PLACEHOLDER, nothing);
        }
        Ok(lines)
    }
}

/// Stands in the expected string when every ticket of the account is dead.
const NONE_LIVES: &str = "(none lives)";

/// Why a page's signature is refused. `url` is the page's address.
pub(crate) fn page(
    config: &Map<String, Value>,
    url: &str,
    tickets: &Tickets,
    client_string: Option<&str>,
    effort: &mut Effort,
) -> Explanation {
    let mut told = Explanation::empty();
    let text = |names: &[&str]| {
        let value = names.iter().find_map(|name| config.get(*name))?;
        Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    };
    let (Some(nonce), Some(time), Some(given)) = (
        text(&["nonceStr", "noncestr", "nonce_str"]),
        text(&["timestamp", "timeStamp"]),
        text(&["signature"]),
    ) else {
        return told.ends_with(MEMBER);
    };
    let appid = text(&["appId", "appid"]);
    let lines = match tickets.lines(appid.as_deref(), client_string) {
        Ok(lines) => lines,
        Err(NEVER) => return told.ends_with(NEVER),
        Err(unknown) => {
            told.add([unknown]);
            return told.conclude();
        }
    };
    let strings: Vec<_> =
        lines.into_iter().map(|ticket| canonical(ticket, &nonce, &time, url)).collect();
    told.expected = Some(String::from_utf8_lossy(&strings[0].right()).into_owned());
    let found = strings.iter().find_map(|canonical| {
        let hit = search(canonical, effort, &|message| fits(message, &given))?;
        Some((canonical.right(), hit))
    });
    match found {
        Some((expected, Hit { mistakes, message })) => {
            told.add(mistakes);
            told.explained = true;
            told.compare(&expected, &message);
        }
        None => told.exclude(strings.len(), &strings[0], effort),
    }
    told.conclude()
}

/// The page may not use this account at all, however it is signed.
pub(crate) fn foreign_page() -> Explanation {
    Explanation::empty().ends_with(DOMAIN)
}

/// The ticket the client says it signed, in `jsapi_ticket=…`.
fn ticket_in(client_string: &str) -> Option<&str> {
    let (_, from) = client_string.split_once("ticket=")?;
    from.split('&').next().filter(|ticket| !ticket.is_empty())
}

fn fits(message: &[u8], given: &str) -> Option<Vec<Mistake>> {
    let lower = given.to_ascii_lowercase();
    let is = |hash: Hash| hex::encode(hash.of(message)) == lower;
    let mut found = Vec::new();
    if !is(Hash::Sha1) {
        [Hash::Md5, Hash::Sha256].into_iter().find(|hash| is(*hash))?;
        found.push(OTHER_HASH);
    }
    found.extend((lower != given).then_some(UPPER));
    Some(found)
}
