use serde::{Deserialize, Serialize};

use super::{DeliveryMode, LogisticsType};
use crate::{
    Fen, Timestamp,
    id::{Mchid, Openid, OutTradeNo, TransactionId},
    open_api::{
        OpenCall, OpenRequest, Unreadable, json,
        wire::{later_unix_seconds, open_number, unix_seconds},
    },
    secret::AccessToken,
};

open_number! {
    /// Where a payment stands between paying and settling. 6 was added late and lies between 3
    /// and 4; take a number you do not know for "on the way".
    OrderState {
        /// Paid, not shipped.
        Unshipped = 1,
        /// Shipped.
        Shipped = 2,
        /// The user has it, or the days have passed.
        Confirmed = 3,
        /// The money is on its way to the merchant.
        Settling = 6,
        /// Settled.
        Complete = 4,
        /// Given back.
        Refunded = 5,
    }
}

/// One payment in the words of these calls, which differ from those of uploading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum OrderId {
    /// By WeChat's number.
    Wechat {
        /// WeChat's number.
        transaction_id: TransactionId,
    },
    /// By the merchant's number.
    Merchant {
        /// The merchant who ordered.
        merchant_id: Mchid,
        /// The merchant below a partner.
        #[serde(skip_serializing_if = "Option::is_none")]
        sub_merchant_id: Option<Mchid>,
        /// The merchant's number, elsewhere `out_trade_no`.
        merchant_trade_no: OutTradeNo,
    },
}

/// `get_order`: where one payment stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetOrder(pub OrderId);

/// A payment as shipping management knows it. Informative: whether it was paid is said by WeChat
/// Pay, signed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Order {
    /// WeChat's number.
    pub transaction_id: TransactionId,
    /// The merchant who ordered.
    pub merchant_id: Mchid,
    /// The merchant below a partner.
    #[serde(default, deserialize_with = "crate::json::empty_as_absent")]
    pub sub_merchant_id: Option<Mchid>,
    /// The merchant's number.
    pub merchant_trade_no: OutTradeNo,
    /// All item texts, joined with `;` and cut at 120 characters.
    #[serde(default)]
    pub description: String,
    /// What the user paid.
    pub paid_amount: Fen,
    /// Who paid.
    pub openid: Openid,
    /// When it was ordered.
    #[serde(deserialize_with = "unix_seconds")]
    pub trade_create_time: Timestamp,
    /// When it was paid.
    #[serde(deserialize_with = "unix_seconds")]
    pub pay_time: Timestamp,
    /// Where it stands.
    pub order_state: OrderState,
    /// Whether the user has complained.
    #[serde(default)]
    pub in_complaint: bool,
    /// What was uploaded; without members before the first upload.
    #[serde(default)]
    pub shipping: Shipping,
}

/// What was uploaded for a payment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Shipping {
    /// In one parcel or several.
    pub delivery_mode: Option<DeliveryMode>,
    /// How.
    pub logistics_type: Option<LogisticsType>,
    /// Whether everything left.
    #[serde(default)]
    pub finish_shipping: bool,
    /// How often everything left: 0, 1, or 2 when the correction is used up.
    #[serde(default)]
    pub finish_shipping_count: u32,
    /// All item texts.
    #[serde(default)]
    pub goods_desc: String,
    /// The parcels.
    #[serde(default)]
    pub shipping_list: Vec<ShippedParcel>,
}

/// One parcel that was uploaded.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ShippedParcel {
    /// The carrier's number; empty without a carrier.
    #[serde(default)]
    pub tracking_no: String,
    /// The carrier's code; empty without a carrier.
    #[serde(default)]
    pub express_company: String,
    /// The item text.
    #[serde(default)]
    pub goods_desc: String,
    /// When it was uploaded.
    #[serde(default, deserialize_with = "later_unix_seconds")]
    pub upload_time: Option<Timestamp>,
}

#[derive(Deserialize)]
struct OneOrder {
    order: Order,
}

impl OpenCall for GetOrder {
    type Answer = Order;
    type Credential = AccessToken;
    const NAME: &'static str = "miniprogram.shipping.order";

    fn request(&self, token: &AccessToken) -> OpenRequest {
        OpenRequest::post("/wxa/sec/order/get_order", token, &self.0)
    }

    fn read(&self, body: &[u8]) -> Result<Order, Unreadable> {
        json(body, "an order").map(|OneOrder { order }| order)
    }
}

/// `get_order_list`: payments by time, state and payer, a page at a time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct GetOrderList {
    /// When they were paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pay_time_range: Option<PayTimeRange>,
    /// Where they stand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_state: Option<OrderState>,
    /// Who paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub openid: Option<Openid>,
    /// From the page before, to get the next one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_index: Option<String>,
    /// WeChat's own default is 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page_size: Option<u32>,
}

/// From one second to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PayTimeRange {
    begin_time: i64,
    end_time: i64,
}

impl PayTimeRange {
    /// `None` when it ends before it begins.
    #[must_use]
    pub fn new(begin: Timestamp, end: Timestamp) -> Option<Self> {
        (begin <= end).then(|| Self { begin_time: begin.unix(), end_time: end.unix() })
    }
}

/// One page of payments.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct OrderList {
    /// The payments.
    #[serde(default)]
    pub order_list: Vec<Order>,
    /// For [`GetOrderList::last_index`].
    #[serde(default)]
    pub last_index: String,
    /// Whether there is another page.
    #[serde(default)]
    pub has_more: bool,
}

impl OpenCall for GetOrderList {
    type Answer = OrderList;
    type Credential = AccessToken;
    const NAME: &'static str = "miniprogram.shipping.orders";

    fn request(&self, token: &AccessToken) -> OpenRequest {
        OpenRequest::post("/wxa/sec/order/get_order_list", token, self)
    }

    fn read(&self, body: &[u8]) -> Result<OrderList, Unreadable> {
        json(body, "a list of orders")
    }
}
