//! The documents' own examples and published captures, read member by member.

use suanpan_wechat::{
    call::Call,
    error::{ErrorBody, ErrorCode},
    id::{Mchid, OutRefundNo, OutTradeNo},
    pay::{TradeState, TradeType, Transaction, query::ByOutTradeNo},
    refund::{self, Refund, RefundStatus},
};

fn transaction(json: &str) -> Transaction {
    let query = ByOutTradeNo {
        mchid: Mchid::new("1558950191").unwrap(),
        out_trade_no: OutTradeNo::new("ORDER_20231106165639372").unwrap(),
    };
    query.read(200, json.as_bytes()).unwrap()
}

#[test]
fn a_paid_order_as_captured() {
    let paid = transaction(
        r#"{"amount":{"currency":"CNY","payer_currency":"CNY","payer_total":1,"total":1},"appid":"wxd678efh567hg6787","attach":"","bank_type":"OTHERS","mchid":"1558950191","out_trade_no":"ORDER_20231106165639372","payer":{"openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},"promotion_detail":[],"success_time":"2023-11-06T16:56:51+08:00","trade_state":"SUCCESS","trade_state_desc":"支付成功","trade_type":"NATIVE","transaction_id":"4200002050202311069075905809"}"#,
    );
    assert_eq!(paid.mchid.as_str(), "1558950191");
    assert_eq!(paid.out_trade_no.as_str(), "ORDER_20231106165639372");
    assert_eq!(paid.trade_state, TradeState::Success);
    assert!(paid.trade_state.is_paid());
    assert_eq!(paid.trade_type, Some(TradeType::Native));
    assert_eq!(paid.transaction_id.unwrap().as_str(), "4200002050202311069075905809");
    assert_eq!(paid.success_time.unwrap().to_string(), "2023-11-06T16:56:51+08:00");
    assert_eq!(paid.attach.as_deref(), Some(""));
    let amount = paid.amount.unwrap();
    assert_eq!((amount.total.count(), amount.payer_total.unwrap().count()), (1, 1));
}

#[test]
fn an_unpaid_order_as_captured_lacks_what_only_payment_brings() {
    let unpaid = transaction(
        r#"{"amount":{"payer_currency":"CNY","total":1},"appid":"wxd678efh567hg6787","mchid":"1642979517","out_trade_no":"1654449150982348804202305051933","promotion_detail":[],"scene_info":{"device_id":""},"trade_state":"NOTPAY","trade_state_desc":"订单未支付"}"#,
    );
    assert_eq!(unpaid.trade_state, TradeState::NotPay);
    assert!(!unpaid.trade_state.is_paid());
    assert_eq!(unpaid.transaction_id, None);
    assert_eq!(unpaid.trade_type, None);
    assert_eq!(unpaid.success_time, None);
    assert_eq!(unpaid.payer, None);
    assert_eq!(unpaid.bank_type, None);
    let amount = unpaid.amount.unwrap();
    assert_eq!((amount.total.count(), amount.payer_total, amount.currency), (1, None, None));
}

#[test]
fn empty_texts_and_nulls_mean_absent() {
    let odd = transaction(
        r#"{"appid":"wxd678efh567hg6787","mchid":"1642979517","out_trade_no":"165444915098","trade_state":"CLOSED","transaction_id":"","trade_type":"","success_time":"","payer":null,"amount":null,"attach":null}"#,
    );
    assert_eq!((odd.transaction_id, odd.trade_type, odd.success_time), (None, None, None));
    assert_eq!(odd.trade_state, TradeState::Closed);
}

#[test]
fn new_members_and_new_states_are_data() {
    let new = transaction(
        r#"{"appid":"wx1","brand_new":{"deep":[1,2,{"x":null}]},"mchid":"1","out_trade_no":"165444915098","trade_state":"BRAND_NEW","trade_type":"TELEPATHY"}"#,
    );
    assert_eq!(new.trade_state, TradeState::Other("BRAND_NEW".to_owned()));
    assert!(!new.trade_state.is_paid());
    assert_eq!(new.trade_type.unwrap().as_str(), "TELEPATHY");
}

