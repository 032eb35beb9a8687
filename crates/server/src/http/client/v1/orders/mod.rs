pub(in crate::http) mod pay;
pub(in crate::http) mod show;
