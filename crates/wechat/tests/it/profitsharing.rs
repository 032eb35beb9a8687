//! Profit sharing: documented bodies both ways, what WeChat would refuse, and an end that is not
//! mistaken for success.

use serde_json::{Value, json};
use suanpan_wechat::{
    Fen,
    call::{Call, Method, Request},
    id::{Appid, Mchid, Openid, TransactionId},
    profitsharing::{
        Account, AccountType, Create, Description, InvalidOrder, LineFailure, Order, OrderId,
        OutOrderNo, OutReturnNo, Partner, Progress, Query, Receiver, Sharing,
        giveback::{self, GivebackFailure, GivebackResult, NoAmount, SharingNo},
        receiver::{Add, CustomRelation, Delete, InvalidReceiver, NewReceiver, Relation},
        remaining, unfreeze,
    },
    sensitive::SensitiveText,
};

use crate::world::{GO_SERIAL, now, opened_by_platform, ring, second_key, serial};

fn mchid(text: &str) -> Mchid {
    Mchid::new(text).unwrap()
}

fn sealed(name: &str) -> SensitiveText {
    SensitiveText::seal(&ring().encryption_key(now()).unwrap(), name).unwrap()
}

fn partner() -> Partner {
    Partner {
        sub_mchid: mchid("1900000109"),
        sub_appid: Some(Appid::new("wx8888888888888889").unwrap()),
    }
}

fn part(account: Account, amount: i64) -> Receiver {
    let description = Description::new("分给商户A").unwrap();
    Receiver { account, name: None, amount: Fen::new(amount).unwrap(), description }
}

fn merchant(text: &str) -> Account {
    Account::MerchantId(mchid(text))
}

fn order(receivers: Vec<Receiver>) -> Order {
    Order {
        partner: None,
        appid: Appid::new("wx8888888888888888").unwrap(),
        transaction_id: TransactionId::new("4208450740201411110007820472").unwrap(),
        out_order_no: OutOrderNo::new("P20150806125346").unwrap(),
        receivers,
        unfreeze_unsplit: true,
    }
}

fn body(request: &Request) -> Value {
    assert_eq!(request.method, Method::Post);
    serde_json::from_slice(&request.body).unwrap()
}

#[test]
fn a_sharing_is_sent_as_documented() {
    let request = Create::new(&order(vec![part(merchant("86693852"), 888)])).unwrap().request();
    assert_eq!(request.target, "/v3/profitsharing/orders");
    assert_eq!(request.sealed_to, None);
    assert_eq!(
        body(&request),
        json!({
            "appid": "wx8888888888888888",
            "transaction_id": "4208450740201411110007820472",
            "out_order_no": "P20150806125346",
            "receivers": [{
                "type": "MERCHANT_ID",
                "account": "86693852",
                "amount": 888,
                "description": "分给商户A",
            }],
            "unfreeze_unsplit": true,
        })
    );
}

#[test]
fn a_partners_sharing_names_its_sub_merchant_and_the_key_of_the_names() {
    let openid = Openid::new("oUpF8uMuAJO_M2pxb1Q9zNjWeS6o").unwrap();
    let mut to_person = part(Account::PersonalSubOpenid(openid), 1);
    to_person.name = Some(sealed("张三"));
    let order = Order { partner: Some(partner()), ..order(vec![to_person]) };
    let request = Create::new(&order).unwrap().request();
    assert_eq!(request.sealed_to, Some(serial(GO_SERIAL)));
    let body = body(&request);
    assert_eq!(body["sub_mchid"], "1900000109");
    assert_eq!(body["sub_appid"], "wx8888888888888889");
    assert_eq!(body["receivers"][0]["type"], "PERSONAL_SUB_OPENID");
    assert_eq!(opened_by_platform(&body["receivers"][0]["name"]), "张三");
}

