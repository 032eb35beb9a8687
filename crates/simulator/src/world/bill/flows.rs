//! The fund-flow bill: every movement on an account in one day.

use suanpan_wechat::{Fen, id::Mchid};

use super::{
    FundAccount, Mismatch, Wanted,
    layout::{Sheet, time, yuan},
    mismatch,
};
use crate::world::{
    funds::{Business, FlowDirection, FundFlow},
    state::{MONEY_FITS, World},
};

const HEADER: &str = "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号";
const SUMMARY: &str = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额";

/// The column of WeChat's number.
const BUSINESS_NUMBER: usize = 1;

impl World {
    /// `None` when nothing moved that day.
    pub(super) fn fund_flow_bill(
        &self,
        wanted: &Wanted,
        owner: &Mchid,
        account: FundAccount,
        mismatch: Option<Mismatch>,
    ) -> Option<String> {
        let books = self.account(owner).filter(|_| account == FundAccount::Basic)?;
        // Flows are kept in the order of their time.
        let before_the_day = |flow: &FundFlow| flow.at < wanted.day.midnight;
        let first = books.flows.partition_point(before_the_day);
        let mut flows: Vec<_> =
            books.flows[first..].iter().take_while(|flow| wanted.day.contains(flow.at)).collect();
        if flows.is_empty() {
            return None;
        }
        let mut sheet = Sheet::new(HEADER);
        let struck = mismatch.and_then(|mismatch| mismatch.strike(&mut flows));
        for (index, flow) in flows.iter().enumerate() {
            let mut cells = cells(flow);
            if struck == Some(index) {
                cells[BUSINESS_NUMBER] = mismatch::unknown(&cells[BUSINESS_NUMBER]);
            }
            sheet.values(cells.iter().map(String::as_str));
        }
        sheet.header(SUMMARY);
        let (ins, outs) = (side(&flows, FlowDirection::In), side(&flows, FlowDirection::Out));
        let count = flows.len().to_string();
        sheet.values([&count, &ins.0, &ins.1, &outs.0, &outs.1].map(String::as_str));
        Some(sheet.finish())
    }
}

fn cells(flow: &FundFlow) -> [String; 11] {
    let (name, kind) = words(flow.business);
    let direction = match flow.direction {
        FlowDirection::In => "收入",
        FlowDirection::Out => "支出",
    };
    [
        time(flow.at),
        flow.business_number.clone(),
        flow.number.clone(),
        name.to_owned(),
        kind.to_owned(),
        direction.to_owned(),
        yuan(flow.amount),
        yuan(flow.balance),
        "system".to_owned(),
        String::new(),
        flow.voucher.clone(),
    ]
}

/// Name and type of a movement; WeChat's full list of words is unconfirmed.
const fn words(business: Business) -> (&'static str, &'static str) {
    match business {
        Business::Payment => ("交易", "交易"),
        Business::Fee => ("交易", "扣除交易手续费"),
        Business::Refund => ("退款", "退款"),
        Business::Freeze => ("分账", "分账资金冻结"),
        Business::Shipping => ("交易", "待结算资金"),
        Business::ProfitSharing => ("分账", "分账"),
        Business::ProfitSharingReturn => ("分账", "分账回退"),
        Business::Transfer => ("商家转账", "商家转账"),
        Business::Deposit => ("充值", "充值"),
    }
}

/// How many movements one way, and their sum.
fn side(flows: &[&FundFlow], direction: FlowDirection) -> (String, String) {
    let amounts: Vec<Fen> =
        flows.iter().filter(|flow| flow.direction == direction).map(|flow| flow.amount).collect();
    let sum = Fen::checked_sum(amounts.iter().copied()).expect(MONEY_FITS);
    (amounts.len().to_string(), yuan(sum))
}
