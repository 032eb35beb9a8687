//! What people pay with: the balance of the wallet, or a bank card bound to it.
//!
//! What lies on a card is the bank's business. A card pays, or says why not, as whoever manages the
//! world has chosen; money it pays enters the world at that moment and leaves it again with a refund.
//! The audit holds both against the orders.

use std::{fmt, str::FromStr};

use suanpan_wechat::Fen;

use super::{
    cashier::{Refusal, RefusalCode},
    order::{Order, Receipt},
    register::{LARGEST_BALANCE, RegisterError},
    settle::USER_EXISTS,
    state::{Change, MONEY_FITS, World},
};

/// Cards in one wallet. WeChat's own limit is unconfirmed.
const CARDS: usize = 10;

/// A bank whose cards are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bank {
    code: &'static str,
    name: &'static str,
}

/// The banks of WeChat's page on abnormal refunds; more names are in use.
static BANKS: [Bank; 15] = {
    const fn bank(code: &'static str, name: &'static str) -> Bank {
        Bank { code, name }
    }
    [
        bank("ICBC", "工商银行"),
        bank("ABC", "农业银行"),
        bank("CCB", "建设银行"),
        bank("BOC", "中国银行"),
        bank("COMM", "交通银行"),
        bank("CMB", "招商银行"),
        bank("CITIC", "中信银行"),
        bank("CEB", "光大银行"),
        bank("CMBC", "民生银行"),
        bank("CIB", "兴业银行"),
        bank("GDB", "广发银行"),
        bank("PAB", "平安银行"),
        bank("SPDB", "浦发银行"),
        bank("PSBC", "邮储银行"),
        bank("NBCB", "宁波银行"),
    ]
};

impl Bank {
    /// The bank behind a `bank_type` without its kind: `CMB`.
    pub(crate) fn find(code: &str) -> Option<Self> {
        BANKS.iter().copied().find(|bank| bank.code == code)
    }

    /// For people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.name
    }
}

/// Whose money a card spends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CardKind {
    /// 储蓄卡.
    Debit,
    /// 信用卡.
    Credit,
}

/// A bank card, as wallets and books know it. Written as `CMB_DEBIT-8821`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Card {
    bank: Bank,
    kind: CardKind,
    /// Below ten thousand.
    last_four: u16,
}

impl Card {
    /// As the phone shows it: `招商银行储蓄卡(8821)`.
    #[must_use]
    pub fn label(self) -> String {
        let Self { bank, last_four, .. } = self;
        format!("{}{}({last_four:04})", bank.name, self.kind_name())
    }

    /// As refunds name it: `招商银行信用卡0403`.
    #[must_use]
    pub fn account_name(self) -> String {
        let Self { bank, last_four, .. } = self;
        format!("{}{}{last_four:04}", bank.name, self.kind_name())
    }

    /// Debit or credit.
    #[must_use]
    pub const fn kind(self) -> CardKind {
        self.kind
    }

    const fn kind_name(self) -> &'static str {
        match self.kind {
            CardKind::Debit => "储蓄卡",
            CardKind::Credit => "信用卡",
        }
    }

    fn bank_type(self) -> String {
        let kind = match self.kind {
            CardKind::Debit => "DEBIT",
            CardKind::Credit => "CREDIT",
        };
        format!("{}_{kind}", self.bank.code)
    }
}

/// With what somebody pays. Written as `balance` or as the card.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Method {
    /// 零钱.
    #[default]
    Balance,
    /// A bank card of theirs.
    Card(Card),
}

impl Method {
    /// The wire's word; whatever is no card is `OTHERS` (v3 §4.5).
    #[must_use]
    pub fn bank_type(self) -> String {
        match self {
            Self::Balance => "OTHERS".to_owned(),
            Self::Card(card) => card.bank_type(),
        }
    }

    /// As the phone shows it.
    #[must_use]
    pub fn label(self) -> String {
        match self {
            Self::Balance => "零钱".to_owned(),
            Self::Card(card) => card.label(),
        }
    }

