//! What a jump of the clock will do, before anybody jumps.
//!
//! Work that waits is certain. A notification's further rungs depend on what the merchant will
//! answer, so they are listed as what happens *unless acknowledged*. What work will cause in turn
//! (the notification of a refund that settles) is not listed.

use suanpan_wechat::{Timestamp, id::Mchid};

use super::state::{Due, Work, World};

/// Something that will happen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Planned {
    /// Business time.
    pub at: Timestamp,
    /// What.
    pub kind: PlannedKind,
    /// Only when the merchant does not acknowledge an earlier sending.
    pub unless_acknowledged: bool,
    /// The merchant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mchid: Option<Mchid>,
    /// The number the merchant gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
}

/// The kinds of what will happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PlannedKind {
    /// A notification is sent; the number is the order's.
    Notify,
    /// The answer to a notification is no longer waited for.
    GiveUpWaiting,
    /// A refund settles; the number is the refund's.
    SettleRefund,
    /// A payment under way lands; the number is the order's.
    LandPayment,
    /// An unpaid order closes by age; the number is the order's.
    CloseOrder,
    /// A share reaches its receivers; the number is the share's.
    SettleShare,
    /// What nobody shares is released; the number is the payment's.
    ReleaseShared,
    /// A transfer reaches its end; the number is the transfer's.
    SettleTransfer,
    /// A transfer nobody confirmed fails; the number is the transfer's.
    LapseTransfer,
    /// Nobody has answered whether transfers are permitted.
    LapseAuthorization,
    /// A payment is reminded of, confirmed or settled; the number is the order's.
    MoveShipment,
    /// Nobody typed the password that a scanned code asked for; the number is the order's.
    LapsePassword,
}

/// A merchant, and a number of theirs.
type About = (Option<Mchid>, Option<String>);

fn about(mchid: &Mchid, number: &str) -> Option<About> {
    Some((Some(mchid.clone()), Some(number.to_owned())))
}

impl World {
    /// What will happen up to `until`, at most `limit` things, the earliest first.
    #[must_use]
    pub fn planned(&self, until: Timestamp, limit: usize) -> Vec<Planned> {
        let mut planned = Vec::new();
        for due in self.state.due.iter().take_while(|due| due.at <= until).take(limit) {
            planned.push(self.plan(due));
            if let Work::Notify { notification_id } = &due.work {
                self.plan_rungs(due, notification_id, until, &mut planned);
            }
        }
        planned.sort();
        planned.truncate(limit);
        planned
    }

    fn plan(&self, due: &Due) -> Planned {
        let (kind, about) = match &due.work {
            Work::Notify { notification_id } => {
                (PlannedKind::Notify, self.about_notification(notification_id))
            }
            Work::GiveUpWaiting { delivery_id } => {
                let attempt = self.state.attempts.get(delivery_id);
                let about =
                    attempt.and_then(|known| self.about_notification(&known.notification_id));
                (PlannedKind::GiveUpWaiting, about)
            }
            Work::SettleRefund { mchid, out_refund_no } => {
                (PlannedKind::SettleRefund, about(mchid, out_refund_no.as_str()))
            }
            Work::LandPayment { mchid, out_trade_no } => {
                (PlannedKind::LandPayment, about(mchid, out_trade_no.as_str()))
            }
            Work::CloseByAge { mchid, out_trade_no } => {
                (PlannedKind::CloseOrder, about(mchid, out_trade_no.as_str()))
            }
            Work::SettleShare(key) => {
                (PlannedKind::SettleShare, about(&key.mchid, &key.out_order_no))
            }
            Work::ReleaseShared { mchid, transaction_id } => {
                (PlannedKind::ReleaseShared, about(mchid, transaction_id.as_str()))
            }
            Work::SettleTransfer(key) => {
                (PlannedKind::SettleTransfer, about(&key.mchid, &key.out_bill_no))
            }
            Work::LapseTransfer(key) => {
                (PlannedKind::LapseTransfer, about(&key.mchid, &key.out_bill_no))
            }
            Work::LapseAuthorization(key) => {
                (PlannedKind::LapseAuthorization, about(&key.mchid, &key.out_authorization_no))
            }
            Work::MoveShipment { transaction_id } => {
                let order = self.state.transactions.get(transaction_id);
                let about = order.and_then(|(mchid, number)| about(mchid, number.as_str()));
                (PlannedKind::MoveShipment, about)
            }
            Work::LapsePassword { mchid, out_trade_no } => {
                (PlannedKind::LapsePassword, about(mchid, out_trade_no.as_str()))
            }
        };
        let (mchid, number) = about.unwrap_or_default();
        Planned { at: due.at, kind, unless_acknowledged: false, mchid, number }
    }

    fn about_notification(&self, id: &str) -> Option<About> {
        let known = self.state.notifications.get(id)?;
        Some((Some(known.mchid.clone()), known.out_trade_no.as_ref().map(ToString::to_string)))
    }

    /// The rungs after the next sending, should nobody acknowledge any.
    fn plan_rungs(&self, due: &Due, id: &str, until: Timestamp, planned: &mut Vec<Planned>) {
        let Some(notification) = self.state.notifications.get(id) else { return };
        let (mut at, mut sent) = (due.at, notification.sent + 1);
        while let Some(wait) = notification.event.wait_after(sent) {
            at = at.plus(wait);
            if at > until {
                return;
            }
            planned.push(Planned { at, unless_acknowledged: true, ..self.plan(due) });
            sent += 1;
        }
    }
}
