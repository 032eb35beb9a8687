use suanpan_server::{
    Server, SystemNonces,
    config::{ApiKey, ApiKeyConfig, Config, Environment},
};

use crate::{
    arguments::ServeArguments,
    failure::Failure,
    fixture::{self, Fixture},
    signals::Signals,
};

const HINT: &str = "start one with `suanpan simulate`, or name a configuration file with --config";

/// The account that stands for a configuration file that is not there.
const ACCOUNT: &str = "local";

/// Runs the server until it is told to stop.
pub(crate) async fn run(arguments: ServeArguments) -> Result<(), Failure> {
    let mut signals = Signals::listen()?;
    let mut config = match &arguments.config {
        Some(path) => Config::read(path)?,
        None => beside_simulator(&arguments.simulator).await?,
    };
    if let Some(listen) = arguments.listen {
        config.listen = listen;
    }
    if let Some(data) = arguments.data {
        config.data_dir = data;
    }
    config.public_url = arguments.public_url.or(config.public_url);
    let server = Server::start(config).await?;
    eprintln!("suanpan serves on {} 服务已启动", server.url());
    let failed = tokio::select! {
        () = signals.next() => None,
        reason = server.store_failed() => Some(reason),
    };
    eprintln!("stopping; once more stops at once 正在停止");
    signals.unless_again(server.stop()).await;
    failed.map_or(Ok(()), |reason| Err(Failure::StoreFailed(reason)))
}

/// No file: the simulator's own merchants, and a key that lives as long as this process.
async fn beside_simulator(management_url: &str) -> Result<Config, Failure> {
    let fixture: Fixture = fixture::fetch(management_url, None, HINT).await?;
    let key = ApiKey::mint(Environment::Simulator, ACCOUNT, &SystemNonces)?;
    eprintln!("no configuration file: using the merchants of the simulator at {management_url}");
    eprintln!("API key of account {ACCOUNT}, until this process ends: {}", key.expose());
    let mut account = fixture.account(ACCOUNT);
    account.api_keys.push(ApiKeyConfig { label: "this process".to_owned(), sha256: key.sha256 });
    Ok(fixture.config(management_url, account))
}
