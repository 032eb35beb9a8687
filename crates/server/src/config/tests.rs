use std::{net::SocketAddr, path::Path};

use super::*;
use crate::testing::{POOL_KEY, app, fresh_private_key, merchant};

const ADDRESS: SocketAddr = DEFAULT_LISTEN;

fn refusal(config: &Config) -> String {
    config.check(ADDRESS).expect_err("the configuration should be refused").to_string()
}

/// A live configuration without a fault, its secrets in files.
fn live(folder: &Path) -> Config {
    let secret = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        #[cfg(unix)]
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600))
            .unwrap();
        SecretSource::File(name.into())
    };
    Config {
        environment: Environment::Live,
        public_url: Some("https://pay.myshop.cn".into()),
        accounts: vec![AccountConfig {
            id: "myshop".into(),
            api_keys: vec![ApiKeyConfig { label: "a".into(), sha256: "ab".repeat(32) }],
            merchants: vec![MerchantConfig {
                private_key: secret("apiclient_key.pem", &fresh_private_key()),
                api_v3_key: secret("api_v3_key", "0123456789abcdef0123456789ABCDEF"),
                ..merchant("1600000007")
            }],
            apps: vec![AppConfig {
                secret: secret("app_secret", "0123456789abcdef0123456789abcdef"),
                ..app("wx1234567890abcdef")
            }],
        }],
        folder: folder.to_owned(),
        ..Config::default()
    }
}

#[test]
fn the_default_runs_beside_the_simulator() {
    let checked = Config::default().check(ADDRESS).unwrap();
    assert_eq!(checked.directory.environment, Environment::Simulator);
    assert_eq!(checked.directory.public_url, "http://127.0.0.1:8700");
    assert_eq!(checked.client.merchant_api.as_str(), "http://127.0.0.1:9700");
    assert!(!checked.loopback_webhooks);
}

#[test]
fn a_complete_live_configuration_is_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let checked = live(folder.path()).check(ADDRESS).unwrap();
    assert_eq!(checked.client.merchant_api.as_str(), "https://api.mch.weixin.qq.com");
    assert_eq!(checked.directory.public_url, "https://pay.myshop.cn");
}

#[test]
fn s06_live_refuses_what_the_simulator_offers() {
    let folder = tempfile::tempdir().unwrap();
    type Change = fn(&mut Config);
    let changes: [(&str, Change); 16] = [
        ("simulator", |config| {
            config.simulator =
                Some(SimulatorConfig { management_url: None, loopback_webhooks: false });
        }),
        ("simulator", |config| {
            let management_url = Some("http://127.0.0.1:9702".into());
            config.simulator = Some(SimulatorConfig { management_url, loopback_webhooks: true });
        }),
        ("wechat.merchant_api", |config| {
            config.wechat.merchant_api = Some("http://127.0.0.1:9700".into());
        }),
        ("wechat.merchant_api", |config| {
            config.wechat.merchant_api = Some("http://api.mch.weixin.qq.com".into());
        }),
        ("wechat.merchant_api", |config| {
            config.wechat.merchant_api = Some("https://api.mch.weixin.qq.com.evil.cn".into());
        }),
        ("wechat.open_api", |config| {
            config.wechat.open_api = Some("https://api.mch.weixin.qq.com".into());
        }),
        ("wechat.extra_root_certificates_pem", |config| {
            config.wechat.extra_root_certificates_pem = Some("-----BEGIN".into());
        }),
        ("public_url", |config| config.public_url = None),
        ("public_url", |config| config.public_url = Some("http://pay.myshop.cn".into())),
        ("public_url", |config| config.public_url = Some("https://127.0.0.1:8700".into())),
        ("public_url", |config| config.public_url = Some("https://[::1]".into())),
        ("public_url", |config| config.public_url = Some("https://a.localhost".into())),
        ("secrets stand in files", |config| {
            let key = SecretSource::inline(fresh_private_key());
            config.accounts[0].merchants[0].private_key = key;
        }),
        ("secrets stand in files", |config| {
            config.accounts[0].apps[0].secret =
                SecretSource::inline("0123456789abcdef0123456789abcdef");
        }),
        ("accounts", |config| config.accounts.clear()),
        ("private_key", |config| {
            std::fs::write(config.folder.join("apiclient_key.pem"), POOL_KEY).unwrap();
        }),
    ];
    for (setting, change) in changes {
        let mut config = live(folder.path());
        change(&mut config);
        let refusal = refusal(&config);
        assert!(refusal.contains(setting), "{setting}: {refusal}");
    }
}

/// Not even the public half of a key that everybody knows: whoever has the private one could sign
/// as WeChat.
#[test]
fn s06_live_does_not_believe_a_known_public_key() {
    use aws_lc_rs::{encoding::AsDer as _, signature::KeyPair as _};
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let folder = tempfile::tempdir().unwrap();
    let mut config = live(folder.path());
    let (_, pem) = crate::testing::POOL_CERTIFICATE_KEY.split_once('\n').unwrap();
    let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let pair = aws_lc_rs::rsa::KeyPair::from_pkcs8(&STANDARD.decode(base64).unwrap()).unwrap();
    let der: aws_lc_rs::encoding::PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
    let pem = format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
        STANDARD.encode(der.as_ref())
    );
    config.accounts[0].merchants[0].public_key =
        Some(PublicKeyConfig { id: "PUB_KEY_ID_1".into(), pem: SecretSource::inline(pem) });
    let refusal = refusal(&config);
    assert!(refusal.contains("public_key") && refusal.contains("everybody knows"), "{refusal}");
}

