//! What must never be untrue, by the names of `docs/threats.toml`.

/// One rule of the threat list that chaos holds the system to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Invariant {
    /// Paid only on a stored statement that agrees, and WeChat's books agree too.
    I01,
    /// An order's identity never changes.
    I02,
    /// Only listed moves, each with its row; paid is never undone.
    I03,
    /// One transaction pays one order; a second success is kept, shown and given back.
    I04,
    /// Refunds not proven failed never exceed what was paid.
    I05,
    /// A refund keeps its number unless WeChat closed it.
    I06,
    /// Nothing is sent to WeChat before its row is committed, and then byte for byte that row.
    I07,
    /// An acknowledged notification is in the store.
    I08,
    /// A state change and its event are one commit; one event per subject and type.
    I09,
    /// An event keeps its id and its bytes.
    I10,
    /// A repeated request gives the same order.
    I11,
    /// The ledger balances and says what the order says.
    I12,
    /// Input that fails verification changes nothing.
    I13,
    /// No input of one account touches another's rows.
    I14,
    /// Locally closed means closed at WeChat.
    I16,
    /// Money that comes late is kept and acted upon.
    I17,
    /// Two workers do what one would.
    I18,
    /// A statement about an unknown order is stored and alerted before it is acknowledged.
    I21,
    /// What WeChat calls paid is paid here.
    L01,
    /// Every event was delivered, or given up visibly.
    L02,
    /// Every refund has ended.
    L03,
    /// Nothing stays leased, in flight or due for ever.
    L04,
    /// The paid orders here and at WeChat are the same, with equal amounts.
    E01,
    /// So are the refunds.
    E02,
    /// Merchants saw one event id per paid order.
    E03,
    /// The second signature is made with the key that ordered.
    K06,
    /// The simulated WeChat itself lost or made money: a defect of the simulator.
    WorldAudit,
}

impl Invariant {
    /// Its name in the threat list.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::I01 => "I01",
            Self::I02 => "I02",
            Self::I03 => "I03",
            Self::I04 => "I04",
            Self::I05 => "I05",
            Self::I06 => "I06",
            Self::I07 => "I07",
            Self::I08 => "I08",
            Self::I09 => "I09",
            Self::I10 => "I10",
            Self::I11 => "I11",
            Self::I12 => "I12",
            Self::I13 => "I13",
            Self::I14 => "I14",
            Self::I16 => "I16",
            Self::I17 => "I17",
            Self::I18 => "I18",
            Self::I21 => "I21",
            Self::L01 => "L01",
            Self::L02 => "L02",
            Self::L03 => "L03",
            Self::L04 => "L04",
            Self::E01 => "E01",
            Self::E02 => "E02",
            Self::E03 => "E03",
            Self::K06 => "k06",
            Self::WorldAudit => "world audit",
        }
    }
}

/// A rule that was broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which.
    pub invariant: Invariant,
    /// When, in milliseconds of virtual time.
    pub at_ms: i64,
    /// How.
    pub detail: String,
}
