//! What WeChat answers, and what it means: success, rejected, unknown.

use suanpan_wechat::{
    call::{Outcome, RawAnswer, Unknown},
    error::ErrorCode,
    id::{OutRefundNo, RefundId},
    pay::{TradeState, TradeType, codepay::AuthCode},
    pay_v2::{
        Call, Merchant, Number, SignType,
        close::Close,
        judge,
        micropay::{Charge, CodeToOpenid, Reverse},
        order::{Front, Order, Prepay},
        paid::CouponType,
        query::Query,
        refund,
        refund_query::{RefundChannel, RefundNumber, RefundQuery, RefundStatus},
    },
    verify::VerifyError,
};

use crate::pay_v2::world::{
    BOTH, PAID, answer, answered, fen, fields, foreign_keys, keys, merchant, out_trade_no,
    purchase, signed,
};

fn prepay(front: Front) -> Prepay {
    let notify_url = "https://example.com/notify".to_owned().try_into().unwrap();
    let order = Order { purchase: purchase(), notify_url, front, identity: None };
    Prepay { parameters: order.parameters().unwrap() }
}

fn query() -> Query {
    let number = Number::OutTradeNo(out_trade_no("1409811653"));
    Query { merchant: merchant(), number, with_promotions: false }
}

fn succeeded<C: Call>(call: &C, pairs: &[(&str, &str)]) -> C::Answer {
    let keys = keys(SignType::HmacSha256);
    let all: Vec<_> = [("result_code", "SUCCESS")].iter().chain(pairs).copied().collect();
    match judge(call, &answer(&keys, &all), &keys) {
        Outcome::Success(verified) => verified.into_inner(),
        Outcome::Rejected(rejection) => panic!("{rejection:?}"),
        Outcome::Unknown(unknown) => panic!("{unknown:?}"),
    }
}

fn unknown<C: Call<Answer: std::fmt::Debug>>(call: &C, answer: &RawAnswer) -> Unknown {
    match judge(call, answer, &keys(SignType::Md5)) {
        Outcome::Unknown(unknown) => unknown,
        other => panic!("{other:?}"),
    }
}

fn refused<C: Call<Answer: std::fmt::Debug>>(call: &C, code: &str) -> Option<ErrorCode> {
    let keys = keys(SignType::Md5);
    let refusal = [("result_code", "FAIL"), ("err_code", code), ("err_code_des", "为什么")];
    match judge(call, &answer(&keys, &refusal), &keys) {
        Outcome::Rejected(rejection) => {
            assert_eq!(rejection.message, "为什么");
            Some(rejection.code)
        }
        Outcome::Unknown(Unknown::Busy { status: 200, code: Some(_) }) => None,
        other => panic!("{other:?}"),
    }
}

const PREPAID: [(&str, &str); 8] = [
    ("return_code", "SUCCESS"),
    ("return_msg", "OK"),
    ("appid", "wx2421b1c4370ec43b"),
    ("mch_id", "10000100"),
    ("nonce_str", "IITRi8Iabbblz1Jc"),
    ("result_code", "SUCCESS"),
    ("prepay_id", "wx170921450623475718059438f1c2a00000"),
    ("trade_type", "APP"),
];

#[test]
fn an_order_is_answered_with_the_published_signature() {
    let jsapi: Vec<_> = PREPAID
        .into_iter()
        .map(|(name, value)| (name, if name == "trade_type" { "JSAPI" } else { value }))
        .collect();
    for (sign_type, sign) in [
        (SignType::Md5, "0898281FB4394BE18F02249DD764C954"),
        (SignType::HmacSha256, "A458F8D70C6D48067B7CC793BAEF2DB20966E9B0D39D818ACAF78025C656E04F"),
    ] {
        let keys = keys(sign_type);
        assert_eq!(keys.sign(&fields(&jsapi)), sign);
        let outcome = judge(&prepay(Front::App), &answered(signed(&keys, &PREPAID)), &keys);
        let Outcome::Success(prepaid) = outcome else { panic!("{outcome:?}") };
        let prepaid = prepaid.get();
        assert_eq!(prepaid.prepay_id.as_str(), "wx170921450623475718059438f1c2a00000");
        assert_eq!(prepaid.trade_type, TradeType::App);
    }
}

