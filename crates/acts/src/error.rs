use suanpan_trade::{OrderId, pay::PayRefusal};
use suanpan_wechat::{
    call::{Rejection, Unknown},
    miniprogram::code2session::LoginError,
};

use crate::ports::StoreError;

/// Why an act did not do what was asked, ordered by whose turn it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ActError {
    /// The caller asked for something that is not there, or not theirs.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The caller's token is wrong, expired, or belongs to something else.
    #[error("the {0} is not valid")]
    NotAuthorised(&'static str),
    /// The caller sent something that cannot be right.
    #[error("{field}: {rule}")]
    Invalid {
        /// Which member.
        field: &'static str,
        /// What it should be.
        rule: String,
    },
    /// The number or key was used for another request before.
    #[error("{0} was used before with different content")]
    DifferentRequest(&'static str),
    /// The order cannot be paid.
    #[error(transparent)]
    Refused(#[from] PayRefusal),
    /// The same thing is being done right now, or its outcome is still unknown: ask again.
    #[error("this is in progress; ask again in a moment")]
    InProgress(OrderId),
    /// The front end must log in again, or an operator must fix the app's credentials.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// WeChat refused; nothing happened.
    #[error("WeChat refused: {} {}", .0.status, .0.code)]
    WeChatRefused(Rejection),
    /// Nobody knows what WeChat did. It is being found out; ask again.
    #[error("WeChat's answer is not known: {0}")]
    WeChatUnknown(Unknown),
    /// A verified notification stands on the wrong route.
    #[error("this notification does not belong here")]
    WrongRoute,
    /// Too many others changed the same thing at the same time: ask again.
    #[error("too busy; ask again in a moment")]
    Busy,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The directory does not know an account, app or merchant that stored rows name: the
    /// configuration lost something it must keep.
    #[error("the configuration lacks {0}")]
    NotConfigured(&'static str),
}