#[test]
fn a_refund_as_captured() {
    let query = refund::Query { out_refund_no: OutRefundNo::new("1818571211644825600").unwrap() };
    let refund: Refund = query
        .read(
            200,
            r#"{"amount":{"currency":"CNY","discount_refund":0,"from":[],"payer_refund":10,"payer_total":10,"refund":10,"refund_fee":0,"settlement_refund":10,"settlement_total":10,"total":10},"channel":"ORIGINAL","create_time":"2024-07-31T16:55:39+08:00","funds_account":"AVAILABLE","out_refund_no":"1818571211644825600","out_trade_no":"1815322542292299776","promotion_detail":[],"refund_id":"50303400132024073135461150169","status":"PROCESSING","transaction_id":"4200002346202407227299244938","user_received_account":"支付用户零钱"}"#.as_bytes(),
        )
        .unwrap();
    assert_eq!(refund.status, RefundStatus::Processing);
    assert_eq!(refund.refund_id.as_str(), "50303400132024073135461150169");
    assert_eq!(refund.out_refund_no.as_str(), "1818571211644825600");
    assert_eq!(refund.out_trade_no.as_str(), "1815322542292299776");
    assert_eq!(refund.transaction_id.as_str(), "4200002346202407227299244938");
    assert_eq!((refund.amount.refund.count(), refund.amount.total.count()), (10, 10));
    assert_eq!((refund.success_time, refund.mchid), (None, None));
}

#[test]
fn error_bodies_as_captured() {
    for (json, code) in [
        (
            r#"{"code":"PARAM_ERROR","detail":{"location":"body","value":1},"message":"输入源“/body/out_trade_no”映射到值字段“商户订单号”字符串规则校验失败，字节数 1，小于最小值 6"}"#,
            ErrorCode::ParamError,
        ),
        (
            r#"{"code":"SIGN_ERROR","detail":{"detail":{"issue":"sign not match"},"field":"signature","location":"authorization","sign_information":{"method":"POST","sign_message_length":412,"truncated_sign_message":"POST\n/v3/pay/transactions/jsapi\n1554208460\n593BEC0C930BF1AFEB40B4A08C8FB242\n{\"appid\n","url":"/v3/pay/transactions/jsapi"}},"message":"错误的签名，验签失败"}"#,
            ErrorCode::SignError,
        ),
        (
            r#"{"code":"NOT_ENOUGH","message":"基本账户余额不足，请充值后重新发起"}"#,
            ErrorCode::NotEnough,
        ),
        (r#"{"code":"ORDERPAID"}"#, ErrorCode::OrderPaid),
    ] {
        assert_eq!(ErrorBody::read(json.as_bytes()).unwrap().code, code);
    }
    for page in ["", "<html>", "null", "[]", r#"{"message":"no code"}"#] {
        assert_eq!(ErrorBody::read(page.as_bytes()), None, "{page}");
    }
}

#[test]
fn o02_amounts_on_the_wire_are_integers_of_fen() {
    let query = ByOutTradeNo {
        mchid: Mchid::new("1558950191").unwrap(),
        out_trade_no: OutTradeNo::new("165444915098").unwrap(),
    };
    let with_total = |total: &str| {
        let json = format!(
            r#"{{"amount":{{"total":{total}}},"appid":"wx1","mchid":"1","out_trade_no":"165444915098","trade_state":"NOTPAY"}}"#
        );
        query.read(200, json.as_bytes())
    };
    assert_eq!(with_total("1990").unwrap().amount.unwrap().total.count(), 1990);
    for odd in ["19.90", "0.019", "1990.0", "1e3", "-1", "\"1990\"", "9223372036854775808", "[1]"] {
        assert!(with_total(odd).is_err(), "{odd}");
    }
}
