//! Scenarios: stories that a running simulator plays.
//!
//! A story says what people, WeChat and the clock do, one line after the other, and what must then
//! be true. Orders are the story's own (`order`) or those of a program under test (`await`).
//!
//! ```
//! use suanpan_simulator::Scenario;
//!
//! let story = Scenario::parse(
//!     "reset seed=7
//!      fault notify_lost count=2
//!      order tea 19.90
//!      pay tea by=amei
//!      advance 1m
//!      expect tea state=SUCCESS notified=3 acknowledged=yes",
//! )?;
//! assert_eq!(story.lines().len(), 6);
//!
//! let wrong = Scenario::parse("order tea 19.9").unwrap_err();
//! assert_eq!((wrong.line, wrong.column), (1, 11));
//! # Ok::<(), suanpan_simulator::ScenarioError>(())
//! ```
//!
//! [`Running::play`](crate::Running::play) plays one; so do `POST /api/scenarios/play` and
//! `suanpan simulate --scenario FILE`.

mod parse;
mod play;
mod record;
mod step;
#[cfg(test)]
mod tests;
mod till;

pub use parse::{Line, ScenarioError};
pub(crate) use play::play;
pub use play::{Played, Report};
pub(crate) use record::Recorder;
pub use step::{Expectation, Name, NewOrder, Step};

/// A story that can be played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scenario {
    lines: Vec<Line>,
}

impl Scenario {
    /// Reads a story.
    ///
    /// # Errors
    /// With the line and the column of the first thing that is wrong.
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        parse::parse(text).map(|lines| Self { lines })
    }

    /// Its steps.
    #[must_use]
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }
}
