//! The steps of a story, as data and as text.

use std::fmt;

use suanpan_wechat::{
    Fen, Timestamp,
    id::{Mchid, OutTradeNo},
};

use crate::world::{Fault, Method, Outcome, RefusalCode, TradeState, TradeType};

/// What the story calls an order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

impl Name {
    /// 1 to 16 lower-case letters, digits or hyphens, the first a letter.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let stands = (1..=16).contains(&text.len())
            && text.starts_with(|first: char| first.is_ascii_lowercase())
            && text.bytes().all(allowed);
        stands.then(|| Self(text.to_owned()))
    }

    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One thing somebody does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A fresh world.
    Reset {
        /// Its seed; absent: any.
        seed: Option<u64>,
        /// Where its business time stands still; absent: it runs with the real time.
        at: Option<Timestamp>,
    },
    /// Business time stands still.
    Pause,
    /// Business time runs on.
    Resume,
    /// Business time jumps.
    Advance {
        /// How far.
        seconds: i64,
    },
    /// Business time jumps to an instant.
    Until {
        /// Which.
        instant: Timestamp,
    },
    /// A fault is switched on beside those that are on.
    Fault(Fault),
    /// No fault is on any more.
    Calm,
    /// A bad day begins.
    Nasty,
    /// A merchant of the pool orders.
    Order(NewOrder),
    /// The merchant's own program is waited for, until it orders.
    Await {
        /// What the order is called from here on.
        name: Name,
        /// Only an order of this merchant.
        mchid: Option<Mchid>,
        /// Real seconds until the story fails.
        within: u64,
    },
    /// A person pays, or does not.
    Pay {
        /// Which order.
        name: Name,
        /// Who.
        by: String,
        /// With what.
        method: Method,
        /// How it goes.
        outcome: Outcome,
        /// The PIN as typed.
        pin: Option<String>,
        /// The cashier must refuse with this; absent: it must not refuse.
        refused: Option<RefusalCode>,
    },
    /// The merchant closes an order placed by the story.
    Close {
        /// Which.
        name: Name,
    },
    /// Somebody refunds in the merchant platform.
    Refund {
        /// Which order.
        name: Name,
        /// How much; absent: all that is left.
        amount: Option<Fen>,
    },
    /// Something must hold now.
    Expect(Expectation),
}

/// An order the story places itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOrder {
    /// What it is called from here on.
    pub name: Name,
    /// The amount.
    pub amount: Fen,
    /// How it will be paid.
    pub kind: TradeType,
    /// Who shall pay; only with `jsapi`, where it is demanded.
    pub payer: String,
    /// Whose order; absent: the first merchant that has its private key here.
    pub mchid: Option<Mchid>,
    /// Where it is notified; absent: an address of the simulator that acknowledges everything.
    pub notify: Option<String>,
}

/// What must hold for an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectation {
    /// Which order.
    pub name: Name,
    /// Where it stands.
    pub state: Option<TradeState>,
    /// How many notifications about it have left, repeats included.
    pub notified: Option<usize>,
    /// Whether the merchant has acknowledged one.
    pub acknowledged: Option<bool>,
    /// How much of it has been refunded, money under way included.
    pub refunded: Option<Fen>,
}

/// The front ends of `order kind=…`.
pub(super) const KINDS: [(&str, TradeType); 4] = [
    ("jsapi", TradeType::Jsapi),
    ("app", TradeType::App),
    ("h5", TradeType::Mweb),
    ("native", TradeType::Native),
];

/// The word of a value that serialises to one.
pub(super) fn word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        Ok(other) => other.to_string(),
        Err(_) => String::new(),
    }
}

/// Yuan with two decimals.
pub(super) fn yuan(amount: Fen) -> String {
    format!("{}.{:02}", amount.count() / 100, amount.count() % 100)
}

/// `90s`, `5m`, `2h`, `1d`: the largest unit without a rest.
fn duration(seconds: i64) -> String {
    let units = [(86_400, 'd'), (3600, 'h'), (60, 'm')];
    let fits = units.iter().find(|(unit, _)| seconds != 0 && seconds % unit == 0);
    fits.map_or_else(
        || format!("{seconds}s"),
        |(unit, letter)| format!("{}{letter}", seconds / unit),
    )
}

