//! The v2 protocol against its published examples, and against attackers.

mod answers;
mod bills;
mod front;
mod notifications;
mod requests;
pub(crate) mod world;
mod xml;
