//! One access_token for everybody who needs it.
//!
//! [`AppTokens`] executes what [`suanpan_wechat::token`] decides: reads the shared slot, takes the
//! lease, asks WeChat, settles. However many tasks want a token at once, one of them looks after it
//! and the others take what it finds.

mod conformance;
mod store;

use std::{
    fmt,
    pin::Pin,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

pub use conformance::assert_keeps_the_contract;
pub use store::{MemoryTokenStore, StoreError, Swap, TokenStore};
use suanpan_wechat::{
    Timestamp,
    id::{Appid, NonceStr},
    open_api::{OpenCall, OpenOutcome, OpenUnknown, Refusal},
    secret::{AccessToken, AppCredentials, JsapiTicket, SharedSecret},
    token::{Classic, Held, Issued, Kind, Renewal, Slot, SlotKey, Stable, Step, Ticket},
};
use tokio::{
    sync::{Mutex, OwnedMutexGuard},
    time::Instant,
};
use tracing::Instrument as _;

use crate::client::Client;

/// Looks after the access_token, and the jsapi_ticket, of one app. A cheap handle; clones share
/// everything.
///
/// ```no_run
/// # use suanpan_wechat::{id::Appid, miniprogram::shipping::IsTradeManaged, open_api::OpenOutcome};
/// # use suanpan_wechat_client::{AppCredentials, AppTokens, Client, MemoryTokenStore, TokenFlavour};
/// # async fn example(client: Client, app: AppCredentials) -> Result<(), Box<dyn std::error::Error>> {
/// let call = IsTradeManaged { appid: app.appid.clone() };
/// let tokens = AppTokens::new(client, app, TokenFlavour::Stable, MemoryTokenStore::default());
/// match tokens.call(&call).await? {
///     OpenOutcome::Success(managed) => println!("shipping is expected: {managed}"),
///     OpenOutcome::Rejected(refusal) => println!("WeChat says no: {refusal}"),
///     OpenOutcome::Unknown(reason) => println!("ask again later: {reason}"),
/// }
/// # Ok(())
/// # }
/// ```
pub struct AppTokens<S>(Arc<Inner<S>>);

struct Inner<S> {
    client: Client,
    app: AppCredentials,
    store: S,
    /// Random, so that not all processes find a secret due at the same second.
    jitter: u16,
    token: Desk,
    ticket: Desk,
}

/// Which call makes the access_token. They do not touch each other: every process of an app uses
/// the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenFlavour {
    /// `stable_token`: the same token for everybody who asks. Take this one.
    Stable,
    /// `token`: kills the token before it. For accounts and gateways without the other.
    Classic,
}

/// Where one secret is handed out.
struct Desk {
    key: SlotKey,
    /// What was last seen in the store. Believed for a minute, so that the store is not asked for
    /// every call: a secret that somebody else renewed meanwhile works for five.
    seen: RwLock<Option<Seen>>,
    /// Held while the store or WeChat is asked.
    asking: Arc<Mutex<()>>,
}

#[derive(Clone)]
struct Seen {
    held: Held,
    at: Timestamp,
}

/// How long what was seen in the store is believed, in seconds.
const BELIEVED_SECONDS: i64 = 60;

