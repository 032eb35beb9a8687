use crate::{
    Fen, Timestamp,
    advice::Operation,
    call::{Call, Malformed, Request},
    id::{Appid, Mchid, Openid},
    pay::read,
    sensitive::{SealedBody, SensitiveText},
    text::NotifyUrl,
};

use super::{Failure, OutBillNo, PackageInfo, Remark, Scene, TransferBillNo, TransferState};

/// From this amount on, the person's real name is required: 2000 yuan.
const NAME_REQUIRED_FROM: i64 = 200_000;

/// The most a red packet may hold: 200 yuan.
const RED_PACKET_LIMIT: i64 = 20_000;

/// What every transfer says, however it is confirmed.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Terms {
    /// The sub-merchant whose money it is, when a service provider calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub_mchid: Option<Mchid>,
    /// The app under which the person is named.
    pub appid: Appid,
    /// The merchant's number for this transfer.
    pub out_bill_no: OutBillNo,
    /// Why.
    #[serde(flatten)]
    pub scene: Scene,
    /// The person's real name. Required from 2000 yuan; compared when given, and only then is
    /// there a receipt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_name: Option<SensitiveText>,
    /// How much, in fen, above zero. The minimum is 10 fen for many merchants (**unconfirmed**, so
    /// not checked), the maximum is set in the merchant console.
    pub transfer_amount: Fen,
    /// Shown to the person.
    pub transfer_remark: Remark,
    /// Where the notification goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notify_url: Option<NotifyUrl>,
}

impl Terms {
    pub(super) fn check(&self) -> Result<(), InvalidOrder> {
        match self.transfer_amount.count() {
            0 => Err(InvalidOrder::NoAmount),
            NAME_REQUIRED_FROM.. if self.user_name.is_none() => Err(InvalidOrder::NoName),
            _ => Ok(()),
        }
    }

    pub(super) fn caller(&self) -> Caller {
        Caller::of(self.sub_mchid.as_ref())
    }
}

/// A transfer that the person confirms (<https://pay.weixin.qq.com/doc/v3/merchant/4012716434>).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Order {
    /// What every transfer says.
    #[serde(flatten)]
    pub terms: Terms,
    /// The person.
    pub openid: Openid,
    /// How it is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_recv_style: Option<ReceiveStyle>,
}

/// How a transfer is shown to the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReceiveStyle {
    /// A page with amount and reason.
    ConfirmPage,
    /// A red packet, up to 200 yuan.
    RedPacket,
}

/// A transfer that WeChat would refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidOrder {
    /// A transfer of nothing.
    #[error("a transfer must be of more than zero fen")]
    NoAmount,
    /// Large transfers go to known people only.
    #[error("a transfer of 2000 yuan or more needs the person's real name")]
    NoName,
    /// Too much for a red packet.
    #[error("a red packet holds at most 200 yuan")]
    RedPacketTooLarge,
}

/// Who calls; a service provider has paths of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    /// A merchant, about its own money.
    Merchant,
    /// A service provider, about a sub-merchant's money.
    Partner,
}

impl Caller {
    pub(super) fn of(sub_mchid: Option<&Mchid>) -> Self {
        if sub_mchid.is_some() { Caller::Partner } else { Caller::Merchant }
    }

    /// Where the caller's transfers live.
    pub(super) const fn path(self) -> &'static str {
        match self {
            Caller::Merchant => "/v3/fund-app/mch-transfer/transfer-bills",
            Caller::Partner => "/v3/fund-app/mch-transfer/partner/transfer-bills",
        }
    }
}

/// Sends a transfer, new or stored. A repeat must be the same bytes under the same number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Create {
    /// Who calls.
    pub caller: Caller,
    /// Exactly what [`Create::new`] made the first time.
    pub body: SealedBody,
}

impl Create {
    /// # Errors
    /// See [`InvalidOrder`].
    pub fn new(order: &Order) -> Result<Self, InvalidOrder> {
        order.check()?;
        let body = SealedBody::with_one(order, order.terms.user_name.as_ref());
        Ok(Self { caller: order.terms.caller(), body })
    }
}

impl Order {
    pub(super) fn check(&self) -> Result<(), InvalidOrder> {
        self.terms.check()?;
        let is_red_packet = self.user_recv_style == Some(ReceiveStyle::RedPacket);
        if is_red_packet && self.terms.transfer_amount.count() > RED_PACKET_LIMIT {
            return Err(InvalidOrder::RedPacketTooLarge);
        }
        Ok(())
    }
}

impl Call for Create {
    type Answer = Created;
    const NAME: &'static str = "transfer.create";

    fn request(&self) -> Request {
        self.body.post(self.caller.path())
    }

    fn operation(&self) -> Operation {
        Operation::Transfer
    }

    fn read(&self, _status: u16, body: &[u8]) -> Result<Created, Malformed> {
        read(body, "the answer to a transfer")
    }
}

/// The answer to a transfer: WeChat knows it. Nobody has been paid yet.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Created {
    /// The sub-merchant, when a service provider called.
    #[serde(default)]
    pub sub_mchid: Option<Mchid>,
    /// The merchant's number.
    pub out_bill_no: OutBillNo,
    /// WeChat's number.
    pub transfer_bill_no: TransferBillNo,
    /// When WeChat accepted it.
    pub create_time: Timestamp,
    /// Where it stands. Service providers are not told: query.
    #[serde(default, deserialize_with = "crate::json::empty_as_absent")]
    pub state: Option<TransferState>,
    /// Opens the confirmation page; only with `WAIT_USER_CONFIRM`.
    #[serde(default, deserialize_with = "crate::json::empty_as_absent")]
    pub package_info: Option<PackageInfo>,
    /// Why it failed; only with `FAIL`.
    #[serde(default, deserialize_with = "crate::json::empty_as_absent")]
    pub fail_reason: Option<Failure>,
}
