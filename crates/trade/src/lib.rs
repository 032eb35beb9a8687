//! Orders, attempts, refunds and ledger: their states and the only legal moves between them. Pure.
