//! Parameters: text, whole numbers, or nothing.

use std::borrow::Cow;

use suanpan_trade::{
    AccountId, MerchantOrderNo, OrderId, RefundIntentId,
    id::{EndpointId, EventId},
};
use suanpan_wechat::{
    Fen, Timestamp,
    id::{
        Appid, Mchid, Openid, OutRefundNo, OutTradeNo, PrepayId, RefundId, SerialNo, TransactionId,
    },
};

/// One parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    Null,
    Int(i64),
    Text(Cow<'a, str>),
}

/// Parameters in the order of their numbers.
macro_rules! values {
    ($($value:expr),* $(,)?) => { vec![$($crate::sql::Value::from($value)),*] };
}
pub(crate) use values;

impl Value<'_> {
    /// A count that [`crate::shape::check`] found to be in range.
    pub(crate) fn count(count: u64) -> Self {
        Value::Int(i64::try_from(count).expect("the shape check refuses larger counts"))
    }

    /// A page size, bounded.
    pub(crate) fn limit(limit: usize) -> Self {
        let limit = limit.min(crate::MAX_ROWS);
        Value::Int(i64::try_from(limit).expect("the largest page is a small number"))
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Value::Text(Cow::Borrowed(text))
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Value::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Value::Text(Cow::Owned(text))
    }
}

impl From<Timestamp> for Value<'_> {
    fn from(instant: Timestamp) -> Self {
        Value::Int(instant.unix())
    }
}

impl From<Fen> for Value<'_> {
    fn from(amount: Fen) -> Self {
        Value::Int(amount.count())
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

macro_rules! numbers {
    ($($number:ty),*) => {
        $(impl From<$number> for Value<'_> {
            fn from(number: $number) -> Self {
                Value::Int(number.into())
            }
        })*
    };
}

numbers!(bool, u16, u32, i64);

macro_rules! ids {
    ($($id:ty),* $(,)?) => {
        $(impl<'a> From<&'a $id> for Value<'a> {
            fn from(id: &'a $id) -> Self {
                Value::from(id.as_str())
            }
        })*
    };
}

ids!(
    AccountId,
    MerchantOrderNo,
    OrderId,
    RefundIntentId,
    EventId,
    EndpointId,
    Appid,
    Mchid,
    Openid,
    OutTradeNo,
    OutRefundNo,
    TransactionId,
    PrepayId,
    RefundId,
    SerialNo,
);

/// The account an id embeds.
impl From<AccountId> for Value<'_> {
    fn from(account: AccountId) -> Self {
        Value::from(String::from(account))
    }
}
