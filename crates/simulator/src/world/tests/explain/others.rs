//! The other signatures: the cashier's second one, those of pages, and WeChat's own.

use std::collections::BTreeMap;

use super::*;

/// What the till hands to the cashier, with one thing changed.
fn invoked(till: &mut Till, change: impl FnOnce(&mut Invoke)) -> Invoke {
    let prepay_id = till.prepay_id("order-0001", 100);
    let mut invoke = till.invoke(&prepay_id);
    change(&mut invoke);
    invoke
}

fn told(till: &Till, body: Value) -> Explanation {
    question(till, "wx.requestPayment", body)
}

fn question(till: &Till, url: &str, body: Value) -> Explanation {
    let question = Question {
        method: "POST".to_owned(),
        url: url.to_owned(),
        headers: BTreeMap::new(),
        body: body.to_string(),
        body_base64: None,
        client_string: None,
    };
    till.world.inquire(question, till.times()).answer()
}

fn names(told: &Explanation) -> Vec<&str> {
    told.mistakes.iter().map(|known| &*known.name).collect()
}

/// Every row is a string somebody signs in place of the four lines.
#[test]
fn a_wrong_second_signature_is_explained() {
    let mut till = Till::open();
    let invoke = invoked(&mut till, |_| {});
    let [time, nonce, package] = ["timeStamp", "nonceStr", "package"]
        .map(|name| invoke.params[name].as_str().unwrap().to_owned());
    let app = pool::MINI_PROGRAM;
    let other = pool::OFFICIAL_ACCOUNT;
    let id = package.strip_prefix("prepay_id=").unwrap();
    let rows = [
        (format!("{app}\n{time}\n{nonce}\n{package}"), "last_newline_missing"),
        (format!("{app}\n{time}\n{nonce}\n{id}\n"), "second_package_without_prefix"),
        (format!("{other}\n{time}\n{nonce}\n{package}\n"), "second_other_appid"),
        (format!("{app}\n{nonce}\n{time}\n{package}\n"), "second_lines_other_order"),
        (format!("{app}\n{time}\n{nonce}\n{package}\nRSA\n"), "second_sign_type_signed"),
        (format!("{time}\n{nonce}\n{package}\n"), "second_line_left_out"),
        (format!("{app}\n{time}000\n{nonce}\n{package}\n"), "timestamp_milliseconds"),
        (
            format!("appId={app}&nonceStr={nonce}&package={package}&signType=RSA&timeStamp={time}"),
            "second_string_of_fields",
        ),
    ];
    for (signed, name) in rows {
        let mut invoke = invoke.clone();
        invoke.params["paySign"] = till.key.sign(signed.as_bytes()).into();
        let told = told(&till, serde_json::to_value(&invoke).unwrap());
        assert_eq!((names(&told), told.signed.as_deref()), (vec![name], Some(signed.as_str())));
        let bare = told_bare(&till, &invoke);
        assert_eq!(names(&bare), [name], "the bare object of a mini program");
    }
}

fn told_bare(till: &Till, invoke: &Invoke) -> Explanation {
    told(till, Value::Object(invoke.params.clone()))
}

#[test]
fn the_cashier_says_why_it_refuses() {
    let mut till = Till::open();
    let invoke = invoked(&mut till, |invoke| {
        let stranger = Till::of(1, 7);
        let message = format!(
            "{}\n{}\n{}\n{}\n",
            pool::MINI_PROGRAM,
            invoke.params["timeStamp"].as_str().unwrap(),
            invoke.params["nonceStr"].as_str().unwrap(),
            invoke.params["package"].as_str().unwrap(),
        );
        invoke.params["paySign"] = stranger.key.sign(message.as_bytes()).into();
    });
    let command = PayCommand {
        by: PayBy::Invoke(invoke),
        user: "amei".to_owned(),
        method: Method::Balance,
        outcome: Outcome::Success,
        pin: None,
    };
    let refusal = till.world.pay(&command, till.times()).unwrap_err();
    till.world.audit().unwrap();
    assert_eq!(refusal.text, "支付签名验证失败");
    let told = refusal.explanation.unwrap();
    assert_eq!(names(&told), ["key_of_other_merchant"]);
    assert_eq!(told.key.as_ref().unwrap().mchid, pool::MERCHANTS[1]);
}

#[test]
fn a_digest_of_v2_is_no_second_signature_of_v3() {
    let mut till = Till::open();
    let invoke = invoked(&mut till, |_| {});
    let text = |name: &str| invoke.params[name].as_str().unwrap().to_owned();
    let key = till.world.merchant(&till.mchid).unwrap().api_v2_key.clone();
    let string = format!(
        "appId={}&nonceStr={}&package={}&signType=MD5&timeStamp={}&key={key}",
        pool::MINI_PROGRAM,
        text("nonceStr"),
        text("package"),
        text("timeStamp")
    );
    let mut invoke = invoke;
    invoke.params["signType"] = "MD5".into();
    invoke.params["paySign"] = hex::encode_upper(<md5::Md5 as md5::Digest>::digest(string)).into();
    let told = told_bare(&till, &invoke);
    assert_eq!(names(&told), ["second_sign_type", "second_v2_digest"]);
    assert!(told.explained);
}