/// A value as it stands behind `=`.
fn quoted(text: &str) -> String {
    if text.contains([' ', '#']) { format!("\"{text}\"") } else { text.to_owned() }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reset { seed, at } => {
                f.write_str("reset")?;
                option(f, "seed", seed.map(|seed| seed.to_string()))?;
                option(f, "at", at.map(|at| at.to_string()))
            }
            Self::Pause => f.write_str("pause"),
            Self::Resume => f.write_str("resume"),
            Self::Advance { seconds } => write!(f, "advance {}", duration(*seconds)),
            Self::Until { instant } => write!(f, "until {instant}"),
            Self::Fault(fault) => write_fault(f, fault),
            Self::Calm => f.write_str("calm"),
            Self::Nasty => f.write_str("nasty"),
            Self::Order(order) => write_order(f, order),
            Self::Await { name, mchid, within } => {
                write!(f, "await {name}")?;
                option(f, "merchant", mchid.as_ref().map(Mchid::as_str))?;
                let seconds = i64::try_from(*within).unwrap_or(i64::MAX);
                option(f, "within", (*within != DEFAULT_WITHIN).then(|| duration(seconds)))
            }
            Self::Pay { name, by, method, outcome, pin, refused } => {
                write!(f, "pay {name} by={by}")?;
                option(f, "with", (*method != Method::Balance).then(|| method.to_string()))?;
                option(f, "outcome", (*outcome != Outcome::Success).then(|| word(outcome)))?;
                option(f, "pin", pin.as_deref())?;
                option(f, "refused", refused.map(|code| word(&code).to_ascii_lowercase()))
            }
            Self::Close { name } => write!(f, "close {name}"),
            Self::Refund { name, amount } => {
                write!(f, "refund {name}")?;
                option(f, "amount", amount.map(yuan))
            }
            Self::Expect(expected) => {
                write!(f, "expect {}", expected.name)?;
                option(f, "state", expected.state.map(|state| state.as_str()))?;
                option(f, "notified", expected.notified.map(|count| count.to_string()))?;
                let answer = expected.acknowledged.map(|yes| if yes { "yes" } else { "no" });
                option(f, "acknowledged", answer)?;
                option(f, "refunded", expected.refunded.map(yuan))
            }
        }
    }
}

/// Real seconds that `await` waits when nothing is said.
pub(super) const DEFAULT_WITHIN: u64 = 60;

fn option(f: &mut fmt::Formatter<'_>, name: &str, value: Option<impl AsRef<str>>) -> fmt::Result {
    value.map_or(Ok(()), |value| write!(f, " {name}={}", quoted(value.as_ref())))
}

fn write_fault(f: &mut fmt::Formatter<'_>, fault: &Fault) -> fmt::Result {
    write!(f, "fault {}", word(&fault.name))?;
    option(f, "count", fault.count.map(|count| count.to_string()))?;
    let always = Fault::always(fault.name).probability;
    let probability = (fault.probability != always).then(|| word(&fault.probability));
    option(f, "probability", probability)?;
    option(f, "match", fault.matching.as_deref())
}

fn write_order(f: &mut fmt::Formatter<'_>, order: &NewOrder) -> fmt::Result {
    write!(f, "order {} {}", order.name, yuan(order.amount))?;
    let kind = KINDS.iter().find(|(_, kind)| *kind == order.kind);
    let kind = kind.filter(|(_, kind)| *kind != TradeType::Jsapi);
    option(f, "kind", kind.map(|(word, _)| *word))?;
    option(f, "payer", (order.payer != DEFAULT_PAYER).then_some(order.payer.as_str()))?;
    option(f, "merchant", order.mchid.as_ref().map(Mchid::as_str))?;
    option(f, "notify", order.notify.as_deref())
}

/// Who pays when nothing is said: the pool's first person.
pub(super) const DEFAULT_PAYER: &str = "amei";

/// An order of the world.
pub(super) type OrderKey = (Mchid, OutTradeNo);
