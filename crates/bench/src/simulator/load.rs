//! Payments as a merchant and a customer make them, over sockets, each with its notification.
//!
//! Requests are signed before the clock starts: what is measured is WeChat, not the merchant.

use std::{
    io::{BufReader, Write as _},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
};

use serde_json::{Value, json};
use suanpan_simulator::{SystemWallClock, WallClock as _, pool};
use suanpan_wechat::{
    id::{Mchid, NonceStr},
    key::MerchantKey,
    sign::{Signer as _, request_message},
};

use super::{
    MILLI,
    child::Simulated,
    wire::{Wire, read_message},
};
use crate::measure::{Figure, process_cpu_ns, wall_ns};

/// Customers at a time.
const CUSTOMERS: usize = 16;

/// What two cores shall carry.
const PAYMENTS_PER_SECOND: u128 = 1000;

/// How long a day may take.
const DAY_SECONDS: u128 = 10;

/// Nobody listens here, and nobody may: it is the discard port.
const DEAF: &str = "http://127.0.0.1:9/notify";

/// A merchant that acknowledges whatever comes, and counts it.
struct Inbox {
    url: String,
    came: mpsc::Receiver<()>,
}

impl Inbox {
    fn open() -> Result<Self, String> {
        let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        let (sender, came) = mpsc::channel();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let sender = sender.clone();
                thread::spawn(move || acknowledge(stream, &sender));
            }
        });
        Ok(Self { url: format!("http://{address}/notify"), came })
    }
}

fn acknowledge(stream: TcpStream, came: &mpsc::Sender<()>) -> Result<(), String> {
    let mut stream = BufReader::new(stream);
    while read_message(&mut stream)?.is_some() {
        let answer = b"HTTP/1.1 204 No Content\r\n\r\n";
        stream.get_mut().write_all(answer).map_err(|error| error.to_string())?;
        // The counter has gone when the measurement is over.
        let _gone = came.send(());
    }
    Ok(())
}

/// The till of the pool's first merchant.
struct Till {
    key: MerchantKey,
    openid: String,
    host: String,
}

impl Till {
    fn at(simulated: &Simulated) -> Result<Self, String> {
        let (_, fixture) = Wire::open(&simulated.management)?.blocking_get("/api/fixture")?;
        let fixture: Value = serde_json::from_slice(&fixture).map_err(|error| error.to_string())?;
        let merchant = &fixture["merchants"][0];
        let text = |member: &str| merchant[member].as_str().unwrap_or_default();
        let mchid = Mchid::new(text("mchid")).map_err(|error| error.to_string())?;
        let key = MerchantKey::from_pem(mchid, text("private_key_pem"), text("certificate_pem"));
        let openid = fixture["users"][0]["openids"][pool::MINI_PROGRAM].as_str();
        Ok(Self {
            key: key.map_err(|error| error.to_string())?,
            openid: openid.unwrap_or_default().to_owned(),
            host: simulated.protocol.clone(),
        })
    }

    /// The bytes of one order, ready to be sent.
    fn order(&self, number: usize, notify_url: &str) -> Vec<u8> {
        let target = "/v3/pay/transactions/jsapi";
        let body = json!({
            "appid": pool::MINI_PROGRAM,
            "mchid": self.key.mchid().as_str(),
            "description": "龙井茶 一杯",
            "out_trade_no": format!("bench-{number:08}"),
            "notify_url": notify_url,
            "amount": {"total": 1},
            "payer": {"openid": self.openid},
        })
        .to_string();
        let now = SystemWallClock.now();
        let nonce = NonceStr::new("593BEC0C930BF1AFEB40B4A08C8FB242").expect("32 letters");
        let message = request_message("POST", target, now, nonce.as_str(), body.as_bytes());
        format!(
            "POST {target} HTTP/1.1\r\nHost: {}\r\nAccept: application/json\r\nUser-Agent: bench\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\
             Authorization: WECHATPAY2-SHA256-RSA2048 mchid=\"{}\",nonce_str=\"{nonce}\",\
             signature=\"{}\",timestamp=\"{}\",serial_no=\"{}\"\r\n\r\n{body}",
            self.host,
            body.len(),
            self.key.mchid(),
            self.key.sign(&message),
            now.unix(),
            self.key.serial_no(),
        )
        .into_bytes()
    }
}

