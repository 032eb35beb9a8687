use crate::{
    Timestamp,
    id::Appid,
    secret::{SharedSecret, debug_without_secrets},
    token::Issued,
};

/// Which of an app's secrets a slot is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The access_token of [`Classic`](super::Classic).
    Classic,
    /// The access_token of [`Stable`](super::Stable).
    Stable,
    /// The ticket of [`Ticket`](super::Ticket).
    JsapiTicket,
}

impl Kind {
    /// For keys and logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Classic => "classic",
            Kind::Stable => "stable",
            Kind::JsapiTicket => "jsapi_ticket",
        }
    }

    /// How long before the end a renewal may begin, and how much earlier still.
    ///
    /// A new classic token leaves the old one five minutes, so renewing five to ten minutes ahead
    /// lets every process notice in time. The stable call gives the same token back until five
    /// minutes before the end: asking earlier gains nothing.
    const fn early_seconds(self) -> (i64, i64) {
        match self {
            Kind::Classic | Kind::JsapiTicket => (300, 300),
            Kind::Stable => (60, 180),
        }
    }
}

/// Names a slot.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SlotKey {
    /// The app.
    pub appid: Appid,
    /// Which of its secrets.
    pub kind: Kind,
}

/// What the processes of one app share about one secret. Starts empty, at version 0.
#[derive(Debug, Clone, Default)]
pub struct Slot {
    /// Grows by one with every change: what a compare-and-swap compares.
    pub version: u64,
    /// The secret, once there is one.
    pub held: Option<Held>,
    /// The lease: somebody is asking WeChat for the next one, and nobody else does before this
    /// instant. A courtesy, not a guard: what guards is that a holder who comes too late finds
    /// another version.
    pub leased_until: Option<Timestamp>,
    /// How often in a row WeChat gave none.
    pub failures: u32,
    /// Nobody asks before this instant.
    pub retry_at: Option<Timestamp>,
    /// When a secret was last renewed because WeChat refused it, before its end.
    pub refused_at: Option<Timestamp>,
    /// When WeChat was last made to replace a stable token.
    pub forced_at: Option<Timestamp>,
}

/// A secret, and how long it may be used.
#[derive(Clone)]
pub struct Held {
    /// The secret.
    pub secret: SharedSecret,
    /// Tells one secret from the next without comparing them: the version it was written with.
    pub generation: u64,
    /// When WeChat was asked for it.
    pub obtained_at: Timestamp,
    /// Not used from here on.
    pub expires_at: Timestamp,
}

debug_without_secrets!(Held { generation, obtained_at, expires_at });

/// How long one process may ask: longer than a call takes.
pub const LEASE_SECONDS: i64 = 30;

/// After a renewal that a refusal caused, how long another refusal is no reason to renew. WeChat's
/// classic quota is one in 43 seconds.
const REFUSAL_PAUSE_SECONDS: i64 = 60;

/// WeChat replaces a stable token twenty times a day.
const FORCE_PAUSE_SECONDS: i64 = 24 * 3600 / 20;

/// How long nobody asks after the n-th failure in a row; the last goes on.
const FAILURE_PAUSES: [i64; 6] = [1, 2, 5, 10, 30, 60];

/// The greatest difference between the clocks of processes, and the smallest step back of a clock
/// that is noticed.
const CLOCK_SECONDS: i64 = 300;

/// What to do now.
#[derive(Debug, Clone)]
pub enum Step {
    /// Use it.
    Use(Held),
    /// Swap in [`Renewal::leased`], then ask WeChat.
    Renew(Box<Renewal>),
    /// Somebody else asks, and until then there is nothing to use: look again in a moment.
    Wait,
    /// WeChat gave none lately and there is nothing to use.
    Pause {
        /// Until when nobody asks.
        until: Timestamp,
    },
    /// The secret was renewed a moment ago and WeChat refuses it again: the cause is another.
    GiveUp,
}

