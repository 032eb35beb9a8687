-- The first payment: orders with their attempts and refunds, what is written with them, jobs,
-- webhooks out, and logins.
--
-- Valid for SQLite and PostgreSQL. Columns are TEXT or BIGINT. Instants are seconds since the Unix
-- epoch in business time; amounts are whole fen; a flag is 0 or 1. Every id embeds its account, and
-- keys begin with the account, so that the tables can be distributed by it.
-- "Fixed" means: written with the row, never changed afterwards.

-- What this database is. One row, written when it is created.
CREATE TABLE installation (
    -- Always 1.
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    -- Whether the money is real. Fixed: a server of the other kind refuses to open it.
    environment TEXT NOT NULL CHECK (environment IN ('live', 'simulator'))
);

-- What an account wants paid: one row for each order. Written by every change of the order.
CREATE TABLE orders (
    -- Whose order. Fixed.
    account TEXT NOT NULL,
    -- Our number. Fixed.
    order_id TEXT NOT NULL,
    -- Counts commits about this order; guards every one of them.
    version BIGINT NOT NULL CHECK (version > 0),
    -- The merchant's number. Fixed.
    merchant_order_no TEXT NOT NULL,
    -- Who is paid. Fixed.
    mchid TEXT NOT NULL,
    -- How much. Fixed.
    amount BIGINT NOT NULL CHECK (amount > 0),
    -- In what. Fixed.
    currency TEXT NOT NULL CHECK (currency IN ('CNY')),
    -- Shown to the payer. Fixed.
    description TEXT NOT NULL,
    -- The app whose openid payer_openid is, when only one person may pay. Fixed.
    payer_appid TEXT,
    -- That person. Fixed.
    payer_openid TEXT,
    -- After this nobody can start paying. Fixed.
    expires_at BIGINT NOT NULL,
    -- What happens to money that comes after closing. Fixed.
    late_payment TEXT NOT NULL CHECK (late_payment IN ('refund', 'honour')),
    -- Comes back in WeChat's notification. Fixed.
    attach TEXT,
    -- The merchant's own JSON object, given back unread. Fixed.
    metadata TEXT,
    -- When it was created. Fixed.
    created_at BIGINT NOT NULL,
    -- The state on the wire. Follows from the facts below and the refunds; compared on every load.
    state TEXT NOT NULL
        CHECK (state IN ('open', 'paid', 'partly_refunded', 'refunded', 'closed', 'paid_late')),
    -- What is known about the money. Leaves 'unpaid' once and never returns.
    payment TEXT NOT NULL CHECK (payment IN ('unpaid', 'paid', 'paid_late')),
    -- The kept payment: which attempt.
    paid_out_trade_no TEXT,
    -- The kept payment: WeChat's number.
    paid_transaction_id TEXT,
    -- The kept payment: through which app.
    paid_appid TEXT,
    -- The kept payment: how.
    paid_trade_type TEXT,
    -- The kept payment: what the payer paid after coupons, where WeChat said so.
    payer_total BIGINT CHECK (payer_total >= 0),
    -- The kept payment: when, by WeChat.
    paid_at BIGINT,
    -- When the merchant asked to close it.
    close_requested_at BIGINT,
    -- When every attempt that was ever sent was known to be closed.
    closed_at BIGINT,
    PRIMARY KEY (account, order_id),
    UNIQUE (account, merchant_order_no),
    CHECK ((payer_appid IS NULL) = (payer_openid IS NULL)),
    CHECK ((payment = 'unpaid') = (paid_out_trade_no IS NULL)),
    CHECK ((paid_out_trade_no IS NULL) = (paid_transaction_id IS NULL)),
    CHECK ((paid_out_trade_no IS NULL) = (paid_appid IS NULL)),
    CHECK ((paid_out_trade_no IS NULL) = (paid_trade_type IS NULL)),
    CHECK ((paid_out_trade_no IS NULL) = (paid_at IS NULL)),
    CHECK (paid_out_trade_no IS NOT NULL OR payer_total IS NULL)
);

