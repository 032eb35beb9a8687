//! Transfers from a merchant to a person, confirmed by the person (docs/protocol.md, "Transfers").