#[test]
fn sharings_wechat_would_refuse_are_not_made() {
    let refused = |order: Order| Create::new(&order).unwrap_err();
    let many = |count: usize| {
        let receivers = (1..=count).map(|n| part(merchant(&n.to_string()), 1)).collect();
        order(receivers)
    };
    assert_eq!(refused(many(0)), InvalidOrder::Receivers(0));
    assert!(Create::new(&many(50)).is_ok());
    assert_eq!(refused(many(51)), InvalidOrder::Receivers(51));
    let twice = vec![part(merchant("1"), 1), part(merchant("2"), 1), part(merchant("1"), 2)];
    assert_eq!(refused(order(twice)), InvalidOrder::NamedTwice(2));
    let nothing = vec![part(merchant("1"), 1), part(merchant("2"), 0)];
    assert_eq!(refused(order(nothing)), InvalidOrder::NoAmount(1));
    let too_much = vec![part(merchant("1"), i64::MAX), part(merchant("2"), 1)];
    assert_eq!(refused(order(too_much)), InvalidOrder::TooMuch);

    let sub_openid = Account::PersonalSubOpenid(Openid::new("o1").unwrap());
    let lonely = order(vec![part(sub_openid.clone(), 1)]);
    assert_eq!(refused(lonely.clone()), InvalidOrder::NoSubAppid(0));
    let half = Partner { sub_appid: None, ..partner() };
    assert_eq!(refused(Order { partner: Some(half), ..lonely }), InvalidOrder::NoSubAppid(0));

    let mut names = vec![part(merchant("1"), 1), part(merchant("2"), 1)];
    names[0].name = Some(sealed("甲"));
    names[1].name = Some(SensitiveText::seal(&second_key(), "乙").unwrap());
    assert!(matches!(refused(order(names)), InvalidOrder::MixedKeys(_)));
}

#[test]
fn a_repeated_sharing_is_the_same_bytes_under_the_same_key() {
    let mut to_person = part(Account::PersonalOpenid(Openid::new("o1").unwrap()), 1);
    to_person.name = Some(sealed("张三"));
    let create = Create::new(&order(vec![to_person])).unwrap();
    let again = Create { body: create.body.clone() };
    assert_eq!(create.request(), again.request());
}

const ANSWER: &str = r#"{"transaction_id":"4208450740201411110007820472","out_order_no":"P20150806125346","order_id":"3008450740201411110007820472","state":"FINISHED","receivers":[{"amount":100,"description":"分给商户1900000110","type":"MERCHANT_ID","account":"1900000110","result":"SUCCESS","detail_id":"36011111111111111111111","create_time":"2015-05-20T13:29:35.120+08:00","finish_time":"2015-05-20T13:29:35.120+08:00"}]}"#;

fn query() -> Query {
    Query {
        sub_mchid: None,
        transaction_id: TransactionId::new("4208450740201411110007820472").unwrap(),
        out_order_no: OutOrderNo::new("P20150806125346").unwrap(),
    }
}

fn read(json: &str) -> Sharing {
    query().read(200, json.as_bytes()).unwrap()
}

