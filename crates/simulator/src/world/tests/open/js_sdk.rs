use super::*;
use crate::world::open::sha1;

const PAGE: &str = "https://localhost/shop?sku=1";

fn config(ticket: &str, signed: &str, page: &str) -> JsConfig {
    let string1 = format!(
        "jsapi_ticket={ticket}&noncestr=Wm3WZYTPz0wzccnW&timestamp=1414587457&url={signed}"
    );
    JsConfig {
        appid: official_account(),
        url: page.to_owned(),
        timestamp: 1_414_587_457,
        nonce_str: "Wm3WZYTPz0wzccnW".to_owned(),
        signature: sha1(&[&string1]),
    }
}

fn ticket(till: &mut Till) -> String {
    let token = till.token_of(pool::OFFICIAL_ACCOUNT);
    let answer = till.get(&format!("/cgi-bin/ticket/getticket?access_token={token}&type=jsapi"));
    assert_eq!((&answer["errcode"], &answer["expires_in"]), (&json!(0), &json!(7200)));
    text(&answer, "ticket")
}

fn check(till: &Till, config: &JsConfig) -> (bool, &'static str, Option<String>) {
    let verdict = till.world.check_js_config(config, till.times()).unwrap();
    (verdict.ok, verdict.err_msg, verdict.reason)
}

#[test]
fn the_published_examples_hash_as_published() {
    let ticket =
        "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg";
    let with_query = config(ticket, "http://mp.weixin.qq.com?params=value", PAGE);
    assert_eq!(with_query.signature, "0f9de62fce790f9a083d5c99e95740ceb90c27ed");
    let without = config(ticket, "http://mp.weixin.qq.com", PAGE);
    assert_eq!(without.signature, "f4d90daf4b3bca3078ab155816175ba34c443a7b");
}

#[test]
fn a_page_is_let_in_by_any_ticket_that_lives() {
    let mut till = Till::open();
    let first = ticket(&mut till);
    let page = format!("{PAGE}#/cart");
    assert_eq!(check(&till, &config(&first, PAGE, &page)), (true, "config:ok", None));
    ticket(&mut till);
    till.wait(299);
    assert!(check(&till, &config(&first, PAGE, &page)).0);
    till.wait(1);
    let (ok, said, reason) = check(&till, &config(&first, PAGE, &page));
    assert_eq!((ok, said), (false, "config:invalid signature"));
    assert_eq!(reason.unwrap(), "It was signed with a ticket that a newer one has replaced.");
    let last = ticket(&mut till);
    till.wait(7200);
    let reason = check(&till, &config(&last, PAGE, &page)).2.unwrap();
    assert_eq!(reason, "It was signed with a ticket that has expired.");
}

#[test]
fn a_refusal_says_what_was_signed_instead() {
    let mut till = Till::open();
    let never = check(&till, &config("none", PAGE, PAGE)).2.unwrap();
    assert_eq!(never, "This account has never fetched a jsapi_ticket.");
    let ticket = ticket(&mut till);
    let token = till.token_of(pool::OFFICIAL_ACCOUNT);
    let page = format!("{PAGE}#/cart");
    let encoded = "https%3A%2F%2Flocalhost%2Fshop%3Fsku%3D1";
    let cases = [
        (&*ticket, page.as_str(), &["js_url_fragment"][..]),
        (&ticket, encoded, &["js_url_encoded"]),
        (&ticket, "https://localhost/shop", &["js_url_without_query"]),
        (&ticket, "http://localhost/shop?sku=1", &["js_url_scheme"]),
        (&ticket, "https://localhost/", &["js_url_origin"]),
        (&ticket, "https://localhost/other", &[]),
        (&token, PAGE, &["js_ticket_is_token"]),
        (&token, "https://localhost/shop", &["js_ticket_is_token", "js_url_without_query"]),
        ("undefined", PAGE, &["js_ticket_empty"]),
    ];
    for (secret, signed, mistakes) in cases {
        let config = config(secret, signed, &page);
        let verdict = till.world.check_js_config(&config, till.times()).unwrap();
        assert_eq!((verdict.ok, verdict.err_msg), (false, "config:invalid signature"));
        let told = verdict.explanation.unwrap();
        let names: Vec<_> = told.mistakes.iter().map(|found| found.name.as_ref()).collect();
        assert_eq!(names, mistakes, "{secret} {signed}");
        assert_eq!(told.explained, !mistakes.is_empty());
        assert_eq!(verdict.reason.as_deref(), Some(&*told.summary.en));
        let expected = told.expected.unwrap();
        assert!(expected.starts_with(&format!("jsapi_ticket={ticket}&")), "{expected}");
        assert!(expected.ends_with(&format!("&url={PAGE}")), "{expected}");
    }
    let mut upper = config(&ticket, PAGE, &page);
    upper.signature = upper.signature.to_uppercase();
    assert_eq!(check(&till, &upper).1, "config:invalid signature");
    upper.signature = upper.signature.to_lowercase();
    upper.timestamp *= 1000;
    assert_eq!(check(&till, &upper).1, "config:invalid signature");
}

#[test]
fn pages_of_other_hosts_and_other_apps_stay_outside() {
    let mut till = Till::open();
    let right = ticket(&mut till);
    let foreign = "https://evil.example/shop";
    let (ok, said, _) = check(&till, &config(&right, foreign, foreign));
    assert_eq!((ok, said), (false, "config:invalid url domain"));
    till.change_console(&official_account(), |console| {
        console.js_domains.insert("evil.example".to_owned());
    });
    assert!(check(&till, &config(&right, foreign, foreign)).0);
    let wrong = JsConfig { appid: mini_program(), ..config(&right, PAGE, PAGE) };
    assert!(till.world.check_js_config(&wrong, till.times()).is_err());
    let token = till.token_of(pool::MINI_PROGRAM);
    let answer = till.get(&format!("/cgi-bin/ticket/getticket?access_token={token}&type=jsapi"));
    refused(&answer, 48001, "api unauthorized");
    let token = till.token_of(pool::OFFICIAL_ACCOUNT);
    let answer = till.get(&format!("/cgi-bin/ticket/getticket?access_token={token}"));
    refused(&answer, 40097, "invalid args");
}
