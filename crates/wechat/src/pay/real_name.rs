//! JSAPI orders that only one named person may pay (实名支付), for merchants WeChat has allowed it.
//!
//! Name and number travel encrypted, so the request names the key, and its bytes cannot be made a
//! second time: `Order::seal` gives both, to be stored and repeated together. Combined orders have
//! the same in [`combine::real_name`](crate::combine::real_name).

use super::{Prepaid, jsapi, prepay_sealed};
use crate::{
    id::Openid,
    sensitive::{MixedKeys, SealedBody, SensitiveText, common_serial_no},
};

/// A [`jsapi::Order`] whose payer must be somebody.
pub type Order = jsapi::Order<Payer>;

impl Order {
    /// The body to store before it is sent, with the name of the key it is encrypted to.
    #[must_use]
    pub fn seal(&self) -> SealedBody {
        self.payer.identity.seal(self)
    }
}

prepay_sealed!("pay.real_name.prepay", "/v3/pay/transactions/jsapi", Prepaid);

/// Who must pay.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Payer {
    /// As the order's appid knows them.
    pub openid: Openid,
    /// Whose papers the WeChat account must be bound to.
    pub identity: Identity,
}

/// A person by their papers, encrypted.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Identity {
    #[serde(rename = "type")]
    kind: IdentityType,
    name: SensitiveText,
    number: SensitiveText,
}

impl Identity {
    /// `name` and `number` as the papers have them.
    ///
    /// # Errors
    /// When the two are encrypted to different keys.
    pub fn new(
        kind: IdentityType,
        name: SensitiveText,
        number: SensitiveText,
    ) -> Result<Self, MixedKeys> {
        common_serial_no([&name, &number])?;
        Ok(Self { kind, name, number })
    }

    /// Serialises the order of this person, which has no other sensitive members.
    pub(crate) fn seal(&self, order: &impl serde::Serialize) -> SealedBody {
        SealedBody::new(order, [&self.name, &self.number]).expect("`new` compared the two keys")
    }
}

/// Kinds of papers. WeChat names them all and today supports identity cards alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum IdentityType {
    /// An identity card of the mainland.
    #[serde(rename = "IDCARD")]
    IdCard,
    /// A travel permit of Hong Kong and Macao residents.
    HongkongMacao,
    /// A residence permit of Hong Kong and Macao residents.
    HongkongMacaoResident,
    /// A residence permit of Taiwan residents.
    TaiwanResident,
    /// A residence permit of foreigners.
    ForeignResident,
    /// A foreign passport.
    OverseaPassport,
    /// A telephone number.
    PhoneNumber,
}
