//! The shell: HTTP in, webhooks out, workers, configuration. Every handler and every loop is
//! *parse → act → render*; what Suanpan does is in `suanpan_acts`, and nothing here commits.
//!
//! [`Server::start`] assembles a whole server from a [`Config`] and gives it back [`Running`]. It
//! keeps nothing in statics, so any number of servers run in one process. Who wants another clock,
//! another source of chance, a listener of their own or workers stepped by hand says so in
//! [`Parts`].
//!
//! | folder | what it holds |
//! |---|---|
//! | `config/` | what an operator decides; checked once, at start |
//! | `edge/` | the connection under HTTP: timers, framing, caps |
//! | `http/` | the surface; a file's path is its URL's path |
//! | `ports/` | adapters: WeChat, webhooks, clock, chance |
//! | `worker/` | due jobs |
//! | `shell.rs` | where acts outlive the connection that asked for them |

pub mod config;
mod edge;
mod http;
mod metrics;
mod ports;
mod running;
mod shell;
mod start;
#[cfg(test)]
mod testing;
mod token_key;
mod worker;

pub use config::{Config, ConfigError};
pub use http::Reject;
pub use ports::{
    FollowedClock, NotFollowed, ServerPorts, SharedClock, SharedNonces, SystemClock, SystemNonces,
    WebhookSender, WechatAdapter,
};
pub use running::Running;
pub use start::{Parts, Server, StartError, Workers};
pub use suanpan_store::SqliteStore;
