//! What the acts need of the world. Adapters perform I/O and contain no decisions.

use std::future::Future;

use suanpan_trade::{AccountId, MerchantOrderNo, Order, OrderId};
use suanpan_wechat::{
    Timestamp,
    call::{Call, Outcome},
    id::{Appid, Mchid, OutRefundNo, OutTradeNo},
    miniprogram::code2session::{LoginCode, LoginError, Session},
    sign::Signer,
};

use crate::{
    change::{
        ChangeSet, Commit, DeliveryRow, EndpointRow, EventRow, OrderSummary, RememberedRequest,
        SessionRow,
    },
    directory::Directory,
    job::{LeasedJob, Queue},
    token::TokenKey,
    webhook::WebhookMessage,
};

/// Everything an act may touch, in one value.
pub trait Ports: Send + Sync {
    /// Where things are kept.
    type Store: Store;
    /// WeChat.
    type WeChat: WeChat;
    /// The merchants' backends.
    type MerchantHttp: MerchantHttp;
    /// What time it is.
    type Clock: Clock;
    /// Chance.
    type Nonces: Nonces;

    /// Where things are kept.
    fn store(&self) -> &Self::Store;
    /// WeChat.
    fn wechat(&self) -> &Self::WeChat;
    /// The merchants' backends.
    fn merchant_http(&self) -> &Self::MerchantHttp;
    /// What time it is.
    fn clock(&self) -> &Self::Clock;
    /// Chance.
    fn nonces(&self) -> &Self::Nonces;
    /// Accounts, merchants and apps; immutable.
    fn directory(&self) -> &Directory;
    /// Makes order tokens and user ids.
    fn token_key(&self) -> &TokenKey;
}

/// Names an order. Every way embeds its tenant or a merchant that belongs to one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderRef {
    /// By our number.
    Id(OrderId),
    /// By the merchant's number.
    MerchantOrderNo(AccountId, MerchantOrderNo),
    /// By an attempt's number at WeChat.
    OutTradeNo(Mchid, OutTradeNo),
    /// By a refund's number at WeChat.
    OutRefundNo(Mchid, OutRefundNo),
}

/// Where orders, events and jobs are kept: four verbs.
pub trait Store:
    Read<SessionByToken>
    + Read<EndpointsOf>
    + Read<EndpointById>
    + Read<EventById>
    + Read<EventsAfter>
    + Read<DeliveryOf>
    + Read<OrdersOf>
    + Read<Remembered>
    + Send
    + Sync
{
    /// Loads an order with its attempts and refunds; `None` when there is none.
    fn load(
        &self,
        order: &OrderRef,
    ) -> impl Future<Output = Result<Option<Order>, StoreError>> + Send;

    /// Applies a change set: all of it, durably, or nothing of it.
    ///
    /// # Errors
    /// [`StoreError::OutcomeUnknown`] when the connection was lost around the commit: the caller
    /// must load again before it decides anything.
    fn commit(&self, changes: ChangeSet)
    -> impl Future<Output = Result<Commit, StoreError>> + Send;

    /// Leases up to `limit` jobs of a queue that are due, oldest first. A lease ends by itself
    /// after [`crate::job::LEASE_SECONDS`]; its token then no longer commits anything.
    fn claim(
        &self,
        queue: Queue,
        now: Timestamp,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<LeasedJob>, StoreError>> + Send;
}

/// One kind of reading. The answer may be older than the newest commit of another process, so no
/// decision about money is made on it; decisions load the aggregate.
pub trait Read<Q: Query> {
    /// Answers the query.
    fn read(&self, query: Q) -> impl Future<Output = Result<Q::Answer, StoreError>> + Send;
}

/// A question with a typed answer.
pub trait Query: Send {
    /// The answer.
    type Answer: Send;
}

macro_rules! queries {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty),* $(,)? } -> $answer:ty;)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, PartialEq, Eq)]
            pub struct $name { $($(#[$field_doc])* pub $field: $type),* }
            impl Query for $name { type Answer = $answer; }
        )*
    };
}

