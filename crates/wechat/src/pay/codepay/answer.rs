use crate::{
    call::Malformed,
    error::{ErrorBody, ErrorCode},
    id::{Appid, Mchid, OutTradeNo},
    pay::{TradeState, read},
};

/// What became of a scan, `T` being the transaction of a direct merchant or of a partner.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Answer<T> {
    /// The money has arrived.
    Paid(T),
    /// Not yet: in this state, mostly `USERPAYING`. Go on with the [`Plan`](super::Plan).
    Pending(TradeState),
}

impl<T: serde::de::DeserializeOwned> Answer<T> {
    /// Only a 200 with a paid transaction is paid. A 202 comes with the transaction or, as WeChat's
    /// tables have it, with the code `USERPAYING`; which of them is **unconfirmed**, so both are
    /// read, and neither is believed to be paid before a query says so.
    pub(in crate::pay) fn read(
        status: u16,
        body: &[u8],
        state: impl Fn(&T) -> TradeState,
    ) -> Result<Self, Malformed> {
        if status == 200 {
            let transaction: T = read(body, "the answer to a scanned code")?;
            let trade_state = state(&transaction);
            let is_paid = trade_state.is_paid();
            return Ok(if is_paid { Self::Paid(transaction) } else { Self::Pending(trade_state) });
        }
        let is_code = ErrorBody::read(body).is_some_and(|body| body.code == ErrorCode::UserPaying);
        if is_code {
            return Ok(Self::Pending(TradeState::UserPaying));
        }
        let transaction: T = read(body, "the answer to a scanned code")?;
        Ok(Self::Pending(state(&transaction)))
    }
}

/// The answer to a reversal: it was accepted. A query tells how it ended.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Reversed {
    /// The app that ordered.
    pub appid: Appid,
    /// The merchant who ordered.
    pub mchid: Mchid,
    /// The order.
    pub out_trade_no: OutTradeNo,
}
