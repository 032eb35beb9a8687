//! The merchant of a story: a right program that signs, asks again and gives up in the end.

use serde_json::{Value, json};
use suanpan_wechat::{
    Timestamp,
    id::{Appid, Mchid, OutTradeNo},
    key::MerchantKey,
    sign::{Signer as _, request_message},
};

use super::step::{NewOrder, OrderKey};
use crate::world::{AppKind, Channel, HttpRequest, Manner, Merchant, Times, TradeType, World};

/// How often a call is made before the story fails: WeChat may have a bad day.
const TRIES: u32 = 8;

/// Which merchant a story means: the named one, or the first whose private key is here.
fn merchant<'a>(world: &'a World, named: Option<&Mchid>) -> Result<&'a Merchant, String> {
    let has_key = |merchant: &&Merchant| {
        merchant.api_certificates.iter().any(|known| known.private_key_pem.is_some())
    };
    match named {
        Some(mchid) => world.merchant(mchid).filter(has_key).ok_or_else(|| {
            format!("there is no merchant {mchid} whose private key the simulator has")
        }),
        None => world
            .merchants()
            .find(has_key)
            .ok_or_else(|| "there is no merchant whose private key the simulator has".to_owned()),
    }
}

/// Places an order and says under which number.
pub(super) fn place(
    world: &mut World,
    order: &NewOrder,
    inbox: &str,
    now: Times,
) -> Result<OrderKey, String> {
    let merchant = merchant(world, order.mchid.as_ref())?;
    let mchid = merchant.mchid.clone();
    let (path, kind) = match order.kind {
        TradeType::App => ("app", AppKind::App),
        TradeType::Mweb => ("h5", AppKind::MiniProgram),
        TradeType::Native => ("native", AppKind::MiniProgram),
        TradeType::Jsapi | TradeType::Micropay => ("jsapi", AppKind::MiniProgram),
    };
    let app = world.apps().find(|app| app.kind == kind && merchant.appids.contains(&app.appid));
    let appid = app.map(|app| app.appid.clone());
    let appid = appid.ok_or_else(|| format!("{mchid} has no app to be paid through"))?;
    let number = format!("{}-{:06}", order.name, world.order_log().len() + 1);
    let out_trade_no = OutTradeNo::new(number).map_err(|error| error.to_string())?;
    let mut body = json!({
        "appid": appid.as_str(),
        "mchid": mchid.as_str(),
        "description": order.name.as_str(),
        "out_trade_no": out_trade_no.as_str(),
        "notify_url": order.notify.as_deref().unwrap_or(inbox),
        "amount": {"total": order.amount.count()},
    });
    match order.kind {
        TradeType::Jsapi => body["payer"] = json!({"openid": openid(world, &order.payer, &appid)?}),
        TradeType::Mweb => {
            body["scene_info"] =
                json!({"payer_client_ip": "203.0.113.7", "h5_info": {"type": "Wap"}});
        }
        TradeType::App | TradeType::Native | TradeType::Micropay => {}
    }
    let target = format!("/v3/pay/transactions/{path}");
    call(world, &mchid, &target, &body, now)?;
    Ok((mchid, out_trade_no))
}

/// Closes an order as its merchant.
pub(super) fn close(
    world: &mut World,
    (mchid, number): &OrderKey,
    now: Times,
) -> Result<(), String> {
    let target = format!("/v3/pay/transactions/out-trade-no/{number}/close");
    call(world, mchid, &target, &json!({"mchid": mchid.as_str()}), now)
}

fn openid(world: &World, user: &str, appid: &Appid) -> Result<String, String> {
    let user =
        world.users().find(|known| known.name == user).ok_or(format!("there is no user {user}"))?;
    let openid = user.openids.get(appid);
    openid.map(ToString::to_string).ok_or_else(|| format!("{} is not known to {appid}", user.name))
}

fn call(
    world: &mut World,
    mchid: &Mchid,
    target: &str,
    body: &Value,
    now: Times,
) -> Result<(), String> {
    let mut heard = "nothing".to_owned();
    for attempt in 0..TRIES {
        let request = request(world, mchid, target, body, attempt, now.wall)?;
        let reply = world.handle(&request, now);
        let arrived = matches!(reply.manner, Manner::Whole | Manner::Slow { .. });
        let status = reply.response.status;
        if arrived && matches!(status, 200 | 204) {
            return Ok(());
        }
        heard = match arrived {
            true => format!("{status} {}", String::from_utf8_lossy(&reply.response.body)),
            false => "nothing".to_owned(),
        };
        if arrived && !matches!(status, 429 | 500..) {
            break;
        }
    }
    Err(format!("WeChat answered {heard}"))
}

fn request(
    world: &World,
    mchid: &Mchid,
    target: &str,
    body: &Value,
    attempt: u32,
    wall: Timestamp,
) -> Result<HttpRequest, String> {
    let merchant = merchant(world, Some(mchid))?;
    let certificate =
        merchant.api_certificates.iter().find(|known| known.private_key_pem.is_some());
    let certificate = certificate.expect("a merchant of a story has its private key here");
    let private_key_pem = certificate.private_key_pem.as_deref().unwrap_or_default();
    let key = MerchantKey::from_pem(mchid.clone(), private_key_pem, &certificate.certificate_pem)
        .map_err(|error| error.to_string())?;
    let body = body.to_string();
    // Of the story alone: a nonce out of the world's chance would change what follows.
    let nonce = format!("SCENARIO{:024}", attempt);
    let message = request_message("POST", target, wall, &nonce, body.as_bytes());
    let authorization = format!(
        "{} mchid=\"{mchid}\",nonce_str=\"{nonce}\",signature=\"{}\",timestamp=\"{}\",serial_no=\"{}\"",
        key.scheme(),
        key.sign(&message),
        wall.unix(),
        key.serial_no(),
    );
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Ok(HttpRequest {
        method: "POST".to_owned(),
        target: target.to_owned(),
        headers: vec![
            header("accept", "application/json"),
            header("content-type", "application/json"),
            header("user-agent", "suanpan-scenario"),
            header("authorization", &authorization),
        ],
        body: body.into_bytes(),
        channel: Channel::Plain,
    })
}
