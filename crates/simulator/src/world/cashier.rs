//! The cashier: what a person sees and does (v3 §3).

use serde_json::{Map, Value};
use suanpan_wechat::{
    Fen, Timestamp,
    id::{Appid, Mchid, OutTradeNo, PrepayId, TransactionId},
};

use super::{
    exchange::Times,
    fault::{FaultName, Subject},
    identity::AppKind,
    order::{H5_URL_SECONDS, Order, PREPAY_ID_SECONDS, Prepay, TradeState, TradeType},
    settle::ORDER_EXISTS,
    state::{Change, World},
};

/// Wrong PINs in a row before payment is locked.
const PIN_TRIES: u8 = 5;

/// How long the lock lasts.
const PIN_LOCK_SECONDS: i64 = 3 * 3600;

/// What a front end hands to the cashier.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invoke {
    /// Which front end.
    pub kind: InvokeKind,
    /// The app that runs; the runtime knows it, the page does not choose it.
    pub appid: Appid,
    /// The object given to `wx.requestPayment`, the bridge, or the SDK.
    pub params: Map<String, Value>,
}

/// The front ends that open the cashier with a second signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InvokeKind {
    /// `wx.requestPayment`.
    MiniProgram,
    /// `getBrandWCPayRequest`.
    Jsapi,
    /// `PayReq` of the open SDK.
    App,
}

/// How the cashier is reached.
#[derive(Debug, Clone)]
pub enum PayBy {
    /// As a real front end does it: everything is checked.
    Invoke(Invoke),
    /// A short cut for tests of servers; the second signature is not looked at.
    PrepayId(PrepayId),
    /// Scans a QR code.
    CodeUrl(String),
    /// Opens an `h5_url` in a browser outside WeChat.
    H5Url {
        /// With `redirect_url` or without.
        url: String,
        /// The address of the page it was opened from; `None` skips the rules about pages.
        page: Option<String>,
    },
}

/// What the person does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Pays.
    #[default]
    Success,
    /// Closes the cashier.
    Cancel,
    /// Has not enough money, whatever the wallet says.
    InsufficientBalance,
    /// Types a wrong PIN and gives up.
    WrongPin,
    /// Pays, and the front end hears "cancel".
    CallbackSaysCancel,
    /// Does not pay, and the front end hears "ok".
    CallbackOkButUnpaid,
    /// Pays, but the payment lands only after the order was closed.
    SuccessAfterClose,
}

/// A person acts in the cashier.
#[derive(Debug, Clone)]
pub struct PayCommand {
    /// Which order.
    pub by: PayBy,
    /// Who.
    pub user: String,
    /// What they do.
    pub outcome: Outcome,
    /// The PIN as typed; `None` skips the question.
    pub pin: Option<String>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Paid {
    /// The order's state now.
    pub trade_state: TradeState,
    /// WeChat's number, once paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<TransactionId>,
    /// Whether the second signature was checked.
    pub invocation_checked: bool,
    /// What the front end hears; a hint and nothing more.
    pub err_msg: &'static str,
    /// Why the person did not pay, as the cashier words it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<&'static str>,
}

/// The cashier sheet.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct CashierView {
    /// Who is paid.
    pub merchant_name: String,
    /// For what.
    pub description: String,
    /// How much.
    pub amount_fen: Fen,
    /// The merchant's number.
    pub out_trade_no: OutTradeNo,
    /// With what.
    pub methods: Vec<CashierMethod>,
    /// When this sheet stops working.
    pub expires_at: Timestamp,
}

/// A way to pay.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct CashierMethod {
    /// `balance`.
    pub id: &'static str,
    /// For people.
    pub name: &'static str,
    /// What is there.
    pub balance_fen: Fen,
}

/// A person or a program asked for something that WeChat does not do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct Refusal {
    /// For programs.
    pub code: RefusalCode,
    /// The exact words of WeChat's client where it has any.
    pub text: String,
    /// PIN attempts left, with `WRONG_PIN`.
    pub remaining: Option<u8>,
}