/// An answer of WeChat's as the client saw it, and the string the client made of it.
fn statement(till: &Till, reply: &Seen, body: &str, client_string: Option<&str>) -> Explanation {
    let headers = reply.reply.response.headers.iter();
    let headers = headers.map(|(name, value)| (name.clone(), value.to_string())).collect();
    let question = Question {
        method: "GET".to_owned(),
        url: "/v3/pay/transactions/out-trade-no/order-0001".to_owned(),
        headers,
        body: body.to_owned(),
        body_base64: None,
        client_string: client_string.map(str::to_owned),
    };
    till.world.inquire(question, till.times()).answer()
}

#[test]
fn a_client_that_cannot_verify_learns_what_it_did() {
    let mut till = Till::open();
    let _ordered = till.order("order-0001", 100);
    let seen = till.query("order-0001");
    let header = |name| seen.reply.response.header(name).unwrap();
    let (time, nonce) = (header("Wechatpay-Timestamp"), header("Wechatpay-Nonce"));
    let right = format!("{time}\n{nonce}\n{}\n", seen.body);
    let told = statement(&till, &seen, &seen.body, None);
    assert!(told.explained);
    assert_eq!((names(&told), told.expected.as_deref()), (vec![], Some(right.as_str())));
    assert_eq!(told.key.unwrap().role, KeyRole::Platform);

    let told = statement(&till, &seen, &seen.body, Some(&right));
    assert_eq!(names(&told), ["client_string_right"]);
    let pretty = serde_json::to_string_pretty(&seen.json()).unwrap();
    let theirs = format!("{time}\n{nonce}\n{pretty}\n");
    let told = statement(&till, &seen, &seen.body, Some(&theirs));
    assert_eq!(names(&told), ["client_string_differs_from_wechats", "body_pretty"]);
    assert!(told.first_difference.is_some());
    let told = statement(&till, &seen, &seen.body, Some(right.trim_end()));
    assert_eq!(names(&told)[1], "last_newline_missing");

    let told = statement(&till, &seen, &pretty, None);
    assert_eq!(names(&told), ["body_compact", "statement_changed"]);
    assert_eq!(told.expected.as_deref(), Some(right.as_str()), "WeChat's string is the right one");
}

#[test]
fn a_pages_signature_is_explained_with_the_ticket_it_names() {
    let till = Till::open();
    let url = "https://shop.example/pay?order=1#top";
    let page = "https://shop.example/pay?order=1";
    let ticket =
        "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg";
    let config = |signature: String| json!({"appId": "wx5ua9panacc0unt01", "timestamp": 1_414_587_457, "nonceStr": "Wm3WZYTPz0wzccnW", "signature": signature});
    let string = |url: &str| {
        format!("jsapi_ticket={ticket}&noncestr=Wm3WZYTPz0wzccnW&timestamp=1414587457&url={url}")
    };
    let told = |signature: String, theirs: &str| {
        let question = Question {
            method: "GET".to_owned(),
            url: url.to_owned(),
            headers: BTreeMap::new(),
            body: config(signature).to_string(),
            body_base64: None,
            client_string: Some(theirs.to_owned()),
        };
        till.world.inquire(question, till.times()).answer()
    };
    let theirs = string(page);
    assert_eq!(names(&told(sha1_of(&theirs), &theirs)), [""; 0]);
    assert_eq!(names(&told(sha1_of(&string(url)), &theirs)), ["js_url_fragment"]);
    assert_eq!(names(&told(sha1_of(&theirs).to_uppercase(), &theirs)), ["js_upper_case"]);
    let camel = theirs.replace("noncestr", "nonceStr");
    assert_eq!(names(&told(sha1_of(&camel), &theirs)), ["js_names"]);
    let without = question(&till, url, config(sha1_of(&theirs)));
    assert_eq!(names(&without), ["js_ticket_never"]);
    let mut nobodys = config(sha1_of(&theirs));
    nobodys.as_object_mut().unwrap().remove("appId");
    assert_eq!(names(&question(&till, url, nobodys)), ["js_ticket_unknown"]);
}

fn sha1_of(text: &str) -> String {
    let algorithm = &aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY;
    hex::encode(aws_lc_rs::digest::digest(algorithm, text.as_bytes()))
}

#[test]
fn the_journal_explains_a_refused_call_of_v2() {
    let mut till = Till::open();
    let key = till.world.merchant(&till.mchid).unwrap().api_v3_key.clone();
    let string = format!("mch_id={}&nonce_str=abc&out_trade_no=order-0001&key={key}", till.mchid);
    let sign = hex::encode_upper(<md5::Md5 as md5::Digest>::digest(string));
    let body = format!(
        "<xml><mch_id>{}</mch_id><nonce_str>abc</nonce_str><attach></attach><out_trade_no><![CDATA[order-0001]]></out_trade_no><sign>{sign}</sign></xml>",
        till.mchid
    );
    let request = HttpRequest {
        method: "POST".to_owned(),
        target: "/pay/orderquery".to_owned(),
        headers: Vec::new(),
        body: body.into_bytes(),
        channel: Channel::Plain,
    };
    let reply = till.world.handle(&request, till.times());
    assert!(String::from_utf8(reply.response.body).unwrap().contains("签名错误"));
    let message = till.world.messages(&MessageFilter::default()).next().unwrap();
    let told = message.explanation.as_ref().unwrap();
    assert_eq!(names(told), ["v2_api_v3_key"]);
    assert_eq!(told.expected, message.canonical);
    assert_eq!(till.world.take_remarks().len(), 1);
}
