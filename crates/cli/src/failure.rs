use std::path::PathBuf;

/// Why the program ends with an error: one sentence, and what to do where something can be done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("{}", with_sources(.0))]
    Server(#[from] suanpan_server::StartError),
    #[error("{}", with_sources(.0))]
    Config(#[from] suanpan_server::ConfigError),
    #[error("the simulator does not start: {}", with_sources(.0))]
    Simulator(#[from] suanpan_simulator::StartError),
    #[error("the sample shop does not open: {}", with_sources(.0))]
    Shop(#[from] suanpan_shop::ShopError),
    #[error("{what} does not answer as it should: {reason}\nhint: {hint}")]
    Answer { what: String, reason: String, hint: &'static str },
    #[error(
        "the simulator at {management} demands its token\nhint: give it with --token, or in \
         SUANPAN_MANAGEMENT_TOKEN"
    )]
    NoToken { management: String },
    #[error("{path} cannot be used: {source}")]
    File { path: PathBuf, source: std::io::Error },
    #[error("cannot listen on {address}: {source}\nhint: choose another address, or port 0")]
    Listen { address: std::net::SocketAddr, source: std::io::Error },
    #[error("{path} exists already\nhint: choose another {what} with {flag}")]
    Exists { path: PathBuf, what: &'static str, flag: &'static str },
    #[error(
        "{path} does not open: {reason}\nhint: the password is the mchid the file was made for"
    )]
    P12 { path: PathBuf, reason: String },
    #[error("{path} has no private key with its certificate: {reason}")]
    P12Content { path: PathBuf, reason: String },
    #[error("{0}")]
    Mchid(#[from] suanpan_wechat::id::InvalidId),
    #[error("the store stopped for good ({0}); start again to see what the last commit did")]
    StoreFailed(String),
    #[error("{path} is not the folder of a mini program: it has no app.json")]
    NoMiniProgram { path: PathBuf },
    #[error("the simulator's world has no such mini program; POST /api/apps registers one")]
    NoSuchApp,
    #[error("{path}, {source}")]
    Scenario { path: PathBuf, source: suanpan_simulator::ScenarioError },
    #[error("the story did not go as told: {0}")]
    NotAsTold(suanpan_simulator::Played),
    #[error("the sample shop ended by itself")]
    ShopEnded,
    #[error(
        "nothing is known about this 暂无说明\nhint: WeChat Pay's support can tell from the Request-ID \
         请将 Request-ID 提供给微信支付客服"
    )]
    NothingKnown,
    #[error("{path} is no request: it does not begin with a line like `POST /v3/… HTTP/1.1`")]
    NoMessage { path: PathBuf },
    #[error("no cause was found 未找到原因")]
    NotExplained,
    #[error("{0}")]
    ApiKey(#[from] suanpan_server::config::InvalidApiKey),
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

/// The error and everything under it, once each.
pub(crate) fn with_sources(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    for source in std::iter::successors(error.source(), |error| error.source()) {
        let source = source.to_string();
        if !text.contains(&source) {
            text = format!("{text}: {source}");
        }
    }
    text
}
