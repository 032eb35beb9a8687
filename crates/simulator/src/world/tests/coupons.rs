//! Coupons: what a person pays is less than what was ordered.

use suanpan_wechat::{
    bill::{Bill, FileHash, Form, Limits, Proof, TradeRow},
    id::OutRefundNo,
};

use super::*;

impl Till {
    fn give(&mut self, wanted: &Value) -> Coupon {
        let coupon =
            self.world.give_coupon("amei", serde_json::from_value(wanted.clone()).unwrap());
        self.world.audit().unwrap();
        coupon.unwrap()
    }

    /// Orders with a `goods_tag` and pays; the order as a query shows it.
    fn sell_tagged(&mut self, out_trade_no: &str, total: i64, goods_tag: &str) -> Value {
        let mut body = self.order_body(out_trade_no, total);
        body["goods_tag"] = json!(goods_tag);
        let prepay = self.call("POST", "/v3/pay/transactions/jsapi", &body.to_string()).json();
        self.act(prepay["prepay_id"].as_str().unwrap(), Outcome::Success).unwrap();
        self.query(out_trade_no).json()
    }

    fn wallet_fen(&self) -> i64 {
        self.world.wallet("amei").unwrap().balance_fen.count()
    }
}

fn spring(kind: &str) -> Value {
    json!({
        "kind": kind, "funder": "wechatpay", "amount_fen": 2500, "minimum_fen": 10_000,
        "name": "春茶立减", "stock_id": "15646546545165651651", "goods_tag": "SPRING",
    })
}

/// The plaintexts of all notifications, newest first.
fn told(till: &mut Till) -> Vec<Value> {
    till.due();
    let filter = MessageFilter { kind: Some(MessageKind::Notify), ..MessageFilter::default() };
    let plain = till.world.messages(&filter).filter_map(|message| message.decrypted.clone());
    let mut plain: Vec<_> = plain.map(|text| serde_json::from_str(&text).unwrap()).collect();
    plain.reverse();
    plain
}

#[test]
fn the_payer_pays_less_and_a_paid_coupon_makes_up_for_it() {
    let mut till = Till::open();
    let coupon = till.give(&spring("cash"));
    let seen = till.sell_tagged("order-0001", 10_000, "SPRING");
    assert_eq!(
        seen["amount"],
        json!({"currency": "CNY", "payer_currency": "CNY", "payer_total": 7500, "total": 10_000})
    );
    let detail = json!([{
        "amount": 2500, "coupon_id": coupon.coupon_id, "currency": "CNY", "merchant_contribute": 0,
        "name": "春茶立减", "other_contribute": 0, "scope": "GLOBAL",
        "stock_id": "15646546545165651651", "type": "CASH", "wechatpay_contribute": 2500,
    }]);
    assert_eq!(seen["promotion_detail"], detail);
    assert_eq!(told(&mut till)[0]["promotion_detail"], detail);
    assert_eq!(told(&mut till)[0]["amount"]["payer_total"], 7500);
    assert_eq!((till.wallet_fen(), till.available()), (92_500, 9_940), "settled in full");
    assert_eq!(till.world.coupons("amei").unwrap(), [], "it is used up");
    assert_eq!(till.sell_tagged("order-0002", 10_000, "SPRING")["amount"]["payer_total"], 10_000);
}

#[test]
fn a_coupon_nobody_paid_for_costs_the_merchant() {
    let mut till = Till::open();
    till.give(&spring("nocash"));
    let seen = till.sell_tagged("order-0001", 10_000, "SPRING");
    assert_eq!(seen["promotion_detail"][0]["type"], "NOCASH");
    assert_eq!(
        (till.wallet_fen(), till.available()),
        (92_500, 7_455),
        "and its fee is of the rest"
    );
    let refund = till.refund("order-0001", "r1", 10_000, 10_000).json();
    let amount = &refund["amount"];
    assert_eq!(
        (&amount["settlement_total"], &amount["payer_refund"]),
        (&json!(7500), &json!(7500))
    );
    assert_eq!(
        (&amount["settlement_refund"], &amount["discount_refund"]),
        (&json!(7500), &json!(2500))
    );
    till.wait(10);
    till.due();
    assert_eq!((till.wallet_fen(), till.available()), (100_000, 0));
}

