//! WeChat calling us: threats n03, n04, n08 and n11 in the v2 protocol.

use proptest::prelude::*;
use suanpan_wechat::{
    pay_v2::{
        SignType,
        notify::{ACCEPTED, NotifyError, REFUSED, RefundNotification, payment},
        refund::RefundAccount,
        refund_query::RefundStatus,
        xml::{Fields, XmlError},
    },
    platform::seal_req_info,
    seal::DoesNotOpen,
    secret::ApiV2Key,
    verify::VerifyError,
};

use crate::pay_v2::world::{BOTH, KEY, PAID, fen, fields, foreign_keys, keys, mch_id, signed};

fn changed(change: impl Fn(&str, &str) -> Option<(String, String)>) -> Vec<(String, String)> {
    PAID.iter().filter_map(|(name, value)| change(name, value)).collect()
}

/// The document under the signature of the unchanged one.
fn under_old_signature(sign_type: SignType, pairs: &[(String, String)]) -> Vec<u8> {
    let mut document = Fields::default();
    for (name, value) in pairs {
        // A name that is taken already is left to the tests of the document.
        let _ = document.insert(name, value.as_str());
    }
    let sign = keys(sign_type).sign(&fields(&PAID));
    let _ = document.insert("sign", sign);
    document.to_xml().into_bytes()
}

fn is_believed(sign_type: SignType, body: &[u8]) -> bool {
    payment(&keys(sign_type), body).is_ok()
}

#[test]
fn a_payment_has_the_published_signature() {
    let without_result: Vec<_> = PAID.to_vec();
    for (sign_type, sign) in [
        (SignType::Md5, "A2BE0E3B22473BF10BA84E2CFFEA7EC9"),
        (SignType::HmacSha256, "4C500C306F50B84C4B9480BA920CD2576EBFD6DBA0A6CC84CD888108D6B7BB48"),
    ] {
        assert_eq!(keys(sign_type).sign(&fields(&without_result)), sign);
        let body = signed(&keys(sign_type), &PAID);
        let paid = payment(&keys(sign_type), &body).unwrap().into_inner();
        assert_eq!((paid.merchant.mch_id, paid.total_fee), (mch_id(), fen(300)));
        assert_eq!(paid.merchant.sub_merchant, None, "empty is absent");
        assert_eq!(paid.attach.as_deref(), Some("支付测试"));
        assert_eq!(paid.coupons.len(), 2);
        let forged = payment(&foreign_keys(sign_type), &body);
        assert_eq!(forged, Err(NotifyError::NotVerified(VerifyError::BadSignature)));
    }
}

#[test]
fn n03_a_notification_with_any_field_removed_or_renamed_is_refused() {
    for sign_type in BOTH {
        for (own, _) in PAID.iter().filter(|(_, value)| !value.is_empty()) {
            let kept = |name: &str, value: &str| Some((name.to_owned(), value.to_owned()));
            let removed =
                changed(|name, value| if name == *own { None } else { kept(name, value) });
            let emptied = changed(|name, value| kept(name, if name == *own { "" } else { value }));
            let renamed = changed(|name, value| {
                if name == *own {
                    kept(&name.to_ascii_uppercase(), value)
                } else {
                    kept(name, value)
                }
            });
            for pairs in [removed, emptied, renamed] {
                let body = under_old_signature(sign_type, &pairs);
                assert!(!is_believed(sign_type, &body), "{own}: {pairs:?}");
            }
        }
        let whole = changed(|name, value| Some((name.to_owned(), value.to_owned())));
        assert!(is_believed(sign_type, &under_old_signature(sign_type, &whole)));
    }
}

#[test]
fn n03_no_other_field_stands_in_for_the_signature() {
    for said in [
        "<xml><return_code>FAIL</return_code></xml>",
        "<xml><return_code>SUCCESS</return_code><result_code>SUCCESS</result_code></xml>",
        "<xml><result_code>SUCCESS</result_code></xml>",
        "<xml><Return_Code>success</Return_Code></xml>",
        "<xml></xml>",
    ] {
        let refused = payment(&keys(SignType::Md5), said.as_bytes());
        assert_eq!(refused, Err(NotifyError::NotVerified(VerifyError::NoSign)), "{said}");
    }
}

