//! Combined orders for JSAPI pages and mini programs: `POST /v3/combine-transactions/jsapi`.

use super::{Payer, SceneInfo, Terms};
use crate::pay::{Prepaid, prepay, to_body};

/// The order as WeChat wants it (<https://pay.weixin.qq.com/doc/v3/merchant/4012556926>).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Order<P = Payer> {
    /// What is sold.
    #[serde(flatten)]
    pub terms: Terms,
    /// Who will pay.
    pub combine_payer_info: P,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scene_info: Option<SceneInfo>,
}

impl<P> Order<P> {
    /// The members every order has.
    #[must_use]
    pub const fn new(terms: Terms, combine_payer_info: P) -> Self {
        Self { terms, combine_payer_info, scene_info: None }
    }
}

to_body!(Order);
prepay!("combine.jsapi.prepay", "/v3/combine-transactions/jsapi", Prepaid);
