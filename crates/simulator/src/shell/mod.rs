//! The shell around the world: sockets, clocks, files.

mod clock;
mod loops;
mod notifier;
mod register;
mod shared;
mod start;
mod store;
#[cfg(test)]
mod tests;

pub use clock::{SystemWallClock, VirtualClock, WallClock};
pub use register::MerchantSetup;
pub(crate) use register::SetupError;
pub(crate) use shared::Shared;
pub use shared::{Feed, FeedKind};
pub(crate) use start::fresh_seed;
pub use start::{Addresses, Config, Running, Simulator, StartError};
pub use store::DataError;
pub(crate) use store::DataFolder;
