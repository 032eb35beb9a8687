use suanpan_wechat::{
    id::Openid,
    miniprogram::subscribe_message::{
        Language, MiniprogramState, Page, Send, TemplateData, TemplateId,
    },
};

use super::*;

const SEND: &str = "/cgi-bin/message/subscribe/send";

fn accept(till: &mut Till, choice: SubscribeChoice) -> SubscribeAnswer {
    let ids = [ORDER_PAID_TEMPLATE.to_owned()];
    till.world.ask_to_subscribe(&mini_program(), "amei", &ids, choice).unwrap()
}

fn message(till: &Till) -> Value {
    json!({
        "touser": till.openid("amei"),
        "template_id": ORDER_PAID_TEMPLATE,
        "page": "pages/order/detail?id=1",
        "data": {
            "character_string1": {"value": "order-0001"},
            "thing2": {"value": "龙井茶"},
            "amount3": {"value": "¥19.90"},
            "time4": {"value": "2026年3月1日 12:00"},
        },
    })
}

fn send(till: &mut Till, change: &Value) -> Value {
    let mut body = message(till);
    body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    let token = till.token_of(pool::MINI_PROGRAM);
    till.post(&format!("{SEND}?access_token={token}"), &body)
}

#[test]
fn one_acceptance_is_one_message() {
    let mut till = Till::open();
    let refusal = "user refuse to accept the msg";
    refused(&send(&mut till, &json!({})), 43101, refusal);
    let rejected = accept(&mut till, SubscribeChoice::Reject);
    assert_eq!(rejected.templates[ORDER_PAID_TEMPLATE], "reject");
    refused(&send(&mut till, &json!({})), 43101, refusal);
    let accepted = accept(&mut till, SubscribeChoice::Accept);
    assert_eq!(accepted.err_msg, "requestSubscribeMessage:ok");
    assert_eq!(accepted.templates[ORDER_PAID_TEMPLATE], "accept");
    let left = till.world.subscriptions(&mini_program(), "amei").unwrap();
    assert_eq!(left[ORDER_PAID_TEMPLATE], 1);
    assert_eq!(send(&mut till, &json!({})), json!({"errcode": 0, "errmsg": "ok"}));
    refused(&send(&mut till, &json!({})), 43101, refusal);
    let inbox = till.world.inbox("amei").unwrap();
    assert_eq!((inbox.len(), inbox[0].kind), (1, InboxMessageKind::Subscribe));
    assert_eq!(inbox[0].title, "订单支付成功通知");
    assert!(inbox[0].lines.contains(&("支付金额".to_owned(), "¥19.90".to_owned())));
    assert_eq!(inbox[0].page.as_deref(), Some("pages/order/detail?id=1"));
}

#[test]
fn a_refused_message_uses_nothing_up() {
    let mut till = Till::open();
    accept(&mut till, SubscribeChoice::Accept);
    till.change_console(&mini_program(), |console| {
        console.pages = Some(["pages/order/detail".to_owned()].into());
    });
    let data = message(&till)["data"].clone();
    let changed = |name: &str, value: &str| {
        let mut data = data.clone();
        data[name] = json!({"value": value});
        json!({"data": data})
    };
    let cases = [
        (json!({"touser": till.openid("bo").replace('o', "x")}), 40003, "invalid openid"),
        (json!({"template_id": "another"}), 40037, "invalid template_id"),
        (json!({"page": "pages/nowhere"}), 41030, "invalid page"),
        (json!({"data": "text"}), 47001, "data format error"),
        (changed("thing2", ""), 47003, "argument invalid! data.thing2.value is emtpy"),
        (changed("amount3", "nineteen"), 47003, "argument invalid! data.amount3.value invalid"),
        (changed("thing2", &"茶".repeat(21)), 47003, "argument invalid! data.thing2.value invalid"),
    ];
    for (change, errcode, errmsg) in cases {
        refused(&send(&mut till, &change), errcode, errmsg);
    }
    assert_eq!(send(&mut till, &json!({}))["errcode"], 0);
}

#[test]
fn the_questions_own_mistakes_have_numbers() {
    let mut till = Till::open();
    let ask = |till: &mut Till, ids: &[&str]| {
        let ids: Vec<_> = ids.iter().map(|id| (*id).to_owned()).collect();
        let accept = SubscribeChoice::Accept;
        till.world.ask_to_subscribe(&mini_program(), "amei", &ids, accept).unwrap()
    };
    assert_eq!(ask(&mut till, &[]).err_code, Some(10001));
    assert_eq!(ask(&mut till, &["a", "b", "c", "d", "e", "f"]).err_code, Some(20003));
    assert_eq!(ask(&mut till, &["nobody-knows"]).err_code, Some(20001));
    let some = ask(&mut till, &["nobody-knows", ORDER_PAID_TEMPLATE]);
    assert_eq!(some.err_code, None);
    assert_eq!(some.templates["nobody-knows"], "filter");
}

#[test]
fn the_protocol_crate_sends_one() {
    let mut till = Till::open();
    accept(&mut till, SubscribeChoice::Accept);
    let data = [
        ("character_string1", "order-0001"),
        ("thing2", "龙井茶"),
        ("amount3", "¥19.90"),
        ("time4", "2026-03-01 12:00"),
    ];
    let data = data
        .into_iter()
        .fold(TemplateData::default(), |data, (name, value)| data.with(name, value).unwrap());
    let send = Send {
        touser: Openid::new(till.openid("amei")).unwrap(),
        template_id: TemplateId::new(ORDER_PAID_TEMPLATE).unwrap(),
        page: Some(Page::new("pages/index").unwrap()),
        data,
        miniprogram_state: MiniprogramState::Formal,
        lang: Language::default(),
    };
    assert_eq!(till.perform(pool::MINI_PROGRAM, &send), Ok(()));
    assert_eq!(till.perform(pool::MINI_PROGRAM, &send).unwrap_err(), 43101);
}

#[test]
fn links_lead_into_the_program_until_they_end() {
    let mut till = Till::open();
    let token = till.token_of(pool::MINI_PROGRAM);
    let scheme = format!("/wxa/generatescheme?access_token={token}");
    let jump = json!({"path": "pages/pay", "query": "order=1"});
    let made =
        till.post(&scheme, &json!({"jump_wxa": jump, "expire_type": 1, "expire_interval": 1}));
    let link = text(&made, "openlink");
    assert!(link.starts_with("weixin://dl/business/?t="));
    let opened = till.world.open_link(&link, till.times()).unwrap();
    assert_eq!((opened.path.as_str(), opened.query.as_str()), ("pages/pay", "order=1"));
    let url_link = format!("/wxa/generate_urllink?access_token={token}");
    let made = till.post(&url_link, &json!({"path": "pages/pay"}));
    let long = text(&made, "url_link");
    assert!(long.starts_with("https://wxaurl.cn/"));
    for (body, errcode) in [
        (json!({"path": "pages/pay?x=1"}), 40165),
        (json!({"path": "pages/pay", "query": "x".repeat(1025)}), 40165),
        (json!({"expire_type": 1, "expire_interval": 31}), 85401),
        (json!({"expire_type": 0, "expire_time": till.now.unix()}), 85401),
        (json!({"expire_type": "soon"}), 47001),
    ] {
        assert_eq!(till.post(&url_link, &body)["errcode"], errcode, "{body}");
    }
    till.wait(24 * 3600);
    assert!(till.world.open_link(&link, till.times()).is_err());
    assert!(till.world.open_link(&long, till.times()).is_ok());
    till.wait(29 * 24 * 3600);
    assert!(till.world.open_link(&long, till.times()).is_err());
}
