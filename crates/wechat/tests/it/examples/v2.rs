use suanpan_wechat::{
    pay::codepay::AuthCode,
    pay_v2::{
        Call, Number, SignType,
        micropay::{CodeToOpenid, Reverse},
        native::scan,
        notify::{RefundNotification, payment},
        order::Prepay,
        query::Query,
        refund,
        refund_query::{RefundNumber, RefundQuery},
        xml::Fields,
    },
    platform::seal_req_info,
    secret::ApiV2Key,
};

use super::check_fields;
use crate::pay_v2::world::{KEY, keys, merchant, out_trade_no, signed};

const ENVELOPE: [(&str, &str); 6] = [
    ("appid", "wx2421b1c4370ec43b"),
    ("mch_id", "10000100"),
    ("sub_appid", "wx8888888888888888"),
    ("sub_mch_id", "1900000109"),
    ("out_trade_no", "1409811653"),
    ("transaction_id", "1004400740201409030005092168"),
];

const PAID: [(&str, &str); 25] = [
    ("device_info", "013467007045764"),
    ("openid", "oUpF8uMEb4qRXf22hE3X68TekukE"),
    ("is_subscribe", "Y"),
    ("sub_openid", "oUpF8uMEb4qRXf22hE3X68TekukF"),
    ("sub_is_subscribe", "N"),
    ("trade_type", "JSAPI"),
    ("bank_type", "CMC"),
    ("total_fee", "300"),
    ("settlement_total_fee", "100"),
    ("fee_type", "CNY"),
    ("cash_fee", "10"),
    ("cash_fee_type", "CNY"),
    ("coupon_fee", "290"),
    ("coupon_count", "2"),
    ("coupon_type_0", "CASH"),
    ("coupon_id_0", "10000"),
    ("coupon_fee_0", "100"),
    ("coupon_type_1", "NO_CASH"),
    ("coupon_id_1", "10001"),
    ("coupon_fee_1", "190"),
    ("attach", "支付测试"),
    ("time_end", "20140903131540"),
    ("promotion_detail", r#"{"promotion_detail":[]}"#),
    ("version", "1.0"),
    ("rate_value", "650000000"),
];

/// How many coupons there are is seen in the coupons; the version was asked for by us; the rate is
/// one of cross-border payment, which is not of these crates.
const PAID_UNREAD: [&str; 3] = ["coupon_count", "version", "rate_value"];

const PAID_OPEN: [&str; 4] = ["trade_type", "coupon_type_0", "coupon_type_1", "bank_type"];

fn said<'a>(parts: &[&'a [(&'a str, &'a str)]]) -> Vec<(&'a str, &'a str)> {
    parts.concat()
}

#[test]
fn v2_answers_to_orders() {
    let prepay = Prepay { parameters: Fields::default() };
    let read = |fields: &Fields| prepay.read(fields).ok();
    let body = [
        ("trade_type", "MWEB"),
        ("prepay_id", "wx201410272009395522657a690389285100"),
        ("code_url", "weixin://wxpay/bizpayurl/up?pr=NwY5Mz9&groupid=00"),
        ("mweb_url", "https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=wx1"),
    ];
    check_fields(&body, &["trade_type"], &[], read);
}

#[test]
fn v2_answers_to_queries() {
    let number = Number::OutTradeNo(out_trade_no("1409811653"));
    let query = Query { merchant: merchant(), number, with_promotions: true };
    let read = |fields: &Fields| query.read(fields).ok();
    let state = [("trade_state", "REFUND"), ("trade_state_desc", "转入退款")];
    let body = said(&[&ENVELOPE, &PAID, &state]);
    check_fields(&body, &["trade_state", "trade_type", "bank_type"], &PAID_UNREAD, read);
    let unpaid = [
        ("out_trade_no", "1409811653"),
        ("trade_state", "NOTPAY"),
        ("trade_state_desc", "订单未支付"),
    ];
    check_fields(&unpaid, &["trade_state"], &[], read);
}

/// A charge by payment code is answered with the same fields.
#[test]
fn v2_payments_that_are_notified() {
    let read = |fields: &Fields| {
        let pairs: Vec<_> = fields.iter().collect();
        let keys = keys(SignType::HmacSha256);
        payment(&keys, &signed(&keys, &pairs)).ok().map(suanpan_wechat::Verified::into_inner)
    };
    let result = [("return_code", "SUCCESS"), ("result_code", "SUCCESS")];
    check_fields(&said(&[&result, &ENVELOPE, &PAID]), &PAID_OPEN, &PAID_UNREAD, read);
}

