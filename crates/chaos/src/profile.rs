//! Swarm: each seed first draws which faults exist in its run at all, and how badly. Some runs
//! have none, some have one in the extreme; a uniform mix would dilute every rare combination.

use suanpan_simulator::world::{Fault, FaultName, Probability};

use crate::chance::Chance;

const MINUTE_MS: i64 = 60_000;

/// What may go wrong in one run.
#[derive(Debug, Clone)]
pub(crate) struct Profile {
    /// Servers over one store.
    pub(crate) servers: usize,
    /// Business orders.
    pub(crate) orders: usize,
    /// Use the real signatures.
    pub(crate) rsa: bool,
    /// When faults end.
    pub(crate) safety_ms: i64,
    pub(crate) network: Network,
    pub(crate) store: StoreTrouble,
    pub(crate) servers_trouble: ServerTrouble,
    pub(crate) merchant: MerchantTrouble,
    pub(crate) people: People,
    /// Faults inside WeChat.
    pub(crate) world: Vec<Fault>,
    /// WeChat's notifications never arrive, from beginning to end.
    pub(crate) dead_callbacks: bool,
    /// Nobody works on the queue of calls to WeChat, from beginning to end.
    pub(crate) dead_poller: bool,
    pub(crate) attacks: u32,
    /// Orders of other programs under our merchant numbers.
    pub(crate) strangers: u32,
    /// How often (per mille) somebody orders under a number of ours before we do.
    pub(crate) squatters: u32,
    pub(crate) changes_key: bool,
    pub(crate) rotates_platform: bool,
    /// WeChat gives open refunds up at some instants.
    pub(crate) closes_refunds: u32,
}

/// Messages between us and WeChat. Chances are per mille of messages.
#[derive(Debug, Clone, Default)]
pub(crate) struct Network {
    pub(crate) lose_request: u32,
    pub(crate) lose_answer: u32,
    pub(crate) echo: u32,
    pub(crate) tamper: u32,
    /// Chance of a delay that is far from usual.
    pub(crate) delay: u32,
    pub(crate) longest_delay_ms: i64,
}

/// The database. Chances are per mille of operations.
#[derive(Debug, Clone, Default)]
pub(crate) struct StoreTrouble {
    pub(crate) unavailable: u32,
    pub(crate) unknown: u32,
    pub(crate) slow: u32,
}

/// Processes and their clocks.
#[derive(Debug, Clone, Default)]
pub(crate) struct ServerTrouble {
    /// Chance of dying at any yield point, per mille.
    pub(crate) crash: u32,
    /// Chance of freezing at any yield point, per mille.
    pub(crate) freeze: u32,
    /// How often a clock is moved.
    pub(crate) clock_jumps: u32,
    /// How far, in seconds.
    pub(crate) clock_range: i64,
    /// Business time moves alone, as only a simulator's virtual clock can.
    pub(crate) business_alone: bool,
}

/// The merchants' backends. Chances are per mille of webhooks.
#[derive(Debug, Clone, Default)]
pub(crate) struct MerchantTrouble {
    pub(crate) unreachable: u32,
    pub(crate) answer_lost: u32,
    pub(crate) refuses: u32,
    /// Answers 410 once in a while.
    pub(crate) gone: u32,
    /// Never answers again, from beginning to end.
    pub(crate) dead: bool,
}

/// What people do. Chances are per mille.
#[derive(Debug, Clone, Default)]
pub(crate) struct People {
    /// The same request several times at once.
    pub(crate) double_click: u32,
    /// A second person opens the same order.
    pub(crate) second_payer: u32,
    pub(crate) cancels: u32,
    /// The payment lands only after a close.
    pub(crate) lands_late: u32,
    /// The cashier stays open for a long time.
    pub(crate) dawdles: u32,
    /// The merchant closes the order.
    pub(crate) merchant_closes: u32,
    /// Front ends ask how the order stands.
    pub(crate) asks: u32,
    /// Front ends log in first, instead of the merchant's server naming the payer.
    pub(crate) logs_in: u32,
}

