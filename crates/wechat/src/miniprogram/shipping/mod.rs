//! Telling WeChat that the goods left (发货信息管理), without which the money stays frozen
//! (<https://developers.weixin.qq.com/miniprogram/dev/platform-capabilities/business-capabilities/order-shipping/order-shipping.html>).
//!
//! The story of one payment: paid → [`Upload`] → the user confirms, or some days pass → settled.
//! WeChat pushes [`Event::OrderSettlement`](crate::push::Event) on the way, and [`GetOrder`] says
//! where it stands. A payment is unknown here for up to a minute after it was made
//! ([`SHIPPING_PAYMENT_UNKNOWN`](crate::open_api::ErrCode::SHIPPING_PAYMENT_UNKNOWN)): ask again
//! with growing pauses. One correction is possible before the user confirms; a second upload after
//! the last parcel uses it up.
//!
//! What WeChat refuses because of its shape cannot be built: [`Delivery`] has one variant for each
//! combination of logistics and delivery mode that exists.
//!
//! ```
//! use suanpan_wechat::{
//!     Timestamp,
//!     id::{Openid, TransactionId},
//!     miniprogram::shipping::{
//!         Delivery, ExpressCompany, ItemDesc, OrderKey, Parcel, Shipment, TrackingNo, Upload,
//!     },
//!     open_api::OpenCall,
//!     secret::AccessToken,
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let parcel = Parcel::new(
//!     TrackingNo::new("3262000000")?,
//!     ExpressCompany::new("YTO")?,
//!     ItemDesc::new("咖啡豆*1")?,
//!     None,
//! )?;
//! let upload = Upload {
//!     shipment: Shipment {
//!         order_key: OrderKey::TransactionId(TransactionId::new("4200002050202311069075905809")?),
//!         delivery: Delivery::Express(parcel),
//!     },
//!     upload_time: Timestamp::from_unix(1_699_261_011),
//!     payer: Openid::new("oUpF8uMuAJO_M2pxb1Q9zNjWeS6o")?,
//! };
//! let request = upload.request(&AccessToken::new("85_canary")?);
//! assert_eq!(request.path(), "/wxa/sec/order/upload_shipping_info");
//! # Ok(())
//! # }
//! ```

mod manage;
mod order;
mod upload;

pub use manage::{
    AreMerchantsConfirmed, Arrived, IsTradeManaged, JumpPath, SetMessagePath, SpecialOrder,
    SpecialOrderType,
};
pub use order::{
    GetOrder, GetOrderList, Order, OrderId, OrderList, OrderState, PayTimeRange, ShippedParcel,
    Shipping,
};
pub use upload::{
    CombinedUpload, Contact, Delivery, ExpressCompany, ItemDesc, MaskedPhone, Parcel, Shipment,
    SplitParcels, TrackingNo, Upload,
};

use serde::{Serialize, Serializer, ser::SerializeStruct as _};

use crate::{
    id::{Mchid, OutTradeNo, TransactionId},
    open_api::wire::open_number,
};

open_number! {
    /// How goods reach the buyer.
    LogisticsType {
        /// By a carrier.
        Express = 1,
        /// Within the city.
        SameCity = 2,
        /// They are not things.
        Virtual = 3,
        /// The buyer comes for them.
        SelfPickUp = 4,
    }
}

open_number! {
    /// In one parcel or several. The page's example shows a word; the wire has the number.
    DeliveryMode {
        /// All at once.
        Unified = 1,
        /// In parts.
        Split = 2,
    }
}

/// Which payment a shipment is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderKey {
    /// By the merchant's number. For a partner's order, `mchid` is the number used when ordering.
    OutTradeNo {
        /// The merchant who ordered.
        mchid: Mchid,
        /// The merchant's number.
        out_trade_no: OutTradeNo,
    },
    /// By WeChat's number.
    TransactionId(TransactionId),
}

impl OrderKey {
    /// `order_number_type`.
    const fn number_type(&self) -> u8 {
        match self {
            OrderKey::OutTradeNo { .. } => 1,
            OrderKey::TransactionId(_) => 2,
        }
    }
}

impl Serialize for OrderKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut key = serializer.serialize_struct("order_key", 3)?;
        key.serialize_field("order_number_type", &self.number_type())?;
        match self {
            OrderKey::OutTradeNo { mchid, out_trade_no } => {
                key.serialize_field("mchid", mchid)?;
                key.serialize_field("out_trade_no", out_trade_no)?;
            }
            OrderKey::TransactionId(transaction_id) => {
                key.serialize_field("transaction_id", transaction_id)?;
            }
        }
        key.end()
    }
}