impl Slot {
    /// Decides. `jitter` is random, and the same for all questions of one process; `refused` is the
    /// generation WeChat has just refused with 40001, 40014 or 42001.
    ///
    /// Somebody who was refused an old generation gets the new one and renews nothing.
    #[must_use]
    pub fn step(&self, kind: Kind, now: Timestamp, jitter: u16, refused: Option<u64>) -> Step {
        let was_refused = |held: &&Held| refused.is_some_and(|refused| held.generation <= refused);
        let usable = self.held.as_ref().filter(|held| held.is_alive(now) && !was_refused(held));
        if let Some(held) = usable.filter(|held| now < held.renew_at(kind, jitter)) {
            return Step::Use(held.clone());
        }
        let or_else = |step| usable.map_or(step, |held| Step::Use(held.clone()));
        // A lease of the far future was taken by a clock that has been put back since.
        if self
            .leased_until
            .is_some_and(|until| is_ahead(now, until, LEASE_SECONDS + CLOCK_SECONDS))
        {
            return or_else(Step::Wait);
        }
        if let Some(until) = self.retry_at.filter(|until| is_ahead(now, *until, CLOCK_SECONDS)) {
            return or_else(Step::Pause { until });
        }
        let because_refused = self.held.as_ref().filter(was_refused).is_some();
        let lately = |at: &Timestamp| now.since(*at).abs() < REFUSAL_PAUSE_SECONDS;
        if because_refused && self.refused_at.as_ref().is_some_and(lately) {
            return Step::GiveUp;
        }
        let leased_until = Some(now.plus(LEASE_SECONDS));
        let leased = Slot { version: self.version + 1, leased_until, ..self.clone() };
        Step::Renew(Box::new(Renewal { leased, kind, because_refused, fallback: usable.cloned() }))
    }
}

fn is_ahead(now: Timestamp, instant: Timestamp, at_most: i64) -> bool {
    (1..=at_most).contains(&instant.since(now))
}

impl Held {
    /// Not at its end, and not obtained in a future that a wrong clock believed in.
    #[must_use]
    pub fn is_alive(&self, now: Timestamp) -> bool {
        now < self.expires_at && now.since(self.obtained_at) >= -CLOCK_SECONDS
    }

    /// From here on somebody should get the next one; this one goes on working until its end.
    #[must_use]
    pub fn renew_at(&self, kind: Kind, jitter: u16) -> Timestamp {
        let (early, spread) = kind.early_seconds();
        let life = self.expires_at.since(self.obtained_at);
        self.expires_at.plus(-(early + i64::from(jitter) % (spread + 1)).min(life / 2))
    }
}

/// A renewal under way. Swap [`Renewal::leased`] in before asking WeChat, and what became of it in
/// afterwards; when a swap is lost, somebody else was faster: forget this renewal and look again.
#[derive(Debug, Clone)]
pub struct Renewal {
    /// The slot with our lease in it.
    pub leased: Slot,
    /// What can be used meanwhile.
    pub fallback: Option<Held>,
    kind: Kind,
    because_refused: bool,
}

impl Renewal {
    /// Whether to ask again, with force: WeChat gave back the stable token it has just refused, and
    /// may be forced at this time.
    #[must_use]
    pub fn must_force(&self, given: &SharedSecret, now: Timestamp) -> bool {
        let lately = |at: Timestamp| now.since(at).abs() < FORCE_PAUSE_SECONDS;
        let refused = self.leased.held.as_ref().filter(|_| self.because_refused);
        self.kind == Kind::Stable
            && refused.is_some_and(|refused| refused.secret.is_same_as(given))
            && !self.leased.forced_at.is_some_and(lately)
    }

    /// WeChat gave one. `asked_at` is the time before the request left: a life begins no later.
    #[must_use]
    pub fn succeeded(
        self,
        issued: Issued<SharedSecret>,
        asked_at: Timestamp,
        forced: bool,
    ) -> Slot {
        let version = self.leased.version + 1;
        let held = Held {
            secret: issued.secret,
            generation: version,
            obtained_at: asked_at,
            expires_at: asked_at.plus(issued.expires_in),
        };
        Slot {
            version,
            held: Some(held),
            leased_until: None,
            failures: 0,
            retry_at: None,
            refused_at: if self.because_refused { Some(asked_at) } else { self.leased.refused_at },
            forced_at: if forced { Some(asked_at) } else { self.leased.forced_at },
        }
    }

    /// WeChat gave none, or nobody knows: an unknown classic renewal may have killed the token we
    /// hold, which then works for five minutes and is refused after.
    #[must_use]
    pub fn failed(self, now: Timestamp) -> Slot {
        let at = usize::try_from(self.leased.failures).unwrap_or(usize::MAX);
        let pause = FAILURE_PAUSES[at.min(FAILURE_PAUSES.len() - 1)];
        Slot {
            version: self.leased.version + 1,
            leased_until: None,
            failures: self.leased.failures.saturating_add(1),
            retry_at: Some(now.plus(pause)),
            ..self.leased
        }
    }
}
