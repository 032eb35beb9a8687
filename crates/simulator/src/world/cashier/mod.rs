//! The cashier: what a person sees and does (v3 §3).
//!
//! ```text
//! invocation · code · auth_code · h5 · prepay_id ─► which order ─► may this person pay it? ─► pin ─► money moves
//! ```

mod code;
mod h5;
mod invocation;
pub(crate) mod jump_page;
mod pin;

use suanpan_wechat::{
    Fen, Timestamp,
    id::{Mchid, OutTradeNo, PrepayId, TransactionId},
};

pub use invocation::{Invoke, InvokeKind};

use self::invocation::FrontEnd;
use super::{
    deferred::Deferred,
    exchange::Times,
    explain::Explanation,
    fault::{FaultName, Subject},
    identity::User,
    method::{Method, Payer},
    order::{Order, OrderKey, PREPAY_ID_SECONDS, Prepay, TradeState, TradeType},
    settle::ORDER_EXISTS,
    state::{MONEY_FITS, World},
};

/// How the cashier is reached.
#[derive(Debug, Clone)]
pub enum PayBy {
    /// As a real front end does it: everything is checked.
    Invoke(Invoke),
    /// A short cut for tests of servers; the second signature is not looked at.
    PrepayId(PrepayId),
    /// Scans a QR code.
    CodeUrl(String),
    /// The person's own payment code was scanned, and the password is asked for.
    AuthCode(String),
    /// Opens an `h5_url` in a browser outside WeChat.
    H5Url {
        /// With `redirect_url` or without.
        url: String,
        /// The address of the page it was opened from; `None` skips the rules about pages.
        page: Option<String>,
        /// What the browser calls itself; `None` skips the rule about WeChat's own.
        user_agent: Option<String>,
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
    /// With what.
    pub method: Method,
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
    /// How much leaves the wallet.
    pub amount_fen: Fen,
    /// What coupons take off the order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discount: Option<CashierDiscount>,
    /// The merchant's number.
    pub out_trade_no: OutTradeNo,
    /// With what.
    pub methods: Vec<CashierMethod>,
    /// When this sheet stops working.
    pub expires_at: Timestamp,
}

/// What coupons take off.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct CashierDiscount {
    /// The coupons' names.
    pub names: Vec<String>,
    /// All of them together.
    pub amount_fen: Fen,
}

/// A way to pay.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct CashierMethod {
    /// `balance` or a card.
    pub id: Method,
    /// For people.
    pub name: String,
    /// What is there; a bank does not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub balance_fen: Option<Fen>,
    /// Whether it can be chosen at all. What a bank will say is seen only on paying.
    pub usable: bool,
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
    /// Why a second signature was not taken.
    pub explanation: Option<Deferred<Explanation>>,
}

/// The kinds of refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
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
    /// The wallet or the card does not cover it.
    InsufficientBalance,
    /// The bank said no.
    CardRefused,
    /// More than the bank lets the card pay.
    CardLimit,
    /// Against WeChat's rules.
    NotAllowed,
}

impl Refusal {
    pub(crate) fn new(code: RefusalCode, text: impl Into<String>) -> Self {
        Self { code, text: text.into(), remaining: None, explanation: None }
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
        let entrance = self.find_entrance(by, now)?;
        let orders = self.check_orders(&entrance, user, now)?;
        let order = orders[0];
        let person = self.state.users.get(user).ok_or_else(unknown_user)?;
        Ok(CashierView {
            merchant_name: self.payee_name(order).to_owned(),
            description: order.description.clone(),
            amount_fen: self.payable(&orders, user),
            discount: self.discount(&orders, user),
            out_trade_no: order.out_trade_no.clone(),
            methods: methods(&person.user, &orders, self.payable(&orders, user)),
            expires_at: order.expires_at().min(entrance.until),
        })
    }

