use super::*;

const ORDERS: &str = "/v3/profitsharing/orders";
const RECEIVERS: &str = "/v3/profitsharing/receivers";

impl Till {
    /// A paid order whose money is held back; its number at WeChat.
    fn sell_shared(&mut self, out_trade_no: &str, total: i64) -> String {
        let mut body = self.order_body(out_trade_no, total);
        body["settle_info"] = json!({"profit_sharing": true});
        let prepay = self.call("POST", "/v3/pay/transactions/jsapi", &body.to_string()).json();
        let paid = self.act(prepay["prepay_id"].as_str().unwrap(), Outcome::Success).unwrap();
        paid.transaction_id.unwrap().to_string()
    }

    fn name_person(&mut self) {
        let body = json!({
            "appid": pool::MINI_PROGRAM,
            "type": "PERSONAL_OPENID",
            "account": self.openid("bo"),
            "relation_type": "STAFF",
        });
        let seen = self.call("POST", &format!("{RECEIVERS}/add"), &body.to_string());
        assert_eq!(seen.json()["account"], self.openid("bo"), "{}", seen.body);
    }

    fn name_merchant(&mut self, mchid: &str, name: &str) -> Seen {
        let body = json!({
            "appid": pool::MINI_PROGRAM,
            "type": "MERCHANT_ID",
            "account": mchid,
            "name": self.seal(name),
            "relation_type": "PARTNER",
        });
        self.call("POST", &format!("{RECEIVERS}/add"), &body.to_string())
    }

    fn share(&mut self, number: &str, id: &str, lines: &Value, rest: bool) -> Seen {
        let body = json!({
            "appid": pool::MINI_PROGRAM,
            "transaction_id": id,
            "out_order_no": number,
            "receivers": lines,
            "unfreeze_unsplit": rest,
        });
        self.call("POST", ORDERS, &body.to_string())
    }

    fn to_person(&self, amount: i64) -> Value {
        json!({
            "type": "PERSONAL_OPENID",
            "account": self.openid("bo"),
            "amount": amount,
            "description": "分给店员",
        })
    }

    fn unsplit(&mut self, id: &str) -> i64 {
        let target = format!("/v3/profitsharing/transactions/{id}/amounts");
        self.call("GET", &target, "").json()["unsplit_amount"].as_i64().unwrap()
    }
}

fn to_merchant(mchid: &str, amount: i64) -> Value {
    json!({"type": "MERCHANT_ID", "account": mchid, "amount": amount, "description": "分给伙伴"})
}

#[test]
fn what_is_held_back_reaches_its_receivers_and_the_rest_the_merchant() {
    let mut till = Till::open();
    let partner = pool::MERCHANTS[1];
    let id = till.sell_shared("shared-0001", 10_000);
    assert_eq!((till.available(), till.unsplit(&id)), (0, 9_940), "all but the fee");
    till.name_person();
    assert_eq!(till.name_merchant(partner, "别的名字").status, 400);
    assert_eq!(till.name_merchant(partner, "珠珠书店").status, 200);
    till.wait(60);
    let lines = json!([till.to_person(1_000), to_merchant(partner, 500)]);
    let made = till.share("P1", &id, &lines, true).json();
    assert_eq!(made["state"], "PROCESSING");
    assert_eq!(made["receivers"][0]["result"], "PENDING");
    assert_eq!(made["receivers"][2]["description"], "解冻给分账方");
    assert_eq!(till.share("P1", &id, &lines, true).json(), made, "again is the same");

    let before = till.world.wallet("bo").unwrap().balance_fen.count();
    till.wait(5);
    till.due();
    let target = format!("{ORDERS}/P1?transaction_id={id}");
    let ended = till.call("GET", &target, "").json();
    assert_eq!(ended["state"], "FINISHED");
    assert_eq!(ended["receivers"][1]["result"], "SUCCESS");
    assert_eq!(till.world.wallet("bo").unwrap().balance_fen.count(), before + 1_000);
    assert_eq!((till.available(), till.unsplit(&id)), (9_940 - 1_500, 0));
    let again = till.share("P2", &id, &lines, false);
    assert_eq!(again.message(), "订单已完结分账，不支持分账");

    // The partner gives a part back.
    let back = |amount: i64, number: &str| {
        json!({
            "out_order_no": "P1",
            "out_return_no": number,
            "return_mchid": partner,
            "amount": amount,
            "description": "用户退款",
        })
        .to_string()
    };
    let returned = till.call("POST", "/v3/profitsharing/return-orders", &back(200, "R1"));
    assert_eq!(returned.json()["result"], "SUCCESS", "{}", returned.body);
    assert_eq!(till.available(), 9_940 - 1_300);
    let over = till.call("POST", "/v3/profitsharing/return-orders", &back(301, "R2"));
    assert_eq!(over.status, 400, "more than it got");
    let found = till.call("GET", "/v3/profitsharing/return-orders/R1?out_order_no=P1", "");
    assert_eq!(found.json(), returned.json());
}

