//! The shell around the world: sockets, clocks, files.

mod client;
mod clock;
mod loops;
mod notifier;
mod register;
mod shared;
mod start;
mod store;
#[cfg(test)]
mod tests;

#[cfg(feature = "phone")]
pub(crate) use client::HttpClient;
pub use clock::{SystemWallClock, VirtualClock, WallClock};
pub use register::MerchantSetup;
pub(crate) use register::SetupError;
pub use shared::{Feed, FeedKind};
pub(crate) use shared::{Jump, Shared};
pub(crate) use start::fresh_seed;
pub use start::{Addresses, Config, Running, Simulator, StartError};
pub use store::{DataError, UnreadableWorld};
pub(crate) use store::{DataFolder, Stored};