    /// Where a refund arrives, as the wire says it (v3 §5.3, v2 §10).
    #[must_use]
    pub fn received_account(self) -> String {
        match self {
            Self::Balance => "支付用户零钱".to_owned(),
            Self::Card(card) => card.account_name(),
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Balance => f.write_str("balance"),
            Self::Card(card) => write!(f, "{}-{:04}", card.bank_type(), card.last_four),
        }
    }
}

impl From<Method> for String {
    fn from(method: Method) -> Self {
        method.to_string()
    }
}

/// A text that names no way to pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a way to pay is balance, or a card as CMB_DEBIT-8821 or ICBC_CREDIT-0403")]
pub struct UnknownMethod;

impl FromStr for Method {
    type Err = UnknownMethod;

    fn from_str(text: &str) -> Result<Self, UnknownMethod> {
        if text == "balance" {
            return Ok(Self::Balance);
        }
        let (bank_type, digits) = text.split_once('-').ok_or(UnknownMethod)?;
        let (code, kind) = bank_type.rsplit_once('_').ok_or(UnknownMethod)?;
        let kind = match kind {
            "DEBIT" => CardKind::Debit,
            "CREDIT" => CardKind::Credit,
            _ => return Err(UnknownMethod),
        };
        if digits.len() != 4 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(UnknownMethod);
        }
        let last_four = digits.parse().map_err(|_| UnknownMethod)?;
        Ok(Self::Card(Card { bank: Bank::find(code).ok_or(UnknownMethod)?, kind, last_four }))
    }
}

impl TryFrom<String> for Method {
    type Error = UnknownMethod;

    fn try_from(text: String) -> Result<Self, UnknownMethod> {
        text.parse()
    }
}

/// What a bank says to a payment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardOutcome {
    /// Yes.
    #[default]
    Pays,
    /// There is too little on it.
    Insufficient,
    /// The bank does not say why.
    Refused,
    /// More than the bank lets it pay.
    Limit,
}

impl CardOutcome {
    /// The cashier's words are unconfirmed.
    const fn refusal(self) -> Option<(RefusalCode, &'static str)> {
        match self {
            Self::Pays => None,
            Self::Insufficient => {
                Some((RefusalCode::InsufficientBalance, "银行卡可用余额不足，请更换付款方式"))
            }
            Self::Refused => Some((RefusalCode::CardRefused, "银行未通过该笔交易，请更换付款方式")),
            Self::Limit => {
                Some((RefusalCode::CardLimit, "该笔金额超出银行卡支付限额，请更换付款方式"))
            }
        }
    }
}

/// A card in a wallet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BankCard {
    /// Which; never the balance.
    pub id: Method,
    /// What the bank says when it is to pay.
    #[serde(default)]
    pub outcome: CardOutcome,
}

/// Somebody who pays, and with what.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Payer {
    pub(crate) user: String,
    #[serde(default)]
    pub(crate) method: Method,
}

/// Each card once, none of them the balance.
pub(crate) fn check_cards(cards: &[BankCard]) -> Result<(), RegisterError> {
    let twice = |at: usize, id: Method| cards[..at].iter().any(|other| other.id == id);
    let good = |(at, card): (usize, &BankCard)| card.id != Method::Balance && !twice(at, card.id);
    if cards.len() > CARDS || !cards.iter().enumerate().all(good) {
        return Err(RegisterError::Invalid(
            "a wallet has at most ten different cards, each as CMB_DEBIT-8821",
        ));
    }
    Ok(())
}

impl World {
    /// Puts these cards in the place of a person's own.
    ///
    /// # Errors
    /// When there is no such person, or a wallet cannot hold these.
    pub fn set_cards(&mut self, user: &str, cards: Vec<BankCard>) -> Result<(), RegisterError> {
        check_cards(&cards)?;
        let person = self.state.users.get_mut(user);
        person.ok_or_else(|| RegisterError::unknown("user", user))?.user.cards = cards;
        self.changes.insert(Change::Wallet);
        Ok(())
    }

