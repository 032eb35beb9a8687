//! The integration tests: one binary, one module for each subject. Every test puts a whole payment
//! system on a [`suanpan_testkit::Stage`]; names carry the row of `docs/threats.toml` they prove.

mod flow;
