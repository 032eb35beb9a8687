//! Login codes become people; the AppSecret goes to WeChat and nowhere else.

use suanpan_wechat::{
    call::RawAnswer,
    id::Appid,
    miniprogram::code2session::{Code2Session, LoginCode, LoginError},
    secret::AppSecret,
};
use suanpan_wechat_client::{AppCredentials, Config};

use crate::{
    server::{Reply, Server, nobody},
    world::{Clock, client, config},
};

const SECRET: &str = "0123456789abcdef0123456789abcdef";

pub(crate) fn app() -> AppCredentials {
    AppCredentials {
        appid: Appid::new("wxd678efh567hg6787").unwrap(),
        secret: AppSecret::new(SECRET).unwrap(),
    }
}

pub(crate) fn login() -> Code2Session {
    Code2Session { appid: app().appid, js_code: LoginCode::new("0a1B2c3D").unwrap() }
}

async fn server(status: u16, body: &'static str) -> Server {
    Server::start(move |_| {
        Reply::Answer(RawAnswer { status, headers: Vec::new(), body: body.into() })
    })
    .await
}

#[tokio::test]
async fn o13_a_code_becomes_the_person_wechat_names() {
    let server = server(
        200,
        r#"{"session_key":"o0q0otL8aEzpcZL/FT9WsQ==","openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}"#,
    )
    .await;
    let clock = Clock::new();
    let session = client(config(&server), &clock).code2session(&app(), &login()).await.unwrap();
    assert_eq!(session.openid.as_str(), "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o");
    let [request] = &server.received()[..] else { panic!("one request") };
    assert_eq!(
        request.target,
        format!(
            "/sns/jscode2session?appid=wxd678efh567hg6787&secret={SECRET}&js_code=0a1B2c3D&grant_type=authorization_code"
        )
    );
    assert_eq!(request.header("authorization"), None);
}

#[tokio::test]
async fn failures_say_what_to_do() {
    for (status, body, expected) in [
        (200, r#"{"errcode":40029,"errmsg":"invalid code"}"#, LoginError::InvalidCode),
        (200, r#"{"errcode":40226,"errmsg":"code blocked"}"#, LoginError::Blocked),
        (200, r#"{"errcode":40125,"errmsg":"x"}"#, LoginError::Refused { errcode: 40125 }),
        (200, "<html>", LoginError::Unavailable),
        (502, "", LoginError::Unavailable),
    ] {
        let server = server(status, body).await;
        let clock = Clock::new();
        let failed = client(config(&server), &clock).code2session(&app(), &login()).await;
        assert_eq!(failed.unwrap_err(), expected, "{status} {body}");
    }
    let unreachable = client(Config::single_origin(nobody().await), &Clock::new());
    let failed = unreachable.code2session(&app(), &login()).await;
    assert_eq!(failed.unwrap_err(), LoginError::Unavailable);
}

#[tokio::test]
async fn o13_a_code_of_another_app_is_not_sent_with_this_apps_secret() {
    let server = server(200, "{}").await;
    let foreign = Code2Session { appid: Appid::new("wx0000000000000000").unwrap(), ..login() };
    let failed = client(config(&server), &Clock::new()).code2session(&app(), &foreign).await;
    assert_eq!(failed.unwrap_err(), LoginError::InvalidCode);
    assert!(server.received().is_empty());
}