#[test]
fn each_front_end_gets_what_it_opens_the_cashier_with() {
    let native = prepay(Front::Native { product_id: None });
    let bare = [("result_code", "SUCCESS"), ("prepay_id", "wx1"), ("trade_type", "NATIVE")];
    let code_url = "weixin://wxpay/bizpayurl/up?pr=NwY5Mz9&groupid=00";
    let prepaid = succeeded(&native, &[&bare[1..], &[("code_url", code_url)]].concat());
    assert_eq!(prepaid.code_url.as_deref(), Some(code_url));
    let nothing_to_scan = answer(&keys(SignType::Md5), &bare);
    assert!(matches!(unknown(&native, &nothing_to_scan), Unknown::Malformed(_)));
}

/// Without its signature, whatever else stands in it, an answer is not believed.
#[test]
fn n03_an_answer_without_its_signature_is_unknown() {
    let keys = keys(SignType::Md5);
    let call = prepay(Front::App);
    let text = String::from_utf8(signed(&keys, &PREPAID)).unwrap();
    let unsigned = &text[..text.find("<sign>").unwrap()];
    for (without, error) in [
        (format!("{unsigned}</xml>"), VerifyError::NoSign),
        (format!("{unsigned}<sign/></xml>"), VerifyError::NoSign),
        (text.replace("sign>", "Sign>"), VerifyError::NoSign),
        (text.replace("SUCCESS", "success"), VerifyError::BadSignature),
        (text.replace("return_code", "Return_code"), VerifyError::BadSignature),
        (
            text.replacen("<return_code><![CDATA[SUCCESS]]></return_code>", "", 1),
            VerifyError::BadSignature,
        ),
        (text.replace("prepay_id", "prepay_Id"), VerifyError::BadSignature),
    ] {
        let answer = answered(without.into_bytes());
        assert_eq!(unknown(&call, &answer), Unknown::NotVerified(error), "{answer:?}");
    }
    let lower = text.to_ascii_lowercase();
    assert!(matches!(unknown(&call, &answered(lower.into())), Unknown::NotVerified(_)));
}

#[test]
fn n03_an_unsigned_refusal_is_not_a_refusal() {
    for (body, said) in [
        (
            "<xml><return_code><![CDATA[FAIL]]></return_code><return_msg><![CDATA[签名错误]]></return_msg></xml>",
            "签名错误",
        ),
        ("<xml><return_code>FAIL</return_code></xml>", ""),
        (
            "<xml><return_code>FAIL</return_code><result_code>FAIL</result_code><err_code>ORDERNOTEXIST</err_code></xml>",
            "",
        ),
    ] {
        let answer = answered(body.as_bytes().to_vec());
        let expected = Unknown::Unsigned { message: said.to_owned() };
        assert_eq!(unknown(&query(), &answer), expected);
        assert_eq!(unknown(&prepay(Front::App), &answer), expected);
    }
}

#[test]
fn what_no_program_of_wechats_says_is_unknown() {
    let call = query();
    for status in [301, 400, 404, 500, 502] {
        let answer = RawAnswer { status, ..answered(signed(&keys(SignType::Md5), &PREPAID)) };
        assert_eq!(unknown(&call, &answer), Unknown::Busy { status, code: None });
    }
    for body in ["", "<html><body>502</body></html>", "{\"code\":\"SUCCESS\"}"] {
        let answer = answered(body.as_bytes().to_vec());
        let not_xml = unknown(&call, &answer);
        assert!(matches!(not_xml, Unknown::NotVerified(VerifyError::NotXml(_))), "{not_xml:?}");
    }
    let keys = keys(SignType::Md5);
    for (name, odd) in [("return_code", "YES"), ("result_code", "YES"), ("result_code", "")] {
        let answer = answer(&keys, &[(name, odd)]);
        assert!(matches!(unknown(&call, &answer), Unknown::Malformed(_)), "{name}={odd}");
    }
    let nameless = answer(&keys, &[("result_code", "FAIL")]);
    assert!(matches!(unknown(&call, &nameless), Unknown::Malformed(_)));
}

