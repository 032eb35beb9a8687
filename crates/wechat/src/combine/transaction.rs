use crate::{
    Fen, Timestamp,
    id::{Appid, CombineOutTradeNo, Mchid, Openid, OutTradeNo, TransactionId},
    pay::{Promotion, TradeState, TradeType, TransactionScene},
};

/// A combined order as WeChat knows it: the answer to a query and the content of the one
/// notification about it (docs/protocol/combine.md, "The transaction").
///
/// All sub-orders are paid or none is. There is at least one, and every one must be handled: each
/// is a payment of its own from here on, with its own number at WeChat and its own refunds.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Transaction {
    /// The app that ordered.
    pub combine_appid: Appid,
    /// Who ordered: a merchant, or a provider for its sub-merchants.
    pub combine_mchid: Mchid,
    /// The number of the whole.
    pub combine_out_trade_no: CombineOutTradeNo,
    /// WeChat's number of the whole. **Unconfirmed**: only the community's description has it.
    #[serde(default, deserialize_with = "crate::json::empty_as_absent")]
    pub combine_transaction_id: Option<TransactionId>,
    /// Where it was paid.
    #[serde(default)]
    pub scene_info: Option<TransactionScene>,
    /// The orders inside, at least one.
    #[serde(deserialize_with = "at_least_one")]
    pub sub_orders: Vec<SubTransaction>,
    /// Who paid; once paid.
    #[serde(default)]
    pub combine_payer_info: Option<PaidBy>,
}

/// One order of a combined order. It has no sentence for people beside its state.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct SubTransaction {
    /// The merchant who is paid; with a `sub_mchid`, its provider.
    pub mchid: Mchid,
    /// The sub-merchant who is paid, if a provider ordered.
    #[serde(default, deserialize_with = "crate::json::empty_as_absent")]
    pub sub_mchid: Option<Mchid>,
    /// The sub-merchant's app, if it was ordered with one.
    #[serde(default, deserialize_with = "crate::json::empty_as_absent")]
    pub sub_appid: Option<Appid>,
    /// Who paid, as the sub-merchant's app knows them.
    #[serde(default, deserialize_with = "crate::json::empty_as_absent")]
    pub sub_openid: Option<Openid>,
    /// The merchant's number.
    pub out_trade_no: OutTradeNo,
    /// WeChat's number; once paid. Refunds and profit sharing use it.
    #[serde(default, deserialize_with = "crate::json::empty_as_absent")]
    pub transaction_id: Option<TransactionId>,
    /// How it was paid; once paid.
    #[serde(default, deserialize_with = "crate::json::empty_as_absent")]
    pub trade_type: Option<TradeType>,
    /// Where the order stands.
    pub trade_state: TradeState,
    /// When it was paid.
    #[serde(default, deserialize_with = "crate::json::empty_as_absent")]
    pub success_time: Option<Timestamp>,
    /// The money.
    #[serde(default)]
    pub amount: Option<SubTransactionAmount>,
    /// Which bank, or `OTHERS`; once paid.
    #[serde(default)]
    pub bank_type: Option<String>,
    /// What the order carried; once paid.
    #[serde(default)]
    pub attach: Option<String>,
    /// The coupons that were used; once paid.
    #[serde(default, deserialize_with = "crate::json::null_as_empty")]
    pub promotion_detail: Vec<Promotion>,
}

/// The money of a sub-order. Mind the names: basic payment calls them `total` and `payer_total`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct SubTransactionAmount {
    /// The sub-order's amount in fen.
    pub total_amount: Fen,
    /// What the user paid in fen, after coupons; once paid. Recorded, never compared.
    #[serde(default)]
    pub payer_amount: Option<Fen>,
    /// Absent means `CNY`.
    #[serde(default)]
    pub currency: Option<String>,
    /// What the user paid in.
    #[serde(default)]
    pub payer_currency: Option<String>,
}

/// The person who paid.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct PaidBy {
    /// As the combined order's appid knows them.
    #[serde(default, deserialize_with = "crate::json::empty_as_absent")]
    pub openid: Option<Openid>,
}

/// A combined order without orders would be paid by nobody and yet "all paid".
fn at_least_one<'de, D>(deserializer: D) -> Result<Vec<SubTransaction>, D::Error>
where
    D: serde::Deserializer<'de>,
{
    let sub_orders: Vec<SubTransaction> = serde::Deserialize::deserialize(deserializer)?;
    if sub_orders.is_empty() {
        return Err(serde::de::Error::invalid_length(0, &"at least one sub-order"));
    }
    Ok(sub_orders)
}
