//! Access tokens and tickets of an app: when to renew, and who does it.
//!
//! An app has *one* access_token at WeChat. The classic call makes a new one each time and kills the
//! one before it, five minutes later; two processes that renew on their own kill each other's, which
//! looks like a random 40001. The stable call gives everybody the same token and is the better
//! choice; even so it has a daily quota, and a ticket has no stable call. So:
//!
//! - everybody reads the token from one shared [`Slot`];
//! - whoever finds it due takes a lease first, by a compare-and-swap on the slot's version, and
//!   only the holder asks WeChat;
//! - the others go on with the token they have: it is valid until its end, and for five minutes
//!   after somebody renewed it.
//!
//! This module decides ([`Slot::step`]) and says how to ask ([`Classic`], [`Stable`], [`Ticket`]).
//! `suanpan-wechat-client` executes.

mod calls;
mod slot;

pub use calls::{Classic, Issued, Stable, Ticket};
pub use slot::{Held, Kind, LEASE_SECONDS, Renewal, Slot, SlotKey, Step};
