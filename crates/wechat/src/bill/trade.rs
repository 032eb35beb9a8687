//! The lines of a trade bill
//! (<https://pay.weixin.qq.com/doc/v3/merchant/4012791866>, docs/protocol/bills.md).

use std::fmt;

use super::{BadValue, BillError, Column, Fee, Header, Row, Sum, Total, Values, date::instant};
use crate::{
    Fen, Timestamp,
    id::{InvalidId, Mchid, OutRefundNo, OutTradeNo, RefundId, TransactionId},
    pay::{TradeType, open_enum},
};

/// One line of a trade bill: a payment, or a refund. Unpaid orders never appear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TradeRow {
    /// When it was paid; for a refund, when WeChat accepted it.
    pub time: Timestamp,
    /// The app that ordered.
    pub appid: String,
    /// The merchant, or the service provider.
    pub mchid: Mchid,
    /// The merchant of a service provider.
    pub sub_mchid: Option<Mchid>,
    /// The merchant's own word for a device or a shop.
    pub device_info: String,
    /// WeChat's number of the payment.
    pub transaction_id: TransactionId,
    /// The merchant's number of the payment, whoever made it: see [`TradeRow::out_trade_no`].
    pub out_trade_no: String,
    /// Who paid, as a rule an `openid`.
    pub payer: String,
    /// How it was paid.
    pub trade_type: TradeType,
    /// What kind of line this is.
    pub happened: Happened,
    /// Which bank.
    pub bank_type: String,
    /// As a rule `CNY`.
    pub currency: String,
    /// The order's amount; zero on a refund line. Comparable to `amount.total`.
    pub total: Fen,
    /// What of it WeChat settles with the merchant: without vouchers that the merchant pays for
    /// itself. Not in layouts from before 2018.
    pub settlement_total: Option<Fen>,
    /// What vouchers paid.
    pub coupon: Fen,
    /// The refund, on a refund line.
    pub refund: Option<RefundPart>,
    /// What was bought. Free text.
    pub description: String,
    /// What the order carried. Free text.
    pub attach: String,
    /// The handling fee; what is given back of it on a refund line, below zero then.
    pub fee: Fee,
    /// How the fee was computed: `0.60%`.
    pub rate: String,
    /// What is special about the rate.
    pub rate_note: String,
}

/// What only a refund line has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundPart {
    /// WeChat's number.
    pub refund_id: RefundId,
    /// The merchant's number, whoever made it: see [`RefundPart::out_refund_no`].
    pub out_refund_no: String,
    /// What was given back of what WeChat had settled.
    pub amount: Fen,
    /// What the merchant asked to give back. Comparable to `amount.refund`. Not in layouts from
    /// before 2018.
    pub requested: Option<Fen>,
    /// What of it went back into vouchers that can be topped up.
    pub coupon: Fen,
    /// Where it went: `ORIGINAL`, `BALANCE` …
    pub channel: String,
    /// Where it stood when the bill was made. Never updated: a refund of that evening may say
    /// `PROCESSING` for ever.
    pub status: RefundRowStatus,
    /// When it was asked for; only in bills of refunds.
    pub applied_at: Option<Timestamp>,
    /// When the money arrived; only in bills of refunds.
    pub succeeded_at: Option<Timestamp>,
}

impl TradeRow {
    /// The merchant's number, if it is one of today's form; older systems and WeChat's own
    /// products use others.
    ///
    /// # Errors
    /// When it is not.
    pub fn out_trade_no(&self) -> Result<OutTradeNo, InvalidId> {
        OutTradeNo::new(self.out_trade_no.as_str())
    }
}

impl RefundPart {
    /// The merchant's number, if it is one of today's form.
    ///
    /// # Errors
    /// When it is not: a refund made by hand in WeChat's console has another.
    pub fn out_refund_no(&self) -> Result<OutRefundNo, InvalidId> {
        OutRefundNo::new(self.out_refund_no.as_str())
    }
}

