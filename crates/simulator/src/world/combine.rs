//! Orders that are paid together or not at all (v3 §5.1).
//!
//! Every part is an [`Order`] of its own, with its own payee, payment and refunds. What is kept
//! here is the knot: who tied it, under which number, and where the one notification goes.

use std::collections::BTreeMap;

use suanpan_wechat::id::{Appid, CombineOutTradeNo, Mchid, OutTradeNo, TransactionId};

use super::{
    order::{Order, OrderKey},
    state::{State, World},
};

/// Which combined order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub(crate) struct CombineKey {
    /// Who ordered.
    pub(crate) mchid: Mchid,
    pub(crate) number: CombineOutTradeNo,
}

/// Every combined order there is.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct CombinedOrders(BTreeMap<Mchid, BTreeMap<CombineOutTradeNo, Combined>>);

/// A combined order.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(crate) struct Combined {
    pub(crate) key: CombineKey,
    pub(crate) appid: Appid,
    /// In the order of the request, never empty; what they share stands in each of them.
    pub(crate) parts: Vec<OrderKey>,
    pub(crate) notify_url: String,
    /// The till that sold, when the order named one.
    pub(crate) device_id: Option<String>,
    /// WeChat's number of the whole, once paid.
    #[serde(default)]
    pub(crate) transaction_id: Option<TransactionId>,
    /// The first request; a repeat must say the same.
    pub(crate) request: serde_json::Value,
}

const KNOT_EXISTS: &str = "a part names the combined order it was entered with";

impl CombinedOrders {
    pub(crate) fn get(&self, mchid: &Mchid, number: &CombineOutTradeNo) -> Option<&Combined> {
        self.0.get(mchid)?.get(number)
    }

    /// Whether everything a stored world says about combined orders is there.
    pub(crate) fn stands(&self, state: &State) -> bool {
        self.0.iter().all(|(mchid, combined)| {
            combined.iter().all(|(number, combined)| {
                let key = CombineKey { mchid: mchid.clone(), number: number.clone() };
                let mut parts = combined.parts.iter().map(|part| state.order_of(part));
                combined.key == key
                    && state.merchants.contains_key(mchid)
                    && !combined.parts.is_empty()
                    && parts.all(|order| {
                        order.is_some_and(|order| order.combine.as_ref() == Some(&key))
                    })
            })
        })
    }

    /// The combined order of this merchant that WeChat gave this number. One merchant's are walked:
    /// the number is rarely asked for.
    pub(crate) fn by_transaction(&self, mchid: &Mchid, id: &TransactionId) -> Option<&Combined> {
        let mut combined = self.0.get(mchid)?.values();
        combined.find(|combined| combined.transaction_id.as_ref() == Some(id))
    }

    /// The same whoever combined it.
    pub(crate) fn by_transaction_of_anybody(&self, id: &TransactionId) -> Option<&Combined> {
        self.0.keys().find_map(|mchid| self.by_transaction(mchid, id))
    }

    pub(crate) fn number(&mut self, key: &CombineKey, id: TransactionId) {
        let combined = self.0.get_mut(&key.mchid).and_then(|known| known.get_mut(&key.number));
        combined.expect(KNOT_EXISTS).transaction_id = Some(id);
    }

    pub(crate) fn insert(&mut self, combined: Combined) {
        let CombineKey { mchid, number } = combined.key.clone();
        self.0.entry(mchid).or_default().insert(number, combined);
    }
}

impl World {
    /// The combined order that one of its parts names.
    pub(crate) fn combined(&self, key: &CombineKey) -> &Combined {
        self.state.combined.get(&key.mchid, &key.number).expect(KNOT_EXISTS)
    }

    /// The orders that are paid in one go with this one, itself among them.
    pub(crate) fn together(&self, mchid: &Mchid, out_trade_no: &OutTradeNo) -> Vec<OrderKey> {
        match self.state.order(mchid, out_trade_no) {
            Some(Order { combine: Some(combine), .. }) => self.combined(combine).parts.clone(),
            Some(order) => vec![order.key()],
            None => Vec::new(),
        }
    }
}
