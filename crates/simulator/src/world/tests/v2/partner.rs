//! A provider speaks v2 for its sub-merchants: their money, its key.

use super::*;

const SUB: (&str, &str) = ("sub_mch_id", pool::SUB_MERCHANTS[0]);
const SUB_APP: (&str, &str) = ("sub_appid", pool::OFFICIAL_ACCOUNT);
const ORDER: (&str, &str) = ("out_trade_no", "order-0001");
const NO_ORDER: (&str, &str) = ("ORDERNOTEXIST", "订单不存在");

impl Counter {
    /// Who the payer is to the sub-merchant's own app.
    fn sub_openid(&self) -> String {
        let appid = Appid::new(SUB_APP.1).unwrap();
        let amei = self.till.world.users().find(|user| user.name == "amei").unwrap();
        amei.openids[&appid].to_string()
    }

    #[track_caller]
    fn sell_for_sub(&mut self, more: &[(&str, &str)]) -> String {
        let mut changed = vec![SUB];
        changed.extend(more);
        let placed = self.order(ORDER.1, 1000, &changed).ok();
        let paid = self.pay(self.invoke(placed.get("prepay_id"))).unwrap();
        paid.transaction_id.unwrap().to_string()
    }

    fn available(&self, mchid: &str) -> i64 {
        self.till.world.account(&Mchid::new(mchid).unwrap()).unwrap().available.count()
    }

    #[track_caller]
    fn told(&mut self) -> BTreeMap<String, String> {
        let delivery = self.till.due().remove(0);
        read(std::str::from_utf8(&delivery.body).unwrap(), "xml")
    }
}

#[test]
fn the_money_is_the_sub_merchants_and_every_answer_names_it() {
    for hmac in [false, true] {
        let mut counter = Counter { hmac, ..Counter::open() };
        let transaction_id = counter.sell_for_sub(&[]);
        assert_eq!((counter.available(SUB.1), counter.available(pool::MERCHANTS[0])), (994, 0));
        let told = counter.told();
        assert_eq!(told["sign"], digest(&told, &counter.key, hmac));
        assert_eq!((&*told["mch_id"], &*told["sub_mch_id"]), (pool::MERCHANTS[0], SUB.1));
        assert!(!told.contains_key("sub_appid") && !told.contains_key("sub_openid"));
        for by in [ORDER, ("transaction_id", &transaction_id)] {
            let queried = counter.say("/pay/orderquery", &[SUB, by]).ok();
            assert_eq!((queried.get("sub_mch_id"), queried.get("trade_state")), (SUB.1, "SUCCESS"));
        }
    }
}

#[test]
fn a_sub_merchants_own_app_knows_its_own_openid() {
    let mut counter = Counter::open();
    let sub_openid = counter.sub_openid();
    counter.sell_for_sub(&[SUB_APP, ("openid", ""), ("sub_openid", &sub_openid)]);
    let openid = counter.till.openid("amei");
    let expected =
        [SUB_APP, ("openid", &openid), ("sub_openid", &sub_openid), ("sub_is_subscribe", "N")];
    let told = counter.told();
    let queried = counter.say("/pay/orderquery", &[SUB, SUB_APP, ORDER]).ok();
    for (name, value) in expected {
        assert_eq!((&*told[name], queried.get(name)), (value, value), "{name}");
    }
}

#[test]
fn relations_apps_and_payers_are_checked() {
    let mut counter = Counter::open();
    let sub_openid = counter.sub_openid();
    let sub_payer = [("openid", ""), ("sub_openid", sub_openid.as_str())];
    let own = pool::MERCHANTS[0];
    let other_pairing = ("PARAM_ERROR", "appid和openid不匹配");
    for (changed, refusal) in [
        (vec![("sub_mch_id", own)], ("INVALID_REQUEST", "子商户mchid不能与自身mchid相同")),
        (vec![("sub_mch_id", pool::SUB_MERCHANTS[1])], ("NOAUTH", "受理关系不存在")),
        (
            vec![SUB, ("sub_appid", "wx0000000000000000")],
            ("APPID_MCHID_NOT_MATCH", "sub_mch_id与sub_appid不匹配"),
        ),
        (vec![SUB, SUB_APP, ("openid", &sub_openid)], other_pairing),
        (vec![SUB, SUB_APP, ("sub_openid", &sub_openid)], ("PARAM_ERROR", "参数错误")),
    ] {
        let said = counter.order(ORDER.1, 1, &changed);
        assert_eq!(said.refusal(), refusal, "{changed:?}");
    }
    let openid = counter.till.openid("amei");
    let strangers = [SUB, SUB_APP, ("openid", ""), ("sub_openid", &openid)];
    assert_eq!(counter.order(ORDER.1, 1, &strangers).refusal(), other_pairing);
    let without_app = [&[SUB][..], &sub_payer].concat();
    assert_eq!(counter.order(ORDER.1, 1, &without_app).return_msg(), "缺少参数");
    assert_eq!(
        counter.order(ORDER.1, 1, &sub_payer).return_msg(),
        "JSAPI支付必须传openid",
        "without a sub-merchant the member means nothing"
    );
    let malformed = counter.order(ORDER.1, 1, &[("sub_mch_id", "nobody")]);
    assert_eq!(malformed.return_msg(), "sub_mch_id参数格式错误");
    assert_eq!(counter.say("/pay/orderquery", &[SUB, ORDER]).refusal(), NO_ORDER);
    let ended = NewSubMerchant {
        mchid: Mchid::new(SUB.1).unwrap(),
        name: None,
        appids: [].into(),
        active: Some(false),
        jsapi_directories: [].into(),
        max_ratio: None,
    };
    let mchid = counter.till.mchid.clone();
    counter.till.world.put_sub_merchant(&mchid, ended).unwrap();
    assert_eq!(counter.order(ORDER.1, 1, &[SUB]).refusal(), ("NOAUTH", "受理关系不可用"));
}

