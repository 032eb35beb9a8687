//! Refunds as they are asked for and answered.

use proptest::prelude::*;
use serde_json::{Value, json};
use suanpan_wechat::{
    Fen, Timestamp,
    call::Call,
    id::{Mchid, OutRefundNo, OutTradeNo, RefundId, SerialNo, TransactionId},
    refund::{
        AbnormalOrder, Amount, BankCard, BankType, Channel, Create, FundsAccount, FundsSource,
        Goods, InvalidAmount, Order, PartnerQuery, Payee, Payment, Query, Reason, Refund,
        RefundPromotionType, RefundStatus, Share, ShareAccount,
    },
    sensitive::{EncryptionKey, SensitiveText},
    text::NotifyUrl,
    trust::TrustRing,
};

fn fen(count: i64) -> Fen {
    Fen::new(count).unwrap()
}

fn number() -> OutRefundNo {
    OutRefundNo::new("1217752501201407033233368018").unwrap()
}

fn sent(order: &Order) -> Value {
    serde_json::from_slice(&order.to_body()).unwrap()
}

#[test]
fn the_smallest_refund_has_no_member_too_many() {
    let payment = Payment::OutTradeNo(OutTradeNo::new("20150806125346").unwrap());
    let order = Order::new(payment, number(), Amount::new(fen(888), fen(888)).unwrap());
    let body = r#"{"out_trade_no":"20150806125346","out_refund_no":"1217752501201407033233368018","amount":{"refund":888,"total":888,"currency":"CNY"}}"#;
    assert_eq!(std::str::from_utf8(&order.to_body()).unwrap(), body);
    let request = Create { body: order.to_body() }.request();
    assert_eq!(
        (request.method.as_str(), &*request.target, &request.body[..]),
        ("POST", "/v3/refund/domestic/refunds", body.as_bytes())
    );
}

#[test]
fn a_refund_with_every_documented_member() {
    let share = |account, amount| Share { account, amount: fen(amount) };
    let shares = vec![share(ShareAccount::Available, 444), share(ShareAccount::Unavailable, 444)];
    let transaction_id = TransactionId::new("1217752501201407033233368018").unwrap();
    let order = Order {
        sub_mchid: Some(Mchid::new("1900000109").unwrap()),
        payment: Payment::TransactionId(transaction_id),
        out_refund_no: number(),
        reason: Some(Reason::new("商品已售完").unwrap()),
        notify_url: Some(NotifyUrl::new("https://weixin.qq.com/").unwrap()),
        funds_account: Some(FundsSource::Available),
        amount: Amount::new(fen(888), fen(888)).unwrap().with_shares(shares).unwrap(),
        goods_detail: vec![Goods {
            merchant_goods_id: "1217752501201407033233368018".to_owned().try_into().unwrap(),
            wechatpay_goods_id: Some("1001".to_owned().try_into().unwrap()),
            goods_name: Some("iPhone6s 16G".to_owned().try_into().unwrap()),
            unit_price: fen(528_800),
            refund_amount: fen(528_800),
            refund_quantity: 1.try_into().unwrap(),
        }],
    };
    assert_eq!(
        sent(&order),
        json!({
            "sub_mchid": "1900000109",
            "transaction_id": "1217752501201407033233368018",
            "out_refund_no": "1217752501201407033233368018",
            "reason": "商品已售完",
            "notify_url": "https://weixin.qq.com/",
            "funds_account": "AVAILABLE",
            "amount": {
                "refund": 888,
                "from": [
                    {"account": "AVAILABLE", "amount": 444},
                    {"account": "UNAVAILABLE", "amount": 444},
                ],
                "total": 888,
                "currency": "CNY",
            },
            "goods_detail": [{
                "merchant_goods_id": "1217752501201407033233368018",
                "wechatpay_goods_id": "1001",
                "goods_name": "iPhone6s 16G",
                "unit_price": 528_800,
                "refund_amount": 528_800,
                "refund_quantity": 1,
            }],
        })
    );
}

