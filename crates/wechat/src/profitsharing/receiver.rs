//! Who may receive: a receiver is added once, before the first sharing names it.

use crate::{
    call::{Call, Malformed, Request},
    id::{Appid, Mchid},
    pay::read,
    sensitive::{SealedBody, SealedText, SensitiveText},
    text::wire_text,
};

use super::{Account, AccountType, Partner};

/// A receiver to add (docs/protocol/profit-sharing.md).
///
/// Adding the same receiver again succeeds and changes nothing, not even its relation. A merchant
/// has at most 20,000 receivers.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct NewReceiver {
    /// The sub-merchant, when a service provider asks.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub partner: Option<Partner>,
    /// The app of the caller.
    pub appid: Appid,
    /// Who.
    #[serde(flatten)]
    pub account: Account,
    /// A merchant's full name, required; a person's name, which WeChat then compares with the
    /// real one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<SensitiveText>,
    /// What the receiver is to the merchant.
    #[serde(flatten)]
    pub relation: Relation,
}

/// What a receiver is to the merchant who shares.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "relation_type", content = "custom_relation", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Relation {
    /// The service provider itself; partners only.
    ServiceProvider,
    /// A shop.
    Store,
    /// An employee.
    Staff,
    /// A shop's owner.
    StoreOwner,
    /// A partner.
    Partner,
    /// The headquarters.
    Headquarter,
    /// The brand.
    Brand,
    /// A distributor.
    Distributor,
    /// A customer.
    User,
    /// A supplier.
    Supplier,
    /// Something else, in the merchant's words.
    Custom(CustomRelation),
}

wire_text!(
    /// A relation in the merchant's own words.
    CustomRelation, "custom_relation", 1..=10 chars
);

/// A receiver that WeChat would refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidReceiver {
    /// A merchant is only added with its full name.
    #[error("a receiver that is a merchant needs its full name")]
    NoName,
    /// An openid of the sub-merchant's app says nothing without that app.
    #[error("a receiver named by the sub-merchant's app needs sub_mchid and sub_appid")]
    NoSubAppid,
    /// A merchant that acts for itself has no service provider.
    #[error("a service provider can only receive from its sub-merchant: sub_mchid is missing")]
    NoSubMchid,
}

/// Adds a receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Add {
    /// Exactly what [`Add::new`] made.
    pub body: SealedBody,
}

impl Add {
    /// # Errors
    /// See [`InvalidReceiver`].
    pub fn new(receiver: &NewReceiver) -> Result<Self, InvalidReceiver> {
        let partner = receiver.partner.as_ref();
        if matches!(receiver.account, Account::MerchantId(_)) && receiver.name.is_none() {
            return Err(InvalidReceiver::NoName);
        }
        if !receiver.account.fits(partner) {
            return Err(InvalidReceiver::NoSubAppid);
        }
        if matches!(receiver.relation, Relation::ServiceProvider) && partner.is_none() {
            return Err(InvalidReceiver::NoSubMchid);
        }
        Ok(Self { body: SealedBody::with_one(receiver, receiver.name.as_ref()) })
    }
}

impl Call for Add {
    type Answer = Added;
    const NAME: &'static str = "profitsharing.receiver.add";

    fn request(&self) -> Request {
        self.body.post("/v3/profitsharing/receivers/add")
    }

    fn read(&self, _status: u16, body: &[u8]) -> Result<Added, Malformed> {
        read(body, "an added receiver")
    }
}

/// The receiver, as WeChat wrote it down.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Added {
    /// The sub-merchant, when a service provider asked.
    #[serde(default)]
    pub sub_mchid: Option<Mchid>,
    /// What kind of account.
    pub r#type: AccountType,
    /// The account.
    pub account: String,
    /// The name, encrypted to the caller.
    #[serde(default)]
    pub name: Option<SealedText>,
    /// The relation, under the name it was added with first.
    pub relation_type: String,
    /// The relation in the merchant's words, when it is `CUSTOM`.
    #[serde(default)]
    pub custom_relation: Option<String>,
}

/// Removes a receiver (<https://pay.weixin.qq.com/docs/merchant/apis/profit-sharing/receivers/delete-receiver.html>).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Delete {
    /// The sub-merchant, when a service provider asks.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub partner: Option<Partner>,
    /// The app of the caller.
    pub appid: Appid,
    /// Who.
    #[serde(flatten)]
    pub account: Account,
}

impl Call for Delete {
    type Answer = Deleted;
    const NAME: &'static str = "profitsharing.receiver.delete";

    fn request(&self) -> Request {
        let body = serde_json::to_vec(self).expect("a receiver has string keys");
        Request::post("/v3/profitsharing/receivers/delete", body)
    }

    fn read(&self, _status: u16, body: &[u8]) -> Result<Deleted, Malformed> {
        read(body, "a deleted receiver")
    }
}

/// The receiver that was removed.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Deleted {
    /// The sub-merchant, when a service provider asked.
    #[serde(default)]
    pub sub_mchid: Option<Mchid>,
    /// What kind of account.
    pub r#type: AccountType,
    /// The account.
    pub account: String,
}
