//! Notifications: WeChat calling us.

pub(super) mod v3;
