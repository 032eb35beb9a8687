use suanpan_wechat::{
    Fen, Timestamp,
    id::{Mchid, TransactionId},
};

use super::{LineResult, Receiver, ShareKey};
use crate::world::{
    exchange::Times,
    funds::{Business, Movement},
    state::{Change, World},
    v3,
};

/// Shares can be given back for half a year.
const GIVE_BACK_SECONDS: i64 = 180 * 24 * 3600;

/// Returns of one payment.
const GIVE_BACK_LIMIT: usize = 50;

/// A share, or a part of one, that a merchant gave back (分账回退).
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(crate) struct GiveBack {
    pub(crate) out_return_no: String,
    /// WeChat's number.
    pub(crate) return_id: String,
    /// The share.
    pub(crate) out_order_no: String,
    pub(crate) order_id: String,
    pub(crate) transaction_id: TransactionId,
    /// Whose share it was, when a provider asks.
    #[serde(default)]
    pub(crate) sub_mchid: Option<Mchid>,
    /// Who gives back.
    pub(crate) giver: Mchid,
    pub(crate) amount: Fen,
    pub(crate) description: String,
    /// `false` when the giver's balance did not cover it.
    pub(crate) succeeded: bool,
    pub(crate) at: Timestamp,
    /// The first request; a repeat must say the same.
    pub(crate) request: serde_json::Value,
}

/// As the merchant wants it.
pub(crate) struct NewGiveBack {
    pub(crate) share: ShareKey,
    pub(crate) out_return_no: String,
    pub(crate) giver: Mchid,
    pub(crate) amount: Fen,
    pub(crate) description: String,
    pub(crate) request: serde_json::Value,
}

/// Why it is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GiveBackRefusal {
    /// No such share, or this merchant had no part in it.
    NoShare,
    /// More than it got.
    OverShare,
    /// Half a year has passed.
    TooOld,
    /// Fifty already.
    TooMany,
}

impl World {
    /// The money moves at once, or not at all: then the return has failed and may be tried again
    /// under another number.
    pub(crate) fn give_back(
        &mut self,
        wanted: NewGiveBack,
        now: Times,
    ) -> Result<GiveBack, GiveBackRefusal> {
        let NewGiveBack { share: key, out_return_no, giver, amount, description, request } = wanted;
        let share = self.state.sharings.share(&key.mchid, &key.out_order_no);
        let share = share.ok_or(GiveBackRefusal::NoShare)?.clone();
        let receiver = Receiver::Merchant(giver.clone());
        let position = share
            .lines
            .iter()
            .position(|line| {
                line.receiver == receiver && !line.is_rest && line.result == LineResult::Success
            })
            .ok_or(GiveBackRefusal::NoShare)?;
        let line = &share.lines[position];
        if line.given_back.checked_add(amount).is_none_or(|all| all > line.amount) {
            return Err(GiveBackRefusal::OverShare);
        }
        if now.business.since(line.finished_at.unwrap_or(line.created_at)) > GIVE_BACK_SECONDS {
            return Err(GiveBackRefusal::TooOld);
        }
        let all = self.state.sharings.give_backs.get(&key.mchid);
        let of_payment = all.into_iter().flat_map(|all| all.values());
        let count = of_payment.filter(|known| known.transaction_id == share.transaction_id).count();
        if count >= GIVE_BACK_LIMIT {
            return Err(GiveBackRefusal::TooMany);
        }
        let return_id = self.sharing_number("3008");
        let movement = Movement {
            mchid: &giver,
            business: Business::ProfitSharingReturn,
            amount,
            business_number: &return_id,
            voucher: &out_return_no,
            at: now.business,
        };
        let succeeded = self.debit(movement).is_ok();
        if succeeded {
            self.credit(Movement { mchid: share.payer(), ..movement });
            self.note_given_back(&key, position, amount);
        }
        let give_back = GiveBack {
            out_return_no: out_return_no.clone(),
            return_id,
            out_order_no: key.out_order_no,
            order_id: share.order_id.clone(),
            transaction_id: share.transaction_id.clone(),
            sub_mchid: share.sub_mchid.clone(),
            giver,
            amount,
            description,
            succeeded,
            at: now.business,
            request,
        };
        if succeeded {
            let told = v3::sharing::given_back(share.payer(), &give_back);
            self.tell_receiver(&give_back.giver, told, now);
        }
        let all = self.state.sharings.give_backs.entry(key.mchid).or_default();
        all.insert(out_return_no, give_back.clone());
        self.changes.insert(Change::Order);
        Ok(give_back)
    }

    fn note_given_back(&mut self, key: &ShareKey, position: usize, amount: Fen) {
        let shares = self.state.sharings.shares.get_mut(&key.mchid);
        let share = shares.and_then(|shares| shares.get_mut(&key.out_order_no));
        let line = share.and_then(|share| share.lines.get_mut(position));
        if let Some(line) = line {
            line.given_back = line.given_back.checked_add(amount).expect("at most the share");
        }
    }
}
