//! Subscribe messages (§10): a person lets one message in, a server sends one.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use suanpan_wechat::id::Appid;

use super::{
    Call, POST,
    answer::{Answer, OpenError, done, object, text},
    console::Template,
    inbox::{InboxMessage, InboxMessageKind},
    limit::Per,
};
use crate::world::{
    cashier::{Refusal, RefusalCode},
    exchange::{HttpRequest, Times},
    identity::AppKind,
    state::World,
};

pub(super) const CALLS: &[Call] = &[Call {
    method: POST,
    path: "/cgi-bin/message/subscribe/send",
    answer: World::send_subscribe_message,
}];

/// Templates in one question.
const TEMPLATES: usize = 5;

/// Messages a day, with payment and without.
const PER_DAY_PAYING: u32 = 30_000_000;
const PER_DAY: u32 = 10_000_000;

/// How many more messages of each template each person lets in.
pub(crate) type Subscriptions = BTreeMap<Appid, BTreeMap<String, BTreeMap<String, u32>>>;

/// What the person answers to `wx.requestSubscribeMessage`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubscribeChoice {
    /// One message of each template.
    Accept,
    /// None.
    Reject,
}

/// What the mini program hears.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct SubscribeAnswer {
    /// `requestSubscribeMessage:ok` or why not.
    #[serde(rename = "errMsg")]
    pub err_msg: String,
    /// With a failure.
    #[serde(rename = "errCode", skip_serializing_if = "Option::is_none")]
    pub err_code: Option<u32>,
    /// `accept`, `reject` or `filter` by template.
    #[serde(flatten)]
    pub templates: BTreeMap<String, &'static str>,
}

impl World {
    /// A mini program asks whether it may send messages, and the person answers.
    ///
    /// # Errors
    /// When app or user do not exist.
    pub fn ask_to_subscribe(
        &mut self,
        appid: &Appid,
        user: &str,
        template_ids: &[String],
        choice: SubscribeChoice,
    ) -> Result<SubscribeAnswer, Refusal> {
        self.person_in_app(appid, AppKind::MiniProgram, user)?;
        let fail = |err_code, why| {
            let err_msg = format!("requestSubscribeMessage:fail {why}");
            Ok(SubscribeAnswer { err_msg, err_code: Some(err_code), templates: BTreeMap::new() })
        };
        if template_ids.is_empty() {
            return fail(10001, "TmplIds can't be empty");
        }
        if template_ids.len() > TEMPLATES {
            return fail(20003, "Templates count out of max bounds");
        }
        let known = &self.console(appid).templates;
        if !template_ids.iter().any(|id| known.contains_key(id)) {
            return fail(20001, "No template data return, verify the template id exist");
        }
        let known: Vec<_> = template_ids.iter().map(|id| (id, known.contains_key(id))).collect();
        let mut templates = BTreeMap::new();
        for (id, is_known) in known {
            let said = match choice {
                _ if !is_known => "filter",
                SubscribeChoice::Reject => "reject",
                SubscribeChoice::Accept => "accept",
            };
            templates.insert(id.clone(), said);
            if said == "accept" {
                let app = self.state.open.subscriptions.entry(appid.clone()).or_default();
                let left = app.entry(user.to_owned()).or_default().entry(id.clone()).or_default();
                *left = left.saturating_add(1);
            }
        }
        Ok(SubscribeAnswer {
            err_msg: "requestSubscribeMessage:ok".to_owned(),
            err_code: None,
            templates,
        })
    }

    /// `POST /cgi-bin/message/subscribe/send`.
    fn send_subscribe_message(&mut self, request: &HttpRequest, now: Times) -> Answer {
        let appid = self.app_with_token(request, AppKind::MiniProgram, now)?;
        let body = object(request)?;
        let user = self.user_named(&appid, text(&body, "touser")?.unwrap_or_default())?;
        let template_id = text(&body, "template_id")?.unwrap_or_default();
        let console = self.console(&appid);
        let template = console.templates.get(template_id);
        let template = template.ok_or(OpenError::new(40037, "invalid template_id"))?.clone();
        let page = text(&body, "page")?;
        let path = page.map(|page| page.split_once('?').map_or(page, |(path, _)| path));
        if let (Some(path), Some(pages)) = (path, &console.pages)
            && !pages.contains(path)
        {
            return Err(OpenError::new(41030, "invalid page"));
        }
        let Some(Value::Object(data)) = body.get("data") else {
            return Err(OpenError::DATA_FORMAT);
        };
        let lines = lines(&template, data)?;
        self.take_subscription(&appid, &user, template_id, now)?;
        let message = InboxMessage {
            id: 0,
            at: now.business,
            kind: InboxMessageKind::Subscribe,
            appid,
            title: template.title,
            lines,
            page: page.map(str::to_owned),
        };
        self.deliver_message(&user, message);
        Ok(done())
    }

