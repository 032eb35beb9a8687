//! Applying for a bill. Each answer says where the file lies and what its digest is.

use std::fmt::{self, Write as _};

use super::{Announced, BillDate, Form};
use crate::{
    call::{Call, Malformed, Rejection, Request},
    error::ErrorCode,
    id::Mchid,
};

/// Which lines of the day a trade bill has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum BillType {
    /// Payments, refunds and reversals.
    #[default]
    All,
    /// Payments only.
    Success,
    /// Refunds only.
    Refund,
    /// Refunds of top-up vouchers. Inherited from API v2.
    RechargeRefund,
    /// As [`BillType::All`], in the layout for special merchants. Inherited from API v2.
    AllSpecial,
    /// As [`BillType::Success`], in the layout for special merchants. Inherited from API v2.
    SuccessSpecial,
    /// As [`BillType::Refund`], in the layout for special merchants. Inherited from API v2.
    RefundSpecial,
}

impl BillType {
    /// As on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "ALL",
            Self::Success => "SUCCESS",
            Self::Refund => "REFUND",
            Self::RechargeRefund => "RECHARGE_REFUND",
            Self::AllSpecial => "ALL_SPECIAL",
            Self::SuccessSpecial => "SUC_SPECIAL",
            Self::RefundSpecial => "REF_SPECIAL",
        }
    }
}

/// Which of a merchant's accounts a fund-flow bill is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum AccountType {
    /// The basic account: receipts and refunds.
    #[default]
    Basic,
    /// The operating account: transfers and red packets.
    Operation,
    /// The fees account.
    Fees,
}

impl AccountType {
    /// As on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Basic => "BASIC",
            Self::Operation => "OPERATION",
            Self::Fees => "FEES",
        }
    }
}

/// Payments and refunds of one day: `GET /v3/bill/tradebill`
/// (<https://pay.weixin.qq.com/doc/v3/merchant/4012791866>). Read it as
/// [`TradeRow`](super::TradeRow)s.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TradeBill {
    /// The day; at most three months ago.
    pub bill_date: BillDate,
    /// Which lines.
    pub bill_type: BillType,
    /// How the file shall travel.
    pub form: Form,
    /// A service provider's question about one of its merchants; without it the bill is about all
    /// of them.
    pub sub_mchid: Option<Mchid>,
}

/// What moved on an account in one day: `GET /v3/bill/fundflowbill`
/// (<https://pay.weixin.qq.com/doc/v3/merchant/4012791867>). Read it as
/// [`FundFlowRow`](super::FundFlowRow)s.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FundFlowBill {
    /// The day; at most three months ago.
    pub bill_date: BillDate,
    /// Which account.
    pub account_type: AccountType,
    /// How the file shall travel.
    pub form: Form,
}

/// What moved on all accounts of an e-commerce platform's merchants:
/// `GET /v3/ecommerce/bill/fundflowbill?account_type=ALL`. Same answer and file as
/// [`FundFlowBill`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EcommerceFundFlowBill {
    /// The day; at most three months ago.
    pub bill_date: BillDate,
    /// How the file shall travel.
    pub form: Form,
}

/// Profit sharing of one day: `GET /v3/profitsharing/bills`
/// (<https://pay.weixin.qq.com/doc/v3/merchant/4012529628>). Its columns are not documented; read
/// it as [`Record`](super::Record)s.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfitSharingBill {
    /// The day; at most three months ago.
    pub bill_date: BillDate,
    /// How the file shall travel.
    pub form: Form,
    /// A service provider's question about one of its merchants.
    pub sub_mchid: Option<Mchid>,
}

impl Call for TradeBill {
    type Answer = Announced;
    const NAME: &'static str = "bill.trade";

    fn request(&self) -> Request {
        Query::of("/v3/bill/tradebill", self.bill_date)
            .with("bill_type", self.bill_type.as_str())
            .form(self.form)
            .sub_mchid(self.sub_mchid.as_ref())
            .request()
    }

    fn read(&self, _status: u16, body: &[u8]) -> Result<Announced, Malformed> {
        Announced::read(body, self.form)
    }
}

impl Call for FundFlowBill {
    type Answer = Announced;
    const NAME: &'static str = "bill.fund_flow";

    fn request(&self) -> Request {
        Query::of("/v3/bill/fundflowbill", self.bill_date)
            .with("account_type", self.account_type.as_str())
            .form(self.form)
            .request()
    }

    fn read(&self, _status: u16, body: &[u8]) -> Result<Announced, Malformed> {
        Announced::read(body, self.form)
    }
}

impl Call for EcommerceFundFlowBill {
    type Answer = Announced;
    const NAME: &'static str = "bill.ecommerce_fund_flow";

    fn request(&self) -> Request {
        Query::of("/v3/ecommerce/bill/fundflowbill", self.bill_date)
            .with("account_type", "ALL")
            .form(self.form)
            .request()
    }

    fn read(&self, _status: u16, body: &[u8]) -> Result<Announced, Malformed> {
        Announced::read(body, self.form)
    }
}

impl Call for ProfitSharingBill {
    type Answer = Announced;
    const NAME: &'static str = "bill.profit_sharing";

    fn request(&self) -> Request {
        Query::of("/v3/profitsharing/bills", self.bill_date)
            .form(self.form)
            .sub_mchid(self.sub_mchid.as_ref())
            .request()
    }

    fn read(&self, _status: u16, body: &[u8]) -> Result<Announced, Malformed> {
        Announced::read(body, self.form)
    }
}

/// A target with its query. Every value is letters, digits, `-` and `_`, so nothing is encoded.
pub(crate) struct Query(String);

impl Query {
    pub(crate) fn of(path: &str, bill_date: BillDate) -> Self {
        Self(format!("{path}?bill_date={bill_date}"))
    }

    pub(crate) fn with(mut self, name: &str, value: impl fmt::Display) -> Self {
        write!(self.0, "&{name}={value}").expect("a String takes everything");
        self
    }

    pub(crate) fn form(self, form: Form) -> Self {
        match form {
            Form::Plain => self,
            Form::Gzip => self.with("tar_type", "GZIP"),
        }
    }

    fn sub_mchid(self, sub_mchid: Option<&Mchid>) -> Self {
        match sub_mchid {
            Some(sub_mchid) => self.with("sub_mchid", sub_mchid),
            None => self,
        }
    }

    pub(crate) fn request(self) -> Request {
        Request::get(self.0)
    }
}

/// Why there is no bill, when WeChat refuses an application for an ordinary reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unavailable {
    /// Nothing happened on that day. This is an answer, not a failure: the day's books must be
    /// empty too.
    NothingHappened,
    /// Not made yet. Ask again later; until 10:00 the next day that is normal.
    NotYet,
}

impl Unavailable {
    /// `None` when WeChat refuses for another reason.
    #[must_use]
    pub fn of(rejection: &Rejection) -> Option<Self> {
        match rejection.code {
            ErrorCode::NoStatementExist => Some(Self::NothingHappened),
            ErrorCode::StatementCreating => Some(Self::NotYet),
            _ => None,
        }
    }
}