/// The kinds of refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RefusalCode {
    /// No such user, app, order or refund.
    NotFound,
    /// The cashier does not open.
    InvocationRefused,
    /// Wrong PIN; try again.
    WrongPin,
    /// Too many wrong PINs.
    PinLocked,
    /// The wallet does not cover it.
    InsufficientBalance,
    /// Against WeChat's rules.
    NotAllowed,
}

impl Refusal {
    pub(crate) fn new(code: RefusalCode, text: impl Into<String>) -> Self {
        Self { code, text: text.into(), remaining: None }
    }

    fn invocation(text: impl Into<String>) -> Self {
        Self::new(RefusalCode::InvocationRefused, text)
    }
}

impl World {
    /// Opens the cashier: every check of [`World::pay`], no effect.
    ///
    /// # Errors
    /// With the text the cashier would show.
    pub fn cashier(&self, by: &PayBy, user: &str, now: Times) -> Result<CashierView, Refusal> {
        let prepay = self.find_prepay(by, now)?;
        let order = self.check_order(prepay, user, now)?;
        let person = self.state.users.get(user).ok_or_else(unknown_user)?;
        Ok(CashierView {
            merchant_name: self.state.merchants[&order.mchid].name.clone(),
            description: order.description.clone(),
            amount_fen: order.total,
            out_trade_no: order.out_trade_no.clone(),
            methods: vec![CashierMethod {
                id: "balance",
                name: "零钱",
                balance_fen: person.user.balance,
            }],
            expires_at: order.expires_at().min(prepay.made_at.plus(PREPAY_ID_SECONDS)),
        })
    }

    /// A person acts in the cashier.
    ///
    /// # Errors
    /// When the cashier does not open, the PIN is wrong, or the wallet is empty. An outcome that
    /// was asked for (`cancel`, `insufficient_balance`, …) is no error.
    pub fn pay(&mut self, command: &PayCommand, now: Times) -> Result<Paid, Refusal> {
        let user = command.user.as_str();
        let kind = match &command.by {
            PayBy::Invoke(invoke) => Some(invoke.kind),
            PayBy::PrepayId(_) | PayBy::CodeUrl(_) | PayBy::H5Url { .. } => None,
        };
        let prepay = self.find_prepay(&command.by, now)?;
        let (mchid, out_trade_no) = (prepay.mchid.clone(), prepay.out_trade_no.clone());
        let total = self.check_order(prepay, user, now)?.total;
        self.check_lock(user, now)?;
        self.opened(&mchid, &out_trade_no, user);
        let said = FrontEnd { kind };
        if let Some(refused) = self.gives_up(command.outcome, user, now) {
            let err_msg = if command.outcome == Outcome::CallbackOkButUnpaid {
                said.ok()
            } else {
                said.cancel()
            };
            return Ok(self.paid(&mchid, &out_trade_no, kind, err_msg, refused));
        }
        if let Some(pin) = &command.pin {
            self.check_pin(user, pin, now)?;
        }
        if self.state.users.get(user).is_none_or(|person| person.user.balance < total) {
            return Err(Refusal::new(RefusalCode::InsufficientBalance, "零钱余额不足"));
        }
        let subject = Subject {
            path: "/cashier",
            mchid: Some(mchid.as_str()),
            out_trade_no: Some(out_trade_no.as_str()),
        };
        let late = command.outcome == Outcome::SuccessAfterClose
            || self.strikes(FaultName::LatePayment, &subject);
        if late {
            self.start_payment(&mchid, &out_trade_no, user, now);
        } else {
            self.complete_payment(&mchid, &out_trade_no, user, now);
        }
        let err_msg =
            if command.outcome == Outcome::CallbackSaysCancel { said.cancel() } else { said.ok() };
        Ok(self.paid(&mchid, &out_trade_no, kind, err_msg, None))
    }

    fn find_prepay(&self, by: &PayBy, now: Times) -> Result<&Prepay, Refusal> {
        match by {
            PayBy::Invoke(invoke) => self.check_invocation(invoke, now),
            PayBy::PrepayId(prepay_id) => self.check_prepay_id(prepay_id, now),
            PayBy::CodeUrl(code_url) => self.check_code_url(code_url, now),
            PayBy::H5Url { url, page } => self.check_h5_url(url, page.as_deref(), now),
        }
    }

