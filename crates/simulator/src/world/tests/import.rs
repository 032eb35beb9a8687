use super::*;

/// The world of a till, as text, and out of it again.
fn file(till: &Till) -> Value {
    serde_json::to_value(till.world.state()).unwrap()
}

fn import(file: Value) -> Result<World, ImportError> {
    World::import(serde_json::from_value(file).unwrap(), Arc::new(RsaSuite))
}

/// A day in which most things happen, faults included, as every byte that left WeChat.
fn first_half(till: &mut Till) -> Vec<String> {
    till.world.set_faults(vec![
        Fault {
            probability: Probability::millionths(300_000),
            ..Fault::always(FaultName::Http500)
        },
        Fault {
            probability: Probability::millionths(300_000),
            ..Fault::always(FaultName::NotifyLost)
        },
        Fault { probability: Probability::millionths(500_000), ..Fault::always(FaultName::Slow) },
    ]);
    let mut said = Vec::new();
    for number in 0..8 {
        said.push(format!("{:?}", till.order(&format!("order-{number:04}"), 100).reply));
    }
    said
}

fn second_half(till: &mut Till) -> Vec<String> {
    let prepays: Vec<_> = till.world.state().prepays.keys().cloned().collect();
    let mut said = Vec::new();
    for prepay_id in prepays {
        said.push(format!("{:?}", till.act(prepay_id.as_str(), Outcome::Success)));
    }
    for _ in 0..20 {
        for delivery in till.due() {
            said.push(format!("{delivery:?}"));
            till.answer(&delivery, 200);
        }
        till.wait(15);
    }
    said.push(format!("{:?}", till.refund("order-0000", "r1", 40, 100).reply));
    till.wait(10);
    said.push(format!("{:?}", till.due()));
    said.push(till.call("GET", "/v3/refund/domestic/refunds/r1", "").body);
    said
}

#[test]
fn the_same_seed_and_calls_give_the_same_bytes() {
    let day = |seed| {
        let mut till = Till::of(0, seed);
        let mut said = first_half(&mut till);
        said.extend(second_half(&mut till));
        (said, file(&till))
    };
    assert!(day(5) == day(5));
    assert_ne!(day(5).0, day(6).0);
}

#[test]
fn a_world_out_of_a_file_goes_on_where_it_was_written() {
    let mut till = Till::of(0, 5);
    first_half(&mut till);
    let mut copy = Till::of(0, 99);
    copy.world = import(file(&till)).unwrap();
    assert_eq!(second_half(&mut till), second_half(&mut copy));
    assert!(file(&till) == file(&copy));
}

/// Asks for a permission and for a transfer; the transfer's number.
fn permit_and_transfer(till: &mut Till) -> &'static str {
    till.deposit(1_000);
    let mut body = json!({
        "appid": pool::MINI_PROGRAM, "out_authorization_no": "may-1", "openid": till.openid("amei"),
        "transfer_scene_id": "1010", "user_display_name": "会员",
        "authorization_notify_url": "https://shop.example/permissions",
    });
    let family = "/v3/fund-app/mch-transfer";
    let asked = format!("{family}/user-confirm-authorization");
    assert_eq!(till.call("POST", &asked, &body.to_string()).status, 200);
    for name in ["out_authorization_no", "user_display_name", "authorization_notify_url"] {
        body.as_object_mut().unwrap().remove(name);
    }
    body["out_bill_no"] = json!("gift1");
    body["transfer_amount"] = json!(100);
    body["transfer_remark"] = json!("旧手机");
    body["transfer_scene_report_infos"] =
        json!([{"info_type": "回收商品名称", "info_content": "旧手机"}]);
    assert_eq!(
        till.call("POST", &format!("{family}/transfer-bills"), &body.to_string()).status,
        200
    );
    "gift1"
}

/// Each edit would bring the world down, or bring in what has no place here.
#[test]
fn an_edited_file_is_refused_before_it_runs() {
    let mut till = Till::open();
    till.sell("order-0001", 5);
    till.refund("order-0001", "r1", 3, 5);
    let mchid = pool::MERCHANTS[0];
    let coupon = serde_json::from_value(json!({"kind": "cash", "amount_fen": 1})).unwrap();
    till.world.give_coupon("amei", coupon).unwrap();
    let number = permit_and_transfer(&mut till);
    let good = file(&till);
    import(good.clone()).unwrap();
    let order = format!("/orders/{mchid}/order-0001");
    type Edit = (&'static str, Box<dyn Fn(&mut Value)>);
    let set = |pointer: String, to: Value| -> Box<dyn Fn(&mut Value)> {
        Box::new(move |file: &mut Value| *file.pointer_mut(&pointer).unwrap() = to.clone())
    };
    let edits: Vec<Edit> = vec![
        ("money out of nothing", set("/users/amei/user/balance".into(), json!(1_000_000))),
        ("a payment nobody made", set(format!("{order}/payment"), Value::Null)),
        ("a payer nobody knows", set(format!("{order}/payment/user"), json!("nobody"))),
        ("another order's number", set(format!("{order}/out_trade_no"), json!("order-0002"))),
        ("an app nobody knows", set(format!("{order}/appid"), json!("wx0000000000000000"))),
        ("a refund that is not there", set(format!("{order}/refunds"), json!(["r1", "r2"]))),
        ("no orders at all", set("/orders".into(), json!({}))),
        ("a key that is none", set(format!("/merchants/{mchid}/api_v3_key"), json!("short"))),
        (
            "a real merchant",
            Box::new(move |file: &mut Value| {
                let mut merchant = file["merchants"][mchid].clone();
                merchant["mchid"] = json!("1558950191");
                file["merchants"]["1558950191"] = merchant;
            }),
        ),
        ("a merchant without an account", set("/accounts".into(), json!({}))),
        (
            "a transfer to nobody",
            set(format!("/transfers/bills/{mchid}/{number}/user"), json!("x")),
        ),
        (
            "a permission of somebody else's",
            set(format!("/authorizations/all/{mchid}/may-1/mchid"), json!("1900000099")),
        ),
        (
            "a coupon nobody holds",
            Box::new(|file: &mut Value| {
                let held = file["coupons"]["held"].as_object_mut().unwrap();
                let coupons = held.remove("amei").unwrap();
                held.insert("nobody".to_owned(), coupons);
            }),
        ),
        ("a person without openids", set("/users/bo/user/openids".into(), json!({}))),
    ];
    for (what, edit) in edits {
        let mut edited = good.clone();
        edit(&mut edited);
        assert!(import(edited).is_err(), "{what} was let in");
    }
}