    /// A person acts in the cashier.
    ///
    /// # Errors
    /// When the cashier does not open, the PIN is wrong, or wallet or card do not pay. An outcome that
    /// was asked for (`cancel`, `insufficient_balance`, …) is no error.
    pub fn pay(&mut self, command: &PayCommand, now: Times) -> Result<Paid, Refusal> {
        let user = command.user.as_str();
        let kind = match &command.by {
            PayBy::Invoke(invoke) => Some(invoke.kind),
            PayBy::PrepayId(_) | PayBy::CodeUrl(_) | PayBy::AuthCode(_) | PayBy::H5Url { .. } => {
                None
            }
        };
        let entrance = self.find_entrance(&command.by, now)?;
        self.check_orders(&entrance, user, now)?;
        self.check_lock(user, now)?;
        let OrderKey { mchid, out_trade_no } = entrance.order;
        self.opened(&mchid, &out_trade_no, user);
        let said = FrontEnd { kind };
        if let Some(refused) = self.gives_up(command.outcome, user, now) {
            let err_msg = if command.outcome == Outcome::CallbackOkButUnpaid {
                said.ok()
            } else {
                let key = OrderKey { mchid: mchid.clone(), out_trade_no: out_trade_no.clone() };
                self.fail_password(&key);
                said.cancel()
            };
            return Ok(self.paid(&mchid, &out_trade_no, kind, err_msg, refused));
        }
        if let Some(pin) = &command.pin {
            self.check_pin(user, pin, now)?;
        }
        let payer = Payer { user: command.user.clone(), method: command.method };
        let together = self.together(&mchid, &out_trade_no);
        let orders: Vec<_> = together.iter().filter_map(|key| self.state.order_of(key)).collect();
        self.check_funds(&payer, &orders)?;
        let subject = Subject {
            path: "/cashier",
            mchid: Some(mchid.as_str()),
            out_trade_no: Some(out_trade_no.as_str()),
            ..Subject::default()
        };
        let late = command.outcome == Outcome::SuccessAfterClose
            || self.strikes(FaultName::LatePayment, &subject);
        if late {
            self.start_payment(&mchid, &out_trade_no, &payer, now);
        } else {
            self.complete_payment(&mchid, &out_trade_no, &payer, now);
        }
        let err_msg =
            if command.outcome == Outcome::CallbackSaysCancel { said.cancel() } else { said.ok() };
        Ok(self.paid(&mchid, &out_trade_no, kind, err_msg, None))
    }

    fn discount(&self, orders: &[&Order], user: &str) -> Option<CashierDiscount> {
        let coupons = self.coupons_for(orders, user);
        let used: Vec<_> = coupons.into_iter().flatten().collect();
        let sum = Fen::checked_sum(used.iter().map(|coupon| coupon.amount)).expect(MONEY_FITS);
        let names = used.iter().map(|coupon| coupon.name.clone()).collect();
        (!used.is_empty()).then_some(CashierDiscount { names, amount_fen: sum })
    }

    /// The order somebody is about to pay, where the way leads to one.
    #[must_use]
    pub fn order_behind(&self, by: &PayBy, now: Times) -> Option<(Mchid, OutTradeNo)> {
        let entrance = self.find_entrance(by, now).ok()?;
        Some((entrance.order.mchid, entrance.order.out_trade_no))
    }

    fn find_entrance(&self, by: &PayBy, now: Times) -> Result<Entrance, Refusal> {
        let prepay = match by {
            PayBy::Invoke(invoke) => self.check_invocation(invoke, now),
            PayBy::PrepayId(prepay_id) => self.check_prepay_id(prepay_id, now),
            PayBy::CodeUrl(code_url) => self.check_code_url(code_url, now),
            PayBy::H5Url { url, page, user_agent } => {
                invocation::check_outside_wechat(user_agent.as_deref())
                    .and_then(|()| self.check_h5_url(url, page.as_deref(), now))
            }
            PayBy::AuthCode(auth_code) => return self.check_auth_code(auth_code),
        };
        prepay.map(|prepay| Entrance {
            order: OrderKey {
                mchid: prepay.mchid.clone(),
                out_trade_no: prepay.out_trade_no.clone(),
            },
            until: prepay.made_at.plus(PREPAY_ID_SECONDS),
        })
    }

