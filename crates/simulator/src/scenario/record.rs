//! Writes down what people do, as a story that can be played again.
//!
//! Orders are the merchant's own; the story waits for them (`await`) in the order in which they
//! were placed. Time that really passes is not written down, jumps of the clock are.

use std::collections::BTreeMap;

use super::step::{DEFAULT_WITHIN, Name, OrderKey, Step};
use crate::world::World;

/// What has been written down so far.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    steps: Vec<Step>,
    names: BTreeMap<OrderKey, Name>,
    /// How many orders of the log have been waited for, or were there before.
    heard: usize,
}

impl Recorder {
    pub(crate) fn start(world: &World) -> Self {
        Self { heard: world.order_log().len(), ..Self::default() }
    }

    pub(crate) fn note(&mut self, step: Step) {
        if let Step::Reset { .. } = step {
            *self = Self::default();
        }
        self.steps.push(step);
    }

    /// What the story calls an order; `None` for one that was there before it began.
    pub(crate) fn name(&mut self, order: &OrderKey, world: &World) -> Option<Name> {
        while !self.names.contains_key(order) {
            let next = world.order_log().get(self.heard)?;
            self.heard += 1;
            let name = Name::new(&format!("order-{}", self.names.len() + 1))?;
            self.names.insert(next.clone(), name.clone());
            self.steps.push(Step::Await { name, mchid: None, within: DEFAULT_WITHIN });
        }
        self.names.get(order).cloned()
    }

    /// The story as a file.
    pub(crate) fn text(&self) -> String {
        self.steps.iter().map(|step| format!("{step}\n")).collect()
    }
}
