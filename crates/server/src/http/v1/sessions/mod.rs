pub(in crate::http) mod introspect;
