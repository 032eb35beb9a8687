//! What is bought: the part that an order and a charge by payment code have in common.

use std::{net::IpAddr, num::NonZeroU32};

use crate::{
    Fen, Timestamp,
    id::OutTradeNo,
    pay_v2::{Merchant, Text, beijing, xml::Fields},
    text::Description,
};

/// A request that WeChat would refuse or misread; nothing was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{field} must be {rule}")]
pub struct InvalidRequest {
    /// The field's name on the wire.
    pub field: &'static str,
    /// The rule in words.
    pub rule: &'static str,
}

/// What is bought, from whom, and where the order comes from
/// (<https://pay.weixin.qq.com/wiki/doc/api/jsapi.php?chapter=9_1> and its neighbours).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purchase {
    /// Who is paid.
    pub merchant: Merchant,
    /// Shown to the payer. By convention the shop's name, a dash and what is bought.
    pub body: Description,
    /// Unique per `mch_id`.
    pub out_trade_no: OutTradeNo,
    /// Above zero.
    pub total_fee: Fen,
    /// The payer's address as the merchant sees it; for QR codes and pages inside WeChat the
    /// server's is accepted. Pages outside WeChat are refused when it is not the phone's.
    pub spbill_create_ip: IpAddr,
    /// What most orders leave out.
    pub extras: Extras,
}

/// What most orders leave out. [`Extras::default`] is all of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Extras {
    /// The terminal or shop.
    pub device_info: Option<Text<32>>,
    /// The goods; makes the order eligible for promotions on single goods.
    pub detail: Option<Detail>,
    /// Given back in query and notification once paid.
    pub attach: Option<Text<127>>,
    /// When the order was made.
    pub time_start: Option<Timestamp>,
    /// After this instant nobody can pay; WeChat wants it more than a minute ahead, older pages
    /// more than five. Belongs to the number: a repeat cannot move it. Default seven days.
    pub time_expire: Option<Timestamp>,
    /// A mark that coupons look for.
    pub goods_tag: Option<Text<32>>,
    /// Refuses credit cards.
    pub no_credit: bool,
    /// Shows the entry for an electronic invoice.
    pub receipt: bool,
    /// Freezes the money until profit sharing is finished.
    pub profit_sharing: bool,
    /// The shop, for its promotions.
    pub store_info: Option<StoreInfo>,
}

/// The goods of an order.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Detail {
    /// What the order cost before discounts of the merchant's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_price: Option<Fen>,
    /// The till receipt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt_id: Option<Text<32>>,
    /// At least one.
    pub goods_detail: Vec<Goods>,
}

/// One kind of goods.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Goods {
    /// The merchant's number.
    pub goods_id: Text<32>,
    /// WeChat's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wxpay_goods_id: Option<Text<32>>,
    /// The name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub goods_name: Option<Text<256>>,
    /// How many.
    pub quantity: NonZeroU32,
    /// For one, in fen.
    pub price: Fen,
}

/// The shop an order belongs to.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct StoreInfo {
    /// The merchant's number of the shop.
    pub id: Text<32>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Text<64>>,
    /// Its administrative division, six digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub area_code: Option<Text<6>>,
    /// Its street.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Text<128>>,
}

/// Where a page outside WeChat lives.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "type")]
pub enum H5Info {
    /// A web page.
    Wap {
        /// Its address.
        wap_url: Text<128>,
        /// Its name.
        wap_name: Text<64>,
    },
    /// A page inside an iOS app.
    #[serde(rename = "IOS")]
    Ios {
        /// The app's name.
        app_name: Text<64>,
        /// The app's bundle.
        bundle_id: Text<128>,
    },
    /// A page inside an Android app.
    Android {
        /// The app's name.
        app_name: Text<64>,
        /// The app's package.
        package_name: Text<128>,
    },
}

#[derive(serde::Serialize)]
struct SceneInfo<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    store_info: Option<&'a StoreInfo>,
    #[serde(skip_serializing_if = "Option::is_none")]
    h5_info: Option<&'a H5Info>,
}

impl Purchase {
    pub(crate) fn write(
        &self,
        h5_info: Option<&H5Info>,
        fields: &mut Fields,
    ) -> Result<(), InvalidRequest> {
        let extras = &self.extras;
        self.merchant.write(fields);
        fields.put("body", self.body.as_str());
        fields.put("out_trade_no", &self.out_trade_no);
        fields.put("total_fee", positive("total_fee", self.total_fee)?);
        fields.put("fee_type", "CNY");
        fields.put("spbill_create_ip", self.spbill_create_ip);
        fields.put_some("device_info", extras.device_info.as_ref());
        fields.put_some("attach", extras.attach.as_ref());
        fields.put_some("time_start", extras.time_start.map(beijing::write));
        fields.put_some("time_expire", extras.time_expire.map(beijing::write));
        fields.put_some("goods_tag", extras.goods_tag.as_ref());
        fields.put_some("limit_pay", extras.no_credit.then_some("no_credit"));
        fields.put_some("receipt", extras.receipt.then_some("Y"));
        fields.put_some("profit_sharing", extras.profit_sharing.then_some("Y"));
        if extras.time_start.zip(extras.time_expire).is_some_and(|(start, end)| end <= start) {
            return Err(InvalidRequest { field: "time_expire", rule: "later than time_start" });
        }
        if let Some(detail) = &extras.detail {
            if detail.goods_detail.is_empty() {
                let rule = "at least one kind of goods, or no detail at all";
                return Err(InvalidRequest { field: "detail", rule });
            }
            fields.put("version", "1.0");
            fields.put("detail", json("detail", 6000, "at most 6000 characters", detail)?);
        }
        if extras.store_info.is_some() || h5_info.is_some() {
            let scene = SceneInfo { store_info: extras.store_info.as_ref(), h5_info };
            let rule = "at most 256 characters";
            fields.put("scene_info", json("scene_info", 256, rule, &scene)?);
        }
        Ok(())
    }
}

pub(crate) fn positive(field: &'static str, amount: Fen) -> Result<i64, InvalidRequest> {
    if amount == Fen::ZERO {
        Err(InvalidRequest { field, rule: "above zero" })
    } else {
        Ok(amount.count())
    }
}

/// Structured values are JSON inside one field.
pub(crate) fn json(
    field: &'static str,
    limit: usize,
    rule: &'static str,
    value: &impl serde::Serialize,
) -> Result<String, InvalidRequest> {
    let json = serde_json::to_string(value).expect("our own values have string keys and no maps");
    if json.chars().count() <= limit { Ok(json) } else { Err(InvalidRequest { field, rule }) }
}
