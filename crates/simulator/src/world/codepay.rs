//! Payment codes: what a person's phone shows and a shop's scanner reads (v3 §5.2, v2 §13).
//!
//! ```text
//!  phone ── payment_code() ─► 18 digits ─► shop ── scan() ─► Success            small amounts
//!                                                        └─► UserPaying ─► the person types the
//!                                                            password in the cashier, or does not
//!  shop ── reverse() ─► Revoked; what was paid goes back
//! ```
//!
//! Both protocols end here: the functions take plain values and know no wire.

use std::collections::BTreeMap;

use suanpan_wechat::{
    Fen, Timestamp,
    id::{Mchid, OutRefundNo, OutTradeNo},
};

use super::{
    cashier::{Refusal, RefusalCode},
    exchange::Times,
    fault::{FaultName, Subject},
    method::Payer,
    order::{Api, Order, OrderKey, TradeState, TradeType},
    settle::{ORDER_EXISTS, RefundOrder, RefundRefusal},
    state::{Change, State, Work, World},
};

/// A code is shown for a minute; the phone then shows another.
const CODE_SECONDS: i64 = 60;

/// For so long an old code is known as one that was; later it was never there.
const REMEMBERED_SECONDS: i64 = 24 * 3600;

/// For so long a person may think about the password. Unconfirmed.
pub(crate) const PASSWORD_SECONDS: i64 = 60;

/// Later a payment can only be refunded.
const REVERSE_SECONDS: i64 = 7 * 24 * 3600;

/// Every code there is.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct PaymentCodes {
    codes: BTreeMap<String, Code>,
    /// Each person's latest payment without a password: its day, and how many there were that day.
    free: BTreeMap<String, (i64, u32)>,
}

#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
struct Code {
    user: String,
    made_at: Timestamp,
    /// What it was scanned for; a code is good once.
    spent_on: Option<OrderKey>,
}

impl PaymentCodes {
    /// Whether everything a stored world says about codes is there.
    pub(crate) fn stands(&self, state: &State) -> bool {
        self.codes.values().all(|code| {
            state.users.contains_key(&code.user)
                && code.spent_on.iter().all(|key| state.order_of(key).is_some())
        })
    }
}

/// A code on a phone's screen.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct PaymentCode {
    /// Eighteen digits.
    pub auth_code: String,
    /// When the phone shows another.
    pub expires_at: Timestamp,
}

/// A person is asked for the password.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct PasswordAsked {
    /// The code that was scanned: the way into the cashier.
    pub auth_code: String,
    /// Who is paid.
    pub merchant_name: String,
    /// How much.
    pub amount_fen: Fen,
    /// The merchant's number.
    pub out_trade_no: OutTradeNo,
}

/// Why a code is good for nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CodeRefusal {
    /// Nobody was ever shown it.
    Unknown,
    /// A minute has passed.
    Expired,
    /// Scanned already.
    Spent,
}

/// Why scanning a code did not pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScanRefusal {
    /// No order came of it.
    Code(CodeRefusal),
    /// The order is there and has failed: neither the wallet nor a card covers it.
    NotEnough,
    /// The order is there and has failed: this person may not pay at all.
    PayerBlocked,
}

/// Why an order is not undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReverseRefusal {
    /// No such order.
    Unknown,
    /// It was not paid by code.
    OtherTradeType,
    /// Refunds were made already.
    Refunded,
    /// More than seven days old.
    TooOld,
    /// What was paid cannot go back.
    Refund(RefundRefusal),
}

