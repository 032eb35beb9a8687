//! Profit sharing (docs/protocol.md, "Profit sharing").