#[test]
fn a_coupon_fits_an_order_or_stays_where_it_is() {
    let mut till = Till::open();
    till.give(&spring("cash"));
    let seen = till.sell_tagged("order-0001", 9_999, "SPRING");
    assert_eq!(seen["amount"]["payer_total"], 9_999, "too small an order");
    let seen = till.sell_tagged("order-0002", 10_000, "AUTUMN");
    assert_eq!(seen["promotion_detail"], json!([]), "another tag");
    till.give(&json!({"kind": "nocash", "amount_fen": 5, "mchid": pool::MERCHANTS[1]}));
    till.sell("order-0003", 10);
    assert_eq!(till.world.coupons("amei").unwrap().len(), 2, "somebody else's shop");
    till.give(&json!({"kind": "nocash", "amount_fen": 9}));
    till.give(&json!({"kind": "nocash", "amount_fen": 3}));
    let prepay_id = till.prepay_id("order-0004", 10);
    let by = PayBy::Invoke(till.invoke(&prepay_id));
    let view = till.world.cashier(&by, "amei", till.times()).unwrap();
    assert_eq!((view.amount_fen.count(), view.discount.unwrap().amount_fen.count()), (1, 9));
    till.act(&prepay_id, Outcome::Success).unwrap();
    assert_eq!(till.query("order-0004").json()["amount"]["payer_total"], 1, "the best one");
}

#[test]
fn a_wallet_need_only_cover_what_is_left() {
    let mut till = Till::open();
    let prepay_id = till.prepay_id("order-0001", 100_500);
    let refusal = till.act(&prepay_id, Outcome::Success).unwrap_err();
    assert_eq!(refusal.code, RefusalCode::InsufficientBalance);
    till.give(&json!({"kind": "cash", "amount_fen": 500}));
    till.act(&prepay_id, Outcome::Success).unwrap();
    assert_eq!(till.wallet_fen(), 0);
}

#[test]
fn every_part_of_a_refund_has_its_part_of_the_coupon_and_the_last_takes_the_rest() {
    for (kind, settled) in [("cash", 10_001), ("nocash", 7_501)] {
        let mut till = Till::open();
        till.give(&spring(kind));
        till.sell_tagged("order-0001", 10_001, "SPRING");
        let mut parts = vec![];
        for (number, refund) in [("r1", 3333), ("r2", 3333), ("r3", 1), ("r4", 3334)] {
            till.wait(60);
            let seen = till.refund("order-0001", number, refund, 10_001);
            assert_eq!(seen.status, 200, "{}", seen.body);
            let amount = &seen.json()["amount"];
            assert_eq!(
                (&amount["payer_total"], &amount["settlement_total"]),
                (&json!(7501), &json!(settled))
            );
            let detail = &seen.json()["promotion_detail"][0];
            assert_eq!(detail["refund_amount"], amount["discount_refund"]);
            parts.push(amount["discount_refund"].as_i64().unwrap());
            assert_eq!(amount["payer_refund"], refund - parts[parts.len() - 1]);
            till.wait(10);
            till.due();
        }
        assert_eq!(parts, [833, 833, 1, 833]);
        assert_eq!((till.wallet_fen(), till.available()), (100_000, 0), "{kind}");
        let news = told(&mut till);
        let last = news.iter().find(|news| news["out_refund_no"] == "r4").unwrap();
        assert_eq!(
            last["amount"],
            json!({"total": 10_001, "refund": 3334, "payer_total": 7501, "payer_refund": 2501})
        );
    }
}

#[test]
fn a_refund_given_up_gives_its_part_back_to_be_refunded_again() {
    let mut till = Till::open();
    till.give(&spring("cash"));
    till.sell_tagged("order-0001", 10_000, "SPRING");
    till.refund("order-0001", "r1", 5_000, 10_000);
    let (mchid, now) = (till.mchid.clone(), till.times());
    till.world.close_refund(&mchid, &OutRefundNo::new("r1").unwrap(), now).unwrap();
    till.world.audit().unwrap();
    assert_eq!(till.available(), 9_940);
    till.wait(60);
    let whole = till.refund("order-0001", "r2", 10_000, 10_000).json();
    assert_eq!(whole["amount"]["payer_refund"], 7500);
    till.wait(10);
    till.due();
    assert_eq!((till.wallet_fen(), till.available()), (100_000, 0));
}

