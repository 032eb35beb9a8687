//! The rules that hold after every step. Only what changed is looked at; end-state checks alone
//! would miss whatever heals itself.

use std::collections::BTreeSet;

use suanpan_simulator::world::{self, Change, RefundStatus, TradeState};
use suanpan_store::model::State;
use suanpan_trade::{
    Attempt, AttemptState, LatePayment, Order, OrderState, Payment, Purpose, Refund, RefundState,
    event::EventType, ledger::LedgerAccount, order::Receipt,
};
use suanpan_wechat::{Fen, id::OutTradeNo};

use crate::{
    invariant::Invariant::{self, *},
    simulation::Simulation,
    task::Says,
};

/// What the last step left behind.
#[derive(Default)]
pub(crate) struct Watcher {
    last: State,
    /// Numbers whose `prepay_id` was given to a front end: money can come for them.
    handed_out: BTreeSet<OutTradeNo>,
    /// Numbers that ended because WeChat did not know them.
    absent: BTreeSet<OutTradeNo>,
}

impl Watcher {
    fn note_absent(&mut self, order: &Order) {
        for attempt in &order.attempts {
            let ended = matches!(attempt.state, AttemptState::Closed { .. });
            if ended && attempt.absent_at.is_some() {
                self.absent.insert(attempt.out_trade_no.clone());
            }
        }
    }

    pub(crate) fn hand_out(&mut self, out_trade_no: OutTradeNo) {
        self.handed_out.insert(out_trade_no);
    }
}

/// A rule that an order breaks.
type Broken = Result<(), (Invariant, String)>;

fn require(holds: bool, invariant: Invariant, detail: impl FnOnce() -> String) -> Broken {
    if holds { Ok(()) } else { Err((invariant, detail())) }
}

impl Simulation {
    pub(crate) fn watch_step(&mut self) {
        let state = self.model.snapshot();
        let world_moved = self.world.take_changes().contains(&Change::Order);
        if world_moved && let Err(error) = self.world.audit() {
            self.timeline.violate(WorldAudit, error.to_string());
        }
        if !world_moved && state == self.watcher.last {
            return;
        }
        let last = std::mem::replace(&mut self.watcher.last, state.clone());
        for before in last.orders() {
            if state.order(&before.identity.order_id).is_none() {
                self.timeline.violate(I02, format!("{} vanished", before.identity.order_id));
            }
        }
        for order in state.orders() {
            let before = last.order(&order.identity.order_id);
            if before.is_none() {
                self.check_remembered(&state, order);
            }
            if !world_moved && before == Some(order) && state.events() == last.events() {
                continue;
            }
            self.timeline.count(|tally| tally.checks += 1);
            self.watcher.note_absent(order);
            let (world, watcher) = (&self.world, &self.watcher);
            let step = Step { last: &last, state: &state, before, order, world, watcher };
            if let Err((invariant, detail)) = step.check() {
                let detail = format!("{}: {detail}", order.identity.order_id);
                self.timeline.violate(invariant, detail);
            }
        }
        if let Err((invariant, detail)) = everywhere(&last, &state) {
            self.timeline.violate(invariant, detail);
        }
    }

    /// Invariants I08, I17 and I21, at the moment WeChat hears 2xx.
    pub(crate) fn acknowledged(&mut self, says: &Says) {
        if says.kind == "unknown" {
            return;
        }
        let state = self.model.snapshot();
        let is_stored = state.observations().any(|row| {
            row.kind == says.kind
                && row.mchid.as_str() == says.mchid
                && row.number == says.number
                && row.wechat_id == says.wechat_id
        });
        if !is_stored {
            self.timeline.violate(I08, format!("{says:?} was acknowledged, not stored"));
        }
        let owner = state.orders().find(|order| has_number(order, says));
        let Some(order) = owner else {
            let kept = state.orphans().any(|row| row.json.contains(&says.number));
            let alerted = state.alerts().iter().any(|alert| alert.kind == "orphan");
            if !(kept && alerted) {
                self.timeline.violate(I21, format!("{says:?} is unknown and was not kept"));
            }
            return;
        };
        let alerted = || {
            let id = Some(&order.identity.order_id);
            state.alerts().iter().any(|row| row.order_id.as_ref() == id && row.kind == "mismatch")
        };
        if says.kind == "transaction" && order.payment == Payment::Unpaid && !alerted() {
            let detail = format!("{} stays unpaid after {says:?}", order.identity.order_id);
            self.timeline.violate(I17, detail);
        }
    }

