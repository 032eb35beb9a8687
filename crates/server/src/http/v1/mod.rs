//! The merchant API: called by merchants' backends with an API key.

pub(super) mod events;
pub(super) mod login;
mod order_body;
pub(super) mod orders;
pub(super) mod sessions;
pub(super) mod webhook_endpoints;
pub(super) use order_body::Amount;