/// The signature does not bind an answer to its request: the fields both have must agree.
#[test]
fn n13_an_answer_to_another_request_is_unknown() {
    let keys = keys(SignType::Md5);
    let paid = [&PAID[..], &[("trade_state", "SUCCESS")]].concat();
    assert!(matches!(judge(&query(), &answer(&keys, &paid), &keys), Outcome::Success(_)));
    let other: Merchant = Merchant { mch_id: "10000101".parse().unwrap(), ..merchant() };
    let questions = [
        Query { merchant: other, ..query() },
        Query { number: Number::OutTradeNo(out_trade_no("1409811654")), ..query() },
        Query {
            number: Number::TransactionId("1004400740201409030005092169".parse().unwrap()),
            ..query()
        },
    ];
    for question in questions {
        let unknown = unknown(&question, &answer(&keys, &paid));
        assert!(matches!(unknown, Unknown::Malformed(_)), "{unknown:?}");
    }
    for missing in ["appid", "mch_id"] {
        let anonymous: Vec<_> = paid.iter().filter(|(name, _)| *name != missing).copied().collect();
        let unknown = unknown(&query(), &answered(signed(&keys, &anonymous)));
        assert!(matches!(unknown, Unknown::Malformed(_)), "{unknown:?}");
    }
}

#[test]
fn refusals_are_told_from_not_knowing() {
    let order = prepay(Front::App);
    for (code, expected) in [
        ("ORDERPAID", Some(ErrorCode::OrderPaid)),
        ("ORDERCLOSED", Some(ErrorCode::OrderClosed)),
        ("INVALID_REQUEST", Some(ErrorCode::InvalidRequest)),
        ("OUT_TRADE_NO_USED", Some(ErrorCode::OutTradeNoUsed)),
        ("NOAUTH", Some(ErrorCode::NoAuth)),
        ("SYSTEMERROR", None),
        ("BANKERROR", None),
        ("FREQUENCY_LIMITED", None),
    ] {
        assert_eq!(refused(&order, code), expected, "{code}");
    }
    assert_eq!(refused(&query(), "ORDERNOTEXIST"), Some(ErrorCode::OrderNotExist));
    let refund = refund_of(100);
    for code in ["SYSTEMERROR", "BIZERR_NEED_RETRY", "NOTENOUGH", "INVALID_REQ_TOO_MUCH"] {
        assert_eq!(refused(&refund, code), None, "{code}");
    }
    for code in ["REFUND_FEE_MISMATCH", "TRADE_OVERDUE", "BRAND_NEW"] {
        assert_eq!(refused(&refund, code), Some(ErrorCode::Other(code.to_owned())));
    }
}

#[test]
fn o17_a_pending_password_is_not_a_failure() {
    let auth_code = AuthCode::new("120061098828009406").unwrap();
    let charge = Charge::new(&purchase(), &auth_code).unwrap();
    for code in ["USERPAYING", "SYSTEMERROR", "BANKERROR", "BRAND_NEW", "ERROR"] {
        assert_eq!(refused(&charge, code), None, "{code}");
    }
    for code in [
        "AUTHCODEEXPIRE",
        "AUTH_CODE_ERROR",
        "AUTH_CODE_INVALID",
        "NOTENOUGH",
        "NOTSUPORTCARD",
        "BUYER_MISMATCH",
        "ORDERPAID",
        "ORDERCLOSED",
        "ORDERREVERSED",
        "OUT_TRADE_NO_USED",
        "NOAUTH",
        "TRADE_ERROR",
        "PARAM_ERROR",
        "INVALID_REQUEST",
        "LACK_PARAMS",
        "XML_FORMAT_ERROR",
        "REQUIRE_POST_METHOD",
        "SIGNERROR",
        "NOT_UTF8",
        "APPID_NOT_EXIST",
        "MCHID_NOT_EXIST",
        "APPID_MCHID_NOT_MATCH",
    ] {
        assert!(refused(&charge, code).is_some(), "{code}");
    }
}

