//! Situations that many tests start from.

use suanpan_simulator::world::{Message, MessageKind, Outcome};
use suanpan_testkit::{ACME, Forgery, Merchant, NewOrder, Payer, Placed, Stage};

/// A merchant, a customer, and an order between them.
pub(crate) struct Sale {
    pub(crate) merchant: Merchant,
    pub(crate) payer: Payer,
    pub(crate) placed: Placed,
}

/// An order over 15 yuan that nobody has tried to pay.
pub(crate) async fn sale(stage: &Stage) -> Sale {
    sale_of(stage, ACME, NewOrder::of("T1", 1500)).await
}

/// Any order of any account.
pub(crate) async fn sale_of(stage: &Stage, account: &str, order: NewOrder) -> Sale {
    let merchant = stage.merchant_of(account);
    let payer = stage.login_of(account, "amei").await;
    let placed = merchant.place(&order).await;
    Sale { merchant, payer, placed }
}

/// An order that was paid and whose notification arrived; gives back its number at WeChat too.
pub(crate) async fn paid(stage: &Stage) -> (Sale, String) {
    let sale = sale(stage).await;
    let out_trade_no = stage.pay(&sale.payer, &sale.placed, Outcome::Success).await;
    stage.quiesce().await;
    assert_eq!(sale.merchant.state(&sale.placed).await, "paid");
    (sale, out_trade_no)
}

/// The last notification WeChat sent, as it stood on the wire, and where it went.
pub(crate) fn captured(stage: &Stage) -> (String, Forgery) {
    let sent = stage.messages(MessageKind::Notify);
    replayed(sent.last().expect("WeChat has notified"))
}

/// A message on the wire, ready to be sent again.
pub(crate) fn replayed(message: &Message) -> (String, Forgery) {
    let headers = message.headers.iter().map(|(name, value)| (name.clone(), value.to_string()));
    let body = message.body.clone().into_bytes();
    (message.url.clone(), Forgery { headers: headers.collect(), body })
}

/// What WeChat heard back about its notifications, oldest first.
pub(crate) fn answers(stage: &Stage) -> Vec<Option<u16>> {
    let answers = stage.messages(MessageKind::NotifyAnswer);
    answers.iter().map(|answer| answer.status).collect()
}
