//! A merchant who still speaks v2: XML, and a key both sides share. The digest is computed here by
//! hand, and no answer is believed unless it is right.

mod bills;
mod codes;
mod coupons;
mod hostile;
mod notices;
mod orders;
mod partner;
mod refunds;
mod sandbox;

use std::collections::BTreeMap;

use aws_lc_rs::hmac;
use md5::{Digest as _, Md5};

use super::*;

/// A till that speaks v2.
struct Counter {
    till: Till,
    key: String,
    hmac: bool,
}

/// An answer that has been read, and believed where it says that it is signed.
#[derive(Debug, Clone)]
struct Said(BTreeMap<String, String>);

impl Said {
    fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The two parts of a refusal of business.
    #[track_caller]
    fn refusal(&self) -> (&str, &str) {
        assert_eq!(self.get("return_code"), "SUCCESS", "{self:?}");
        assert_eq!(self.get("result_code"), "FAIL", "{self:?}");
        (self.get("err_code"), self.get("err_code_des"))
    }

    /// What a refusal of the message says; there is nothing else in it.
    #[track_caller]
    fn return_msg(&self) -> &str {
        assert_eq!(self.get("return_code"), "FAIL", "{self:?}");
        assert_eq!(self.0.len(), 2, "{self:?}");
        self.get("return_msg")
    }

    #[track_caller]
    fn ok(self) -> Self {
        assert_eq!(self.get("return_code"), "SUCCESS", "{self:?}");
        assert_eq!(self.get("result_code"), "SUCCESS", "{self:?}");
        self
    }
}

/// Reads a document as a merchant's SDK does: by hand.
fn read(xml: &str, root: &str) -> BTreeMap<String, String> {
    let inside = xml.strip_prefix(&format!("<{root}>")).unwrap();
    let mut rest = inside.strip_suffix(&format!("</{root}>")).unwrap();
    let mut fields = BTreeMap::new();
    while !rest.is_empty() {
        let (name, after) = rest.strip_prefix('<').unwrap().split_once('>').unwrap();
        let (value, after) = after.split_once(&format!("</{name}>")).unwrap();
        let value = match value.strip_prefix("<![CDATA[") {
            Some(section) => section.strip_suffix("]]>").unwrap(),
            None => value,
        };
        assert!(fields.insert(name.to_owned(), value.to_owned()).is_none(), "{name} twice");
        rest = after;
    }
    fields
}

fn digest(fields: &BTreeMap<String, String>, key: &str, hmac: bool) -> String {
    let counts = |(name, value): &(&String, &String)| *name != "sign" && !value.is_empty();
    let mut text: Vec<String> =
        fields.iter().filter(counts).map(|(name, value)| format!("{name}={value}")).collect();
    text.push(format!("key={key}"));
    let text = text.join("&");
    if hmac {
        let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
        hex::encode_upper(hmac::sign(&key, text.as_bytes()))
    } else {
        hex::encode_upper(Md5::digest(text.as_bytes()))
    }
}

fn written(fields: &BTreeMap<String, String>) -> String {
    let inside: String = fields
        .iter()
        .map(|(name, value)| format!("<{name}><![CDATA[{value}]]></{name}>"))
        .collect();
    format!("<xml>{inside}</xml>")
}

fn post(target: &str, body: impl Into<Vec<u8>>) -> HttpRequest {
    HttpRequest {
        method: "POST".into(),
        target: target.into(),
        // As some SDKs really send it.
        headers: vec![("Content-Type".into(), "application/json; charset=utf-8".into())],
        body: body.into(),
        channel: Channel::Plain,
    }
}

impl Counter {
    fn open() -> Self {
        let till = Till::open();
        let key = till.world.merchant(&till.mchid).unwrap().api_v2_key.clone();
        Self { till, key, hmac: false }
    }

