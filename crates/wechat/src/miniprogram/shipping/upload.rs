use serde::Serialize;

use super::{DeliveryMode, LogisticsType, OrderKey};
use crate::{
    Timestamp,
    id::Openid,
    open_api::{
        InvalidField, OpenCall, OpenRequest, Unreadable,
        wire::{has_characters, limited_text},
    },
    pay::Payer,
    secret::AccessToken,
};

limited_text!(
    /// A carrier's number for a parcel.
    TrackingNo, "tracking_no", "1 to 128 characters", |text| has_characters(text, 1, 128)
);
limited_text!(
    /// A carrier's code from WeChat's list (`get_delivery_list`): `SF`, `YTO`, …
    ExpressCompany, "express_company", "1 to 128 characters", |text| has_characters(text, 1, 128)
);
limited_text!(
    /// What is in it, as the buyer reads it: `咖啡豆*1`.
    ItemDesc, "item_desc", "1 to 120 characters", |text| has_characters(text, 1, 120)
);
limited_text!(
    /// A phone number with stars for some digits, but not for the last four: `189****1234`.
    MaskedPhone, "contact", "at most 64 of digits, * - +, some of them *, the last four digits",
    |text| {
        let plain = |b: u8| b.is_ascii_digit() || matches!(b, b'*' | b'-' | b'+');
        let end = text.bytes().rev().take_while(u8::is_ascii_digit).count();
        text.len() <= 64 && text.bytes().all(plain) && text.contains('*') && end >= 4
    }
);

/// Whom the carrier calls; one of the two is enough.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Contact {
    /// Who sends.
    ConsignorContact(MaskedPhone),
    /// Who receives.
    ReceiverContact(MaskedPhone),
}

/// One parcel at a carrier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Parcel {
    tracking_no: TrackingNo,
    express_company: ExpressCompany,
    item_desc: ItemDesc,
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<Contact>,
}

impl Parcel {
    /// # Errors
    /// When SF Express carries it and nobody can be called.
    pub fn new(
        tracking_no: TrackingNo,
        express_company: ExpressCompany,
        item_desc: ItemDesc,
        contact: Option<Contact>,
    ) -> Result<Self, InvalidField> {
        if express_company.as_str() == "SF" && contact.is_none() {
            return Err(InvalidField { field: "contact", rule: "there for SF Express" });
        }
        Ok(Self { tracking_no, express_company, item_desc, contact })
    }
}

/// The parcels known so far of a delivery in parts: 1 to 15.
///
/// WeChat's older pages say ten, and its refusal still does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SplitParcels(Vec<Parcel>);

impl SplitParcels {
    /// # Errors
    /// When there are none, or more than 15.
    pub fn new(parcels: Vec<Parcel>) -> Result<Self, InvalidField> {
        if (1..=15).contains(&parcels.len()) {
            Ok(Self(parcels))
        } else {
            Err(InvalidField { field: "shipping_list", rule: "1 to 15 parcels" })
        }
    }
}

/// How the goods of one payment leave. Only a carrier delivers in parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// In one parcel.
    Express(Parcel),
    /// In several.
    ExpressInParts {
        /// All parcels so far.
        parcels: SplitParcels,
        /// Whether that is everything. Only then the user is told that it is on its way.
        is_all_delivered: bool,
    },
    /// Within the city.
    SameCity(ItemDesc),
    /// Not things: done with the upload.
    Virtual(ItemDesc),
    /// The buyer comes for them.
    SelfPickUp(ItemDesc),
}

/// The goods of one payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shipment {
    /// Which payment.
    pub order_key: OrderKey,
    /// How they leave.
    pub delivery: Delivery,
}

