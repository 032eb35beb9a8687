//! Never shipped: server, simulator and a manual clock in one process; the integration tests.
