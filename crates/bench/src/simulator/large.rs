//! A world with very many orders, beside a small one.

use std::sync::Arc;

use serde_json::json;
use suanpan_simulator::{
    pool,
    world::{
        Channel, Effect, HttpRequest, Method, NotifyResult, Outcome, PayBy, PayCommand, Suite,
        Times, World,
    },
};
use suanpan_wechat::{
    Timestamp,
    id::{Mchid, OutTradeNo, PrepayId, SerialNo},
    key::{KeyError, RSA_SCHEME},
    sign::Signer,
    verify::{Verifier, VerifyError},
};

use super::{MILLI, child::resident_kib};
use crate::measure::{Figure, nanoseconds_each};

/// The small world.
const FEW: usize = 1_000;

/// An hour passes now and then, so that what ages does age.
const ORDERS_AN_HOUR: usize = 50_000;

/// 2026-03-01T12:00:00+08:00.
const NOON: Timestamp = Timestamp::from_unix(1_772_337_600);

/// Signs nothing and believes everything, to see the rest.
#[derive(Debug)]
struct Paper;

struct Stamp(SerialNo);

impl Signer for Stamp {
    fn serial_no(&self) -> &SerialNo {
        &self.0
    }

    fn scheme(&self) -> &'static str {
        RSA_SCHEME
    }

    fn sign(&self, _: &[u8]) -> String {
        "cGFwZXI=".repeat(43)
    }
}

impl Verifier for Stamp {
    fn check(&self, _: &SerialNo, _: &[u8], _: &str) -> Result<(), VerifyError> {
        Ok(())
    }
}

impl Suite for Paper {
    fn platform_signer(&self, serial: &SerialNo, _: &str) -> Result<Arc<dyn Signer>, KeyError> {
        Ok(Arc::new(Stamp(serial.clone())))
    }

    fn merchant_verifier(&self, serial: &SerialNo, _: &str) -> Result<Arc<dyn Verifier>, KeyError> {
        Ok(Arc::new(Stamp(serial.clone())))
    }
}

/// A world that grows.
struct Growing {
    world: World,
    now: Times,
    mchid: Mchid,
    openid: String,
    authorization: String,
    orders: usize,
}

impl Growing {
    fn new() -> Result<Self, String> {
        let world =
            World::new(1, pool::standard(), Arc::new(Paper)).map_err(|error| error.to_string())?;
        let mchid = Mchid::new(pool::MERCHANTS[0]).map_err(|error| error.to_string())?;
        let merchant = world.merchant(&mchid).ok_or("the pool has no merchant")?;
        let serial_no = merchant.api_certificates[0].serial_no.clone();
        let user = world.users().next().ok_or("the pool has no user")?;
        let openid = user.openids.iter().find(|(appid, _)| appid.as_str() == pool::MINI_PROGRAM);
        let openid = openid.map(|(_, openid)| openid.to_string()).unwrap_or_default();
        let authorization = format!(
            "WECHATPAY2-SHA256-RSA2048 mchid=\"{mchid}\",nonce_str=\"593BEC0C930BF1AFEB40B4A08C8FB242\",signature=\"cGFwZXI=\",timestamp=\"{}\",serial_no=\"{serial_no}\"",
            NOON.unix(),
        );
        Ok(Self { world, now: Times::at(NOON), mchid, openid, authorization, orders: 0 })
    }

    fn call(&mut self, method: &str, target: String, body: String) -> Vec<u8> {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let request = HttpRequest {
            method: method.to_owned(),
            target,
            headers: vec![
                header("accept", "application/json"),
                header("user-agent", "bench"),
                header("authorization", &self.authorization),
            ],
            body: body.into_bytes(),
            channel: Channel::Plain,
        };
        let reply = self.world.handle(&request, self.now);
        assert_eq!(reply.response.status, 200, "{}", String::from_utf8_lossy(&reply.response.body));
        reply.response.body
    }

    fn place(&mut self) -> PrepayId {
        let body = json!({
            "appid": pool::MINI_PROGRAM,
            "mchid": self.mchid.as_str(),
            "description": "龙井茶 一杯",
            "out_trade_no": number(self.orders),
            "notify_url": "https://shop.example/notify",
            "amount": {"total": 1},
            "payer": {"openid": self.openid},
        });
        self.orders += 1;
        if self.orders.is_multiple_of(ORDERS_AN_HOUR) {
            self.now.business = self.now.business.plus(3600);
        }
        let answer = self.call("POST", "/v3/pay/transactions/jsapi".to_owned(), body.to_string());
        let answer: serde_json::Value = serde_json::from_slice(&answer).expect("an answer is JSON");
        PrepayId::new(answer["prepay_id"].as_str().unwrap_or_default()).expect("a prepay_id")
    }

    fn query(&mut self, at: usize) {
        let target =
            format!("/v3/pay/transactions/out-trade-no/{}?mchid={}", number(at), self.mchid);
        self.call("GET", target, String::new());
    }

    /// A payment with its acknowledged notification.
    fn sell(&mut self) {
        let by = PayBy::PrepayId(self.place());
        let command = PayCommand {
            by,
            user: "amei".to_owned(),
            method: Method::Balance,
            outcome: Outcome::Success,
            pin: None,
        };
        self.world.pay(&command, self.now).expect("the wallet covers a fen");
        for Effect::Notify(delivery) in self.world.fire_due(self.now).effects {
            let answered = NotifyResult::Answered { status: 204, body: Vec::new() };
            self.world.notified(delivery.delivery_id, answered, self.now);
        }
    }

    /// Nanoseconds of a query, a list of the newest orders, a payment.
    fn costs(&mut self) -> [u128; 3] {
        let mut at = 0;
        let query = nanoseconds_each(&mut || {
            // A stride that meets every order before it meets one twice.
            at = (at + 7_919) % self.orders;
            self.query(at);
        });
        let list = nanoseconds_each(&mut || {
            std::hint::black_box(self.world.orders(200));
        });
        let payment = nanoseconds_each(&mut || self.sell());
        [query, list, payment]
    }
}

fn number(at: usize) -> String {
    let number = format!("bench-{at:08}");
    OutTradeNo::new(number.clone()).expect("letters, digits and a hyphen");
    number
}

/// What the same calls cost when the world is large.
pub(super) fn world(orders: usize) -> Result<Vec<Figure>, String> {
    let mut growing = Growing::new()?;
    while growing.orders < FEW.min(orders) {
        growing.place();
    }
    let small = growing.costs();
    while growing.orders < orders {
        growing.place();
    }
    let large = growing.costs();
    let status = std::fs::read_to_string("/proc/self/status").map_err(|error| error.to_string())?;
    let mut figures =
        vec![Figure::alone("simulator.large.memory", resident_kib(&status)? * MILLI / 1024, "MiB")];
    for (at, name) in ["query", "list", "payment"].into_iter().enumerate() {
        let ratio = large[at] * 1000 / small[at].max(1);
        figures.push(
            Figure::alone(&format!("simulator.large.{name}"), large[at], "µs/op")
                .beside(ratio, "1,000 orders"),
        );
    }
    Ok(figures)
}
