//! The v2 protocol: XML, signed with a shared key (docs/protocol.md, "v2").
