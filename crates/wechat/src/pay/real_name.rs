//! JSAPI orders that only one named person may pay (实名支付), for merchants WeChat has allowed it.
//!
//! Name and number travel encrypted, so the request names the key, and its bytes cannot be made a
//! second time: [`Order::seal`] gives both, to be stored and repeated together. Combined orders have
//! the same in [`combine::real_name`](crate::combine::real_name).

use super::{Merchant, Prepaid, SceneInfo, SettleInfo, Terms, prepay_sealed};
use crate::{
    id::{Openid, SerialNo},
    sensitive::{MixedKeys, SensitiveText, common_serial_no},
};

/// A [`jsapi::Order`](super::jsapi::Order) whose payer must be somebody.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Order {
    /// Who sells.
    #[serde(flatten)]
    pub merchant: Merchant,
    /// What is sold.
    #[serde(flatten)]
    pub terms: Terms,
    /// Who must pay.
    pub payer: Payer,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scene_info: Option<SceneInfo>,
    /// What happens to the money.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settle_info: Option<SettleInfo>,
}

impl Order {
    /// The members every order has.
    #[must_use]
    pub const fn new(merchant: Merchant, terms: Terms, payer: Payer) -> Self {
        Self { merchant, terms, payer, scene_info: None, settle_info: None }
    }

    fn sealed_to(&self) -> &SerialNo {
        self.payer.identity.sealed_to()
    }
}

prepay_sealed!(Order => "pay.real_name.prepay", "/v3/pay/transactions/jsapi", Prepaid);

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
    #[serde(skip)]
    sealed_to: SerialNo,
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
        Ok(Self { kind, sealed_to: name.serial_no().clone(), name, number })
    }

    /// The key the members are encrypted to.
    #[must_use]
    pub const fn sealed_to(&self) -> &SerialNo {
        &self.sealed_to
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
