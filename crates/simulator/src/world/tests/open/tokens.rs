use super::*;

const STALE: &str = "invalid credential, access_token is invalid or not latest, could get access_token by getStableAccessToken, more details at https://mmbizurl.cn/s/JtxxFh33r";

/// What a call with this token says: its openid is nobody's, so a good token gets to 40003.
fn verdict(till: &mut Till, token: &str) -> Value {
    till.get(&format!("/wxa/checksession?access_token={token}&openid=nobody"))
}

#[track_caller]
fn works(till: &mut Till, token: &str) {
    refused(&verdict(till, token), 40003, "invalid openid");
}

#[test]
fn a_classic_token_outlives_its_successor_by_five_minutes() {
    let mut till = Till::open();
    let first = till.fetch_token(pool::MINI_PROGRAM);
    assert_eq!(first["expires_in"], 7200);
    let first = text(&first, "access_token");
    let (generation, rest) = first.split_once('_').unwrap();
    assert!(generation.len() == 2 && generation.parse::<u8>().is_ok() && rest.len() >= 130);
    works(&mut till, &first);
    till.wait(1000);
    let second = text(&till.fetch_token(pool::MINI_PROGRAM), "access_token");
    assert_ne!(first, second);
    till.wait(299);
    works(&mut till, &first);
    works(&mut till, &second);
    till.wait(1);
    refused(&verdict(&mut till, &first), 40001, STALE);
    works(&mut till, &second);
    till.wait(7200 - 300);
    refused(&verdict(&mut till, &second), 42001, "access_token expired");
}

#[test]
fn everybody_shares_the_stable_token_until_five_minutes_before_its_end() {
    let mut till = Till::open();
    let first = till.fetch_stable(pool::MINI_PROGRAM, false);
    till.wait(7200 - 301);
    let same = till.fetch_stable(pool::MINI_PROGRAM, false);
    assert_eq!(same["access_token"], first["access_token"]);
    assert_eq!(same["expires_in"], 301);
    till.wait(1);
    let second = till.fetch_stable(pool::MINI_PROGRAM, false);
    assert_ne!(second["access_token"], first["access_token"]);
    assert_eq!(second["expires_in"], 7200);
    let (first, second) = (text(&first, "access_token"), text(&second, "access_token"));
    till.wait(299);
    works(&mut till, &first);
    works(&mut till, &second);
    till.wait(1);
    refused(&verdict(&mut till, &first), 42001, "access_token expired");
}

#[test]
fn classic_and_stable_tokens_do_not_touch_each_other() {
    let mut till = Till::open();
    let classic = text(&till.fetch_token(pool::MINI_PROGRAM), "access_token");
    let stable = till.token_of(pool::MINI_PROGRAM);
    till.fetch_stable(pool::MINI_PROGRAM, true);
    till.wait(400);
    works(&mut till, &classic);
    refused(&verdict(&mut till, &stable), 40001, STALE);
    let stable = till.token_of(pool::MINI_PROGRAM);
    till.fetch_token(pool::MINI_PROGRAM);
    till.wait(301);
    works(&mut till, &stable);
}

#[test]
fn a_forced_refresh_evicts_at_once_every_thirty_seconds_twenty_times_a_day() {
    let mut till = Till::open();
    let leaked = till.token_of(pool::MINI_PROGRAM);
    let second = text(&till.fetch_stable(pool::MINI_PROGRAM, true), "access_token");
    refused(&verdict(&mut till, &leaked), 40001, STALE);
    till.wait(29);
    let too_soon = text(&till.fetch_stable(pool::MINI_PROGRAM, true), "access_token");
    assert_eq!(too_soon, second, "within thirty seconds nothing is refreshed");
    for _ in 1..20 {
        till.wait(30);
        let fresh = till.fetch_stable(pool::MINI_PROGRAM, true);
        assert_eq!(fresh["expires_in"], 7200, "{fresh}");
    }
    till.wait(30);
    let over = till.fetch_stable(pool::MINI_PROGRAM, true);
    refused(&over, 45009, "reach max api daily quota limit");
    // Midnight in Beijing is twelve hours after the test begins.
    till.wait(12 * 3600);
    assert!(till.fetch_stable(pool::MINI_PROGRAM, true).get("errcode").is_none());
}

