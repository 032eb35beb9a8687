//! Web authorisation and the JS-SDK.

use suanpan_wechat::{
    Timestamp,
    id::{Appid, NonceStr},
    miniprogram::code2session::LoginError,
    official_account::{
        js_sdk::{JsConfig, PageUrl},
        oauth::{
            Authorize, Callback, CheckToken, ExchangeCode, ForeignState, OauthCode, Profile,
            RedirectUri, Refresh, Scope, State,
        },
    },
    open_api::{OpenCall as _, OpenOutcome},
    secret::{AppCredentials, AppSecret, JsapiTicket, RefreshToken, UserToken},
};

use super::{RID, answered, openid, succeeded};

const STATE: &str = "9d0fb5e07a3c4b6f8b1d2e3f4a5b6c7d";

fn account() -> Appid {
    Appid::new("wx520c15f417810387").unwrap()
}

fn state() -> State {
    State::new(STATE).unwrap()
}

fn exchange() -> ExchangeCode {
    ExchangeCode(OauthCode::new("051v0m000ObAyK19vV1005SDWf0v0m0s").unwrap())
}

#[test]
fn the_address_has_exactly_the_order_wechat_checks() {
    let authorize = Authorize {
        appid: account(),
        redirect_uri: RedirectUri::new("https://chong.qq.com/php/index.php?d=&c=wxAdapter")
            .unwrap(),
        scope: Scope::UserInfo,
        state: state(),
        force_popup: true,
    };
    assert_eq!(
        authorize.url(),
        format!(
            "https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx520c15f417810387&redirect_uri=https%3A%2F%2Fchong.qq.com%2Fphp%2Findex.php%3Fd%3D%26c%3DwxAdapter&response_type=code&scope=snsapi_userinfo&state={STATE}&forcePopup=true#wechat_redirect"
        )
    );
    let quiet = Authorize { scope: Scope::Base, force_popup: false, ..authorize };
    assert!(quiet.target().ends_with(&format!("&scope=snsapi_base&state={STATE}#wechat_redirect")));
    assert!(!format!("{quiet:?}").contains(STATE));
}

#[test]
fn redirects_and_states_that_wechat_or_we_refuse() {
    for bad in [
        "",
        "shop.example",
        "javascript:alert(1)",
        "https://",
        "https:///x",
        "https://a/#b",
        "https://a/ b",
    ] {
        assert!(RedirectUri::new(bad).is_err(), "{bad}");
    }
    for bad in ["", "short", "0123456789abcde_", &"a".repeat(129)] {
        assert!(State::new(bad).is_err(), "{bad}");
    }
}

#[test]
fn c01_only_the_answer_to_this_visit_is_exchanged() {
    let granted = format!("order=7&code=051v0m000ObAyK19vV1005SDWf0v0m0s&state={STATE}");
    assert!(matches!(Callback::read(&granted, &state()), Ok(Callback::Granted(_))));
    let refused = format!("state={STATE}");
    assert!(matches!(Callback::read(&refused, &state()), Ok(Callback::Refused)));
    for foreign in [
        "code=051v0m000ObAyK19vV1005SDWf0v0m0s",
        "code=051v0m000ObAyK19vV1005SDWf0v0m0s&state=",
        "code=051v0m000ObAyK19vV1005SDWf0v0m0s&state=9d0fb5e07a3c4b6f8b1d2e3f4a5b6c7e",
        &format!("{granted}&state={STATE}"),
        &format!("{granted}&code=another"),
        &format!("code=a&state={STATE}%00"),
        &format!("code=a&state={STATE}%ff"),
    ] {
        assert_eq!(Callback::read(foreign, &state()).unwrap_err(), ForeignState, "{foreign}");
    }
    let odd = format!("code=a%26secret&state={STATE}");
    assert!(matches!(Callback::read(&odd, &state()), Ok(Callback::Refused)));
}