#[test]
fn orders_paid_together_do_not_take_the_same_coupon_twice() {
    let mut till = Till::open();
    till.give(&json!({"kind": "cash", "amount_fen": 100}));
    let part = |mchid: &str, number: &str| {
        json!({
            "mchid": mchid, "attach": "附言", "out_trade_no": number, "description": "龙井茶",
            "amount": {"total_amount": 1000, "currency": "CNY"},
        })
    };
    let body = json!({
        "combine_appid": pool::MINI_PROGRAM,
        "combine_mchid": till.mchid.as_str(),
        "combine_out_trade_no": "combine-0001",
        "notify_url": "https://shop.example/notify",
        "combine_payer_info": {"openid": till.openid("amei")},
        "sub_orders": [part(pool::MERCHANTS[0], "part-0001"), part(pool::MERCHANTS[1], "part-0002")],
    });
    let placed = till.call("POST", "/v3/combine-transactions/jsapi", &body.to_string()).json();
    till.act(placed["prepay_id"].as_str().unwrap(), Outcome::Success).unwrap();
    let seen = till.call("GET", "/v3/combine-transactions/out-trade-no/combine-0001", "").json();
    let paid: Vec<_> = seen["sub_orders"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| {
            (&part["amount"]["payer_amount"], part["promotion_detail"].as_array().unwrap().len())
        })
        .collect();
    assert_eq!(paid, [(&json!(900), 1), (&json!(1000), 0)]);
    assert_eq!(till.wallet_fen(), 98_100);
    let news = &told(&mut till)[0]["sub_orders"];
    assert_eq!(news[0]["promotion_detail"][0]["amount"], 100);
    assert_eq!(news[1].get("promotion_detail"), None);
}

#[test]
fn bills_have_columns_for_it_and_add_up() {
    let mut till = Till::open();
    till.give(&spring("cash"));
    till.sell_tagged("order-0001", 10_000, "SPRING");
    till.give(&spring("nocash"));
    till.sell_tagged("order-0002", 20_000, "SPRING");
    till.wait(60);
    till.refund("order-0001", "r1", 4_000, 10_000);
    till.refund("order-0002", "r2", 4_000, 20_000);
    till.wait(22 * 3600 + 1800);
    till.due();
    let applied = till.call("GET", "/v3/bill/tradebill?bill_date=2026-03-01", "").json();
    let url = applied["download_url"].as_str().unwrap();
    let file = till.call_raw("GET", url.split_once(".com").unwrap().1).body;
    let text = String::from_utf8(file.clone()).unwrap();
    let lines: Vec<&str> = text.split("\r\n").collect();
    let columns = |line: &str| {
        let values: Vec<_> = line.split(",`").collect();
        [12, 13, 16, 17, 24, 25].map(|at| values[at].to_owned())
    };
    assert_eq!(columns(lines[1]), ["100.00", "25.00", "0.00", "0.00", "100.00", "0.00"]);
    assert_eq!(columns(lines[2]), ["175.00", "25.00", "0.00", "0.00", "200.00", "0.00"]);
    assert_eq!(columns(lines[3]), ["0.00", "0.00", "40.00", "10.00", "0.00", "40.00"]);
    assert_eq!(columns(lines[4]), ["0.00", "0.00", "35.00", "0.00", "0.00", "40.00"]);
    assert_eq!(lines[6], "`4,`275.00,`75.00,`10.00,`1.20000,`300.00,`80.00");
    let hash = hex::decode(applied["hash_value"].as_str().unwrap()).unwrap();
    let proof = Proof::Digest(FileHash::Sha1(hash.try_into().unwrap()));
    let read = Bill::<TradeRow>::read(file.as_slice(), Form::Plain, proof, Limits::default());
    assert_eq!(read.unwrap().rows.len(), 4, "the protocol crate's reader adds up the same");
}

#[test]
fn a_coupon_that_could_not_exist_is_not_given() {
    let mut till = Till::open();
    let mut refused = |user: &str, wanted: Value| {
        let wanted = serde_json::from_value(wanted).unwrap();
        till.world.give_coupon(user, wanted).unwrap_err().to_string()
    };
    let one = json!({"kind": "cash", "amount_fen": 1});
    assert_eq!(refused("nobody", one.clone()), "there is no user nobody");
    let with = |name: &str, value: Value| {
        let mut wanted = one.clone();
        wanted[name] = value;
        wanted
    };
    assert_eq!(
        refused("amei", with("amount_fen", json!(0))),
        "a coupon is worth 1 fen to ten billion yuan"
    );
    assert_eq!(
        refused("amei", with("minimum_fen", json!(1))),
        "minimum_fen must be above amount_fen"
    );
    assert_eq!(refused("amei", with("mchid", json!("1999999999"))), "there is no mchid 1999999999");
    assert!(refused("amei", with("goods_tag", json!(""))).contains("1 to 32 bytes"));
}
