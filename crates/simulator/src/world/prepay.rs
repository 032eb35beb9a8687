//! A placed order and the ways into the cashier it is given, whichever API placed it (v3 §3).

use std::collections::BTreeMap;

use suanpan_wechat::id::{Mchid, OutTradeNo, PrepayId, SerialNo};

use super::{
    cashier::{PayBy, jump_page},
    exchange::Times,
    fault::{FaultName, Subject},
    hosts::CASHIER,
    order::{ORDER_LIFE_SECONDS, Order, PREPAY_ID_SECONDS, Prepay, TradeType},
    settle::ORDER_EXISTS,
    state::{Change, State, Work, World},
};

impl World {
    pub(crate) fn enter_order(&mut self, order: &Order, now: Times) {
        let (mchid, out_trade_no) = (order.mchid.clone(), order.out_trade_no.clone());
        let work = Work::CloseByAge { mchid: mchid.clone(), out_trade_no: out_trade_no.clone() };
        let closes = self.state.schedule(now.business.plus(ORDER_LIFE_SECONDS), work);
        let order = Order { closes_by_age: Some(closes), ..order.clone() };
        self.state.order_log.push((mchid.clone(), out_trade_no.clone()));
        self.state.orders.entry(mchid).or_default().insert(out_trade_no, order);
        self.changes.insert(Change::Order);
    }

    /// 36 characters: `wx`, day and time in Beijing, then hex (v3 §3.7). What a provider combined
    /// was seen to begin with `up_`.
    pub(crate) fn make_prepay(
        &mut self,
        mchid: &Mchid,
        out_trade_no: &OutTradeNo,
        serial_no: Option<&SerialNo>,
        now: Times,
    ) -> PrepayId {
        let beijing = now.business.to_string();
        let moment: String =
            beijing.chars().skip(8).take(11).filter(char::is_ascii_digit).collect();
        let order = self.state.order(mchid, out_trade_no).expect(ORDER_EXISTS);
        let up = if order.combine.is_some() && order.partner.is_some() { "up_" } else { "" };
        let prepay_id = PrepayId::new(format!("{up}wx{moment}{}", self.state.chance.hex(26)))
            .expect("letters and digits are a prepay_id");
        let subject = Subject {
            path: "/cashier",
            mchid: Some(mchid.as_str()),
            out_trade_no: Some(out_trade_no.as_str()),
            ..Subject::default()
        };
        let expired = self.strikes(FaultName::PrepayExpired, &subject);
        let age = if expired { PREPAY_ID_SECONDS } else { 0 };
        let prepay = Prepay {
            prepay_id: prepay_id.clone(),
            mchid: mchid.clone(),
            out_trade_no: out_trade_no.clone(),
            made_at: now.business.plus(-age),
            serial_no: serial_no.cloned(),
            package: None,
        };
        self.state.forget_old_prepays(now);
        self.state.prepays.insert(prepay_id.clone(), prepay);
        prepay_id
    }

    /// Whoever opens it names the prepay id and a number nobody else knows.
    pub(crate) fn h5_url(&mut self, prepay_id: &PrepayId) -> String {
        let package = self.state.chance.digits(10);
        if let Some(prepay) = self.state.prepays.get_mut(prepay_id) {
            prepay.package = Some(package.clone());
        }
        h5_address(prepay_id, &package)
    }

    /// How a person would come to pay an order just now.
    #[must_use]
    pub fn way_to_pay(&self, mchid: &Mchid, out_trade_no: &OutTradeNo) -> Option<PayBy> {
        let order = self.state.order(mchid, out_trade_no)?;
        let of_order =
            |prepay: &&Prepay| prepay.mchid == *mchid && prepay.out_trade_no == *out_trade_no;
        let prepays = self.state.prepays.values().filter(of_order);
        let newest = prepays.max_by_key(|prepay| prepay.made_at)?;
        let prepay_id = &newest.prepay_id;
        Some(match (order.trade_type, &order.code_url, &newest.package) {
            (TradeType::Native, Some(code_url), _) => PayBy::CodeUrl(code_url.clone()),
            (TradeType::Mweb, _, Some(package)) => {
                PayBy::H5Url { url: h5_address(prepay_id, package), page: None, user_agent: None }
            }
            _ => PayBy::PrepayId(prepay_id.clone()),
        })
    }

    /// A code for scanning; the order's earlier code is worth nothing from now on (v3 §3.5).
    pub(crate) fn code_url(
        &mut self,
        mchid: &Mchid,
        out_trade_no: &OutTradeNo,
        prepay_id: PrepayId,
    ) -> String {
        let code_url = format!("weixin://wxpay/bizpayurl?pr={}", self.state.chance.alphanumeric(9));
        let order = self.state.order_mut(mchid, out_trade_no).expect(ORDER_EXISTS);
        let former = order.code_url.replace(code_url.clone());
        if let Some(former) = former {
            self.state.code_urls.remove(&former);
        }
        self.state.code_urls.insert(code_url.clone(), prepay_id);
        code_url
    }
}

fn h5_address(prepay_id: &PrepayId, package: &str) -> String {
    format!("https://{CASHIER}{}?prepay_id={prepay_id}&package={package}", jump_page::PATH)
}

impl State {
    /// A state written before there was a log, or whose log lacks an order, gets one by age.
    pub(crate) fn complete_order_log(&mut self) {
        let count: usize = self.orders.values().map(BTreeMap::len).sum();
        if self.order_log.len() != count {
            let mut orders: Vec<&Order> = self.orders.values().flat_map(BTreeMap::values).collect();
            orders.sort_by_key(|order| order.created_at);
            let keys = orders.iter().map(|order| (order.mchid.clone(), order.out_trade_no.clone()));
            self.order_log = keys.collect();
        }
    }
}
