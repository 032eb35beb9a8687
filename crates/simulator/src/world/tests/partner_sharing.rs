//! A provider shares the money of its sub-merchants.

use suanpan_wechat::bill::{Bill, Form, FundFlowRow, Limits, Proof};

use super::*;

const SUB: &str = pool::SUB_MERCHANTS[0];
const ORDERS: &str = "/v3/profitsharing/orders";
const RECEIVERS: &str = "/v3/profitsharing/receivers";

/// A paid order of a sub-merchant whose money is held back; its number at WeChat.
fn sell(till: &mut Till, out_trade_no: &str, total: i64) -> String {
    let body = json!({
        "sp_appid": pool::MINI_PROGRAM,
        "sp_mchid": till.mchid.as_str(),
        "sub_mchid": SUB,
        "description": "龙井茶 一杯",
        "out_trade_no": out_trade_no,
        "notify_url": "https://shop.example/notify",
        "amount": {"total": total, "currency": "CNY"},
        "payer": {"sp_openid": till.openid("amei")},
        "settle_info": {"profit_sharing": true},
    });
    let seen = till.call("POST", "/v3/pay/partner/transactions/jsapi", &body.to_string());
    let prepay_id = seen.json()["prepay_id"].as_str().unwrap().to_owned();
    let id = till.act(&prepay_id, Outcome::Success).unwrap().transaction_id.unwrap();
    till.wait(60);
    id.to_string()
}

fn name_provider(till: &mut Till) {
    let own = till.mchid.to_string();
    let body = json!({
        "sub_mchid": SUB, "appid": pool::MINI_PROGRAM, "type": "MERCHANT_ID", "account": own,
        "name": till.seal("算盘茶铺"), "relation_type": "SERVICE_PROVIDER",
    });
    let seen = till.call("POST", &format!("{RECEIVERS}/add"), &body.to_string());
    assert_eq!(seen.json()["sub_mchid"], SUB, "{}", seen.body);
}

fn share_body(till: &Till, number: &str, id: &str, amount: i64) -> Value {
    let line = json!({
        "type": "MERCHANT_ID", "account": till.mchid, "amount": amount, "description": "服务费",
    });
    json!({
        "sub_mchid": SUB, "transaction_id": id, "out_order_no": number, "receivers": [line],
        "unfreeze_unsplit": false,
    })
}

fn share(till: &mut Till, number: &str, id: &str, amount: i64) -> Seen {
    let body = share_body(till, number, id, amount).to_string();
    till.call("POST", ORDERS, &body)
}

fn available(till: &Till, mchid: &str) -> i64 {
    till.world.account(&Mchid::new(mchid).unwrap()).unwrap().available.count()
}

fn settle(till: &mut Till) -> Vec<Delivery> {
    till.wait(5);
    till.due()
}

