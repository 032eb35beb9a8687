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
    /// The signed state decides, whichever status carried it. A 202 comes with the transaction or,
    /// as WeChat's tables have it, with the code `USERPAYING`; which of them is **unconfirmed**, so
    /// both are read.
    pub(in crate::pay) fn read(
        status: u16,
        body: &[u8],
        state: impl Fn(&T) -> TradeState,
    ) -> Result<Self, Malformed> {
        let is_code = |body: ErrorBody| body.code == ErrorCode::UserPaying;
        if status == 202 && ErrorBody::read(body).is_some_and(is_code) {
            return Ok(Self::Pending(TradeState::UserPaying));
        }
        let transaction: T = read(body, "the answer to a scanned code")?;
        let trade_state = state(&transaction);
        if trade_state.is_paid() {
            Ok(Self::Paid(transaction))
        } else {
            Ok(Self::Pending(trade_state))
        }
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
