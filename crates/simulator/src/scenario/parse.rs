//! Text to steps, with the exact place of whatever is wrong.
//!
//! A line is a verb, its operands, and options as `name=value`; a value with a blank stands in
//! double quotes. `#` begins a comment. There is nothing else: no nesting, no variables, no
//! conditions, so that a story reads from top to bottom.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use suanpan_wechat::{Fen, Timestamp, id::Mchid};

use super::step::{DEFAULT_PAYER, DEFAULT_WITHIN, Expectation, KINDS, Name, NewOrder, Step};
use crate::world::{Fault, TradeType};

/// More than anybody tells.
const LINE_LIMIT: usize = 10_000;

/// Ten years in one step; more is a typing error.
const DURATION_LIMIT: i64 = 10 * 366 * 24 * 3600;

/// What a line may begin with.
const VERBS: &str = "reset, pause, resume, advance, until, fault, calm, nasty, order, await, pay, \
                     close, refund, expect";

/// What is wrong with a story, and where. Lines and columns begin at 1; columns are characters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct ScenarioError {
    /// Which line.
    pub line: usize,
    /// Where in it.
    pub column: usize,
    /// What, and what was expected.
    pub message: String,
}

/// A step and the line it stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Beginning at 1.
    pub number: usize,
    /// What happens.
    pub step: Step,
}

pub(super) fn parse(text: &str) -> Result<Vec<Line>, ScenarioError> {
    let mut lines = Vec::new();
    for (at, text) in text.lines().enumerate() {
        let number = at + 1;
        let wrong = |(column, message)| ScenarioError { line: number, column, message };
        if number > LINE_LIMIT {
            return Err(wrong((1, format!("a story has at most {LINE_LIMIT} lines"))));
        }
        let words = words(text).map_err(wrong)?;
        if let Some((verb, rest)) = words.split_first() {
            let step = Reader::new(verb, rest).and_then(Reader::step).map_err(wrong)?;
            lines.push(Line { number, step });
        }
    }
    Ok(lines)
}

/// Where, and what.
type Wrong = (usize, String);

/// A word and the column it begins at.
#[derive(Debug, Clone)]
struct Word {
    column: usize,
    text: String,
    /// Where `name=` ends, when the word is an option.
    option: Option<usize>,
}

fn words(line: &str) -> Result<Vec<Word>, Wrong> {
    let mut words = Vec::new();
    let mut rest = line.chars().enumerate().map(|(at, sign)| (at + 1, sign)).peekable();
    while let Some(&(column, sign)) = rest.peek() {
        if sign == '#' {
            break;
        }
        if sign.is_whitespace() {
            rest.next();
            continue;
        }
        let mut word = Word { column, text: String::new(), option: None };
        while let Some((at, sign)) = rest.next_if(|(_, sign)| !sign.is_whitespace()) {
            match sign {
                '"' => loop {
                    match rest.next() {
                        Some((_, '"')) => break,
                        Some((_, sign)) => word.text.push(sign),
                        None => return Err((at, "this quote has no end".to_owned())),
                    }
                },
                '=' if word.option.is_none() && !word.text.is_empty() => {
                    word.option = Some(word.text.len());
                    word.text.push('=');
                }
                sign => word.text.push(sign),
            }
        }
        words.push(word);
    }
    Ok(words)
}

/// The words of one line, taken one by one; whatever is left at the end is wrong.
struct Reader {
    verb: Word,
    operands: std::vec::IntoIter<Word>,
    options: BTreeMap<String, Word>,
}

impl Reader {
    fn new(verb: &Word, rest: &[Word]) -> Result<Self, Wrong> {
        let (mut operands, mut options) = (Vec::new(), BTreeMap::new());
        for word in rest {
            let Some(end) = word.option else {
                operands.push(word.clone());
                continue;
            };
            let (name, value) = (word.text[..end].to_owned(), word.text[end + 1..].to_owned());
            let column = word.column + name.chars().count() + 1;
            if options.insert(name.clone(), Word { column, text: value, option: None }).is_some() {
                return Err((word.column, format!("{name} is said twice")));
            }
        }
        Ok(Self { verb: verb.clone(), operands: operands.into_iter(), options })
    }

