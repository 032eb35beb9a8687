use std::io::Read as _;

use suanpan_wechat::Timestamp;

use super::*;

const TRADE: &str = "/pay/downloadbill";
const FUND_FLOW: &str = "/pay/downloadfundflow";
const DAY: (&str, &str) = ("bill_date", "20260301");

impl Counter {
    #[track_caller]
    fn fetch(&mut self, target: &str, more: &[(&str, &str)]) -> HttpResponse {
        let call = self.signed(self.call(more));
        self.send(target, written(&call))
    }

    #[track_caller]
    fn refused(&mut self, target: &str, more: &[(&str, &str)]) -> BTreeMap<String, String> {
        let response = self.fetch(target, more);
        read(std::str::from_utf8(&response.body).unwrap(), "xml")
    }

    fn sell_and_wait(&mut self) -> String {
        let transaction_id = self.sell("order-0001", 1000);
        self.till.now = Timestamp::from_unix(NOON.unix() + 22 * 3600);
        transaction_id
    }
}

#[test]
fn a_trade_bill_is_the_file_itself_and_unpacks_to_the_same() {
    let mut counter = Counter::open();
    let transaction_id = counter.sell_and_wait();
    let plain = counter.fetch(TRADE, &[DAY]).body;
    let text = String::from_utf8(plain.clone()).unwrap();
    assert!(text.starts_with("\u{feff}交易时间,公众账号ID,"), "{text}");
    assert!(text.contains(&format!(",`{transaction_id},`order-0001,`")), "{text}");
    assert!(text.ends_with("\r\n"));
    let packed = counter.fetch(TRADE, &[DAY, ("bill_type", "ALL"), ("tar_type", "GZIP")]).body;
    assert_eq!(packed[..2], [0x1f, 0x8b]);
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(&*packed).read_to_end(&mut unpacked).unwrap();
    assert_eq!(unpacked, plain);
}

#[test]
fn a_refused_trade_bill_says_so_in_words_and_numbers_of_its_own() {
    let mut counter = Counter::open();
    let creating = counter.refused(TRADE, &[DAY]);
    assert_eq!((&*creating["return_msg"], &*creating["error_code"]), ("Bill Creating", "20003"));
    counter.sell_and_wait();
    for (more, return_msg, error_code) in [
        (vec![("bill_date", "20260227")], "No Bill Exist", "20002"),
        (vec![DAY, ("bill_type", "RECHARGE_REFUND")], "No Bill Exist", "20002"),
        (vec![DAY, ("bill_type", "all")], "invalid bill_type", "20001"),
        (vec![("bill_date", "2026-03-01")], "data format error", "20001"),
        (vec![], "missing parameter", "20001"),
    ] {
        let said = counter.refused(TRADE, &more);
        assert_eq!(said["return_code"], "FAIL");
        assert_eq!((&*said["return_msg"], &*said["error_code"]), (return_msg, error_code));
        assert!(!said.contains_key("sign"));
    }
    let key = std::mem::replace(&mut counter.key, "0".repeat(32));
    assert_eq!(counter.refused(TRADE, &[DAY])["return_msg"], "SIGN ERROR");
    counter.key = key;
}

#[test]
fn a_fund_flow_bill_wants_hmac_and_carries_its_digest() {
    let mut counter = Counter { hmac: true, ..Counter::open() };
    let basic = [DAY, ("account_type", "Basic")];
    let creating = counter.refused(FUND_FLOW, &basic);
    let (code, text) = (&*creating["err_code"], &*creating["err_code_des"]);
    assert_eq!((code, text), ("BILL_CREATING", "流水账单创建中"));
    assert!(!creating.contains_key("sign"));
    counter.sell_and_wait();
    let response = counter.fetch(FUND_FLOW, &basic);
    let text = String::from_utf8(response.body.clone()).unwrap();
    assert!(text.starts_with("\u{feff}记账时间,微信支付业务单号,"), "{text}");
    let digest =
        aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, &response.body);
    let expected = format!("SHA={}", hex::encode(digest));
    assert_eq!(response.header("Digest"), Some(expected.as_str()));
    let shouted = counter.refused(FUND_FLOW, &[DAY, ("account_type", "BASIC")]);
    assert_eq!(shouted["return_msg"], "account_type参数格式错误");
    let mut md5 = Counter { hmac: false, ..counter };
    assert_eq!(md5.refused(FUND_FLOW, &basic)["return_msg"], "签名类型不支持");
}

#[test]
fn reports_are_taken_without_a_signature_and_addresses_shortened_with_one() {
    let mut counter = Counter::open();
    let report = [
        ("interface_url", "https://api.mch.weixin.qq.com/pay/unifiedorder"),
        ("execute_time_", "120"),
        ("return_code", "SUCCESS"),
        ("user_ip", "203.0.113.9"),
    ];
    let said = counter.refused("/payitil/report", &report);
    assert_eq!((&*said["return_code"], &*said["result_code"]), ("SUCCESS", "SUCCESS"));
    assert!(!said.contains_key("sign"));
    let long = [("long_url", "weixin://wxpay/bizpayurl?sign=A&appid=b")];
    let said = counter.say("/tools/shorturl", &long).ok();
    assert!(said.get("short_url").starts_with("weixin://wxpay/s/"));
    let foreign = counter.say("/tools/shorturl", &[("long_url", "https://shop.example")]);
    assert_eq!(foreign.return_msg(), "long_url参数格式错误");
}