/// Places prepared orders and pays them, several customers at a time.
fn serve(simulated: &Simulated, orders: Vec<Vec<u8>>, pay: bool) -> Result<(), String> {
    let (orders, next) = (Arc::new(orders), Arc::new(AtomicUsize::new(0)));
    let customers: Vec<_> = (0..CUSTOMERS)
        .map(|_| {
            let (orders, next) = (Arc::clone(&orders), Arc::clone(&next));
            let hosts = (simulated.protocol.clone(), simulated.management.clone());
            thread::spawn(move || customer(&hosts, &orders, &next, pay))
        })
        .collect();
    for customer in customers {
        customer.join().map_err(|_| "a customer panicked".to_owned())??;
    }
    Ok(())
}

fn customer(
    (protocol, management): &(String, String),
    orders: &[Vec<u8>],
    next: &AtomicUsize,
    pay: bool,
) -> Result<(), String> {
    let (mut shop, mut phone) = (Wire::open(protocol)?, Wire::open(management)?);
    while let Some(order) = orders.get(next.fetch_add(1, Ordering::Relaxed)) {
        let (status, body) = shop.exchange(order)?;
        if status != 200 {
            return Err(format!("{status}: {}", String::from_utf8_lossy(&body)));
        }
        let answer: Value = serde_json::from_slice(&body).map_err(|error| error.to_string())?;
        if !pay {
            continue;
        }
        let paid = json!({"prepay_id": answer["prepay_id"], "user": "amei"}).to_string();
        let (status, body) = phone.post_json("/api/pay", &paid)?;
        if status != 200 || !body.windows(7).any(|part| part == b"SUCCESS") {
            return Err(format!("{status}: {}", String::from_utf8_lossy(&body)));
        }
    }
    Ok(())
}

/// Order, answer, payment, notification, acknowledgement: how many of it in a second, and what
/// each costs.
pub(super) fn payments(count: usize) -> Result<Vec<Figure>, String> {
    let (simulated, inbox) = (Simulated::start()?, Inbox::open()?);
    let till = Till::at(&simulated)?;
    let orders: Vec<_> = (0..count).map(|number| till.order(number, &inbox.url)).collect();
    let (cpu_before, own_before, before) = (simulated.cpu_ns()?, process_cpu_ns(), wall_ns());
    serve(&simulated, orders, true)?;
    for _ in 0..count {
        inbox.came.recv().map_err(|error| error.to_string())?;
    }
    let wall = wall_ns() - before;
    let (cpu, own) = (simulated.cpu_ns()? - cpu_before, process_cpu_ns() - own_before);
    let each = u128::try_from(count.max(1)).expect("a count fits");
    let rate = each * 1_000_000_000 * MILLI / wall.max(1);
    Ok(vec![
        Figure::at_least("simulator.payments", rate, "/s", PAYMENTS_PER_SECOND * MILLI),
        Figure::alone("simulator.payments.cpu", cpu / each, "µs/payment"),
        Figure::alone("simulator.payments.generator", own / each, "µs/payment"),
        Figure::alone(
            "simulator.payments.memory",
            simulated.resident_kib()? * MILLI / 1024,
            "MiB after",
        ),
    ])
}

/// A day with open orders, and one in which a deaf merchant is called again and again.
pub(super) fn days(open: usize, ladders: usize) -> Result<Vec<Figure>, String> {
    let simulated = Simulated::start()?;
    let till = Till::at(&simulated)?;
    serve(&simulated, (0..open).map(|number| till.order(number, DEAF)).collect(), false)?;
    let quiet = a_day(&simulated)?;
    let paid = (open..open + ladders).map(|number| till.order(number, DEAF)).collect();
    serve(&simulated, paid, true)?;
    let loud = a_day(&simulated)?;
    Ok(vec![
        Figure::at_most("simulator.day", quiet.0 / 1000, "ms", DAY_SECONDS * 1000 * MILLI),
        Figure::alone("simulator.day.deaf", loud.0 / 1000, "ms"),
        Figure::alone("simulator.day.deaf.happened", loud.1 * MILLI, "things"),
    ])
}

/// How long a day takes, and how much happened in it.
fn a_day(simulated: &Simulated) -> Result<(u128, u128), String> {
    let mut management = Wire::open(&simulated.management)?;
    let before = wall_ns();
    let (status, body) = management.post_json("/api/clock/advance", r#"{"seconds":86400}"#)?;
    let spent = wall_ns() - before;
    let answer: Value = serde_json::from_slice(&body).map_err(|error| error.to_string())?;
    match (status, answer["fired"].as_array()) {
        (200, Some(fired)) => Ok((spent, u128::try_from(fired.len()).expect("a count fits"))),
        _ => Err(format!("{status}: {answer}")),
    }
}