#[test]
fn amounts_that_wechat_refuses_cannot_be_made() {
    assert_eq!(Amount::new(Fen::ZERO, fen(1)), Err(InvalidAmount::Refund));
    assert_eq!(Amount::new(fen(2), fen(1)), Err(InvalidAmount::Refund));
    let with = |shares: &[(ShareAccount, i64)]| {
        let share = |(account, count): &(ShareAccount, i64)| Share {
            account: *account,
            amount: fen(*count),
        };
        Amount::new(fen(10), fen(10)).unwrap().with_shares(shares.iter().map(share).collect())
    };
    use ShareAccount::{Available, Unavailable};
    assert!(with(&[(Available, 4), (Unavailable, 6)]).is_ok());
    assert!(with(&[]).is_ok());
    for bad in [
        &[(Available, 4), (Unavailable, 7)][..],
        &[(Available, 4), (Available, 4)],
        &[(Available, 0)],
        &[(Available, i64::MAX), (Unavailable, i64::MAX)],
    ] {
        assert_eq!(with(bad), Err(InvalidAmount::From), "{bad:?}");
    }
    assert!(Reason::new("字".repeat(26)).is_ok());
    for bad in [String::new(), "字".repeat(27), "a\nb".to_owned(), "\u{1F600}".to_owned()] {
        assert!(Reason::new(bad.as_str()).is_err(), "{bad:?}");
    }
}

proptest! {
    #[test]
    fn no_refund_sends_null_or_more_than_was_paid(
        refund in 0..2000_i64,
        total in 0..2000_i64,
        reason in proptest::option::of("[a-z]{1,80}"),
    ) {
        let amount = Amount::new(fen(refund), fen(total));
        prop_assert_eq!(amount.is_ok(), 0 < refund && refund <= total);
        if let Ok(amount) = amount {
            let payment = Payment::TransactionId(TransactionId::new("42").unwrap());
            let mut order = Order::new(payment, number(), amount);
            order.reason = reason.map(|reason| Reason::new(reason).unwrap());
            let body = String::from_utf8(order.to_body()).unwrap();
            for nothing in ["null", "[]", "{}"] {
                prop_assert!(!body.contains(nothing), "{}", body);
            }
        }
    }
}

#[test]
fn a_service_provider_asks_for_its_merchant() {
    let query = PartnerQuery {
        sub_mchid: Mchid::new("1900000109").unwrap(),
        out_refund_no: OutRefundNo::new("a|b@c").unwrap(),
    };
    assert_eq!(
        query.request().target,
        "/v3/refund/domestic/refunds/a%7Cb%40c?sub_mchid=1900000109"
    );
}

fn read(json: &Value) -> Refund {
    Query { out_refund_no: number() }.read(200, json.to_string().as_bytes()).unwrap()
}

fn minimal() -> Value {
    json!({
        "refund_id": "50303400132024073135461150169", "out_refund_no": "1818571211644825600",
        "transaction_id": "4200002346202407227299244938", "out_trade_no": "1815322542292299776",
        "status": "SUCCESS", "amount": {"total": 10, "refund": 10},
    })
}

#[test]
fn every_member_of_an_answer_is_read() {
    let mut body = minimal();
    for (name, value) in [
        ("channel", json!("OTHER_BANKCARD")),
        ("user_received_account", json!("招商银行信用卡0403")),
        ("create_time", json!("2024-07-31T16:55:39+08:00")),
        ("success_time", json!("2024-07-31T16:56:39+08:00")),
        ("funds_account", json!("ECNY_BASIC")),
        (
            "amount",
            json!({
                "total": 100, "refund": 50, "payer_total": 90, "payer_refund": 45,
                "settlement_total": 100, "settlement_refund": 50, "discount_refund": 5,
                "refund_fee": 1, "currency": "CNY", "from": [{"account": "AVAILABLE", "amount": 50}],
            }),
        ),
        (
            "promotion_detail",
            json!([{
                "promotion_id": "109519", "scope": "SINGLE", "type": "DISCOUNT", "amount": 5,
                "refund_amount": 5, "goods_detail": [{
                    "merchant_goods_id": "1001", "wechatpay_goods_id": "1001", "goods_name": "tea",
                    "unit_price": 100, "refund_amount": 50, "refund_quantity": 1,
                }],
            }]),
        ),
    ] {
        body[name] = value;
    }
    let refund = read(&body);
    assert_eq!(refund.channel, Some(Channel::OtherBankcard));
    assert_eq!(refund.user_received_account.as_deref(), Some("招商银行信用卡0403"));
    assert_eq!(refund.create_time.unwrap().to_string(), "2024-07-31T16:55:39+08:00");
    assert_eq!(refund.success_time.unwrap().since(refund.create_time.unwrap()), 60);
    assert_eq!(refund.funds_account, Some(FundsAccount::EcnyBasic));
    let amount = &refund.amount;
    assert_eq!((amount.total, amount.refund), (fen(100), fen(50)));
    let [payer_total, payer_refund] = [amount.payer_total, amount.payer_refund];
    assert_eq!([payer_total, payer_refund], [Some(fen(90)), Some(fen(45))]);
    let settled = [amount.settlement_total, amount.settlement_refund];
    assert_eq!(settled, [Some(fen(100)), Some(fen(50))]);
    assert_eq!([amount.discount_refund, amount.refund_fee], [Some(fen(5)), Some(fen(1))]);
    assert_eq!(amount.from[0].account, FundsAccount::Available);
    let [promotion] = &refund.promotion_detail[..] else { panic!("one coupon") };
    assert_eq!(promotion.kind, Some(RefundPromotionType::Discount));
    assert_eq!(promotion.goods_detail[0].refund_quantity, 1);
}

