//! WeChat on your laptop: a stateful, strict, seeded world behind WeChat's own paths.
//!
//! [`world`] is WeChat as a program meets it, a pure state machine: state, request and time go in,
//! answers and effects come out. It opens no socket, reads no clock and draws no ambient
//! randomness, so the same seed and the same calls give the same answers byte for byte.
//!
//! It shares identifiers, amounts, canonical strings and cryptography with `suanpan-wechat` and
//! deliberately not its message structs: the bodies here are written from the specification a
//! second time, so that a mistake cannot agree with itself.
//!
//! Around it, behind feature `serve`, stands the shell ([`Simulator`]): the protocol listener at
//! WeChat's paths, a forward proxy and a TLS listener that answer for WeChat's host names, and the
//! management surface through which people and tests act. It listens on loopback and guards no
//! money.

pub mod pool;
pub mod world;

#[cfg(feature = "serve")]
mod http;
#[cfg(feature = "serve")]
mod mini_program;
#[cfg(feature = "phone")]
mod phone;
#[cfg(feature = "serve")]
mod proxy;
#[cfg(feature = "serve")]
mod scenario;
#[cfg(feature = "serve")]
mod shell;

#[cfg(feature = "serve")]
pub use mini_program::MiniProgram;
#[cfg(feature = "serve")]
pub use proxy::AuthorityError;
#[cfg(feature = "serve")]
pub use scenario::{
    Expectation, Line, Name, NewOrder, Played, Report, Scenario, ScenarioError, Step,
};
#[cfg(feature = "serve")]
pub use shell::{
    Addresses, Config, DataError, Feed, FeedKind, MerchantSetup, Running, Simulator, StartError,
    SystemWallClock, UnreadableWorld, VirtualClock, WallClock,
};
