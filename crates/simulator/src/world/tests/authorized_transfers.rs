//! Transfers to people who permitted them once, and transfers of a provider's sub-merchants.

use suanpan_wechat::{
    call::Call as _,
    transfer::{Bill, authorization},
};

use super::*;

const FAMILY: &str = "/v3/fund-app/mch-transfer";
const SUB: &str = pool::SUB_MERCHANTS[0];

impl Till {
    fn permission_body(&self, number: &str) -> Value {
        json!({
            "out_authorization_no": number,
            "appid": pool::MINI_PROGRAM,
            "openid": self.openid("amei"),
            "transfer_scene_id": "1000",
            "user_display_name": "会员 1024",
            "authorization_notify_url": "https://shop.example/permissions",
            "scene_info": {
                "client_ip": "14.23.150.211", "device_id": "A1B2", "device_type": "HARMONY",
            },
        })
    }

    fn ask_permission(&mut self, number: &str) -> Seen {
        let body = self.permission_body(number).to_string();
        self.call("POST", &format!("{FAMILY}/user-confirm-authorization"), &body)
    }

    fn permission(&mut self, number: &str) -> Value {
        let target = format!("{FAMILY}/user-confirm-authorization/out-authorization-no/{number}");
        self.call("GET", &target, "").json()
    }

    fn end(&mut self, number: &str) -> Seen {
        let target =
            format!("{FAMILY}/user-confirm-authorization/out-authorization-no/{number}/close");
        self.call("POST", &target, "")
    }

    fn agree(&mut self, asked: &Value) -> Result<AuthorizationPage, Refusal> {
        let (page, now) = (self.page_of(asked), self.times());
        let agreed = self.world.agree(&page, "amei", now);
        self.world.audit().unwrap();
        agreed
    }

    fn page_of(&self, asked: &Value) -> TransferInvocation {
        TransferInvocation {
            mchid: self.mchid.clone(),
            appid: Appid::new(pool::MINI_PROGRAM).unwrap(),
            package: asked["package_info"].as_str().unwrap().to_owned(),
        }
    }

    fn terms(out_bill_no: &str, amount: i64) -> Value {
        json!({
            "appid": pool::MINI_PROGRAM,
            "out_bill_no": out_bill_no,
            "transfer_scene_id": "1000",
            "transfer_amount": amount,
            "transfer_remark": "新会员开通有礼",
            "notify_url": "https://shop.example/transfers",
            "transfer_scene_report_infos": [
                {"info_type": "活动名称", "info_content": "新会员有礼"},
                {"info_type": "奖励说明", "info_content": "注册会员抽奖一等奖"},
            ],
        })
    }

    fn send_authorized(&mut self, body: &Value) -> Seen {
        self.call("POST", &format!("{FAMILY}/transfer-bills/transfer"), &body.to_string())
    }

    fn in_wallet(&self) -> i64 {
        self.world.wallet("amei").unwrap().balance_fen.count()
    }
}

/// Everything that was told about permissions, newest first: its type and its plaintext.
fn told(till: &mut Till) -> Vec<(String, Value)> {
    till.due();
    let filter = MessageFilter { kind: Some(MessageKind::Notify), ..MessageFilter::default() };
    let all = till.world.messages(&filter).filter(|one| one.url.ends_with("/permissions"));
    let mut all: Vec<_> = all
        .map(|one| {
            let envelope: Value = serde_json::from_str(&one.body).unwrap();
            let plain = serde_json::from_str(one.decrypted.as_ref().unwrap()).unwrap();
            (envelope["event_type"].as_str().unwrap().to_owned(), plain)
        })
        .collect();
    all.reverse();
    all
}

