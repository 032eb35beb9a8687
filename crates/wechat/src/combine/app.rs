//! Combined orders for mobile apps: `POST /v3/combine-transactions/app`.

use super::{SceneInfo, Terms};
use crate::pay::{Prepaid, prepay};

/// The order as WeChat wants it; see [`combine`](crate::combine).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Order {
    /// What is sold.
    #[serde(flatten)]
    pub terms: Terms,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scene_info: Option<SceneInfo>,
}

impl Order {
    /// The members every order has.
    #[must_use]
    pub const fn new(terms: Terms) -> Self {
        Self { terms, scene_info: None }
    }
}

prepay!(Order => "combine.app.prepay", "/v3/combine-transactions/app", Prepaid);