#[test]
fn n03_a_second_signature_is_no_signature() {
    let body = String::from_utf8(signed(&keys(SignType::Md5), &PAID)).unwrap();
    let twice = body.replace("</xml>", "<sign>0</sign></xml>");
    let refused = payment(&keys(SignType::Md5), twice.as_bytes());
    assert_eq!(refused, Err(NotifyError::NotVerified(XmlError::Duplicate.into())));
    let dear = body.replace("</xml>", "<total_fee>1</total_fee></xml>");
    assert!(payment(&keys(SignType::Md5), dear.as_bytes()).is_err());
}

#[test]
fn n04_a_notification_cannot_choose_how_it_is_checked() {
    for configured in BOTH {
        for used in BOTH {
            for named in [None, Some("MD5"), Some("HMAC-SHA256"), Some("md5"), Some("NONE")] {
                let mut said = PAID.to_vec();
                said.extend(named.map(|named| ("sign_type", named)));
                let agrees = named.is_none_or(|named| named == configured.as_str());
                assert_eq!(
                    is_believed(configured, &signed(&keys(used), &said)),
                    configured == used && agrees,
                    "{configured:?} {used:?} {named:?}"
                );
            }
        }
    }
}

#[test]
fn only_payments_are_notified() {
    for (name, value) in
        [("return_code", "FAIL"), ("result_code", "FAIL"), ("result_code", "success")]
    {
        let said: Vec<_> =
            PAID.iter().map(|(own, old)| (*own, if *own == name { value } else { *old })).collect();
        let refused = payment(&keys(SignType::Md5), &signed(&keys(SignType::Md5), &said));
        assert!(matches!(refused, Err(NotifyError::Malformed(_))), "{name}={value}");
    }
    for field in ["transaction_id", "total_fee", "time_end", "out_trade_no", "mch_id", "appid"] {
        let said: Vec<_> = PAID.iter().filter(|(own, _)| *own != field).copied().collect();
        let refused = payment(&keys(SignType::Md5), &signed(&keys(SignType::Md5), &said));
        assert!(matches!(refused, Err(NotifyError::Malformed(_))), "without {field}");
    }
}

const REQ_INFO: &str = include_str!("../../vectors/v2_req_info.txt");

/// What [`REQ_INFO`] was made of.
const INSIDE: &str = "<root><out_refund_no><![CDATA[131811191610442717309]]></out_refund_no>\
    <out_trade_no><![CDATA[71106718111915575302817]]></out_trade_no>\
    <refund_account><![CDATA[REFUND_SOURCE_RECHARGE_FUNDS]]></refund_account>\
    <refund_fee><![CDATA[3960]]></refund_fee>\
    <refund_id><![CDATA[50000408942018111907145868882]]></refund_id>\
    <refund_recv_accout><![CDATA[支付用户零钱]]></refund_recv_accout>\
    <refund_request_source><![CDATA[API]]></refund_request_source>\
    <refund_status><![CDATA[SUCCESS]]></refund_status>\
    <settlement_refund_fee><![CDATA[3960]]></settlement_refund_fee>\
    <settlement_total_fee><![CDATA[3960]]></settlement_total_fee>\
    <success_time><![CDATA[2018-11-19 16:24:13]]></success_time>\
    <total_fee><![CDATA[3960]]></total_fee>\
    <transaction_id><![CDATA[4200000215201811190261405420]]></transaction_id></root>";

fn refund_notification(req_info: &str) -> String {
    format!(
        "<xml><return_code>SUCCESS</return_code><appid><![CDATA[wx2421b1c4370ec43b]]></appid>\
         <mch_id><![CDATA[10000100]]></mch_id><nonce_str><![CDATA[TeqClE3i0mvn3DrK]]></nonce_str>\
         <req_info><![CDATA[{req_info}]]></req_info></xml>"
    )
}

#[test]
fn a_refunds_notification_opens_as_published() {
    let body = refund_notification(REQ_INFO.trim());
    let notification = RefundNotification::read(body.as_bytes()).unwrap();
    // The digest of signatures has no part in it.
    for sign_type in BOTH {
        let hint = notification.open(&keys(sign_type)).unwrap();
        assert_eq!(hint.merchant.mch_id, mch_id());
        assert_eq!(hint.out_refund_no.as_str(), "131811191610442717309");
        assert_eq!(hint.out_trade_no.as_str(), "71106718111915575302817");
        assert_eq!(hint.refund_id.as_str(), "50000408942018111907145868882");
        assert_eq!(hint.transaction_id.as_str(), "4200000215201811190261405420");
        assert_eq!((hint.refund_fee, hint.total_fee), (fen(3960), fen(3960)));
        assert_eq!(hint.refund_status, RefundStatus::Success);
        assert_eq!(hint.success_time, Some("2018-11-19T16:24:13+08:00".parse().unwrap()));
        assert_eq!(hint.refund_recv_account.as_deref(), Some("支付用户零钱"));
        assert_eq!(hint.refund_account, Some(RefundAccount::Recharge));
        assert_eq!(hint.refund_request_source.as_deref(), Some("API"));
        assert_eq!(notification.open(&foreign_keys(sign_type)), Err(DoesNotOpen));
    }
}

