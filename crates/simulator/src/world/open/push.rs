//! Message push (§12): WeChat calls an app's server about what happened in the app.

use base64::{
    Engine as _,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use serde_json::{Map, Value, json};
use suanpan_wechat::id::{Appid, Mchid, Openid, OutTradeNo};

use super::cipher::{seal_push, sha1};
use crate::world::{
    chance::Chance,
    exchange::Times,
    identity::AppKind,
    notify::{Dialect, Event, News},
    register::RegisterError,
    state::{Change, World},
};

/// Characters of an EncodingAESKey.
const KEY_CHARS: usize = 43;

/// What the console asks before it believes an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushCheck {
    /// GET this …
    pub url: String,
    /// … and hear exactly this.
    pub echostr: String,
}

/// Where and how an app's messages are pushed.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Push {
    /// The address; WeChat adds a query.
    pub url: String,
    /// 3 to 32 letters and digits that both sides know.
    pub token: String,
    /// 43 letters and digits; what `compatible` and `secure` seal with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding_aes_key: Option<String>,
    /// What is sealed.
    #[serde(default)]
    pub mode: PushMode,
    /// How it is written.
    #[serde(default)]
    pub format: PushFormat,
}

/// What of a message is sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PushMode {
    /// 明文.
    #[default]
    Plain,
    /// 兼容: both.
    Compatible,
    /// 安全: the sealed message alone.
    Secure,
}

/// How messages are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PushFormat {
    /// JSON.
    #[default]
    Json,
    /// XML.
    Xml,
}

/// A message push on its way: the app and what its console said when the message was made.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Pushed {
    appid: Appid,
    push: Push,
}

/// One sending of a message push.
pub(crate) struct PushSending {
    pub(crate) url: String,
    pub(crate) content_type: &'static str,
    pub(crate) body: String,
    /// The parts under the signature, sorted and joined.
    pub(crate) signed: String,
}

/// Whether the address or the seal is wrong on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spoil {
    Nothing,
    Signature,
    Seal,
}

impl Push {
    fn key(&self) -> Option<[u8; 32]> {
        // The two spare bits are whatever the console drew.
        let lenient = GeneralPurposeConfig::new()
            .with_decode_allow_trailing_bits(true)
            .with_decode_padding_mode(DecodePaddingMode::RequireNone);
        let key = self.encoding_aes_key.as_ref().filter(|key| key.len() == KEY_CHARS)?;
        GeneralPurpose::new(&STANDARD, lenient).decode(key).ok()?.try_into().ok()
    }

    /// Whether it has what its mode needs.
    pub(super) fn is_complete(&self) -> bool {
        self.mode == PushMode::Plain || self.key().is_some()
    }

    fn check(&self) -> Result<(), RegisterError> {
        let plain = |b: u8| b.is_ascii_alphanumeric();
        let address = url::Url::parse(&self.url).ok();
        let is_web = address.is_some_and(|url| {
            matches!(url.scheme(), "http" | "https") && url.has_host() && url.fragment().is_none()
        });
        if !is_web {
            return Err(RegisterError::Invalid("a push goes to an http or https address"));
        }
        if !(3..=32).contains(&self.token.len()) || !self.token.bytes().all(plain) {
            return Err(RegisterError::Invalid("a token is 3 to 32 letters and digits"));
        }
        let key_fits = self
            .encoding_aes_key
            .as_ref()
            .is_none_or(|key| key.bytes().all(plain) && self.key().is_some());
        if !key_fits || !self.is_complete() {
            return Err(RegisterError::Invalid(
                "an EncodingAESKey is 43 letters and digits, and every mode but plain needs one",
            ));
        }
        Ok(())
    }

    fn addressed(&self, query: &[(&str, &str)]) -> String {
        let query: String =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
        let joint = if self.url.contains('?') { '&' } else { '?' };
        format!("{}{joint}{query}", self.url)
    }
}

/// Sorts and hashes.
fn signature(parts: &[&str]) -> (String, String) {
    let mut parts = parts.to_vec();
    parts.sort_unstable();
    (sha1(&parts), parts.concat())
}