/// Starting from the file that `suanpan init` writes, every example must be replaced before the
/// next one is complained about, and only the last replacement makes it start.
#[test]
fn c02_the_template_is_refused_until_nothing_of_it_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let ready = live(folder.path());
    std::fs::copy(folder.path().join("app_secret"), folder.path().join("secret")).unwrap();
    let mut config = Config::parse(Path::new("live.toml"), LIVE_TEMPLATE).unwrap();
    config.folder = folder.path().to_owned();
    // What the template can only name, and the merchant's console gives.
    let own = &mut config.accounts[0];
    own.apps[0].secret = SecretSource::File("secret".into());
    own.merchants[0].certificate = None;
    own.merchants[0].serial_no = Some("ABCD".into());
    assert!(refusal(&config).contains("public_url"), "{}", refusal(&config));
    config.public_url = ready.public_url;
    assert!(refusal(&config).contains("mchid 1900000001"), "{}", refusal(&config));
    config.accounts[0].merchants[0].mchid = "1600000007".into();
    assert!(refusal(&config).contains("appid wx0000000000000001"), "{}", refusal(&config));
    config.accounts[0].apps[0].appid = "wx1234567890abcdef".into();
    assert!(refusal(&config).contains("api_keys"), "{}", refusal(&config));
    config.accounts[0].api_keys[0].sha256 = "ab".repeat(32);
    config.check(ADDRESS).unwrap();
}

#[test]
fn c02_documentation_values_are_refused_in_live() {
    let folder = tempfile::tempdir().unwrap();
    for host in ["pay.example.com", "example.org", "shop.example", "shop.test", "a.invalid"] {
        let public_url = Some(format!("https://{host}"));
        let config = Config { public_url, ..live(folder.path()) };
        assert!(refusal(&config).contains("is an example"), "{host}");
    }
    for mchid in ["1900007291", "1230000109"] {
        let mut config = live(folder.path());
        config.accounts[0].merchants[0].mchid = mchid.into();
        assert!(refusal(&config).contains("is an example"), "{mchid}");
    }
}

#[test]
fn unknown_keys_are_refused_and_secrets_are_not_quoted() {
    let path = Path::new("suanpan.toml");
    for text in ["colour = 1", "[wechat]\nverify = false", "[[accounts]]\nid = 'a'\nadmin = true"] {
        let error = Config::parse(path, text).unwrap_err().to_string();
        assert!(error.contains("unknown field"), "{error}");
    }
    for secret in ["'canary'", "{ file = 'x', inline = 'canary' }", "{ inline = ['canary'] }"] {
        let app = format!("[[accounts.apps]]\nappid = 'wx'\nsecret = {secret}\n");
        let text = format!("[[accounts]]\nid = 'a'\n{app}");
        let error = format!("{0} {0:?}", Config::parse(path, &text).unwrap_err());
        assert!(!error.contains("canary"), "{error}");
        assert!(error.contains("line 5"), "{error}");
    }
}

#[test]
fn what_belongs_together_is_checked() {
    type Change = fn(&mut Config);
    let changes: [(&str, Change); 11] = [
        ("accounts[0].id", |config| config.accounts[0].id = "Shop!".into()),
        ("accounts[1].id", |config| {
            let mut twin = config.accounts[0].clone();
            (twin.merchants, twin.apps, twin.api_keys) = (vec![], vec![], vec![]);
            config.accounts.push(twin);
        }),
        ("merchants[1].mchid", |config| {
            let twin = config.accounts[0].merchants[0].clone();
            config.accounts[0].merchants.push(twin);
        }),
        ("apps[1].appid", |config| {
            let twin = config.accounts[0].apps[0].clone();
            config.accounts[0].apps.push(twin);
        }),
        ("api_keys[0].sha256", |config| {
            config.accounts[0].api_keys[0].sha256 = "sk_sim_a_key_not_a_digest".into();
        }),
        ("api_keys[1].sha256", |config| {
            let twin = config.accounts[0].api_keys[0].clone();
            config.accounts[0].api_keys.push(twin);
        }),
        ("`certificate` or `serial_no`", |config| {
            config.accounts[0].merchants[0].serial_no = None;
        }),
        ("api_v3_key", |config| {
            config.accounts[0].merchants[0].api_v3_key = SecretSource::inline("short");
        }),
        ("limits.jobs", |config| config.limits.jobs = 0),
        ("public_url", |config| config.public_url = Some("http://127.0.0.1:8700/path".into())),
        ("simulator.management_url", |config| {
            let management_url = Some("http://192.168.1.1:9702".into());
            config.simulator = Some(SimulatorConfig { management_url, loopback_webhooks: true });
        }),
    ];
    let good = Config {
        accounts: vec![AccountConfig {
            id: "shop".into(),
            api_keys: vec![ApiKeyConfig { label: "a".into(), sha256: "ab".repeat(32) }],
            merchants: vec![merchant("1900000001")],
            apps: vec![app("wxshop")],
        }],
        ..Config::default()
    };
    good.check(ADDRESS).unwrap();
    for (setting, change) in changes {
        let mut config = good.clone();
        change(&mut config);
        assert!(refusal(&config).contains(setting), "{setting}: {}", refusal(&config));
    }
}