#[test]
fn a_provider_takes_its_part_of_what_its_sub_merchant_earned() {
    let mut till = Till::open();
    let url = "https://provider.example/shares";
    let own = till.mchid.clone();
    till.world.state.merchants.get_mut(&own).unwrap().sharing_notify_url = Some(url.to_owned());
    let id = sell(&mut till, "order-0001", 10_000);
    let amounts = format!("/v3/profitsharing/transactions/{id}/amounts");
    assert_eq!(till.call("GET", &amounts, "").json()["unsplit_amount"], 9_940);
    name_provider(&mut till);
    let made = share(&mut till, "P1", &id, 500);
    assert_eq!((made.status, &made.json()["sub_mchid"]), (200, &json!(SUB)), "{}", made.body);
    assert_eq!(share(&mut till, "P1", &id, 500).json(), made.json(), "again is the same");
    let sent = settle(&mut till);
    assert_eq!(till.available(), 500);
    assert!(sent.iter().any(|sent| sent.url == url && till.accepts(sent)));
    let filter = MessageFilter { kind: Some(MessageKind::Notify), ..MessageFilter::default() };
    let told: Vec<_> =
        till.world.messages(&filter).filter_map(|one| one.decrypted.clone()).collect();
    let told: Value = serde_json::from_str(told.last().unwrap()).unwrap();
    assert_eq!((&told["sp_mchid"], &told["sub_mchid"]), (&json!(own), &json!(SUB)));
    assert_eq!(told.get("mchid"), None);

    let target = format!("{ORDERS}/P1?transaction_id={id}");
    assert_eq!(till.call("GET", &target, "").message(), "受理机构必须传入sub_mch_id");
    let ended = till.call("GET", &format!("{target}&sub_mchid={SUB}"), "").json();
    assert_eq!(ended["receivers"][0]["result"], "SUCCESS");

    let body = json!({
        "sub_mchid": SUB, "transaction_id": id, "out_order_no": "U1", "description": "解冻",
    });
    let mut alone = body.clone();
    alone.as_object_mut().unwrap().remove("sub_mchid");
    let unfreeze = format!("{ORDERS}/unfreeze");
    assert_eq!(till.call("POST", &unfreeze, &alone.to_string()).code(), "INVALID_REQUEST");
    assert_eq!(till.call("POST", &unfreeze, &body.to_string()).status, 200);
    settle(&mut till);
    assert_eq!(available(&till, SUB), 9_440, "the rest is the sub-merchant's");

    let mut back = json!({
        "out_order_no": "P1", "out_return_no": "R1", "return_mchid": till.mchid, "amount": 200,
        "description": "用户退款",
    });
    let returns = "/v3/profitsharing/return-orders";
    assert_eq!(till.call("POST", returns, &back.to_string()).code(), "INVALID_REQUEST");
    back["sub_mchid"] = json!(SUB);
    assert_eq!(till.call("POST", returns, &back.to_string()).json()["result"], "SUCCESS");
    assert_eq!((till.available(), available(&till, SUB)), (300, 9_640));
    let target = format!("{returns}/R1?out_order_no=P1");
    assert_eq!(till.call("GET", &target, "").status, 400);
    assert_eq!(till.call("GET", &format!("{target}&sub_mchid={SUB}"), "").status, 200);
}