/// How often the store is looked at while another process asks WeChat.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Why there is no token, and so nothing was sent that needed one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// WeChat refuses: wrong AppSecret, frozen AppSecret, address not in the allow-list. An
    /// operator must act.
    #[error("WeChat gives no token: {0}")]
    Refused(Refusal),
    /// WeChat could not be asked.
    #[error("WeChat gives no token: {0}")]
    Unknown(OpenUnknown),
    /// WeChat gave none a moment ago; nobody asks before this instant.
    #[error("WeChat gave no token, and is not asked before {until}")]
    NotYet {
        /// From here on somebody asks again.
        until: Timestamp,
    },
    /// Another process was asking for as long as a call may take.
    #[error("another process has been asking WeChat for a token all the time")]
    Busy,
    /// A token that was renewed a moment ago is refused too.
    #[error("WeChat refuses even a new token")]
    RefusedAgain,
    /// The store could not be reached.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl<S: TokenStore> AppTokens<S> {
    /// For one app, sharing through `store`.
    #[must_use]
    pub fn new(client: Client, app: AppCredentials, flavour: TokenFlavour, store: S) -> Self {
        let kind = match flavour {
            TokenFlavour::Stable => Kind::Stable,
            TokenFlavour::Classic => Kind::Classic,
        };
        let jitter = jitter(&client.nonces().nonce_str());
        let desk = |kind| Desk {
            key: SlotKey { appid: app.appid.clone(), kind },
            seen: RwLock::default(),
            asking: Arc::default(),
        };
        let (token, ticket) = (desk(kind), desk(Kind::JsapiTicket));
        Self(Arc::new(Inner { client, app, store, jitter, token, ticket }))
    }

    /// Whose tokens.
    #[must_use]
    pub fn appid(&self) -> &Appid {
        &self.0.app.appid
    }

    /// An access_token that works now, for a program of your own that calls WeChat. Ask again for
    /// every call instead of keeping it.
    ///
    /// # Errors
    /// See [`TokenError`].
    pub async fn access_token(&self) -> Result<AccessToken, TokenError> {
        Ok(self.held(Self::token_desk, None).await?.secret.into())
    }

    /// The ticket that signs `wx.config`.
    ///
    /// # Errors
    /// See [`TokenError`].
    pub async fn jsapi_ticket(&self) -> Result<JsapiTicket, TokenError> {
        Ok(self.held(Self::ticket_desk, None).await?.secret.into())
    }

    /// Makes one call with the app's token. When WeChat blames the token (40001, 40014, 42001) it
    /// did nothing, so the call is made once more, with the token that somebody else has fetched
    /// meanwhile or a new one. Nothing else is repeated.
    ///
    /// # Errors
    /// When there is no token: the call was not made.
    pub async fn call<C: OpenCall<Credential = AccessToken>>(
        &self,
        call: &C,
    ) -> Result<OpenOutcome<C::Answer>, TokenError> {
        let held = self.held(Self::token_desk, None).await?;
        let outcome = self.0.client.open_api(call, &held.secret.clone().into()).await;
        match outcome {
            OpenOutcome::Rejected(refusal) if refusal.errcode.blames_access_token() => {
                match self.held(Self::token_desk, Some(held.generation)).await {
                    Ok(next) => Ok(self.0.client.open_api(call, &next.secret.into()).await),
                    Err(error) => {
                        tracing::warn!(appid = %self.appid(), "token not renewed: {error}");
                        Ok(OpenOutcome::Rejected(refusal))
                    }
                }
            }
            outcome => Ok(outcome),
        }
    }

    fn token_desk(inner: &Inner<S>) -> &Desk {
        &inner.token
    }

    fn ticket_desk(inner: &Inner<S>) -> &Desk {
        &inner.ticket
    }

    /// A secret that works now, and is of a later generation than `refused`.
    async fn held(
        &self,
        desk: fn(&Inner<S>) -> &Desk,
        refused: Option<u64>,
    ) -> Result<Held, TokenError> {
        let inner = &*self.0;
        if let Some(held) = inner.remembered(desk(inner), refused) {
            return Ok(held);
        }
        let asking = match Arc::clone(&desk(inner).asking).try_lock_owned() {
            Ok(asking) => asking,
            Err(_) => match inner.alive(desk(inner), refused) {
                // Somebody else looks after the next one; this one works until its end.
                Some(held) => return Ok(held),
                None => Arc::clone(&desk(inner).asking).lock_owned().await,
            },
        };
        // Who waited while somebody else asked takes that answer.
        if let Some(held) = inner.remembered(desk(inner), refused) {
            return Ok(held);
        }
        self.ask(desk, refused, asking).await
    }

    /// Asking outlives whoever asked: a renewal that is dropped half way leaves a lease behind, and
    /// with a classic token has killed the old one without keeping the new.
    async fn ask(
        &self,
        desk: fn(&Inner<S>) -> &Desk,
        refused: Option<u64>,
        asking: OwnedMutexGuard<()>,
    ) -> Result<Held, TokenError> {
        let this = self.clone();
        let ask = async move {
            let found = this.look_and_renew(desk, refused).await;
            drop(asking);
            found
        };
        tokio::spawn(ask.in_current_span()).await.unwrap_or(Err(TokenError::Busy))
    }

    async fn look_and_renew(
        &self,
        desk: fn(&Inner<S>) -> &Desk,
        refused: Option<u64>,
    ) -> Result<Held, TokenError> {
        let inner = &*self.0;
        let SlotKey { kind, .. } = desk(inner).key;
        let deadline = Instant::now() + inner.client.total_timeout();
        while Instant::now() < deadline {
            let now = inner.client.clock().now();
            let slot = match inner.store.load(&desk(inner).key).await {
                Ok(slot) => slot,
                // A store that is away takes no working secret with it.
                Err(error) => return inner.alive(desk(inner), refused).ok_or(error.into()),
            };
            match slot.step(kind, now, inner.jitter, refused) {
                Step::Use(held) => return Ok(inner.remember(desk(inner), held, now)),
                Step::Renew(renewal) => {
                    if let Some(renewed) = self.renew(desk, *renewal).await {
                        return renewed;
                    }
                }
                Step::Wait => tokio::time::sleep(LOOK_EVERY).await,
                Step::Pause { until } => return Err(TokenError::NotYet { until }),
                Step::GiveUp => return Err(TokenError::RefusedAgain),
            }
        }
        Err(TokenError::Busy)
    }

    /// `None` when somebody else was faster: look again.
    async fn renew(
        &self,
        desk: fn(&Inner<S>) -> &Desk,
        renewal: Renewal,
    ) -> Option<Result<Held, TokenError>> {
        let inner = &*self.0;
        let key = &desk(inner).key;
        match inner.store.swap(key, &renewal.leased).await {
            Ok(Swap::Done) => {}
            Ok(Swap::Lost) => return None,
            Err(error) => return Some(renewal.fallback.ok_or(error.into())),
        }
        let asked_at = inner.client.clock().now();
        let fallback = renewal.fallback.clone();
        let (settled, given) = match self.fetch(key.kind, &renewal, asked_at).await {
            Ok((issued, forced)) => (renewal.succeeded(issued, asked_at, forced), None),
            Err(error) => (renewal.failed(inner.client.clock().now()), Some(error)),
        };
        match (inner.store.swap(key, &settled).await, given) {
            (_, Some(error)) => {
                tracing::warn!(appid = %key.appid, kind = key.kind.as_str(), "not renewed: {error}");
                Some(fallback.ok_or(error))
            }
            (Ok(Swap::Lost), None) => None,
            // Written or not, WeChat gave it to us: it works, and the others find their lease gone
            // in half a minute.
            (Ok(Swap::Done) | Err(StoreError), None) => {
                let Slot { held, .. } = settled;
                held.map(|held| Ok(inner.remember(desk(inner), held, asked_at)))
            }
        }
    }

    /// Asks WeChat, and says whether with force.
    async fn fetch(
        &self,
        kind: Kind,
        renewal: &Renewal,
        now: Timestamp,
    ) -> Result<(Issued<SharedSecret>, bool), TokenError> {
        let Inner { client, app, .. } = &*self.0;
        match kind {
            Kind::Classic => Ok((issued(client.open_api(&Classic, app).await)?, false)),
            Kind::Stable => {
                let usual = Stable { force_refresh: false };
                let given = issued(client.open_api(&usual, app).await)?;
                if !renewal.must_force(&given.secret, now) {
                    return Ok((given, false));
                }
                let force = Stable { force_refresh: true };
                Ok((issued(client.open_api(&force, app).await)?, true))
            }
            Kind::JsapiTicket => Ok((issued(self.ask_for_ticket().await?)?, false)),
        }
    }

    /// A ticket takes a token, which comes from its own desk. The compiler sees a circle there,
    /// and the named type ends it.
    fn ask_for_ticket(&self) -> TicketFuture<'_> {
        Box::pin(self.call(&Ticket))
    }
}

