//! Subscribe messages.

use serde_json::json;
use suanpan_wechat::{
    miniprogram::subscribe_message::{
        Language, MiniprogramState, Page, Send, TemplateData, TemplateId,
    },
    open_api::{ErrCode, OpenOutcome},
};

use super::{answered, openid, sent};

fn message() -> Send {
    Send {
        touser: openid(),
        template_id: TemplateId::new("-4ssYtSDBoh9xBYnRTzmpbCLNJWS").unwrap(),
        page: Some(Page::new("pages/order?id=7").unwrap()),
        data: TemplateData::default()
            .with("thing1", "咖啡豆")
            .and_then(|data| data.with("amount2", "¥19.90"))
            .unwrap(),
        miniprogram_state: MiniprogramState::Formal,
        lang: Language::ZhCn,
    }
}

#[test]
fn a_message_has_the_pages_members() {
    assert_eq!(
        sent(&message(), "/cgi-bin/message/subscribe/send"),
        json!({
            "touser": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o",
            "template_id": "-4ssYtSDBoh9xBYnRTzmpbCLNJWS",
            "page": "pages/order?id=7",
            "data": {"thing1": {"value": "咖啡豆"}, "amount2": {"value": "¥19.90"}},
            "miniprogram_state": "formal",
            "lang": "zh_CN",
        })
    );
    let refused = answered(
        &message(),
        r#"{"errcode":43101,"errmsg":"user refuse to accept the msg rid: 652d44d0-1d0af18b-5b069232"}"#,
    );
    let OpenOutcome::Rejected(refusal) = refused else { panic!("refused") };
    assert_eq!(refusal.errcode, ErrCode::MESSAGE_REFUSED);
}

#[test]
fn every_kind_of_value_has_its_rule() {
    let fits = |member: &str, value: &str| TemplateData::default().with(member, value).is_ok();
    for (member, good, bad) in [
        ("thing1", "字".repeat(20), "字".repeat(21)),
        ("number2", "12.5".to_owned(), "twelve".to_owned()),
        ("letter3", "abc".to_owned(), "abc1".to_owned()),
        ("symbol4", "+-*".to_owned(), "+a".to_owned()),
        ("character_string5", "A-1".to_owned(), "单号".to_owned()),
        ("time6", "15:01".to_owned(), String::new()),
        ("date7", "2019年10月1日 15:01".to_owned(), "x".repeat(65)),
        ("amount8", "100元".to_owned(), "1,00".to_owned()),
        ("amount9", "¥0.01".to_owned(), "¥12345678901".to_owned()),
        ("phone_number10", "+86-0766-66888866".to_owned(), "x".to_owned()),
        ("car_number11", "粤A8Z888挂".to_owned(), "粤A8Z888挂车x".to_owned()),
        ("name12", "abcdefghijklmnopqrst".to_owned(), "字".repeat(11)),
        ("phrase13", "配送中".to_owned(), "字".repeat(6)),
    ] {
        assert!(fits(member, &good), "{member}: {good}");
        assert!(!fits(member, &bad), "{member}: {bad}");
        assert!(!fits(member, ""), "{member}");
        assert!(!fits(member, "a\nb"), "{member}");
    }
    for member in ["", "thing", "1", "unheard1", "thing1x"] {
        assert!(!fits(member, "x"), "{member}");
    }
}
