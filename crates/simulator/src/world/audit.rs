use suanpan_wechat::{
    Fen,
    id::{Mchid, OutTradeNo},
};

use super::{
    method::Method,
    order::{Order, Refund, RefundReceiver, RefundStatus, TradeState},
    state::World,
};

/// Something that must never be true of a world.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AuditError {
    /// Money appeared or vanished.
    #[error("the world holds {found}, but {entered} entered it")]
    MoneyNotConserved {
        /// Wallets, accounts, coupons, fees, refunds, shares and transfers under way.
        found: Fen,
        /// Everything that was ever minted, and what banks paid in.
        entered: Fen,
    },
    /// Banks paid in something else than was paid with cards and has not gone back.
    #[error("banks have paid in {drawn}, but orders say {paid}")]
    BanksDisagree {
        /// What the world says.
        drawn: Fen,
        /// What payments and refunds say.
        paid: Fen,
    },
    /// More was refunded than paid.
    #[error("order {out_trade_no} of {mchid} has refunds above its amount")]
    OverRefunded {
        /// The merchant.
        mchid: Mchid,
        /// The order.
        out_trade_no: OutTradeNo,
    },
    /// The state says paid and there is no payment, or the other way round.
    #[error("order {out_trade_no} of {mchid} says {trade_state:?} against its payment")]
    StateWithoutPayment {
        /// The merchant.
        mchid: Mchid,
        /// The order.
        out_trade_no: OutTradeNo,
        /// What it says.
        trade_state: TradeState,
    },
}

impl World {
    /// Checks what must hold after every operation: money is conserved, no order is refunded above
    /// its amount, and states agree with payments.
    ///
    /// # Errors
    /// The first rule found broken; it is a defect of the simulator.
    pub fn audit(&self) -> Result<(), AuditError> {
        let state = &self.state;
        let wallets = state.users.values().map(|person| person.user.balance);
        let accounts = state.accounts.values().flat_map(|account| {
            let held = account.frozen.values().chain(account.unsettled.values());
            held.copied().chain([account.available])
        });
        let under_way = state
            .refunds
            .values()
            .flat_map(|refunds| refunds.values())
            .filter(|refund| {
                matches!(refund.status, RefundStatus::Processing | RefundStatus::Abnormal)
            })
            .map(Refund::settlement_refund);
        let found = Fen::checked_sum(
            wallets
                .chain(accounts)
                .chain(under_way)
                .chain(state.sharings.under_way())
                .chain(state.transfers.under_way())
                .chain(state.coupons.money())
                .chain([state.fees]),
        );
        let found = found.unwrap_or(Fen::ZERO);
        let entered = state.minted.checked_add(state.drawn).unwrap_or(Fen::ZERO);
        if found != entered {
            return Err(AuditError::MoneyNotConserved { found, entered });
        }
        self.audit_banks()?;
        self.audit_orders()
    }

    fn audit_banks(&self) -> Result<(), AuditError> {
        let state = &self.state;
        let orders = state.orders.values().flat_map(|orders| orders.values());
        let by_card = orders.filter(|order| {
            order.payment.as_ref().is_some_and(|payment| payment.method != Method::Balance)
        });
        let refunds = state.refunds.values().flat_map(|refunds| refunds.values());
        let returned = refunds.filter(|refund| {
            refund.method != Method::Balance
                && refund.receiver == RefundReceiver::Origin
                && refund.status == RefundStatus::Success
        });
        let paid = Fen::checked_sum(by_card.map(Order::payer_total));
        let returned = Fen::checked_sum(returned.map(Refund::payer_refund));
        let paid = paid.zip(returned).and_then(|(paid, returned)| paid.checked_sub(returned));
        let (paid, drawn) = (paid.unwrap_or(Fen::ZERO), state.drawn);
        if paid == drawn { Ok(()) } else { Err(AuditError::BanksDisagree { drawn, paid }) }
    }

    fn audit_orders(&self) -> Result<(), AuditError> {
        for order in self.state.orders.values().flat_map(|orders| orders.values()) {
            let (mchid, out_trade_no) = (order.mchid.clone(), order.out_trade_no.clone());
            let says_paid = order.trade_state.says_paid();
            if says_paid.is_some_and(|says_paid| says_paid != order.is_paid()) {
                let trade_state = order.trade_state;
                return Err(AuditError::StateWithoutPayment { mchid, out_trade_no, trade_state });
            }
            let refunds = self.state.refunds.get(&mchid);
            let open = order.refunds.iter().filter_map(|number| refunds?.get(number));
            let open: Vec<_> =
                open.filter(|refund| refund.status != RefundStatus::Closed).collect();
            let all = |part: fn(&Refund) -> Fen, limit: Fen| {
                let sum = Fen::checked_sum(open.iter().map(|refund| part(refund)));
                sum.is_some_and(|sum| sum <= limit)
            };
            if !all(|refund| refund.refund, order.total)
                || !all(Refund::payer_refund, order.payer_total())
                || !all(Refund::settlement_refund, order.settlement_total())
            {
                return Err(AuditError::OverRefunded { mchid, out_trade_no });
            }
        }
        Ok(())
    }
}
