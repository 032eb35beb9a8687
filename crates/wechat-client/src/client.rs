use std::{fmt, sync::Arc, time::Duration};

use http::{HeaderMap, HeaderValue, header};
use suanpan_wechat::{
    Verified,
    call::{Call, Outcome, RawAnswer, Request, TransportFault, Unknown, judge},
    id::SerialNo,
    sign,
    verify::{SignatureHeaders, VerifyError, verify},
};
use tokio::time::Instant;
use tracing::{Instrument as _, Span, field};

use crate::{
    config::{Config, ConfigError, Origin},
    credentials::MerchantCredentials,
    ports::{Nonces, WallClock},
    skew::ClockSkew,
    transport::{Pieces, Transport, common_headers},
};

/// Talks to WeChat for any number of merchants and apps. Cheap to clone; clones share one
/// connection pool.
#[derive(Clone)]
pub struct Client {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) transport: Transport,
    merchant_api: Origin,
    merchant_api_backup: Option<Origin>,
    open_api: Origin,
    pub(crate) total_timeout: Duration,
    pub(crate) idle_timeout: Duration,
    clock: Arc<dyn WallClock>,
    pub(crate) nonces: Arc<dyn Nonces>,
    skew: ClockSkew,
}

impl Client {
    /// # Errors
    /// See [`ConfigError`].
    pub fn new(
        config: Config,
        clock: impl WallClock + 'static,
        nonces: impl Nonces + 'static,
    ) -> Result<Self, ConfigError> {
        let inner = Inner {
            transport: Transport::new(&config)?,
            merchant_api: config.merchant_api,
            merchant_api_backup: config.merchant_api_backup,
            open_api: config.open_api,
            total_timeout: config.total_timeout,
            idle_timeout: config.idle_timeout,
            clock: Arc::new(clock),
            nonces: Arc::new(nonces),
            skew: ClockSkew::default(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Makes one call for one merchant and says what became of it.
    ///
    /// The request is sent once, or once more to the backup host when no connection could be made
    /// or the connection broke: [`Call::request`] gives the same bytes each time and WeChat
    /// deduplicates by the numbers in them, so a repeat cannot do anything twice. A call that is
    /// not [repeatable](Call::is_repeatable) is sent again only when it certainly did not arrive.
    /// After a timeout nothing is repeated; nobody waits twice.
    ///
    /// An answer signed by a key we do not know yet is judged again after a refresh of the trust
    /// ring; while nothing is trusted at all, the certificates are downloaded first.
    pub async fn call<C: Call>(
        &self,
        credentials: &MerchantCredentials,
        call: &C,
    ) -> Outcome<C::Answer> {
        let ring = credentials.verifier();
        if ring.is_empty() {
            self.refresh_once(credentials, &ring).await;
        }
        let request = call.request();
        let Exchanged { answer, broke_before } =
            match self.exchange(credentials, call, &request).await {
                Ok(exchanged) => exchanged,
                Err(fault) => return Outcome::Unknown(Unknown::Transport(fault)),
            };
        let now = self.inner.clock.now();
        let ring = credentials.verifier();
        let mut outcome = judge(call, &answer, &*ring, now);
        let unknown_serial = matches!(
            outcome,
            Outcome::Unknown(Unknown::NotVerified(VerifyError::UnknownSerial { .. }))
        );
        if unknown_serial && self.refresh_once(credentials, &ring).await {
            outcome = judge(call, &answer, &*credentials.verifier(), now);
        }
        weigh(outcome, broke_before && !request.method.is_question())
    }

    /// Verifies a notification with the keys `credentials` trust; a serial number not known yet
    /// causes at most one refresh, under the limits that keep forged ones harmless (threat n23).
    ///
    /// Read it with [`Verified::notification`] and open it with
    /// [`MerchantCredentials::api_v3_keys`].
    ///
    /// # Errors
    /// As [`verify()`].
    pub async fn verify_notification<'a>(
        &self,
        credentials: &MerchantCredentials,
        headers: &SignatureHeaders,
        body: &'a [u8],
    ) -> Result<Verified<&'a [u8]>, VerifyError> {
        let now = self.inner.clock.now();
        let ring = credentials.verifier();
        match verify(&*ring, headers, body, now) {
            Err(VerifyError::UnknownSerial { .. })
                if self.refresh_once(credentials, &ring).await =>
            {
                verify(&*credentials.verifier(), headers, body, now)
            }
            verdict => verdict,
        }
    }

    /// Our wall time minus WeChat's in seconds, as the last answer showed it (threat k07). A hint
    /// for health checks; more than 300 s either way stops all payments.
    #[must_use]
    pub fn clock_skew_seconds(&self) -> Option<i64> {
        self.inner.skew.last_seen()
    }

    pub(crate) fn nonces(&self) -> &dyn Nonces {
        &*self.inner.nonces
    }

    pub(crate) fn total_timeout(&self) -> Duration {
        self.inner.total_timeout
    }

    pub(crate) fn clock(&self) -> &dyn WallClock {
        &*self.inner.clock
    }

    /// Sends a request to the open platform, which has no second address.
    pub(crate) async fn exchange_open(
        &self,
        name: &'static str,
        request: &Request,
    ) -> Result<RawAnswer, TransportFault> {
        let headers = common_headers(request);
        let deadline = Instant::now() + self.inner.total_timeout;
        let send = self.inner.transport.send(&self.inner.open_api, request, headers, deadline);
        self.observed(name, send).await
    }

    /// Sends a request to the merchant API, with at most one failover.
    pub(crate) async fn exchange<C: Call>(
        &self,
        credentials: &MerchantCredentials,
        call: &C,
        request: &Request,
    ) -> Result<Exchanged, TransportFault> {
        let deadline = Instant::now() + self.inner.total_timeout;
        let send = |origin| async move {
            // Signed anew for each send: a stored timestamp would run out of WeChat's window.
            let headers = self.signed_headers(credentials, request);
            self.inner.transport.send(origin, request, headers, deadline).await
        };
        self.observed_exchange(C::NAME, call.is_repeatable(), send).await
    }

    /// One exchange with the merchant API, with at most one failover.
    pub(crate) async fn observed_exchange<'a, F>(
        &'a self,
        name: &'static str,
        is_repeatable: bool,
        send: impl Fn(&'a Origin) -> F,
    ) -> Result<Exchanged, TransportFault>
    where
        F: Future<Output = Result<RawAnswer, TransportFault>>,
    {
        let mut broke_before = false;
        let exchange = self.with_failover(is_repeatable, &mut broke_before, send);
        let answer = self.observed(name, exchange).await?;
        Ok(Exchanged { answer, broke_before })
    }

    /// Asks the merchant API for something large, with at most one failover, until the answer
    /// begins.
    pub(crate) async fn stream(
        &self,
        credentials: &MerchantCredentials,
        request: &Request,
    ) -> Result<Pieces<'_>, TransportFault> {
        let send = |origin| {
            let headers = self.signed_headers(credentials, request);
            self.inner.transport.stream(origin, request, headers, self.inner.idle_timeout)
        };
        self.with_failover(true, &mut false, send).await
    }

