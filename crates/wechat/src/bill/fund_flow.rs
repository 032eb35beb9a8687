//! The lines of a fund-flow bill
//! (<https://pay.weixin.qq.com/doc/v3/merchant/4012791867>, docs/protocol/bills.md).

use std::fmt;

use super::{BadValue, BillError, Column, Header, Row, Sum, Total, Values, date::instant};
use crate::{Fen, Timestamp, pay::open_enum};

/// One line of a fund-flow bill: money that came to an account or left it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FundFlowRow {
    /// When it was booked.
    pub time: Timestamp,
    /// WeChat's number of the business behind it: of a payment its `transaction_id`.
    pub business_id: String,
    /// WeChat's number of this line.
    pub flow_id: String,
    /// What it was, in words.
    pub business_name: String,
    /// What kind of business it was, in words.
    pub business_type: String,
    /// Which way the money went.
    pub direction: Direction,
    /// How much.
    pub amount: Fen,
    /// What was left on the account, in yuan.
    pub balance: Sum,
    /// Who asked for it. Free text.
    pub applicant: String,
    /// A remark. Free text; a line break in it is written as the characters `\r` and `\n`.
    pub remark: String,
    /// The merchant's number of the business.
    pub voucher: String,
}

open_enum! {
    /// Which way money went.
    Direction {
        /// To the account.
        Income = "收入",
        /// From the account.
        Expense = "支出",
    }
}

/// Where the columns of one fund-flow bill stand.
#[derive(Debug)]
pub struct FundFlowColumns {
    time: Column,
    business_id: Column,
    flow_id: Column,
    business_name: Option<Column>,
    business_type: Option<Column>,
    direction: Column,
    amount: Column,
    balance: Column,
    applicant: Option<Column>,
    remark: Option<Column>,
    voucher: Option<Column>,
}

const APPLICANT: &[&str] = &["资金变更提交申请人"];
const REMARK: &[&str] = &["备注"];

impl Row for FundFlowRow {
    type Columns = FundFlowColumns;

    const FREE_TEXT: &'static [&'static [&'static str]] = &[APPLICANT, REMARK];

    const TOTALS: &'static [Total<Self>] = &[
        Total { names: &["资金流水总笔数"], of: |_| Sum::ROW },
        Total { names: &["收入笔数"], of: |row| row.count_if(&Direction::Income) },
        Total { names: &["收入金额"], of: |row| row.amount_if(&Direction::Income) },
        Total { names: &["支出笔数"], of: |row| row.count_if(&Direction::Expense) },
        Total { names: &["支出金额"], of: |row| row.amount_if(&Direction::Expense) },
    ];

    fn columns(header: &Header) -> Result<FundFlowColumns, BillError> {
        Ok(FundFlowColumns {
            time: header.required(&["记账时间"])?,
            business_id: header.required(&["微信支付业务单号"])?,
            flow_id: header.required(&["资金流水单号"])?,
            business_name: header.optional(&["业务名称"]),
            business_type: header.optional(&["业务类型"]),
            direction: header.required(&["收支类型"])?,
            amount: header.required(&["收支金额(元)"])?,
            balance: header.required(&["账户结余(元)"])?,
            applicant: header.optional(APPLICANT),
            remark: header.optional(REMARK),
            voucher: header.optional(&["业务凭证号"]),
        })
    }

    fn read(columns: &FundFlowColumns, values: &Values<'_>) -> Result<Self, BadValue> {
        let text = |column: Option<Column>| {
            column.map(|column| values.text(column).to_owned()).unwrap_or_default()
        };
        Ok(Self {
            time: values.read(columns.time, instant)?,
            business_id: values.text(columns.business_id).to_owned(),
            flow_id: values.text(columns.flow_id).to_owned(),
            business_name: text(columns.business_name),
            business_type: text(columns.business_type),
            direction: values.text(columns.direction).to_owned().into(),
            amount: values.read(columns.amount, Fen::from_yuan)?,
            balance: values.read(columns.balance, str::parse)?,
            applicant: text(columns.applicant),
            remark: text(columns.remark),
            voucher: text(columns.voucher),
        })
    }
}

impl FundFlowRow {
    fn count_if(&self, direction: &Direction) -> Sum {
        if self.direction == *direction { Sum::ROW } else { Sum::ZERO }
    }

    fn amount_if(&self, direction: &Direction) -> Sum {
        if self.direction == *direction { self.amount.into() } else { Sum::ZERO }
    }
}