#[test]
fn a_paid_order_is_known_in_full() {
    let queried = succeeded(&query(), &[&PAID[2..], &[("trade_state", "REFUND")]].concat());
    assert_eq!(queried.trade_state, TradeState::Refund);
    let paid = queried.paid.unwrap();
    assert_eq!((paid.total_fee, paid.cash_fee), (fen(300), Some(fen(0))));
    assert_eq!(paid.settlement_total_fee, Some(fen(100)));
    assert_eq!(paid.time_end, "2014-09-03T13:15:40+08:00".parse().unwrap());
    assert_eq!(paid.is_subscribe, Some(false));
    let coupons: Vec<_> = paid
        .coupons
        .iter()
        .map(|c| (c.kind.clone().unwrap(), c.id.as_str(), c.fee.count()))
        .collect();
    assert_eq!(coupons, [(CouponType::Cash, "10000", 100), (CouponType::NoCash, "10001", 200)]);
}

#[test]
fn an_unpaid_order_is_not_a_payment() {
    let keys = keys(SignType::Md5);
    let unpaid = [
        ("result_code", "SUCCESS"),
        ("out_trade_no", "1409811653"),
        ("trade_state", "NOTPAY"),
        ("trade_state_desc", "订单未支付"),
    ];
    let Outcome::Success(queried) = judge(&query(), &answer(&keys, &unpaid), &keys) else {
        panic!("an answer")
    };
    assert_eq!(queried.get().trade_state, TradeState::NotPay);
    assert!(queried.paid().is_none());
    // Reversed after it was paid: all is told, and nothing is paid.
    let revoked = [&PAID[..], &[("trade_state", "REVOKED")]].concat();
    let Outcome::Success(queried) = judge(&query(), &answer(&keys, &revoked), &keys) else {
        panic!("an answer")
    };
    assert!(queried.get().paid.is_some());
    assert!(queried.paid().is_none());
    // Said to be paid, but not by whom or how much: that is no statement.
    let vague =
        [("result_code", "SUCCESS"), ("out_trade_no", "1409811653"), ("trade_state", "SUCCESS")];
    assert!(matches!(unknown(&query(), &answer(&keys, &vague)), Unknown::Malformed(_)));
}

#[test]
fn a_charge_is_answered_with_a_payment() {
    let auth_code = AuthCode::new("120061098828009406").unwrap();
    let charge = Charge::new(&purchase(), &auth_code).unwrap();
    let pairs = [
        ("trade_type", "MICROPAY"),
        ("openid", "oUpF8uN95-Ptaags6E_roPHg7AG0"),
        ("total_fee", "1"),
        ("transaction_id", "1008450740201411110005820873"),
        ("out_trade_no", "1415659990"),
        ("time_end", "20141111170043"),
    ];
    let paid = succeeded(&charge, &pairs);
    assert_eq!((paid.trade_type, paid.total_fee), (TradeType::Micropay, fen(1)));
    // Another amount than the one charged is not the answer to this charge.
    let keys = keys(SignType::Md5);
    let mut dear = pairs.to_vec();
    dear[2].1 = "100";
    dear.push(("result_code", "SUCCESS"));
    assert!(matches!(unknown(&charge, &answer(&keys, &dear)), Unknown::Malformed(_)));
}

fn refund_of(refund_fee: i64) -> refund::Create {
    let order = refund::Order {
        merchant: merchant(),
        number: Number::TransactionId("1008450740201411110005820873".parse().unwrap()),
        out_refund_no: OutRefundNo::new("1415701182").unwrap(),
        total_fee: fen(300),
        refund_fee: fen(refund_fee),
        refund_desc: None,
        refund_account: None,
        notify_url: None,
        goods_detail: Vec::new(),
    };
    refund::Create { parameters: order.parameters().unwrap() }
}

