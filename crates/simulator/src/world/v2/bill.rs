//! `/pay/downloadbill` and `/pay/downloadfundflow`: files, and nobody signs them (v2 §11, §12).

use std::borrow::Cow;

use suanpan_wechat::id::Mchid;

use super::{
    answer::Answer,
    failure::{Failure, Fault},
    gate::Caller,
    operation::{Accepts, Operation, Voice},
    table::{Field, Rule, optional, required},
};
use crate::world::{
    bill::{Day, FundAccount, Kind, NoBill, TradeBill, Wanted, gzipped},
    exchange::Times,
    state::World,
};

/// Trade bills.
pub(crate) struct DownloadBill;

/// Fund-flow bills: HMAC-SHA256 and a client certificate only.
pub(crate) struct DownloadFundFlow;

const TRADE: &[Field] = &[
    required("bill_date", Rule::Matching(8, is_day)),
    optional("bill_type", Rule::OneOf(&["ALL", "SUCCESS", "REFUND", "RECHARGE_REFUND"])),
    optional("tar_type", Rule::OneOf(&["GZIP"])),
    optional("sub_mch_id", Rule::Matching(32, |text| Mchid::new(text).is_ok())),
];

const FUND_FLOW: &[Field] = &[
    required("bill_date", Rule::Matching(8, is_day)),
    required("account_type", Rule::OneOf(&["Basic", "Operation", "Fees"])),
    optional("tar_type", Rule::OneOf(&["GZIP"])),
];

/// **Unconfirmed.**
const INVALID: u32 = 20_001;

const CHECKED: &str = "the table demands it";

fn is_day(text: &str) -> bool {
    text.len() == 8 && Day::read(text).is_some()
}

impl Operation for DownloadBill {
    fn tables(&self) -> &'static [&'static [Field]] {
        &[TRADE]
    }

    fn voice(&self) -> Voice {
        Voice::TradeBill
    }

    fn perform(&self, world: &mut World, caller: &Caller, now: Times) -> Result<Answer, Failure> {
        let fields = &caller.fields;
        // Nobody tops anything up here, so nothing of it is ever refunded.
        let which = TradeBill::read(fields.get("bill_type").unwrap_or("ALL"))
            .ok_or(Failure::Message(Fault::NoBill))?;
        let sub_mchid = fields.get("sub_mch_id").and_then(|text| Mchid::new(text).ok());
        let kind = Kind::Trade { which, sub_mchid };
        world.v2_bill(caller, kind, now).map_err(|none| {
            Failure::Message(match none {
                NoBill::Creating => Fault::BillCreating,
                NoBill::NotExist => Fault::NoBill,
            })
        })
    }
}

impl Operation for DownloadFundFlow {
    fn tables(&self) -> &'static [&'static [Field]] {
        &[FUND_FLOW]
    }

    fn accepts(&self) -> Accepts {
        Accepts::HmacOnly
    }

    fn voice(&self) -> Voice {
        Voice::Unsigned
    }

    fn perform(&self, world: &mut World, caller: &Caller, now: Times) -> Result<Answer, Failure> {
        let account = caller.fields.get("account_type").and_then(FundAccount::read);
        let kind = Kind::FundFlow { account: account.expect(CHECKED), sub_mchid: None };
        world.v2_bill(caller, kind, now).map_err(|none| match none {
            NoBill::Creating => Failure::FUND_BILL_CREATING,
            NoBill::NotExist => Failure::NO_FUND_BILL,
        })
    }
}

/// What a refused trade bill hears: words of its own, and a number. Of the numbers only the one
/// for a bill that does not exist is confirmed; the others are **unconfirmed**.
pub(super) fn words(fault: &Fault) -> (Cow<'static, str>, u32) {
    match fault {
        Fault::WrongSign => ("SIGN ERROR".into(), INVALID),
        Fault::Missing(_) => ("missing parameter".into(), INVALID),
        Fault::Malformed("bill_type") => ("invalid bill_type".into(), INVALID),
        Fault::Malformed(_) => ("data format error".into(), INVALID),
        Fault::NoBill => (fault.return_msg(), 20_002),
        Fault::BillCreating => (fault.return_msg(), 20_003),
        _ => (fault.return_msg(), INVALID),
    }
}

impl World {
    /// The file itself, where v3 gives an address.
    fn v2_bill(&mut self, caller: &Caller, kind: Kind, now: Times) -> Result<Answer, NoBill> {
        let fields = &caller.fields;
        let day = fields.get("bill_date").and_then(Day::read).expect(CHECKED);
        let wanted = Wanted { mchid: caller.mchid.clone(), day, kind };
        let (text, _mismatch) = self.bill(&wanted, now)?;
        Ok(Answer::File(match fields.get("tar_type") {
            Some(_) => gzipped(&text),
            None => text.into_bytes(),
        }))
    }
}
