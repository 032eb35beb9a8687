//! Combined JSAPI orders that only one named person may pay; see
//! [`pay::real_name`](crate::pay::real_name).

use super::{SceneInfo, Terms};
use crate::{
    id::SerialNo,
    pay::{Prepaid, prepay_sealed, real_name::Identity},
};

/// A [`jsapi::Order`](super::jsapi::Order) whose payer must be somebody.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Order {
    /// What is sold.
    #[serde(flatten)]
    pub terms: Terms,
    /// Who must pay.
    pub combine_payer_info: Payer,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scene_info: Option<SceneInfo>,
}

impl Order {
    /// The members every order has.
    #[must_use]
    pub const fn new(terms: Terms, combine_payer_info: Payer) -> Self {
        Self { terms, combine_payer_info, scene_info: None }
    }

    fn sealed_to(&self) -> &SerialNo {
        self.combine_payer_info.identity.sealed_to()
    }
}

prepay_sealed!(Order => "combine.real_name.prepay", "/v3/combine-transactions/jsapi", Prepaid);

/// Who must pay.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Payer {
    /// As one of the apps knows them.
    #[serde(flatten)]
    pub payer: super::Payer,
    /// Whose papers the WeChat account must be bound to.
    pub identity: Identity,
}