    fn step(mut self) -> Result<Step, Wrong> {
        let step = match self.verb.text.as_str() {
            "reset" => {
                let seed = self.option("seed", |text| text.parse().ok(), "a number")?;
                Step::Reset { seed, at: self.option("at", instant, INSTANT)? }
            }
            "pause" => Step::Pause,
            "resume" => Step::Resume,
            "advance" => {
                Step::Advance { seconds: self.operand(duration, "a duration as 90s or 2h30m")? }
            }
            "until" => Step::Until { instant: self.operand(instant, INSTANT)? },
            "fault" => self.fault()?,
            "calm" => Step::Calm,
            "nasty" => Step::Nasty,
            "order" => self.order()?,
            "await" => Step::Await {
                name: self.name()?,
                mchid: self.option("merchant", mchid, "an mchid")?,
                within: self.option("within", wait, "a duration as 90s")?.unwrap_or(DEFAULT_WITHIN),
            },
            "pay" => self.pay()?,
            "close" => Step::Close { name: self.name()? },
            "refund" => Step::Refund {
                name: self.name()?,
                amount: self.option("amount", yuan, "yuan with two decimals as 19.90")?,
            },
            "expect" => self.expectation()?,
            other => {
                let message = format!("{other} is none of {VERBS}");
                return Err((self.verb.column, message));
            }
        };
        if let Some(word) = self.operands.next() {
            return Err((word.column, format!("{} was not expected here", word.text)));
        }
        if let Some((name, word)) = self.options.pop_first() {
            let message = format!("{} has no option {name}", self.verb.text);
            return Err((word.column - name.chars().count() - 1, message));
        }
        Ok(step)
    }

    fn fault(&mut self) -> Result<Step, Wrong> {
        let name = self.operand(enumerated, "a fault; GET /api/faults/known lists them")?;
        let known = "a number from 0 to 1 with at most six decimals";
        let probability = |text: &str| serde_json::from_str(text).ok();
        let always = Fault::always(name);
        Ok(Step::Fault(Fault {
            count: self.option("count", |text| text.parse().ok(), "a number")?,
            probability: self
                .option("probability", probability, known)?
                .unwrap_or(always.probability),
            matching: self.option("match", |text| Some(text.to_owned()), "a text")?,
            ..always
        }))
    }

    fn order(&mut self) -> Result<Step, Wrong> {
        let kind = |text: &str| KINDS.iter().find(|(word, _)| *word == text).map(|(_, kind)| *kind);
        let text = |text: &str| Some(text.to_owned());
        Ok(Step::Order(NewOrder {
            name: self.name()?,
            amount: self.operand(yuan, "yuan with two decimals as 19.90")?,
            kind: self
                .option("kind", kind, "one of jsapi, app, h5, native")?
                .unwrap_or(TradeType::Jsapi),
            payer: self
                .option("payer", text, "a user")?
                .unwrap_or_else(|| DEFAULT_PAYER.to_owned()),
            mchid: self.option("merchant", mchid, "an mchid")?,
            notify: self.option("notify", text, "an address")?,
        }))
    }

    fn pay(&mut self) -> Result<Step, Wrong> {
        let text = |text: &str| Some(text.to_owned());
        let method = |text: &str| text.parse().ok();
        let refusal = |text: &str| enumerated(&text.to_ascii_uppercase());
        let outcomes = "success, cancel, insufficient_balance, wrong_pin, callback_says_cancel, \
                        callback_ok_but_unpaid or success_after_close";
        let refusals = "not_found, invocation_refused, wrong_pin, pin_locked, \
                        insufficient_balance, card_refused, card_limit or not_allowed";
        Ok(Step::Pay {
            name: self.name()?,
            by: self.option("by", text, "a user")?.unwrap_or_else(|| DEFAULT_PAYER.to_owned()),
            method: self
                .option("with", method, "balance, or a card as CMB_DEBIT-8821")?
                .unwrap_or_default(),
            outcome: self.option("outcome", enumerated, outcomes)?.unwrap_or_default(),
            pin: self.option("pin", text, "six digits")?,
            refused: self.option("refused", refusal, refusals)?,
        })
    }

