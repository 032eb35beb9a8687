//! Queries: one statement each, bounded, over an index range.

use suanpan_acts::{
    change::{DeliveryRow, EndpointRow, EventRow, OrderSummary, RememberedRequest, SessionRow},
    endpoints::MAX_ENDPOINTS,
    ports::{
        DeliveryOf, EndpointById, EndpointsOf, EventById, EventsAfter, OrdersOf, Query, Remembered,
        SessionByToken, StoreError,
    },
    webhook::WebhookSecret,
};
use suanpan_trade::EventType;

use super::{
    Cells, Row, Select, Sql,
    order::{identity, identity_columns},
    rows::DELIVERY_STATES,
    value::{Value, values},
};

/// A query as engines ask it.
pub(crate) trait Ask: Query + 'static {
    /// What one row holds.
    type Item: Send;

    /// The statement.
    fn ask(&self) -> Select<'_>;

    /// Reads one row.
    fn item(&self, row: &dyn Row) -> Result<Self::Item, StoreError>;

    /// The answer made of all rows.
    fn answer(items: Vec<Self::Item>) -> Self::Answer;
}

static SESSION_BY_TOKEN: Sql = Sql::new(
    "SELECT token_hash, account, appid, openid, unionid, created_at, expires_at \
     FROM sessions WHERE token_hash = $1",
);
static ENDPOINTS_OF: Sql = Sql::new(
    "SELECT endpoint_id, url, events, secret, created_at FROM endpoints \
     WHERE account = $1 ORDER BY created_at, endpoint_id LIMIT $2",
);
static ENDPOINT_BY_ID: Sql = Sql::new(
    "SELECT endpoint_id, url, events, secret, created_at FROM endpoints \
     WHERE account = $1 AND endpoint_id = $2",
);
static EVENT_BY_ID: Sql = Sql::new(
    "SELECT event_id, subject, event_type, payload, created_at FROM events WHERE event_id = $1",
);
static EVENTS_AFTER: Sql = Sql::new(
    "SELECT event_id, subject, event_type, payload, created_at FROM events \
     WHERE account = $1 AND seq > \
     COALESCE((SELECT seq FROM events WHERE event_id = $2 AND account = $1), 0) \
     ORDER BY seq LIMIT $3",
);
static DELIVERY_OF: Sql = Sql::new(
    "SELECT attempts, state, last_status FROM deliveries WHERE event_id = $1 AND endpoint_id = $2",
);
static ORDERS_OF: Sql = Sql::new(concat!(
    "SELECT ",
    identity_columns!(),
    " FROM orders o WHERE o.account = $1 AND o.order_id > $2 ORDER BY o.order_id LIMIT $3"
));
static REMEMBERED: Sql = Sql::new(
    "SELECT digest, order_id, at FROM remembered \
     WHERE account = $1 AND route = $2 AND idempotency_key = $3",
);

#[cfg(test)]
pub(super) static ALL: &[&Sql] = &[
    &SESSION_BY_TOKEN,
    &ENDPOINTS_OF,
    &ENDPOINT_BY_ID,
    &EVENT_BY_ID,
    &EVENTS_AFTER,
    &DELIVERY_OF,
    &ORDERS_OF,
    &REMEMBERED,
];

fn only<T>(items: Vec<T>) -> Option<T> {
    items.into_iter().next()
}

impl Ask for SessionByToken {
    type Item = SessionRow;

    fn ask(&self) -> Select<'_> {
        Select { sql: &SESSION_BY_TOKEN, values: values![&self.token_hash] }
    }

    fn item(&self, row: &dyn Row) -> Result<SessionRow, StoreError> {
        let cells = &mut Cells::of(row);
        Ok(SessionRow {
            token_hash: cells.text()?,
            account: cells.get()?,
            appid: cells.get()?,
            openid: cells.get()?,
            unionid: cells.opt_text()?,
            created_at: cells.time()?,
            expires_at: cells.time()?,
        })
    }

    fn answer(items: Vec<SessionRow>) -> Option<SessionRow> {
        only(items)
    }
}

fn endpoint(row: &dyn Row) -> Result<EndpointRow, StoreError> {
    let cells = &mut Cells::of(row);
    Ok(EndpointRow {
        endpoint_id: cells.get()?,
        url: cells.text()?,
        events: {
            let json = cells.text()?;
            serde_json::from_str(&json).map_err(|error| cells.wrong(&error))?
        },
        secret: {
            let text = cells.text()?;
            WebhookSecret::read(&text).ok_or_else(|| cells.wrong(&"it is not a secret"))?
        },
        created_at: cells.time()?,
    })
}