    /// One acceptance is one message.
    fn take_subscription(
        &mut self,
        appid: &Appid,
        user: &str,
        template_id: &str,
        now: Times,
    ) -> Result<(), OpenError> {
        let can_pay = self.state.merchants.values().any(|known| known.appids.contains(appid));
        let most = if can_pay { PER_DAY_PAYING } else { PER_DAY };
        let open = &mut self.state.open;
        let people = open.subscriptions.get_mut(appid);
        let left = people.and_then(|people| people.get_mut(user)?.get_mut(template_id));
        let left = left.filter(|left| **left > 0);
        let left = left.ok_or(OpenError::new(43101, "user refuse to accept the msg"))?;
        if !open.limits.admit(format!("subscribe {appid}"), most, Per::Day, now.business) {
            return Err(OpenError::DAILY_QUOTA);
        }
        *left -= 1;
        Ok(())
    }

    /// How many more messages of a template a person lets in.
    ///
    /// # Errors
    /// When app or user do not exist.
    pub fn subscriptions(
        &self,
        appid: &Appid,
        user: &str,
    ) -> Result<BTreeMap<String, u32>, Refusal> {
        if !self.state.users.contains_key(user) {
            return Err(Refusal::new(RefusalCode::NotFound, "没有这个用户 There is no such user"));
        }
        let people = self.state.open.subscriptions.get(appid);
        Ok(people.and_then(|people| people.get(user)).cloned().unwrap_or_default())
    }
}

/// Every line of the template with its value; a member the template lacks is not looked at.
fn lines(
    template: &Template,
    data: &Map<String, Value>,
) -> Result<Vec<(String, String)>, OpenError> {
    let line = |(name, label): (&String, &String)| {
        let value = data.get(name).and_then(|member| member.get("value"));
        let value = match value {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            _ => String::new(),
        };
        // The typing error is the wire's.
        let wrong = if value.is_empty() { "is emtpy" } else { "invalid" };
        if value.is_empty() || !fits(name, &value) {
            let errmsg = format!("argument invalid! data.{name}.value {wrong}");
            return Err(OpenError::saying(47003, errmsg));
        }
        Ok((label.clone(), value))
    };
    template.lines.iter().map(line).collect()
}

/// What a line may hold says its name without the number behind it.
fn fits(name: &str, value: &str) -> bool {
    let length = value.chars().count();
    let ascii = |allowed: fn(&u8) -> bool| value.is_ascii() && value.as_bytes().iter().all(allowed);
    match name.trim_end_matches(|c: char| c.is_ascii_digit()) {
        "thing" => length <= 20,
        "number" => length <= 32 && ascii(|b| b.is_ascii_digit() || *b == b'.'),
        "letter" => length <= 32 && ascii(u8::is_ascii_alphabetic),
        "symbol" => length <= 5,
        "character_string" => length <= 32 && ascii(u8::is_ascii_graphic),
        "time" | "date" => value.contains([':', '-', '年', '月']) && length <= 64,
        "amount" => is_amount(value),
        "phone_number" => length <= 17 && !value.contains(char::is_alphabetic),
        "car_number" => length <= 8,
        "name" => length <= if value.is_ascii() { 20 } else { 10 },
        "phrase" => length <= 5 && !value.is_ascii(),
        _ => true,
    }
}

/// A sign of a currency, at most ten digits with a point, 元 behind them.
fn is_amount(value: &str) -> bool {
    let digits = value.strip_suffix('元').unwrap_or(value);
    let digits = digits.strip_prefix(['¥', '￥', '$']).unwrap_or(digits);
    let (yuan, cents) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let count = digits.bytes().filter(u8::is_ascii_digit).count();
    count <= 10 && all_digits(yuan) && all_digits(cents)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_hold_what_their_names_say() {
        let good = [
            ("thing1", "龙井茶 一杯，不加糖，谢谢你啊，真的感谢"),
            ("number2", "12.5"),
            ("letter3", "abc"),
            ("character_string4", "SP-2026_0001"),
            ("time5", "2026年3月1日 12:00"),
            ("amount6", "¥19.90"),
            ("amount7", "1234567890元"),
            ("phone_number8", "+86-0766-66888866"),
            ("name9", "张三李四"),
            ("phrase10", "配送中"),
        ];
        for (name, value) in good {
            assert!(fits(name, value), "{name} {value}");
        }
        let bad = [
            ("thing1", "龙井茶 一杯，不加糖，谢谢你啊，真的很感谢"),
            ("number2", "twelve"),
            ("letter3", "abc1"),
            ("symbol1", "??????"),
            ("character_string4", "编号"),
            ("time5", "tomorrow"),
            ("amount6", "¥19.90.1"),
            ("amount7", "12345678901"),
            ("amount8", "about 5"),
            ("phone_number8", "call me"),
            ("name9", "一二三四五六七八九十百"),
            ("phrase10", "on its way"),
            ("phrase10", "正在配送途中"),
        ];
        for (name, value) in bad {
            assert!(!fits(name, value), "{name} {value}");
        }
    }
}
