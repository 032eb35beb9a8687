use super::*;

#[test]
fn a_refund_is_accepted_then_settled_then_notified() {
    let mut till = Till::open();
    let paid = till.sell("order-0001", 1000);
    till.due();
    let seen = till.refund("order-0001", "refund@1", 300, 1000);
    assert!(till.believes(&seen.reply.response));
    let refund_id = seen.json()["refund_id"].as_str().unwrap().to_owned();
    assert_eq!(refund_id.len(), 29);
    let transaction_id = paid.transaction_id.unwrap();
    assert_eq!(
        seen.body,
        format!(
            r#"{{"amount":{{"currency":"CNY","discount_refund":0,"from":[],"payer_refund":300,"payer_total":1000,"refund":300,"refund_fee":0,"settlement_refund":300,"settlement_total":1000,"total":1000}},"channel":"ORIGINAL","create_time":"2026-03-01T12:00:00+08:00","funds_account":"AVAILABLE","out_refund_no":"refund@1","out_trade_no":"order-0001","promotion_detail":[],"refund_id":"{refund_id}","status":"PROCESSING","transaction_id":"{transaction_id}","user_received_account":"支付用户零钱"}}"#
        )
    );
    assert_eq!(till.trade_state("order-0001"), "REFUND");
    assert_eq!(till.world.wallet("amei").unwrap().balance_fen.count(), 99_000);
    till.wait(10);
    let notifications = till.due();
    let refund = notifications.iter().find(|sent| sent.url.ends_with("/refunds")).unwrap();
    assert!(till.accepts(refund));
    let envelope: Value = serde_json::from_slice(&refund.body).unwrap();
    assert_eq!(envelope["event_type"], "REFUND.SUCCESS");
    assert_eq!(envelope["resource"]["associated_data"], "refund");
    let query = till.call("GET", "/v3/refund/domestic/refunds/refund%401", "");
    assert_eq!(query.json()["status"], "SUCCESS");
    assert_eq!(query.json()["success_time"], "2026-03-01T12:00:10+08:00");
    assert_eq!(till.world.wallet("amei").unwrap().balance_fen.count(), 99_300);
}

#[test]
fn the_same_number_is_the_same_refund_and_changes_are_refused() {
    let mut till = Till::open();
    till.sell("order-0001", 1000);
    till.sell("order-0002", 1000);
    let first = till.refund("order-0001", "r1", 300, 1000);
    let again = till.refund("order-0001", "r1", 300, 1000);
    assert_eq!(first.body, again.body);
    let changed = "订单金额或退款金额与之前请求不一致，请核实后再试";
    assert_eq!(till.refund("order-0001", "r1", 301, 1000).message(), changed);
    assert_eq!(till.refund("order-0001", "r2", 300, 999).message(), changed);
    let other = till.refund("order-0002", "r1", 300, 1000);
    assert!(other.message().starts_with("请求内容和上次请求不一致，请核实后再试。"));
    assert_eq!(other.status, 400);
}

#[test]
fn refunds_stay_within_what_was_paid_and_what_the_merchant_has() {
    let mut till = Till::open();
    till.sell("order-0001", 1000);
    assert_eq!(till.refund("order-0001", "r1", 700, 1000).status, 200);
    let over = till.refund("order-0001", "r2", 301, 1000);
    assert_eq!(
        (over.status, over.code(), over.message()),
        (400, "INVALID_REQUEST".into(), "申请退款金额超过订单可退金额".into())
    );
    till.wait(60);
    assert_eq!(till.refund("order-0001", "r3", 300, 1000).status, 200);
    let unpaid = till.order("order-0002", 5);
    assert_eq!(unpaid.status, 200);
    let seen = till.refund("order-0002", "r4", 5, 5);
    assert_eq!(
        (seen.status, seen.code(), seen.message()),
        (404, "RESOURCE_NOT_EXISTS".into(), "订单不存在".into())
    );
    let seen = till.call("GET", "/v3/refund/domestic/refunds/nothing", "");
    assert_eq!(
        (seen.status, seen.code(), seen.message()),
        (404, "RESOURCE_NOT_EXISTS".into(), "退款单不存在".into())
    );
}

#[test]
fn a_merchant_without_money_hears_not_enough_and_may_repeat() {
    let mut till = Till::open();
    till.sell("order-0001", 1000);
    let mchid = till.mchid.clone();
    let account = till.world.state.accounts.get_mut(&mchid).unwrap();
    let spent_elsewhere = std::mem::take(&mut account.available);
    till.world.state.minted = till.world.state.minted.checked_sub(spent_elsewhere).unwrap();
    let seen = till.refund("order-0001", "r1", 1000, 1000);
    assert_eq!(
        (seen.status, seen.code(), seen.number()),
        (403, "NOT_ENOUGH".into(), "268892709".into())
    );
    assert_eq!(till.trade_state("order-0001"), "SUCCESS");
}

