//! Asking where payments stand (§11.2).

use serde_json::{Value, json};
use suanpan_wechat::id::TransactionId;

use super::{BAD_ARGUMENT, Shipment, Which, number};
use crate::world::{
    exchange::{HttpRequest, Times},
    identity::AppKind,
    open::answer::{Answer, OpenError, done, object, text},
    order::Order,
    state::World,
};

/// Characters of all item texts together.
const DESCRIPTION_CHARS: usize = 120;

/// Payments on a page, when nothing is said and at most.
const PAGE: i64 = 100;

impl World {
    /// `POST /wxa/sec/order/get_order`.
    pub(super) fn shipping_order(&mut self, request: &HttpRequest, now: Times) -> Answer {
        let appid = self.app_with_token(request, AppKind::MiniProgram, now)?;
        let which = Which::of_ids(&object(request)?)?;
        let id = self.find_shipment(&appid, &which, now)?;
        let mut answer = done();
        answer["order"] = self.shipping_view(&id);
        Ok(answer)
    }

    /// `POST /wxa/sec/order/get_order_list`, by time of payment.
    pub(super) fn shipping_orders(&mut self, request: &HttpRequest, now: Times) -> Answer {
        let appid = self.app_with_token(request, AppKind::MiniProgram, now)?;
        let body = object(request)?;
        let empty = serde_json::Map::new();
        let range = match body.get("pay_time_range") {
            Some(Value::Object(range)) => range,
            None | Some(Value::Null) => &empty,
            Some(_) => return Err(OpenError::DATA_FORMAT),
        };
        let (begin, end) = (number(range, "begin_time")?, number(range, "end_time")?);
        let state = number(&body, "order_state")?;
        let openid = text(&body, "openid")?;
        let size = number(&body, "page_size")?.unwrap_or(PAGE);
        if !(1..=PAGE).contains(&size) {
            return Err(BAD_ARGUMENT);
        }
        let mut wanted: Vec<_> = self
            .state
            .open
            .shipments
            .payments
            .iter()
            .filter(|(_, shipment)| shipment.appid == appid && now.business >= shipment.known_at)
            .map(|(id, shipment)| (self.paid_order(shipment).1, id, shipment))
            .filter(|(payment, _, shipment)| {
                let paid = payment.success_time.unix();
                begin.is_none_or(|begin| paid >= begin)
                    && end.is_none_or(|end| paid <= end)
                    && state.is_none_or(|state| self.stage(shipment).number() == state)
                    && openid.is_none_or(|openid| self.buyer(shipment).as_str() == openid)
            })
            .map(|(payment, id, _)| (payment.success_time, id))
            .collect();
        wanted.sort();
        let first = match text(&body, "last_index")? {
            None => 0,
            Some(last) => {
                let at = wanted.iter().position(|(_, id)| id.as_str() == last);
                at.ok_or(OpenError::new(10_060_011, "last_index不合法"))? + 1
            }
        };
        let size = usize::try_from(size).map_err(|_| BAD_ARGUMENT)?;
        let rest = wanted.get(first..).unwrap_or_default();
        let page: Vec<_> = rest.iter().take(size).map(|(_, id)| *id).collect();
        let mut answer = done();
        answer["last_index"] = page.last().map_or("", |id| id.as_str()).into();
        answer["has_more"] = (rest.len() > size).into();
        answer["order_list"] = page.into_iter().map(|id| self.shipping_view(id)).collect();
        Ok(answer)
    }

    fn shipping_view(&self, id: &TransactionId) -> Value {
        let shipment = self.shipment(id);
        let (order, payment) = self.paid_order(shipment);
        json!({
            "transaction_id": id,
            "merchant_id": order.mchid,
            "sub_merchant_id": order.sub_mchid().map_or("", |mchid| mchid.as_str()),
            "merchant_trade_no": order.out_trade_no,
            "description": description(order, shipment),
            "paid_amount": order.payer_total(),
            "openid": self.buyer(shipment),
            "trade_create_time": order.created_at.unix(),
            "pay_time": payment.success_time.unix(),
            "order_state": self.stage(shipment).number(),
            "in_complaint": false,
            "shipping": shipping(shipment),
        })
    }
}

fn items(shipment: &Shipment) -> Option<String> {
    let parcels = &shipment.shipped.as_ref()?.parcels;
    let items: Vec<_> = parcels.iter().map(|parcel| parcel.item_desc.as_str()).collect();
    Some(items.join(";").chars().take(DESCRIPTION_CHARS).collect())
}

/// The item texts; before anything was shipped there are none, and the order's own stands in.
fn description(order: &Order, shipment: &Shipment) -> String {
    items(shipment).unwrap_or_else(|| order.description.clone())
}

fn shipping(shipment: &Shipment) -> Value {
    let Some(shipped) = &shipment.shipped else { return json!({}) };
    let parcels: Vec<_> = shipped
        .parcels
        .iter()
        .map(|parcel| {
            let mut view = json!({
                "tracking_no": parcel.tracking_no,
                "express_company": parcel.express_company,
                "goods_desc": parcel.item_desc,
                "upload_time": parcel.uploaded_at.unix(),
            });
            if let Some(contact) = &parcel.contact {
                view["contact"] = contact.clone();
            }
            view
        })
        .collect();
    json!({
        "delivery_mode": shipped.mode as u8,
        "logistics_type": shipped.logistics as u8,
        "finish_shipping": shipped.finished_at.is_some(),
        "goods_desc": items(shipment),
        "finish_shipping_count": shipment.finish_count,
        "shipping_list": parcels,
    })
}
