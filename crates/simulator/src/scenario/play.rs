//! Plays a story in a running simulator, step by step, until it ends or something is not as told.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
    time::Duration,
};

use suanpan_wechat::{Timestamp, id::Mchid};

use super::{
    Scenario,
    step::{Expectation, Name, OrderKey, Step, yuan},
    till,
};
use crate::{
    shell::{Feed, FeedKind, Jump, Shared, fresh_seed},
    world::{
        ManualRefund, MessageFilter, MessageKind, Paid, PayBy, PayCommand, Refusal, RefusalCode,
        Times, World,
    },
};

/// What became of a step.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Played {
    /// The line it stands on.
    pub line: usize,
    /// The step, in its plainest spelling.
    pub step: String,
    /// Business time when it was over.
    pub at: Timestamp,
    /// What happened, for people.
    pub said: String,
    /// Whether it went as told.
    pub as_told: bool,
}

impl fmt::Display for Played {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}: {}", self.line, self.step, self.said)
    }
}

/// What became of a story: every step until the first that did not go as told.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Report {
    /// Whether every step went as told.
    pub as_told: bool,
    /// In order.
    pub steps: Vec<Played>,
}

/// What a story has come to know.
struct Player<'a> {
    shared: &'a Shared,
    /// Where orders of the story are notified when they do not say.
    inbox: &'a str,
    names: BTreeMap<Name, OrderKey>,
    taken: BTreeSet<OrderKey>,
    /// Orders placed before this one in the log are not waited for.
    begin: usize,
}

/// Plays to the end or to the first step that does not go as told.
pub(crate) async fn play(
    shared: &Arc<Shared>,
    scenario: &Scenario,
    inbox: &str,
    mut see: impl FnMut(&Played),
) -> Report {
    let begin = shared.read(|world, _| world.order_log().len());
    let mut player =
        Player { shared, inbox, names: BTreeMap::new(), taken: BTreeSet::new(), begin };
    let mut report = Report { as_told: true, steps: Vec::new() };
    for line in &scenario.lines {
        let outcome = player.step(&line.step).await;
        // What the step made due leaves before the next one, so that both draw their chance in the
        // same order whenever the story is told.
        shared.run_due().await;
        let played = Played {
            line: line.number,
            step: line.step.to_string(),
            at: shared.read(|_, times| times.business),
            as_told: outcome.is_ok(),
            said: outcome.unwrap_or_else(|complaint| complaint),
        };
        see(&played);
        report.as_told = played.as_told;
        report.steps.push(played);
        if !report.as_told {
            break;
        }
    }
    report
}