    /// Codes and pages are for whoever comes first (v3 §3.4, §3.5).
    fn opened(&mut self, mchid: &Mchid, out_trade_no: &OutTradeNo, user: &str) {
        let order = self.state.order_mut(mchid, out_trade_no).expect(ORDER_EXISTS);
        if matches!(order.trade_type, TradeType::Native | TradeType::Mweb) {
            order.opened_by.get_or_insert_with(|| user.to_owned());
        }
    }

    fn paid(
        &self,
        mchid: &Mchid,
        out_trade_no: &OutTradeNo,
        kind: Option<InvokeKind>,
        err_msg: &'static str,
        refused: Option<&'static str>,
    ) -> Paid {
        let order = self.state.order(mchid, out_trade_no).expect(ORDER_EXISTS);
        Paid {
            trade_state: order.trade_state,
            transaction_id: order.payment.as_ref().map(|paid| paid.transaction_id.clone()),
            invocation_checked: kind.is_some(),
            err_msg,
            refused,
        }
    }

    /// The outcomes in which nobody pays, with the cashier's words for them.
    fn gives_up(
        &mut self,
        outcome: Outcome,
        user: &str,
        now: Times,
    ) -> Option<Option<&'static str>> {
        match outcome {
            Outcome::Cancel | Outcome::CallbackOkButUnpaid => Some(None),
            Outcome::InsufficientBalance => Some(Some("零钱余额不足")),
            Outcome::WrongPin => {
                self.count_wrong_pin(user, now);
                Some(Some("支付密码错误"))
            }
            Outcome::Success | Outcome::CallbackSaysCancel | Outcome::SuccessAfterClose => None,
        }
    }

    fn check_invocation(&self, invoke: &Invoke, now: Times) -> Result<&Prepay, Refusal> {
        let signed = SignedFields::read(invoke)?;
        let prepay_id = PrepayId::new(signed.prepay_id)
            .map_err(|_| Refusal::invocation("调用支付JSAPI缺少参数: package"))?;
        let prepay = self.check_prepay_id(&prepay_id, now)?;
        let order = self.state.order(&prepay.mchid, &prepay.out_trade_no).expect(ORDER_EXISTS);
        if order.appid != invoke.appid {
            return Err(Refusal::invocation(match invoke.kind {
                InvokeKind::App => "商户传入的APPID参数不正确，请联系商户处理",
                InvokeKind::MiniProgram | InvokeKind::Jsapi => "商户传入的appid参数不正确",
            }));
        }
        let message = signed.message(&invoke.appid);
        self.verifier(&prepay.mchid, &prepay.serial_no)
            .filter(|verifier| {
                verifier.check(&prepay.serial_no, message.as_bytes(), signed.signature).is_ok()
            })
            .ok_or_else(|| Refusal::invocation("支付签名验证失败"))?;
        let kind = self.state.apps.get(&invoke.appid).map(|app| app.kind);
        let (front_end, trade_type) = match invoke.kind {
            InvokeKind::MiniProgram => (AppKind::MiniProgram, TradeType::Jsapi),
            InvokeKind::Jsapi => (AppKind::OfficialAccount, TradeType::Jsapi),
            InvokeKind::App => (AppKind::App, TradeType::App),
        };
        let fits = kind == Some(front_end) && order.trade_type == trade_type;
        if fits { Ok(prepay) } else { Err(Refusal::invocation("支付场景非法")) }
    }

    fn check_prepay_id(&self, prepay_id: &PrepayId, now: Times) -> Result<&Prepay, Refusal> {
        self.state
            .prepays
            .get(prepay_id)
            .filter(|prepay| now.business.since(prepay.made_at) < PREPAY_ID_SECONDS)
            .ok_or_else(|| Refusal::invocation("JSAPI缺少参数total_fee"))
    }

    fn check_code_url(&self, code_url: &str, now: Times) -> Result<&Prepay, Refusal> {
        let prepay_id = self.state.code_urls.get(code_url);
        let prepay = prepay_id.and_then(|prepay_id| self.check_prepay_id(prepay_id, now).ok());
        // The words of WeChat's client are unconfirmed.
        prepay.ok_or_else(|| Refusal::invocation("二维码已失效，请商家重新生成"))
    }

    /// The jump page's own rules, in the order it applies them (v3 §3.4, §3.6).
    fn check_h5_url(&self, url: &str, page: Option<&str>, now: Times) -> Result<&Prepay, Refusal> {
        let cut = || Refusal::invocation("签名验证失败");
        let url = url::Url::parse(url).map_err(|_| cut())?;
        let member =
            |name| url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value);
        let prepay_id = member("prepay_id").and_then(|id| PrepayId::new(id.as_ref()).ok());
        let prepay = prepay_id.and_then(|id| self.state.prepays.get(&id)).ok_or_else(cut)?;
        if prepay.package.is_none() || prepay.package.as_deref() != member("package").as_deref() {
            return Err(cut());
        }
        if now.business.since(prepay.made_at) > H5_URL_SECONDS {
            return Err(Refusal::invocation("支付请求已失效，请重新发起支付"));
        }
        let Some(page) = page else { return Ok(prepay) };
        if page.is_empty() {
            return Err(Refusal::invocation("商家参数格式有误，请联系商家解决"));
        }
        let allowed = &self.state.merchants[&prepay.mchid].h5_domains;
        let known = |address: &str| {
            let host =
                url::Url::parse(address).ok().and_then(|url| url.host_str().map(str::to_owned));
            host.is_some_and(|host| allowed.contains(&host))
        };
        if !known(page) || member("redirect_url").is_some_and(|back| !known(&back)) {
            return Err(Refusal::invocation("商家存在未配置的参数，请联系商家解决"));
        }
        let order = self.state.order(&prepay.mchid, &prepay.out_trade_no).expect(ORDER_EXISTS);
        let payer_client_ip = order.request.pointer("/scene_info/payer_client_ip");
        if payer_client_ip.and_then(Value::as_str) == Some("127.0.0.1") {
            return Err(Refusal::invocation("由于商家传入的H5交易参数有误，该笔交易暂时无法完成"));
        }
        Ok(prepay)
    }

    fn check_order(&self, prepay: &Prepay, user: &str, now: Times) -> Result<&Order, Refusal> {
        let order = self.state.order(&prepay.mchid, &prepay.out_trade_no).expect(ORDER_EXISTS);
        let person = self.state.users.get(user).ok_or_else(unknown_user)?;
        let somebody_else = |payer| person.user.openids.get(&order.appid) != Some(payer);
        if order.payer.as_ref().is_some_and(somebody_else) {
            return Err(Refusal::invocation("下单账号与支付账号不一致，请核实后再支付"));
        }
        if order.opened_by.as_deref().is_some_and(|first| first != user) {
            return Err(Refusal::invocation(match order.trade_type {
                TradeType::Mweb => "签名验证失败",
                _ => "商家订单信息有误，请重新下单支付",
            }));
        }
        match order.trade_state {
            TradeState::Success | TradeState::Refund => Err(Refusal::invocation("该订单已支付")),
            TradeState::Closed => Err(Refusal::invocation("该订单已失效")),
            TradeState::NotPay if now.business >= order.expires_at() => {
                Err(Refusal::invocation("该订单已失效"))
            }
            TradeState::NotPay if order.under_way.is_some() => {
                Err(Refusal::invocation("订单正在支付中，请勿重复支付"))
            }
            TradeState::NotPay => Ok(order),
        }
    }

    fn check_lock(&self, user: &str, now: Times) -> Result<(), Refusal> {
        let person = self.state.users.get(user).ok_or_else(unknown_user)?;
        match person.locked_until {
            Some(until) if now.business < until => Err(pin_locked()),
            Some(_) | None => Ok(()),
        }
    }

    fn check_pin(&mut self, user: &str, pin: &str, now: Times) -> Result<(), Refusal> {
        let person = self.state.users.get_mut(user).ok_or_else(unknown_user)?;
        if person.user.pin == pin {
            person.wrong_pins = 0;
            return Ok(());
        }
        match self.count_wrong_pin(user, now) {
            0 => Err(pin_locked()),
            remaining => Err(Refusal {
                remaining: Some(remaining),
                ..Refusal::new(RefusalCode::WrongPin, "支付密码错误，请重试")
            }),
        }
    }

    /// Gives back how many tries are left.
    fn count_wrong_pin(&mut self, user: &str, now: Times) -> u8 {
        let Some(person) = self.state.users.get_mut(user) else { return 0 };
        person.wrong_pins += 1;
        let remaining = PIN_TRIES.saturating_sub(person.wrong_pins);
        if remaining == 0 {
            person.wrong_pins = 0;
            person.locked_until = Some(now.business.plus(PIN_LOCK_SECONDS));
        }
        self.changes.insert(Change::Wallet);
        remaining
    }
}

