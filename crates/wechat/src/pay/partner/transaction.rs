use crate::{
    id::{Appid, Mchid, Openid},
    pay::transaction::transaction,
};

transaction! {
    /// An order of a sub-merchant as WeChat knows it: the answer to a partner's query and the
    /// content of a partner's payment notification (docs/protocol/payments.md, "Partners").
    Transaction {
        /// The provider's app.
        sp_appid: Appid,
        /// The provider, who ordered.
        sp_mchid: Mchid,
        /// The sub-merchant's app, if it was ordered with one.
        #[serde(default, deserialize_with = "crate::json::empty_as_absent")]
        sub_appid: Option<Appid>,
        /// The sub-merchant, who is paid.
        sub_mchid: Mchid,
    }
    payer: PaidBy
}

/// The person who paid, as two apps know them.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct PaidBy {
    /// As the provider's app knows them.
    #[serde(default, deserialize_with = "crate::json::empty_as_absent")]
    pub sp_openid: Option<Openid>,
    /// As the sub-merchant's app knows them, if it was ordered with one.
    #[serde(default, deserialize_with = "crate::json::empty_as_absent")]
    pub sub_openid: Option<Openid>,
}
