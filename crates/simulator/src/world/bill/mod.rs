//! Bills: what happened to a merchant on one day, as a file (v3 §5.4, v2 §11–12).
//!
//! A day's bill is drawn up once, at ten the next morning, and never again: a refund that was under
//! way then stays `PROCESSING` in it. So a bill is a function of the books, the day and that
//! instant, and asking twice gives the same bytes.

mod flows;
mod layout;
mod mismatch;
mod sealed;
mod sharing;
mod trade;

pub(crate) use layout::Digest;
pub(crate) use mismatch::Mismatch;
pub(crate) use sealed::FileKey;
pub(crate) use trade::TradeBill;

use std::{collections::BTreeMap, io::Write as _};

use flate2::{Compression, write::GzEncoder};
use suanpan_wechat::{Timestamp, id::Mchid};

use super::{
    exchange::Times,
    fault::{FaultName, Subject},
    state::World,
};

/// How long a download address works.
const TICKET_SECONDS: i64 = 300;

/// When the bill of a day can be had: ten in the morning of the next day, from its midnight.
const READY_SECONDS: i64 = (24 + 10) * 3600;

/// How far back bills go.
const KEPT_SECONDS: i64 = 92 * 24 * 3600;

/// One day in Beijing.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub(crate) struct Day {
    midnight: Timestamp,
}

impl Day {
    /// Reads `2026-03-01`, or `20260301` as v2 writes it.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let digits: String = text.split('-').collect();
        let whole = digits.len() == 8 && digits.bytes().all(|b| b.is_ascii_digit());
        if !whole || !matches!(text.len(), 8 | 10) {
            return None;
        }
        let date = format!("{}-{}-{}T00:00:00+08:00", &digits[..4], &digits[4..6], &digits[6..]);
        (text.len() == 8 || date.starts_with(text))
            .then(|| date.parse().ok().map(|midnight| Self { midnight }))?
    }

    pub(crate) fn contains(self, instant: Timestamp) -> bool {
        (0..24 * 3600).contains(&instant.since(self.midnight))
    }

    /// When its bill is drawn up.
    pub(crate) fn drawn_up_at(self) -> Timestamp {
        self.midnight.plus(READY_SECONDS)
    }
}

/// Which bill.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) enum Kind {
    Trade {
        which: TradeBill,
        sub_mchid: Option<Mchid>,
    },
    /// Of the merchant itself, or of one of its sub-merchants.
    FundFlow {
        account: FundAccount,
        sub_mchid: Option<Mchid>,
    },
    /// Of everybody the merchant shares for, or of one of them.
    Sharing {
        sub_mchid: Option<Mchid>,
    },
}

/// Whose money a fund-flow bill follows. Everything happens on the first; the others are empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) enum FundAccount {
    Basic,
    Operation,
    Fees,
}

impl FundAccount {
    /// v3 shouts, v2 does not.
    pub(crate) fn read(text: &str) -> Option<Self> {
        match text.to_ascii_uppercase().as_str() {
            "BASIC" => Some(Self::Basic),
            "OPERATION" => Some(Self::Operation),
            "FEES" => Some(Self::Fees),
            _ => None,
        }
    }
}

/// A bill somebody may ask for.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Wanted {
    pub(crate) mchid: Mchid,
    pub(crate) day: Day,
    pub(crate) kind: Kind,
}

/// Why there is no bill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoBill {
    /// The day is not over, or it is not ten o'clock yet.
    Creating,
    /// Nothing happened that day, or it is too long ago.
    NotExist,
}

/// Addresses that were handed out.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct Tickets(BTreeMap<String, Ticket>);

/// What one download address stands for.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(crate) struct Ticket {
    pub(crate) wanted: Wanted,
    pub(crate) gzip: bool,
    /// The file differs from the books on purpose.
    pub(crate) mismatch: Option<Mismatch>,
    /// What the file is encrypted with, where it is.
    #[serde(default)]
    pub(crate) key: Option<FileKey>,
    made_at: Timestamp,
}

impl World {
    /// A bill as text, wrong on purpose where a fault says so.
    pub(crate) fn bill(
        &mut self,
        wanted: &Wanted,
        now: Times,
    ) -> Result<(String, Option<Mismatch>), NoBill> {
        let age = now.business.since(wanted.day.drawn_up_at());
        let mchid = Some(wanted.mchid.as_str());
        let subject = Subject { path: "/v3/bill", mchid, ..Subject::default() };
        if age < 0 || self.strikes(FaultName::BillLate, &subject) {
            return Err(NoBill::Creating);
        }
        if age > KEPT_SECONDS {
            return Err(NoBill::NotExist);
        }
        let mismatch = self
            .strikes(FaultName::BillMismatch, &subject)
            .then(|| Mismatch::choose(&mut self.state.chance));
        let text = self.draw_up(wanted, mismatch).ok_or(NoBill::NotExist)?;
        Ok((text, mismatch))
    }

    /// The file behind an address, for as long as it works.
    pub(crate) fn bill_file(&self, ticket: &Ticket) -> String {
        self.draw_up(&ticket.wanted, ticket.mismatch)
            .expect("a ticket is only given for a bill that exists")
    }

    fn draw_up(&self, wanted: &Wanted, mismatch: Option<Mismatch>) -> Option<String> {
        match &wanted.kind {
            Kind::Trade { which, sub_mchid } => {
                self.trade_bill(wanted, *which, sub_mchid.as_ref(), mismatch)
            }
            Kind::FundFlow { account, sub_mchid } => {
                let owner = sub_mchid.as_ref().unwrap_or(&wanted.mchid);
                self.fund_flow_bill(wanted, owner, *account, mismatch)
            }
            Kind::Sharing { sub_mchid } => self.sharing_bill(wanted, sub_mchid.as_ref(), mismatch),
        }
    }

    /// A fresh address for a bill: its token.
    pub(crate) fn hand_out(
        &mut self,
        wanted: Wanted,
        gzip: bool,
        mismatch: Option<Mismatch>,
        key: Option<FileKey>,
        now: Times,
    ) -> String {
        let token = self.state.chance.alphanumeric(64);
        let Tickets(tickets) = &mut self.state.bill_tickets;
        tickets.retain(|_, ticket| ticket.works(now));
        let ticket = Ticket { wanted, gzip, mismatch, key, made_at: now.business };
        tickets.insert(token.clone(), ticket);
        token
    }

    /// What [`World::bill_file`] takes for granted.
    pub(crate) fn every_ticket_has_a_bill(&self) -> bool {
        let Tickets(tickets) = &self.state.bill_tickets;
        tickets.values().all(|ticket| {
            self.state.merchants.contains_key(&ticket.wanted.mchid)
                && self.draw_up(&ticket.wanted, ticket.mismatch).is_some()
        })
    }

    pub(crate) fn ticket(&self, token: &str, now: Times) -> Option<&Ticket> {
        let Tickets(tickets) = &self.state.bill_tickets;
        tickets.get(token).filter(|ticket| ticket.works(now))
    }
}

/// A bill packed as a client asked for it.
pub(crate) fn gzipped(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let packed = encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish());
    packed.expect("writing into memory does not fail")
}

impl Ticket {
    fn works(&self, now: Times) -> bool {
        (0..=TICKET_SECONDS).contains(&now.business.since(self.made_at))
    }
}
