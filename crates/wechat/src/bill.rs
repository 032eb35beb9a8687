//! Bills: what WeChat says happened on one day (docs/protocol.md, "Bills").