#[test]
fn an_accepted_refund_tells_its_coupons() {
    let pairs = [
        ("transaction_id", "1008450740201411110005820873"),
        ("out_trade_no", "1415757673"),
        ("out_refund_no", "1415701182"),
        ("refund_id", "2008450740201411110000174436"),
        ("refund_channel", ""),
        ("refund_fee", "100"),
        ("total_fee", "300"),
        ("cash_fee", "100"),
        ("cash_refund_fee", "70"),
        ("coupon_refund_fee", "30"),
        ("coupon_refund_count", "1"),
        ("coupon_refund_id_0", "10000"),
        ("coupon_refund_fee_0", "30"),
    ];
    let accepted = succeeded(&refund_of(100), &pairs);
    assert_eq!(accepted.refund_id.as_str(), "2008450740201411110000174436");
    assert_eq!((accepted.cash_refund_fee, accepted.coupons.len()), (Some(fen(70)), 1));
    assert_eq!((accepted.coupons[0].fee, accepted.coupons[0].kind.as_ref()), (fen(30), None));
    let keys = keys(SignType::Md5);
    let all = [&[("result_code", "SUCCESS")], &pairs[..]].concat();
    assert!(matches!(unknown(&refund_of(99), &answer(&keys, &all)), Unknown::Malformed(_)));
}

const REFUNDS: [(&str, &str); 23] = [
    ("transaction_id", "1008450740201411110005820873"),
    ("out_trade_no", "1415757673"),
    ("total_fee", "300"),
    ("cash_fee", "270"),
    ("fee_type", "CNY"),
    ("refund_count", "2"),
    ("out_refund_no_0", "1415701182"),
    ("refund_id_0", "2008450740201411110000174436"),
    ("refund_channel_0", "ORIGINAL"),
    ("refund_fee_0", "100"),
    ("refund_status_0", "SUCCESS"),
    ("refund_account_0", "REFUND_SOURCE_UNSETTLED_FUNDS"),
    ("refund_recv_accout_0", "支付用户零钱"),
    ("refund_success_time_0", "2016-07-25 15:26:26"),
    // A total here; in the answer to a refund the same name is a coupon.
    ("coupon_refund_fee_0", "30"),
    ("coupon_refund_count_0", "1"),
    ("coupon_type_0_0", "CASH"),
    ("coupon_refund_id_0_0", "10000"),
    ("coupon_refund_fee_0_0", "30"),
    ("out_refund_no_1", "1415701183"),
    ("refund_id_1", "2008450740201411110000174437"),
    ("refund_fee_1", "50"),
    ("refund_status_1", "CHANGE"),
];

#[test]
fn numbered_refunds_are_a_list() {
    let number = RefundNumber::OutTradeNo(out_trade_no("1415757673"));
    let all = RefundQuery { merchant: merchant(), number, offset: None };
    let refunds = succeeded(&all, &REFUNDS);
    let [first, second] = &refunds.refunds[..] else { panic!("two refunds") };
    assert_eq!(first.refund_status, RefundStatus::Success);
    assert_eq!(first.refund_channel, Some(RefundChannel::Original));
    assert_eq!(first.refund_recv_account.as_deref(), Some("支付用户零钱"));
    assert_eq!(first.refund_success_time, Some("2016-07-25T15:26:26+08:00".parse().unwrap()));
    assert_eq!((first.coupon_refund_fee, first.coupons.len()), (Some(fen(30)), 1));
    assert_eq!((second.refund_status.clone(), second.refund_fee), (RefundStatus::Change, fen(50)));
    assert!(second.coupons.is_empty());
}