#[test]
fn a_person_agrees_once_and_receives_without_a_page() {
    let mut till = Till::open();
    till.deposit(1_000_000);
    let asked = till.ask_permission("may-1").json();
    assert_eq!(asked["state"], "WAIT_USER_CONFIRM");
    assert_eq!(till.ask_permission("may-1").json(), asked, "again is the same");
    let mut changed = till.permission_body("may-1");
    changed["user_display_name"] = json!("会员 2048");
    let target = format!("{FAMILY}/user-confirm-authorization");
    assert_eq!(till.call("POST", &target, &changed.to_string()).code(), "INVALID_REQUEST");

    let early = json!({"out_authorization_no": "may-1"});
    let send = |till: &mut Till, number: &str, by: &Value| {
        let mut body = Till::terms(number, 300);
        body.as_object_mut().unwrap().extend(by.as_object().unwrap().clone());
        till.send_authorized(&body)
    };
    assert_eq!(send(&mut till, "early1", &early).code(), "INVALID_REQUEST", "nobody agreed yet");
    let bo = till.world.agree(&till.page_of(&asked), "bo", till.times());
    assert!(bo.is_err(), "somebody else's");
    assert_eq!(till.agree(&asked).unwrap().user_display_name, "会员 1024");
    let known = till.permission("may-1");
    assert_eq!(known["state"], "TAKING_EFFECT");
    let id = known["authorization_id"].clone();
    let (event, news) = told(&mut till).remove(0);
    assert_eq!(event, "MCHTRANSFER.AUTHORIZATION.CONFIRMED");
    assert_eq!(news, known, "the notification says the same");

    let before = till.in_wallet();
    for (number, by) in [("byours1", early), ("bywechats1", json!({"authorization_id": id}))] {
        let sent = send(&mut till, number, &by);
        assert_eq!(
            (sent.status, &sent.json()["state"]),
            (200, &json!("TRANSFERING")),
            "{}",
            sent.body
        );
        assert_eq!(send(&mut till, number, &by).json(), sent.json());
    }
    till.wait(1);
    till.due();
    assert_eq!(till.in_wallet(), before + 600);
    let bill = till.call("GET", &format!("{FAMILY}/transfer-bills/out-bill-no/byours1"), "");
    assert_eq!(bill.json()["state"], "SUCCESS");
    serde_json::from_str::<Bill>(&bill.body).unwrap();
    let both = json!({"out_authorization_no": "may-1", "authorization_id": id});
    assert_eq!(send(&mut till, "both1", &both).code(), "PARAM_ERROR");
    assert_eq!(send(&mut till, "none1", &json!({})).code(), "PARAM_ERROR");
    let unknown = json!({"out_authorization_no": "may-2"});
    assert_eq!(send(&mut till, "unknown1", &unknown).code(), "INVALID_REQUEST");
    let with_openid = json!({"out_authorization_no": "may-1", "openid": till.openid("amei")});
    assert_eq!(send(&mut till, "openid1", &with_openid).code(), "PARAM_ERROR");
}

#[test]
fn a_permission_ends_by_the_merchant_the_person_or_silence() {
    let mut till = Till::open();
    till.deposit(1_000_000);
    for number in ["merchants", "persons", "silent"] {
        let asked = till.ask_permission(number).json();
        if number != "silent" {
            till.agree(&asked).unwrap();
        }
    }
    let closed = till.end("merchants").json();
    assert_eq!(closed["close_info"]["close_reason"], "CLOSE_VIA_MCH_API");
    assert_eq!(till.end("merchants").json(), closed, "again is the same");
    let id = till.permission("persons")["authorization_id"].as_str().unwrap().to_owned();
    let now = till.times();
    assert!(till.world.end_authorization("bo", &id, now).is_err(), "it is not his");
    till.world.end_authorization("amei", &id, now).unwrap();
    assert_eq!(till.permission("persons")["close_info"]["close_reason"], "USER_CLOSE");
    let (event, news) = told(&mut till).remove(0);
    assert_eq!(
        (event.as_str(), &news["state"]),
        ("MCHTRANSFER.AUTHORIZATION.CLOSED", &json!("CLOSED"))
    );
    till.wait(24 * 3600 - 1);
    till.due();
    assert_eq!(till.permission("silent")["state"], "WAIT_USER_CONFIRM");
    till.wait(1);
    till.due();
    let silent = till.permission("silent");
    assert_eq!(silent["close_info"]["close_reason"], "USER_OVERDUE_UNCONFIRMED");
    let known: authorization::Authorization = serde_json::from_value(silent).unwrap();
    assert_eq!(known.authorization_id, None);
    for number in ["merchants", "persons", "silent"] {
        let mut body = Till::terms(&format!("{number}1"), 300);
        body["out_authorization_no"] = json!(number);
        assert_eq!(till.send_authorized(&body).code(), "INVALID_REQUEST", "{number}");
    }
    assert_eq!(till.end("unknown").code(), "NOT_FOUND");
    assert_eq!(till.permission("unknown")["code"], "NOT_FOUND");
}

#[test]
fn a_permission_counts_for_its_own_scene() {
    let mut till = Till::open();
    till.deposit(1_000_000);
    let asked = till.ask_permission("may-1").json();
    till.agree(&asked).unwrap();
    let mut body = Till::terms("otherscene1", 300);
    body["out_authorization_no"] = json!("may-1");
    body["transfer_scene_id"] = json!("1010");
    body["transfer_scene_report_infos"] =
        json!([{"info_type": "回收商品名称", "info_content": "旧手机"}]);
    assert_eq!(till.send_authorized(&body).code(), "INVALID_REQUEST");
}