-- One number at WeChat for one order. Written by the acts that pay, watch and observe.
CREATE TABLE attempts (
    -- Whose order. Fixed.
    account TEXT NOT NULL,
    -- Which order. Fixed.
    order_id TEXT NOT NULL,
    -- Counts the attempts of the order, from 1. Fixed.
    position BIGINT NOT NULL CHECK (position > 0),
    -- Who is paid; the order's. Fixed.
    mchid TEXT NOT NULL,
    -- The number. Fixed, never used again.
    out_trade_no TEXT NOT NULL,
    -- The app that opens the cashier. Fixed.
    appid TEXT NOT NULL,
    -- Which front end. Fixed.
    trade_type TEXT NOT NULL,
    -- The payer, as the app knows them. Fixed.
    openid TEXT NOT NULL,
    -- What is sent, byte for byte. Fixed.
    body TEXT NOT NULL,
    -- The merchant key that ordered last.
    serial_no TEXT NOT NULL,
    -- Where it stands.
    state TEXT NOT NULL CHECK (state IN ('sending', 'prepaid', 'success', 'closed', 'failed')),
    -- Opens the cashier; while 'prepaid'.
    prepay_id TEXT,
    -- When WeChat gave it; while 'prepaid'.
    prepaid_at BIGINT,
    -- WeChat's number of the payment; once 'success'. One payment belongs to one attempt.
    transaction_id TEXT UNIQUE,
    -- When we learned that it is closed; once 'closed'.
    closed_at BIGINT,
    -- When it was started. Fixed.
    created_at BIGINT NOT NULL,
    -- How often the body left for WeChat, or might have.
    sends BIGINT NOT NULL CHECK (sends >= 0),
    -- When the last sender started.
    sending_since BIGINT NOT NULL,
    -- Whether that sender has not reported back.
    in_flight BIGINT NOT NULL CHECK (in_flight IN (0, 1)),
    -- When WeChat last answered a query about it.
    checked_at BIGINT,
    -- When WeChat answered our close.
    close_answered_at BIGINT,
    -- When a signed answer said that there is no such order.
    absent_at BIGINT,
    -- Since when another attempt shall take its place.
    retiring_since BIGINT,
    PRIMARY KEY (account, order_id, position),
    UNIQUE (mchid, out_trade_no),
    FOREIGN KEY (account, order_id) REFERENCES orders (account, order_id),
    CHECK ((state = 'prepaid') = (prepay_id IS NOT NULL)),
    CHECK ((state = 'prepaid') = (prepaid_at IS NOT NULL)),
    CHECK ((state = 'success') = (transaction_id IS NOT NULL)),
    CHECK ((state = 'closed') = (closed_at IS NOT NULL))
);

-- One intent to send money back. Written by the acts that refund and observe.
CREATE TABLE refunds (
    -- Whose order. Fixed.
    account TEXT NOT NULL,
    -- Which order. Fixed.
    order_id TEXT NOT NULL,
    -- Counts the refunds of the order, from 1. Fixed.
    position BIGINT NOT NULL CHECK (position > 0),
    -- Our number. Fixed.
    refund_id TEXT NOT NULL UNIQUE,
    -- Why. Fixed.
    purpose TEXT NOT NULL CHECK (purpose IN ('merchant', 'late_payment', 'excess')),
    -- Who pays back; the order's merchant. Fixed.
    mchid TEXT NOT NULL,
    -- Which attempt was paid. Fixed.
    out_trade_no TEXT NOT NULL,
    -- Which payment. Fixed.
    transaction_id TEXT NOT NULL,
    -- How much. Fixed.
    amount BIGINT NOT NULL CHECK (amount > 0),
    -- The number at WeChat; another one only after a signed CLOSED.
    out_refund_no TEXT NOT NULL,
    -- What is sent, byte for byte; changes with the number.
    body TEXT NOT NULL,
    -- Where it stands.
    state TEXT NOT NULL
        CHECK (state IN ('requested', 'processing', 'succeeded', 'closed', 'abnormal')),
    -- WeChat's number, once it gave one.
    wechat_refund_id TEXT,
    -- When it was asked for. Fixed.
    created_at BIGINT NOT NULL,
    -- When the money arrived, by WeChat.
    succeeded_at BIGINT,
    PRIMARY KEY (account, order_id, position),
    UNIQUE (mchid, out_refund_no),
    FOREIGN KEY (account, order_id) REFERENCES orders (account, order_id)
);

