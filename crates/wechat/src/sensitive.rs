//! Members that only WeChat, or only the merchant, may read (docs/protocol.md, "Sensitive members").