/// The members of an invocation that are signed, whatever they are called in this front end.
struct SignedFields<'a> {
    time_stamp: &'a str,
    nonce_str: &'a str,
    /// The fourth line: `prepay_id=…`, or the bare id for apps (v3 §3).
    fourth: &'a str,
    prepay_id: &'a str,
    signature: &'a str,
}

impl<'a> SignedFields<'a> {
    fn read(invoke: &'a Invoke) -> Result<Self, Refusal> {
        let member = |name| text(&invoke.params, name);
        if invoke.kind == InvokeKind::App {
            let prepay_id = member("prepayid").or_else(|_| member("prepayId"))?;
            return Ok(Self {
                time_stamp: member("timestamp").or_else(|_| member("timeStamp"))?,
                nonce_str: member("noncestr").or_else(|_| member("nonceStr"))?,
                fourth: prepay_id,
                prepay_id,
                signature: member("sign")?,
            });
        }
        let time_stamp = member("timeStamp")?;
        let nonce_str = member("nonceStr")?;
        let package = member("package")?;
        if member("signType")? != "RSA" {
            return Err(Refusal::invocation("支付签名验证失败"));
        }
        let prepay_id = package
            .strip_prefix("prepay_id=")
            .filter(|id| !id.is_empty())
            .ok_or_else(|| Refusal::invocation("调用支付JSAPI缺少参数: package"))?;
        Ok(Self {
            time_stamp,
            nonce_str,
            fourth: package,
            prepay_id,
            signature: member("paySign")?,
        })
    }

