//! Asking what became of an order: `POST /pay/orderquery`.

use crate::{
    Verified,
    advice::Operation,
    call::Malformed,
    id::OutTradeNo,
    pay::TradeState,
    pay_v2::{Call, Endpoint, Merchant, paid::Paid, value::Number, xml::Fields},
};

/// Queries an order (<https://pay.weixin.qq.com/wiki/doc/api/jsapi.php?chapter=9_2>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// Who ordered.
    pub merchant: Merchant,
    /// Which order. An unpaid one has no `transaction_id`.
    pub number: Number,
    /// Asks for the promotions on single goods.
    pub with_promotions: bool,
}

/// An order as WeChat knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queried {
    /// The merchant's number.
    pub out_trade_no: OutTradeNo,
    /// Where the order stands.
    pub trade_state: TradeState,
    /// In words, for people.
    pub trade_state_desc: Option<String>,
    /// The payment. Always there when `trade_state` [is paid](TradeState::is_paid); a reversed
    /// order may still tell what it was.
    pub paid: Option<Paid>,
}

impl Verified<Queried> {
    /// The payment, with the proof. `None` unless the order is paid now.
    #[must_use]
    pub fn paid(self) -> Option<Verified<Paid>> {
        let paid = |queried: Queried| queried.paid.filter(|_| queried.trade_state.is_paid());
        self.read(|queried| paid(queried).ok_or(())).ok()
    }
}

impl Endpoint for Query {
    const NAME: &'static str = "v2.query";
    const KIND: Operation = Operation::Question;

    fn path(&self) -> &'static str {
        "/pay/orderquery"
    }

    fn parameters(&self) -> Fields {
        let mut fields = Fields::default();
        self.merchant.write(&mut fields);
        self.number.write(&mut fields);
        fields.put_some("version", self.with_promotions.then_some("1.0"));
        fields
    }
}

impl Call for Query {
    type Answer = Queried;

    fn read(&self, answer: &Fields) -> Result<Queried, Malformed> {
        let trade_state: TradeState = answer.required("trade_state")?;
        let paid = match Paid::read(answer) {
            Err(error) if trade_state.is_paid() => return Err(error),
            paid => paid.ok(),
        };
        Ok(Queried {
            out_trade_no: answer.required("out_trade_no")?,
            trade_state,
            trade_state_desc: answer.text("trade_state_desc"),
            paid,
        })
    }
}