    /// Codes and pages are for whoever comes first (v3 §3.4, §3.5).
    fn opened(&mut self, mchid: &Mchid, out_trade_no: &OutTradeNo, user: &str) {
        for key in self.together(mchid, out_trade_no) {
            let order = self.state.order_mut(&key.mchid, &key.out_trade_no).expect(ORDER_EXISTS);
            if matches!(order.trade_type, TradeType::Native | TradeType::Mweb) {
                order.opened_by.get_or_insert_with(|| user.to_owned());
            }
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

    fn check_prepay_id(&self, prepay_id: &PrepayId, now: Times) -> Result<&Prepay, Refusal> {
        self.state
            .prepays
            .get(prepay_id)
            .filter(|prepay| now.business.since(prepay.made_at) < PREPAY_ID_SECONDS)
            .ok_or_else(|| Refusal::invocation("JSAPI缺少参数total_fee"))
    }

    /// Everything that is paid by this way in, never empty: all of it may be paid by this person now.
    fn check_orders(
        &self,
        entrance: &Entrance,
        user: &str,
        now: Times,
    ) -> Result<Vec<&Order>, Refusal> {
        if self.state.users.get(user).ok_or_else(unknown_user)?.blocked {
            // The words of WeChat's client are unconfirmed.
            return Err(Refusal::invocation("你的账户支付功能已被限制"));
        }
        self.together(&entrance.order.mchid, &entrance.order.out_trade_no)
            .iter()
            .map(|key| self.check_order(key, user, now))
            .collect()
    }

    fn check_order(&self, key: &OrderKey, user: &str, now: Times) -> Result<&Order, Refusal> {
        let order = self.state.order_of(key).expect(ORDER_EXISTS);
        // The same person is welcome through another app (v3 §4.7).
        let somebody_else =
            |payer| self.state.openids.get(payer).is_none_or(|(_, known)| known != user);
        if order.payer.as_ref().is_some_and(somebody_else) {
            return Err(Refusal::invocation("下单账号与支付账号不一致，请核实后再支付"));
        }
        if order.opened_by.as_deref().is_some_and(|first| first != user) {
            return Err(Refusal::invocation(match order.trade_type {
                TradeType::Mweb => "签名验证失败",
                _ => "商家订单信息有误，请重新下单支付",
            }));
        }
        let by_code = order.trade_type == TradeType::Micropay;
        match order.trade_state {
            TradeState::Success | TradeState::Refund => Err(Refusal::invocation("该订单已支付")),
            TradeState::Closed | TradeState::Revoked | TradeState::PayError => {
                Err(Refusal::invocation("该订单已失效"))
            }
            TradeState::NotPay if by_code || now.business >= order.expires_at() => {
                Err(Refusal::invocation("该订单已失效"))
            }
            TradeState::NotPay | TradeState::UserPaying if order.under_way.is_some() => {
                Err(Refusal::invocation("订单正在支付中，请勿重复支付"))
            }
            TradeState::NotPay | TradeState::UserPaying => Ok(order),
        }
    }
}

/// Where a way in leads, and for how long.
pub(super) struct Entrance {
    order: OrderKey,
    until: Timestamp,
}

/// The balance first, then the cards; a part the merchant excludes, or an empty wallet, cannot be chosen.
fn methods(user: &User, orders: &[&Order], payable: Fen) -> Vec<CashierMethod> {
    let taken = |method| orders.iter().all(|order| order.takes(method));
    let balance = CashierMethod {
        id: Method::Balance,
        name: Method::Balance.label(),
        balance_fen: Some(user.balance),
        usable: taken(Method::Balance) && user.balance >= payable,
    };
    let cards = user.cards.iter().map(|card| CashierMethod {
        id: card.id,
        name: card.id.label(),
        balance_fen: None,
        usable: taken(card.id),
    });
    [balance].into_iter().chain(cards).collect()
}

fn unknown_user() -> Refusal {
    Refusal::new(RefusalCode::NotFound, "没有这个用户 There is no such user")
}
