//! What happens to the money: held when it is paid, released when the goods have arrived (§11.4).
//!
//! The days of this file are unconfirmed.

use serde_json::{Value, json};
use suanpan_wechat::{
    Fen, Timestamp,
    id::{Appid, Mchid, TransactionId},
};

use super::{Confirmed, Logistics, Shipment, Shipped, Stage};
use crate::world::{
    exchange::Times,
    funds::{Business, Movement},
    identity::AppKind,
    open::{
        inbox::{InboxMessage, InboxMessageKind},
        push::PushEvent,
    },
    order::{Order, TradeType},
    state::{Change, Fired, Happening, HappeningKind, Work, World},
};

/// Shipping management hears of a payment up to a minute late.
const HEARS_WITHIN_SECONDS: u32 = 60;

/// After this a payment that was not shipped is reminded of, once.
const REMINDER_SECONDS: i64 = 2 * DAY;

/// After this a shipment counts as received.
const EXPRESS_SECONDS: i64 = 10 * DAY;
const OTHERWISE_SECONDS: i64 = 2 * DAY;

/// From receipt to settling, and from there to the money.
const STEP_SECONDS: i64 = 3600;

const DAY: i64 = 24 * 3600;

const SETTLEMENT: &str = "trade_manage_order_settlement";

impl World {
    /// Takes a payment under watch and holds its money, where the app's trade is managed.
    ///
    /// Money that is frozen for profit sharing is not held a second time.
    pub(crate) fn begin_shipment(&mut self, order: &Order, now: Times) {
        let Some(payment) = &order.payment else { return };
        let appid = self.app_of_payer(order).clone();
        let is_mini =
            self.state.apps.get(&appid).is_some_and(|app| app.kind == AppKind::MiniProgram);
        let managed = is_mini && self.console(&appid).trade_managed;
        if !managed || order.trade_type != TradeType::Jsapi {
            return;
        }
        let id = payment.transaction_id.clone();
        let payee = order.sub_mchid().unwrap_or(&order.mchid);
        if self.frozen(payee, &id) == Fen::ZERO {
            let net = order.settlement_total().checked_sub(payment.fee);
            let net = net.expect("a fee is a part of what is settled");
            self.debit(movement(payee, &id, net, now)).expect("it was just paid");
            let account = self.state.accounts.entry(payee.clone()).or_default();
            account.unsettled.insert(id.clone(), net);
        }
        let delay = 1 + i64::from(self.state.chance.below(HEARS_WITHIN_SECONDS));
        let shipment = Shipment {
            appid,
            mchid: order.mchid.clone(),
            out_trade_no: order.out_trade_no.clone(),
            known_at: now.business.plus(delay),
            stage: Stage::Unshipped,
            shipped: None,
            finish_count: 0,
            corrected: false,
            reminded: false,
            confirmed: None,
            settled_at: None,
            next: None,
        };
        self.state.open.shipments.payments.insert(id.clone(), shipment);
        self.move_in(&id, REMINDER_SECONDS, now);
    }

    /// The app in which the order was paid: the one that knows its payer by the openid it names. A
    /// sub-merchant ships with its own mini program, a provider with the provider's.
    fn app_of_payer<'a>(&'a self, order: &'a Order) -> &'a Appid {
        let named = order.payer.as_ref().and_then(|openid| self.state.openids.get(openid));
        named.map_or(&order.appid, |(appid, _)| appid)
    }

    /// Gives up to `amount` of what is held of a payment to the merchant.
    pub(crate) fn release_unsettled(
        &mut self,
        payee: &Mchid,
        id: &TransactionId,
        amount: Fen,
        now: Times,
    ) {
        let held = self.state.accounts.get_mut(payee).map(|account| &mut account.unsettled);
        let Some(held) = held.and_then(|held| held.get_mut(id)) else { return };
        let released = amount.min(*held);
        *held = held.checked_sub(released).expect("it is a part of it");
        self.credit(movement(payee, id, released, now));
    }

    /// The last parcel left: the user is told, and days begin to run.
    pub(super) fn everything_left(&mut self, id: &TransactionId, now: Times) {
        let shipment = self.shipment_mut(id);
        shipment.stage = Stage::Shipped;
        let wait = arrival_seconds(shipment);
        self.move_in(id, wait, now);
        self.tell_buyer(id, "商家已发货", now);
        let estimated = now.business.plus(wait + 2 * STEP_SECONDS).unix();
        let said = [
            ("shipped_time", json!(now.business.unix())),
            ("estimated_settlement_time", json!(estimated)),
        ];
        self.push_about_shipment(id, SETTLEMENT, &said, now);
        self.changes.insert(Change::Order);
    }

    /// The goods count as received.
    pub(super) fn confirm(&mut self, id: &TransactionId, by_person: bool, now: Times) {
        let shipment = self.shipment_mut(id);
        shipment.stage = Stage::Confirmed;
        shipment.confirmed = Some(Confirmed { at: now.business, by_person });
        self.move_in(id, STEP_SECONDS, now);
        self.changes.insert(Change::Order);
    }

