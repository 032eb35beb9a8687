//! The ways into the cashier that are no `requestPayment`: a QR code, a page outside WeChat, an app.

use suanpan_wechat::id::OutTradeNo;

use super::*;

const APP: &str = "wxapp0000000000001";

fn till() -> Till {
    let mut till = Till::open();
    till.world
        .add_app(NewApp {
            appid: Some(Appid::new(APP).unwrap()),
            app_secret: None,
            kind: AppKind::App,
            mchids: vec![till.mchid.clone()],
        })
        .unwrap();
    till
}

/// Places an order for a front end and gives back what WeChat answered.
fn place(till: &mut Till, front_end: &str, out_trade_no: &str, more: &Value) -> Seen {
    let mut body = till.order_body(out_trade_no, 100);
    let members = body.as_object_mut().unwrap();
    members.remove("payer");
    members.extend(more.as_object().unwrap().clone());
    till.call("POST", &format!("/v3/pay/transactions/{front_end}"), &body.to_string())
}

fn native(till: &mut Till, out_trade_no: &str) -> String {
    let seen = place(till, "native", out_trade_no, &json!({}));
    assert_eq!(seen.status, 200, "{}", seen.body);
    seen.json()["code_url"].as_str().unwrap().to_owned()
}

fn h5(till: &mut Till, out_trade_no: &str, ip: &str) -> String {
    let scene = json!({"scene_info": {"payer_client_ip": ip, "h5_info": {"type": "Wap"}}});
    let seen = place(till, "h5", out_trade_no, &scene);
    assert_eq!(seen.status, 200, "{}", seen.body);
    seen.json()["h5_url"].as_str().unwrap().to_owned()
}

fn pay(till: &mut Till, by: PayBy, user: &str) -> Result<Paid, String> {
    let command = PayCommand {
        by,
        user: user.to_owned(),
        method: Method::Balance,
        outcome: Outcome::Success,
        pin: None,
    };
    let paid = till.world.pay(&command, till.times()).map_err(|refusal| refusal.text);
    till.world.audit().unwrap();
    paid
}

fn look(till: &Till, by: PayBy, user: &str) -> String {
    till.world
        .cashier(&by, user, till.times())
        .map_or_else(|refusal| refusal.text, |view| view.description)
}

#[test]
fn a_code_is_scanned_and_anybody_may_be_first() {
    let mut till = till();
    let code_url = native(&mut till, "order-0001");
    assert!(code_url.starts_with("weixin://wxpay/bizpayurl?pr=") && code_url.len() <= 64);
    let paid = pay(&mut till, PayBy::CodeUrl(code_url), "bo").unwrap();
    assert!(!paid.invocation_checked);
    let transaction = till.query("order-0001").json();
    assert_eq!(transaction["trade_type"], "NATIVE");
    assert_eq!(transaction["payer"]["openid"], till.openid("bo"), "whoever paid");
}

#[test]
fn a_new_code_ends_the_old_one_and_all_end_after_two_hours() {
    let mut till = till();
    let old = native(&mut till, "order-0001");
    let new = native(&mut till, "order-0001");
    assert_eq!(look(&till, PayBy::CodeUrl(old), "bo"), "二维码已失效，请商家重新生成");
    assert_eq!(look(&till, PayBy::CodeUrl(new.clone()), "bo"), "龙井茶 一杯");
    till.wait(2 * 3600);
    assert_eq!(look(&till, PayBy::CodeUrl(new), "bo"), "二维码已失效，请商家重新生成");
}

#[test]
fn a_code_belongs_to_its_first_scanner() {
    let mut till = till();
    let code_url = native(&mut till, "order-0001");
    let scan = PayCommand {
        by: PayBy::CodeUrl(code_url.clone()),
        user: "bo".to_owned(),
        method: Method::Balance,
        outcome: Outcome::Cancel,
        pin: None,
    };
    till.world.pay(&scan, till.times()).unwrap();
    let refused = pay(&mut till, PayBy::CodeUrl(code_url.clone()), "chen");
    assert_eq!(refused.unwrap_err(), "商家订单信息有误，请重新下单支付");
    pay(&mut till, PayBy::CodeUrl(code_url), "bo").unwrap();
}

#[test]
fn an_h5_order_says_where_the_payer_is() {
    let mut till = till();
    for scene in [json!({}), json!({"scene_info": {"payer_client_ip": "14.23.150.211"}})] {
        assert_eq!(place(&mut till, "h5", "order-0001", &scene).code(), "PARAM_ERROR", "{scene}");
    }
    let with_payer = json!({"payer": {"openid": till.openid("bo")}});
    assert_eq!(place(&mut till, "native", "order-0001", &with_payer).code(), "PARAM_ERROR");
}

