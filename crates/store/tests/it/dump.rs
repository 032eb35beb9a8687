//! Everything both stores hold, in the same words: what the port cannot show is compared here.

use std::collections::BTreeMap;

use rusqlite::{Connection, types::ValueRef};
use suanpan_store::model::State;
use suanpan_wechat::Timestamp;

pub(crate) type Dump = BTreeMap<&'static str, Vec<String>>;

const TABLES: [(&str, &str); 8] = [
    (
        "transitions",
        "SELECT order_id, subject, from_state, to_state, cause, at FROM transitions \
         ORDER BY order_id, seq",
    ),
    (
        "observations",
        "SELECT observation_key, order_id, mchid, kind, number, state, wechat_id, amount, source, \
         at FROM observations ORDER BY observation_key",
    ),
    (
        "orphans",
        "SELECT observation_key, account, mchid, kind, json, at FROM orphans \
         ORDER BY observation_key",
    ),
    ("alerts", "SELECT account, order_id, kind, detail, at FROM alerts ORDER BY account, seq"),
    ("postings", "SELECT order_id, debit, credit, amount, at FROM postings ORDER BY order_id, seq"),
    (
        "jobs",
        "SELECT job_key, queue, due_at, again_at, token, lease_until, failures FROM jobs \
         WHERE due_at IS NOT NULL ORDER BY job_key",
    ),
    (
        "versions",
        "SELECT order_id, version, state, (SELECT COUNT(*) FROM attempts a \
         WHERE a.order_id = o.order_id), (SELECT COUNT(*) FROM refunds r \
         WHERE r.order_id = o.order_id) FROM orders o ORDER BY order_id",
    ),
    (
        "deliveries",
        "SELECT event_id, endpoint_id, attempts, state, last_status FROM deliveries \
         ORDER BY event_id, endpoint_id",
    ),
];

pub(crate) fn of_sqlite(connection: &Connection) -> Dump {
    TABLES.iter().map(|(table, query)| (*table, rows(connection, query))).collect()
}

fn rows(connection: &Connection, query: &str) -> Vec<String> {
    let mut statement = connection.prepare(query).unwrap();
    let columns = statement.column_count();
    let rows = statement.query_map([], |row| {
        let cell = |column| match row.get_ref(column).unwrap() {
            ValueRef::Null => "-".to_owned(),
            ValueRef::Integer(number) => number.to_string(),
            ValueRef::Text(text) => String::from_utf8(text.to_vec()).unwrap(),
            other => panic!("a column holds {:?}", other.data_type()),
        };
        Ok((0..columns).map(cell).collect::<Vec<_>>().join("|"))
    });
    rows.unwrap().map(Result::unwrap).collect()
}

/// One row in the words of [`rows`].
macro_rules! row {
    ($($cell:expr),* $(,)?) => { [$($cell.to_string()),*].join("|") };
}

pub(crate) fn of_model(state: &State) -> Dump {
    let mut alerts: Vec<_> = state.alerts().iter().collect();
    alerts.sort_by_key(|row| row.account.clone());
    let mut transitions: Vec<_> = state.transitions().iter().collect();
    transitions.sort_by_key(|row| row.order_id.clone());
    let mut postings: Vec<_> = state.postings().iter().collect();
    postings.sort_by_key(|row| row.order_id.clone());
    let transition = |row: &&suanpan_acts::change::TransitionRow| {
        row![row.order_id, row.subject, row.from, row.to, row.cause, row.at.unix()]
    };
    let observation = |row: &suanpan_acts::change::ObservationRow| {
        let (order_id, wechat_id) =
            (or_dash(row.order_id.as_ref()), or_dash(row.wechat_id.as_ref()));
        let amount = or_dash(row.amount.map(|amount| amount.count()));
        let end = row![wechat_id, amount, row.source, row.at.unix()];
        row![row.key, order_id, row.mchid, row.kind, row.number, row.state, end]
    };
    let posting = |row: &&suanpan_acts::change::PostingRow| {
        let posting = row.posting;
        let (debit, credit) = (posting.debit.as_str(), posting.credit.as_str());
        row![row.order_id, debit, credit, posting.amount.count(), row.at.unix()]
    };
    let job = |row: &suanpan_store::model::JobRow| {
        let (due_at, again_at) = (seconds(row.due_at), seconds(row.again_at));
        let lease_until = seconds(row.lease_until);
        let queue = row.job.queue().as_str();
        row![row.job.key(), queue, due_at, again_at, row.token, lease_until, row.failures]
    };
    Dump::from([
        ("transitions", transitions.iter().map(transition).collect()),
        ("observations", state.observations().map(observation).collect()),
        (
            "orphans",
            state
                .orphans()
                .map(|row| row![row.key, row.account, row.mchid, row.kind, row.json, row.at.unix()])
                .collect(),
        ),
        (
            "alerts",
            alerts
                .iter()
                .map(|row| {
                    let order_id = or_dash(row.order_id.as_ref());
                    row![row.account, order_id, row.kind, row.detail, row.at.unix()]
                })
                .collect(),
        ),
        ("postings", postings.iter().map(posting).collect()),
        ("jobs", state.jobs().map(job).collect()),
        (
            "versions",
            state
                .orders()
                .map(|order| {
                    let (attempts, refunds) = (order.attempts.len(), order.refunds.len());
                    let (order_id, state) = (&order.identity.order_id, order.state().as_str());
                    row![order_id, order.version, state, attempts, refunds]
                })
                .collect(),
        ),
        (
            "deliveries",
            state
                .deliveries()
                .map(|row| {
                    let last_status = or_dash(row.last_status);
                    let state = row.state.as_str();
                    row![row.event_id, row.endpoint_id, row.attempts, state, last_status]
                })
                .collect(),
        ),
    ])
}

fn or_dash(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

fn seconds(instant: Option<Timestamp>) -> String {
    or_dash(instant.map(Timestamp::unix))
}
