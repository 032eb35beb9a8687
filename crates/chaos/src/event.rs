//! What virtual time is made of.

use suanpan_acts::Queue;
use suanpan_simulator::world::{DeliveryId, HttpRequest, NotifyResult, PayBy};
use suanpan_wechat::{
    call::{RawAnswer, TransportFault},
    id::OutTradeNo,
};

use crate::timeline::Slot;

/// What a server gets back for a request to WeChat.
pub(crate) type WireAnswer = Result<RawAnswer, TransportFault>;

/// Something that happens at an instant.
pub(crate) enum Event {
    /// A pause of a task is over.
    Resume(Slot<()>),
    /// An answer, or the lack of one, reaches the task that waits for it.
    Answer(Slot<WireAnswer>, WireAnswer),
    /// A request reaches WeChat.
    ReachWechat(Letter),
    /// A notification, genuine or not, reaches one of our servers.
    ReachUs(Knock),
    /// WeChat learns what became of a notification.
    Notified(DeliveryId, NotifyResult),
    /// Something is due in WeChat's world.
    WorldDue,
    /// A worker looks for due jobs.
    Tick {
        /// Of which server.
        server: usize,
        /// In which queue.
        queue: Queue,
    },
    /// A server that crashed is started again.
    Restart(usize),
    /// A frozen server goes on as if nothing had happened.
    Thaw(usize),
    /// A server's clock is moved.
    MoveClock(usize),
    /// Somebody wants something.
    Intent(Intent),
    /// The end of all faults.
    Calm,
}

/// A request under way to WeChat.
pub(crate) struct Letter {
    pub(crate) request: HttpRequest,
    pub(crate) sender: Sender,
}

/// Who sent a request, and so who hears the answer.
pub(crate) enum Sender {
    /// A server of ours that waits.
    Server(Slot<WireAnswer>),
    /// The network, a second time.
    Echo,
    /// Another program of the same merchant, which will have its order paid by this user.
    Stranger {
        /// Index of the user.
        user: usize,
    },
}

/// An HTTP request under way to our notification route.
#[derive(Clone)]
pub(crate) struct Knock {
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) from: Caller,
}

/// Who knocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Caller {
    /// WeChat, which waits for an answer.
    WeChat(DeliveryId),
    /// The network, with a copy.
    Echo,
    /// An attacker with something that must be refused.
    Forger(&'static str),
    /// An attacker with a genuine notification, unchanged: refused or harmless.
    Replayer,
}

/// What people, programs and operators want.
#[derive(Debug, Clone)]
pub(crate) enum Intent {
    /// A merchant's server creates an order.
    Create {
        /// Which of the run's orders.
        story: usize,
        /// How often it still repeats a request that failed.
        tries: u32,
    },
    /// A merchant's server uses the number of an order for something else.
    CreateDifferently {
        /// Which.
        story: usize,
    },
    /// A payer taps "pay".
    Pay {
        /// Which order.
        story: usize,
        /// Who.
        user: usize,
        /// How often they still repeat it.
        tries: u32,
    },
    /// A payer acts in WeChat's cashier.
    Cashier {
        /// Which order.
        story: usize,
        /// Who.
        user: usize,
        /// With what.
        by: PayBy,
        /// How often they still start over.
        tries: u32,
    },
    /// A stranger pays an order that is not ours.
    StrangerPays {
        /// Who.
        user: usize,
        /// With what.
        by: PayBy,
    },
    /// A front end asks how the order stands.
    Show {
        /// Which order.
        story: usize,
        /// How often it goes on asking.
        tries: u32,
    },
    /// A merchant's server closes an order.
    Close {
        /// Which order.
        story: usize,
    },
    /// Another program of the same merchant orders under its own number.
    StrangerOrders {
        /// Index of the merchant.
        merchant: usize,
        /// Who will pay.
        user: usize,
        /// Its number.
        out_trade_no: OutTradeNo,
    },
    /// The attacker tries something.
    Attack,
    /// WeChat gives open refunds up.
    CloseRefunds,
    /// The operator puts the merchant's other API key in place and restarts everything.
    ChangeKey,
    /// WeChat signs with its other key from now on.
    RotatePlatform,
}