impl World {
    /// The question the console asks before it takes a push address.
    ///
    /// # Errors
    /// When the app is unknown or cannot have one, or a member breaks its rule.
    pub fn check_push(
        &mut self,
        appid: &Appid,
        push: &Push,
        now: Times,
    ) -> Result<PushCheck, RegisterError> {
        let app = self.state.apps.get(appid).filter(|app| app.kind != AppKind::App);
        if app.is_none() {
            return Err(RegisterError::Unknown { what: format!("appid {appid} with a push") });
        }
        push.check()?;
        let timestamp = now.wall.unix().to_string();
        let nonce = self.state.chance.digits(10);
        let echostr = self.state.chance.digits(19);
        let (signature, _) = signature(&[&push.token, &timestamp, &nonce]);
        let query = [
            ("signature", signature.as_str()),
            ("echostr", &echostr),
            ("timestamp", &timestamp),
            ("nonce", &nonce),
        ];
        Ok(PushCheck { url: push.addressed(&query), echostr })
    }

    /// Enters a push address that has given the right echo, or takes it away.
    ///
    /// # Errors
    /// When a member breaks its rule.
    pub fn set_push(&mut self, appid: &Appid, push: Option<Push>) -> Result<(), RegisterError> {
        match push {
            Some(push) => {
                push.check()?;
                self.state.open.pushes.insert(appid.clone(), push);
            }
            None => {
                self.state.open.pushes.remove(appid);
            }
        }
        self.changes.insert(Change::Identity);
        Ok(())
    }

    /// Where an app's messages are pushed.
    #[must_use]
    pub fn push(&self, appid: &Appid) -> Option<&Push> {
        self.state.open.pushes.get(appid)
    }

    /// Pushes an event, if the app has an address for it.
    pub(super) fn push_event(&mut self, event: PushEvent<'_>, now: Times) {
        let Some(push) = self.state.open.pushes.get(event.appid).cloned() else { return };
        let mut members = envelope(&event, now);
        members.extend(event.said);
        let pushed = Pushed { appid: event.appid.clone(), push };
        let url = pushed.push.url.clone();
        let news = News {
            mchid: event.mchid,
            out_trade_no: Some(event.out_trade_no),
            url: &url,
            event: Event::Pushed,
            plaintext: Value::Object(members).to_string(),
        };
        self.notify_in(Dialect::Push(pushed), news, now);
    }
}

/// Something that happened in an app.
pub(super) struct PushEvent<'a> {
    pub(super) appid: &'a Appid,
    /// Whom it is about.
    pub(super) openid: &'a Openid,
    /// `trade_manage_…`.
    pub(super) name: &'static str,
    pub(super) mchid: &'a Mchid,
    pub(super) out_trade_no: &'a OutTradeNo,
    /// Its own members.
    pub(super) said: Map<String, Value>,
}

fn envelope(event: &PushEvent<'_>, now: Times) -> Map<String, Value> {
    let members = [
        ("ToUserName", json!(original_id(event.appid))),
        ("FromUserName", json!(event.openid)),
        ("CreateTime", json!(now.business.unix())),
        ("MsgType", json!("event")),
        ("Event", json!(event.name)),
    ];
    members.map(|(name, value)| (name.to_owned(), value)).into_iter().collect()
}

/// An account's original id: `gh_` and twelve hex digits, always the same for an app.
fn original_id(appid: &Appid) -> String {
    format!("gh_{}", &sha1(&[appid.as_str()])[..12])
}