    /// Invariant I11: the key commits with what it made.
    fn check_remembered(&self, state: &State, order: &Order) {
        let identity = &order.identity;
        let mut stories = self.stories.iter();
        let request = stories.find(|story| {
            story.request.account == identity.account
                && story.request.merchant_order_no == identity.merchant_order_no
        });
        let Some(key) = request.and_then(|story| story.request.idempotency_key.as_ref()) else {
            return;
        };
        let kept = state.remembered().any(|row| {
            row.account == identity.account && row.key == *key && row.order_id == identity.order_id
        });
        if !kept {
            let detail = format!("{} was stored without its key {key}", identity.order_id);
            self.timeline.violate(I11, detail);
        }
    }
}

fn has_number(order: &Order, says: &Says) -> bool {
    order.identity.mchid.as_str() == says.mchid
        && (order.attempts.iter().any(|one| one.out_trade_no.as_str() == says.number)
            || order.refunds.iter().any(|one| one.out_refund_no.as_str() == says.number))
}

/// Rules about everything together.
fn everywhere(last: &State, state: &State) -> Broken {
    if state.events() != last.events() {
        for (index, event) in state.events().iter().enumerate() {
            let double = state.events()[..index].iter().find(|other| {
                other.subject == event.subject && other.event_type == event.event_type
            });
            require(double.is_none(), I09, || format!("two {event:?}"))?;
        }
        require(state.events().starts_with(last.events()), I10, || "an event changed".to_owned())?;
    }
    let mut transactions = state.orders().flat_map(|order| {
        order.attempts.iter().filter_map(|attempt| match &attempt.state {
            AttemptState::Success { transaction_id } => Some(transaction_id),
            _ => None,
        })
    });
    let mut seen = BTreeSet::new();
    let twice = transactions.find(|id| !seen.insert(*id));
    require(twice.is_none(), I04, || format!("{twice:?} pays two attempts"))
}

/// One order between two steps.
struct Step<'a> {
    last: &'a State,
    state: &'a State,
    before: Option<&'a Order>,
    order: &'a Order,
    world: &'a world::World,
    watcher: &'a Watcher,
}