queries! {
    /// The login a session token stands for.
    SessionByToken {
        /// SHA-256 of the token, hex.
        token_hash: String,
    } -> Option<SessionRow>;
    /// The webhook endpoints of an account, oldest first; at most [`crate::endpoints::MAX_ENDPOINTS`].
    EndpointsOf {
        /// Whose.
        account: AccountId,
    } -> Vec<EndpointRow>;
    /// One webhook endpoint.
    EndpointById {
        /// Which.
        endpoint_id: suanpan_trade::id::EndpointId,
    } -> Option<EndpointRow>;
    /// One event.
    EventById {
        /// Which.
        event_id: suanpan_trade::id::EventId,
    } -> Option<EventRow>;
    /// The events of an account in the order they were written.
    EventsAfter {
        /// Whose.
        account: AccountId,
        /// Start behind this event; from the first when absent or unknown.
        after: Option<suanpan_trade::id::EventId>,
        /// At most this many.
        limit: usize,
    } -> Vec<EventRow>;
    /// How far the delivery of one event to one endpoint is.
    DeliveryOf {
        /// Which event.
        event_id: suanpan_trade::id::EventId,
        /// To whom.
        endpoint_id: suanpan_trade::id::EndpointId,
    } -> Option<DeliveryRow>;
    /// The orders of an account, by ascending order id.
    OrdersOf {
        /// Whose.
        account: AccountId,
        /// Start behind this order.
        after: Option<OrderId>,
        /// At most this many.
        limit: usize,
    } -> Vec<OrderSummary>;
    /// What an idempotency key was used for.
    Remembered {
        /// Whose key.
        account: AccountId,
        /// On which route.
        route: &'static str,
        /// The key.
        key: String,
    } -> Option<RememberedRequest>;
}

/// Why the store did not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// It did nothing and may be asked again: busy, full, restarting.
    #[error("the store is not available: {0}")]
    Unavailable(String),
    /// The commit may or may not have happened.
    #[error("the outcome of the commit is not known: {0}")]
    OutcomeUnknown(String),
    /// A row cannot be read: a bug or a damaged file. A person must look.
    #[error("the store holds something unreadable: {0}")]
    Corrupt(String),
}

/// WeChat, as one merchant at a time.
pub trait WeChat: Send + Sync {
    /// Signs, sends, verifies and judges one call of the v3 API.
    fn call<C: Call>(
        &self,
        mchid: &Mchid,
        call: &C,
    ) -> impl Future<Output = Outcome<C::Answer>> + Send;

    /// Exchanges a login code.
    fn code2session(
        &self,
        appid: &Appid,
        code: &LoginCode,
    ) -> impl Future<Output = Result<Session, LoginError>> + Send;

    /// The merchant's signer, for the second signature; `None` for a merchant that is not ours.
    fn signer(&self, mchid: &Mchid) -> Option<&dyn Signer>;
}

/// The merchants' backends.
pub trait MerchantHttp: Send + Sync {
    /// Posts one webhook; no redirects, bounded time, bounded answer.
    fn post(&self, message: &WebhookMessage) -> impl Future<Output = Delivered> + Send;
}

/// What became of one webhook request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivered {
    /// The endpoint answered with this HTTP status.
    Answered {
        /// The status.
        status: u16,
        /// `Retry-After` in seconds, where it was given.
        retry_after_seconds: Option<i64>,
    },
    /// The endpoint could not be reached, or did not answer in time.
    Unreachable,
    /// The address may not be called (it points into our own network, for instance).
    Forbidden,
}

/// What time it is.
pub trait Clock: Send + Sync {
    /// Business time: expiry, schedules, due work. Follows a simulator's virtual clock.
    fn business_now(&self) -> Timestamp;
    /// Wall time: signatures in both directions, always.
    fn wall_now(&self) -> Timestamp;
}

/// Chance: at least as good as the operating system's generator in what ships.
pub trait Nonces: Send + Sync {
    /// Fills the buffer.
    fn fill(&self, buffer: &mut [u8]);

    /// Random bytes.
    fn bytes<const N: usize>(&self) -> [u8; N]
    where
        Self: Sized,
    {
        let mut buffer = [0; N];
        self.fill(&mut buffer);
        buffer
    }
}