    /// The members of a call, without its signature.
    fn call(&self, more: &[(&str, &str)]) -> BTreeMap<String, String> {
        let common = [
            ("appid", pool::MINI_PROGRAM),
            ("mch_id", self.till.mchid.as_str()),
            ("nonce_str", "5K8264ILTKCH16CQ2502SI8ZNMTM67VS"),
        ];
        let hmac = self.hmac.then_some(("sign_type", "HMAC-SHA256"));
        let all = common.into_iter().chain(hmac).chain(more.iter().copied());
        all.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    fn signed(&self, mut fields: BTreeMap<String, String>) -> BTreeMap<String, String> {
        let sign = digest(&fields, &self.key, self.hmac);
        fields.insert("sign".to_owned(), sign);
        fields
    }

    fn send(&mut self, target: &str, body: impl Into<Vec<u8>>) -> HttpResponse {
        let reply = self.till.world.handle(&post(target, body), self.till.times());
        self.till.world.audit().unwrap();
        reply.response
    }

    /// A signed call; an answer that claims success in the frame must be signed alike.
    #[track_caller]
    fn say(&mut self, target: &str, more: &[(&str, &str)]) -> Said {
        let call = self.signed(self.call(more));
        self.say_exactly(target, &call)
    }

    #[track_caller]
    fn say_exactly(&mut self, target: &str, call: &BTreeMap<String, String>) -> Said {
        let response = self.send(target, written(call));
        assert_eq!(response.status, 200);
        let said = Said(read(std::str::from_utf8(&response.body).unwrap(), "xml"));
        assert_eq!(said.has("sign"), said.get("return_code") == "SUCCESS", "{said:?}");
        if said.has("sign") {
            self.assert_believes(&said);
        }
        said
    }

    #[track_caller]
    fn assert_believes(&self, said: &Said) {
        assert_eq!(said.get("sign"), digest(&said.0, &self.key, self.hmac), "{said:?}");
    }

    fn sale(&self, out_trade_no: &str, total: i64) -> Vec<(String, String)> {
        [
            ("body", "龙井茶 一杯"),
            ("out_trade_no", out_trade_no),
            ("total_fee", &total.to_string()),
            ("spbill_create_ip", "203.0.113.9"),
            ("notify_url", "https://shop.example/v2"),
            ("trade_type", "JSAPI"),
            ("openid", &self.till.openid("amei")),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
    }

    /// Orders, with members changed or, when the value is empty, left out.
    #[track_caller]
    fn order(&mut self, out_trade_no: &str, total: i64, changed: &[(&str, &str)]) -> Said {
        let mut members: BTreeMap<_, _> = self.sale(out_trade_no, total).into_iter().collect();
        members.extend(changed.iter().map(|(name, value)| ((*name).into(), (*value).into())));
        let members: Vec<(&str, &str)> =
            members.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.say("/pay/unifiedorder", &members)
    }

    /// The argument of `wx.requestPayment`, signed with the key.
    fn invoke(&self, prepay_id: &str) -> Invoke {
        let sign_type = if self.hmac { "HMAC-SHA256" } else { "MD5" };
        let signed: BTreeMap<String, String> = [
            ("appId", pool::MINI_PROGRAM),
            ("timeStamp", "1772337600"),
            ("nonceStr", "5K8264ILTKCH16CQ2502SI8ZNMTM67VS"),
            ("package", &format!("prepay_id={prepay_id}")),
            ("signType", sign_type),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        let mut params = serde_json::to_value(&signed).unwrap();
        params["paySign"] = digest(&signed, &self.key, self.hmac).into();
        let appid = Appid::new(pool::MINI_PROGRAM).unwrap();
        Invoke::new(InvokeKind::MiniProgram, appid, params.as_object().unwrap().clone())
    }

    /// What an app hands to the open SDK, which has no member for the digest.
    fn invoke_app(&self, prepay_id: &str, partner: &str) -> Invoke {
        let signed: BTreeMap<String, String> = [
            ("appid", pool::MOBILE_APP),
            ("partnerid", partner),
            ("prepayid", prepay_id),
            ("package", "Sign=WXPay"),
            ("noncestr", "5K8264ILTKCH16CQ2502SI8ZNMTM67VS"),
            ("timestamp", "1772337600"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        let mut params = serde_json::to_value(&signed).unwrap();
        params["sign"] = digest(&signed, &self.key, self.hmac).into();
        let appid = Appid::new(pool::MOBILE_APP).unwrap();
        Invoke::new(InvokeKind::App, appid, params.as_object().unwrap().clone())
    }

    fn pay(&mut self, invoke: Invoke) -> Result<Paid, Refusal> {
        let command = PayCommand {
            by: PayBy::Invoke(invoke),
            user: "amei".to_owned(),
            method: Method::Balance,
            outcome: Outcome::Success,
            pin: None,
        };
        let paid = self.till.world.pay(&command, self.till.times());
        self.till.world.audit().unwrap();
        paid
    }

    /// Orders and pays.
    #[track_caller]
    fn sell(&mut self, out_trade_no: &str, total: i64) -> String {
        let prepay_id = self.order(out_trade_no, total, &[]).ok().get("prepay_id").to_owned();
        let paid = self.pay(self.invoke(&prepay_id)).unwrap();
        paid.transaction_id.unwrap().to_string()
    }

    #[track_caller]
    fn query(&mut self, out_trade_no: &str) -> Said {
        self.say("/pay/orderquery", &[("out_trade_no", out_trade_no)])
    }
}
