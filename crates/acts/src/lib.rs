//! What Suanpan does (being written).
pub mod change;
pub mod directory;
pub mod endpoints;
mod error;
pub mod job;
pub mod ports;
pub mod token;
pub mod webhook;
pub use change::{ChangeSet, Guard, Write};
pub use directory::{Account, App, AppKind, Directory, Environment};
pub use error::ActError;
pub use job::{Job, LeasedJob, Queue};
pub use ports::{Clock, MerchantHttp, Nonces, Ports, Store, StoreError, WeChat};