    /// Sends to the first host and, if that gave no answer at all, once more to the backup.
    pub(crate) async fn with_failover<'a, T, F>(
        &'a self,
        is_repeatable: bool,
        broke_before: &mut bool,
        send: impl Fn(&'a Origin) -> F,
    ) -> Result<T, TransportFault>
    where
        F: Future<Output = Result<T, TransportFault>>,
    {
        match (send(&self.inner.merchant_api).await, &self.inner.merchant_api_backup) {
            (Err(fault), Some(backup)) if may_repeat(is_repeatable, fault) => {
                *broke_before = fault == TransportFault::Broken;
                send(backup).await.map_err(|second| less_certain(fault, second))
            }
            (first, _) => first,
        }
    }

    /// Whether the merchant API, or its backup, is reached over TLS.
    pub(crate) fn is_merchant_api_tls(&self) -> bool {
        self.inner.merchant_api.is_tls()
            || self.inner.merchant_api_backup.as_ref().is_some_and(Origin::is_tls)
    }

    /// Where requests signed by a merchant go.
    pub(crate) fn merchant_origins(&self) -> Vec<&str> {
        let backup = self.inner.merchant_api_backup.as_ref();
        [Some(&self.inner.merchant_api), backup].into_iter().flatten().map(Origin::as_str).collect()
    }

    fn signed_headers(&self, credentials: &MerchantCredentials, request: &Request) -> HeaderMap {
        let key = credentials.key();
        let nonce_str = self.inner.nonces.nonce_str();
        let now = self.inner.clock.now();
        let authorization = sign::authorization(key, key.mchid(), now, &nonce_str, request);
        let mut headers = common_headers(request);
        let mut value = HeaderValue::from_str(&authorization)
            .expect("ids and Base64 are visible ASCII, so is the header made of them");
        value.set_sensitive(true);
        headers.insert(header::AUTHORIZATION, value);
        if let Some(id) = request.sealed_to.as_ref().or(credentials.public_key_id()) {
            headers.insert("wechatpay-serial", serial_header(id));
        }
        headers
    }

    /// One span for one exchange, and a look at WeChat's clock.
    async fn observed(
        &self,
        name: &'static str,
        exchange: impl Future<Output = Result<RawAnswer, TransportFault>>,
    ) -> Result<RawAnswer, TransportFault> {
        let span = tracing::info_span!(
            "wechat.request",
            name,
            status = field::Empty,
            request_id = field::Empty,
            duration_ms = field::Empty,
        );
        async {
            let started = Instant::now();
            let answer = exchange.await;
            let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
            Span::current().record("duration_ms", duration_ms);
            if let Ok(answer) = &answer {
                Span::current().record("status", answer.status);
                Span::current().record("request_id", answer.request_id());
                self.inner.skew.observe(answer, self.inner.clock.now());
                tracing::debug!("WeChat answered");
            }
            answer
        }
        .instrument(span)
        .await
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Client({}, ..)", self.inner.merchant_api)
    }
}

/// An answer, and what it takes to weigh it.
pub(crate) struct Exchanged {
    pub(crate) answer: RawAnswer,
    /// The request was sent before, over a connection that broke: it may have arrived twice.
    pub(crate) broke_before: bool,
}

/// The first send may have arrived and been obeyed: then the refusal of the second does not say
/// that nothing happened. A question has no such past.
pub(crate) fn weigh<T>(outcome: Outcome<T>, may_have_been_obeyed: bool) -> Outcome<T> {
    match outcome {
        Outcome::Rejected(_) if may_have_been_obeyed => {
            Outcome::Unknown(Unknown::Transport(TransportFault::Broken))
        }
        outcome => outcome,
    }
}

fn may_repeat(is_repeatable: bool, fault: TransportFault) -> bool {
    match fault {
        TransportFault::Connect => true,
        TransportFault::Broken => is_repeatable,
        _ => false,
    }
}

/// Of two faults in a row, the one that promises less: [`TransportFault::Connect`] says that the
/// request certainly did not arrive, which is only true when both sends say so.
fn less_certain(first: TransportFault, second: TransportFault) -> TransportFault {
    if second == TransportFault::Connect { first } else { second }
}

fn serial_header(id: &SerialNo) -> HeaderValue {
    HeaderValue::from_str(id.as_str()).expect("a serial number is ASCII letters and digits")
}