-- Every state change and its cause. Appended with the change, never changed or deleted.
CREATE TABLE transitions (
    -- Whose order. Fixed.
    account TEXT NOT NULL,
    -- Which order. Fixed.
    order_id TEXT NOT NULL,
    -- Counts the state changes of the order, from 1. Fixed.
    seq BIGINT NOT NULL CHECK (seq > 0),
    -- The order itself, an attempt or a refund of it. Fixed.
    subject TEXT NOT NULL,
    -- State before. Fixed.
    from_state TEXT NOT NULL,
    -- State after. Fixed.
    to_state TEXT NOT NULL,
    -- Who or what caused it. Fixed.
    cause TEXT NOT NULL,
    -- When. Fixed.
    at BIGINT NOT NULL,
    PRIMARY KEY (account, order_id, seq),
    FOREIGN KEY (account, order_id) REFERENCES orders (account, order_id)
);

-- Every verified statement that changed or contradicted something. Appended, never changed.
CREATE TABLE observations (
    -- SHA-256 over what was said, hex: a repeated statement finds its row. Fixed.
    observation_key TEXT NOT NULL PRIMARY KEY,
    -- Whose order, unless it is an orphan. Fixed.
    order_id TEXT,
    -- The merchant it is about. Fixed.
    mchid TEXT NOT NULL,
    -- 'transaction' or 'refund'. Fixed.
    kind TEXT NOT NULL,
    -- out_trade_no or out_refund_no. Fixed.
    number TEXT NOT NULL,
    -- trade_state or status. Fixed.
    state TEXT NOT NULL,
    -- WeChat's number, where it gave one. Fixed.
    wechat_id TEXT,
    -- The amount it names. Fixed.
    amount BIGINT CHECK (amount >= 0),
    -- The first way it came. Fixed.
    source TEXT NOT NULL,
    -- When it came. Fixed.
    at BIGINT NOT NULL
);

-- Verified statements about something we do not know. Appended, never changed.
CREATE TABLE orphans (
    -- The observation's key. Fixed.
    observation_key TEXT NOT NULL PRIMARY KEY,
    -- On whose route it came. Fixed.
    account TEXT NOT NULL,
    -- The merchant it is about. Fixed.
    mchid TEXT NOT NULL,
    -- What kind. Fixed.
    kind TEXT NOT NULL,
    -- What it said, as JSON. Fixed.
    json TEXT NOT NULL,
    -- When it came. Fixed.
    at BIGINT NOT NULL
);

-- What a person should look at. Appended, never changed.
CREATE TABLE alerts (
    -- Whose. Fixed.
    account TEXT NOT NULL,
    -- Counts the alerts of the account, from 1. Fixed.
    seq BIGINT NOT NULL CHECK (seq > 0),
    -- Which order, where there is one. Fixed.
    order_id TEXT,
    -- What kind. Fixed.
    kind TEXT NOT NULL,
    -- In words. Fixed.
    detail TEXT NOT NULL,
    -- When. Fixed.
    at BIGINT NOT NULL,
    PRIMARY KEY (account, seq)
);

-- The ledger: one movement a row, so debits equal credits. Appended, never changed.
CREATE TABLE postings (
    -- Whose order. Fixed.
    account TEXT NOT NULL,
    -- Which order. Fixed.
    order_id TEXT NOT NULL,
    -- Counts the movements of the order, from 1. Fixed.
    seq BIGINT NOT NULL CHECK (seq > 0),
    -- The ledger account that grows on its debit side. Fixed.
    debit TEXT NOT NULL
        CHECK (debit IN ('receivable', 'received_at_wechat', 'refunded', 'owed_to_payer')),
    -- The ledger account that grows on its credit side. Fixed.
    credit TEXT NOT NULL
        CHECK (credit IN ('receivable', 'received_at_wechat', 'refunded', 'owed_to_payer')),
    -- How much. Fixed.
    amount BIGINT NOT NULL CHECK (amount > 0),
    -- When. Fixed.
    at BIGINT NOT NULL,
    PRIMARY KEY (account, order_id, seq),
    FOREIGN KEY (account, order_id) REFERENCES orders (account, order_id),
    CHECK (debit <> credit)
);

