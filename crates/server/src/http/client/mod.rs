//! The client API: called by front ends, which hold an order token and a session token and never
//! learn an openid.

pub(super) mod v1;
