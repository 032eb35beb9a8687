//! Bills: `POST /pay/downloadbill` and `POST /pay/downloadfundflow`.
//!
//! The only v2 answers that nobody signs. A bill comes as text (or as a gzip file), a refusal as
//! XML; only TLS says who sent either. What can be checked is that the bill does not contradict
//! itself: its rows add up to its summary, and a fund flow has the digest of its header. So the
//! verdict on a whole bill is [`Consistent`], never [`Checked`](crate::bill::Checked) and never
//! [`Verified`](crate::Verified): compare the rows with the books, do not act on them.
//!
//! Rows and limits are those of [`bill`](crate::bill), and they stream in the same way.
//!
//! ```
//! use suanpan_wechat::{
//!     bill::{Limits, TradeRow},
//!     pay_v2::bill::{Reader, Reason, StatementError},
//! };
//!
//! let answer = "\u{feff}交易时间,商户号,微信订单号,商户订单号,交易状态,订单金额,手续费\r\n\
//!     `2019-02-19 05:01:46,`1900000109,`4200000215201811190261405420,`1,`SUCCESS,`1.00,`0.01000\r\n\
//!     总交易单数,订单总金额,手续费总金额\r\n\
//!     `1.0,`1.00,`0.01\r\n";
//! let mut reader = Reader::<TradeRow>::new(200, None, Limits::default())?;
//! let mut held_back = Vec::new();
//! for chunk in answer.as_bytes().chunks(7) {
//!     reader.feed(chunk, |row| held_back.push(row))?;
//! }
//! let verdict = reader.finish(|row| held_back.push(row))?;
//! let rows: Vec<TradeRow> = held_back.into_iter().map(|row| row.consistent_by(&verdict)).collect();
//! assert_eq!(rows[0].total.count(), 100);
//!
//! let refusal = b"<xml><return_code>FAIL</return_code><return_msg>No Bill Exist</return_msg></xml>";
//! let mut reader = Reader::<TradeRow>::new(200, None, Limits::default())?;
//! reader.feed(refusal, |_| ())?;
//! let Err(StatementError::Refused(refusal)) = reader.finish(|_| ()) else { panic!() };
//! assert_eq!(refusal.reason, Reason::NoBill);
//! # Ok::<(), StatementError>(())
//! ```

mod reader;

pub use reader::{Consistent, Reader, Reason, Refusal, StatementError};

use crate::{
    advice::Operation,
    bill::{BillDate, Form, FundFlowRow, Row, TradeRow},
    pay_v2::{Endpoint, Merchant, SignType, xml::Fields},
};

/// A bill that can be asked for.
pub trait Statement: Endpoint {
    /// Its lines.
    type Row: Row;
}

impl Statement for TradeBill {
    type Row = TradeRow;
}

impl Statement for FundFlow {
    type Row = FundFlowRow;
}

/// All payments and refunds of a day
/// (<https://pay.weixin.qq.com/wiki/doc/api/jsapi.php?chapter=9_6>). Ready after ten o'clock the
/// next morning, for three months.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TradeBill {
    /// Whose. Any app bound to the merchant will do: the bill has all of them.
    pub merchant: Merchant,
    /// The day.
    pub bill_date: BillDate,
    /// Which rows.
    pub bill_type: BillType,
    /// How it shall travel.
    pub form: Form,
}

/// Which rows a bill has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BillType {
    /// Payments and refunds.
    All,
    /// Payments.
    Success,
    /// Refunds.
    Refund,
    /// Refunds of recharges.
    RechargeRefund,
}

impl BillType {
    const fn as_str(self) -> &'static str {
        match self {
            BillType::All => "ALL",
            BillType::Success => "SUCCESS",
            BillType::Refund => "REFUND",
            BillType::RechargeRefund => "RECHARGE_REFUND",
        }
    }
}

impl Endpoint for TradeBill {
    const NAME: &'static str = "v2.trade_bill";
    const KIND: Operation = Operation::Question;

    fn path(&self) -> &'static str {
        "/pay/downloadbill"
    }

    fn parameters(&self) -> Fields {
        let mut fields = Fields::default();
        self.merchant.write(&mut fields);
        fields.put("bill_date", compact(self.bill_date));
        fields.put("bill_type", self.bill_type.as_str());
        fields.put_some("tar_type", tar_type(self.form));
        fields
    }
}

/// All movements of an account on a day
/// (<https://pay.weixin.qq.com/wiki/doc/api/jsapi.php?chapter=9_18>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FundFlow {
    /// Whose.
    pub merchant: Merchant,
    /// The day.
    pub bill_date: BillDate,
    /// Which account.
    pub account_type: AccountType,
    /// How it shall travel.
    pub form: Form,
}

/// The accounts of a merchant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountType {
    /// 基本账户.
    Basic,
    /// 运营账户.
    Operation,
    /// 手续费账户.
    Fees,
}

impl AccountType {
    const fn as_str(self) -> &'static str {
        match self {
            AccountType::Basic => "Basic",
            AccountType::Operation => "Operation",
            AccountType::Fees => "Fees",
        }
    }
}

impl Endpoint for FundFlow {
    const NAME: &'static str = "v2.fund_flow";
    const NEEDS_CERTIFICATE: bool = true;
    const KIND: Operation = Operation::Question;
    const ONLY_SIGN_TYPE: Option<SignType> = Some(SignType::HmacSha256);

    fn path(&self) -> &'static str {
        "/pay/downloadfundflow"
    }

    fn parameters(&self) -> Fields {
        let mut fields = Fields::default();
        self.merchant.write(&mut fields);
        fields.put("bill_date", compact(self.bill_date));
        fields.put("account_type", self.account_type.as_str());
        fields.put_some("tar_type", tar_type(self.form));
        fields
    }
}

/// `20140903`.
fn compact(day: BillDate) -> String {
    day.to_string().replace('-', "")
}

/// HTTP knows nothing of it: the body is a gzip file.
const fn tar_type(form: Form) -> Option<&'static str> {
    match form {
        Form::Plain => None,
        Form::Gzip => Some("GZIP"),
    }
}
