use proptest::prelude::*;

use super::*;

/// Anything a merchant, a person, time or an operator may do to a few hot orders.
#[derive(Debug, Clone)]
enum Op {
    Order { order: u8, total: i64 },
    Pay { order: u8, outcome: Outcome },
    Close { order: u8 },
    Refund { order: u8, number: u8, amount: i64 },
    Scan { order: u8, total: i64 },
    Reverse { order: u8 },
    Combine { order: u8, outcome: Outcome },
    ByHand { order: u8 },
    CloseRefund { number: u8 },
    Give { kind: CouponKind, amount: i64 },
    Wait { seconds: i64 },
    Fault { name: FaultName },
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let outcome = prop::sample::select(vec![
        Outcome::Success,
        Outcome::Success,
        Outcome::Cancel,
        Outcome::CallbackSaysCancel,
        Outcome::SuccessAfterClose,
        Outcome::WrongPin,
    ]);
    let fault = prop::sample::select(FaultName::ALL.to_vec());
    let op = prop_oneof![
        4 => (0..4_u8, 1..60_000_i64).prop_map(|(order, total)| Op::Order { order, total }),
        4 => (0..4_u8, outcome.clone()).prop_map(|(order, outcome)| Op::Pay { order, outcome }),
        1 => (0..4_u8).prop_map(|order| Op::Close { order }),
        4 => (0..4_u8, 0..6_u8, 1..40_000_i64)
            .prop_map(|(order, number, amount)| Op::Refund { order, number, amount }),
        2 => (0..4_u8, 1..60_000_i64).prop_map(|(order, total)| Op::Scan { order, total }),
        1 => (0..4_u8).prop_map(|order| Op::Reverse { order }),
        1 => (0..2_u8, outcome.clone()).prop_map(|(order, outcome)| Op::Combine { order, outcome }),
        1 => (0..4_u8).prop_map(|order| Op::ByHand { order }),
        1 => (0..6_u8).prop_map(|number| Op::CloseRefund { number }),
        2 => (prop::sample::select(vec![CouponKind::Cash, CouponKind::Nocash]), 1..30_000_i64)
            .prop_map(|(kind, amount)| Op::Give { kind, amount }),
        2 => (1..1000_i64).prop_map(|seconds| Op::Wait { seconds }),
        1 => fault.prop_map(|name| Op::Fault { name }),
    ];
    prop::collection::vec(op, 1..40)
}

/// Parts of a refund follow each other as fast as they come.
fn hurried(seed: u64) -> Till {
    let mut till = Till::of(0, seed);
    till.world.settings_mut().refund_spacing_seconds = 0;
    till
}

fn order_number(order: u8) -> String {
    format!("order-{order:04}")
}

/// Two of the numbered orders at once.
fn combine(till: &mut Till, order: u8, outcome: Outcome) {
    let part = |order: u8| {
        json!({
            "mchid": till.mchid.as_str(), "attach": "a", "out_trade_no": order_number(order),
            "description": "茶", "amount": {"total_amount": 700, "currency": "CNY"},
        })
    };
    let body = json!({
        "combine_appid": pool::MINI_PROGRAM, "combine_mchid": till.mchid.as_str(),
        "combine_out_trade_no": format!("combine-{order}"), "notify_url": "https://shop.example/",
        "combine_payer_info": {"openid": till.openid("amei")},
        "sub_orders": [part(order), part(order + 1)],
    });
    let seen = till.call("POST", "/v3/combine-transactions/jsapi", &body.to_string());
    if seen.status != 200 || seen.reply.manner != Manner::Whole {
        return;
    }
    let prepay_id = seen.json()["prepay_id"].as_str().unwrap().to_owned();
    let _refused = till.act(&prepay_id, outcome);
}

/// Every call ends with an audit inside the till; so does every operation here.
fn apply(till: &mut Till, op: &Op) {
    match op {
        Op::Order { order, total } => {
            till.order(&order_number(*order), *total);
        }
        Op::Pay { order, outcome } => {
            let number = suanpan_wechat::id::OutTradeNo::new(order_number(*order)).unwrap();
            let total = till.world.order(&till.mchid, &number).map(|order| order.total.count());
            let Some(total) = total else { return };
            let seen = till.order(&order_number(*order), total);
            if seen.status != 200 || seen.reply.manner != Manner::Whole {
                return;
            }
            let prepay_id = seen.json()["prepay_id"].as_str().unwrap().to_owned();
            let _refused = till.act(&prepay_id, *outcome);
        }
        Op::Close { order } => {
            till.close(&order_number(*order));
        }
        Op::Refund { order, number, amount } => {
            let order = order_number(*order);
            let out_trade_no = suanpan_wechat::id::OutTradeNo::new(order.clone()).unwrap();
            let total = till.world.order(&till.mchid, &out_trade_no).map(|found| found.total);
            let total = total.map_or(1, suanpan_wechat::Fen::count);
            till.refund(&order, &format!("r{number}"), *amount, total);
        }
        Op::Scan { order, total } => {
            let auth_code = till.world.payment_code("amei", till.times()).unwrap().auth_code;
            till.scan(&order_number(*order), *total, &auth_code);
        }
        Op::Reverse { order } => {
            till.reverse(&order_number(*order));
        }
        Op::Combine { order, outcome } => combine(till, *order, *outcome),
        Op::ByHand { order } => {
            let wanted = ManualRefund {
                mchid: till.mchid.clone(),
                out_trade_no: suanpan_wechat::id::OutTradeNo::new(order_number(*order)).unwrap(),
                amount_fen: None,
                reason: None,
            };
            let _refused = till.world.refund_by_hand(wanted, till.times());
        }
        Op::CloseRefund { number } => {
            let number = suanpan_wechat::id::OutRefundNo::new(format!("r{number}")).unwrap();
            let mchid = till.mchid.clone();
            let _refused = till.world.close_refund(&mchid, &number, till.times());
        }
        Op::Give { kind, amount } => {
            let wanted = json!({"kind": kind, "amount_fen": amount});
            let wanted = serde_json::from_value(wanted).unwrap();
            till.world.give_coupon("amei", wanted).unwrap();
        }
        Op::Wait { seconds } => {
            till.wait(*seconds);
            for delivery in till.due() {
                till.answer(&delivery, 500);
            }
        }
        Op::Fault { name } => till.world.set_faults(vec![Fault::times(*name, 2)]),
    }
    till.world.audit().unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn money_is_conserved_whatever_anybody_does(ops in ops(), seed in 0..1000_u64) {
        let mut till = hurried(seed);
        for op in &ops {
            apply(&mut till, op);
        }
    }

    #[test]
    fn the_same_seed_and_calls_give_the_same_world(ops in ops(), seed in 0..1000_u64) {
        let run = || {
            let mut till = hurried(seed);
            for op in &ops {
                apply(&mut till, op);
            }
            serde_json::to_string(till.world.state()).unwrap()
        };
        prop_assert_eq!(run(), run());
    }

    #[test]
    fn a_world_goes_on_after_being_stored(ops in ops(), cut in 0..40_usize) {
        let mut straight = hurried(1);
        let mut stored = hurried(1);
        for (index, op) in ops.iter().enumerate() {
            apply(&mut straight, op);
            if index == cut {
                let text = serde_json::to_string(stored.world.state()).unwrap();
                let state = serde_json::from_str(&text).unwrap();
                stored.world = World::restore(state, Arc::new(RsaSuite)).unwrap();
            }
            apply(&mut stored, op);
        }
        let text = |till: &Till| serde_json::to_string(till.world.state()).unwrap();
        prop_assert_eq!(text(&straight), text(&stored));
    }
}
