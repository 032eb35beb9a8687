//! Combined orders: several orders, one payment (docs/protocol.md, "Combined orders").

mod transaction;

pub use transaction::{PaidBy, SubTransaction, SubTransactionAmount, Transaction};