#[test]
fn the_fee_goes_back_with_the_refund_to_the_last_fen() {
    let mut till = Till::open();
    till.sell("order-0001", 1990);
    let available = |till: &Till| till.world.account(&till.mchid).unwrap().available.count();
    assert_eq!(available(&till), 1978, "0.60 % of 19.90 is 0.12");
    till.refund("order-0001", "r1", 700, 1990);
    assert_eq!(available(&till), 1978 - 700 + 4, "the fee of the remaining 12.90 is 0.08");
    till.wait(60);
    till.refund("order-0001", "r2", 1290, 1990);
    assert_eq!(available(&till), 0);
    let flows = &till.world.account(&till.mchid).unwrap().flows;
    let moves: Vec<_> =
        flows.iter().map(|flow| (flow.business, flow.direction, flow.amount.count())).collect();
    assert_eq!(
        moves,
        [
            (Business::Payment, FlowDirection::In, 1990),
            (Business::Fee, FlowDirection::Out, 12),
            (Business::Fee, FlowDirection::In, 4),
            (Business::Refund, FlowDirection::Out, 700),
            (Business::Fee, FlowDirection::In, 8),
            (Business::Refund, FlowDirection::Out, 1290),
        ]
    );
}

#[test]
fn fifty_refunds_and_one_year_are_the_limits() {
    let mut till = Till::open();
    till.sell("order-0001", 1000);
    for number in 0..50 {
        assert_eq!(till.refund("order-0001", &format!("r{number}"), 1, 1000).status, 200);
        till.wait(60);
    }
    assert_eq!(till.refund("order-0001", "r50", 1, 1000).status, 400);
    till.sell("order-0002", 1000);
    till.wait(365 * 24 * 3600);
    assert_eq!(till.refund("order-0002", "s1", 1, 1000).status, 200);
    till.wait(1);
    assert_eq!(till.refund("order-0002", "s2", 1, 1000).status, 400);
}

#[test]
fn either_order_number_will_do_and_both_must_agree() {
    let mut till = Till::open();
    let id = till.sell("order-0001", 1000).transaction_id.unwrap().to_string();
    till.sell("order-0002", 1000);
    let mut with = |members: Value, number: &str| {
        till.wait(60);
        let mut body = json!({
            "out_refund_no": number,
            "amount": {"refund": 1, "total": 1000, "currency": "CNY"},
        });
        body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        till.call("POST", "/v3/refund/domestic/refunds", &body.to_string()).status
    };
    assert_eq!(with(json!({"transaction_id": id}), "r1"), 200);
    assert_eq!(with(json!({"transaction_id": id, "out_trade_no": "order-0001"}), "r2"), 200);
    assert_eq!(with(json!({"transaction_id": id, "out_trade_no": "order-0002"}), "r3"), 404);
    assert_eq!(with(json!({}), "r4"), 400);
}

#[test]
fn a_refund_by_hand_takes_what_is_left() {
    let mut till = Till::open();
    till.sell("order-0001", 1000);
    till.refund("order-0001", "r1", 400, 1000);
    let wanted = ManualRefund {
        mchid: till.mchid.clone(),
        out_trade_no: suanpan_wechat::id::OutTradeNo::new("order-0001").unwrap(),
        amount_fen: None,
        reason: Some("客服退款".into()),
    };
    let refund = till.world.refund_by_hand(wanted.clone(), till.times()).unwrap();
    assert_eq!(refund.refund.count(), 600);
    assert!(till.world.refund_by_hand(wanted, till.times()).is_err());
    till.wait(10);
    till.due();
    assert_eq!(till.world.wallet("amei").unwrap().balance_fen.count(), 100_000);
    till.world.audit().unwrap();
}

#[test]
fn a_refund_given_up_returns_the_money_and_frees_the_order() {
    let mut till = Till::open();
    till.sell("order-0001", 1000);
    till.refund("order-0001", "r1", 1000, 1000);
    let number = suanpan_wechat::id::OutRefundNo::new("r1").unwrap();
    let mchid = till.mchid.clone();
    let times = till.times();
    let refund = till.world.close_refund(&mchid, &number, times).unwrap();
    assert_eq!(refund.status, RefundStatus::Closed);
    till.world.audit().unwrap();
    assert!(till.world.close_refund(&mchid, &number, times).is_err(), "closed is final");
    till.wait(10);
    till.due();
    assert_eq!(till.refund("order-0001", "r2", 1000, 1000).status, 200);
}

#[test]
fn parts_of_a_refund_keep_their_distance_unless_told_not_to() {
    let mut till = Till::open();
    till.sell("order-0001", 1000);
    assert_eq!(till.refund("order-0001", "r1", 300, 1000).status, 200);
    till.wait(59);
    let soon = till.refund("order-0001", "r2", 300, 1000);
    assert_eq!((soon.status, soon.code()), (429, "FREQUENCY_LIMITED".to_owned()));
    assert_eq!(till.refund("order-0001", "r1", 300, 1000).status, 200, "a repeat is no part");
    till.wait(1);
    assert_eq!(till.refund("order-0001", "r2", 300, 1000).status, 200);
    till.world.settings_mut().refund_spacing_seconds = 0;
    assert_eq!(till.refund("order-0001", "r3", 300, 1000).status, 200);
}

