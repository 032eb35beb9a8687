//! Several orders in one payment: `/v3/combine-transactions/…` (v3 §5.1).
//!
//! The same paths serve merchants and providers: a body whose parts name sub-merchants is a
//! provider's. Basic payment does not see the parts; refunds do.

mod place;
mod view;

use std::collections::BTreeSet;

use suanpan_wechat::id::{CombineOutTradeNo, OutTradeNo, TransactionId};

pub(crate) use self::view::notification;
use super::{
    answer::Answer,
    error::ApiError,
    gate::Caller,
    operation::{self, Route, get, post},
    pay::place::trade_type,
    schema::{self, ALPHANUMERIC, Field, Kind, MCHID, ORDER_NUMBER, matching, optional, required},
};
use crate::world::{
    combine::Combined,
    exchange::{HttpRequest, Times},
    frequency::Rate,
    order::{TradeState, TradeType},
    state::World,
};

enum Operation {
    Place(TradeType),
    Query(String),
    /// By WeChat's number of the whole. That WeChat answers it is unconfirmed; so is the member that
    /// would tell the number, and the setting `combine_transaction_id` shows it.
    QueryById(String),
    Close(String),
}

/// `/v3/combine-transactions/…`
pub(crate) fn route(path: &[&str]) -> Option<Route> {
    let ["combine-transactions", below @ ..] = path else { return None };
    let route = match *below {
        [front_end] => post(Operation::Place(trade_type(front_end)?)),
        ["out-trade-no", number] => get(Operation::Query(number.to_owned())),
        ["id", id] => get(Operation::QueryById(id.to_owned())),
        ["out-trade-no", number, "close"] => post(Operation::Close(number.to_owned())),
        _ => return None,
    };
    Some(route)
}

impl operation::Operation for Operation {
    fn out_trade_no(
        &self,
        world: &World,
        caller: Option<&Caller>,
        request: &HttpRequest,
    ) -> Option<String> {
        match self {
            Operation::Query(number) | Operation::Close(number) => Some(number.clone()),
            Operation::QueryById(id) => {
                let combined = world.combined_with_id(caller?, id)?;
                Some(combined.key.number.to_string())
            }
            Operation::Place(_) => {
                let body: serde_json::Value = serde_json::from_slice(&request.body).ok()?;
                Some(body.get("combine_out_trade_no")?.as_str()?.to_owned())
            }
        }
    }

    fn rate(&self) -> Option<Rate> {
        matches!(self, Operation::Place(_)).then_some(Rate::Order)
    }

    fn perform(
        &self,
        world: &mut World,
        caller: &Caller,
        request: &HttpRequest,
        now: Times,
    ) -> Result<Answer, ApiError> {
        let outcome = match self {
            Operation::Place(trade_type) => {
                world.place_combined(*trade_type, caller, &request.body, now)
            }
            Operation::Query(number) => world
                .combined_of(caller, number)
                .map(|combined| view::answer(world, combined))
                .ok_or(ApiError::ORDER_NOT_EXIST),
            Operation::QueryById(id) => world
                .combined_with_id(caller, id)
                .map(|combined| view::answer(world, combined))
                .ok_or(ApiError::ORDER_NOT_EXIST),
            Operation::Close(number) => world.close_combined(caller, number, &request.body, now),
        };
        outcome.map_err(joined)
    }
}

/// This family's tables spell some codes without an underscore (v3 §7.4).
fn joined(error: ApiError) -> ApiError {
    match error.code {
        "NO_AUTH" => ApiError { code: "NOAUTH", ..error },
        _ => error,
    }
}

static CLOSE: &[Field] = &[
    required("combine_appid", "合单商户AppID", matching(1, 32, &ALPHANUMERIC)),
    required("sub_orders", "子单信息", Kind::Array { min: 1, of: &Kind::Object(CLOSE_PART) }),
];

static CLOSE_PART: &[Field] = &[
    required("mchid", "子单商户号", matching(1, 32, &MCHID)),
    required("out_trade_no", "子单商户订单号", matching(1, 32, &ORDER_NUMBER)),
    optional("sub_mchid", "二级商户号", matching(1, 32, &MCHID)),
    optional("sub_appid", "子商户应用ID", matching(1, 32, &ALPHANUMERIC)),
];

impl World {
    fn combined_of(&self, caller: &Caller, number: &str) -> Option<&Combined> {
        let number = CombineOutTradeNo::new(number).ok()?;
        self.state.combined.get(&caller.mchid, &number)
    }

    fn combined_with_id(&self, caller: &Caller, id: &str) -> Option<&Combined> {
        let id = TransactionId::new(id).ok()?;
        self.state.combined.by_transaction(&caller.mchid, &id)
    }

    /// `POST …/out-trade-no/{combine_out_trade_no}/close`. Must name every part and nothing else.
    fn close_combined(
        &mut self,
        caller: &Caller,
        number: &str,
        body: &[u8],
        now: Times,
    ) -> Result<Answer, ApiError> {
        let request = schema::read(body, &[CLOSE])?;
        let combined = self.combined_of(caller, number).ok_or(ApiError::ORDER_NOT_EXIST)?;
        if schema::text(&request, "/combine_appid") != Some(combined.appid.as_str()) {
            return Err(ApiError::APPID_MCHID_NOT_MATCH);
        }
        let parts = combined.parts.clone();
        let named: Vec<_> = request["sub_orders"].as_array().into_iter().flatten().collect();
        let named_once: BTreeSet<_> = named
            .iter()
            .map(|part| {
                let text = |pointer| schema::text(part, pointer);
                (text("/mchid"), text("/out_trade_no"), text("/sub_mchid"), text("/sub_appid"))
            })
            .collect();
        let known: BTreeSet<_> = parts
            .iter()
            .filter_map(|key| self.state.order_of(key))
            .map(|order| {
                let sub_appid = order.partner.as_ref().and_then(|of| of.sub_appid.as_ref());
                let sub_mchid = order.sub_mchid().map(|id| id.as_str());
                let number = OutTradeNo::as_str(&order.out_trade_no);
                (
                    Some(order.mchid.as_str()),
                    Some(number),
                    sub_mchid,
                    sub_appid.map(|id| id.as_str()),
                )
            })
            .collect();
        if named_once != known || named.len() != known.len() {
            return Err(ApiError::OTHER_PARTS);
        }
        let states: Vec<_> =
            parts.iter().filter_map(|key| Some(self.state.order_of(key)?.trade_state)).collect();
        if states.iter().any(|state| state.says_paid() == Some(true)) {
            return Err(ApiError::ORDER_PAID);
        }
        for key in parts {
            let order = self.state.order_of(&key);
            if order.is_some_and(|order| order.trade_state == TradeState::NotPay) {
                self.close(&key.mchid, &key.out_trade_no, now);
            }
        }
        Ok(Answer::NO_CONTENT)
    }
}