#[test]
fn a_sub_merchants_share_has_the_limit_that_was_agreed() {
    let mut till = Till::open();
    let agreed = NewSubMerchant {
        mchid: Mchid::new(SUB).unwrap(),
        name: None,
        appids: [].into(),
        active: None,
        jsapi_directories: [].into(),
        max_ratio: Some(2000),
    };
    let own = till.mchid.clone();
    till.world.put_sub_merchant(&own, agreed).unwrap();
    let told = till.call("GET", &format!("/v3/profitsharing/merchant-configs/{SUB}"), "");
    assert_eq!(told.body, format!(r#"{{"max_ratio":2000,"sub_mchid":"{SUB}"}}"#));
    let stranger = "/v3/profitsharing/merchant-configs/1900000099";
    assert_eq!(till.call("GET", stranger, "").message(), "受理关系不存在");
    let id = sell(&mut till, "order-0001", 10_000);
    name_provider(&mut till);
    assert_eq!(share(&mut till, "P1", &id, 2_001).code(), "RULE_LIMIT");
    assert_eq!(share(&mut till, "P2", &id, 2_000).status, 200);
}

#[test]
fn whose_money_it_is_must_be_said_and_be_true() {
    let mut till = Till::open();
    let id = sell(&mut till, "order-0001", 10_000);
    name_provider(&mut till);
    let mut refused = |change: &dyn Fn(&mut Value)| {
        let mut body = share_body(&till, "P1", &id, 100);
        body["appid"] = json!(pool::MINI_PROGRAM);
        change(&mut body);
        let seen = till.call("POST", ORDERS, &body.to_string());
        assert_ne!(seen.status, 200, "{}", seen.body);
        seen.message()
    };
    let without = |body: &mut Value| drop(body.as_object_mut().unwrap().remove("sub_mchid"));
    assert_eq!(refused(&without), "受理机构必须传入sub_mch_id");
    assert_eq!(refused(&|body| body["sub_mchid"] = json!("1900000099")), "受理关系不存在");
    let own = |body: &mut Value| body["sub_mchid"] = json!(pool::MERCHANTS[0]);
    assert_eq!(refused(&own), "子商户mchid不能与自身mchid相同");
    assert_eq!(
        refused(&|body| body["appid"] = json!("wx0000000000000000")),
        "appid和mch_id不匹配，请检查后再试"
    );
    let other_app = |body: &mut Value| body["sub_appid"] = json!("wx0000000000000000");
    assert_eq!(refused(&other_app), "sub_mch_id与sub_appid不匹配");

    // Who is a provider's receiver is not a merchant's, and the other way round.
    let body = json!({
        "appid": pool::MINI_PROGRAM, "type": "PERSONAL_OPENID", "account": till.openid("bo"),
        "relation_type": "SERVICE_PROVIDER",
    });
    let seen = till.call("POST", &format!("{RECEIVERS}/add"), &body.to_string());
    assert_eq!(seen.message(), "受理机构必须传入sub_mch_id", "only providers have this relation");
}

#[test]
fn a_person_is_known_to_the_sub_merchants_app() {
    let mut till = Till::open();
    let id = sell(&mut till, "order-0001", 10_000);
    let official = Appid::new(pool::OFFICIAL_ACCOUNT).unwrap();
    let bo = till.world.users().find(|user| user.name == "bo").unwrap().openids[&official].clone();
    let mut body = json!({
        "sub_mchid": SUB, "appid": pool::MINI_PROGRAM, "type": "PERSONAL_SUB_OPENID",
        "account": bo, "relation_type": "STAFF",
    });
    let add = format!("{RECEIVERS}/add");
    let missing = till.call("POST", &add, &body.to_string());
    assert_eq!(missing.json()["detail"]["field"], "/body/sub_appid");
    body["sub_appid"] = json!(pool::MINI_PROGRAM);
    assert_eq!(till.call("POST", &add, &body.to_string()).message(), "sub_appid和sub_openid不匹配");
    body["sub_appid"] = json!(pool::OFFICIAL_ACCOUNT);
    assert_eq!(till.call("POST", &add, &body.to_string()).json()["type"], "PERSONAL_SUB_OPENID");

    let mut wanted = share_body(&till, "P1", &id, 300);
    wanted["sub_appid"] = json!(pool::OFFICIAL_ACCOUNT);
    wanted["receivers"][0]["type"] = json!("PERSONAL_SUB_OPENID");
    wanted["receivers"][0]["account"] = json!(bo);
    let before = till.world.wallet("bo").unwrap().balance_fen.count();
    let seen = till.call("POST", ORDERS, &wanted.to_string());
    assert_eq!(seen.status, 200, "{}", seen.body);
    settle(&mut till);
    assert_eq!(till.world.wallet("bo").unwrap().balance_fen.count(), before + 300);
    assert_eq!(till.world.wallet("bo").unwrap().messages[0].merchant_name, "算盘茶铺（分店）");
    let delete = format!("{RECEIVERS}/delete");
    body.as_object_mut().unwrap().remove("relation_type");
    assert_eq!(till.call("POST", &delete, &body.to_string()).json()["sub_mchid"], SUB);
}

/// A day on which a provider shared and took back; it is half past ten the day after.
fn a_day() -> Till {
    let mut till = Till::open();
    let id = sell(&mut till, "order-0001", 10_000);
    name_provider(&mut till);
    share(&mut till, "P1", &id, 500);
    settle(&mut till);
    let back = json!({
        "sub_mchid": SUB, "out_order_no": "P1", "out_return_no": "R1", "return_mchid": till.mchid,
        "amount": 200, "description": "用户退款",
    });
    till.wait(10);
    till.call("POST", "/v3/profitsharing/return-orders", &back.to_string());
    till.wait(22 * 3600 + 1800);
    till
}

fn path(url: &Value) -> String {
    url.as_str().unwrap().strip_prefix("https://api.mch.weixin.qq.com").unwrap().to_owned()
}

#[test]
fn a_bill_lists_what_was_shared_and_given_back() {
    let mut till = a_day();
    let bills = "/v3/profitsharing/bills?bill_date=2026-03-01";
    let applied = till.call("GET", bills, "").json();
    let file = till.call_raw("GET", &path(&applied["download_url"])).body;
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, &file);
    assert_eq!(applied["hash_value"], hex::encode(digest));
    let text = String::from_utf8(file).unwrap();
    let lines: Vec<&str> = text.split("\r\n").collect();
    assert_eq!(lines[0].split(',').count(), 13);
    let cells = |line: &str| line.split(",`").map(str::to_owned).collect::<Vec<_>>();
    let (shared, back) = (cells(lines[1]), cells(lines[2]));
    let own = till.mchid.as_str();
    assert_eq!((shared[1].as_str(), shared[2].as_str(), shared[8].as_str()), (own, SUB, own));
    assert_eq!(shared[6..8], ["P1", "100.00"]);
    assert_eq!(shared[9..11], ["5.00", "分账"]);
    assert_eq!((back[6].as_str(), back[8].as_str()), ("R1", SUB));
    assert_eq!(back[9..11], ["2.00", "分账回退"]);
    assert_eq!(lines[4], "`2,`5.00,`2.00");
    let one = till.call("GET", &format!("{bills}&sub_mchid={SUB}"), "").json();
    assert_eq!(one["hash_value"], applied["hash_value"]);
    let other = till.call("GET", &format!("{bills}&sub_mchid=1900000099"), "");
    assert_eq!(other.message(), "受理关系不存在");
    let none = till.call("GET", "/v3/profitsharing/bills?bill_date=2026-02-28", "");
    assert_eq!(none.code(), "NO_STATEMENT_EXIST");
}

/// Sealed here, opened there, by different code.
#[test]
fn a_sub_merchants_fund_flow_can_be_read_by_its_provider_alone() {
    use suanpan_wechat::{
        bill::{AccountType, SubMerchantFundFlowBill},
        call::Call as _,
    };
    let mut till = a_day();
    let call = SubMerchantFundFlowBill {
        sub_mchid: Mchid::new(SUB).unwrap(),
        bill_date: "2026-03-01".parse().unwrap(),
        account_type: AccountType::Basic,
    };
    let target = call.request().target;
    let seen = till.call("GET", &target, "");
    assert_eq!(seen.status, 200, "{}", seen.body);
    let files = call.read(200, seen.body.as_bytes()).unwrap();
    let listed = &seen.json()["download_bill_list"][0];
    let sealed = till.call_raw("GET", &path(&listed["download_url"]));
    assert!(sealed.header("Wechatpay-Signature").is_none());
    assert!(!String::from_utf8_lossy(&sealed.body).contains("记账时间"), "it is encrypted");
    let text = files[0].open(&till.key, sealed.body).unwrap();
    let limits = Limits::default();
    let bill = Bill::<FundFlowRow>::read(text.as_slice(), Form::Plain, Proof::Summary, limits);
    assert!(!bill.unwrap().rows.is_empty());
    let text = String::from_utf8(text).unwrap();
    assert!(text.contains("分账资金冻结") && text.contains("分账回退"), "{text}");

    for (left_out, wrong) in
        [("sub_mchid", "x"), ("account_type", "MINE"), ("algorithm", "SM4_GCM")]
    {
        let (before, after) = target.split_once(&format!("{left_out}=")).unwrap();
        let rest = after.split_once('&').map_or("", |(_, rest)| rest);
        let absent = format!("{before}{rest}");
        assert_eq!(till.call("GET", &absent, "").code(), "PARAM_ERROR", "{left_out}");
        let bad = format!("{before}{left_out}={wrong}&{rest}");
        assert_eq!(till.call("GET", &bad, "").code(), "PARAM_ERROR", "{left_out}={wrong}");
    }
    let stranger = target.replace(SUB, "1900000099");
    assert_eq!(till.call("GET", &stranger, "").message(), "受理关系不存在");
}