/// Sells, refunds and lets the refund end `ABNORMAL`; gives back its `refund_id`.
fn abnormal(till: &mut Till) -> String {
    till.sell("order-0001", 1000);
    let seen = till.refund("order-0001", "r1", 1000, 1000);
    till.world.set_faults(vec![Fault::times(FaultName::RefundAbnormal, 1)]);
    till.wait(10);
    till.due();
    seen.json()["refund_id"].as_str().unwrap().to_owned()
}

fn redirect(till: &mut Till, refund_id: &str, body: &Value) -> Seen {
    let target = format!("/v3/refund/domestic/refunds/{refund_id}/apply-abnormal-refund");
    till.call("POST", &target, &body.to_string())
}

#[test]
fn an_abnormal_refund_goes_to_a_card_of_the_payer() {
    let mut till = Till::open();
    let refund_id = abnormal(&mut till);
    let sealed = till.seal("6214830012345678");
    till.wanted_serial = None;
    let mut body = json!({"out_refund_no": "r1", "type": "USER_BANK_CARD", "bank_type": "CMB_DEBIT",
        "bank_account": sealed, "real_name": sealed});
    let no_serial = redirect(&mut till, &refund_id, &body);
    assert_eq!(no_serial.message(), "请确认待处理的消息是否为加密后的密文");
    let name = till.seal("张三");
    body["real_name"] = json!("张三");
    let in_clear = redirect(&mut till, &refund_id, &body);
    assert_eq!(in_clear.message(), "请确认待处理的消息是否为加密后的密文");
    body["real_name"] = json!(name);
    let mut other = body.clone();
    other["bank_type"] = json!("CMB_CREDIT");
    assert_eq!(redirect(&mut till, &refund_id, &other).code(), "PARAM_ERROR");
    assert_eq!(redirect(&mut till, "50300000000000000000000000000", &body).status, 404);
    let seen = redirect(&mut till, &refund_id, &body);
    assert_eq!(seen.json()["status"], "PROCESSING", "{}", seen.body);
    assert_eq!(seen.json()["user_received_account"], "招商银行储蓄卡");
    assert_eq!(redirect(&mut till, &refund_id, &body).code(), "INVALID_REQUEST", "under way again");
    till.wait(10);
    assert!(!till.due().is_empty(), "the end is notified once more");
    assert_eq!(till.world.wallet("amei").unwrap().balance_fen.count(), 100_000);
}

#[test]
fn an_abnormal_refund_may_come_back_to_the_merchant() {
    let mut till = Till::open();
    let refund_id = abnormal(&mut till);
    let body = json!({"out_refund_no": "r1", "type": "MERCHANT_BANK_CARD"});
    let seen = redirect(&mut till, &refund_id, &body);
    assert_eq!(seen.json()["channel"], "OTHER_BANKCARD", "{}", seen.body);
    till.wait(10);
    till.due();
    assert_eq!(till.world.account(&till.mchid).unwrap().available.count(), 1000);
    assert_eq!(till.world.wallet("amei").unwrap().balance_fen.count(), 99_000);
}

#[test]
fn calls_are_rationed_by_the_second_when_asked_to() {
    let mut till = Till::open();
    let vain = |till: &mut Till| till.refund("order-0001", "r1", 1, 1).status;
    for _ in 0..8 {
        assert_eq!(vain(&mut till), 404, "off unless asked for");
    }
    till.wait(1);
    till.world.settings_mut().frequency_limits = true;
    for _ in 0..6 {
        assert_eq!(vain(&mut till), 404);
    }
    assert_eq!(vain(&mut till), 429, "six calls in vain are the most");
    till.wait(1);
    assert_eq!(vain(&mut till), 404);
    for _ in 0..300 {
        assert_eq!(till.call("GET", "/v3/refund/domestic/refunds/r1", "").status, 404);
    }
    let limited = till.call("GET", "/v3/refund/domestic/refunds/r1", "");
    assert_eq!(
        (limited.code(), limited.number()),
        ("FREQUENCY_LIMITED".into(), "268447840".into())
    );
    for (target, allowed, otherwise) in [
        ("/v3/profitsharing/orders/P1?transaction_id=4200", 500, 404),
        ("/v3/fund-app/mch-transfer/transfer-bills/out-bill-no/nothing", 100, 404),
    ] {
        for _ in 0..allowed {
            assert_eq!(till.call("GET", target, "").status, otherwise, "{target}");
        }
        assert_eq!(till.call("GET", target, "").status, 429, "{target}");
    }
}