#[test]
fn v2_answers_to_refunds() {
    let create = refund::Create { parameters: Fields::default() };
    let read = |fields: &Fields| create.read(fields).ok();
    let body = [
        ("transaction_id", "1008450740201411110005820873"),
        ("out_trade_no", "1415757673"),
        ("out_refund_no", "1415701182"),
        ("refund_id", "2008450740201411110000174436"),
        ("refund_channel", "ORIGINAL"),
        ("refund_fee", "100"),
        ("settlement_refund_fee", "90"),
        ("total_fee", "300"),
        ("settlement_total_fee", "290"),
        ("fee_type", "CNY"),
        ("cash_fee", "100"),
        ("cash_fee_type", "CNY"),
        ("cash_refund_fee", "70"),
        ("coupon_refund_fee", "30"),
        ("coupon_refund_count", "1"),
        ("coupon_type_0", "CASH"),
        ("coupon_refund_id_0", "10000"),
        ("coupon_refund_fee_0", "30"),
        ("promotion_detail", r#"{"promotion_detail":[]}"#),
    ];
    // Where the money goes is known when it has gone; WeChat leaves the field empty here.
    check_fields(&body, &["coupon_type_0"], &["refund_channel", "coupon_refund_count"], read);
}

#[test]
fn v2_answers_to_queries_for_refunds() {
    let number = RefundNumber::OutTradeNo(out_trade_no("1415757673"));
    let query = RefundQuery { merchant: merchant(), number, offset: None };
    let read = |fields: &Fields| query.read(fields).ok();
    let body = [
        ("transaction_id", "1008450740201411110005820873"),
        ("out_trade_no", "1415757673"),
        ("total_fee", "300"),
        ("settlement_total_fee", "290"),
        ("cash_fee", "270"),
        ("fee_type", "CNY"),
        ("total_refund_count", "35"),
        ("refund_count", "1"),
        ("out_refund_no_0", "1415701182"),
        ("refund_id_0", "2008450740201411110000174436"),
        ("refund_channel_0", "ORIGINAL"),
        ("refund_fee_0", "100"),
        ("settlement_refund_fee_0", "90"),
        ("refund_status_0", "SUCCESS"),
        ("refund_account_0", "REFUND_SOURCE_UNSETTLED_FUNDS"),
        ("refund_recv_accout_0", "支付用户零钱"),
        ("refund_success_time_0", "2016-07-25 15:26:26"),
        ("coupon_refund_fee_0", "30"),
        ("coupon_refund_count_0", "1"),
        ("coupon_type_0_0", "CASH"),
        ("coupon_refund_id_0_0", "10000"),
        ("coupon_refund_fee_0_0", "30"),
    ];
    let open = ["refund_status_0", "refund_channel_0", "refund_account_0", "coupon_type_0_0"];
    check_fields(&body, &open, &["coupon_refund_count_0"], read);
}

#[test]
fn v2_refunds_that_are_notified() {
    let read = |fields: &Fields| {
        let inside = fields.to_xml().replace("xml>", "root>");
        let req_info = seal_req_info(&ApiV2Key::new(KEY).unwrap(), &inside);
        let outside = format!(
            "<xml><return_code>SUCCESS</return_code><appid>wx2421b1c4370ec43b</appid>\
             <mch_id>10000100</mch_id><req_info>{req_info}</req_info></xml>"
        );
        let notification = RefundNotification::read(outside.as_bytes()).unwrap();
        notification.open(&keys(SignType::Md5)).ok()
    };
    let body = [
        ("transaction_id", "4200000215201811190261405420"),
        ("out_trade_no", "71106718111915575302817"),
        ("refund_id", "50000408942018111907145868882"),
        ("out_refund_no", "131811191610442717309"),
        ("total_fee", "3960"),
        ("settlement_total_fee", "3960"),
        ("refund_fee", "3960"),
        ("settlement_refund_fee", "3960"),
        ("refund_status", "SUCCESS"),
        ("success_time", "2018-11-19 16:24:13"),
        ("refund_recv_accout", "支付用户零钱"),
        ("refund_account", "REFUND_SOURCE_RECHARGE_FUNDS"),
        ("refund_request_source", "API"),
        ("promotion_detail", r#"{"promotion_detail":[]}"#),
    ];
    check_fields(&body, &["refund_status", "refund_account", "refund_request_source"], &[], read);
}

/// Of what a closed order is answered only the signed success counts.
#[test]
fn v2_smaller_answers() {
    let number = || Number::OutTradeNo(out_trade_no("1415757673"));
    let reverse = Reverse { merchant: merchant(), number: number() };
    check_fields(&[("recall", "Y")], &[], &[], |fields| reverse.read(fields).ok());
    let auth_code = AuthCode::new("120061098828009406").unwrap();
    let owner = CodeToOpenid { merchant: merchant(), auth_code };
    let body = [("openid", "oUpF8uN95-Ptaags6E_roPHg7AG0"), ("sub_openid", "oSub")];
    check_fields(&body, &[], &[], |fields| owner.read(fields).ok());
}

/// Whether somebody follows the account is not disclosed any more.
#[test]
fn v2_scans_that_are_notified() {
    let read = |fields: &Fields| {
        let pairs: Vec<_> = fields.iter().collect();
        let keys = keys(SignType::Md5);
        scan(&keys, &signed(&keys, &pairs)).ok().map(suanpan_wechat::Verified::into_inner)
    };
    let body = [
        ("appid", "wx2421b1c4370ec43b"),
        ("openid", "oUpF8uMEb4qRXf22hE3X68TekukE"),
        ("mch_id", "10000100"),
        ("is_subscribe", "Y"),
        ("nonce_str", "5K8264ILTKCH16CQ2502SI8ZNMTM67VS"),
        ("product_id", "88888"),
    ];
    check_fields(&body, &[], &["is_subscribe", "nonce_str"], read);
}
