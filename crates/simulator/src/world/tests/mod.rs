//! The world from outside: a merchant's till that signs real requests and believes nothing it
//! cannot verify.

mod authorized_transfers;
mod bills;
mod cards;
mod cashier;
mod codepay;
mod combine;
mod coupons;
mod deferred;
mod doors;
mod explain;
mod faults;
mod forecast;
mod hostile;
mod import;
mod in_order;
mod ladder;
mod login;
mod media;
mod money;
mod mutual_tls;
mod nasty;
mod open;
mod orders;
mod partner;
mod partner_sharing;
mod people;
mod refunds;
mod replay;
mod sharing;
mod signatures;
mod transfers;
mod v2;

use std::sync::Arc;

use serde_json::{Value, json};
use suanpan_wechat::{
    Fen, Timestamp,
    id::{Appid, Mchid, NonceStr},
    key::{Certificate, MerchantKey, RsaPublicKey},
    platform::merchant_encryption_key,
    sensitive::{SealedText, SensitiveText},
    sign::{Signer as _, request_message},
    suite,
    verify::signed_message,
};

use super::*;
use crate::pool;

/// 2026-03-01T12:00:00+08:00.
const NOON: Timestamp = Timestamp::from_unix(1_772_337_600);

/// A world, the time in it, and the first merchant's till.
struct Till {
    world: World,
    now: Timestamp,
    mchid: Mchid,
    key: MerchantKey,
    /// Sent as `Wechatpay-Serial` when set.
    wanted_serial: Option<String>,
}

/// An answer that has been looked at.
#[derive(Debug)]
struct Seen {
    status: u16,
    body: String,
    reply: Reply,
}

impl Seen {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    fn code(&self) -> String {
        self.json()["code"].as_str().unwrap().to_owned()
    }

    fn message(&self) -> String {
        self.json()["message"].as_str().unwrap().to_owned()
    }

    fn number(&self) -> String {
        let id = self.reply.response.header("Request-ID").unwrap();
        id.rsplit_once('-').unwrap().1.to_owned()
    }
}

impl Till {
    fn open() -> Self {
        Self::of(0, 7)
    }

    /// The till of the `index`th standard merchant.
    fn of(index: usize, seed: u64) -> Self {
        let world = World::new(seed, pool::standard(), Arc::new(RsaSuite)).unwrap();
        let mchid = Mchid::new(pool::MERCHANTS[index]).unwrap();
        let certificate = world.merchant(&mchid).unwrap().api_certificates[0].clone();
        let key = MerchantKey::from_pem(
            mchid.clone(),
            certificate.private_key_pem.as_deref().unwrap(),
            &certificate.certificate_pem,
        )
        .unwrap();
        Self { world, now: NOON, mchid, key, wanted_serial: None }
    }

    fn times(&self) -> Times {
        Times::at(self.now)
    }

    /// A request signed at `signed_at`.
    fn signed_request(
        &self,
        method: &str,
        target: &str,
        body: &str,
        signed_at: Timestamp,
    ) -> HttpRequest {
        let nonce = NonceStr::new("593BEC0C930BF1AFEB40B4A08C8FB242").unwrap();
        let message = request_message(method, target, signed_at, nonce.as_str(), body.as_bytes());
        let authorization = format!(
            "WECHATPAY2-SHA256-RSA2048 mchid=\"{}\",nonce_str=\"{nonce}\",signature=\"{}\",timestamp=\"{}\",serial_no=\"{}\"",
            self.mchid,
            self.key.sign(&message),
            signed_at.unix(),
            self.key.serial_no(),
        );
        let mut headers = vec![
            ("accept".to_owned(), "application/json".to_owned()),
            ("user-agent".to_owned(), "till".to_owned()),
            ("authorization".to_owned(), authorization),
        ];
        if let Some(serial) = &self.wanted_serial {
            headers.push(("wechatpay-serial".to_owned(), serial.clone()));
        }
        HttpRequest {
            method: method.to_owned(),
            target: target.to_owned(),
            headers,
            body: body.as_bytes().to_vec(),
            channel: Channel::Plain,
        }
    }