/// Taken for the provider's own, such a call would move the provider's money.
#[test]
fn what_was_ordered_for_one_is_found_by_nobody_else() {
    let mut counter = Counter::open();
    let transaction_id = counter.sell_for_sub(&[]);
    assert_eq!(counter.query(ORDER.1).refusal(), NO_ORDER);
    assert_eq!(counter.say("/pay/closeorder", &[ORDER]).refusal(), NO_ORDER);
    let by_id = ("transaction_id", transaction_id.as_str());
    assert_eq!(counter.say("/pay/orderquery", &[by_id]).refusal(), NO_ORDER);
    let refund = [("out_refund_no", "r1"), ("refund_fee", "300"), ("total_fee", "1000")];
    let of_order = [&refund[..], &[ORDER]].concat();
    assert_eq!(counter.say("/secapi/pay/refund", &of_order).refusal(), NO_ORDER);
    let repeated = ("INVALID_REQUEST", "201 商户订单号重复");
    counter.order("order-0002", 5, &[SUB]).ok();
    assert_eq!(counter.order("order-0002", 5, &[]).refusal(), repeated);
    counter.order("order-0003", 5, &[]).ok();
    assert_eq!(
        counter.say("/pay/orderquery", &[SUB, ("out_trade_no", "order-0003")]).refusal(),
        NO_ORDER
    );
    let closed = counter.say("/pay/closeorder", &[SUB, ("out_trade_no", "order-0002")]).ok();
    assert_eq!((closed.get("result_msg"), closed.get("sub_mch_id")), ("OK", SUB.1));
}

#[test]
fn a_refund_takes_the_sub_merchants_money_and_its_end_names_it() {
    let mut counter = Counter::open();
    counter.sell_for_sub(&[]);
    let sold = counter.till.due().remove(0);
    counter.till.world.notified(
        sold.delivery_id,
        NotifyResult::Answered {
            status: 200,
            body: b"<xml><return_code>SUCCESS</return_code></xml>".to_vec(),
        },
        counter.till.times(),
    );
    let refund = [
        SUB,
        ORDER,
        ("out_refund_no", "r1"),
        ("refund_fee", "300"),
        ("total_fee", "1000"),
        ("notify_url", "https://shop.example/v2-refunds"),
    ];
    let accepted = counter.say("/secapi/pay/refund", &refund).ok();
    assert_eq!(accepted.get("sub_mch_id"), SUB.1);
    assert!(counter.available(SUB.1) < 994);
    counter.till.wait(10);
    let told = counter.told();
    assert_eq!((&*told["mch_id"], &*told["sub_mch_id"]), (pool::MERCHANTS[0], SUB.1));
    let refund_id = accepted.get("refund_id");
    for by in [("out_refund_no", "r1"), ("refund_id", refund_id), ORDER] {
        let queried = counter.say("/pay/refundquery", &[SUB, by]).ok();
        assert_eq!(queried.get("refund_status_0"), "SUCCESS", "{by:?}");
        let blind = counter.say("/pay/refundquery", &[by]);
        assert_eq!(blind.refusal().0, "REFUNDNOTEXIST", "{by:?}");
    }
}

#[test]
fn codes_are_scanned_undone_and_recognised_for_a_sub_merchant() {
    let mut counter = Counter::open();
    let sub_openid = counter.sub_openid();
    let code = counter.till.world.payment_code("amei", counter.till.times()).unwrap().auth_code;
    let code = ("auth_code", code.as_str());
    let whose = counter.say("/tools/authcodetoopenid", &[SUB, SUB_APP, code]).ok();
    assert_eq!(whose.get("sub_openid"), sub_openid);
    assert!(!counter.say("/tools/authcodetoopenid", &[code]).ok().has("sub_openid"));
    let sale = [
        SUB,
        SUB_APP,
        ORDER,
        code,
        ("body", "龙井茶 一杯"),
        ("total_fee", "500"),
        ("spbill_create_ip", "203.0.113.9"),
    ];
    let paid = counter.say("/pay/micropay", &sale).ok();
    assert_eq!(paid.get("sub_openid"), sub_openid);
    assert_eq!((counter.available(SUB.1), counter.available(pool::MERCHANTS[0])), (497, 0));
    assert_eq!(counter.say("/secapi/pay/reverse", &[ORDER]).refusal(), NO_ORDER);
    assert_eq!(counter.say("/secapi/pay/reverse", &[SUB, ORDER]).ok().get("recall"), "N");
    assert_eq!(counter.available(SUB.1), 0);
}

/// SDKs put the sub-merchant's number into the app's invocation, because it is paid.
#[test]
fn an_app_is_invoked_for_the_sub_merchant() {
    let mut counter = Counter::open();
    let app = [SUB, ("appid", pool::MOBILE_APP), ("trade_type", "APP"), ("openid", "")];
    let prepay_id = counter.order(ORDER.1, 5, &app).ok().get("prepay_id").to_owned();
    let opens = |partner: &str| {
        let invoke = counter.invoke_app(&prepay_id, partner);
        counter.till.world.cashier(&PayBy::Invoke(invoke), "amei", counter.till.times())
    };
    assert_eq!(opens(pool::SUB_MERCHANTS[1]).unwrap_err().text, "支付验证签名失败");
    for partner in [SUB.1, pool::MERCHANTS[0]] {
        assert_eq!(opens(partner).unwrap().merchant_name, "算盘茶铺（分店）");
    }
}