    fn expectation(&mut self) -> Result<Step, Wrong> {
        let yes_or_no = |text: &str| match text {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        };
        let expected = Expectation {
            name: self.name()?,
            state: self.option("state", enumerated, "NOTPAY, SUCCESS, REFUND or CLOSED")?,
            notified: self.option("notified", |text| text.parse().ok(), "a number")?,
            acknowledged: self.option("acknowledged", yes_or_no, "yes or no")?,
            refunded: self.option("refunded", yuan, "yuan with two decimals as 19.90")?,
        };
        let Expectation { state, notified, acknowledged, refunded, .. } = &expected;
        if state.is_none() && notified.is_none() && acknowledged.is_none() && refunded.is_none() {
            let message = "expect at least one of state, notified, acknowledged, refunded";
            return Err((self.verb.column, message.to_owned()));
        }
        Ok(Step::Expect(expected))
    }

    fn name(&mut self) -> Result<Name, Wrong> {
        self.operand(
            Name::new,
            "a name for the order: lower-case letters, digits, hyphens, at most 16",
        )
    }

    fn operand<T>(&mut self, read: impl Fn(&str) -> Option<T>, expected: &str) -> Result<T, Wrong> {
        let Some(word) = self.operands.next() else {
            let column = self.verb.column + self.verb.text.chars().count();
            return Err((column, format!("{} needs {expected}", self.verb.text)));
        };
        read(&word.text).ok_or_else(|| (word.column, format!("{} is not {expected}", word.text)))
    }

    fn option<T>(
        &mut self,
        name: &str,
        read: impl Fn(&str) -> Option<T>,
        expected: &str,
    ) -> Result<Option<T>, Wrong> {
        let Some(word) = self.options.remove(name) else { return Ok(None) };
        let value = read(&word.text);
        let wrong = || (word.column, format!("{name} is {expected}, not {}", word.text));
        value.map(Some).ok_or_else(wrong)
    }
}

const INSTANT: &str = "an instant as 2026-03-02T10:00:00+08:00";

fn instant(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

/// A word that is the name of a value on the wire.
fn enumerated<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::from(text)).ok()
}

fn mchid(text: &str) -> Option<Mchid> {
    Mchid::new(text).ok()
}

/// Exactly two decimals, so that nobody takes fen for yuan.
fn yuan(text: &str) -> Option<Fen> {
    let (whole, decimals) = text.split_once('.')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(decimals) || decimals.len() != 2 {
        return None;
    }
    format!("{whole}{decimals}").parse().ok().and_then(|fen| Fen::new(fen).ok())
}

/// `90s`, `2h30m`, `1d`: numbers with units, the sum of them.
fn duration(text: &str) -> Option<i64> {
    let (mut total, mut number) = (0_i64, String::new());
    for sign in text.chars() {
        let unit = match sign {
            '0'..='9' => {
                number.push(sign);
                continue;
            }
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            _ => return None,
        };
        let count: i64 = std::mem::take(&mut number).parse().ok()?;
        total = total.checked_add(count.checked_mul(unit)?)?;
    }
    (number.is_empty() && !text.is_empty() && total <= DURATION_LIMIT).then_some(total)
}

/// Real seconds, at most ten minutes: somebody is waiting.
fn wait(text: &str) -> Option<u64> {
    duration(text).filter(|seconds| *seconds <= 600).and_then(|seconds| u64::try_from(seconds).ok())
}
