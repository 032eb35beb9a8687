use serde::{Deserialize, Serialize};

use super::OrderId;
use crate::{
    Timestamp,
    id::Appid,
    open_api::{
        InvalidField, OpenCall, OpenRequest, Unreadable, json,
        wire::{has_characters, limited_text},
    },
    secret::AccessToken,
};

/// `notify_confirm_receive`: reminds the user that the parcel arrived. Once per payment, carriers
/// only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrived {
    /// Which payment.
    pub order: OrderId,
    /// When the carrier handed it over; after it was shipped.
    pub received_time: Timestamp,
}

#[derive(Serialize)]
struct ArrivedBody<'a> {
    #[serde(flatten)]
    order: &'a OrderId,
    received_time: i64,
}

impl OpenCall for Arrived {
    type Answer = ();
    type Credential = AccessToken;
    const NAME: &'static str = "miniprogram.shipping.arrived";

    fn request(&self, token: &AccessToken) -> OpenRequest {
        let body = ArrivedBody { order: &self.order, received_time: self.received_time.unix() };
        OpenRequest::post("/wxa/sec/order/notify_confirm_receive", token, &body)
    }

    fn read(&self, _body: &[u8]) -> Result<(), Unreadable> {
        Ok(())
    }
}

limited_text!(
    /// A page of the mini program, with a query of its own if need be.
    JumpPath, "path", "1 to 1024 characters", |text| has_characters(text, 1, 1024)
);

/// `set_msg_jump_path`: the page the shipping message opens. WeChat appends `transaction_id`,
/// `merchant_id`, `merchant_trade_no` (and `sub_merchant_id`): they say what to show and prove
/// nothing about who looks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SetMessagePath {
    /// The page.
    pub path: JumpPath,
}

impl OpenCall for SetMessagePath {
    type Answer = ();
    type Credential = AccessToken;
    const NAME: &'static str = "miniprogram.shipping.message_path";

    fn request(&self, token: &AccessToken) -> OpenRequest {
        OpenRequest::post("/wxa/sec/order/set_msg_jump_path", token, self)
    }

    fn read(&self, _body: &[u8]) -> Result<(), Unreadable> {
        Ok(())
    }
}

/// `is_trade_managed`: whether WeChat waits for shipping information of this mini program at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IsTradeManaged {
    /// Which mini program.
    pub appid: Appid,
}

#[derive(Deserialize)]
struct Managed {
    is_trade_managed: bool,
}

impl OpenCall for IsTradeManaged {
    type Answer = bool;
    type Credential = AccessToken;
    const NAME: &'static str = "miniprogram.shipping.is_trade_managed";

    fn request(&self, token: &AccessToken) -> OpenRequest {
        OpenRequest::post("/wxa/sec/order/is_trade_managed", token, self)
    }

    fn read(&self, body: &[u8]) -> Result<bool, Unreadable> {
        json(body, "is_trade_managed").map(|Managed { is_trade_managed }| is_trade_managed)
    }
}

/// `is_trade_management_confirmation_completed`: whether every merchant linked to the mini program
/// has let it manage their orders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AreMerchantsConfirmed {
    /// Which mini program.
    pub appid: Appid,
}

#[derive(Deserialize)]
struct Confirmed {
    completed: bool,
}

impl OpenCall for AreMerchantsConfirmed {
    type Answer = bool;
    type Credential = AccessToken;
    const NAME: &'static str = "miniprogram.shipping.are_merchants_confirmed";

    fn request(&self, token: &AccessToken) -> OpenRequest {
        let path = "/wxa/sec/order/is_trade_management_confirmation_completed";
        OpenRequest::post(path, token, self)
    }

    fn read(&self, body: &[u8]) -> Result<bool, Unreadable> {
        json(body, "completed").map(|Confirmed { completed }| completed)
    }
}

/// `opspecialorder`: a payment that is not shipped in the usual time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpecialOrder {
    order_id: String,
    kind: SpecialOrderType,
}

/// Why a payment is not shipped in the usual time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpecialOrderType {
    /// Sold in advance; ships by this instant, 15 to 330 days after payment.
    Presale {
        /// The latest instant.
        delay_to: Timestamp,
    },
    /// A test: WeChat refunds it by itself.
    Test,
}

/// A day in seconds.
const DAY: i64 = 24 * 3600;

impl SpecialOrder {
    /// `order_id` is the payment's number, `paid_at` when it was paid.
    ///
    /// # Errors
    /// When the order has no number, or a sale in advance ships earlier or later than WeChat
    /// allows.
    pub fn new(
        order_id: impl Into<String>,
        paid_at: Timestamp,
        kind: SpecialOrderType,
    ) -> Result<Self, InvalidField> {
        let order_id = order_id.into();
        if !has_characters(&order_id, 1, 64) {
            return Err(InvalidField { field: "order_id", rule: "1 to 64 characters" });
        }
        match kind {
            SpecialOrderType::Presale { delay_to }
                if !(15 * DAY..=330 * DAY).contains(&delay_to.since(paid_at)) =>
            {
                Err(InvalidField { field: "delay_to", rule: "15 to 330 days after payment" })
            }
            kind => Ok(Self { order_id, kind }),
        }
    }
}

#[derive(Serialize)]
struct SpecialBody<'a> {
    order_id: &'a str,
    r#type: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    delay_to: Option<i64>,
}

impl OpenCall for SpecialOrder {
    type Answer = ();
    type Credential = AccessToken;
    const NAME: &'static str = "miniprogram.shipping.special_order";

    fn request(&self, token: &AccessToken) -> OpenRequest {
        let (r#type, delay_to) = match self.kind {
            SpecialOrderType::Presale { delay_to } => (1, Some(delay_to.unix())),
            SpecialOrderType::Test => (2, None),
        };
        let body = SpecialBody { order_id: &self.order_id, r#type, delay_to };
        OpenRequest::post("/wxa/sec/order/opspecialorder", token, &body)
    }

    fn read(&self, _body: &[u8]) -> Result<(), Unreadable> {
        Ok(())
    }
}
