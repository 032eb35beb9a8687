//! What Suanpan does, one file per sentence of the business.
//!
//! An act loads an aggregate, lets `suanpan_trade` decide, commits a change set guarded by the
//! aggregate's version, and leaves effects behind as jobs. It awaits nothing but its ports
//! ([`Store`], [`WeChat`], [`MerchantHttp`]): no spawning, no sleeping, no selecting, so whoever
//! polls an act may stop polling it at any await and call that a crash. Every act can be run again
//! after that, and converges.
//!
//! Nothing else may commit: handlers, workers, operator commands and the chaos runs all call the
//! same functions.
//!
//! | file | the sentence |
//! |---|---|
//! | [`create_order`] | a merchant's server creates an order |
//! | [`login`] | a mini program's user logs in |
//! | [`pay`](mod@pay) | a payer opens the cashier |
//! | [`receive`](mod@receive) | WeChat notifies |
//! | [`watch`](mod@watch) | an order is queried, and closed when its time is over |
//! | [`show`] | somebody asks how an order stands |
//! | [`close`](mod@close) | a merchant's server closes an order |
//! | [`refund`](mod@refund) | money goes back |
//! | [`deliver`] | the merchant's backend hears about it |
//! | [`endpoints`] | a merchant's server says where to |
//! | [`work`](mod@work) | due jobs are run |

pub mod change;
pub mod close;
mod committing;
pub mod create_order;
pub mod deliver;
pub mod directory;
mod draft;
pub mod endpoints;
mod error;
pub mod job;
pub mod login;
pub mod observing;
pub mod pay;
mod payload;
pub mod ports;
pub mod receive;
pub mod refund;
pub mod show;
pub mod token;
pub mod watch;
pub mod webhook;
pub mod work;

pub use change::{ChangeSet, Guard, Write};
pub use directory::{Account, App, AppKind, Directory, Environment};
pub use error::ActError;
pub use job::{Job, LeasedJob, Queue};
pub use ports::{Clock, MerchantHttp, Nonces, Ports, Store, StoreError, WeChat};
