//! Never shipped: a whole payment system in one process, and the hands that move it.
//!
//! A [`Stage`] is the real server on a real SQLite file, the real simulator, real HTTP between them,
//! and one clock that stands still until a test moves it. Nothing runs by itself: notifications
//! leave, jobs run and orders expire only inside [`Stage::advance`] and [`Stage::quiesce`], so a
//! test never sleeps and never guesses.
//!
//! The server runs in a runtime of its own. Shutting that down is as abrupt as a process can die
//! between two instructions that matter, which is how [`Stage::kill_server`] and the plans of
//! [`Breakage`] crash it.
//!
//! [`Stage::finish`] ends a test: it lets everything settle and then holds the books of both sides,
//! the log and every answer that was given against the threat list. A test that forgets it fails.

mod answer;
mod books;
mod breakable;
mod clock;
mod database;
mod forgery;
mod http;
mod inbox;
mod log;
mod merchant;
mod payer;
mod secrets;
mod server;
mod setup;
mod shop;
mod stage;

pub use answer::Answer;
pub use breakable::{BreakableStore, Breakage, Hold, Moment};
pub use clock::StageClock;
pub use database::{Row, Snapshot};
pub use forgery::Forgery;
pub use http::Http;
pub use inbox::{Inbox, Webhook};
pub use merchant::{Merchant, NewOrder, Placed};
pub use payer::Payer;
pub use setup::{
    ACME, BRAVO, BRAVO_APP, CERTIFICATE_MCHID, MIXED_MCHID, PUBLIC_KEY_MCHID, Settings,
};
pub use shop::Shop;
pub use stage::Stage;