open_enum! {
    /// What kind of line this is (`交易状态`).
    Happened {
        /// Paid.
        Paid = "SUCCESS",
        /// Refunded.
        Refund = "REFUND",
        /// Reversed (code pay only).
        Revoked = "REVOKED",
    }
}

open_enum! {
    /// Where a refund stood when the bill was made.
    RefundRowStatus {
        /// Under way.
        Processing = "PROCESSING",
        /// The money is back.
        Success = "SUCCESS",
        /// It did not go back.
        Fail = "FAIL",
    }
}

/// Where the columns of one trade bill stand.
#[derive(Debug)]
pub struct TradeColumns {
    time: Column,
    appid: Option<Column>,
    mchid: Column,
    sub_mchid: Option<Column>,
    device_info: Option<Column>,
    transaction_id: Column,
    out_trade_no: Column,
    payer: Option<Column>,
    trade_type: Option<Column>,
    happened: Column,
    bank_type: Option<Column>,
    currency: Option<Column>,
    total: Column,
    settlement_total: Option<Column>,
    coupon: Option<Column>,
    refund: Option<RefundColumns>,
    description: Option<Column>,
    attach: Option<Column>,
    fee: Column,
    rate: Option<Column>,
    rate_note: Option<Column>,
}

/// A bill of payments has none of them; a bill that has the number has the money too.
#[derive(Debug)]
struct RefundColumns {
    refund_id: Column,
    out_refund_no: Column,
    amount: Column,
    requested: Option<Column>,
    coupon: Option<Column>,
    channel: Option<Column>,
    status: Column,
    applied_at: Option<Column>,
    succeeded_at: Option<Column>,
}

const DESCRIPTION: &[&str] = &["商品名称"];
const ATTACH: &[&str] = &["商户数据包"];

impl Row for TradeRow {
    type Columns = TradeColumns;

    const FREE_TEXT: &'static [&'static [&'static str]] = &[DESCRIPTION, ATTACH];

    const TOTALS: &'static [Total<Self>] = &[
        Total { names: &["总交易单数"], of: |_| Sum::ROW },
        Total { names: &["应结订单总金额"], of: |row| sum(row.settlement_total) },
        Total { names: &["订单总金额", "总交易额"], of: |row| row.total.into() },
        Total {
            names: &["退款总金额", "总退款金额"],
            of: |row| sum(row.refund.as_ref().map(|refund| refund.amount)),
        },
        Total {
            names: &["申请退款总金额"],
            of: |row| sum(row.refund.as_ref().and_then(|refund| refund.requested)),
        },
        Total {
            names: &["充值券退款总金额", "总代金券或立减优惠退款金额"],
            of: |row| sum(row.refund.as_ref().map(|refund| refund.coupon)),
        },
        Total { names: &["手续费总金额"], of: |row| row.fee.into() },
    ];

    fn columns(header: &Header) -> Result<TradeColumns, BillError> {
        Ok(TradeColumns {
            time: header.required(&["交易时间"])?,
            appid: header.optional(&["公众账号ID"]),
            mchid: header.required(&["商户号"])?,
            sub_mchid: header.optional(&["特约商户号", "子商户号"]),
            device_info: header.optional(&["设备号"]),
            transaction_id: header.required(&["微信订单号"])?,
            out_trade_no: header.required(&["商户订单号"])?,
            payer: header.optional(&["用户标识"]),
            trade_type: header.optional(&["交易类型"]),
            happened: header.required(&["交易状态"])?,
            bank_type: header.optional(&["付款银行"]),
            currency: header.optional(&["货币种类"]),
            total: header.required(&["订单金额", "总金额"])?,
            settlement_total: header.optional(&["应结订单金额"]),
            coupon: header.optional(&["代金券金额", "代金券或立减优惠金额"]),
            refund: RefundColumns::of(header)?,
            description: header.optional(DESCRIPTION),
            attach: header.optional(ATTACH),
            fee: header.required(&["手续费", "返还手续费"])?,
            rate: header.optional(&["费率"]),
            rate_note: header.optional(&["费率备注"]),
        })
    }

