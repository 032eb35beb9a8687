use std::collections::HashSet;

use crate::{
    Fen,
    call::{Call, Malformed, Request},
    id::{Appid, Mchid, TransactionId},
    pay::{read, segment},
    sensitive::{MixedKeys, SealedBody, SensitiveText},
};

use super::{Account, Description, OutOrderNo, Partner, Sharing};

/// How many receivers one sharing may have. One payment may be shared 50 times.
const RECEIVERS: std::ops::RangeInclusive<usize> = 1..=50;

/// A sharing as WeChat wants it (docs/protocol/profit-sharing.md).
///
/// A minute after the payment at the earliest and 30 days after it at the latest. All sharings of a
/// payment together may not exceed the agreed ratio (30 % unless agreed otherwise).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Order {
    /// The sub-merchant, when a service provider asks.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub partner: Option<Partner>,
    /// The app of the caller.
    pub appid: Appid,
    /// The payment that is shared.
    pub transaction_id: TransactionId,
    /// The merchant's number for this sharing. Repeat it only with the same receivers.
    pub out_order_no: OutOrderNo,
    /// Who receives what. 1 to 50, each account once.
    pub receivers: Vec<Receiver>,
    /// Whether the rest goes to the merchant now. Afterwards nothing more can be shared.
    pub unfreeze_unsplit: bool,
}

/// One part.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Receiver {
    /// Who; must have been [added](super::receiver::Add).
    #[serde(flatten)]
    pub account: Account,
    /// A person's name, which WeChat then compares with the real one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<SensitiveText>,
    /// How much, in fen, above zero.
    pub amount: Fen,
    /// What for.
    pub description: Description,
}

/// A sharing that WeChat would refuse.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidOrder {
    /// Too few or too many receivers.
    #[error("a sharing has 1 to 50 receivers, not {0}")]
    Receivers(usize),
    /// One account stands in two lines.
    #[error("receiver {0} was named before: a sharing names each account once")]
    NamedTwice(usize),
    /// A part of nothing.
    #[error("receiver {0} would receive nothing")]
    NoAmount(usize),
    /// More than can be counted.
    #[error("the parts add up to more than any payment")]
    TooMuch,
    /// An openid of the sub-merchant's app says nothing without that app.
    #[error("receiver {0} is named by the sub-merchant's app: sub_mchid or sub_appid is missing")]
    NoSubAppid(usize),
    /// Names are encrypted to different keys.
    #[error(transparent)]
    MixedKeys(#[from] MixedKeys),
}

/// Sends a sharing, new or stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Create {
    /// Exactly what [`Create::new`] made the first time.
    pub body: SealedBody,
}

impl Create {
    /// # Errors
    /// See [`InvalidOrder`].
    pub fn new(order: &Order) -> Result<Self, InvalidOrder> {
        if !RECEIVERS.contains(&order.receivers.len()) {
            return Err(InvalidOrder::Receivers(order.receivers.len()));
        }
        let mut named = HashSet::new();
        for (index, receiver) in order.receivers.iter().enumerate() {
            if !named.insert(&receiver.account) {
                return Err(InvalidOrder::NamedTwice(index));
            }
            if receiver.amount == Fen::ZERO {
                return Err(InvalidOrder::NoAmount(index));
            }
            if !receiver.account.fits(order.partner.as_ref()) {
                return Err(InvalidOrder::NoSubAppid(index));
            }
        }
        Fen::checked_sum(order.receivers.iter().map(|receiver| receiver.amount))
            .ok_or(InvalidOrder::TooMuch)?;
        let names = order.receivers.iter().filter_map(|receiver| receiver.name.as_ref());
        Ok(Self { body: SealedBody::new(order, names)? })
    }
}

impl Call for Create {
    type Answer = Sharing;
    const NAME: &'static str = "profitsharing.create";

    fn request(&self) -> Request {
        self.body.post("/v3/profitsharing/orders")
    }

    fn read(&self, _status: u16, body: &[u8]) -> Result<Sharing, Malformed> {
        read(body, "a sharing")
    }
}

/// Asks what became of a sharing, or of an unfreezing
/// (docs/protocol/profit-sharing.md).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// The sub-merchant, when a service provider asks.
    pub sub_mchid: Option<Mchid>,
    /// The payment that is shared.
    pub transaction_id: TransactionId,
    /// The sharing.
    pub out_order_no: OutOrderNo,
}

impl Call for Query {
    type Answer = Sharing;
    const NAME: &'static str = "profitsharing.query";

    fn request(&self) -> Request {
        let number = segment(self.out_order_no.as_str());
        let sub_mchid = super::sub_mchid_query(self.sub_mchid.as_ref());
        Request::get(format!(
            "/v3/profitsharing/orders/{number}?transaction_id={}{sub_mchid}",
            self.transaction_id
        ))
    }

    fn read(&self, _status: u16, body: &[u8]) -> Result<Sharing, Malformed> {
        read(body, "a sharing")
    }
}
