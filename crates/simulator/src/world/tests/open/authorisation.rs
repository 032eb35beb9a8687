use super::*;

const RETURN: &str = "https%3A%2F%2Flocalhost%2Fpay%3Forder%3D1%23top";

fn address(scope: &str) -> String {
    format!(
        "https://open.weixin.qq.com/connect/oauth2/authorize?appid={}&redirect_uri={RETURN}&response_type=code&scope={scope}&state=xyz123#wechat_redirect",
        pool::OFFICIAL_ACCOUNT
    )
}

fn open(till: &mut Till, address: &str, consent: Option<Consent>) -> Result<String, String> {
    let sent = till.world.authorize(address, "amei", consent, till.times());
    match sent.map_err(|refusal| refusal.text)? {
        Authorized::Redirect(location) => Ok(location),
        Authorized::AskConsent { .. } => Err("asks".to_owned()),
    }
}

fn code_in(location: &str) -> String {
    let url = url::Url::parse(location).unwrap();
    let code = url.query_pairs().find(|(name, _)| name == "code").unwrap();
    code.1.into_owned()
}

fn exchange(till: &mut Till, code: &str) -> Value {
    till.get(&format!(
        "/sns/oauth2/access_token?appid={}&secret={}&code={code}&grant_type=authorization_code",
        pool::OFFICIAL_ACCOUNT,
        secret(pool::OFFICIAL_ACCOUNT)
    ))
}

fn authorised(till: &mut Till, scope: &str) -> Value {
    let location = open(till, &address(scope), Some(Consent::Allow)).unwrap();
    exchange(till, &code_in(&location))
}

fn openid_here(till: &Till) -> String {
    let user = till.world.users().find(|user| user.name == "amei").unwrap();
    user.openids[&official_account()].to_string()
}

#[test]
fn a_silent_visit_gives_the_openid_and_nothing_else() {
    let mut till = Till::open();
    let location = open(&mut till, &address("snsapi_base"), None).unwrap();
    let code = code_in(&location);
    assert_eq!(code.len(), 32);
    assert_eq!(location, format!("https://localhost/pay?order=1&code={code}&state=xyz123#top"));
    let grant = exchange(&mut till, &code);
    assert_eq!(grant["openid"], json!(openid_here(&till)));
    assert_eq!((&grant["scope"], &grant["expires_in"]), (&json!("snsapi_base"), &json!(7200)));
    assert!(grant.get("errcode").is_none() && grant.get("unionid").is_none());
    refused(&exchange(&mut till, &code), 40163, "code been used");
    let query =
        format!("access_token={}&openid={}", text(&grant, "access_token"), text(&grant, "openid"));
    assert_eq!(till.get(&format!("/sns/auth?{query}")), json!({"errcode": 0, "errmsg": "ok"}));
    refused(&till.get(&format!("/sns/userinfo?{query}")), 48001, "api unauthorized");
    refused(&till.get(&format!("/sns/auth?{query}x")), 40003, "invalid openid");
}

#[test]
fn a_profile_needs_consent() {
    let mut till = Till::open();
    let wanted = address("snsapi_userinfo");
    assert_eq!(open(&mut till, &wanted, None).unwrap_err(), "asks");
    let declined = open(&mut till, &wanted, Some(Consent::Deny)).unwrap();
    assert_eq!(declined, "https://localhost/pay?order=1&state=xyz123#top");
    let grant = authorised(&mut till, "snsapi_userinfo");
    let target = format!(
        "/sns/userinfo?access_token={}&openid={}&lang=zh_CN",
        text(&grant, "access_token"),
        text(&grant, "openid")
    );
    let profile = till.get(&target);
    assert_eq!(profile["nickname"], "amei");
    assert_eq!((&profile["sex"], &profile["city"]), (&json!(0), &json!("")));
    assert_eq!(profile["unionid"], grant["unionid"]);
    assert!(grant["unionid"].is_string());
    till.change_console(&official_account(), |console| console.bound_to_open_platform = false);
    assert!(till.get(&target).get("unionid").is_none());
}

#[test]
fn nobody_stands_behind_a_snapshot() {
    let mut till = Till::open();
    let location = open(&mut till, &address("snsapi_userinfo"), Some(Consent::Snapshot)).unwrap();
    let grant = exchange(&mut till, &code_in(&location));
    assert_eq!(grant["is_snapshotuser"], 1);
    assert_ne!(grant["openid"], json!(openid_here(&till)));
    let query =
        format!("access_token={}&openid={}", text(&grant, "access_token"), text(&grant, "openid"));
    refused(&till.get(&format!("/sns/userinfo?{query}")), 48001, "api unauthorized");
}

