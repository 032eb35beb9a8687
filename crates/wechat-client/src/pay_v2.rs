use std::{fmt, sync::Arc};

use suanpan_wechat::{
    bill::{Limits, Provisional},
    call::{Outcome, Request, TransportFault, Unknown},
    id::Mchid,
    pay_v2::{
        Call, Endpoint, Keys,
        bill::{Consistent, Reader, Statement},
        judge, request,
    },
};
use tokio::time::Instant;
use tracing::Instrument as _;
use zeroize::Zeroizing;

use crate::{
    client::{Client, Exchanged, weigh},
    config::ConfigError,
    download::{self, DownloadError},
    transport::{Transport, common_headers},
};

/// A merchant's client certificate with its private key: `apiclient_cert.pem` and
/// `apiclient_key.pem` of the merchant console, the pair that signs v3 requests.
///
/// This copy is wiped when it is dropped; the TLS stack keeps one of its own for as long as the
/// [`V2Merchant`] lives.
pub struct ClientCertificate(Zeroizing<String>);

impl ClientCertificate {
    /// Read when a [`V2Merchant`] is made of it.
    #[must_use]
    pub fn from_pem(certificate_pem: &str, private_key_pem: &str) -> Self {
        Self(Zeroizing::new([certificate_pem, private_key_pem].join("\n")))
    }

    pub(crate) fn pem(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientCertificate(..)")
    }
}

/// Makes the v2 calls of one merchant. A cheap handle, made by [`Client::v2_merchant`].
#[derive(Clone)]
pub struct V2Merchant(Arc<Inner>);

struct Inner {
    client: Client,
    mch_id: Mchid,
    keys: Keys,
    /// A pool of its own: a connection shows one certificate, and must not be another merchant's.
    certified: Option<Transport>,
}

impl Client {
    /// Makes v2 calls for `mch_id`, signed with `keys`. Refunds, reversals and fund flows need the
    /// `certificate`; without one they are not sent, unless the API is reached in the clear, as a
    /// simulator is.
    ///
    /// # Errors
    /// When the certificate and its key are unreadable or no pair.
    pub fn v2_merchant(
        &self,
        mch_id: Mchid,
        keys: Keys,
        certificate: Option<&ClientCertificate>,
    ) -> Result<V2Merchant, ConfigError> {
        let certified =
            certificate.map(|pair| self.inner.transport.with_certificate(pair)).transpose()?;
        Ok(V2Merchant(Arc::new(Inner { client: self.clone(), mch_id, keys, certified })))
    }
}

impl V2Merchant {
    /// Whose calls these are.
    #[must_use]
    pub fn mch_id(&self) -> &Mchid {
        &self.0.mch_id
    }

    /// Check notifications and sign cashier invocations.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.0.keys
    }

    /// Makes one call and says what became of it. The backup host is asked by the rules of
    /// [`Client::call`], with the same bytes: v2 signs no time.
    pub async fn call<C: Call>(&self, call: &C) -> Outcome<C::Answer> {
        match self.exchange(call, call.is_repeatable()).await {
            Ok(Exchanged { answer, broke_before }) => {
                weigh(judge(call, &answer, &self.0.keys), broke_before && !is_question::<C>())
            }
            Err(fault) => Outcome::Unknown(Unknown::Transport(fault)),
        }
    }

    /// Downloads a bill in constant memory and gives out its rows while they come.
    ///
    /// The rows are [`Provisional`] until this returns a verdict: put them aside, and keep none if
    /// it returns an error. The verdict is that the bill agrees with itself; nobody signed it. The
    /// whole may take as long as it takes, and ends when nothing comes for
    /// [`Config::idle_timeout`](crate::Config::idle_timeout). A bill that has begun to come is not
    /// begun again.
    ///
    /// # Errors
    /// See [`DownloadError`].
    pub async fn download_bill<S: Statement>(
        &self,
        statement: &S,
        limits: Limits,
        mut row: impl FnMut(Provisional<S::Row>) + Send,
    ) -> Result<Consistent, DownloadError> {
        let (request, transport) = self.prepare(statement)?;
        let client = &self.0.client;
        let send = |origin| {
            let headers = common_headers(&request);
            transport.stream(origin, &request, headers, client.inner.idle_timeout)
        };
        async {
            let started = Instant::now();
            let mut pieces = client.with_failover(is_question::<S>(), &mut false, send).await?;
            download::begin(&mut pieces).await?;
            let mut reader = Reader::new(pieces.status(), pieces.header("digest"), limits)?;
            while let Some(piece) = pieces.next().await? {
                reader.feed(&piece, &mut row)?;
            }
            let verdict = reader.finish(row)?;
            download::end(started);
            Ok(verdict)
        }
        .instrument(download::span())
        .await
    }

    async fn exchange<E: Endpoint>(
        &self,
        endpoint: &E,
        is_repeatable: bool,
    ) -> Result<Exchanged, TransportFault> {
        let (request, transport) = self.prepare(endpoint)?;
        let client = &self.0.client;
        let deadline = Instant::now() + client.inner.total_timeout;
        let send = |origin| transport.send(origin, &request, common_headers(&request), deadline);
        client.observed_exchange(E::NAME, is_repeatable, send).await
    }

    /// The signed request and the connections it may travel on. One that names another merchant
    /// than the keys are of is a bug (threat o16), and is not sent.
    fn prepare<E: Endpoint>(&self, endpoint: &E) -> Result<(Request, &Transport), TransportFault> {
        let inner = &*self.0;
        if endpoint.parameters().get("mch_id") != Some(inner.mch_id.as_str()) {
            return Err(TransportFault::Unsendable);
        }
        let transport = match &inner.certified {
            Some(certified) if E::NEEDS_CERTIFICATE => certified,
            None if E::NEEDS_CERTIFICATE && inner.client.is_merchant_api_tls() => {
                return Err(TransportFault::NoClientCertificate);
            }
            _ => &inner.client.inner.transport,
        };
        let nonce_str = inner.client.inner.nonces.nonce_str();
        Ok((request(endpoint, &inner.keys, &nonce_str), transport))
    }
}

impl fmt::Debug for V2Merchant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "V2Merchant({}, ..)", self.0.mch_id)
    }
}

fn is_question<E: Endpoint>() -> bool {
    matches!(E::KIND, suanpan_wechat::advice::Operation::Question)
}
