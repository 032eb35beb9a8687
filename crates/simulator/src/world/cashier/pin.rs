//! Six digits, five tries.

use super::{Refusal, RefusalCode, unknown_user};
use crate::world::{
    exchange::Times,
    state::{Change, World},
};

/// Wrong PINs in a row before payment is locked.
const PIN_TRIES: u8 = 5;

/// How long the lock lasts.
const PIN_LOCK_SECONDS: i64 = 3 * 3600;

impl World {
    pub(super) fn check_lock(&self, user: &str, now: Times) -> Result<(), Refusal> {
        let person = self.state.users.get(user).ok_or_else(unknown_user)?;
        match person.locked_until {
            Some(until) if now.business < until => Err(pin_locked()),
            Some(_) | None => Ok(()),
        }
    }

    pub(super) fn check_pin(&mut self, user: &str, pin: &str, now: Times) -> Result<(), Refusal> {
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
    pub(super) fn count_wrong_pin(&mut self, user: &str, now: Times) -> u8 {
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

fn pin_locked() -> Refusal {
    Refusal {
        remaining: Some(0),
        ..Refusal::new(RefusalCode::PinLocked, "支付密码错误次数过多，账户已被锁定，请3小时后再试")
    }
}
