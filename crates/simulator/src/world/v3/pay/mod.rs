//! Ordering, querying and closing: `/v3/pay/transactions/…` (v3 §4).

mod place;
pub(crate) mod transaction;

use serde_json::Value;
use suanpan_wechat::id::{OutTradeNo, TransactionId};

use super::{
    answer::Answer,
    check_query_mchid,
    error::ApiError,
    gate::Caller,
    operation,
    schema::{self, Field, MCHID, matching, required},
};
use crate::world::{
    exchange::{HttpRequest, Times},
    order::{TradeState, TradeType},
    state::World,
};

static CLOSE: &[Field] = &[required("mchid", "直连商户号", matching(1, 32, &MCHID))];

enum Operation {
    Place(TradeType),
    QueryByNumber(String),
    QueryById(String),
    Close(String),
}

/// `/v3/pay/transactions/…`.
pub(crate) fn route(
    _method: &str,
    path: &[&str],
) -> Option<(&'static str, Box<dyn operation::Operation>)> {
    let (method, found) = match *path {
        ["pay", "transactions", front_end] if place::trade_type(front_end).is_some() => {
            ("POST", Operation::Place(place::trade_type(front_end)?))
        }
        ["pay", "transactions", "out-trade-no", number] => {
            ("GET", Operation::QueryByNumber(number.to_owned()))
        }
        ["pay", "transactions", "out-trade-no", number, "close"] => {
            ("POST", Operation::Close(number.to_owned()))
        }
        ["pay", "transactions", "id", id] => ("GET", Operation::QueryById(id.to_owned())),
        _ => return None,
    };
    Some((method, Box::new(found)))
}

impl operation::Operation for Operation {
    fn out_trade_no(
        &self,
        world: &World,
        _caller: Option<&Caller>,
        request: &HttpRequest,
    ) -> Option<String> {
        match self {
            Operation::QueryByNumber(number) | Operation::Close(number) => Some(number.clone()),
            Operation::Place(_) => world.order_in_body(&request.body),
            Operation::QueryById(id) => {
                let id = TransactionId::new(id.as_str()).ok()?;
                world.state.transactions.get(&id).map(|(_, number)| number.to_string())
            }
        }
    }

    fn perform(
        &self,
        world: &mut World,
        caller: &Caller,
        request: &HttpRequest,
        now: Times,
    ) -> Result<Answer, ApiError> {
        match self {
            Operation::Place(trade_type) => {
                world.place_order(*trade_type, caller, &request.body, now)
            }
            Operation::QueryByNumber(number) => {
                check_query_mchid(request, caller, "out_trade_no", "商户订单号")?;
                world.query_by_number(caller, number)
            }
            Operation::QueryById(id) => {
                check_query_mchid(request, caller, "transaction_id", "微信支付订单号")?;
                world.query_by_id(caller, id)
            }
            Operation::Close(number) => world.close_order(caller, number, &request.body, now),
        }
    }
}

impl World {
    /// The order a body names, by either number.
    pub(crate) fn order_in_body(&self, body: &[u8]) -> Option<String> {
        let body: Value = serde_json::from_slice(body).ok()?;
        if let Some(number) = body.get("out_trade_no").and_then(Value::as_str) {
            return Some(number.to_owned());
        }
        let id = body.get("transaction_id").and_then(Value::as_str)?;
        let id = TransactionId::new(id).ok()?;
        self.state.transactions.get(&id).map(|(_, number)| number.to_string())
    }

    /// `POST …/out-trade-no/{out_trade_no}/close`.
    fn close_order(
        &mut self,
        caller: &Caller,
        out_trade_no: &str,
        body: &[u8],
        now: Times,
    ) -> Result<Answer, ApiError> {
        let request = schema::read(body, &[CLOSE])?;
        if schema::text(&request, "/mchid") != Some(caller.mchid.as_str()) {
            return Err(ApiError::OTHER_MCHID);
        }
        let number = OutTradeNo::new(out_trade_no).map_err(|_| ApiError::ORDER_NOT_EXIST)?;
        let order = self.state.order(&caller.mchid, &number).ok_or(ApiError::ORDER_NOT_EXIST)?;
        match order.trade_state {
            TradeState::Success | TradeState::Refund => Err(ApiError::ORDER_PAID),
            TradeState::Closed => Ok(Answer::NO_CONTENT),
            TradeState::NotPay => {
                self.close(&caller.mchid, &number, now);
                Ok(Answer::NO_CONTENT)
            }
        }
    }
}