    fn read(columns: &TradeColumns, values: &Values<'_>) -> Result<Self, BadValue> {
        let text = |column: Option<Column>| {
            column.map(|column| values.text(column).to_owned()).unwrap_or_default()
        };
        Ok(Self {
            time: values.read(columns.time, instant)?,
            appid: text(columns.appid),
            mchid: values.read(columns.mchid, Mchid::new)?,
            sub_mchid: given(values, columns.sub_mchid, Mchid::new)?,
            device_info: text(columns.device_info),
            transaction_id: values.read(columns.transaction_id, TransactionId::new)?,
            out_trade_no: values.text(columns.out_trade_no).to_owned(),
            payer: text(columns.payer),
            trade_type: columns.trade_type.map_or("", |column| values.text(column)).into(),
            happened: values.text(columns.happened).into(),
            bank_type: text(columns.bank_type),
            currency: text(columns.currency),
            total: values.read(columns.total, Fen::from_yuan)?,
            settlement_total: present(values, columns.settlement_total)?,
            coupon: present(values, columns.coupon)?.unwrap_or_default(),
            refund: match &columns.refund {
                Some(columns) => RefundPart::read(columns, values)?,
                None => None,
            },
            description: text(columns.description),
            attach: text(columns.attach),
            fee: values.read(columns.fee, str::parse)?,
            rate: text(columns.rate),
            rate_note: text(columns.rate_note),
        })
    }
}

impl RefundColumns {
    fn of(header: &Header) -> Result<Option<Self>, BillError> {
        let Some(refund_id) = header.optional(&["微信退款单号"]) else { return Ok(None) };
        Ok(Some(Self {
            refund_id,
            out_refund_no: header.required(&["商户退款单号"])?,
            amount: header.required(&["退款金额"])?,
            requested: header.optional(&["申请退款金额"]),
            coupon: header.optional(&["充值券退款金额", "代金券或立减优惠退款金额"]),
            channel: header.optional(&["退款类型"]),
            status: header.required(&["退款状态"])?,
            applied_at: header.optional(&["退款申请时间"]),
            succeeded_at: header.optional(&["退款成功时间"]),
        }))
    }
}

impl RefundPart {
    /// `None` on a line that is no refund: its numbers are `0`. Its amounts must then be zero,
    /// since no row would account for them.
    fn read(columns: &RefundColumns, values: &Values<'_>) -> Result<Option<Self>, BadValue> {
        let amount = values.read(columns.amount, Fen::from_yuan)?;
        let Some(refund_id) = given(values, Some(columns.refund_id), RefundId::new)? else {
            return if amount == Fen::ZERO { Ok(None) } else { Err(columns.refund_id.bad()) };
        };
        let channel = columns.channel.map(|column| values.text(column).to_owned());
        Ok(Some(Self {
            refund_id,
            out_refund_no: values.text(columns.out_refund_no).to_owned(),
            amount,
            requested: present(values, columns.requested)?,
            coupon: present(values, columns.coupon)?.unwrap_or_default(),
            channel: channel.unwrap_or_default(),
            status: values.text(columns.status).into(),
            applied_at: given(values, columns.applied_at, instant)?,
            succeeded_at: given(values, columns.succeeded_at, instant)?,
        }))
    }
}

/// The amount in a column that this layout may not have.
fn present(values: &Values<'_>, column: Option<Column>) -> Result<Option<Fen>, BadValue> {
    column.map(|column| values.read(column, Fen::from_yuan)).transpose()
}

/// A value that may be left empty.
fn given<'a, T, E>(
    values: &Values<'a>,
    column: Option<Column>,
    read: impl FnOnce(&'a str) -> Result<T, E>,
) -> Result<Option<T>, BadValue> {
    match (column, values.given(column)) {
        (Some(column), Some(_)) => values.read(column, read).map(Some),
        _ => Ok(None),
    }
}

fn sum(amount: Option<Fen>) -> Sum {
    amount.map(Sum::from).unwrap_or_default()
}