-- Facts for the merchant's backend. Appended with the change they tell of, never changed.
CREATE TABLE events (
    -- Whose. Fixed.
    account TEXT NOT NULL,
    -- Counts the events of the account, from 1, in the order they were committed: a reader that
    -- has seen 7 misses nothing when it asks for 8. Fixed.
    seq BIGINT NOT NULL CHECK (seq > 0),
    -- Our number, also the webhook's message id. Fixed.
    event_id TEXT NOT NULL UNIQUE,
    -- What it is about. Fixed.
    subject TEXT NOT NULL,
    -- What happened. Fixed.
    event_type TEXT NOT NULL,
    -- The JSON text, byte for byte as it is delivered. Fixed.
    payload TEXT NOT NULL,
    -- When. Fixed.
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account, seq),
    UNIQUE (subject, event_type)
);

-- Work that is due at some time. Written with the change that calls for it, then by its workers.
CREATE TABLE jobs (
    -- Names the job; scheduling it again moves the one there is. Fixed.
    job_key TEXT NOT NULL PRIMARY KEY,
    -- Where it waits. Fixed.
    queue TEXT NOT NULL CHECK (queue IN ('wechat', 'webhooks')),
    -- What to do, as JSON. Fixed.
    job TEXT NOT NULL,
    -- When it is due; NULL once it is finished. The row stays, because its token must go on
    -- counting: a worker that froze before must never find its old token valid again.
    due_at BIGINT,
    -- The earliest schedule made while it was leased, so that settling does not lose it.
    again_at BIGINT,
    -- Counts claims; only the newest one may settle it.
    token BIGINT NOT NULL CHECK (token >= 0),
    -- Until when somebody owns it; NULL when nobody does.
    lease_until BIGINT,
    -- How often it failed in a row.
    failures BIGINT NOT NULL CHECK (failures >= 0)
);

-- What is due next. It holds unfinished jobs only, so it does not grow with the table.
CREATE INDEX jobs_due ON jobs (queue, due_at, job_key) WHERE due_at IS NOT NULL;

-- How far one event is on its way to one endpoint. Written by the acts that deliver.
CREATE TABLE deliveries (
    -- Which event. Fixed.
    event_id TEXT NOT NULL,
    -- To whom. Fixed.
    endpoint_id TEXT NOT NULL,
    -- Requests made.
    attempts BIGINT NOT NULL CHECK (attempts >= 0),
    -- Where it stands.
    state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'dead')),
    -- The HTTP status the endpoint answered last.
    last_status BIGINT CHECK (last_status BETWEEN 0 AND 65535),
    PRIMARY KEY (event_id, endpoint_id)
);

-- What idempotency keys were used for. Appended with their effect, never changed.
CREATE TABLE remembered (
    -- Whose key. Fixed.
    account TEXT NOT NULL,
    -- On which route. Fixed.
    route TEXT NOT NULL,
    -- The key. Fixed.
    idempotency_key TEXT NOT NULL,
    -- SHA-256 of the request, hex. Fixed.
    digest TEXT NOT NULL,
    -- What it made. Fixed.
    order_id TEXT NOT NULL,
    -- When. Fixed.
    at BIGINT NOT NULL,
    PRIMARY KEY (account, route, idempotency_key)
);

-- Logins. Written once, when somebody logs in.
CREATE TABLE sessions (
    -- SHA-256 of the token, hex; the token itself is nowhere. Fixed.
    token_hash TEXT NOT NULL PRIMARY KEY,
    -- Whose user. Fixed.
    account TEXT NOT NULL,
    -- Through which app. Fixed.
    appid TEXT NOT NULL,
    -- The person, as the app knows them. Fixed.
    openid TEXT NOT NULL,
    -- The person across apps. Fixed.
    unionid TEXT,
    -- When they logged in. Fixed.
    created_at BIGINT NOT NULL,
    -- Until when it counts. Fixed.
    expires_at BIGINT NOT NULL
);

-- Where events go. Written once, when a merchant's server creates an endpoint.
CREATE TABLE endpoints (
    -- Whose. Fixed.
    account TEXT NOT NULL,
    -- Our number. Fixed.
    endpoint_id TEXT NOT NULL,
    -- The address. Fixed.
    url TEXT NOT NULL,
    -- Which event types, as a JSON array; empty means all. Fixed.
    events TEXT NOT NULL,
    -- Signs the webhooks. Fixed.
    secret TEXT NOT NULL,
    -- When it was created. Fixed.
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account, endpoint_id)
);