#[test]
fn a_refund_query_is_answered_about_what_was_asked() {
    let keys = keys(SignType::Md5);
    let answered = [&[("result_code", "SUCCESS")], &REFUNDS[..]].concat();
    for number in [
        RefundNumber::OutRefundNo(OutRefundNo::new("1415701182").unwrap()),
        RefundNumber::RefundId(RefundId::new("2008450740201411110000174436").unwrap()),
    ] {
        let one = RefundQuery { merchant: merchant(), number, offset: None };
        let unknown = unknown(&one, &answer(&keys, &answered));
        assert!(matches!(unknown, Unknown::Malformed(_)), "two refunds for one number");
    }
    let number = RefundNumber::OutTradeNo(out_trade_no("1415757673"));
    let all = RefundQuery { merchant: merchant(), number, offset: None };
    let mut short = answered.clone();
    short.retain(|(name, _)| *name != "refund_status_1");
    assert!(matches!(unknown(&all, &answer(&keys, &short)), Unknown::Malformed(_)));
    let endless: Vec<_> = answered
        .iter()
        .map(|(name, value)| {
            (*name, if *name == "refund_count" { "18446744073709551615" } else { value })
        })
        .collect();
    assert!(matches!(unknown(&all, &answer(&keys, &endless)), Unknown::Malformed(_)));
}

#[test]
fn the_smaller_answers_are_read() {
    let close = Close { merchant: merchant(), out_trade_no: out_trade_no("1415757673") };
    succeeded(&close, &[("result_msg", "OK")]);
    let number = || Number::OutTradeNo(out_trade_no("1415757673"));
    let reverse = Reverse { merchant: merchant(), number: number() };
    assert!(succeeded(&reverse, &[("recall", "Y")]).recall);
    assert!(!succeeded(&reverse, &[("recall", "N")]).recall);
    let keys = keys(SignType::Md5);
    for odd in [("recall", "n"), ("recall", "")] {
        let answer = answer(&keys, &[("result_code", "SUCCESS"), odd]);
        assert!(matches!(unknown(&reverse, &answer), Unknown::Malformed(_)), "{odd:?}");
    }
    let auth_code = AuthCode::new("120061098828009406").unwrap();
    let owner = succeeded(
        &CodeToOpenid { merchant: merchant(), auth_code },
        &[("openid", "oUpF8uN95-Ptaags6E_roPHg7AG0")],
    );
    assert_eq!(owner.openid.as_str(), "oUpF8uN95-Ptaags6E_roPHg7AG0");
}

#[test]
fn n04_the_digest_is_the_configured_one() {
    for configured in BOTH {
        for used in BOTH {
            for named in ["", "MD5", "HMAC-SHA256", "md5", "NONE"] {
                let pairs: Vec<_> = PREPAID.into_iter().chain([("sign_type", named)]).collect();
                let answer = answered(signed(&keys(used), &pairs));
                let outcome = judge(&prepay(Front::App), &answer, &keys(configured));
                let is_believed = matches!(outcome, Outcome::Success(_));
                let agrees = named.is_empty() || named == configured.as_str();
                assert_eq!(
                    is_believed,
                    configured == used && agrees,
                    "{configured:?} {used:?} {named}"
                );
            }
        }
    }
}

#[test]
fn k05_a_key_that_was_changed_is_believed_for_a_while() {
    let sign_type = SignType::HmacSha256;
    let previous = suanpan_wechat::secret::ApiV2Key::new(crate::pay_v2::world::KEY).unwrap();
    let changed = foreign_keys(sign_type);
    let answer = answered(signed(&keys(sign_type), &PREPAID));
    let outcome = judge(&prepay(Front::App), &answer, &changed);
    assert_eq!(outcome, Outcome::Unknown(Unknown::NotVerified(VerifyError::BadSignature)));
    let rotating = changed.with_previous(previous);
    assert!(matches!(judge(&prepay(Front::App), &answer, &rotating), Outcome::Success(_)));
    assert_ne!(rotating.sign(&fields(&PREPAID)), keys(sign_type).sign(&fields(&PREPAID)));
}
