//! Combined orders for mobile apps: `POST /v3/combine-transactions/app`.

use crate::pay::{Prepaid, prepay};

pub use super::BearerOrder as Order;

prepay!("combine.app.prepay", "/v3/combine-transactions/app", Prepaid);