#[test]
fn absent_empty_and_new_values_are_data() {
    let mut body = minimal();
    for (name, value) in [
        ("promotion_detail", Value::Null),
        ("success_time", json!("")),
        ("channel", json!("BY_PIGEON")),
        ("status", json!("THINKING")),
        ("brand_new", json!({"deep": [null]})),
    ] {
        body[name] = value;
    }
    let refund = read(&body);
    assert_eq!(refund.channel, Some(Channel::Other("BY_PIGEON".to_owned())));
    assert_eq!(refund.status, RefundStatus::Other("THINKING".to_owned()));
    assert_eq!((refund.success_time, refund.create_time), (None, None));
    assert!(refund.promotion_detail.is_empty() && refund.amount.from.is_empty());
}

#[test]
fn a_partners_notification_names_both_merchants() {
    let mut body = minimal();
    let status = body.as_object_mut().unwrap().remove("status").unwrap();
    body["refund_status"] = status;
    body["sp_mchid"] = "1900000100".into();
    body["sub_mchid"] = "1900000109".into();
    let refund = read(&body);
    assert_eq!(refund.status, RefundStatus::Success);
    assert_eq!(refund.sp_mchid.unwrap().as_str(), "1900000100");
    assert_eq!(refund.sub_mchid.unwrap().as_str(), "1900000109");
    assert_eq!(refund.mchid, None);
}

fn key(id: &str) -> EncryptionKey {
    let mut ring = TrustRing::default();
    let public = include_str!("../vectors/go_public.pem");
    ring.add_public_key(SerialNo::new(id).unwrap(), public).unwrap();
    ring.encryption_key(Timestamp::from_unix(1_727_757_296)).unwrap()
}

#[test]
fn an_abnormal_refund_goes_to_another_card_and_names_the_key() {
    let seal = |id: &str, text: &str| SensitiveText::seal(&key(id), text).unwrap();
    let [account, name] = [seal("PUB_KEY_ID_1", "6214"), seal("PUB_KEY_ID_1", "张三")];
    let card = BankCard::new(BankType::CmbDebit, account.clone(), name).unwrap();
    let order = AbnormalOrder {
        sub_mchid: None,
        out_refund_no: number(),
        payee: Payee::UserBankCard(card),
    };
    let apply = order.apply(RefundId::new("50000000382019052709732678859").unwrap());
    let request = apply.request();
    assert_eq!(
        request.target,
        "/v3/refund/domestic/refunds/50000000382019052709732678859/apply-abnormal-refund"
    );
    assert_eq!(request.sealed_to.as_ref().unwrap().as_str(), "PUB_KEY_ID_1");
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(body["type"], "USER_BANK_CARD");
    assert_eq!(body["bank_type"], "CMB_DEBIT");
    assert_eq!(body["out_refund_no"], number().as_str());
    assert_eq!(body.as_object().unwrap().len(), 5);
    assert!(!request.body.windows(4).any(|window| window == b"6214"));
    assert!(BankCard::new(BankType::CmbDebit, account, seal("PUB_KEY_ID_2", "张三")).is_err());
}

#[test]
fn an_abnormal_refund_to_the_merchant_needs_no_key() {
    let order = AbnormalOrder {
        sub_mchid: Some(Mchid::new("1900000109").unwrap()),
        out_refund_no: number(),
        payee: Payee::MerchantBankCard,
    };
    let apply = order.apply(RefundId::new("50000000382019052709732678859").unwrap());
    assert_eq!(apply.sealed_to, None);
    let body: Value = serde_json::from_slice(&apply.body).unwrap();
    let expected = json!({
        "sub_mchid": "1900000109", "out_refund_no": number(), "type": "MERCHANT_BANK_CARD",
    });
    assert_eq!(body, expected);
}
