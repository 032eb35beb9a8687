//! Access tokens and tickets of an app: when to renew, and who does it.
