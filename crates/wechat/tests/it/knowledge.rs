//! The knowledge base: everything in it can be found, in both languages, the surest first.

use std::collections::BTreeSet;

use suanpan_wechat::{
    call::{Rejection, Unknown},
    error::ErrorCode,
    id::RequestId,
    knowledge::{Api, Certainty, Entry, Finding, Party, Sign, Symptom, entries, explain},
};

fn words(text: &str) -> Symptom {
    Symptom::from_words(text.split(' '))
}

fn best(symptom: &Symptom) -> Finding {
    *explain(symptom).first().expect("something is known")
}

/// The symptom that shows exactly what an entry is recognised by.
fn showing(sign: &Sign) -> Symptom {
    Symptom {
        api: Some(sign.api),
        status: sign.status,
        code: sign.code.map(str::to_owned),
        number: sign.number,
        message: sign.message.map(str::to_owned),
        request_id: None,
    }
}

#[test]
fn every_entry_is_found_by_its_own_sign_and_comes_among_the_first() {
    for entry in entries() {
        let findings = explain(&showing(&entry.sign));
        let surest = findings[0].certainty;
        let own = findings.iter().find(|finding| finding.entry == entry).expect("reachable");
        assert_eq!(own.certainty, surest, "{:?}", entry.sign);
        // Each of its signs alone is enough, too.
        for alone in [
            Symptom { number: None, message: None, ..showing(&entry.sign) },
            Symptom { number: None, ..showing(&entry.sign) },
            Symptom { message: None, ..showing(&entry.sign) },
        ] {
            if alone.code.is_some() || alone.number.is_some() || alone.message.is_some() {
                let found = explain(&alone);
                assert!(found.iter().any(|finding| finding.entry == entry), "{alone:?}");
            }
        }
    }
}

#[test]
fn no_two_entries_have_one_sign() {
    let mut seen = BTreeSet::new();
    let mut numbers = BTreeSet::new();
    for Entry { sign, .. } in entries() {
        assert!(seen.insert(format!("{sign:?}")), "{sign:?} twice");
        if let Some(number) = sign.number {
            assert!(numbers.insert((sign.api as u8, number)), "{number} twice");
        }
    }
    assert!(seen.len() > 200, "{} entries", seen.len());
}

#[test]
fn every_entry_speaks_both_languages() {
    let is_chinese = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
    for Entry { sign, cause, cure, .. } in entries() {
        for text in [cause, cure] {
            assert!(
                text.zh.chars().any(is_chinese) && text.zh.ends_with('。'),
                "{sign:?} {text:?}"
            );
            assert!(
                !text.en.chars().any(is_chinese) && text.en.ends_with('.'),
                "{sign:?} {text:?}"
            );
            assert!(!text.zh.contains("  ") && !text.en.contains("  "), "{sign:?}");
        }
    }
}

#[test]
fn every_code_of_v3_is_explained() {
    for code in ErrorCode::KNOWN {
        let symptom = Symptom {
            api: Some(Api::V3),
            code: Some(code.as_str().to_owned()),
            ..Symptom::default()
        };
        assert_eq!(best(&symptom).certainty, Certainty::Code, "{code}");
    }
}

#[test]
fn a_number_is_surer_than_a_message_and_a_message_than_a_code() {
    let exact = best(&words("403 NOT_ENOUGH 268892709"));
    assert_eq!((exact.certainty, exact.entry.party), (Certainty::Number, Party::Console));
    let by_message = best(&words("INVALID_REQUEST 申请退款金额超过订单可退金额"));
    assert_eq!(by_message.certainty, Certainty::Message);
    let by_code = explain(&words("INVALID_REQUEST"));
    assert_eq!(by_code[0].certainty, Certainty::Code);
    assert!(by_code.iter().any(|finding| finding.certainty == Certainty::Possible));
    assert!(by_code.is_sorted_by_key(|finding| finding.certainty));
    // A known number rules other meanings of its code out.
    let with_number = explain(&words("INVALID_REQUEST 268498688"));
    assert!(with_number.iter().all(|finding| finding.certainty < Certainty::Possible));
    // A number nobody knows does not hide what the code says, and rules known numbers out.
    let unknown = explain(&words("INVALID_REQUEST 268999999"));
    assert_eq!(unknown[0].certainty, Certainty::Code);
    assert!(unknown.iter().all(|finding| finding.entry.sign.number.is_none()));
}

#[test]
fn a_status_helps_only_where_nothing_else_is_known() {
    assert_eq!(best(&words("502")).entry.party, Party::Network);
    let with_code = explain(&words("403 NO_AUTH"));
    assert!(with_code.iter().all(|finding| finding.certainty != Certainty::Status));
    assert_eq!(best(&words("403 BRAND_NEW")).certainty, Certainty::Status);
    assert_eq!(explain(&words("BRAND_NEW")), []);
    assert_eq!(explain(&Symptom::default()), []);
}

