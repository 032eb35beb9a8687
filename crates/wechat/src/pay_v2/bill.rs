//! Bills: `POST /pay/downloadbill` and `POST /pay/downloadfundflow`.
//!
//! The only v2 answers that nobody signs. A bill comes as text (or as a gzip file), a refusal as
//! XML; only TLS says who sent either. So what [`read`] gives back is never
//! [`Verified`](crate::Verified): compare a bill with the books, do not act on it.

use crate::{
    advice::Operation,
    bill::BillDate,
    call::{RawAnswer, Unknown},
    pay_v2::{Endpoint, Merchant, SignType, xml::Fields},
};

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
    /// How it is sent.
    pub tar_type: TarType,
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

/// How a bill is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TarType {
    /// As text.
    Plain,
    /// As a gzip file; HTTP knows nothing of it.
    Gzip,
}

impl TarType {
    const fn field(self) -> Option<&'static str> {
        match self {
            TarType::Plain => None,
            TarType::Gzip => Some("GZIP"),
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
        fields.put_some("tar_type", self.tar_type.field());
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
    /// How it is sent.
    pub tar_type: TarType,
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
        fields.put_some("tar_type", self.tar_type.field());
        fields
    }
}

/// `20140903`.
fn compact(day: BillDate) -> String {
    day.to_string().replace('-', "")
}

/// What came instead of a bill, or as one. Nobody signed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bill<'a> {
    /// The text, with its byte order mark, as it came.
    Plain(&'a [u8]),
    /// A gzip file of the text.
    Gzip(&'a [u8]),
    /// No bill, WeChat says.
    Refused(Refusal),
}

/// Why there is no bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What kind.
    pub reason: Reason,
    /// WeChat's code, where it has one: the two endpoints use different ones.
    pub code: Option<String>,
    /// WeChat's sentence, for people.
    pub message: String,
}

/// Kinds of refusal that a program can do something about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Nothing happened on that day, or nothing is kept of it any more.
    NoBill,
    /// Not ready yet: ask later.
    NotYet,
    /// Anything else: a person should look.
    Other,
}

/// Tells a bill from a refusal.
///
/// # Errors
/// When the answer is neither: ask again.
pub fn read(answer: &RawAnswer) -> Result<Bill<'_>, Unknown> {
    if answer.status != 200 {
        return Err(Unknown::Busy { status: answer.status, code: None });
    }
    let body = answer.body.as_slice();
    let text = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    match text.first() {
        None => Err(Unknown::Busy { status: answer.status, code: None }),
        Some(b'<') => {
            let fields = Fields::read(text).map_err(|error| Unknown::NotVerified(error.into()))?;
            Ok(Bill::Refused(refusal(&fields)))
        }
        Some(_) if body.starts_with(b"\x1f\x8b") => Ok(Bill::Gzip(body)),
        Some(_) => Ok(Bill::Plain(body)),
    }
}

/// Trade bills say it in `return_msg` and `error_code`, fund flows in `err_code`. Of the numeric
/// codes only 20002 is certain; the others are **unconfirmed** and left to people.
fn refusal(fields: &Fields) -> Refusal {
    let code = fields.text("err_code").or_else(|| fields.text("error_code"));
    let said = fields.text("err_code_des").or_else(|| fields.text("return_msg"));
    let message = said.unwrap_or_default();
    let reason = match (code.as_deref(), message.to_ascii_lowercase().as_str()) {
        (Some("NO_BILL_EXIST" | "20002"), _) | (_, "no bill exist") => Reason::NoBill,
        (Some("BILL_CREATING"), _) | (_, "bill creating") => Reason::NotYet,
        _ => Reason::Other,
    };
    Refusal { reason, code, message }
}