#[test]
fn a_sharing_is_read_as_documented() {
    let sharing = read(ANSWER);
    assert_eq!(sharing.out_order_no.as_str(), "P20150806125346");
    assert_eq!(sharing.order_id.as_str(), "3008450740201411110007820472");
    let line = &sharing.receivers[0];
    assert_eq!((line.amount.count(), &line.r#type), (100, &AccountType::MerchantId));
    assert_eq!(line.create_time.unwrap().to_string(), "2015-05-20T13:29:35+08:00");
    assert_eq!(sharing.progress(), Progress::AllSucceeded);
}

/// A line with the given result, and the same one again that succeeded.
fn with(state: &str, result: &str) -> Sharing {
    let mut answer: Value = serde_json::from_str(ANSWER).unwrap();
    answer["state"] = state.into();
    let good = answer["receivers"][0].clone();
    answer["receivers"][0]["result"] = result.into();
    answer["receivers"].as_array_mut().unwrap().push(good);
    read(&answer.to_string())
}

#[test]
fn o18_a_finished_sharing_with_a_failed_line_is_no_success() {
    let failed = with("FINISHED", "CLOSED");
    assert_eq!(failed.progress(), Progress::SomeFailed(vec![&failed.receivers[0]]));
    let reason = ANSWER.replace(
        r#""result":"SUCCESS""#,
        r#""result":"CLOSED","fail_reason":"RECEIVER_HIGH_RISK""#,
    );
    let failed = read(&reason);
    let Progress::SomeFailed(lines) = failed.progress() else { panic!("a failure") };
    assert_eq!(lines[0].fail_reason, Some(LineFailure::ReceiverHighRisk));
}

#[test]
fn o18_only_lines_that_all_succeeded_make_a_success() {
    for (state, result, under_way) in [
        ("PROCESSING", "PENDING", true),
        ("PROCESSING", "SUCCESS", true),
        ("PROCESSING", "CLOSED", true),
        ("FINISHED", "PENDING", true),
        ("FINISHED", "BRAND_NEW", false),
        ("BRAND_NEW", "SUCCESS", false),
    ] {
        let sharing = with(state, result);
        let expected = if under_way { Progress::UnderWay } else { Progress::Unclear };
        assert_eq!(sharing.progress(), expected, "{state} {result}");
    }
    assert_eq!(with("FINISHED", "SUCCESS").progress(), Progress::AllSucceeded);
    let mut nobody: Value = serde_json::from_str(ANSWER).unwrap();
    nobody.as_object_mut().unwrap().remove("receivers");
    assert_eq!(read(&nobody.to_string()).progress(), Progress::Unclear, "nobody is not everybody");
}

#[test]
fn o18_an_open_sharing_without_times_is_read() {
    let open = ANSWER
        .replace(r#","finish_time":"2015-05-20T13:29:35.120+08:00""#, r#","finish_time":"""#)
        .replace("SUCCESS", "PENDING");
    let sharing = read(&open);
    assert_eq!(sharing.receivers[0].finish_time, None);
    assert_eq!(sharing.progress(), Progress::UnderWay);
}

#[test]
fn questions_are_asked_where_documented() {
    let sub_mchid = Some(mchid("1900000109"));
    let number = OutOrderNo::new("P|2@*").unwrap();
    for (request, target) in [
        (
            query().request(),
            "/v3/profitsharing/orders/P20150806125346?transaction_id=4208450740201411110007820472",
        ),
        (
            Query { sub_mchid: sub_mchid.clone(), out_order_no: number.clone(), ..query() }
                .request(),
            "/v3/profitsharing/orders/P%7C2%40%2A?transaction_id=4208450740201411110007820472&sub_mchid=1900000109",
        ),
        (
            giveback::Query {
                sub_mchid,
                out_order_no: number,
                out_return_no: OutReturnNo::new("R20190516001").unwrap(),
            }
            .request(),
            "/v3/profitsharing/return-orders/R20190516001?out_order_no=P%7C2%40%2A&sub_mchid=1900000109",
        ),
        (
            remaining::Query { transaction_id: query().transaction_id }.request(),
            "/v3/profitsharing/transactions/4208450740201411110007820472/amounts",
        ),
        (
            remaining::QueryLimit { sub_mchid: mchid("1900000109") }.request(),
            "/v3/profitsharing/merchant-configs/1900000109",
        ),
    ] {
        assert_eq!((request.method, request.target.as_str()), (Method::Get, target));
        assert_eq!(request.body, b"");
    }
}

#[test]
fn what_is_left_and_what_is_allowed_are_read() {
    let query = remaining::Query { transaction_id: query().transaction_id };
    let left = br#"{"transaction_id":"4208450740201411110007820472","unsplit_amount":1000}"#;
    assert_eq!(query.read(200, left).unwrap().unsplit_amount.count(), 1000);
    let query = remaining::QueryLimit { sub_mchid: mchid("1900000109") };
    let limit = br#"{"sub_mchid":"1900000109","max_ratio":2000}"#;
    assert_eq!(query.read(200, limit).unwrap().max_ratio, 2000);
}

#[test]
fn unfreezing_is_sent_as_documented() {
    let create = unfreeze::Create {
        sub_mchid: Some(mchid("1900000109")),
        transaction_id: query().transaction_id,
        out_order_no: query().out_order_no,
        description: Description::new("解冻全部剩余资金").unwrap(),
    };
    assert_eq!(create.request().target, "/v3/profitsharing/orders/unfreeze");
    assert_eq!(
        body(&create.request()),
        json!({
            "sub_mchid": "1900000109",
            "transaction_id": "4208450740201411110007820472",
            "out_order_no": "P20150806125346",
            "description": "解冻全部剩余资金",
        })
    );
    assert_eq!(create.read(200, ANSWER.as_bytes()).unwrap(), read(ANSWER));
}

fn giveback_order(amount: i64, sharing: SharingNo) -> giveback::Order {
    giveback::Order {
        sub_mchid: None,
        sharing,
        out_return_no: OutReturnNo::new("R20190516001").unwrap(),
        return_mchid: mchid("86693852"),
        amount: Fen::new(amount).unwrap(),
        description: Description::new("用户退款").unwrap(),
    }
}

#[test]
fn giving_back_names_the_sharing_by_one_number() {
    let order_id = OrderId::new("3008450740201411110007820472").unwrap();
    for (number, member, text) in [
        (SharingNo::OrderId(order_id), "order_id", "3008450740201411110007820472"),
        (SharingNo::OutOrderNo(query().out_order_no), "out_order_no", "P20150806125346"),
    ] {
        let request = giveback::Create::new(&giveback_order(10, number)).unwrap().request();
        assert_eq!(request.target, "/v3/profitsharing/return-orders");
        let mut expected = json!({
            "out_return_no": "R20190516001",
            "return_mchid": "86693852",
            "amount": 10,
            "description": "用户退款",
        });
        expected[member] = text.into();
        assert_eq!(body(&request), expected);
    }
    let nothing = giveback_order(0, SharingNo::OutOrderNo(query().out_order_no));
    assert_eq!(giveback::Create::new(&nothing), Err(NoAmount));
}

#[test]
fn a_return_is_read_as_documented() {
    let order = giveback_order(10, SharingNo::OutOrderNo(query().out_order_no));
    let create = giveback::Create::new(&order).unwrap();
    let json = r#"{"order_id":"3008450740201411110007820472","out_order_no":"P20150806125346","out_return_no":"R20190516001","return_id":"3008450740201411110007820472","return_mchid":"86693852","amount":10,"description":"用户退款","result":"FAILED","fail_reason":"TIME_OUT_CLOSED","create_time":"2015-05-20T13:29:35.120+08:00","finish_time":"2015-05-20T13:29:35.120+08:00"}"#;
    let giveback = create.read(200, json.as_bytes()).unwrap();
    assert_eq!(giveback.result, GivebackResult::Failed);
    assert_eq!(giveback.fail_reason, Some(GivebackFailure::TimeOutClosed));
    assert_eq!(giveback.amount.count(), 10);
}

fn new_receiver(account: Account, name: Option<SensitiveText>, relation: Relation) -> NewReceiver {
    let appid = Appid::new("wx8888888888888888").unwrap();
    NewReceiver { partner: None, appid, account, name, relation }
}

#[test]
fn a_receiver_is_added_and_removed_as_documented() {
    let custom = Relation::Custom(CustomRelation::new("代理商").unwrap());
    let name = Some(sealed("示例商户全称"));
    let add = Add::new(&new_receiver(merchant("86693852"), name, custom)).unwrap();
    assert_eq!(add.request().target, "/v3/profitsharing/receivers/add");
    assert_eq!(add.request().sealed_to, Some(serial(GO_SERIAL)));
    let mut sent = body(&add.request());
    assert_eq!(opened_by_platform(&sent["name"].take()), "示例商户全称");
    assert_eq!(
        sent,
        json!({
            "appid": "wx8888888888888888",
            "type": "MERCHANT_ID",
            "account": "86693852",
            "name": null,
            "relation_type": "CUSTOM",
            "custom_relation": "代理商",
        })
    );
    let answer = r#"{"sub_mchid":"1900000109","type":"MERCHANT_ID","account":"86693852","name":"hu89ohu89ohu89o","relation_type":"SERVICE_PROVIDER","custom_relation":"代理商"}"#;
    let added = add.read(200, answer.as_bytes()).unwrap();
    assert_eq!(
        (added.account.as_str(), added.relation_type.as_str()),
        ("86693852", "SERVICE_PROVIDER")
    );

    let appid = Appid::new("wx8888888888888888").unwrap();
    let delete = Delete { partner: None, appid, account: merchant("1900000109") };
    assert_eq!(delete.request().target, "/v3/profitsharing/receivers/delete");
    assert_eq!(
        body(&delete.request()),
        json!({"appid": "wx8888888888888888", "type": "MERCHANT_ID", "account": "1900000109"})
    );
    let answer = br#"{"type":"MERCHANT_ID","account":"1900000109"}"#;
    assert_eq!(delete.read(200, answer).unwrap().account, "1900000109");
}

#[test]
fn receivers_wechat_would_refuse_are_not_made() {
    let refused = |receiver: &NewReceiver| Add::new(receiver).unwrap_err();
    let nameless = new_receiver(merchant("1"), None, Relation::Store);
    assert_eq!(refused(&nameless), InvalidReceiver::NoName);
    let person = || Account::PersonalOpenid(Openid::new("o1").unwrap());
    assert!(Add::new(&new_receiver(person(), None, Relation::Staff)).is_ok());
    let provider = new_receiver(person(), None, Relation::ServiceProvider);
    assert_eq!(refused(&provider), InvalidReceiver::NoSubMchid);
    assert!(Add::new(&NewReceiver { partner: Some(partner()), ..provider }).is_ok());
    let sub = Account::PersonalSubOpenid(Openid::new("o1").unwrap());
    assert_eq!(refused(&new_receiver(sub, None, Relation::User)), InvalidReceiver::NoSubAppid);
    assert!(CustomRelation::new("十一个字的关系名称太长").is_err());
    assert!(CustomRelation::new("").is_err());
}