    /// Due work: nobody shipped, nobody confirmed, or settlement goes on.
    pub(crate) fn move_shipment(&mut self, id: &TransactionId, now: Times, fired: &mut Fired) {
        let Some(shipment) = self.state.open.shipments.payments.get_mut(id) else { return };
        shipment.next = None;
        let (mchid, out_trade_no) = (shipment.mchid.clone(), shipment.out_trade_no.clone());
        match self.stage(self.shipment(id)) {
            Stage::Unshipped => {
                let said = [("msg", json!("订单已超过发货时限，请尽快发货"))];
                self.push_about_shipment(id, "trade_manage_remind_shipping", &said, now);
            }
            Stage::Shipped => self.confirm(id, false, now),
            Stage::Confirmed => {
                self.shipment_mut(id).stage = Stage::Settling;
                self.move_in(id, STEP_SECONDS, now);
            }
            Stage::Settling => self.settle(id, now),
            Stage::Complete | Stage::Refunded => return,
        }
        fired.happened.push(Happening {
            at: now.business,
            kind: HappeningKind::ShipmentMoved,
            mchid,
            out_trade_no: Some(out_trade_no),
        });
    }

    fn settle(&mut self, id: &TransactionId, now: Times) {
        let (order, _) = self.paid_order(self.shipment(id));
        let payee = order.sub_mchid().unwrap_or(&order.mchid).clone();
        let held = self.account(&payee).and_then(|account| account.unsettled.get(id)).copied();
        self.release_unsettled(&payee, id, held.unwrap_or_default(), now);
        let shipment = self.shipment_mut(id);
        shipment.stage = Stage::Complete;
        shipment.settled_at = Some(now.business);
        let shipped = shipment.shipped.as_ref().and_then(|shipped| shipped.finished_at);
        let Some(confirmed) = shipment.confirmed else { return };
        let said = [
            ("shipped_time", json!(shipped.map(Timestamp::unix))),
            ("estimated_settlement_time", json!(now.business.unix())),
            // By the page's words; merchants report the opposite (unconfirmed).
            ("confirm_receive_method", json!(if confirmed.by_person { 2 } else { 1 })),
            ("confirm_receive_time", json!(confirmed.at.unix())),
            ("settlement_time", json!(now.business.unix())),
        ];
        self.push_about_shipment(id, SETTLEMENT, &said, now);
        self.changes.insert(Change::Order);
    }

    fn push_about_shipment(
        &mut self,
        id: &TransactionId,
        name: &'static str,
        said: &[(&str, Value)],
        now: Times,
    ) {
        let shipment = self.shipment(id);
        let appid = shipment.appid.clone();
        let (order, payment) = self.paid_order(shipment);
        let (mchid, out_trade_no) = (order.mchid.clone(), order.out_trade_no.clone());
        let openid = self.buyer(shipment).clone();
        let known = [
            ("transaction_id", json!(id)),
            ("merchant_id", json!(mchid)),
            ("sub_merchant_id", json!(order.sub_mchid().map_or("", |mchid| mchid.as_str()))),
            ("merchant_trade_no", json!(out_trade_no)),
            ("pay_time", json!(payment.success_time.unix())),
        ];
        let members = known.iter().chain(said);
        let event = PushEvent {
            appid: &appid,
            openid: &openid,
            name,
            mchid: &mchid,
            out_trade_no: &out_trade_no,
            said: members.map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
        };
        self.push_event(event, now);
    }

    /// The next thing that will happen by itself, in place of whatever would have.
    pub(super) fn move_in(&mut self, id: &TransactionId, seconds: i64, now: Times) {
        let before = self.shipment_mut(id).next.take();
        self.state.cancel(before.as_ref());
        let work = Work::MoveShipment { transaction_id: id.clone() };
        let due = self.state.schedule(now.business.plus(seconds), work);
        self.shipment_mut(id).next = Some(due);
    }

    /// A message in the buyer's list that opens the mini program's own page about the order.
    pub(super) fn tell_buyer(&mut self, id: &TransactionId, title: &str, now: Times) {
        let shipment = self.shipment(id);
        let (order, payment) = self.paid_order(shipment);
        let sub = order.sub_mchid().map(|mchid| format!("&sub_merchant_id={mchid}"));
        let page = self.state.open.shipments.jump_paths.get(&shipment.appid).map(|path| {
            let joint = if path.contains('?') { '&' } else { '?' };
            format!(
                "{path}{joint}transaction_id={id}&merchant_id={}&merchant_trade_no={}{}",
                order.mchid,
                order.out_trade_no,
                sub.unwrap_or_default()
            )
        });
        let parcels = shipment.shipped.iter().flat_map(|shipped| &shipped.parcels);
        let lines = parcels
            .map(|parcel| ("商品".to_owned(), parcel.item_desc.clone()))
            .chain([("订单编号".to_owned(), order.out_trade_no.to_string())]);
        let message = InboxMessage {
            id: 0,
            at: now.business,
            kind: InboxMessageKind::Shipping,
            appid: shipment.appid.clone(),
            title: title.to_owned(),
            lines: lines.collect(),
            page,
        };
        let user = payment.user.clone();
        self.deliver_message(&user, message);
    }
}

fn arrival_seconds(shipment: &Shipment) -> i64 {
    match &shipment.shipped {
        Some(Shipped { logistics: Logistics::Express, .. }) => EXPRESS_SECONDS,
        Some(_) | None => OTHERWISE_SECONDS,
    }
}

/// Everything of one payment, in or out of what may be spent.
fn movement<'a>(mchid: &'a Mchid, id: &'a TransactionId, amount: Fen, now: Times) -> Movement<'a> {
    Movement {
        mchid,
        business: Business::Shipping,
        amount,
        business_number: id.as_str(),
        voucher: id.as_str(),
        at: now.business,
    }
}
