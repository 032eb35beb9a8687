//! A sample shop backend: talks to Suanpan over HTTP only.
