//! A placed order and the ways into the cashier it is given, whichever API placed it (v3 §3).

use suanpan_wechat::id::{Mchid, OutTradeNo, PrepayId, SerialNo};

use super::{
    exchange::Times,
    fault::{FaultName, Subject},
    order::{ORDER_LIFE_SECONDS, Order, PREPAY_ID_SECONDS, Prepay},
    settle::ORDER_EXISTS,
    state::{Change, Work, World},
};

impl World {
    pub(crate) fn enter_order(&mut self, order: &Order, now: Times) {
        let (mchid, out_trade_no) = (order.mchid.clone(), order.out_trade_no.clone());
        let work = Work::CloseByAge { mchid: mchid.clone(), out_trade_no: out_trade_no.clone() };
        let closes = self.state.schedule(now.business.plus(ORDER_LIFE_SECONDS), work);
        let order = Order { closes_by_age: Some(closes), ..order.clone() };
        self.state.orders.entry(mchid).or_default().insert(out_trade_no, order);
        self.changes.insert(Change::Order);
    }

    /// 36 characters: `wx`, day and time in Beijing, then hex (v3 §3.7).
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
        let prepay_id = PrepayId::new(format!("wx{moment}{}", self.state.chance.hex(26)))
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
        format!(
            "https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id={prepay_id}&package={package}"
        )
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