#[test]
fn a_code_becomes_a_person() {
    let app = AppCredentials {
        appid: account(),
        secret: AppSecret::new("0123456789abcdef0123456789abcdef").unwrap(),
    };
    let request = exchange().request(&app);
    assert_eq!(
        request.expose().target,
        "/sns/oauth2/access_token?appid=wx520c15f417810387&secret=0123456789abcdef0123456789abcdef&code=051v0m000ObAyK19vV1005SDWf0v0m0s&grant_type=authorization_code"
    );
    let body = |more: &str| {
        format!(
            r#"{{"access_token":"ACCESS_canary","expires_in":7200,"refresh_token":"REFRESH_canary","openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o","scope":"snsapi_userinfo"{more}}}"#
        )
    };
    let granted = succeeded(&exchange(), &body(r#","unionid":"UNIONID""#));
    assert_eq!(granted.openid, openid());
    assert_eq!(granted.unionid.as_deref(), Some("UNIONID"));
    assert_eq!((granted.expires_in, granted.is_snapshot_user), (7200, false));
    assert!(!format!("{granted:?}").contains("canary"));
    assert!(succeeded(&exchange(), &body(r#","is_snapshotuser":1"#)).is_snapshot_user);

    let refresh = Refresh { appid: account() };
    let request = refresh.request(&RefreshToken::new("REFRESH").unwrap());
    assert_eq!(
        request.expose().target,
        "/sns/oauth2/refresh_token?appid=wx520c15f417810387&grant_type=refresh_token&refresh_token=REFRESH"
    );
    assert_eq!(succeeded(&refresh, &body("")).openid, openid());
    for (errcode, expected) in [
        (40029, LoginError::InvalidCode),
        (40163, LoginError::InvalidCode),
        (42003, LoginError::InvalidCode),
        (40226, LoginError::Blocked),
        (40125, LoginError::Refused { errcode: 40125 }),
    ] {
        let body = format!(r#"{{"errcode":{errcode},"errmsg":"x, rid: {RID}"}}"#);
        assert_eq!(LoginError::of(answered(&exchange(), &body)).unwrap_err(), expected);
    }
}

#[test]
fn a_profile_is_the_one_asked_for() {
    let profile = Profile { openid: openid() };
    let token = UserToken::new("ACCESS").unwrap();
    assert_eq!(
        profile.request(&token).expose().target,
        "/sns/userinfo?access_token=ACCESS&openid=oUpF8uMuAJO_M2pxb1Q9zNjWeS6o&lang=zh_CN"
    );
    let body = |openid: &str| {
        format!(
            r#"{{"openid":"{openid}","nickname":"微信用户","sex":0,"province":"","city":"","country":"","headimgurl":"https://thirdwx.qlogo.cn/mmopen/46","privilege":["PRIVILEGE1"],"unionid":"o6_bmasdasdsad6_2sgVt7hMZOPfL"}}"#
        )
    };
    let user = succeeded(&profile, &body(openid().as_str()));
    assert_eq!((user.nickname.as_str(), user.privilege.len()), ("微信用户", 1));
    assert!(matches!(answered(&profile, &body("oSomebodyElse")), OpenOutcome::Unknown(_)));

    let check = CheckToken { openid: openid() };
    assert_eq!(
        check.request(&token).expose().target,
        "/sns/auth?access_token=ACCESS&openid=oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"
    );
    assert_eq!(answered(&check, r#"{"errcode":0,"errmsg":"ok"}"#), OpenOutcome::Success(()));
}

fn config(url: &str) -> JsConfig {
    let ticket =
        "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg";
    JsConfig::sign(
        &JsapiTicket::new(ticket).unwrap(),
        account(),
        &PageUrl::new(url, &["mp.weixin.qq.com"]).unwrap(),
        Timestamp::from_unix(1_414_587_457),
        NonceStr::new("Wm3WZYTPz0wzccnW").unwrap(),
    )
}

#[test]
fn both_editions_of_the_pages_signature_come_out() {
    let current = config("http://mp.weixin.qq.com?params=value");
    assert_eq!(current.signature, "0f9de62fce790f9a083d5c99e95740ceb90c27ed");
    let older = config("http://mp.weixin.qq.com");
    assert_eq!(older.signature, "f4d90daf4b3bca3078ab155816175ba34c443a7b");
    assert_eq!(config("http://mp.weixin.qq.com?params=value#/cart").signature, current.signature);
    assert_eq!(
        serde_json::to_string(&current).unwrap(),
        r#"{"appId":"wx520c15f417810387","timestamp":1414587457,"nonceStr":"Wm3WZYTPz0wzccnW","signature":"0f9de62fce790f9a083d5c99e95740ceb90c27ed"}"#
    );
}

#[test]
fn only_pages_of_ours_are_signed() {
    let ours = ["shop.example", "shop.example:8443"];
    for good in [
        "https://shop.example/a?b=%E4%B8%AD#c",
        "https://SHOP.example",
        "https://shop.example:8443/",
        "https://shop.example/中",
    ] {
        assert!(PageUrl::new(good, &ours).is_ok(), "{good}");
    }
    for bad in [
        "",
        "shop.example",
        "ftp://shop.example/",
        "https://evil.example/",
        "https://shop.example.evil.example/",
        "https://shop.example@evil.example/",
        "https://evil.example\\.shop.example/",
        "https://shop.example\\@evil.example/",
        "https://evil.example/shop.example",
        "https://evil.example?shop.example",
        "https://shop.example:9/",
        "https://shop.example/\n",
        "https:///shop.example",
    ] {
        assert!(PageUrl::new(bad, &ours).is_err(), "{bad}");
    }
}
