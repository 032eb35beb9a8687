//! The echo: a real notification without money, `POST /v3/security/echo`.