    fn call(&mut self, method: &str, target: &str, body: &str) -> Seen {
        let request = self.signed_request(method, target, body, self.now);
        self.send(&request)
    }

    /// An answer that need not be text.
    fn call_raw(&mut self, method: &str, target: &str) -> HttpResponse {
        let request = self.signed_request(method, target, "", self.now);
        let reply = self.world.handle(&request, self.times());
        self.world.audit().unwrap();
        reply.response
    }

    /// Every answer of v3 must list its members in WeChat's order, and leave the books in order.
    fn send(&mut self, request: &HttpRequest) -> Seen {
        let reply = self.world.handle(request, self.times());
        self.world.audit().unwrap();
        let body = String::from_utf8(reply.response.body.clone()).unwrap();
        in_order::demand(&body);
        Seen { status: reply.response.status, body, reply }
    }

    /// Whether one of this merchant's keys at WeChat signed these bytes now.
    fn believes(&self, response: &HttpResponse) -> bool {
        self.believes_parts(&|name| response.header(name), &response.body)
    }

    fn believes_parts<'a>(&self, header: &dyn Fn(&str) -> Option<&'a str>, body: &[u8]) -> bool {
        let (Some(serial), Some(timestamp), Some(nonce), Some(signature)) = (
            header("Wechatpay-Serial"),
            header("Wechatpay-Timestamp"),
            header("Wechatpay-Nonce"),
            header("Wechatpay-Signature"),
        ) else {
            return false;
        };
        let signed_at = Timestamp::from_unix(timestamp.parse().unwrap());
        let message = signed_message(signed_at, nonce, body);
        self.wechat_key(serial).is_some_and(|key| key.verifies(&message, signature))
    }

    fn wechat_key(&self, serial: &str) -> Option<RsaPublicKey> {
        let merchant = self.world.merchant(&self.mchid).unwrap();
        let certificate = merchant
            .platform_certificates
            .iter()
            .find(|known| known.serial_no.as_str() == serial)
            .map(|known| {
                Certificate::from_pem(&known.certificate_pem).unwrap().public_key().unwrap()
            });
        let public = merchant
            .public_key
            .as_ref()
            .filter(|known| known.id.as_str() == serial)
            .map(|known| RsaPublicKey::from_pem(&known.public_key_pem).unwrap());
        certificate.or(public)
    }

    fn openid(&self, user: &str) -> String {
        let appid = Appid::new(pool::MINI_PROGRAM).unwrap();
        let user = self.world.users().find(|known| known.name == user).unwrap();
        user.openids[&appid].to_string()
    }

    fn order_body(&self, out_trade_no: &str, total: i64) -> Value {
        json!({
            "appid": pool::MINI_PROGRAM,
            "mchid": self.mchid.as_str(),
            "description": "龙井茶 一杯",
            "out_trade_no": out_trade_no,
            "notify_url": "https://shop.example/notify",
            "amount": {"total": total, "currency": "CNY"},
            "payer": {"openid": self.openid("amei")},
        })
    }

    fn order(&mut self, out_trade_no: &str, total: i64) -> Seen {
        let body = self.order_body(out_trade_no, total).to_string();
        self.call("POST", "/v3/pay/transactions/jsapi", &body)
    }

    fn prepay_id(&mut self, out_trade_no: &str, total: i64) -> String {
        let seen = self.order(out_trade_no, total);
        assert_eq!(seen.status, 200, "{}", seen.body);
        seen.json()["prepay_id"].as_str().unwrap().to_owned()
    }

    fn query(&mut self, out_trade_no: &str) -> Seen {
        let target =
            format!("/v3/pay/transactions/out-trade-no/{out_trade_no}?mchid={}", self.mchid);
        self.call("GET", &target, "")
    }

    fn trade_state(&mut self, out_trade_no: &str) -> String {
        self.query(out_trade_no).json()["trade_state"].as_str().unwrap().to_owned()
    }

    fn close(&mut self, out_trade_no: &str) -> Seen {
        let body = json!({"mchid": self.mchid.as_str()}).to_string();
        let target = format!("/v3/pay/transactions/out-trade-no/{out_trade_no}/close");
        self.call("POST", &target, &body)
    }

    fn refund(&mut self, out_trade_no: &str, number: &str, refund: i64, total: i64) -> Seen {
        let body = json!({
            "out_trade_no": out_trade_no,
            "out_refund_no": number,
            "notify_url": "https://shop.example/refunds",
            "amount": {"refund": refund, "total": total, "currency": "CNY"},
        });
        self.call("POST", "/v3/refund/domestic/refunds", &body.to_string())
    }

    /// Money of the merchant's own.
    fn deposit(&mut self, fen: i64) {
        let (mchid, now) = (self.mchid.clone(), self.times());
        self.world.deposit(&mchid, Fen::new(fen).unwrap(), now).unwrap();
    }

    fn available(&self) -> i64 {
        self.world.account(&self.mchid).unwrap().available.count()
    }

    /// A text encrypted to this merchant's key at WeChat, as a sensitive member; the serial number
    /// goes into `Wechatpay-Serial` from now on.
    fn seal(&mut self, text: &str) -> String {
        let merchant = self.world.merchant(&self.mchid).unwrap();
        let certificate = &merchant.platform_certificates[0].certificate_pem;
        let key = merchant_encryption_key(suite::Suite::Rsa, certificate).unwrap();
        self.wanted_serial = Some(key.serial_no().to_string());
        let sealed = SensitiveText::seal(&key, text).unwrap();
        serde_json::to_value(sealed).unwrap().as_str().unwrap().to_owned()
    }

    /// Opens a sensitive member of an answer.
    fn open_sealed(&self, value: &Value) -> String {
        let sealed = SealedText::from(value.as_str().unwrap().to_owned());
        self.key.open_sensitive(&sealed).unwrap().expose().to_owned()
    }

    /// The argument of `wx.requestPayment`, signed by the till.
    fn invoke(&self, prepay_id: &str) -> Invoke {
        let package = format!("prepay_id={prepay_id}");
        let message = format!(
            "{}\n{}\n{}\n{package}\n",
            pool::MINI_PROGRAM,
            self.now.unix(),
            "5K8264ILTKCH16CQ2502SI8ZNMTM67VS"
        );
        let params = json!({
            "timeStamp": self.now.unix().to_string(),
            "nonceStr": "5K8264ILTKCH16CQ2502SI8ZNMTM67VS",
            "package": package,
            "signType": "RSA",
            "paySign": self.key.sign(message.as_bytes()),
        });
        let appid = Appid::new(pool::MINI_PROGRAM).unwrap();
        Invoke::new(InvokeKind::MiniProgram, appid, params.as_object().unwrap().clone())
    }

    fn act(&mut self, prepay_id: &str, outcome: Outcome) -> Result<Paid, Refusal> {
        let command = PayCommand {
            by: PayBy::Invoke(self.invoke(prepay_id)),
            user: "amei".to_owned(),
            method: Method::Balance,
            outcome,
            pin: None,
        };
        let paid = self.world.pay(&command, self.times());
        self.world.audit().unwrap();
        paid
    }

    /// Orders and pays.
    fn sell(&mut self, out_trade_no: &str, total: i64) -> Paid {
        let prepay_id = self.prepay_id(out_trade_no, total);
        self.act(&prepay_id, Outcome::Success).unwrap()
    }

    /// Everything that is due by now, and the notifications to send.
    fn due(&mut self) -> Vec<Delivery> {
        let fired = self.world.fire_due(self.times());
        self.world.audit().unwrap();
        fired.effects.into_iter().map(|Effect::Notify(delivery)| delivery).collect()
    }

    fn wait(&mut self, seconds: i64) {
        self.now = self.now.plus(seconds);
    }

    fn accepts(&self, delivery: &Delivery) -> bool {
        let header = |name: &str| delivery.header(name);
        self.believes_parts(&header, &delivery.body)
    }

    fn answer(&mut self, delivery: &Delivery, status: u16) {
        let result = NotifyResult::Answered { status, body: Vec::new() };
        self.world.notified(delivery.delivery_id, result, self.times());
    }
}
