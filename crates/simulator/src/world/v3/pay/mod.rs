//! Ordering, querying, closing, paying by code: `/v3/pay/transactions/…` and
//! `/v3/pay/partner/transactions/…` (v3 §4, §5.2).

mod codepay;
mod party;
pub(super) mod place;
pub(crate) mod transaction;

use serde_json::Value;
use suanpan_wechat::id::{OutTradeNo, TransactionId};

pub(super) use self::party::{Mode, Parties};
use super::{
    answer::Answer,
    error::ApiError,
    gate::Caller,
    operation::{self, Route, get, post},
    schema,
};
use crate::world::{
    exchange::{HttpRequest, Times},
    frequency::Rate,
    order::{Order, TradeState, TradeType},
    state::World,
};

struct Operation {
    mode: Mode,
    act: Act,
}

enum Act {
    Place(TradeType),
    Scan,
    QueryByNumber(String),
    QueryById(String),
    Close(String),
    Reverse(String),
}

/// `/v3/pay/transactions/…` and `/v3/pay/partner/transactions/…`.
pub(crate) fn route(path: &[&str]) -> Option<Route> {
    let (mode, below) = match path {
        ["pay", "transactions", below @ ..] => (Mode::Direct, below),
        ["pay", "partner", "transactions", below @ ..] => (Mode::Partner, below),
        _ => return None,
    };
    let of = |act| Operation { mode, act };
    let route = match *below {
        ["codepay"] => post(of(Act::Scan)),
        [front_end] => post(of(Act::Place(place::trade_type(front_end)?))),
        ["out-trade-no", number] => get(of(Act::QueryByNumber(number.to_owned()))),
        ["out-trade-no", number, "close"] => post(of(Act::Close(number.to_owned()))),
        ["out-trade-no", number, "reverse"] => post(of(Act::Reverse(number.to_owned()))),
        ["id", id] => get(of(Act::QueryById(id.to_owned()))),
        _ => return None,
    };
    Some(route)
}

impl operation::Operation for Operation {
    fn out_trade_no(
        &self,
        world: &World,
        _caller: Option<&Caller>,
        request: &HttpRequest,
    ) -> Option<String> {
        match &self.act {
            Act::QueryByNumber(number) | Act::Close(number) | Act::Reverse(number) => {
                Some(number.clone())
            }
            Act::Place(_) | Act::Scan => world.order_in_body(&request.body),
            Act::QueryById(id) => {
                let id = TransactionId::new(id.as_str()).ok()?;
                world.state.transactions.get(&id).map(|(_, number)| number.to_string())
            }
        }
    }

    fn rate(&self) -> Option<Rate> {
        match self.act {
            Act::Place(_) => Some(Rate::Order),
            Act::Scan => Some(Rate::Scan),
            Act::QueryByNumber(_) | Act::QueryById(_) | Act::Close(_) | Act::Reverse(_) => None,
        }
    }

    fn perform(
        &self,
        world: &mut World,
        caller: &Caller,
        request: &HttpRequest,
        now: Times,
    ) -> Result<Answer, ApiError> {
        let Self { mode, act } = self;
        match act {
            Act::Place(trade_type) => {
                world.place_order(*mode, *trade_type, caller, &request.body, now)
            }
            Act::Scan => world.scan_code(*mode, caller, &request.body, now),
            Act::QueryByNumber(number) => {
                let order = world.single_order(caller, number);
                mode.check_query(order, caller, request, ("out_trade_no", "商户订单号"))?;
                order.map(transaction::answer).ok_or(ApiError::ORDER_NOT_EXIST)
            }
            Act::QueryById(id) => {
                let order = world.order_by_id(caller, id);
                mode.check_query(order, caller, request, ("transaction_id", "微信支付订单号"))?;
                order.map(transaction::answer).ok_or(ApiError::ORDER_NOT_EXIST)
            }
            Act::Close(number) => world.close_order(*mode, caller, number, &request.body, now),
            Act::Reverse(number) => world.reverse_order(*mode, caller, number, &request.body, now),
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

    /// An order of the caller that is no part of a combined one; those are invisible here (v3 §4.1).
    fn single_order(&self, caller: &Caller, out_trade_no: &str) -> Option<&Order> {
        let number = OutTradeNo::new(out_trade_no).ok()?;
        self.state.order(&caller.mchid, &number).filter(|order| order.combine.is_none())
    }

    /// The same by WeChat's number.
    fn order_by_id(&self, caller: &Caller, transaction_id: &str) -> Option<&Order> {
        let id = TransactionId::new(transaction_id).ok()?;
        let (_, number) =
            self.state.transactions.get(&id).filter(|(mchid, _)| *mchid == caller.mchid)?;
        self.single_order(caller, number.as_str())
    }

    /// `POST …/out-trade-no/{out_trade_no}/close`.
    fn close_order(
        &mut self,
        mode: Mode,
        caller: &Caller,
        out_trade_no: &str,
        body: &[u8],
        now: Times,
    ) -> Result<Answer, ApiError> {
        let request = schema::read(body, &[mode.close_fields()])?;
        let order = self.single_order(caller, out_trade_no);
        mode.check_body(order, caller, &request)?;
        let order = order.ok_or(ApiError::ORDER_NOT_EXIST)?;
        if order.trade_type == TradeType::Micropay {
            return Err(ApiError::ONLY_REVERSE);
        }
        match order.trade_state {
            TradeState::Success | TradeState::Refund => Err(ApiError::ORDER_PAID),
            TradeState::Closed => Ok(Answer::NO_CONTENT),
            TradeState::NotPay
            | TradeState::Revoked
            | TradeState::UserPaying
            | TradeState::PayError => {
                let number = order.out_trade_no.clone();
                self.close(&caller.mchid, &number, now);
                Ok(Answer::NO_CONTENT)
            }
        }
    }
}
