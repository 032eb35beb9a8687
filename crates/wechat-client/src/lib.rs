//! Executes what suanpan-wechat decides: transport, trust refresh, failover.