#[derive(Serialize)]
struct ShipmentBody<'a> {
    order_key: &'a OrderKey,
    logistics_type: LogisticsType,
    delivery_mode: DeliveryMode,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_all_delivered: Option<bool>,
    shipping_list: ShippingList<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum ShippingList<'a> {
    Parcel([&'a Parcel; 1]),
    Parcels(&'a SplitParcels),
    Goods([Goods<'a>; 1]),
}

#[derive(Serialize)]
struct Goods<'a> {
    item_desc: &'a ItemDesc,
}

impl Shipment {
    fn body(&self) -> ShipmentBody<'_> {
        let goods = |item_desc| ShippingList::Goods([Goods { item_desc }]);
        let (logistics_type, shipping_list) = match &self.delivery {
            Delivery::Express(parcel) => (LogisticsType::Express, ShippingList::Parcel([parcel])),
            Delivery::ExpressInParts { parcels, .. } => {
                (LogisticsType::Express, ShippingList::Parcels(parcels))
            }
            Delivery::SameCity(item_desc) => (LogisticsType::SameCity, goods(item_desc)),
            Delivery::Virtual(item_desc) => (LogisticsType::Virtual, goods(item_desc)),
            Delivery::SelfPickUp(item_desc) => (LogisticsType::SelfPickUp, goods(item_desc)),
        };
        let (delivery_mode, is_all_delivered) = match self.delivery {
            Delivery::ExpressInParts { is_all_delivered, .. } => {
                (DeliveryMode::Split, Some(is_all_delivered))
            }
            _ => (DeliveryMode::Unified, None),
        };
        ShipmentBody {
            order_key: &self.order_key,
            logistics_type,
            delivery_mode,
            is_all_delivered,
            shipping_list,
        }
    }
}

/// `upload_shipping_info`: what left for one payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// The goods.
    pub shipment: Shipment,
    /// Later than that of every upload before for this payment: WeChat orders uploads by it.
    pub upload_time: Timestamp,
    /// Who paid, as this mini program knows them.
    pub payer: Openid,
}

#[derive(Serialize)]
struct UploadBody<'a> {
    #[serde(flatten)]
    shipment: ShipmentBody<'a>,
    upload_time: Timestamp,
    payer: Payer,
}

impl OpenCall for Upload {
    type Answer = ();
    type Credential = AccessToken;
    const NAME: &'static str = "miniprogram.shipping.upload";

    fn request(&self, token: &AccessToken) -> OpenRequest {
        let body = UploadBody {
            shipment: self.shipment.body(),
            upload_time: self.upload_time,
            payer: Payer { openid: self.payer.clone() },
        };
        OpenRequest::post("/wxa/sec/order/upload_shipping_info", token, &body)
    }

    fn read(&self, _body: &[u8]) -> Result<(), Unreadable> {
        Ok(())
    }
}

/// `upload_combined_shipping_info`: what left for a combined payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CombinedUpload {
    order_key: OrderKey,
    sub_orders: Vec<Shipment>,
    upload_time: Timestamp,
    payer: Openid,
}

impl CombinedUpload {
    /// `order_key` names the combined payment, each shipment one of its orders.
    ///
    /// # Errors
    /// Unless there are 1 to 50 orders, all different and all named by the same kind of number as
    /// the payment.
    pub fn new(
        order_key: OrderKey,
        sub_orders: Vec<Shipment>,
        upload_time: Timestamp,
        payer: Openid,
    ) -> Result<Self, InvalidField> {
        let rule = "1 to 50 different orders, named by the same kind of number as the payment";
        let invalid = InvalidField { field: "sub_orders", rule };
        let keys = || sub_orders.iter().map(|shipment| &shipment.order_key);
        let alike = keys().all(|key| key.number_type() == order_key.number_type());
        let different = keys().enumerate().all(|(at, key)| !keys().take(at).any(|k| k == key));
        if (1..=50).contains(&sub_orders.len()) && alike && different {
            Ok(Self { order_key, sub_orders, upload_time, payer })
        } else {
            Err(invalid)
        }
    }
}

#[derive(Serialize)]
struct CombinedBody<'a> {
    order_key: &'a OrderKey,
    sub_orders: Vec<ShipmentBody<'a>>,
    upload_time: Timestamp,
    payer: Payer,
}

impl OpenCall for CombinedUpload {
    type Answer = ();
    type Credential = AccessToken;
    const NAME: &'static str = "miniprogram.shipping.upload_combined";

    fn request(&self, token: &AccessToken) -> OpenRequest {
        let body = CombinedBody {
            order_key: &self.order_key,
            sub_orders: self.sub_orders.iter().map(Shipment::body).collect(),
            upload_time: self.upload_time,
            payer: Payer { openid: self.payer.clone() },
        };
        OpenRequest::post("/wxa/sec/order/upload_combined_shipping_info", token, &body)
    }

    fn read(&self, _body: &[u8]) -> Result<(), Unreadable> {
        Ok(())
    }
}
