//! Combined JSAPI orders that only one named person may pay; see
//! [`pay::real_name`](crate::pay::real_name).

use super::jsapi;
use crate::{
    pay::{Prepaid, prepay_sealed, real_name::Identity},
    sensitive::SealedBody,
};

/// A [`jsapi::Order`] whose payer must be somebody.
pub type Order = jsapi::Order<Payer>;

impl Order {
    /// The body to store before it is sent, with the name of the key it is encrypted to.
    #[must_use]
    pub fn seal(&self) -> SealedBody {
        self.combine_payer_info.identity.seal(self)
    }
}

prepay_sealed!("combine.real_name.prepay", "/v3/combine-transactions/jsapi", Prepaid);

/// Who must pay.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Payer {
    /// As one of the apps knows them.
    #[serde(flatten)]
    pub payer: super::Payer,
    /// Whose papers the WeChat account must be bound to.
    pub identity: Identity,
}