    /// Whether this person can pay for these orders in this way, their coupons taken off.
    pub(crate) fn check_funds(&self, payer: &Payer, orders: &[&Order]) -> Result<(), Refusal> {
        let total = self.payable(orders, &payer.user);
        let user = &self.state.users.get(&payer.user).expect(USER_EXISTS).user;
        if orders.iter().any(|order| !order.takes(payer.method)) {
            return Err(Refusal::new(RefusalCode::NotAllowed, "商户不支持此付款方式，请更换"));
        }
        let Method::Card(_) = payer.method else {
            return if user.balance >= total {
                Ok(())
            } else {
                Err(Refusal::new(RefusalCode::InsufficientBalance, "零钱余额不足"))
            };
        };
        let card = user.cards.iter().find(|card| card.id == payer.method);
        let card = card.ok_or_else(|| Refusal::new(RefusalCode::NotFound, "没有这张银行卡"))?;
        // Wallets bound what moves in a world; banks must not move more.
        let too_much = total.count() > LARGEST_BALANCE;
        let outcome = if too_much { CardOutcome::Limit } else { card.outcome };
        match outcome.refusal() {
            None => Ok(()),
            Some((code, text)) => Err(Refusal::new(code, text)),
        }
    }

    /// With what a person pays who is not asked: the balance, or else their first card that works.
    pub(crate) fn unasked_method(&self, user: &str, order: &Order) -> Option<Method> {
        let cards = self.state.users.get(user)?.user.cards.iter().map(|card| card.id);
        [Method::Balance].into_iter().chain(cards).find(|method| {
            let payer = Payer { user: user.to_owned(), method: *method };
            self.check_funds(&payer, &[order]).is_ok()
        })
    }

    /// Takes money where it is; the caller has checked that it is there.
    pub(crate) fn take_from(&mut self, payer: &Payer, amount: Fen) {
        match payer.method {
            Method::Balance => {
                let person = self.state.users.get_mut(&payer.user).expect(USER_EXISTS);
                let left = person.user.balance.checked_sub(amount);
                person.user.balance = left.expect("the caller has checked the wallet");
            }
            Method::Card(_) => {
                self.state.drawn = self.state.drawn.checked_add(amount).expect(MONEY_FITS);
            }
        }
        self.changes.insert(Change::Wallet);
    }

    /// Gives what stands on the receipt back to where it came from.
    pub(crate) fn return_to(&mut self, user: &str, method: Method, receipt: Receipt) {
        let Method::Card(_) = method else { return self.pay_into_wallet(user, receipt) };
        let drawn = self.state.drawn.checked_sub(receipt.amount_fen);
        self.state.drawn = drawn.expect("no more goes back to a card than came from it");
        self.state.add_receipt(user, receipt);
        self.changes.insert(Change::Wallet);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_are_written_as_they_are_read() {
        for text in ["balance", "CMB_DEBIT-8821", "ICBC_CREDIT-0403"] {
            assert_eq!(text.parse::<Method>().unwrap().to_string(), text);
        }
        for text in ["", "cash", "CMB_DEBIT", "CMB-8821", "CMB_DEBIT-88211", "CMB_DEBIT-+882"] {
            assert_eq!(text.parse::<Method>(), Err(UnknownMethod), "{text}");
        }
        assert_eq!("XYZ_DEBIT-8821".parse::<Method>(), Err(UnknownMethod), "no such bank");
    }

    #[test]
    fn a_card_has_the_names_of_the_documents() {
        let card: Method = "CMB_CREDIT-0403".parse().unwrap();
        assert_eq!(card.bank_type(), "CMB_CREDIT");
        assert_eq!(card.received_account(), "招商银行信用卡0403");
        assert_eq!(card.label(), "招商银行信用卡(0403)");
    }
}
