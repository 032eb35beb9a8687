//! The trade bill: one row for every payment and every refund of a day.

use suanpan_wechat::{
    Fen, Timestamp,
    id::{Mchid, OutRefundNo},
};

use super::{
    Mismatch, Wanted,
    layout::{Sheet, fee, rate, time, yuan},
    mismatch,
};
use crate::world::{
    order::{Order, Payment, Refund, RefundStatus, TradeState},
    state::{MONEY_FITS, World},
};

const BEFORE_REFUND: &str = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额";
const REFUND_TIMES: &str = "退款申请时间,退款成功时间";
const OF_REFUND: &str = "微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态";
const GOODS_AND_FEE: &str = "商品名称,商户数据包,手续费,费率,订单金额";
const SUMMARY: &str =
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额";

/// The column of WeChat's number.
const TRANSACTION_ID: usize = 5;

/// Which rows, and with them which columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) enum TradeBill {
    All,
    Success,
    Refund,
}

impl TradeBill {
    pub(crate) fn read(text: &str) -> Option<Self> {
        match text {
            "ALL" => Some(Self::All),
            "SUCCESS" => Some(Self::Success),
            "REFUND" => Some(Self::Refund),
            _ => None,
        }
    }

    fn header(self) -> String {
        match self {
            Self::All => {
                format!("{BEFORE_REFUND},{OF_REFUND},{GOODS_AND_FEE},申请退款金额,费率备注")
            }
            Self::Success => format!("{BEFORE_REFUND},{GOODS_AND_FEE},费率备注"),
            Self::Refund => format!(
                "{BEFORE_REFUND},{REFUND_TIMES},{OF_REFUND},{GOODS_AND_FEE},申请退款金额,费率备注"
            ),
        }
    }
}

/// One thing that happened.
struct Row<'a> {
    at: Timestamp,
    order: &'a Order,
    payment: &'a Payment,
    refund: Option<&'a Refund>,
}

/// What the last line adds up.
#[derive(Default)]
struct Sums {
    count: usize,
    settled: Fen,
    ordered: Fen,
    given_back: Fen,
    to_campaigns: Fen,
    refunded: Fen,
    fees: i64,
}

impl World {
    /// `None` when nothing of the kind happened that day.
    pub(super) fn trade_bill(
        &self,
        wanted: &Wanted,
        which: TradeBill,
        sub_mchid: Option<&Mchid>,
        mismatch: Option<Mismatch>,
    ) -> Option<String> {
        let mut rows = self.trade_rows(wanted, which, sub_mchid);
        if rows.is_empty() {
            return None;
        }
        rows.sort_by_key(|row| row.at);
        let struck = mismatch.and_then(|mismatch| mismatch.strike(&mut rows));
        let fee_rate = rate(self.state.merchants[&wanted.mchid].fee_rate);
        let mut sheet = Sheet::new(&which.header());
        let mut sums = Sums::default();
        for (index, row) in rows.iter().enumerate() {
            let mut cells = row.cells(which, &fee_rate, wanted.day.drawn_up_at());
            if struck == Some(index) {
                cells[TRANSACTION_ID] = mismatch::unknown(&cells[TRANSACTION_ID]);
            }
            sheet.values(cells.iter().map(String::as_str));
            sums.add(row);
        }
        sheet.header(SUMMARY);
        sheet.values(sums.cells().iter().map(String::as_str));
        Some(sheet.finish())
    }

    fn trade_rows(
        &self,
        wanted: &Wanted,
        which: TradeBill,
        sub_mchid: Option<&Mchid>,
    ) -> Vec<Row<'_>> {
        let orders = self.state.orders.get(&wanted.mchid);
        let refunds = self.state.refunds.get(&wanted.mchid);
        let refund = |number: &OutRefundNo| refunds.and_then(|refunds| refunds.get(number));
        let mut rows = Vec::new();
        for order in orders.iter().flat_map(|orders| orders.values()) {
            let Some(payment) = &order.payment else { continue };
            if sub_mchid.is_some_and(|wanted| order.sub_mchid() != Some(wanted)) {
                continue;
            }
            if which != TradeBill::Refund && wanted.day.contains(payment.success_time) {
                rows.push(Row { at: payment.success_time, order, payment, refund: None });
            }
            if which == TradeBill::Success {
                continue;
            }
            let of_the_day = order.refunds.iter().filter_map(refund);
            for refund in of_the_day.filter(|refund| wanted.day.contains(refund.created_at)) {
                rows.push(Row { at: refund.created_at, order, payment, refund: Some(refund) });
            }
        }
        rows
    }
}

