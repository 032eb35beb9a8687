//! Secrets stay where they are, and the simulator's keys open nothing where money is real.

use std::{os::unix::fs::PermissionsExt, path::Path, sync::Arc};

use aws_lc_rs::{
    encoding::{AsDer as _, Pkcs8V1Der, PublicKeyX509Der},
    rsa::{KeyPair, KeySize},
    signature::KeyPair as _,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::json;
use suanpan_server::{
    Config, Parts, Server, SystemNonces, Workers,
    config::{
        AccountConfig, ApiKey, ApiKeyConfig, AppConfig, AppKind, Environment, MerchantConfig,
        PublicKeyConfig, SecretSource, SecretText, WechatConfig,
    },
};
use suanpan_simulator::{
    pool,
    world::{Fault, FaultName, MessageKind, Outcome},
};
use suanpan_testkit::{
    ACME, CERTIFICATE_MCHID, Forgery, NewOrder, PUBLIC_KEY_MCHID, Settings, Stage,
};
use suanpan_wechat::id::{Mchid, SerialNo};

use crate::scenes::{Sale, captured, sale, sale_of};

/// Every failure there is, and then a look at every log line and every answer. The search itself
/// happens in `finish`; this test makes sure that there was something to find and to search.
#[tokio::test]
async fn s02_no_failure_path_logs_or_answers_a_secret() {
    let stage = Stage::with(Settings::impatient()).await;
    let Sale { merchant, payer, placed } = sale(&stage).await;
    stage.must_not_log(&placed.order_token);
    stage.must_not_log("canary-in-a-login-code");
    stage
        .exchange(&merchant.appid, "canary-in-a-login-code")
        .await
        .is_problem(400, "login_code_invalid");
    for name in [
        FaultName::TimeoutAfter,
        FaultName::Http500,
        FaultName::BadSignature,
        FaultName::UnknownSerial,
        FaultName::Truncated,
    ] {
        stage.faults(&[Fault::times(name, 1)]);
        let answer = payer.pay(&placed).await;
        assert!([200, 503].contains(&answer.status), "{name:?}: {answer:?}");
        stage.advance(30).await;
    }
    stage.faults(&[
        Fault::times(FaultName::NotifyUndecryptable, 1),
        Fault::times(FaultName::NotifyBadSignature, 1),
    ]);
    stage.pay(&payer, &placed, Outcome::Success).await;
    stage.quiesce().await;
    let (url, genuine) = captured(&stage);
    stage.must_not_log(genuine.header("Wechatpay-Signature"));
    let spoiled = genuine.with_header("Wechatpay-Serial", Some("canary0000000000"));
    stage.post_notification(&url, &spoiled).await;
    stage.breakage().fail_commits("order.observe", suanpan_testkit::Moment::After, 1);
    stage.advance(60).await;
    stage.breakage().mend();
    merchant.post("/v1/orders", &json!({ "attach": "x" })).await.is_problem(400, "invalid");
    assert_eq!(merchant.state(&placed).await, "paid");
    let log = stage.log();
    for spoken in ["answered", "WeChat answered", "a notification", "a job could not be settled"] {
        assert!(log.contains(spoken), "{spoken:?} was not logged: {log}");
    }
    stage.finish().await;
}

/// The login answer of WeChat holds a session_key; nobody but us ever sees it, and we keep it not.
#[tokio::test]
async fn o14_session_key_and_app_secret_reach_nobody() {
    let stage = Stage::start().await;
    let (_, _) = crate::scenes::paid(&stage).await;
    let answers = stage.messages(MessageKind::Response);
    let login = answers.iter().find(|answer| answer.body.contains("session_key")).unwrap();
    let body: serde_json::Value = serde_json::from_str(&login.body).unwrap();
    let session_key = body["session_key"].as_str().unwrap();
    let rows = format!("{:?}", stage.snapshot());
    assert!(rows.contains(body["openid"].as_str().unwrap()), "the search would find an openid");
    assert!(!rows.contains(session_key));
    let app_secret = stage.simulator().with_world(|world, _| {
        world
            .apps()
            .find(|app| app.appid.as_str() == pool::MINI_PROGRAM)
            .unwrap()
            .app_secret
            .clone()
    });
    assert!(!rows.contains(&app_secret));
    // `finish` searches every answer and every log line for both.
    stage.finish().await;
}

/// What is kept about a rejected notification holds nothing of its body.
#[tokio::test]
async fn i13_rejects_are_counted_not_kept() {
    let stage = Stage::start().await;
    let before = stage.snapshot();
    let url = stage.notify_url(ACME, CERTIFICATE_MCHID, "transaction");
    for n in 0..100 {
        let body = format!("{{\"canary\":{n}}}").into_bytes();
        let forged =
            Forgery { headers: vec![("Content-Type".into(), "application/json".into())], body };
        assert_eq!(stage.post_notification(&url, &forged).await.status, 401);
    }
    let sample = stage.rejects();
    assert_eq!(sample.len(), 64, "bounded");
    assert!(!format!("{sample:?}").contains("canary"));
    assert_eq!(stage.snapshot(), before);
    stage.finish().await;
}

/// A key nobody knows.
fn key_pair() -> (String, String) {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let private: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    let public: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
    (pem("PRIVATE KEY", private.as_ref()), pem("PUBLIC KEY", public.as_ref()))
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<_> =
        text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

fn secret_file(folder: &Path, name: &str, text: &str) -> SecretSource {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
    SecretSource::File(path)
}

const LIVE_MCHID: &str = "1712345678";
const LIVE_KEY_ID: &str = "PUB_KEY_ID_0117123456782026010100000000000000";

/// A configuration for real money, with keys made a moment ago. WeChat cannot be reached from it:
/// its proxy is a port at which nobody listens.
fn live(folder: &Path, public_key_pem: &str, private_key_pem: &str) -> Config {
    let deaf = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let proxy = format!("http://{}", deaf.local_addr().unwrap());
    drop(deaf);
    let api_key = ApiKey::mint(Environment::Live, "real", &SystemNonces).unwrap();
    Config {
        environment: Environment::Live,
        public_url: Some("https://pay.suanpan-tea.cn".into()),
        data_dir: folder.join("data"),
        wechat: WechatConfig { proxy: Some(proxy), ..WechatConfig::default() },
        accounts: vec![AccountConfig {
            id: "real".into(),
            api_keys: vec![ApiKeyConfig { label: "till".into(), sha256: api_key.sha256 }],
            merchants: vec![MerchantConfig {
                mchid: LIVE_MCHID.into(),
                private_key: secret_file(folder, "apiclient_key.pem", private_key_pem),
                certificate: None,
                serial_no: Some("5157F09EFDC096DE15EBE81A47057A7232F1B8E1".into()),
                api_v3_key: secret_file(folder, "api_v3_key", "t8Gx2LqPzR4mWvY7cNbK9sHdJfA3eU6o"),
                previous_api_v3_key: None,
                public_key: Some(PublicKeyConfig {
                    id: LIVE_KEY_ID.into(),
                    pem: SecretSource::Inline(SecretText::new(public_key_pem)),
                }),
            }],
            apps: vec![AppConfig {
                appid: "wx5a1ebb2c3d4e5f60".into(),
                kind: AppKind::Miniprogram,
                secret: secret_file(folder, "app_secret", "0123456789abcdef0123456789abcdef"),
            }],
        }],
        ..Config::default()
    }
}

async fn start_live(
    stage: &Stage,
    config: Config,
) -> Result<suanpan_server::Running<suanpan_store::SqliteStore>, suanpan_server::StartError> {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let clock = suanpan_testkit::StageClock::at(stage.clock().wall());
    let parts = Parts {
        clock: Some(Arc::new(clock)),
        listener: Some(listener),
        workers: Workers::ByHand,
        ..Parts::default()
    };
    Server::start_with(config, parts).await
}

#[tokio::test]
async fn s06_a_live_server_refuses_everything_the_simulator_signs() {
    let stage = Stage::start().await;
    let folder = tempfile::tempdir().unwrap();
    let (_, public) = key_pair();
    let (private, _) = key_pair();
    let server = start_live(&stage, live(folder.path(), &public, &private)).await.unwrap();
    let url = format!("{}/notify/v3/real/{LIVE_MCHID}/transaction", server.url());
    let content = json!({ "mchid": LIVE_MCHID, "out_trade_no": "x", "trade_state": "SUCCESS" });
    let mut forged = Vec::new();
    for mchid in [CERTIFICATE_MCHID, PUBLIC_KEY_MCHID] {
        forged.push(stage.genuine(mchid, "transaction", &content));
    }
    // The simulator's keys under the name of the live one, which is public.
    for key in ["public-", "platform-", "merchant-"] {
        let key = pool::keys(key).next().unwrap();
        let signer = (SerialNo::new(LIVE_KEY_ID).unwrap(), key.private_key_pem);
        let body = forged[0].body.clone();
        forged.push(Forgery::signed(&signer, &body, stage.clock().wall()));
    }
    for forgery in &forged {
        let answer = stage.post_notification(&url, forgery).await;
        assert_eq!(answer.status, 401, "{answer:?}");
    }
    // Nor does a real notification of the simulator change anything there.
    let Sale { payer, placed, .. } = sale_of(&stage, ACME, NewOrder::of("T1", 1)).await;
    stage.pay(&payer, &placed, Outcome::Success).await;
    stage.quiesce().await;
    let (_, real) = captured(&stage);
    assert_eq!(stage.post_notification(&url, &real).await.status, 401);
    let request = stage.http().get(&format!("{}/v1/orders", server.url()));
    let answer = stage.http().send(request.bearer_auth(stage.merchant().api_key)).await;
    answer.is_problem(401, "api_key_invalid");
    server.stop().await;
    stage.finish().await;
}

#[tokio::test]
async fn s06_a_live_server_does_not_start_with_the_simulators_keys() {
    let stage = Stage::start().await;
    let (private, public) = key_pair();
    let pool_key = pool::keys("merchant-").next().unwrap();
    let pool_public = pool::keys("public-").next().unwrap();
    let fresh = tempfile::tempdir().unwrap();
    for (what, public, private) in [
        ("private_key", public.as_str(), pool_key.private_key_pem.as_str()),
        ("public_key", pool_public.public_key_pem.as_str(), private.as_str()),
    ] {
        let refused = start_live(&stage, live(fresh.path(), public, private)).await;
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains(what) && refused.contains("everybody knows"), "{refused}");
    }
    // A database of the simulator is not opened for real money.
    let config = live(fresh.path(), &public, &private);
    let config = Config { data_dir: stage.data_dir().to_owned(), ..config };
    stage.kill_server().await;
    let refused = start_live(&stage, config).await.unwrap_err().to_string();
    assert!(refused.contains("created for environment simulator"), "{refused}");
    // And the simulator does not take a number that may belong to somebody.
    let real = suanpan_simulator::MerchantSetup {
        mchid: Some(Mchid::new(LIVE_MCHID).unwrap()),
        ..Default::default()
    };
    let refused = stage.simulator().register_merchant(real).unwrap_err();
    assert!(refused.contains("real merchant"), "{refused}");
    stage.start_server(stage.config()).await.unwrap();
    stage.finish().await;
}
