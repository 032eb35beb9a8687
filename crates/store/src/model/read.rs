//! Loads and queries: scans over everything, so that no index can be wrong.

use suanpan_acts::{
    change::{DeliveryRow, EndpointRow, EventRow, OrderSummary, RememberedRequest, SessionRow},
    endpoints::MAX_ENDPOINTS,
    ports::{
        DeliveryOf, EndpointById, EndpointsOf, EventById, EventsAfter, OrderRef, OrdersOf, Query,
        Read, Remembered, SessionByToken, StoreError,
    },
};
use suanpan_trade::Order;

use super::{ModelStore, State};
use crate::MAX_ROWS;

impl State {
    pub(super) fn find(&self, order: &OrderRef) -> Option<&Order> {
        self.orders().find(|candidate| {
            let identity = &candidate.identity;
            match order {
                OrderRef::Id(order_id) => identity.order_id == *order_id,
                OrderRef::MerchantOrderNo(account, number) => {
                    identity.account == *account && identity.merchant_order_no == *number
                }
                OrderRef::OutTradeNo(mchid, out_trade_no) => {
                    identity.mchid == *mchid && candidate.attempt(out_trade_no).is_some()
                }
                OrderRef::OutRefundNo(mchid, out_refund_no) => {
                    let mut refunds = candidate.refunds.iter();
                    identity.mchid == *mchid
                        && refunds.any(|refund| refund.out_refund_no == *out_refund_no)
                }
            }
        })
    }
}

/// A query as the model answers it.
trait Scan: Query {
    fn scan(self, state: &State) -> Self::Answer;
}

impl<Q: Scan> Read<Q> for ModelStore {
    async fn read(&self, query: Q) -> Result<Q::Answer, StoreError> {
        Ok(query.scan(&self.lock()))
    }
}

impl Scan for SessionByToken {
    fn scan(self, state: &State) -> Option<SessionRow> {
        state.sessions.get(&self.token_hash).cloned()
    }
}

impl Scan for EndpointsOf {
    fn scan(self, state: &State) -> Vec<EndpointRow> {
        let mut endpoints: Vec<_> = state
            .endpoints()
            .filter(|endpoint| endpoint.endpoint_id.account() == self.account)
            .cloned()
            .collect();
        endpoints.sort_by_key(|endpoint| (endpoint.created_at, endpoint.endpoint_id.clone()));
        endpoints.truncate(MAX_ENDPOINTS);
        endpoints
    }
}

impl Scan for EndpointById {
    fn scan(self, state: &State) -> Option<EndpointRow> {
        state.endpoints.get(&self.endpoint_id).cloned()
    }
}

impl Scan for EventById {
    fn scan(self, state: &State) -> Option<EventRow> {
        state.events.iter().find(|event| event.event_id == self.event_id).cloned()
    }
}

impl Scan for EventsAfter {
    fn scan(self, state: &State) -> Vec<EventRow> {
        let of_account: Vec<_> =
            state.events.iter().filter(|event| event.event_id.account() == self.account).collect();
        let start = of_account
            .iter()
            .position(|event| self.after.as_ref() == Some(&event.event_id))
            .map_or(0, |position| position + 1);
        of_account.into_iter().skip(start).take(self.limit.min(MAX_ROWS)).cloned().collect()
    }
}

impl Scan for DeliveryOf {
    fn scan(self, state: &State) -> Option<DeliveryRow> {
        state.deliveries.get(&(self.event_id, self.endpoint_id)).cloned()
    }
}

impl Scan for OrdersOf {
    fn scan(self, state: &State) -> Vec<OrderSummary> {
        state
            .orders()
            .filter(|order| order.identity.account == self.account)
            .filter(|order| {
                self.after.as_ref().is_none_or(|after| order.identity.order_id > *after)
            })
            .take(self.limit.min(MAX_ROWS))
            .map(|order| OrderSummary { identity: order.identity.clone(), state: order.state() })
            .collect()
    }
}

impl Scan for Remembered {
    fn scan(self, state: &State) -> Option<RememberedRequest> {
        state.remembered.get(&(self.account, self.route.to_owned(), self.key)).cloned()
    }
}