fn jitter(random: &NonceStr) -> u16 {
    let bytes = random.as_str().bytes();
    bytes.fold(0, |jitter: u16, byte| jitter.wrapping_mul(31).wrapping_add(u16::from(byte)))
}

type TicketFuture<'a> =
    Pin<Box<dyn Future<Output = Result<OpenOutcome<Issued<JsapiTicket>>, TokenError>> + Send + 'a>>;

fn issued<T: Into<SharedSecret>>(
    outcome: OpenOutcome<Issued<T>>,
) -> Result<Issued<SharedSecret>, TokenError> {
    match outcome {
        OpenOutcome::Success(Issued { secret, expires_in }) => {
            Ok(Issued { secret: secret.into(), expires_in })
        }
        OpenOutcome::Rejected(refusal) => Err(TokenError::Refused(refusal)),
        OpenOutcome::Unknown(reason) => Err(TokenError::Unknown(reason)),
    }
}

impl<S> Inner<S> {
    /// What was last seen, if it can be used without looking again.
    fn remembered(&self, desk: &Desk, refused: Option<u64>) -> Option<Held> {
        let now = self.client.clock().now();
        let seen = desk.seen(refused)?;
        let recent = (0..BELIEVED_SECONDS).contains(&now.since(seen.at));
        let due = now >= seen.held.renew_at(desk.key.kind, self.jitter);
        (recent && !due && seen.held.is_alive(now)).then_some(seen.held)
    }

    /// What was last seen, if it still works.
    fn alive(&self, desk: &Desk, refused: Option<u64>) -> Option<Held> {
        let now = self.client.clock().now();
        desk.seen(refused).map(|seen| seen.held).filter(|held| held.is_alive(now))
    }

    fn remember(&self, desk: &Desk, held: Held, at: Timestamp) -> Held {
        let seen = Seen { held: held.clone(), at };
        *desk.seen.write().unwrap_or_else(PoisonError::into_inner) = Some(seen);
        held
    }
}

impl Desk {
    /// What was last seen, if it is of a later generation than `refused`.
    fn seen(&self, refused: Option<u64>) -> Option<Seen> {
        // A poisoned lock still holds a whole value: it is only ever replaced.
        let seen = self.seen.read().unwrap_or_else(PoisonError::into_inner).clone();
        seen.filter(|seen| refused.is_none_or(|refused| seen.held.generation > refused))
    }
}

impl<S> Clone for AppTokens<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S> fmt::Debug for AppTokens<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AppTokens({}, ..)", self.0.app.appid)
    }
}