#[test]
fn spellings_and_synonyms_lead_to_the_same_entry() {
    for (one, other) in [
        ("ORDER_PAID", "ORDERPAID"),
        ("NOAUTH", "NO_AUTH"),
        ("FREQUENCY_LIMITED", "RATELIMIT_EXCEEDED"),
        ("USERPAYING", "USER_PAYING"),
    ] {
        let of = |word| {
            let symptom = Symptom { api: Some(Api::V3), ..words(word) };
            best(&symptom)
        };
        assert_eq!(of(one), of(other));
    }
}

#[test]
fn words_are_told_apart() {
    let symptom =
        words("400 PARAM_ERROR 08DAF1A7B50610FB0318FCB3C05520D5232891CE04-268501013 报错 了");
    assert_eq!((symptom.status, symptom.code.as_deref()), (Some(400), Some("PARAM_ERROR")));
    assert_eq!((symptom.number, symptom.api), (Some(268_501_013), Some(Api::V3)));
    assert_eq!(symptom.message.as_deref(), Some("报错 了"));
    assert_eq!(words("-1").number, Some(-1));
    assert_eq!(words("40029").number, Some(40029));
    assert_eq!(best(&words("40029")).entry.sign.api, Api::OpenPlatform);
    assert_eq!(best(&words("-1")).entry.party, Party::WeChat);
    assert_eq!(
        words("jsapi has no permission").message.as_deref(),
        Some("jsapi has no permission")
    );
}

#[test]
fn pasted_bodies_are_read() {
    let v3 = Symptom::from_paste(
        r#"{"code":"PARAM_ERROR","detail":{"location":"body","value":1},"message":"输入源“/body/out_trade_no”映射到值字段“商户订单号”字符串规则校验失败，字节数 1，小于最小值 6"}"#,
    );
    assert_eq!((v3.api, v3.code.as_deref()), (Some(Api::V3), Some("PARAM_ERROR")));
    assert_eq!(best(&v3).certainty, Certainty::Message);

    let open =
        Symptom::from_paste(r#"{"errcode":40163,"errmsg":"code been used, rid: 652d44d0-1-2"}"#);
    assert_eq!((open.api, open.number), (Some(Api::OpenPlatform), Some(40163)));
    assert_eq!(best(&open).certainty, Certainty::Number);

    let v2 = Symptom::from_paste(
        "<xml>\n<return_code><![CDATA[SUCCESS]]></return_code><return_msg><![CDATA[OK]]></return_msg>\
         <result_code><![CDATA[FAIL]]></result_code><err_code><![CDATA[NOTENOUGH]]></err_code>\
         <err_code_des>余额不足</err_code_des></xml>",
    );
    assert_eq!((v2.api, v2.code.as_deref()), (Some(Api::V2), Some("NOTENOUGH")));
    assert_eq!(v2.message.as_deref(), Some("余额不足"));
    let communication = Symptom::from_paste(
        "<xml><return_code>FAIL</return_code><return_msg><![CDATA[签名错误]]></return_msg></xml>",
    );
    assert_eq!(best(&communication).entry.sign.code, Some("SIGNERROR"));
}

#[test]
fn the_head_of_a_pasted_answer_is_read_too() {
    let answer = "HTTP/1.1 403 Forbidden\r\nServer: nginx\r\n\
        Request-ID: 08DAF1A7B50610FB0318FCB3C05520D5232891CE04-268892709\r\n\r\n\
        {\"code\":\"NOT_ENOUGH\",\"message\":\"基本账户余额不足，请充值后重新发起\"}";
    let symptom = Symptom::from_paste(answer);
    assert_eq!((symptom.status, symptom.number), (Some(403), Some(268_892_709)));
    assert_eq!(best(&symptom).certainty, Certainty::Number);
    let page =
        Symptom::from_paste("HTTP/1.1 502 Bad Gateway\nContent-Type: text/html\n\n<html>…</html>");
    assert_eq!((page.status, page.code), (Some(502), None));
}

#[test]
fn whatever_is_pasted_is_answered() {
    for text in
        ["", " ", "\n\n", "{", "{}", "[]", "null", "<xml>", "<err_code>", ":", "HTTP/", "a: b"]
    {
        let symptom = Symptom::from_paste(text);
        assert!(symptom.code.is_none(), "{text:?}: {symptom:?}");
        assert_eq!(explain(&symptom), [], "{text:?}");
    }
    assert_eq!(Symptom::from_paste("SIGN_ERROR"), words("SIGN_ERROR"));
}

#[test]
fn a_rejection_explains_itself() {
    let rejection = Rejection {
        status: 403,
        code: ErrorCode::NotEnough,
        message: String::new(),
        detail: None,
        request_id: Some(RequestId::new("08DAF1-268892709").unwrap()),
    };
    assert_eq!(best(&Symptom::from(&rejection)).certainty, Certainty::Number);
    let v2 = Rejection { status: 200, request_id: None, ..rejection };
    assert_eq!(best(&Symptom::from(&v2)).entry.sign.api, Api::V2);
    let unsigned = Unknown::Unsigned { message: "签名错误".to_owned() };
    assert_eq!(best(&Symptom::from(&unsigned)).certainty, Certainty::Message);
    let busy = Unknown::Busy { status: 500, code: Some(ErrorCode::SystemError) };
    assert_eq!(best(&Symptom::from(&busy)).entry.party, Party::WeChat);
}