impl Profile {
    pub(crate) fn draw(chance: &mut Chance) -> Self {
        let calm = chance.per_mille(80);
        let dead = chance.below(10);
        let mut profile = Self {
            servers: if chance.coin() { 2 } else { 1 },
            orders: usize::try_from(chance.between(1, 4)).expect("small"),
            rsa: chance.per_mille(5),
            safety_ms: chance.pick(&[10, 60, 240]) * MINUTE_MS,
            network: Network::default(),
            store: StoreTrouble::default(),
            servers_trouble: ServerTrouble::default(),
            merchant: MerchantTrouble::default(),
            people: People::draw(chance),
            world: Vec::new(),
            dead_callbacks: dead == 0,
            dead_poller: dead == 1,
            attacks: 0,
            strangers: 0,
            squatters: 0,
            changes_key: false,
            rotates_platform: false,
            closes_refunds: 0,
        };
        if !calm {
            profile.draw_faults(chance);
        }
        profile
    }

    fn draw_faults(&mut self, chance: &mut Chance) {
        self.network = Network {
            lose_request: severity(chance, 400),
            lose_answer: severity(chance, 400),
            echo: severity(chance, 500),
            tamper: severity(chance, 300),
            delay: severity(chance, 300),
            longest_delay_ms: chance.pick(&[3, 30, 600, 3 * 86_400]) * 1000,
        };
        self.store = StoreTrouble {
            unavailable: severity(chance, 200),
            unknown: severity(chance, 200),
            slow: severity(chance, 300),
        };
        self.servers_trouble = ServerTrouble {
            crash: severity(chance, 60),
            freeze: severity(chance, 30),
            clock_jumps: 0,
            clock_range: chance.pick(&[30, 250, 3600, 86_400]),
            business_alone: chance.coin(),
        };
        // A schedule written by a clock of tomorrow is kept tomorrow. With one layer dead that
        // may be after the other has given up, so those runs keep their clocks.
        if !self.dead_callbacks && !self.dead_poller && chance.per_mille(250) {
            self.servers_trouble.clock_jumps = u32::try_from(chance.between(1, 4)).expect("small");
        }
        self.merchant = MerchantTrouble {
            unreachable: severity(chance, 500),
            answer_lost: severity(chance, 500),
            refuses: severity(chance, 500),
            gone: if chance.per_mille(100) { 50 } else { 0 },
            dead: chance.per_mille(40),
        };
        self.world = world_faults(chance);
        self.attacks = if chance.coin() { 6 } else { 0 };
        self.strangers = if chance.per_mille(200) { 1 } else { 0 };
        self.squatters = if chance.per_mille(120) { 300 } else { 0 };
        self.changes_key = chance.per_mille(150);
        self.rotates_platform = chance.per_mille(150);
        self.closes_refunds = if chance.per_mille(200) { 3 } else { 0 };
    }
}

impl People {
    fn draw(chance: &mut Chance) -> Self {
        Self {
            double_click: habit(chance, 800),
            second_payer: habit(chance, 600),
            cancels: habit(chance, 500),
            lands_late: habit(chance, 800),
            dawdles: habit(chance, 500),
            merchant_closes: habit(chance, 700),
            asks: habit(chance, 900),
            logs_in: chance.pick(&[0, 0, 0, 500]),
        }
    }
}

/// People's habits are no faults: most runs have most of them.
fn habit(chance: &mut Chance, extreme: u32) -> u32 {
    chance.pick(&[0, 0, extreme / 4, extreme / 4, extreme, extreme, extreme])
}

/// Absent, mild or extreme.
fn severity(chance: &mut Chance, extreme: u32) -> u32 {
    match chance.below(10) {
        0..=4 => 0,
        5..=7 => extreme / 10,
        _ => extreme,
    }
}

fn world_faults(chance: &mut Chance) -> Vec<Fault> {
    const KINDS: [FaultName; 18] = [
        FaultName::Http429,
        FaultName::Http500,
        FaultName::TimeoutBefore,
        FaultName::TimeoutAfter,
        FaultName::Slow,
        FaultName::BadSignature,
        FaultName::UnknownSerial,
        FaultName::ProbeSignature,
        FaultName::Truncated,
        FaultName::NotifyLost,
        FaultName::NotifyDuplicate,
        FaultName::NotifyLate,
        FaultName::NotifyReordered,
        FaultName::NotifyBadSignature,
        FaultName::NotifyUndecryptable,
        FaultName::NotifyProbe,
        FaultName::RefundStuck,
        FaultName::RefundAbnormal,
    ];
    let mut faults = Vec::new();
    for name in KINDS {
        if chance.per_mille(150) {
            let probability = Probability::millionths(chance.pick(&[20_000, 100_000, 400_000]));
            faults.push(Fault { probability, ..Fault::always(name) });
        }
    }
    faults
}
