//! What screens show.

use suanpan_wechat::{
    Fen, Timestamp,
    id::{Appid, CombineOutTradeNo, Mchid, Openid, OutTradeNo, TransactionId},
};

use super::{
    codepay::PasswordAsked,
    method::{BankCard, CardOutcome, Method},
    order::{Order, Receipt, Refund, TradeState, TradeType},
    state::World,
};

/// A person's wallet.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Wallet {
    /// Money in it.
    pub balance_fen: Fen,
    /// Cards bound to it.
    pub cards: Vec<CardView>,
    /// WeChat lets this person pay nothing.
    pub blocked: bool,
    /// Newest first.
    pub messages: Vec<Receipt>,
    /// Payments by code that wait for the person's password.
    pub password_asked: Vec<PasswordAsked>,
}

/// A card in a wallet.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct CardView {
    /// `CMB_DEBIT-8821`.
    pub id: Method,
    /// As the phone shows it.
    pub name: String,
    /// What the bank says when it is to pay.
    pub outcome: CardOutcome,
}

impl CardView {
    pub(crate) fn of(card: &BankCard) -> Self {
        Self { id: card.id, name: card.id.label(), outcome: card.outcome }
    }
}

/// A line in the list of orders.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct OrderView {
    /// The merchant's number.
    pub out_trade_no: OutTradeNo,
    /// The merchant.
    pub mchid: Mchid,
    /// For whom a provider ordered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub_mchid: Option<Mchid>,
    /// The combined order it is a part of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub combine_out_trade_no: Option<CombineOutTradeNo>,
    /// The app.
    pub appid: Appid,
    /// What for.
    pub description: String,
    /// How much.
    pub amount_fen: Fen,
    /// Where it stands.
    pub trade_state: TradeState,
    /// WeChat's number, once paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<TransactionId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When nobody can pay it any more.
    pub expires_at: Timestamp,
    /// How it is paid.
    pub trade_type: TradeType,
    /// Who shall pay or has paid, once that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub openid: Option<Openid>,
    /// The person behind the openid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// What stands in the order's QR code, until it is paid, closed or ordered anew.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_url: Option<String>,
}

impl World {
    /// A person's wallet.
    #[must_use]
    pub fn wallet(&self, user: &str) -> Option<Wallet> {
        let person = self.state.users.get(user)?;
        Some(Wallet {
            balance_fen: person.user.balance,
            cards: person.user.cards.iter().map(CardView::of).collect(),
            blocked: person.blocked,
            messages: person.receipts.iter().rev().cloned().collect(),
            password_asked: self.passwords_asked(user),
        })
    }

    /// The newest orders first, at most `limit`.
    #[must_use]
    pub fn orders(&self, limit: usize) -> Vec<OrderView> {
        let newest = self.state.order_log.iter().rev();
        let orders = newest.filter_map(|(mchid, number)| self.state.order(mchid, number));
        orders.take(limit).map(|order| self.order_view(order)).collect()
    }

    /// Every order, as it was placed.
    #[must_use]
    pub fn order_log(&self) -> &[(Mchid, OutTradeNo)] {
        &self.state.order_log
    }

    /// How much of an order has gone back or is on its way back.
    #[must_use]
    pub fn refunded(&self, order: &Order) -> Fen {
        order.total.checked_sub(self.refundable(order)).unwrap_or(Fen::ZERO)
    }

    /// One order.
    #[must_use]
    pub fn order(&self, mchid: &Mchid, out_trade_no: &OutTradeNo) -> Option<&Order> {
        self.state.order(mchid, out_trade_no)
    }

    /// One order as the list shows it.
    #[must_use]
    pub fn order_line(&self, mchid: &Mchid, out_trade_no: &OutTradeNo) -> Option<OrderView> {
        self.state.order(mchid, out_trade_no).map(|order| self.order_view(order))
    }

    /// Every refund.
    pub fn refunds(&self) -> impl Iterator<Item = &Refund> {
        self.state.refunds.values().flat_map(|refunds| refunds.values())
    }

    fn order_view(&self, order: &Order) -> OrderView {
        let payer = order.payment.as_ref().map(|paid| &paid.openid).or(order.payer.as_ref());
        let user = payer.and_then(|openid| self.state.openids.get(openid));
        OrderView {
            out_trade_no: order.out_trade_no.clone(),
            mchid: order.mchid.clone(),
            sub_mchid: order.sub_mchid().cloned(),
            combine_out_trade_no: order.combine.as_ref().map(|combine| combine.number.clone()),
            appid: order.appid.clone(),
            description: order.description.clone(),
            amount_fen: order.total,
            trade_state: order.trade_state,
            transaction_id: order.payment.as_ref().map(|paid| paid.transaction_id.clone()),
            created_at: order.created_at,
            expires_at: order.expires_at(),
            trade_type: order.trade_type,
            openid: payer.cloned(),
            user: user.map(|(_, user)| user.clone()),
            code_url: order.code_url.clone().filter(|_| order.trade_state == TradeState::NotPay),
        }
    }
}
