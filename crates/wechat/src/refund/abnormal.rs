use super::{REFUNDS, Refund, read_refund};
use crate::{
    call::{Call, Malformed, Request},
    id::{Mchid, OutRefundNo, RefundId, SerialNo},
    pay::to_body,
    sensitive::{MixedKeys, SensitiveText, common_serial_no},
};

/// Another way for a refund that the user's account did not take
/// (<https://pay.weixin.qq.com/doc/v3/merchant/4012810601>).
///
/// Encryption is randomised, so its bytes are made once and stored together with the key's name,
/// as [`ApplyAbnormal`] holds them.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct AbnormalOrder {
    /// The merchant a service provider refunds for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub_mchid: Option<Mchid>,
    /// The refund that is `ABNORMAL`.
    pub out_refund_no: OutRefundNo,
    /// Where the money shall go instead.
    #[serde(flatten)]
    pub payee: Payee,
}

to_body!(AbnormalOrder);

/// Where the money of an abnormal refund shall go.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "type")]
pub enum Payee {
    /// To a card of the user.
    #[serde(rename = "USER_BANK_CARD")]
    UserBankCard(BankCard),
    /// To the merchant's own card, who then settles with the user.
    #[serde(rename = "MERCHANT_BANK_CARD")]
    MerchantBankCard,
}

/// A card of the user, whose number and holder travel encrypted.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct BankCard {
    /// The bank.
    pub bank_type: BankType,
    bank_account: SensitiveText,
    real_name: SensitiveText,
}

impl BankCard {
    /// # Errors
    /// When number and name are encrypted to different keys: WeChat could open only one.
    pub fn new(
        bank_type: BankType,
        bank_account: SensitiveText,
        real_name: SensitiveText,
    ) -> Result<Self, MixedKeys> {
        common_serial_no([&bank_account, &real_name])?;
        Ok(Self { bank_type, bank_account, real_name })
    }
}

/// The debit cards that WeChat can send an abnormal refund to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum BankType {
    /// Industrial and Commercial Bank of China.
    IcbcDebit,
    /// Agricultural Bank of China.
    AbcDebit,
    /// China Construction Bank.
    CcbDebit,
    /// Bank of China.
    BocDebit,
    /// Bank of Communications.
    CommDebit,
    /// China Merchants Bank.
    CmbDebit,
    /// China CITIC Bank.
    CiticDebit,
    /// China Everbright Bank.
    CebDebit,
    /// China Minsheng Bank.
    CmbcDebit,
    /// Industrial Bank.
    CibDebit,
    /// China Guangfa Bank.
    GdbDebit,
    /// Ping An Bank.
    PabDebit,
    /// Shanghai Pudong Development Bank.
    SpdbDebit,
    /// Postal Savings Bank of China.
    PsbcDebit,
    /// Bank of Ningbo.
    NbcbDebit,
}

impl AbnormalOrder {
    /// The call for `refund_id`, with the bytes to store and to repeat.
    #[must_use]
    pub fn apply(&self, refund_id: RefundId) -> ApplyAbnormal {
        let sealed_to = match &self.payee {
            Payee::UserBankCard(card) => Some(card.bank_account.serial_no().clone()),
            Payee::MerchantBankCard => None,
        };
        ApplyAbnormal { refund_id, body: self.to_body(), sealed_to }
    }
}

/// Sends an abnormal refund, new or stored. The answer says `PROCESSING`; its end is asked for like
/// any other's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplyAbnormal {
    /// WeChat's number of the refund.
    pub refund_id: RefundId,
    /// Exactly the bytes made by [`AbnormalOrder::to_body`] the first time.
    pub body: Vec<u8>,
    /// The key those bytes are encrypted to.
    pub sealed_to: Option<SerialNo>,
}

impl Call for ApplyAbnormal {
    type Answer = Refund;
    const NAME: &'static str = "refund.apply_abnormal";

    fn request(&self) -> Request {
        let target = format!("{REFUNDS}/{}/apply-abnormal-refund", self.refund_id);
        Request::post(target, self.body.clone()).sealed_to(self.sealed_to.clone())
    }

    fn read(&self, _status: u16, body: &[u8]) -> Result<Refund, Malformed> {
        read_refund(body)
    }
}