#[test]
fn the_classic_quota_is_counted_by_the_day() {
    let mut till = Till::open();
    for _ in 0..2000 {
        assert!(till.fetch_token(pool::MINI_PROGRAM).get("errcode").is_none());
    }
    refused(&till.fetch_token(pool::MINI_PROGRAM), 45009, "reach max api daily quota limit");
    assert!(till.fetch_token(pool::OFFICIAL_ACCOUNT).get("errcode").is_none());
}

#[test]
fn every_mistake_about_tokens_has_its_number() {
    let mut till = Till::open();
    let good = format!(
        "/cgi-bin/token?grant_type=client_credential&appid={}&secret={}",
        pool::MINI_PROGRAM,
        secret(pool::MINI_PROGRAM)
    );
    let classic: [(&str, &str, i64, &str); 6] = [
        ("client_credential", "authorization_code", 40002, "invalid grant_type"),
        ("appid=", "app=", 41002, "appid missing"),
        ("secret=", "s=", 41004, "appsecret missing"),
        (pool::MINI_PROGRAM, "wx0000000000000000", 40013, "invalid appid"),
        (pool::MINI_PROGRAM, pool::MOBILE_APP, 40013, "invalid appid"),
        ("secret=5", "secret=6", 40125, "invalid appsecret"),
    ];
    for (right, wrong, errcode, errmsg) in classic {
        refused(&till.get(&good.replacen(right, wrong, 1)), errcode, errmsg);
    }
    let stable = |till: &mut Till, method: &str, body: &str| -> Value {
        let response = till.ask(method, "/cgi-bin/stable_token", body);
        serde_json::from_slice(&response.body).unwrap()
    };
    refused(&stable(&mut till, "GET", ""), 43002, "require POST method");
    refused(&stable(&mut till, "POST", ""), 44002, "empty post data");
    for body in ["appid=1", "[]", "\"x\"", r#"{"force_refresh":"yes"}"#, r#"{"grant_type":1}"#] {
        refused(&stable(&mut till, "POST", body), 47001, "data format error");
    }
    refused(&stable(&mut till, "POST", "{}"), 40002, "invalid grant_type");
    let long = format!("99_{}", "x".repeat(130));
    refused(&verdict(&mut till, &long), 40001, STALE);
    refused(&verdict(&mut till, "abc"), 40014, "invalid access_token");
    refused(&till.get("/wxa/checksession"), 41001, "access_token missing");
    let other = till.token_of(pool::OFFICIAL_ACCOUNT);
    refused(&verdict(&mut till, &other), 48001, "api unauthorized");
}

#[test]
fn the_console_can_freeze_a_secret_and_keep_an_address_out() {
    let mut till = Till::open();
    till.change_console(&mini_program(), |console| console.ip_allowlist = Some([].into()));
    let errmsg = "invalid ip 127.0.0.1 ipv6 ::ffff:127.0.0.1, not in whitelist";
    refused(&till.fetch_token(pool::MINI_PROGRAM), 40164, errmsg);
    refused(&till.fetch_stable(pool::MINI_PROGRAM, false), 40164, errmsg);
    till.change_console(&mini_program(), |console| {
        console.ip_allowlist = Some(["127.0.0.1".to_owned()].into());
    });
    assert!(till.fetch_token(pool::MINI_PROGRAM).get("errcode").is_none());
    till.change_console(&mini_program(), |console| console.secret_frozen = true);
    refused(&till.fetch_token(pool::MINI_PROGRAM), 40243, "AppSecret frozen");
}

#[test]
fn trouble_and_types_are_the_platforms() {
    let mut till = Till::open();
    till.world.set_faults(vec![Fault::times(FaultName::Http429, 1)]);
    let busy = till.fetch_token(pool::MINI_PROGRAM);
    refused(&busy, 45011, "api minute-quota reach limit  mustslower  retry next minute");
    till.world.set_faults(vec![Fault::times(FaultName::Http502, 1)]);
    assert_eq!(till.ask("GET", "/cgi-bin/token", "").status, 502);
    let types = ["/cgi-bin/token", "/sns/auth"]
        .map(|path| till.ask("GET", path, "").header("Content-Type").unwrap().to_owned());
    assert_eq!(types, ["application/json; charset=utf-8", "text/plain"]);
    assert_eq!(till.ask("POST", "/cgi-bin/token", "{}").status, 405);
    assert_eq!(till.ask("GET", "/cgi-bin/nothing", "").status, 404);
}
