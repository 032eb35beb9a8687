use std::path::Path;

use super::*;
use crate::{
    config::SimulatorConfig,
    testing::{app, merchant},
};

fn config(data: &Path) -> Config {
    Config {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        data_dir: data.to_owned(),
        simulator: Some(SimulatorConfig { management_url: None, loopback_webhooks: true }),
        ..Config::default()
    }
}

async fn health(url: &str) -> Option<String> {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    client.get(format!("{url}/healthz")).send().await.ok()?.text().await.ok()
}

/// Nothing is kept in statics, and what one gives back at its end another can take.
#[tokio::test]
async fn two_servers_run_in_one_process_and_stop_one_by_one() {
    let (first_data, second_data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let first = Server::start(config(first_data.path())).await.unwrap();
    let second = Server::start(config(second_data.path())).await.unwrap();
    let (first_url, second_url) = (first.url(), second.url());
    assert_ne!(first_url, second_url);
    assert_eq!(health(&first_url).await.as_deref(), Some("ok\n"));
    assert_eq!(health(&second_url).await.as_deref(), Some("ok\n"));
    first.stop().await;
    assert_eq!(health(&first_url).await, None);
    assert_eq!(health(&second_url).await.as_deref(), Some("ok\n"));
    let again = Server::start(config(first_data.path())).await.unwrap();
    assert_eq!(health(&again.url()).await.as_deref(), Some("ok\n"));
    again.stop().await;
    second.stop().await;
}

#[tokio::test]
async fn d07_a_second_server_on_one_folder_does_not_start() {
    let data = tempfile::tempdir().unwrap();
    let first = Server::start(config(data.path())).await.unwrap();
    let second = Server::start(config(data.path())).await;
    assert!(matches!(second, Err(StartError::Store(OpenError::InUse { .. }))), "{second:?}");
    first.stop().await;
}

/// Without anybody at WeChat's address, and with a clock that is not there: the server starts, and
/// says on /readyz and in the log what is missing, rather than refusing to keep its books.
#[tokio::test]
async fn a_simulator_that_is_not_there_yet_is_no_reason_not_to_start() {
    let data = tempfile::tempdir().unwrap();
    let mut config = config(data.path());
    config.simulator = Some(SimulatorConfig {
        management_url: Some("http://127.0.0.1:9".into()),
        loopback_webhooks: true,
    });
    config.wechat.merchant_api = Some("http://127.0.0.1:9".into());
    config.accounts.push(crate::config::AccountConfig {
        id: "acme".into(),
        api_keys: Vec::new(),
        merchants: vec![merchant("1900000001")],
        apps: vec![app("wxacme")],
    });
    let server = Server::start(config).await.unwrap();
    assert_eq!(health(&server.url()).await.as_deref(), Some("ok\n"));
    server.stop().await;
}

/// The first refusal is the configuration's: nothing was created in the data folder by then.
#[tokio::test]
async fn a_refused_configuration_leaves_no_trace() {
    let data = tempfile::tempdir().unwrap();
    let mut config = config(data.path());
    config.environment = Environment::Live;
    let refused = Server::start(config).await;
    assert!(matches!(refused, Err(StartError::Config(_))), "{refused:?}");
    assert_eq!(std::fs::read_dir(data.path()).unwrap().count(), 0);
}
