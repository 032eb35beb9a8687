//! The profit-sharing bill: one row for every share that arrived and every return of a day.

use suanpan_wechat::{Fen, Timestamp, id::Mchid};

use super::{
    Mismatch, Wanted,
    layout::{Sheet, time, yuan},
    mismatch,
};
use crate::world::{
    sharing::{GiveBack, LineResult, Share, ShareLine},
    state::{MONEY_FITS, World},
    v3,
};

/// The columns are those that programs which read such bills expect. Their names, the words in the
/// last three, who is who in a return, and the whole summary are unconfirmed.
const HEADER: &str = "分账时间,分账发起方,分账方,微信订单号,微信分账/回退单号,分账明细单号,商户分账/回退单号,订单金额,分账接收方,金额,业务类型,处理状态,备注";
const SUMMARY: &str = "总笔数,分账总金额,回退总金额";

/// The column of WeChat's number of the payment.
const TRANSACTION_ID: usize = 3;

/// One thing that happened.
struct Row<'a> {
    at: Timestamp,
    share: &'a Share,
    what: What<'a>,
}

enum What<'a> {
    Shared(&'a ShareLine),
    GivenBack(&'a GiveBack),
}

impl World {
    /// `None` when nothing was shared that day. What failed is not in it, and what was released is no
    /// share.
    pub(super) fn sharing_bill(
        &self,
        wanted: &Wanted,
        sub_mchid: Option<&Mchid>,
        mismatch: Option<Mismatch>,
    ) -> Option<String> {
        let mut rows = self.sharing_rows(wanted, sub_mchid);
        if rows.is_empty() {
            return None;
        }
        rows.sort_by_key(|row| row.at);
        let struck = mismatch.and_then(|mismatch| mismatch.strike(&mut rows));
        let mut sheet = Sheet::new(HEADER);
        for (index, row) in rows.iter().enumerate() {
            let mut cells = self.sharing_cells(row);
            if struck == Some(index) {
                cells[TRANSACTION_ID] = mismatch::unknown(&cells[TRANSACTION_ID]);
            }
            sheet.values(cells.iter().map(String::as_str));
        }
        let sum = |of: fn(&What<'_>) -> Option<Fen>| {
            let amounts = rows.iter().filter_map(|row| of(&row.what));
            yuan(Fen::checked_sum(amounts).expect(MONEY_FITS))
        };
        let shared = sum(|what| match what {
            What::Shared(line) => Some(line.amount),
            What::GivenBack(_) => None,
        });
        let given_back = sum(|what| match what {
            What::Shared(_) => None,
            What::GivenBack(back) => Some(back.amount),
        });
        sheet.header(SUMMARY);
        sheet.values([rows.len().to_string().as_str(), &shared, &given_back]);
        Some(sheet.finish())
    }

    fn sharing_rows(&self, wanted: &Wanted, sub_mchid: Option<&Mchid>) -> Vec<Row<'_>> {
        let then = wanted.day.drawn_up_at();
        let sharings = &self.state.sharings;
        let mut rows = Vec::new();
        let of_payer = |share: &&Share| sub_mchid.is_none_or(|wanted| share.payer() == wanted);
        for share in sharings.of_merchant(&wanted.mchid).filter(of_payer) {
            let lines = share.lines.iter().filter(|line| {
                let arrived = line.finished_at.is_some_and(|at| at <= then);
                arrived && line.result == LineResult::Success && !line.is_rest
            });
            for line in lines.filter(|line| wanted.day.contains(line.created_at)) {
                rows.push(Row { at: line.created_at, share, what: What::Shared(line) });
            }
        }
        let backs = sharings.give_backs_of(&wanted.mchid).filter(|back| back.succeeded);
        for back in backs.filter(|back| wanted.day.contains(back.at)) {
            let share = sharings.share(&wanted.mchid, &back.out_order_no).filter(of_payer);
            rows.extend(share.map(|share| Row { at: back.at, share, what: What::GivenBack(back) }));
        }
        rows
    }

    fn sharing_cells(&self, row: &Row<'_>) -> [String; 13] {
        let Row { at, share, what } = row;
        let order = self.state.order(&share.mchid, &share.out_trade_no);
        let (id, detail, number, receiver, amount, kind) = match what {
            What::Shared(line) => (
                &share.order_id,
                line.detail_id.as_str(),
                &share.out_order_no,
                v3::sharing::account(&line.receiver),
                line.amount,
                "分账",
            ),
            What::GivenBack(back) => (
                &back.return_id,
                "",
                &back.out_return_no,
                share.payer().as_str(),
                back.amount,
                "分账回退",
            ),
        };
        let payer = match what {
            What::Shared(_) => share.payer(),
            What::GivenBack(back) => &back.giver,
        };
        [
            time(*at),
            share.mchid.to_string(),
            payer.to_string(),
            share.transaction_id.to_string(),
            id.clone(),
            detail.to_owned(),
            number.clone(),
            yuan(order.map(|order| order.total).unwrap_or_default()),
            receiver.to_owned(),
            yuan(amount),
            kind.to_owned(),
            "处理成功".to_owned(),
            String::new(),
        ]
    }
}
