//! WeChat's side of the stage: what people do there, what it knows, and what it says.

use serde_json::{Value, json};
use suanpan_simulator::{
    Running as Simulator,
    world::{
        Fault, FaultName, Invoke, InvokeKind, Merchant as WorldMerchant, Message, MessageFilter,
        MessageKind, Method, Order as WorldOrder, Outcome, Paid, PayBy, PayCommand, Refusal,
    },
};
use suanpan_wechat::id::{Appid, Mchid, OutTradeNo};

use super::Stage;
use crate::{Answer, Forgery, Payer, Placed};

impl Stage {
    /// The simulator itself.
    #[must_use]
    pub fn simulator(&self) -> &Simulator {
        &self.simulator
    }

    /// `wx.requestPayment`, and what the person does in the cashier.
    ///
    /// # Errors
    /// When the cashier does not open, or WeChat refuses.
    pub fn cashier(
        &self,
        payer: &Payer,
        params: &Value,
        outcome: Outcome,
    ) -> Result<Paid, Refusal> {
        let params = params.as_object().cloned().expect("an object");
        let appid = Appid::new(payer.appid.as_str()).expect("an appid");
        let invoke = Invoke::new(InvokeKind::MiniProgram, appid, params);
        let user = payer.name.clone();
        let command = PayCommand {
            by: PayBy::Invoke(invoke),
            user,
            method: Method::Balance,
            outcome,
            pin: None,
        };
        self.simulator.with_world(|world, times| world.pay(&command, times))
    }

    /// Asks our server for the cashier's parameters and does `outcome` there; gives back the
    /// `out_trade_no`. Nothing is notified yet: that happens when time moves.
    pub async fn pay(&self, payer: &Payer, placed: &Placed, outcome: Outcome) -> String {
        let answer = payer.pay(placed).await.ok();
        self.cashier(payer, &answer["client_params"], outcome).expect("the cashier opens");
        answer["out_trade_no"].as_str().expect("its number at WeChat").to_owned()
    }

    /// Switches faults on, and all others off.
    pub fn faults(&self, faults: &[Fault]) {
        self.simulator.with_world(|world, _| world.set_faults(faults.to_vec()));
    }

    /// One fault that always strikes.
    pub fn fault(&self, name: FaultName) {
        self.faults(&[Fault::always(name)]);
    }

    /// What WeChat knows about an order.
    #[must_use]
    pub fn at_wechat(&self, mchid: &str, out_trade_no: &str) -> Option<WorldOrder> {
        let mchid = Mchid::new(mchid).expect("an mchid");
        let out_trade_no = OutTradeNo::new(out_trade_no).expect("an out_trade_no");
        self.simulator.with_world(|world, _| world.order(&mchid, &out_trade_no).cloned())
    }

    /// A merchant as WeChat knows it, keys included.
    #[must_use]
    pub fn at_wechat_merchant(&self, mchid: &str) -> WorldMerchant {
        let mchid = Mchid::new(mchid).expect("an mchid");
        let found = self.simulator.with_world(|world, _| world.merchant(&mchid).cloned());
        found.expect("a merchant of the stage")
    }

    /// Messages to and from WeChat, oldest first.
    #[must_use]
    pub fn messages(&self, kind: MessageKind) -> Vec<Message> {
        let filter = MessageFilter { kind: Some(kind), ..MessageFilter::default() };
        self.simulator.with_world(|world, _| world.messages(&filter).cloned().collect())
    }

    /// Requests to WeChat whose target begins so.
    #[must_use]
    pub fn calls(&self, method: &str, target: &str) -> Vec<Message> {
        let all = self.messages(MessageKind::Request);
        all.into_iter().filter(|m| m.method == method && m.url.starts_with(target)).collect()
    }

    /// What a paid order of ours looks like in a notification.
    #[must_use]
    pub fn success_of(&self, mchid: &str, out_trade_no: &str) -> Value {
        let order = self.at_wechat(mchid, out_trade_no).expect("WeChat knows the order");
        let total = order.total;
        json!({
            "mchid": mchid, "appid": order.appid, "out_trade_no": out_trade_no,
            "transaction_id": transaction_id(out_trade_no),
            "trade_type": "JSAPI", "trade_state": "SUCCESS", "trade_state_desc": "支付成功",
            "bank_type": "OTHERS", "attach": "", "success_time": self.clock.business(),
            "payer": { "openid": order.payer },
            "amount": { "total": total, "payer_total": total, "currency": "CNY", "payer_currency": "CNY" },
        })
    }

    /// A statement that WeChat itself signed and sealed for this merchant, now.
    #[must_use]
    pub fn genuine(&self, mchid: &str, original_type: &str, content: &Value) -> Forgery {
        let merchant = self.at_wechat_merchant(mchid);
        Forgery::genuine(&merchant, original_type, content, self.clock.wall())
    }

    /// The address of a notification.
    #[must_use]
    pub fn notify_url(&self, account: &str, mchid: &str, kind: &str) -> String {
        format!("{}/notify/v3/{account}/{mchid}/{kind}", self.url())
    }

    /// Posts a notification made by hand to any address.
    pub async fn post_notification(&self, url: &str, notification: &Forgery) -> Answer {
        let mut request = self.http.post(url).body(notification.body.clone());
        for (name, value) in &notification.headers {
            request = request.header(name, value);
        }
        self.http.send(request).await
    }
}

/// 28 digits of WeChat's shape, the same for the same order and for no other.
fn transaction_id(out_trade_no: &str) -> String {
    let hash = out_trade_no.bytes().fold(7_u64, |hash, byte| {
        hash.wrapping_mul(1_000_003).wrapping_add(u64::from(byte)) % 1_000_000_000_000
    });
    format!("420000202610{hash:0>16}")
}