impl World {
    /// The code on a person's phone: the one it shows already, or a fresh one.
    ///
    /// # Errors
    /// When there is no such person.
    pub fn payment_code(&mut self, user: &str, now: Times) -> Result<PaymentCode, Refusal> {
        if !self.state.users.contains_key(user) {
            return Err(Refusal::new(RefusalCode::NotFound, "没有这个用户 There is no such user"));
        }
        let codes = &mut self.state.payment_codes.codes;
        codes.retain(|_, code| now.business.since(code.made_at) < REMEMBERED_SECONDS);
        let shown = codes.iter().find(|(_, code)| code.user == user && code.is_good(now));
        if let Some((auth_code, code)) = shown {
            let expires_at = code.made_at.plus(CODE_SECONDS);
            return Ok(PaymentCode { auth_code: auth_code.clone(), expires_at });
        }
        let chance = &mut self.state.chance;
        let auth_code = loop {
            let auth_code = format!("1{}{}", chance.below(6), chance.digits(16));
            if !codes.contains_key(&auth_code) {
                break auth_code;
            }
        };
        let code = Code { user: user.to_owned(), made_at: now.business, spent_on: None };
        codes.insert(auth_code.clone(), code);
        self.changes.insert(Change::Wallet);
        Ok(PaymentCode { auth_code, expires_at: now.business.plus(CODE_SECONDS) })
    }

    /// Whose code this is, while it may be scanned.
    pub(crate) fn code_user(&self, auth_code: &str, now: Times) -> Result<&str, CodeRefusal> {
        let code = self.state.payment_codes.codes.get(auth_code).ok_or(CodeRefusal::Unknown)?;
        if code.spent_on.is_some() {
            return Err(CodeRefusal::Spent);
        }
        if code.is_good(now) { Ok(&code.user) } else { Err(CodeRefusal::Expired) }
    }

    /// The merchant scans a code for a new order; the caller has seen that its number is free.
    pub(crate) fn scan(
        &mut self,
        order: Order,
        auth_code: &str,
        now: Times,
    ) -> Result<TradeState, ScanRefusal> {
        let user = self.code_user(auth_code, now).map_err(ScanRefusal::Code)?;
        let user = user.to_owned();
        let total = self.payable(&[&order], &user);
        let (key, method) = (order.key(), self.unasked_method(&user, &order));
        self.enter_order(&Order { opened_by: Some(user.clone()), ..order }, now);
        if let Some(code) = self.state.payment_codes.codes.get_mut(auth_code) {
            code.spent_on = Some(key.clone());
        }
        let blocked = self.state.users.get(&user).is_some_and(|person| person.blocked);
        let method = match method {
            _ if blocked => Err(ScanRefusal::PayerBlocked),
            None => Err(ScanRefusal::NotEnough),
            Some(method) => Ok(method),
        };
        let method = method.inspect_err(|_| self.end_unpaid(&key, TradeState::PayError))?;
        if self.asks_password(&key, total, &user, now) {
            let order = self.state.order_mut(&key.mchid, &key.out_trade_no).expect(ORDER_EXISTS);
            order.trade_state = TradeState::UserPaying;
            let OrderKey { mchid, out_trade_no } = key;
            let work = Work::LapsePassword { mchid, out_trade_no };
            self.state.schedule(now.business.plus(PASSWORD_SECONDS), work);
            return Ok(TradeState::UserPaying);
        }
        self.complete_payment(&key.mchid, &key.out_trade_no, &Payer { user, method }, now);
        Ok(TradeState::Success)
    }

    /// Large amounts, many payments on one day, and whatever looks risky (v2 §13.1).
    fn asks_password(&mut self, key: &OrderKey, total: Fen, user: &str, now: Times) -> bool {
        let subject = Subject {
            path: "/cashier",
            mchid: Some(key.mchid.as_str()),
            out_trade_no: Some(key.out_trade_no.as_str()),
            ..Subject::default()
        };
        if self.strikes(FaultName::UserPaying, &subject) {
            return true;
        }
        let settings = &self.state.settings;
        let today = beijing_day(now.business);
        let (day, count) =
            self.state.payment_codes.free.entry(user.to_owned()).or_insert((today, 0));
        if *day != today {
            (*day, *count) = (today, 0);
        }
        if total > settings.password_free_fen || *count >= settings.password_free_per_day {
            return true;
        }
        *count += 1;
        false
    }

    /// The order that waits for the password of whoever showed this code.
    pub(crate) fn scanned_order(&self, auth_code: &str) -> Option<&OrderKey> {
        self.state.payment_codes.codes.get(auth_code)?.spent_on.as_ref()
    }