impl Row<'_> {
    /// `then`: the state of things that is told.
    fn cells(&self, which: TradeBill, fee_rate: &str, then: Timestamp) -> Vec<String> {
        let Row { order, payment, refund, .. } = self;
        let state = match (refund, order.trade_state) {
            (None, _) => "SUCCESS",
            (Some(_), TradeState::Revoked) => "REVOKED",
            (Some(_), _) => "REFUND",
        };
        let kept = match refund {
            None => fee(payment.fee),
            Some(refund) if refund.fee_returned == Fen::ZERO => fee(Fen::ZERO),
            Some(refund) => format!("-{}", fee(refund.fee_returned)),
        };
        let discount = payment.coupon.as_ref().map(|coupon| coupon.amount).unwrap_or_default();
        // Only the line of the payment says what was paid.
        let paid = |amount| yuan(if refund.is_none() { amount } else { Fen::ZERO });
        let mut cells: Vec<String> = vec![
            time(self.at),
            order.appid.to_string(),
            order.mchid.to_string(),
            order.sub_mchid().map_or_else(|| "0".to_owned(), Mchid::to_string),
            order.device_id.clone().unwrap_or_default(),
            payment.transaction_id.to_string(),
            order.out_trade_no.to_string(),
            payment.openid.to_string(),
            order.trade_type.as_str().to_owned(),
            state.to_owned(),
            payment.method.bank_type(),
            "CNY".to_owned(),
            paid(order.settlement_total()),
            paid(discount),
        ];
        if which == TradeBill::Refund {
            let settled = refund.and_then(|refund| refund.success_time);
            cells.push(time(self.at));
            cells.push(settled.filter(|at| *at <= then).map(time).unwrap_or_default());
        }
        if which != TradeBill::Success {
            cells.extend(refund_cells(*refund, then));
        }
        cells.extend([
            order.description.clone(),
            order.attach.clone().unwrap_or_default(),
            kept,
            fee_rate.to_owned(),
            paid(order.total),
        ]);
        if which != TradeBill::Success {
            cells.push(yuan(refund.map_or(Fen::ZERO, |refund| refund.refund)));
        }
        cells.push(String::new());
        cells
    }
}

fn refund_cells(refund: Option<&Refund>, then: Timestamp) -> [String; 6] {
    let Some(refund) = refund else {
        let none = || "0".to_owned();
        return [none(), none(), yuan(Fen::ZERO), yuan(Fen::ZERO), String::new(), String::new()];
    };
    let status = match refund.status {
        _ if refund.ended_at.is_none_or(|ended| ended > then) => "PROCESSING",
        RefundStatus::Processing => "PROCESSING",
        RefundStatus::Success => "SUCCESS",
        RefundStatus::Abnormal | RefundStatus::Closed => "FAIL",
    };
    [
        refund.refund_id.to_string(),
        refund.out_refund_no.to_string(),
        yuan(refund.settlement_refund()),
        yuan(refund.campaign_refund()),
        "ORIGINAL".to_owned(),
        status.to_owned(),
    ]
}

impl Sums {
    fn add(&mut self, row: &Row<'_>) {
        self.count += 1;
        let add = |sum: &mut Fen, amount| *sum = sum.checked_add(amount).expect(MONEY_FITS);
        match row.refund {
            None => {
                add(&mut self.settled, row.order.settlement_total());
                add(&mut self.ordered, row.order.total);
                self.fees += row.payment.fee.count();
            }
            Some(refund) => {
                add(&mut self.given_back, refund.settlement_refund());
                add(&mut self.to_campaigns, refund.campaign_refund());
                add(&mut self.refunded, refund.refund);
                self.fees -= refund.fee_returned.count();
            }
        }
    }

    fn cells(&self) -> [String; 7] {
        let sign = if self.fees < 0 { "-" } else { "" };
        let fees = Fen::new(self.fees.abs()).expect("an absolute value is not negative");
        [
            self.count.to_string(),
            yuan(self.settled),
            yuan(self.given_back),
            yuan(self.to_campaigns),
            format!("{sign}{}", fee(fees)),
            yuan(self.ordered),
            yuan(self.refunded),
        ]
    }
}
