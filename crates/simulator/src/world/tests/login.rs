use super::*;

/// Makes a query string out of a fresh code.
type Query<'a> = &'a dyn Fn(&str) -> String;

fn exchange(till: &mut Till, change: impl Fn(&str) -> String) -> Value {
    let appid = Appid::new(pool::MINI_PROGRAM).unwrap();
    let times = till.times();
    let code = till.world.login(&appid, "bo", times).unwrap();
    ask(till, &change(&code))
}

fn ask(till: &mut Till, query: &str) -> Value {
    let request = HttpRequest {
        method: "GET".into(),
        target: format!("/sns/jscode2session?{query}"),
        headers: vec![],
        body: vec![],
        channel: Channel::Plain,
    };
    let reply = till.world.handle(&request, till.times());
    assert_eq!(reply.response.status, 200);
    serde_json::from_slice(&reply.response.body).unwrap()
}

fn query(code: &str) -> String {
    format!(
        "appid={}&secret=5ua9pan5ecret0000000000000000001&js_code={code}&grant_type=authorization_code",
        pool::MINI_PROGRAM
    )
}

#[test]
fn a_code_becomes_an_openid_once_and_within_five_minutes() {
    let mut till = Till::open();
    let appid = Appid::new(pool::MINI_PROGRAM).unwrap();
    let code = till.world.login(&appid, "bo", Times::at(NOON)).unwrap();
    assert_eq!(code.len(), 32);
    let session = ask(&mut till, &query(&code));
    assert_eq!(session["openid"], json!(till.openid("bo")));
    assert!(session.get("errcode").is_none(), "success has no errcode");
    assert_eq!(session["session_key"].as_str().unwrap().len(), 24);
    let again = ask(&mut till, &query(&code));
    assert_eq!(again["errcode"], json!(40163));
    assert!(again["errmsg"].as_str().unwrap().starts_with("code been used, rid: "));

    let late = till.world.login(&appid, "bo", Times::at(NOON)).unwrap();
    till.wait(300);
    assert_eq!(ask(&mut till, &query(&late))["errcode"], json!(40029));
}

#[test]
fn every_mistake_has_wechats_number() {
    let mut till = Till::open();
    let cases: [(Query<'_>, i64, &str); 8] = [
        (&|code| query(code).replace("appid=", "no="), 41002, "appid missing"),
        (&|code| query(code).replace("secret=", "no="), 41004, "appsecret missing"),
        (&|code| query(code).replace("js_code=", "no="), 41008, "missing code"),
        (&|code| query(code).replace(pool::MINI_PROGRAM, "wx0"), 40013, "invalid appid"),
        (&|code| query(code).replace("5ua9pan5ecret", "0000pan5ecret"), 40125, "invalid appsecret"),
        (&|code| query(code).replace("=authorization_code", "=x"), 40002, "invalid grant_type"),
        (&|_| query("nothing"), 40029, "invalid code"),
        (&|code| format!("{}&access_token=ignored", query(code)), 0, ""),
    ];
    for (change, errcode, errmsg) in cases {
        let answer = exchange(&mut till, change);
        assert_eq!(answer["errcode"].as_i64().unwrap_or(0), errcode, "{answer}");
        assert!(answer["errmsg"].as_str().unwrap_or_default().starts_with(errmsg));
    }
}

#[test]
fn trouble_at_login_has_numbers_too() {
    let mut till = Till::open();
    for (name, errcode) in [(FaultName::Http429, 45011), (FaultName::Http500, -1)] {
        till.world.set_faults(vec![Fault::times(name, 1)]);
        assert_eq!(exchange(&mut till, query)["errcode"], json!(errcode));
        assert!(exchange(&mut till, query).get("errcode").is_none());
    }
}

#[test]
fn a_code_of_another_app_is_invalid() {
    let mut till = Till::open();
    let other = till.world.add_app(NewApp {
        appid: None,
        app_secret: None,
        kind: AppKind::MiniProgram,
        mchids: vec![],
    });
    let code = till.world.login(&other.unwrap().appid, "bo", Times::at(NOON)).unwrap();
    assert_eq!(ask(&mut till, &query(&code))["errcode"], json!(40029));
}