    /// What a person is asked for.
    pub(crate) fn passwords_asked(&self, user: &str) -> Vec<PasswordAsked> {
        let codes = self.state.payment_codes.codes.iter();
        let spent = codes.filter(|(_, code)| code.user == user).filter_map(|(auth_code, code)| {
            Some((auth_code, self.state.order_of(code.spent_on.as_ref()?)?))
        });
        spent
            .filter(|(_, order)| order.trade_state == TradeState::UserPaying)
            .map(|(auth_code, order)| PasswordAsked {
                auth_code: auth_code.clone(),
                merchant_name: self.payee_name(order).to_owned(),
                amount_fen: self.payable(&[order], user),
                out_trade_no: order.out_trade_no.clone(),
            })
            .collect()
    }

    /// The person was asked and turned away.
    pub(crate) fn fail_password(&mut self, key: &OrderKey) {
        let waits = self.state.order_of(key);
        if waits.is_some_and(|order| order.trade_state == TradeState::UserPaying) {
            self.end_unpaid(key, TradeState::PayError);
        }
    }

    /// Nobody answered. The order is as good as new, but its code is spent.
    pub(crate) fn lapse_password(&mut self, mchid: &Mchid, out_trade_no: &OutTradeNo) {
        let Some(order) = self.state.order_mut(mchid, out_trade_no) else { return };
        if order.trade_state == TradeState::UserPaying && order.under_way.is_none() {
            order.trade_state = TradeState::NotPay;
            self.changes.insert(Change::Order);
        }
    }

    /// Undoes a payment by code, whatever became of it. Repeating changes nothing.
    pub(crate) fn reverse(
        &mut self,
        mchid: &Mchid,
        out_trade_no: &OutTradeNo,
        now: Times,
    ) -> Result<(), ReverseRefusal> {
        let order = self.state.order(mchid, out_trade_no).ok_or(ReverseRefusal::Unknown)?;
        if order.trade_type != TradeType::Micropay {
            return Err(ReverseRefusal::OtherTradeType);
        }
        if order.trade_state == TradeState::Revoked {
            return Ok(());
        }
        if now.business.since(order.created_at) > REVERSE_SECONDS {
            return Err(ReverseRefusal::TooOld);
        }
        let (key, refund) = (order.key(), order.total);
        let api = if order.v2.is_some() { Api::V2 } else { Api::V3 };
        if !order.is_paid() {
            self.end_unpaid(&key, TradeState::Revoked);
            return Ok(());
        }
        if !order.refunds.is_empty() {
            return Err(ReverseRefusal::Refunded);
        }
        let number =
            format!("reverse{}{}", self.state.next_sequence(), self.state.chance.digits(10));
        let wanted = RefundOrder {
            mchid: key.mchid.clone(),
            out_trade_no: key.out_trade_no.clone(),
            out_refund_no: OutRefundNo::new(number).expect("letters and digits, well below 64"),
            refund,
            reason: None,
            notify_url: None,
            request: None,
            api,
        };
        self.accept_refund(wanted, now).map_err(ReverseRefusal::Refund)?;
        let order = self.state.order_mut(mchid, out_trade_no).expect(ORDER_EXISTS);
        order.trade_state = TradeState::Revoked;
        Ok(())
    }

    /// An order nobody will pay any more. What was under way never lands.
    fn end_unpaid(&mut self, key: &OrderKey, trade_state: TradeState) {
        let order = self.state.order_mut(&key.mchid, &key.out_trade_no).expect(ORDER_EXISTS);
        order.trade_state = trade_state;
        order.under_way = None;
        let closes_by_age = order.closes_by_age.take();
        self.state.cancel(closes_by_age.as_ref());
        self.changes.insert(Change::Order);
    }
}

impl Code {
    fn is_good(&self, now: Times) -> bool {
        self.spent_on.is_none() && now.business.since(self.made_at) < CODE_SECONDS
    }
}

/// Days since 1970 in Beijing, eight hours ahead of the clock.
fn beijing_day(at: Timestamp) -> i64 {
    at.plus(8 * 3600).unix().div_euclid(24 * 3600)
}