#[test]
fn a_refunds_notification_is_sealed_as_published() {
    let key = ApiV2Key::new(KEY).unwrap();
    assert_eq!(seal_req_info(&key, INSIDE), REQ_INFO.trim());
}

#[test]
fn a_refunds_notification_that_is_none_is_refused() {
    let body = refund_notification(REQ_INFO.trim());
    for broken in [
        body.replace("SUCCESS", "FAIL"),
        body.replace("req_info", "req_Info"),
        body.replace("mch_id", "mch_Id"),
        refund_notification(""),
        refund_notification("not Base64!"),
    ] {
        assert!(RefundNotification::read(broken.as_bytes()).is_err(), "{broken}");
    }
    for closed in ["AA==", "dG+e02+mWj87Znr0bW+tvw=="] {
        let body = refund_notification(closed);
        let notification = RefundNotification::read(body.as_bytes()).unwrap();
        assert_eq!(notification.open(&keys(SignType::Md5)), Err(DoesNotOpen));
    }
}

#[test]
fn what_we_answer_is_what_wechat_reads() {
    let accepted = Fields::read(ACCEPTED.as_bytes()).unwrap();
    let said = [accepted.get("return_code"), accepted.get("return_msg")];
    assert_eq!(said, [Some("SUCCESS"), Some("OK")]);
    let refused = Fields::read(REFUSED.as_bytes()).unwrap();
    assert_eq!(refused.get("return_code"), Some("FAIL"));
}

proptest! {
    #[test]
    fn n09_a_notification_with_any_value_changed_is_refused(
        sign_type in prop::sample::select(BOTH.to_vec()),
        at in 0..PAID.len(),
        value in "[ -~]{0,24}",
    ) {
        let (own, old) = PAID[at];
        prop_assume!(value != old);
        let pairs = changed(|name, value_before| {
            let now = if name == own { value.as_str() } else { value_before };
            Some((name.to_owned(), now.to_owned()))
        });
        let body = under_old_signature(sign_type, &pairs);
        prop_assert!(!is_believed(sign_type, &body), "{own}={value:?}");
    }

    #[test]
    fn n09_a_notification_with_a_field_added_is_refused(
        sign_type in prop::sample::select(BOTH.to_vec()),
        name in "[a-z_]{1,12}",
        value in "[ -~]{1,24}",
    ) {
        prop_assume!(name != "sign" && !PAID.iter().any(|(own, _)| *own == name));
        let whole = changed(|name, value| Some((name.to_owned(), value.to_owned())));
        let pairs: Vec<_> = whole.into_iter().chain([(name, value)]).collect();
        prop_assert!(!is_believed(sign_type, &under_old_signature(sign_type, &pairs)));
    }

    #[test]
    fn n03_a_notification_under_any_other_sign_is_refused(
        sign_type in prop::sample::select(BOTH.to_vec()),
        sign in "[0-9A-Fa-f]{0,65}",
    ) {
        let right = keys(sign_type).sign(&fields(&PAID));
        prop_assume!(sign != right);
        let mut document = fields(&PAID);
        document.insert("sign", sign).unwrap();
        prop_assert!(!is_believed(sign_type, document.to_xml().as_bytes()));
        let mut lower = fields(&PAID);
        lower.insert("sign", right.to_lowercase()).unwrap();
        prop_assert!(!is_believed(sign_type, lower.to_xml().as_bytes()));
    }

    #[test]
    fn any_ciphertext_opens_or_does_not(bytes in proptest::collection::vec(any::<u8>(), 0..96)) {
        use base64::Engine as _;
        let req_info = base64::engine::general_purpose::STANDARD.encode(bytes);
        if let Ok(notification) = RefundNotification::read(refund_notification(&req_info).as_bytes()) {
            prop_assert_eq!(notification.open(&keys(SignType::Md5)), Err(DoesNotOpen));
        }
    }
}