#[test]
fn an_h5_page_asks_where_its_guest_comes_from() {
    let mut till = till();
    till.world
        .state
        .merchants
        .get_mut(&till.mchid)
        .unwrap()
        .h5_domains
        .insert("shop.example".into());
    let url = h5(&mut till, "order-0001", "14.23.150.211");
    let from = |url: &str, page: &str| PayBy::H5Url {
        url: url.to_owned(),
        page: Some(page.to_owned()),
        user_agent: None,
    };
    let shop = "https://shop.example/cart";
    assert_eq!(look(&till, from(&url, ""), "bo"), "商家参数格式有误，请联系商家解决");
    assert_eq!(
        look(&till, from(&url, "https://other.example/"), "bo"),
        "商家存在未配置的参数，请联系商家解决"
    );
    let back = |host: &str| format!("{url}&redirect_url=https%3A%2F%2F{host}%2Fdone");
    assert_eq!(
        look(&till, from(&back("other.example"), shop), "bo"),
        "商家存在未配置的参数，请联系商家解决"
    );
    assert_eq!(look(&till, from(&back("shop.example"), shop), "bo"), "龙井茶 一杯");
    let cut = url.rsplit_once('&').unwrap().0;
    assert_eq!(look(&till, from(cut, shop), "bo"), "签名验证失败");
    let local = h5(&mut till, "order-0002", "127.0.0.1");
    assert!(look(&till, from(&local, shop), "bo").starts_with("由于商家传入的H5交易参数有误"));
    let inside = PayBy::H5Url {
        url: url.clone(),
        page: None,
        user_agent: Some("MicroMessenger/8.0".to_owned()),
    };
    assert_eq!(look(&till, inside, "bo"), "请在微信外打开订单，进行支付");
    till.wait(300);
    assert_eq!(look(&till, from(&url, shop), "bo"), "龙井茶 一杯");
    till.wait(1);
    assert_eq!(look(&till, from(&url, shop), "bo"), "支付请求已失效，请重新发起支付");
    let fresh = h5(&mut till, "order-0001", "14.23.150.211");
    pay(&mut till, from(&fresh, shop), "bo").unwrap();
    assert_eq!(till.query("order-0001").json()["trade_type"], "MWEB");
}

/// The same page at its own address, as a browser finds it.
#[test]
fn the_jump_page_answers_browsers_under_its_own_name() {
    let mut till = till();
    let merchant = till.world.state.merchants.get_mut(&till.mchid).unwrap();
    merchant.h5_domains.insert("shop.example".into());
    let url = h5(&mut till, "order-0001", "14.23.150.211");
    let target = url.strip_prefix("https://wx.tenpay.com").unwrap();
    let mut visit = |host: &str, more: &[(&str, &str)]| {
        let header = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let headers = [("Host", host)].iter().chain(more).copied().map(header).collect();
        let request = HttpRequest {
            method: "GET".to_owned(),
            target: target.to_owned(),
            headers,
            body: Vec::new(),
            channel: Channel::Plain,
        };
        let reply = till.world.handle(&request, till.times());
        (reply.response.status, String::from_utf8(reply.response.body).unwrap())
    };
    let shop = ("Referer", "https://shop.example/cart");
    let wechat = ("User-Agent", "MicroMessenger/8.0");
    for (more, said) in [
        (&[][..], "商家参数格式有误，请联系商家解决"),
        (&[("Referer", "https://other.example/")], "商家存在未配置的参数，请联系商家解决"),
        (&[shop, wechat], "请在微信外打开订单，进行支付"),
        (&[shop], "weixin://wap/pay?prepayid=wx"),
    ] {
        let (status, page) = visit("wx.tenpay.com", more);
        assert_eq!(status, 200);
        assert!(page.contains(said), "{page}");
    }
    assert!(
        visit("127.0.0.1:9700", &[shop]).1.contains("weixin://"),
        "this machine has every path"
    );
    assert_eq!(visit("api.mch.weixin.qq.com", &[shop]).0, 404);
}

#[test]
fn an_app_hands_over_the_bare_prepay_id() {
    let mut till = till();
    let seen = place(&mut till, "app", "order-0001", &json!({"appid": APP}));
    let prepay_id = seen.json()["prepay_id"].as_str().unwrap().to_owned();
    let invoke = |fourth: &str, appid: &str| {
        let message = format!("{APP}\n{}\nNONCE\n{fourth}\n", till.now.unix());
        let params = json!({
            "partnerid": till.mchid.as_str(), "prepayid": prepay_id, "package": "Sign=WXPay",
            "noncestr": "NONCE", "timestamp": till.now.unix().to_string(),
            "sign": till.key.sign(message.as_bytes()),
        });
        let (appid, params) = (Appid::new(appid).unwrap(), params.as_object().unwrap().clone());
        PayBy::Invoke(Invoke::new(InvokeKind::App, appid, params))
    };
    let (good, prefixed) =
        (invoke(&prepay_id, APP), invoke(&format!("prepay_id={prepay_id}"), APP));
    let other_app = invoke(&prepay_id, pool::MINI_PROGRAM);
    assert_eq!(look(&till, prefixed, "bo"), "支付签名验证失败");
    assert_eq!(look(&till, other_app, "bo"), "商户传入的APPID参数不正确，请联系商户处理");
    assert_eq!(pay(&mut till, good, "bo").unwrap().err_msg, "0");
    assert_eq!(till.query("order-0001").json()["trade_type"], "APP");
}

#[test]
fn one_number_is_one_kind_of_order() {
    let mut till = till();
    native(&mut till, "order-0001");
    let seen = till.order("order-0001", 100);
    assert_eq!((seen.status, seen.code()), (403, "OUT_TRADE_NO_USED".to_owned()));
    let number = OutTradeNo::new("order-0001").unwrap();
    assert_eq!(till.world.order(&till.mchid, &number).unwrap().trade_type, TradeType::Native);
}
