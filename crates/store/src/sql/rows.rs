//! What is written beside an order: journals, events, webhooks, keys, logins.

use suanpan_acts::change::{
    AlertRow, DeliveryRow, DeliveryState, EndpointRow, EventRow, ObservationRow, OrphanRow,
    PostingRow, RememberedRequest, SessionRow, TransitionRow,
};

use super::{Expect, Sql, Step, value::values};

pub(super) const DELIVERY_STATES: [(&str, DeliveryState); 3] = [
    ("pending", DeliveryState::Pending),
    ("delivered", DeliveryState::Delivered),
    ("dead", DeliveryState::Dead),
];

static RECORD_TRANSITION: Sql = Sql::new(
    "INSERT INTO transitions (account, order_id, seq, subject, from_state, to_state, cause, at) \
     VALUES ($1, $2, (SELECT COALESCE(MAX(seq), 0) + 1 FROM transitions \
     WHERE account = $1 AND order_id = $2), $3, $4, $5, $6, $7)",
);

static RECORD_OBSERVATION: Sql = Sql::new(
    "INSERT INTO observations (observation_key, order_id, mchid, kind, number, state, wechat_id, \
     amount, source, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
     ON CONFLICT (observation_key) DO NOTHING",
);

static RECORD_ORPHAN: Sql = Sql::new(
    "INSERT INTO orphans (observation_key, account, mchid, kind, json, at) \
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (observation_key) DO NOTHING",
);

static RECORD_ALERT: Sql = Sql::new(
    "INSERT INTO alerts (account, seq, order_id, kind, detail, at) \
     VALUES ($1, (SELECT COALESCE(MAX(seq), 0) + 1 FROM alerts WHERE account = $1), \
     $2, $3, $4, $5)",
);

static POST: Sql = Sql::new(
    "INSERT INTO postings (account, order_id, seq, debit, credit, amount, at) \
     VALUES ($1, $2, (SELECT COALESCE(MAX(seq), 0) + 1 FROM postings \
     WHERE account = $1 AND order_id = $2), $3, $4, $5, $6)",
);

/// Numbered in commit order: an engine's own counter would let a reader pass a number whose
/// transaction had not committed yet, and never come back to it.
static EMIT: Sql = Sql::new(
    "INSERT INTO events (account, seq, event_id, subject, event_type, payload, created_at) \
     VALUES ($1, (SELECT COALESCE(MAX(seq), 0) + 1 FROM events WHERE account = $1), \
     $2, $3, $4, $5, $6)",
);

static PUT_DELIVERY: Sql = Sql::new(
    "INSERT INTO deliveries (event_id, endpoint_id, attempts, state, last_status) \
     VALUES ($1, $2, $3, $4, $5) \
     ON CONFLICT (event_id, endpoint_id) DO UPDATE SET attempts = excluded.attempts, \
     state = excluded.state, last_status = excluded.last_status",
);

static REMEMBER: Sql = Sql::new(
    "INSERT INTO remembered (account, route, idempotency_key, digest, order_id, at) \
     VALUES ($1, $2, $3, $4, $5, $6)",
);

static PUT_SESSION: Sql = Sql::new(
    "INSERT INTO sessions (token_hash, account, appid, openid, unionid, created_at, expires_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7)",
);

static PUT_ENDPOINT: Sql = Sql::new(
    "INSERT INTO endpoints (account, endpoint_id, url, events, secret, created_at) \
     VALUES ($1, $2, $3, $4, $5, $6)",
);

#[cfg(test)]
pub(super) static ALL: &[&Sql] = &[
    &RECORD_TRANSITION,
    &RECORD_OBSERVATION,
    &RECORD_ORPHAN,
    &RECORD_ALERT,
    &POST,
    &EMIT,
    &PUT_DELIVERY,
    &REMEMBER,
    &PUT_SESSION,
    &PUT_ENDPOINT,
];

pub(super) fn record_transition(row: &TransitionRow) -> Step<'_> {
    let TransitionRow { order_id, subject, from, to, cause, at } = row;
    let values = values![order_id.account(), order_id, subject, from, to, cause, *at];
    Step { sql: &RECORD_TRANSITION, values, expect: Expect::RowOrConflict }
}

pub(super) fn record_observation(row: &ObservationRow) -> Step<'_> {
    let values = values![
        &row.key,
        row.order_id.as_ref(),
        &row.mchid,
        &row.kind,
        &row.number,
        &row.state,
        row.wechat_id.as_ref(),
        row.amount,
        &row.source,
        row.at,
    ];
    Step { sql: &RECORD_OBSERVATION, values, expect: Expect::AtMostOne }
}

pub(super) fn record_orphan(row: &OrphanRow) -> Step<'_> {
    let values = values![&row.key, &row.account, &row.mchid, &row.kind, &row.json, row.at];
    Step { sql: &RECORD_ORPHAN, values, expect: Expect::AtMostOne }
}

pub(super) fn record_alert(row: &AlertRow) -> Step<'_> {
    let values = values![&row.account, row.order_id.as_ref(), &row.kind, &row.detail, row.at];
    Step { sql: &RECORD_ALERT, values, expect: Expect::RowOrConflict }
}

pub(super) fn post(row: &PostingRow) -> Step<'_> {
    let PostingRow { order_id, posting, at } = row;
    let (debit, credit) = (posting.debit.as_str(), posting.credit.as_str());
    let values = values![order_id.account(), order_id, debit, credit, posting.amount, *at];
    Step { sql: &POST, values, expect: Expect::RowOrConflict }
}

pub(super) fn emit(row: &EventRow) -> Step<'_> {
    let values = values![
        row.event_id.account(),
        &row.event_id,
        &row.subject,
        row.event_type.as_str(),
        &row.payload,
        row.created_at,
    ];
    Step { sql: &EMIT, values, expect: Expect::RowOrConflict }
}

pub(super) fn put_delivery(row: &DeliveryRow) -> Step<'_> {
    let DeliveryRow { event_id, endpoint_id, attempts, state, last_status } = row;
    let values = values![event_id, endpoint_id, *attempts, state.as_str(), *last_status];
    Step { sql: &PUT_DELIVERY, values, expect: Expect::RowOrConflict }
}

pub(super) fn remember(row: &RememberedRequest) -> Step<'_> {
    let RememberedRequest { account, route, key, digest, order_id, at } = row;
    let values = values![account, route, key, digest, order_id, *at];
    Step { sql: &REMEMBER, values, expect: Expect::RowOrConflict }
}

pub(super) fn put_session(row: &SessionRow) -> Step<'_> {
    let values = values![
        &row.token_hash,
        &row.account,
        &row.appid,
        &row.openid,
        row.unionid.as_ref(),
        row.created_at,
        row.expires_at,
    ];
    Step { sql: &PUT_SESSION, values, expect: Expect::RowOrConflict }
}

pub(super) fn put_endpoint(row: &EndpointRow) -> Step<'_> {
    let events = serde_json::to_string(&row.events).expect("a list of names is JSON");
    let values = values![
        row.endpoint_id.account(),
        &row.endpoint_id,
        &row.url,
        events,
        row.secret.expose(),
        row.created_at,
    ];
    Step { sql: &PUT_ENDPOINT, values, expect: Expect::RowOrConflict }
}