#[test]
fn codes_and_tokens_end_each_with_its_number() {
    let mut till = Till::open();
    let code = code_in(&open(&mut till, &address("snsapi_base"), None).unwrap());
    till.wait(300);
    refused(&exchange(&mut till, &code), 42003, "oauth code expired");
    refused(&exchange(&mut till, "nothing"), 40029, "invalid code");
    let login = till.world.login(&mini_program(), "amei", till.times()).unwrap();
    refused(&exchange(&mut till, &login), 40029, "invalid code");

    let grant = authorised(&mut till, "snsapi_base");
    let target = |grant: &Value| {
        format!(
            "/sns/auth?access_token={}&openid={}",
            text(grant, "access_token"),
            text(grant, "openid")
        )
    };
    till.wait(7200);
    refused(&till.get(&target(&grant)), 42001, "access_token expired");
    let refresh = format!(
        "/sns/oauth2/refresh_token?appid={}&grant_type=refresh_token&refresh_token={}",
        pool::OFFICIAL_ACCOUNT,
        text(&grant, "refresh_token")
    );
    let renewed = till.get(&refresh);
    assert_eq!(till.get(&target(&renewed))["errcode"], 0);
    refused(&till.get(&format!("{refresh}x")), 40030, "invalid refresh_token");
    let other = refresh.replacen(pool::OFFICIAL_ACCOUNT, pool::MOBILE_APP, 1);
    refused(&till.get(&other), 40030, "invalid refresh_token");
    till.wait(30 * 24 * 3600);
    refused(&till.get(&refresh), 42002, "refresh_token expired");
}

#[test]
fn wechats_client_reads_the_address_letter_by_letter() {
    let mut till = Till::open();
    let good = address("snsapi_base");
    let unreadable = "该链接无法访问";
    let cases = [
        ("#wechat_redirect", "", unreadable),
        ("#wechat_redirect", "#Wechat_redirect", unreadable),
        ("appid=", "appId=", unreadable),
        (
            "response_type=code&scope=snsapi_base",
            "scope=snsapi_base&response_type=code",
            unreadable,
        ),
        ("response_type=code", "response_type=token", unreadable),
        ("state=xyz123", "state=xyz-123", unreadable),
        ("state=xyz123", "state=xyz123&surprise=1", unreadable),
        ("localhost", "www.localhost", "redirect_uri域名与后台配置不一致，错误码10003"),
        ("https%3A%2F%2Flocalhost", "localhost", "redirect_uri域名与后台配置不一致，错误码10003"),
        ("snsapi_base", "snsapi_login", "此公众号并没有这些scope的权限，错误码10005"),
        (pool::OFFICIAL_ACCOUNT, pool::MINI_PROGRAM, "此公众号并没有这些scope的权限，错误码10005"),
    ];
    for (right, wrong, words) in cases {
        let address = good.replacen(right, wrong, 1);
        assert_eq!(open(&mut till, &address, None), Err(words.to_owned()), "{address}");
    }
    let long = good.replacen("xyz123", &"x".repeat(129), 1);
    assert_eq!(open(&mut till, &long, None), Err(unreadable.to_owned()));
    for more in ["&forcePopup=true", "&component_appid=wx1", "&connect_redirect=1"] {
        open(&mut till, &good.replacen("#", &format!("{more}#"), 1), None).unwrap();
    }
    open(&mut till, &good.replacen("xyz123", &"x".repeat(128), 1), None).unwrap();
}

#[test]
fn over_http_only_wechats_browser_gets_through() {
    let mut till = Till::open();
    let target = address("snsapi_base");
    let target = target.split_once("weixin.qq.com").unwrap().1.split_once('#').unwrap().0;
    let ask = |till: &mut Till, headers: &[(&str, &str)]| {
        let request = HttpRequest {
            method: "GET".into(),
            target: target.into(),
            headers: headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
            body: Vec::new(),
            channel: Channel::Plain,
        };
        till.world.handle(&request, till.times()).response
    };
    let outside = ask(&mut till, &[("User-Agent", "Mozilla/5.0"), ("Suanpan-User", "amei")]);
    assert_eq!(outside.status, 200);
    assert!(String::from_utf8(outside.body).unwrap().contains("请在微信客户端打开链接"));
    let agent = ("User-Agent", "Mozilla/5.0 MicroMessenger/8.0.50");
    let inside = ask(&mut till, &[agent, ("Suanpan-User", "amei")]);
    assert_eq!(inside.status, 302);
    let code = code_in(inside.header("Location").unwrap());
    assert_eq!(exchange(&mut till, &code)["openid"], json!(openid_here(&till)));
}
