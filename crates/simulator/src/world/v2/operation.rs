//! The operations of v2 and how a path finds its own (v2 §1).

use suanpan_wechat::id::{OutTradeNo, TransactionId};

use super::{
    answer::Answer, bill, close, code, failure::Failure, gate::Caller, order, query,
    refund::RefundCall, refund_query::RefundQuery, table::Field, tools, xml::Fields,
};
use crate::world::{exchange::Times, frequency::Rate, state::World};

/// Which digests an operation takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Accepts {
    Either,
    HmacOnly,
}

/// How an operation's answers and refusals are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Voice {
    Signed,
    /// As signed ones, without app and signature.
    Unsigned,
    /// Whatever is refused is refused as a message, with a number.
    TradeBill,
}

/// One operation of v2.
pub(crate) trait Operation {
    /// What a call says besides the common members.
    fn tables(&self) -> &'static [&'static [Field]];

    fn accepts(&self) -> Accepts {
        Accepts::Either
    }

    fn voice(&self) -> Voice {
        Voice::Signed
    }

    /// Which limit by the second counts it.
    fn rate(&self) -> Option<Rate> {
        None
    }

    /// Does it. The caller's signature was accepted and its members have passed the table.
    fn perform(&self, world: &mut World, caller: &Caller, now: Times) -> Result<Answer, Failure>;
}

/// The operation behind a path.
pub(crate) fn find(path: &str) -> Option<Box<dyn Operation>> {
    Some(match path {
        "/pay/unifiedorder" => Box::new(order::UnifiedOrder),
        "/pay/orderquery" => Box::new(query::OrderQuery),
        "/pay/closeorder" => Box::new(close::CloseOrder),
        "/secapi/pay/refund" | "/secapi/pay/refundv2" => Box::new(RefundCall),
        "/pay/downloadbill" => Box::new(bill::DownloadBill),
        "/pay/downloadfundflow" => Box::new(bill::DownloadFundFlow),
        "/pay/micropay" => Box::new(code::MicroPay),
        "/secapi/pay/reverse" => Box::new(code::Reverse),
        "/tools/authcodetoopenid" => Box::new(code::AuthCodeToOpenid),
        "/payitil/report" => Box::new(tools::Report),
        "/tools/shorturl" => Box::new(tools::ShortUrl),
        "/pay/refundquery" => Box::new(RefundQuery::Many),
        "/pay/refundqueryv2" => Box::new(RefundQuery::One),
        _ => return None,
    })
}

impl World {
    /// The order a call is about, as far as it says so: for faults and for the journal.
    pub(super) fn order_of_call(&self, fields: &Fields) -> Option<String> {
        if let Some(number) = fields.get("out_trade_no") {
            return Some(number.to_owned());
        }
        let id = TransactionId::new(fields.get("transaction_id")?).ok()?;
        self.state.transactions.get(&id).map(|(_, number)| number.to_string())
    }

    /// The order by either number; WeChat's own wins (v2 §7).
    pub(super) fn order_by_either(&self, caller: &Caller) -> Result<Option<OutTradeNo>, Failure> {
        let Some(id) = caller.fields.get("transaction_id") else {
            return self.order_by_number(caller);
        };
        let found = TransactionId::new(id).ok().and_then(|id| self.state.transactions.get(&id));
        let found = found.filter(|(mchid, _)| *mchid == caller.mchid);
        Ok(found
            .map(|(_, number)| number)
            .filter(|number| self.is_callers(caller, number))
            .cloned())
    }

    /// The order by the merchant's number.
    pub(super) fn order_by_number(&self, caller: &Caller) -> Result<Option<OutTradeNo>, Failure> {
        let number = caller.fields.get("out_trade_no");
        let number = number.ok_or_else(|| Failure::missing("out_trade_no"))?;
        Ok(OutTradeNo::new(number).ok().filter(|number| self.is_callers(caller, number)))
    }

    fn is_callers(&self, caller: &Caller, number: &OutTradeNo) -> bool {
        self.state.order(&caller.mchid, number).is_some_and(|order| caller.may_see(order))
    }
}