#[test]
fn sharing_is_refused_in_wechats_words() {
    let mut till = Till::open();
    let plain = till.sell("plain-0001", 10_000).transaction_id.unwrap().to_string();
    let id = till.sell_shared("shared-0001", 10_000);
    let one = json!([till.to_person(100)]);
    assert_eq!(till.share("P1", &plain, &one, false).message(), "非分账订单不支持分账");
    let early = till.share("P1", &id, &one, false);
    assert_eq!(early.message(), "订单处理中，暂时无法分账，请稍后再试");
    till.wait(60);
    let stranger = till.share("P1", &id, &one, false);
    assert_eq!(stranger.message(), "分账接收方关系不存在，请检查参数中每个接收方的关系");
    till.name_person();
    let greedy = json!([till.to_person(3_001)]);
    let greedy = till.share("P1", &id, &greedy, false);
    assert_eq!((greedy.status, greedy.code()), (403, "RULE_LIMIT".to_owned()));
    assert_eq!(till.share("P1", &id, &one, false).status, 200);
    let other = json!([till.to_person(101)]);
    let other = till.share("P1", &id, &other, false);
    assert_eq!(other.message(), "分账接收方与原请求不一致");
    let twice = json!([till.to_person(1), till.to_person(2)]);
    assert_eq!(till.share("P2", &id, &twice, false).status, 400);
    // Three thousand in all, and a hundred are on their way.
    let rest = json!([till.to_person(2_901)]);
    assert_eq!(till.share("P3", &id, &rest, false).code(), "RULE_LIMIT");
    let file = serde_json::to_string(till.world.state()).unwrap();
    let state = serde_json::from_str(&file).unwrap();
    till.world = World::import(state, Arc::new(RsaSuite)).unwrap();
    assert_eq!(till.share("P3", &id, &rest, false).code(), "RULE_LIMIT", "read from a file");
}

#[test]
fn a_receiver_who_is_gone_gets_nothing_and_the_money_stays() {
    let mut till = Till::open();
    let id = till.sell_shared("shared-0001", 10_000);
    till.name_person();
    till.wait(60);
    let lines = json!([till.to_person(1_000)]);
    till.share("P1", &id, &lines, false);
    assert_eq!(till.unsplit(&id), 8_940);
    let body = json!({
        "appid": pool::MINI_PROGRAM,
        "type": "PERSONAL_OPENID",
        "account": till.openid("bo"),
    });
    assert_eq!(till.call("POST", &format!("{RECEIVERS}/delete"), &body.to_string()).status, 200);
    till.wait(5);
    till.due();
    let ended = till.call("GET", &format!("{ORDERS}/P1?transaction_id={id}"), "").json();
    assert_eq!(ended["receivers"][0]["result"], "CLOSED");
    assert_eq!(ended["receivers"][0]["fail_reason"], "NO_RELATION");
    assert_eq!(till.unsplit(&id), 9_940);
}

#[test]
fn the_rest_is_released_on_demand_or_after_thirty_days_or_with_a_refund() {
    let mut till = Till::open();
    let demanded = till.sell_shared("shared-0001", 10_000);
    let forgotten = till.sell_shared("shared-0002", 20_000);
    till.wait(60);
    let body = json!({"transaction_id": demanded, "out_order_no": "U1", "description": "解冻"});
    let made = till.call("POST", &format!("{ORDERS}/unfreeze"), &body.to_string());
    assert_eq!(made.status, 200, "{}", made.body);
    till.wait(5);
    till.due();
    assert_eq!((till.available(), till.unsplit(&demanded)), (9_940, 0));

    let refused = till.refund("shared-0002", "refund-1", 20_000, 20_000);
    assert_eq!(refused.status, 200, "what is held back pays: {}", refused.body);
    assert_eq!((till.available(), till.unsplit(&forgotten)), (9_940, 0));
    till.name_person();
    let lines = json!([till.to_person(100)]);
    assert_eq!(till.share("P1", &forgotten, &lines, false).message(), "分账金额不足");

    let third = till.sell_shared("shared-0003", 10_000);
    till.wait(30 * 24 * 3600);
    till.due();
    assert_eq!(till.unsplit(&third), 0);
    assert_eq!(till.available(), 2 * 9_940);
    assert_eq!(till.share("P1", &third, &lines, false).message(), "订单已完结分账，不支持分账");
}

#[test]
fn a_merchant_is_told_of_its_share_with_its_own_key() {
    let mut till = Till::open();
    let partner = Mchid::new(pool::MERCHANTS[1]).unwrap();
    till.world.state.merchants.get_mut(&partner).unwrap().sharing_notify_url =
        Some("https://partner.example/shares".to_owned());
    let id = till.sell_shared("shared-0001", 10_000);
    till.name_merchant(partner.as_str(), "珠珠书店");
    till.wait(60);
    let lines = json!([to_merchant(partner.as_str(), 500)]);
    till.share("P1", &id, &lines, false);
    till.wait(5);
    let sent = till.due();
    let share = sent.iter().find(|sent| sent.url == "https://partner.example/shares").unwrap();
    let text = String::from_utf8(share.body.clone()).unwrap();
    assert!(text.contains(r#""original_type":"profitsharing""#), "{text}");
    assert!(!till.accepts(share), "it is the receiver's, not ours");
    assert!(Till { mchid: partner, ..till }.accepts(share));
}
