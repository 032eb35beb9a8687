//! Asking what became of refunds: `POST /pay/refundquery`.

use std::fmt;

use crate::{
    Fen, Timestamp,
    advice::Operation,
    call::Malformed,
    id::{OutRefundNo, OutTradeNo, RefundId, TransactionId},
    pay::open_enum,
    pay_v2::{
        Call, Endpoint, Merchant, beijing,
        paid::{Coupon, REFUND_COUPONS},
        refund::RefundAccount,
        value::{fen, present, whole},
        xml::Fields,
    },
};

/// Queries one refund or all of a payment
/// (<https://pay.weixin.qq.com/wiki/doc/api/jsapi.php?chapter=9_5>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundQuery {
    /// Who was paid.
    pub merchant: Merchant,
    /// Which refunds. Of a payment with more than twenty, ask for single ones.
    pub number: RefundNumber,
    /// Skips this many refunds of a payment: one answer has ten at most.
    pub offset: Option<u32>,
}

/// Which refunds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefundNumber {
    /// One, by WeChat's number.
    RefundId(RefundId),
    /// One, by the merchant's number.
    OutRefundNo(OutRefundNo),
    /// All of a payment, by WeChat's number.
    TransactionId(TransactionId),
    /// All of a payment, by the merchant's number.
    OutTradeNo(OutTradeNo),
}

/// The refunds of a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refunds {
    /// WeChat's number of the payment.
    pub transaction_id: TransactionId,
    /// The merchant's number of the payment.
    pub out_trade_no: OutTradeNo,
    /// What was paid originally.
    pub total_fee: Fen,
    /// What was settled originally.
    pub settlement_total_fee: Option<Fen>,
    /// Absent means `CNY`.
    pub fee_type: Option<String>,
    /// What the payer gave originally.
    pub cash_fee: Option<Fen>,
    /// How many there are altogether; only said when an `offset` was asked for.
    pub total_refund_count: Option<usize>,
    /// Those of this answer.
    pub refunds: Vec<Refund>,
}

/// One refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// The merchant's number.
    pub out_refund_no: OutRefundNo,
    /// WeChat's number.
    pub refund_id: RefundId,
    /// Where the refund stands.
    pub refund_status: RefundStatus,
    /// What goes back.
    pub refund_fee: Fen,
    /// What goes back less coupons somebody else pays for.
    pub settlement_refund_fee: Option<Fen>,
    /// The sum of all coupons that come back.
    pub coupon_refund_fee: Option<Fen>,
    /// The coupons that come back.
    pub coupons: Vec<Coupon>,
    /// Which way the money goes.
    pub refund_channel: Option<RefundChannel>,
    /// Where the money comes from.
    pub refund_account: Option<RefundAccount>,
    /// Bank, kind of card and last four digits, or which balance; spelled `accout` on the wire.
    pub refund_recv_account: Option<String>,
    /// When it arrived; only with `SUCCESS`.
    pub refund_success_time: Option<Timestamp>,
}

open_enum! {
    /// Where a refund stands.
    RefundStatus {
        /// The money is back.
        Success = "SUCCESS",
        /// Given up by WeChat; a new number may be tried.
        Closed = "REFUNDCLOSE",
        /// Accepted, under way.
        Processing = "PROCESSING",
        /// The bank refused; a person must choose another way.
        Change = "CHANGE",
    }
}

open_enum! {
    /// Which way a refund goes.
    RefundChannel {
        /// The way it came.
        Original = "ORIGINAL",
        /// To the payer's balance.
        Balance = "BALANCE",
        /// To another balance, because the original account is gone.
        OtherBalance = "OTHER_BALANCE",
        /// To another card, because the original account is gone.
        OtherBankcard = "OTHER_BANKCARD",
    }
}

impl Endpoint for RefundQuery {
    const NAME: &'static str = "v2.refund_query";
    const KIND: Operation = Operation::Question;

    fn path(&self) -> &'static str {
        "/pay/refundquery"
    }

    fn parameters(&self) -> Fields {
        let mut fields = Fields::default();
        self.merchant.write(&mut fields);
        match &self.number {
            RefundNumber::RefundId(number) => fields.put("refund_id", number),
            RefundNumber::OutRefundNo(number) => fields.put("out_refund_no", number),
            RefundNumber::TransactionId(number) => fields.put("transaction_id", number),
            RefundNumber::OutTradeNo(number) => fields.put("out_trade_no", number),
        }
        fields.put_some("offset", self.offset);
        fields
    }
}

impl Call for RefundQuery {
    type Answer = Refunds;

    fn read(&self, answer: &Fields) -> Result<Refunds, Malformed> {
        let count = present("refund_count", answer.optional_count("refund_count")?)?;
        let refunds: Vec<Refund> =
            (0..count).map(|number| refund(answer, number)).collect::<Result<_, _>>()?;
        let is_asked_for = |refund: &Refund| match &self.number {
            RefundNumber::RefundId(number) => refund.refund_id == *number,
            RefundNumber::OutRefundNo(number) => refund.out_refund_no == *number,
            RefundNumber::TransactionId(_) | RefundNumber::OutTradeNo(_) => true,
        };
        if !refunds.iter().all(is_asked_for) {
            return Err(Malformed { expected: "the refund that was asked for" });
        }
        Ok(Refunds {
            transaction_id: answer.required("transaction_id")?,
            out_trade_no: answer.required("out_trade_no")?,
            total_fee: answer.required_fen("total_fee")?,
            settlement_total_fee: answer.optional_fen("settlement_total_fee")?,
            fee_type: answer.text("fee_type"),
            cash_fee: answer.optional_fen("cash_fee")?,
            total_refund_count: answer.optional_count("total_refund_count")?,
            refunds,
        })
    }
}

/// `coupon_refund_fee_0` is a total here, and `coupon_refund_fee_0_0` its first coupon; in the
/// answer to a refund the former is the first coupon.
fn refund(answer: &Fields, number: usize) -> Result<Refund, Malformed> {
    let name = |stem: &str| format!("{stem}_{number}");
    let text = |stem: &'static str| answer.text(&name(stem));
    let amount = |stem: &'static str| answer.parsed(&name(stem), stem, fen);
    let coupon_count =
        answer.parsed(&name("coupon_refund_count"), "coupon_refund_count", whole)?.unwrap_or(0);
    let out_refund_no =
        answer.parsed(&name("out_refund_no"), "out_refund_no", |text| text.parse().ok())?;
    let refund_id = answer.parsed(&name("refund_id"), "refund_id", |text| text.parse().ok())?;
    let refund_status = text("refund_status").map(RefundStatus::from);
    Ok(Refund {
        out_refund_no: present("out_refund_no", out_refund_no)?,
        refund_id: present("refund_id", refund_id)?,
        refund_status: present("refund_status", refund_status)?,
        refund_fee: present("refund_fee", amount("refund_fee")?)?,
        settlement_refund_fee: amount("settlement_refund_fee")?,
        coupon_refund_fee: amount("coupon_refund_fee")?,
        coupons: REFUND_COUPONS.read(answer, &format!("_{number}"), coupon_count)?,
        refund_channel: text("refund_channel").map(RefundChannel::from),
        refund_account: text("refund_account").map(RefundAccount::from),
        refund_recv_account: text("refund_recv_accout"),
        refund_success_time: answer.parsed(
            &name("refund_success_time"),
            "refund_success_time",
            beijing::read_dashed,
        )?,
    })
}
