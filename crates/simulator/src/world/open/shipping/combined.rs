//! Reporting what was shipped of a combined payment (§11).

use std::collections::BTreeSet;

use serde_json::Value;
use suanpan_wechat::id::{CombineOutTradeNo, Mchid, TransactionId};

use super::{
    BAD_ARGUMENT, NO_PAYMENT, Which,
    upload::{Upload, sender},
};
use crate::world::{
    combine::Combined,
    exchange::{HttpRequest, Times},
    identity::AppKind,
    open::answer::{Answer, OpenError, done, object},
    state::World,
};

/// Orders of one combined payment.
const SUB_ORDERS: usize = 50;

impl World {
    /// `POST /wxa/sec/order/upload_combined_shipping_info`: all of it is taken, or nothing. It need
    /// not speak of every order (unconfirmed).
    pub(super) fn upload_combined(&mut self, request: &HttpRequest, now: Times) -> Answer {
        let appid = self.app_with_token(request, AppKind::MiniProgram, now)?;
        let body = object(request)?;
        let whole = Which::of_key(&body)?;
        let Some(Value::Array(list)) = body.get("sub_orders") else {
            return Err(OpenError::DATA_FORMAT);
        };
        if !(1..=SUB_ORDERS).contains(&list.len()) {
            return Err(BAD_ARGUMENT);
        }
        let (upload_time, openid) = sender(&body)?;
        let parts = self.payments_of(&whole).ok_or(NO_PAYMENT)?;
        let mut uploads: Vec<(TransactionId, Upload)> = Vec::with_capacity(list.len());
        for sub_order in list {
            let members = sub_order.as_object().ok_or(OpenError::DATA_FORMAT)?;
            let upload = Upload::read(members, now)?;
            if !upload.which.is_like(&whole) {
                let words = "主单的订单单号类型与子单的单号类型不一致";
                return Err(OpenError::new(268_485_253, words));
            }
            let id = self.find_shipment(&appid, &upload.which, now)?;
            if !parts.contains(&id) {
                return Err(NO_PAYMENT);
            }
            if uploads.iter().any(|(known, _)| *known == id) {
                return Err(OpenError::new(10_060_013, "子单单号重复"));
            }
            self.check_upload(&id, &upload, upload_time, &openid)?;
            uploads.push((id, upload));
        }
        for (id, upload) in uploads {
            self.book_upload(&id, upload, upload_time, now);
        }
        Ok(done())
    }

    /// The payments that were made together under this number.
    fn payments_of(&self, whole: &Which) -> Option<BTreeSet<TransactionId>> {
        let combined: &Combined = match whole {
            Which::Wechat(id) => {
                let id = TransactionId::new(id.as_str()).ok()?;
                self.state.combined.by_transaction_of_anybody(&id)?
            }
            Which::Merchant { mchid, out_trade_no } => {
                let mchid = Mchid::new(mchid.as_str()).ok()?;
                let number = CombineOutTradeNo::new(out_trade_no.as_str()).ok()?;
                self.state.combined.get(&mchid, &number)?
            }
        };
        let orders = combined.parts.iter().filter_map(|key| self.state.order_of(key));
        Some(
            orders
                .filter_map(|order| Some(order.payment.as_ref()?.transaction_id.clone()))
                .collect(),
        )
    }
}
