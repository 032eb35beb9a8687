pub(in crate::http) mod login;
pub(in crate::http) mod orders;
