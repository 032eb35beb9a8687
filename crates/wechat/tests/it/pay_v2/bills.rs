//! Bills, which nobody signs.

use suanpan_wechat::{
    call::{RawAnswer, Unknown},
    pay_v2::bill::{Bill, Reason, read},
};

use crate::pay_v2::world::answered;

const HEADER: &str = "\u{feff}交易时间,公众账号ID,商户号\r\n`2019-02-19 05:01:46,`wx1,`1\r\n";

#[test]
fn a_bill_is_given_as_it_came() {
    let answer = answered(HEADER.as_bytes().to_vec());
    assert_eq!(read(&answer), Ok(Bill::Plain(HEADER.as_bytes())));
    let zipped = answered(b"\x1f\x8b\x08\x00<xml>".to_vec());
    assert_eq!(read(&zipped), Ok(Bill::Gzip(&zipped.body)));
}

#[test]
fn a_refusal_is_told_from_a_bill() {
    for (body, reason, code, message) in [
        (
            "<xml><return_code><![CDATA[FAIL]]></return_code>\
             <return_msg><![CDATA[No Bill Exist]]></return_msg>\
             <error_code><![CDATA[20002]]></error_code></xml>",
            Reason::NoBill,
            Some("20002"),
            "No Bill Exist",
        ),
        (
            "<xml><return_code>FAIL</return_code><return_msg>Bill Creating</return_msg></xml>",
            Reason::NotYet,
            None,
            "Bill Creating",
        ),
        (
            "<xml><return_code>SUCCESS</return_code><return_msg>OK</return_msg>\
             <result_code>FAIL</result_code><err_code>BILL_CREATING</err_code>\
             <err_code_des>流水账单创建中</err_code_des></xml>",
            Reason::NotYet,
            Some("BILL_CREATING"),
            "流水账单创建中",
        ),
        (
            "<xml><return_code>SUCCESS</return_code><result_code>FAIL</result_code>\
             <err_code>NO_BILL_EXIST</err_code></xml>",
            Reason::NoBill,
            Some("NO_BILL_EXIST"),
            "",
        ),
        (
            "<xml><return_code>FAIL</return_code><return_msg>SIGN ERROR</return_msg></xml>",
            Reason::Other,
            None,
            "SIGN ERROR",
        ),
    ] {
        let answer = answered(body.as_bytes().to_vec());
        let Ok(Bill::Refused(refusal)) = read(&answer) else { panic!("{body}") };
        assert_eq!(
            (refusal.reason, refusal.code.as_deref(), refusal.message.as_str()),
            (reason, code, message)
        );
    }
}

#[test]
fn a_page_of_a_proxy_is_neither() {
    let page = answered(b"<html><body>502 Bad Gateway</body></html>".to_vec());
    assert!(matches!(read(&page), Err(Unknown::NotVerified(_))));
    assert!(read(&answered(Vec::new())).is_err());
    let down = RawAnswer { status: 502, ..answered(HEADER.as_bytes().to_vec()) };
    assert_eq!(read(&down), Err(Unknown::Busy { status: 502, code: None }));
}
