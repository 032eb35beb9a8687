//! Combined orders: several orders, one payment (docs/protocol.md, "Combined orders").