impl Pushed {
    /// Writes and signs one sending; `message` is the event as JSON.
    pub(crate) fn write(
        &self,
        message: &str,
        spoil: Spoil,
        chance: &mut Chance,
        now: Times,
    ) -> PushSending {
        let Push { token, mode, format, .. } = &self.push;
        let members: Map<String, Value> = serde_json::from_str(message).unwrap_or_default();
        let (timestamp, nonce) = (now.wall.unix().to_string(), chance.digits(9));
        let token = if spoil == Spoil::Signature { "another" } else { token };
        let mut query = Vec::new();
        let (plain_signature, mut signed) = signature(&[token, &timestamp, &nonce]);
        query.extend([
            ("signature", plain_signature.as_str()),
            ("timestamp", &timestamp),
            ("nonce", &nonce),
        ]);
        if let Some(openid) = members.get("FromUserName").and_then(Value::as_str) {
            query.push(("openid", openid));
        }
        let clear = format.write(&members);
        let key = self.push.key().filter(|_| *mode != PushMode::Plain);
        let sealed = key.map(|key| {
            let key = if spoil == Spoil::Seal { chance.bytes() } else { key };
            self.seal(&key, chance.bytes(), &clear)
        });
        let mut body = clear;
        let msg_signature;
        if let Some(sealed) = &sealed {
            (msg_signature, signed) = signature(&[token, &timestamp, &nonce, sealed]);
            query.extend([("encrypt_type", "aes"), ("msg_signature", &msg_signature)]);
            let mut envelope = match mode {
                PushMode::Compatible => members.clone(),
                PushMode::Plain | PushMode::Secure => {
                    let to =
                        members.get("ToUserName").map(|to| ("ToUserName".to_owned(), to.clone()));
                    to.into_iter().collect()
                }
            };
            envelope.insert("Encrypt".to_owned(), json!(sealed));
            body = format.write(&envelope);
        }
        let content_type = match format {
            PushFormat::Json => "application/json",
            PushFormat::Xml => "text/xml",
        };
        PushSending { url: self.push.addressed(&query), content_type, body, signed }
    }

    /// 16 random bytes, the length, the message, the app.
    fn seal(&self, key: &[u8; 32], salt: [u8; 16], message: &str) -> String {
        let length = u32::try_from(message.len()).expect("a message is far below 4 GiB");
        let mut plaintext = salt.to_vec();
        plaintext.extend(length.to_be_bytes());
        plaintext.extend(message.as_bytes());
        plaintext.extend(self.appid.as_str().as_bytes());
        base64::engine::general_purpose::STANDARD.encode(seal_push(key, &plaintext))
    }
}

impl PushFormat {
    fn write(self, members: &Map<String, Value>) -> String {
        match self {
            Self::Json => {
                serde_json::to_string(members).expect("an event has string keys and plain values")
            }
            Self::Xml => {
                let members: String =
                    members.iter().map(|(name, value)| xml(name, value)).collect();
                format!("<xml>{members}</xml>")
            }
        }
    }
}

fn xml(name: &str, value: &Value) -> String {
    match value {
        Value::String(text) => {
            let text = text.replace("]]>", "]]]]><![CDATA[>");
            format!("<{name}><![CDATA[{text}]]></{name}>")
        }
        other => format!("<{name}>{other}</{name}>"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Pushed {
        let push = Push {
            url: "https://shop.example/push".to_owned(),
            token: "pamtest".to_owned(),
            encoding_aes_key: Some("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG".to_owned()),
            mode: PushMode::Secure,
            format: PushFormat::Xml,
        };
        Pushed { appid: Appid::new("wxb11529c136998cb6").unwrap(), push }
    }

    #[test]
    fn the_published_sample_is_sealed_and_signed_as_published() {
        let pushed = sample();
        let key = pushed.push.key().unwrap();
        let sealed = pushed.seal(&key, *b"aaaabbbbccccdddd", "我是中文abcd123");
        assert_eq!(
            sealed,
            "jn1L23DB+6ELqJ+6bruv21Y6MD7KeIfP82D6gU39rmkgczbWwt5+3bnyg5K55bgVtVzd832WzZGMhkP72vVOfg=="
        );
        let (with_message, _) = signature(&["pamtest", "1409304348", "xxxxxx", &sealed]);
        assert_eq!(with_message, "82c962d39941aa48552f90ef55aa323dc620cc10");
        let (of_address, signed) = signature(&["pamtest", "1409304348", "xxxxxx"]);
        assert_eq!(of_address, "76480565cbe296026c53aaacd1ad523a1ddba24f");
        assert_eq!(signed, "1409304348pamtestxxxxxx");
    }

    #[test]
    fn cdata_cannot_be_left() {
        let text = json!("a]]><evil/>");
        assert_eq!(xml("msg", &text), "<msg><![CDATA[a]]]]><![CDATA[><evil/>]]></msg>");
        assert_eq!(xml("pay_time", &json!(7)), "<pay_time>7</pay_time>");
    }
}