    fn message(&self, appid: &Appid) -> String {
        format!("{appid}\n{}\n{}\n{}\n", self.time_stamp, self.nonce_str, self.fourth)
    }
}

/// A text member, or the framework's own complaint about its type.
fn text<'a>(params: &'a Map<String, Value>, name: &str) -> Result<&'a str, Refusal> {
    let is = match params.get(name) {
        Some(Value::String(text)) if !text.is_empty() => return Ok(text),
        None | Some(Value::String(_)) => {
            return Err(Refusal::invocation(format!("调用支付JSAPI缺少参数: {name}")));
        }
        Some(Value::Null) => "Null",
        Some(Value::Bool(_)) => "Boolean",
        Some(Value::Number(_)) => "Number",
        Some(Value::Array(_)) => "Array",
        Some(Value::Object(_)) => "Object",
    };
    Err(Refusal::invocation(format!(
        "parameter error: parameter.{name} should be String instead of {is};"
    )))
}

/// What a front end hears.
#[derive(Clone, Copy)]
struct FrontEnd {
    kind: Option<InvokeKind>,
}

impl FrontEnd {
    const fn ok(self) -> &'static str {
        match self.kind {
            None | Some(InvokeKind::MiniProgram) => "requestPayment:ok",
            Some(InvokeKind::Jsapi) => "get_brand_wcpay_request:ok",
            Some(InvokeKind::App) => "0",
        }
    }

    const fn cancel(self) -> &'static str {
        match self.kind {
            None | Some(InvokeKind::MiniProgram) => "requestPayment:fail cancel",
            Some(InvokeKind::Jsapi) => "get_brand_wcpay_request:cancel",
            Some(InvokeKind::App) => "-2",
        }
    }
}

fn unknown_user() -> Refusal {
    Refusal::new(RefusalCode::NotFound, "没有这个用户")
}

fn pin_locked() -> Refusal {
    Refusal {
        remaining: Some(0),
        ..Refusal::new(RefusalCode::PinLocked, "支付密码错误次数过多，账户已被锁定，请3小时后再试")
    }
}
