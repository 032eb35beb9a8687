//! What a world does where WeChat leaves a choice, or where a test wants another.

use suanpan_wechat::Fen;

use super::{
    register::RegisterError,
    state::{State, World},
};

/// Settings of a world that are no fault.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// From acceptance of a refund to the money in the wallet, in business seconds.
    pub refund_settle_seconds: i64,
    /// The same to a bank card, which takes one to three working days.
    pub card_refund_settle_seconds: i64,
    /// How many messages are kept; the oldest go first.
    pub journal_limit: usize,
    /// A scanned payment code asks for the password above this amount (v2 §13.1) …
    pub password_free_fen: Fen,
    /// … and after so many payments without one on the same day.
    pub password_free_per_day: u32,
    /// Between two partial refunds of one order that a merchant asks for: WeChat wants a minute.
    /// Which error it insists with is unconfirmed.
    pub refund_spacing_seconds: i64,
    /// Between ordering and closing an order by v2. WeChat's page asks for five minutes; how it
    /// insists is unconfirmed, so nothing is refused unless this is set.
    pub close_wait_seconds: i64,
    /// Whether calls are rationed as WeChat documents it. Off, because a simulator should never be
    /// what slows a test suite down.
    pub frequency_limits: bool,
    /// Whether answers about a paid combined order tell WeChat's number of the whole, by which it can
    /// then be queried. Unconfirmed at WeChat.
    pub combine_transaction_id: bool,
    /// Whether a refused signature is looked into. Searching takes computing, bounded per call.
    pub explain_refusals: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            refund_settle_seconds: 10,
            card_refund_settle_seconds: 24 * 3600,
            journal_limit: 10_000,
            password_free_fen: Fen::new(100_000).expect("an amount is not negative"),
            password_free_per_day: 10,
            refund_spacing_seconds: 60,
            close_wait_seconds: 0,
            frequency_limits: false,
            combine_transaction_id: false,
            explain_refusals: true,
        }
    }
}

impl State {
    /// The settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }
}

impl World {
    /// Replaces the settings.
    ///
    /// # Errors
    /// When a value is outside its bounds.
    pub fn set_settings(&mut self, settings: Settings) -> Result<(), RegisterError> {
        let month = 0..=31 * 24 * 3600;
        let waits = [
            settings.refund_settle_seconds,
            settings.card_refund_settle_seconds,
            settings.refund_spacing_seconds,
            settings.close_wait_seconds,
        ];
        if waits.iter().any(|seconds| !month.contains(seconds)) {
            return Err(RegisterError::Invalid("seconds are 0 to those of a month"));
        }
        if !(1..=1_000_000).contains(&settings.journal_limit) {
            return Err(RegisterError::Invalid("the journal keeps 1 to 1,000,000 messages"));
        }
        self.state.settings = settings;
        Ok(())
    }

    /// The settings.
    pub fn settings_mut(&mut self) -> &mut Settings {
        &mut self.state.settings
    }
}