#[test]
fn a_transfer_asks_for_the_permission_along_the_way() {
    let mut till = Till::open();
    till.deposit(1_000_000);
    for (bill, number, along) in [("along1", "may-1", true), ("along2", "may-2", false)] {
        let mut body = Till::terms(bill, 300);
        body["openid"] = json!(till.openid("amei"));
        body["authorization_info"] = json!({
            "user_display_name": "会员 1024", "out_authorization_no": number,
            "authorization_notify_url": "https://shop.example/permissions",
        });
        let target = format!("{FAMILY}/transfer-bills/pre-transfer-with-authorization");
        let made = till.call("POST", &target, &body.to_string());
        assert_eq!(made.status, 200, "{}", made.body);
        assert_eq!(till.permission(number)["state"], "WAIT_USER_CONFIRM");
        let (page, now) = (till.page_of(&made.json()), till.times());
        if along {
            till.world.agree_along(&page, "amei", now).unwrap();
        }
        till.world.confirm_transfer(&page, "amei", now).unwrap();
        till.wait(1);
        till.due();
        let query = format!("{FAMILY}/transfer-bills/out-bill-no/{bill}");
        assert_eq!(till.call("GET", &query, "").json()["state"], "SUCCESS");
        let expected = if along { "TAKING_EFFECT" } else { "WAIT_USER_CONFIRM" };
        assert_eq!(till.permission(number)["state"], expected);
    }
    // The number of a permission is used once.
    let mut body = Till::terms("along3", 300);
    body["openid"] = json!(till.openid("amei"));
    body["authorization_info"] = json!({
        "user_display_name": "会员 1024", "out_authorization_no": "may-1",
        "authorization_notify_url": "https://shop.example/permissions",
    });
    let target = format!("{FAMILY}/transfer-bills/pre-transfer-with-authorization");
    assert_eq!(till.call("POST", &target, &body.to_string()).code(), "INVALID_REQUEST");
}

#[test]
fn a_provider_pays_out_of_its_sub_merchants_money() {
    let mut till = Till::open();
    let sub = Mchid::new(SUB).unwrap();
    let now = till.times();
    till.world.deposit(&sub, Fen::new(1_000).unwrap(), now).unwrap();
    let bills = format!("{FAMILY}/partner/transfer-bills");
    let mut body = Till::terms("partner1", 300);
    body["openid"] = json!(till.openid("amei"));
    assert_eq!(till.call("POST", &bills, &body.to_string()).code(), "PARAM_ERROR", "for whom?");
    body["sub_mchid"] = json!("1900000099");
    assert_eq!(till.call("POST", &bills, &body.to_string()).message(), "受理关系不存在");
    body["sub_mchid"] = json!(SUB);
    let own = till.call("POST", &format!("{FAMILY}/transfer-bills"), &body.to_string());
    assert_eq!(own.number(), "270924358", "merchants name no sub_mchid");
    let made = till.call("POST", &bills, &body.to_string()).json();
    assert_eq!((&made["sub_mchid"], made.get("state")), (&json!(SUB), None));
    assert_eq!(till.world.account(&sub).unwrap().available.count(), 700);

    let query = format!("{bills}/out-bill-no/partner1");
    assert_eq!(till.call("GET", &query, "").code(), "PARAM_ERROR", "the query names it too");
    let other = till.call("GET", &format!("{query}?sub_mchid=1900000012"), "");
    assert_eq!(other.code(), "NOT_FOUND");
    let seen = till.call("GET", &format!("{query}?sub_mchid={SUB}"), "");
    assert_eq!((&seen.json()["mchid"], seen.json().get("mch_id")), (&json!(till.mchid), None));
    serde_json::from_str::<Bill>(&seen.body).unwrap();
    let direct = format!("{FAMILY}/transfer-bills/out-bill-no/partner1");
    assert_eq!(till.call("GET", &direct, "").code(), "NOT_FOUND", "a merchant's path");

    let cancel = format!("{query}/cancel");
    assert_eq!(till.call("POST", &cancel, "").status, 400, "a provider's cancel has a body");
    let cancelled = till.call("POST", &cancel, &json!({"sub_mchid": SUB}).to_string()).json();
    assert_eq!((&cancelled["state"], &cancelled["sub_mchid"]), (&json!("CANCELING"), &json!(SUB)));
    till.wait(1);
    till.due();
    assert_eq!(till.world.account(&sub).unwrap().available.count(), 1_000, "it is back");
    let filter = MessageFilter { kind: Some(MessageKind::Notify), ..MessageFilter::default() };
    let told = till.world.messages(&filter).last().unwrap().decrypted.clone().unwrap();
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!((&told["mchid"], &told["sub_mchid"]), (&json!(till.mchid), &json!(SUB)));
    assert_eq!(told.get("mch_id"), None);
}

#[test]
fn a_provider_asks_for_permissions_under_its_own_path() {
    let mut till = Till::open();
    let call = authorization::Query {
        caller: suanpan_wechat::transfer::Caller::Partner,
        out_authorization_no: "may-1".parse().unwrap(),
    };
    let body = till.permission_body("may-1").to_string();
    let family = format!("{FAMILY}/partner/user-confirm-authorizations");
    let asked = till.call("POST", &family, &body).json();
    till.agree(&asked).unwrap();
    let seen = till.call("GET", &call.request().target, "");
    assert_eq!(seen.json()["state"], "TAKING_EFFECT", "{}", seen.body);
    let closed = till.call("POST", &format!("{family}/may-1/close"), "");
    assert_eq!(closed.json()["state"], "CLOSED");
}