impl Ask for EndpointsOf {
    type Item = EndpointRow;

    fn ask(&self) -> Select<'_> {
        let values = values![&self.account, Value::limit(MAX_ENDPOINTS)];
        Select { sql: &ENDPOINTS_OF, values }
    }

    fn item(&self, row: &dyn Row) -> Result<EndpointRow, StoreError> {
        endpoint(row)
    }

    fn answer(items: Vec<EndpointRow>) -> Vec<EndpointRow> {
        items
    }
}

impl Ask for EndpointById {
    type Item = EndpointRow;

    fn ask(&self) -> Select<'_> {
        let values = values![self.endpoint_id.account(), &self.endpoint_id];
        Select { sql: &ENDPOINT_BY_ID, values }
    }

    fn item(&self, row: &dyn Row) -> Result<EndpointRow, StoreError> {
        endpoint(row)
    }

    fn answer(items: Vec<EndpointRow>) -> Option<EndpointRow> {
        only(items)
    }
}

fn event(row: &dyn Row) -> Result<EventRow, StoreError> {
    let cells = &mut Cells::of(row);
    Ok(EventRow {
        event_id: cells.get()?,
        subject: cells.text()?,
        event_type: {
            let name = cells.text()?;
            EventType::named(&name).ok_or_else(|| cells.wrong(&"no such event type"))?
        },
        payload: cells.text()?,
        created_at: cells.time()?,
    })
}

impl Ask for EventById {
    type Item = EventRow;

    fn ask(&self) -> Select<'_> {
        Select { sql: &EVENT_BY_ID, values: values![&self.event_id] }
    }

    fn item(&self, row: &dyn Row) -> Result<EventRow, StoreError> {
        event(row)
    }

    fn answer(items: Vec<EventRow>) -> Option<EventRow> {
        only(items)
    }
}

impl Ask for EventsAfter {
    type Item = EventRow;

    fn ask(&self) -> Select<'_> {
        let values = values![&self.account, self.after.as_ref(), Value::limit(self.limit)];
        Select { sql: &EVENTS_AFTER, values }
    }

    fn item(&self, row: &dyn Row) -> Result<EventRow, StoreError> {
        event(row)
    }

    fn answer(items: Vec<EventRow>) -> Vec<EventRow> {
        items
    }
}

impl Ask for DeliveryOf {
    type Item = DeliveryRow;

    fn ask(&self) -> Select<'_> {
        Select { sql: &DELIVERY_OF, values: values![&self.event_id, &self.endpoint_id] }
    }

    fn item(&self, row: &dyn Row) -> Result<DeliveryRow, StoreError> {
        let cells = &mut Cells::of(row);
        Ok(DeliveryRow {
            event_id: self.event_id.clone(),
            endpoint_id: self.endpoint_id.clone(),
            attempts: cells.count()?,
            state: cells.word(&DELIVERY_STATES)?,
            last_status: cells.opt_count()?,
        })
    }

    fn answer(items: Vec<DeliveryRow>) -> Option<DeliveryRow> {
        only(items)
    }
}

impl Ask for OrdersOf {
    type Item = OrderSummary;

    fn ask(&self) -> Select<'_> {
        let after = self.after.as_ref().map_or("", |after| after.as_str());
        let values = values![&self.account, after, Value::limit(self.limit)];
        Select { sql: &ORDERS_OF, values }
    }

    fn item(&self, row: &dyn Row) -> Result<OrderSummary, StoreError> {
        let (identity, state) = identity(&mut Cells::of(row))?;
        Ok(OrderSummary { identity, state })
    }

    fn answer(items: Vec<OrderSummary>) -> Vec<OrderSummary> {
        items
    }
}

impl Ask for Remembered {
    type Item = RememberedRequest;

    fn ask(&self) -> Select<'_> {
        Select { sql: &REMEMBERED, values: values![&self.account, self.route, &self.key] }
    }

    fn item(&self, row: &dyn Row) -> Result<RememberedRequest, StoreError> {
        let cells = &mut Cells::of(row);
        Ok(RememberedRequest {
            account: self.account.clone(),
            route: self.route.to_owned(),
            key: self.key.clone(),
            digest: cells.text()?,
            order_id: cells.get()?,
            at: cells.time()?,
        })
    }

    fn answer(items: Vec<RememberedRequest>) -> Option<RememberedRequest> {
        only(items)
    }
}