impl Player<'_> {
    async fn step(&mut self, step: &Step) -> Result<String, String> {
        match step {
            Step::Reset { seed, at } => {
                let seed = seed.unwrap_or_else(fresh_seed);
                self.shared.reset(seed, *at).await;
                self.begin = 0;
                Ok(format!("a fresh world with seed {seed}"))
            }
            Step::Pause => {
                self.shared.change_clock(|clock, wall| clock.pause(wall));
                Ok("time stands still".to_owned())
            }
            Step::Resume => {
                self.shared.change_clock(|clock, wall| clock.resume(wall));
                Ok("time runs".to_owned())
            }
            Step::Advance { seconds } => Ok(self.jump(Jump::By { seconds: *seconds }).await),
            Step::Until { instant } => {
                let now = self.shared.read(|_, times| times.business);
                if *instant < now {
                    return Err(format!("it is {now} already, and time never goes back"));
                }
                Ok(self.jump(Jump::To(*instant)).await)
            }
            Step::Fault(fault) => {
                self.shared.change(|world, _| {
                    let mut faults = world.faults().to_vec();
                    faults.push(fault.clone());
                    world.set_faults(faults);
                });
                Ok("from now on".to_owned())
            }
            Step::Calm => {
                self.shared.change(|world, _| world.set_faults(Vec::new()));
                Ok("no fault is on".to_owned())
            }
            Step::Nasty => {
                self.shared.change(|world, _| world.be_nasty());
                Ok("a bad day begins".to_owned())
            }
            Step::Order(order) => {
                let inbox = self.inbox;
                let placed = self.shared.change(|world, now| till::place(world, order, inbox, now));
                self.call(&order.name, placed?)
            }
            Step::Await { name, mchid, within } => {
                let found = self.next_order(mchid.as_ref(), *within).await?;
                self.call(name, found)
            }
            Step::Pay { name, by, method, outcome, pin, refused } => {
                let (user, method, outcome, pin) = (by.clone(), *method, *outcome, pin.clone());
                self.pay(name, *refused, |by| PayCommand { by, user, method, outcome, pin })
            }
            Step::Close { name } => {
                let order = self.order(name)?;
                self.shared.change(|world, now| till::close(world, &order, now))?;
                Ok("closed".to_owned())
            }
            Step::Refund { name, amount } => {
                let (mchid, out_trade_no) = self.order(name)?;
                let wanted =
                    ManualRefund { mchid, out_trade_no, amount_fen: *amount, reason: None };
                let refund = self.shared.change(|world, now| world.refund_by_hand(wanted, now));
                let refund = refund.map_err(|refusal| refusal.text)?;
                Ok(format!("{} go back as {}", yuan(refund.refund), refund.out_refund_no))
            }
            Step::Expect(expected) => self.expect(expected),
        }
    }

    async fn jump(&self, jump: Jump) -> String {
        let (now, _) = self.shared.advance(jump).await;
        format!("it is {now}")
    }

    /// From here on the story calls this order so.
    fn call(&mut self, name: &Name, order: OrderKey) -> Result<String, String> {
        let said = format!("{} of {}", order.1, order.0);
        self.taken.insert(order.clone());
        match self.names.insert(name.clone(), order) {
            None => Ok(said),
            Some(_) => Err(format!("there is an order {name} already")),
        }
    }

    fn order(&self, name: &Name) -> Result<OrderKey, String> {
        let known = self.names.get(name).cloned();
        known.ok_or_else(|| format!("the story has not come to an order {name} yet"))
    }

    /// The oldest order since the story began that it does not know yet.
    async fn next_order(&self, mchid: Option<&Mchid>, within: u64) -> Result<OrderKey, String> {
        let mut feed = self.shared.feed();
        let find = |world: &World| {
            let since = world.order_log().iter().skip(self.begin);
            let mut since = since.filter(|order| !self.taken.contains(*order));
            since.find(|(owner, _)| mchid.is_none_or(|mchid| mchid == owner)).cloned()
        };
        let look = async {
            loop {
                if let Some(order) = self.shared.read(|world, _| find(world)) {
                    return order;
                }
                // Whoever lags behind looks again, too.
                while let Ok(Feed { kind }) = feed.recv().await
                    && kind != FeedKind::Order
                {}
            }
        };
        tokio::time::timeout(Duration::from_secs(within), look)
            .await
            .map_err(|_| format!("nobody ordered within {within} s"))
    }

    fn pay(
        &self,
        name: &Name,
        expected: Option<RefusalCode>,
        command: impl FnOnce(PayBy) -> PayCommand,
    ) -> Result<String, String> {
        let order = self.order(name)?;
        let paid = self.shared.change(|world, now: Times| {
            let way = world.way_to_pay(&order.0, &order.1);
            Ok::<_, String>(world.pay(&command(way.ok_or("it has no way into the cashier")?), now))
        })?;
        as_expected(paid, expected)
    }

    fn expect(&self, expected: &Expectation) -> Result<String, String> {
        let order = self.order(&expected.name)?;
        let found = self.shared.read(|world, _| Found::of(world, &order));
        let mut wrong = Vec::new();
        if expected.state.is_some_and(|state| state.as_str() != found.state) {
            wrong.push(format!("it is {}", found.state));
        }
        if expected.notified.is_some_and(|count| count != found.notified) {
            wrong.push(format!("{} notifications have left", found.notified));
        }
        if expected.acknowledged.is_some_and(|yes| yes != found.acknowledged) {
            let not = if found.acknowledged { "" } else { "not " };
            wrong.push(format!("it is {not}acknowledged"));
        }
        if expected.refunded.is_some_and(|amount| yuan(amount) != found.refunded) {
            wrong.push(format!("{} are refunded", found.refunded));
        }
        if wrong.is_empty() { Ok("so it is".to_owned()) } else { Err(wrong.join(", ")) }
    }
}

/// What the cashier said, held against what the story wants.
fn as_expected(
    paid: Result<Paid, Refusal>,
    expected: Option<RefusalCode>,
) -> Result<String, String> {
    match (paid, expected) {
        (Ok(paid), None) => Ok(match paid.refused {
            Some(text) => format!("{}: {text}", paid.trade_state.as_str()),
            None => paid.trade_state.as_str().to_owned(),
        }),
        (Ok(paid), Some(_)) => Err(format!("it was not refused: {}", paid.trade_state.as_str())),
        (Err(refusal), Some(code)) if refusal.code == code => {
            Ok(format!("refused: {}", refusal.text))
        }
        (Err(refusal), _) => Err(format!("refused: {}", refusal.text)),
    }
}

/// What the world says about an order.
struct Found {
    state: &'static str,
    notified: usize,
    acknowledged: bool,
    refunded: String,
}

impl Found {
    fn of(world: &World, (mchid, number): &OrderKey) -> Self {
        let about =
            MessageFilter { out_trade_no: Some(number.to_string()), ..MessageFilter::default() };
        let messages = |kind| {
            let of_merchant = move |message: &&crate::world::Message| {
                message.kind == kind && message.mchid.as_deref() == Some(mchid.as_str())
            };
            world.messages(&about).filter(of_merchant)
        };
        let acknowledged = messages(MessageKind::NotifyAnswer)
            .any(|answer| matches!(answer.status, Some(200 | 204)));
        let order = world.order(mchid, number);
        Self {
            state: order.map_or("nowhere", |order| order.trade_state.as_str()),
            notified: messages(MessageKind::Notify).count(),
            acknowledged,
            refunded: yuan(order.map_or(suanpan_wechat::Fen::ZERO, |order| world.refunded(order))),
        }
    }
}