impl Step<'_> {
    fn check(&self) -> Broken {
        self.identity_stays()?;
        self.moves_are_listed()?;
        self.paid_on_a_statement()?;
        self.one_payment_is_kept()?;
        self.refunds_fit()?;
        self.refunds_keep_their_numbers()?;
        self.events_come_with_changes()?;
        self.ledger_agrees()?;
        self.closed_means_closed()?;
        self.late_money_is_acted_upon()
    }

    fn identity_stays(&self) -> Broken {
        let same = self.before.is_none_or(|before| before.identity == self.order.identity);
        require(same, I02, || "the identity changed".to_owned())
    }

    /// I03: the rows written since the last step lead from the old state to the new one, each a
    /// listed move.
    fn moves_are_listed(&self) -> Broken {
        let order = self.order;
        if let Some(before) = self.before {
            let undone = before.payment != Payment::Unpaid && before.payment != order.payment;
            require(!undone, I03, || format!("{:?} was undone", before.payment))?;
            let reopened = before.closed_at.is_some() && before.closed_at != order.closed_at;
            require(!reopened, I03, || "a closed order was opened again".to_owned())?;
            let gone =
                before.attempts.iter().find(|one| order.attempt(&one.out_trade_no).is_none());
            require(gone.is_none(), I03, || format!("{gone:?} vanished"))?;
        }
        let was = self.before.map_or("open", |before| before.state().as_str());
        self.follow("order", was, order.state().as_str(), may_order)?;
        for attempt in &order.attempts {
            let was = self.before.and_then(|before| before.attempt(&attempt.out_trade_no));
            let was = was.map_or("created", |attempt| attempt.state.name());
            let subject = format!("attempt {}", attempt.out_trade_no);
            self.follow(&subject, was, attempt.state.name(), may_attempt)?;
        }
        for refund in &order.refunds {
            let was = self.before.and_then(|before| before.refund(&refund.refund_id));
            let was = was.map_or("requested", |refund| refund.state.as_str());
            let subject = format!("refund {}", refund.refund_id);
            self.follow(&subject, was, refund.state.as_str(), may_refund)?;
        }
        Ok(())
    }

    fn follow(
        &self,
        subject: &str,
        was: &str,
        is: &str,
        may: impl Fn(&str, &str) -> bool,
    ) -> Broken {
        let new = &self.state.transitions()[self.last.transitions().len()..];
        let mut at = was.to_owned();
        for row in new {
            if row.order_id != self.order.identity.order_id || row.subject != subject {
                continue;
            }
            let listed = row.from == at && may(&row.from, &row.to) && !row.cause.is_empty();
            require(listed, I03, || format!("{subject}: {at}, then {row:?}"))?;
            at.clone_from(&row.to);
        }
        require(at == is, I03, || format!("{subject} went from {was} to {is} without a row"))
    }

    fn paid_on_a_statement(&self) -> Broken {
        let Some(receipt) = self.order.receipt() else { return Ok(()) };
        let identity = &self.order.identity;
        let stored = self.state.observations().any(|row| {
            row.kind == "transaction"
                && matches!(row.state.as_str(), "SUCCESS" | "REFUND")
                && row.mchid == identity.mchid
                && row.number == receipt.out_trade_no.as_str()
                && row.wechat_id.as_deref() == Some(receipt.transaction_id.as_str())
                && row.amount == Some(identity.amount)
                && row.order_id.as_ref() == Some(&identity.order_id)
        });
        require(stored, I01, || "paid without a stored statement".to_owned())?;
        let books = self.world.order(&identity.mchid, &receipt.out_trade_no);
        let agrees = books.is_some_and(|order| self.says_the_same(order, receipt));
        require(agrees, I01, || format!("paid here, and WeChat's books say {books:?}"))
    }

    fn says_the_same(&self, books: &world::Order, receipt: &Receipt) -> bool {
        books.total == self.order.identity.amount
            && books.appid == receipt.appid
            && books.payment.as_ref().map(|paid| &paid.transaction_id)
                == Some(&receipt.transaction_id)
    }

    fn one_payment_is_kept(&self) -> Broken {
        for attempt in &self.order.attempts {
            let AttemptState::Success { transaction_id } = &attempt.state else { continue };
            let receipt = self.order.receipt();
            require(receipt.is_some(), I17, || format!("{transaction_id} pays nothing"))?;
            if receipt.is_some_and(|receipt| receipt.transaction_id == *transaction_id) {
                continue;
            }
            let returned = self.order.refunds.iter().any(|refund| {
                refund.purpose == Purpose::Excess && refund.transaction_id == *transaction_id
            });
            let id = Some(&self.order.identity.order_id);
            let alerted = self
                .state
                .alerts()
                .iter()
                .any(|alert| alert.order_id.as_ref() == id && alert.kind == "excess_payment");
            require(returned && alerted, I04, || format!("excess {transaction_id} is kept"))?;
        }
        Ok(())
    }

    fn refunds_fit(&self) -> Broken {
        for attempt in &self.order.attempts {
            let AttemptState::Success { transaction_id } = &attempt.state else { continue };
            let of_it =
                self.order.refunds.iter().filter(|one| one.transaction_id == *transaction_id);
            let alive = of_it.filter(|refund| refund.state != RefundState::Closed);
            let sum = Fen::checked_sum(alive.map(|refund| refund.amount));
            let fits = sum.is_some_and(|sum| sum <= self.order.identity.amount);
            require(fits, I05, || format!("{transaction_id} is refunded {sum:?}"))?;
        }
        let unpaid = self.order.refunds.iter().find(|refund| {
            !self.order.attempts.iter().any(|attempt| {
                matches!(&attempt.state, AttemptState::Success { transaction_id } if *transaction_id == refund.transaction_id)
            })
        });
        require(unpaid.is_none(), I05, || format!("{unpaid:?} returns no payment"))?;
        require(self.order.refunds.len() <= 50, I05, || "more than 50 refunds".to_owned())
    }

    fn refunds_keep_their_numbers(&self) -> Broken {
        let Some(before) = self.before else { return Ok(()) };
        for refund in &self.order.refunds {
            let Some(known) = before.refund(&refund.refund_id) else { continue };
            if known.out_refund_no == refund.out_refund_no {
                continue;
            }
            let closed = self.world.refunds().any(|theirs| {
                theirs.out_refund_no == known.out_refund_no && theirs.status == RefundStatus::Closed
            });
            let detail = || format!("{} left {}", refund.refund_id, known.out_refund_no);
            require(closed, I06, detail)?;
        }
        Ok(())
    }

    fn events_come_with_changes(&self) -> Broken {
        let order_id = self.order.identity.order_id.as_str();
        let emitted = |event_type, subject: &str| {
            let mut events = self.state.events().iter();
            events.any(|event| event.event_type == event_type && event.subject == subject)
        };
        let (paid, paid_late) = match &self.order.payment {
            Payment::Unpaid => (false, false),
            Payment::Paid(_) => (true, false),
            Payment::PaidLate(_) => (false, true),
        };
        let facts = [
            (EventType::OrderPaid, paid),
            (EventType::OrderPaidLate, paid_late),
            (EventType::OrderClosed, self.order.closed_at.is_some()),
            (EventType::OrderRefunded, self.order.state() == OrderState::Refunded),
        ];
        for (event, is_so) in facts {
            let said = emitted(event, order_id);
            require(said == is_so, I09, || {
                format!("{} is {is_so}, its event is {said}", event.as_str())
            })?;
        }
        for refund in &self.order.refunds {
            let event = match refund.state {
                RefundState::Requested => continue,
                RefundState::Processing => EventType::RefundProcessing,
                RefundState::Succeeded => EventType::RefundSucceeded,
                RefundState::Closed => EventType::RefundClosed,
                RefundState::Abnormal => EventType::RefundAbnormal,
            };
            let subject = format!("{}/{}", refund.refund_id, refund.out_refund_no);
            let said = emitted(event, &subject);
            require(said, I09, || format!("{subject} has no {}", event.as_str()))?;
        }
        Ok(())
    }

    fn ledger_agrees(&self) -> Broken {
        let amount = self.order.identity.amount.count();
        let is_paid = |attempt: &&Attempt| matches!(attempt.state, AttemptState::Success { .. });
        let payments = self.order.attempts.iter().filter(is_paid).count();
        let payments = i64::try_from(payments).expect("a handful") * amount;
        let returned = |counts: &dyn Fn(&Refund) -> bool| -> i64 {
            let done = |refund: &&Refund| refund.state == RefundState::Succeeded && counts(refund);
            self.order.refunds.iter().filter(done).map(|refund| refund.amount.count()).sum()
        };
        let received = payments - returned(&|_| true);
        let held = self.balance(LedgerAccount::ReceivedAtWechat);
        require(held == received, I12, || format!("{held} fen booked, {received} received"))?;
        let kept = match (&self.order.payment, self.order.identity.late_payment) {
            (Payment::Paid(_), _) | (Payment::PaidLate(_), LatePayment::Honour) => amount,
            (Payment::Unpaid, _) | (Payment::PaidLate(_), LatePayment::Refund) => 0,
        };
        let owed = payments - kept - returned(&|refund| refund.purpose != Purpose::Merchant);
        let booked = -self.balance(LedgerAccount::OwedToPayer);
        require(booked == owed, I12, || format!("{booked} fen booked as owed, {owed} owed"))
    }

    /// Debits minus credits of one ledger account for this order.
    fn balance(&self, account: LedgerAccount) -> i64 {
        let rows = self.state.postings().iter();
        rows.filter(|row| row.order_id == self.order.identity.order_id)
            .map(|row| {
                let amount = row.posting.amount.count();
                let debit = i64::from(row.posting.debit == account);
                let credit = i64::from(row.posting.credit == account);
                amount * (debit - credit)
            })
            .sum()
    }

    /// I16, against WeChat's own books. A number that somebody else took is not ours to close. A
    /// number that WeChat did not know when it was closed may turn up there later, because its
    /// sender froze for longer than any margin; nobody ever gets its `prepay_id` then.
    fn closed_means_closed(&self) -> Broken {
        if self.order.closed_at.is_none() {
            return Ok(());
        }
        for attempt in &self.order.attempts {
            let books = self.world.order(&self.order.identity.mchid, &attempt.out_trade_no);
            let open = books.filter(|books| {
                let payable = !self.watcher.absent.contains(&attempt.out_trade_no)
                    || self.watcher.handed_out.contains(&attempt.out_trade_no);
                payable
                    && books.trade_state == TradeState::NotPay
                    && books.total == self.order.identity.amount
            });
            require(open.is_none(), I16, || format!("closed here, {open:?} at WeChat"))?;
        }
        Ok(())
    }

    fn late_money_is_acted_upon(&self) -> Broken {
        let Payment::PaidLate(receipt) = &self.order.payment else { return Ok(()) };
        let refunds = self.order.refunds.iter();
        let returned = refunds.filter(|refund| {
            refund.purpose == Purpose::LatePayment
                && refund.transaction_id == receipt.transaction_id
        });
        let wanted = usize::from(self.order.identity.late_payment == LatePayment::Refund);
        let count = returned.count();
        require(count == wanted, I17, || format!("paid late with {count} refunds"))
    }
}

fn may_order(from: &str, to: &str) -> bool {
    matches!(
        (from, to),
        ("open", "paid" | "closed")
            | ("closed", "paid_late" | "paid")
            | ("paid" | "paid_late", "partly_refunded" | "refunded")
            | ("partly_refunded", "refunded")
    )
}

fn may_attempt(from: &str, to: &str) -> bool {
    matches!(
        (from, to),
        ("created", "sending")
            | ("sending", "prepaid" | "success" | "closed" | "failed")
            | ("prepaid", "prepaid" | "sending" | "success" | "closed")
            | ("closed" | "failed", "success")
    )
}

fn may_refund(from: &str, to: &str) -> bool {
    matches!(
        (from, to),
        ("requested", "processing" | "succeeded" | "closed" | "abnormal")
            | ("processing", "succeeded" | "closed" | "abnormal")
            | ("abnormal", "succeeded" | "closed")
            | ("closed", "requested")
    )
}
