//! TLS under WeChat's names, with a client certificate where WeChat asks for one.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use rustls::{
    DigitallySignedStruct, DistinguishedName, ServerConfig, SignatureScheme,
    client::danger::HandshakeSignatureValid,
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, PrivateKeyDer, UnixTime},
    server::{
        Acceptor,
        danger::{ClientCertVerified, ClientCertVerifier},
    },
};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::{LazyConfigAcceptor, server::TlsStream};
use tokio_util::sync::CancellationToken;

use crate::{
    http::{Origin, answer, serve_connection},
    shell::Shared,
    world::{Channel, hosts},
};

/// How long a client may take over the handshake.
const HANDSHAKE: Duration = Duration::from_secs(20);

/// What carries a TLS connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// The proxy, which has looked for the host already.
    Tunnel,
    /// The TLS listener.
    Direct,
}

/// A certificate for WeChat's names, ready to be shown.
#[derive(Clone)]
pub(crate) struct Tls {
    asking: Arc<ServerConfig>,
    silent: Arc<ServerConfig>,
}

impl Tls {
    pub(crate) fn new(
        certificate: CertificateDer<'static>,
        key: PrivateKeyDer<'static>,
    ) -> Result<Self, rustls::Error> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = || {
            ServerConfig::builder_with_provider(Arc::clone(&provider))
                .with_safe_default_protocol_versions()
        };
        let whoever = Arc::new(WhoeverHoldsTheKey(Arc::clone(&provider)));
        let chain = vec![certificate];
        let mut asking = builder()?
            .with_client_cert_verifier(whoever)
            .with_single_cert(chain.clone(), key.clone_key())?;
        let mut silent = builder()?.with_no_client_auth().with_single_cert(chain, key)?;
        for config in [&mut asking, &mut silent] {
            config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        }
        Ok(Self { asking: Arc::new(asking), silent: Arc::new(silent) })
    }

    /// Speaks HTTP for WeChat over whatever carries the bytes, until the client leaves.
    pub(crate) async fn serve<I>(
        self,
        stream: I,
        shared: Arc<Shared>,
        peer: SocketAddr,
        stop: CancellationToken,
        way: Way,
    ) where
        I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let stream = match tokio::time::timeout(HANDSHAKE, self.accept(stream, &shared, way)).await
        {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => {
                return tracing::warn!(%peer, %error, "TLS failed; does the client trust the CA?");
            }
            Err(_late) => return tracing::debug!(%peer, "a TLS handshake took too long"),
        };
        let (_, connection) = stream.get_ref();
        let shown = connection.peer_certificates().and_then(<[_]>::first);
        let channel = Channel::Tls { client_certificate: shown.map(|shown| shown.to_vec()) };
        let service = hyper::service::service_fn(move |request| {
            answer(Arc::clone(&shared), request, channel.clone())
        });
        serve_connection(stream, service, Origin { peer }, stop).await;
    }

    async fn accept<I>(&self, stream: I, shared: &Shared, way: Way) -> io::Result<TlsStream<I>>
    where
        I: AsyncRead + AsyncWrite + Unpin,
    {
        let handshake = LazyConfigAcceptor::new(Acceptor::default(), stream).await?;
        let hello = handshake.client_hello();
        let host = hello.server_name().unwrap_or_default();
        if way == Way::Direct && shared.change(|world, _| world.is_unreachable(host)) {
            return Err(io::Error::other("closed on purpose (fault host_unreachable)"));
        }
        let asks = hosts::asks_for_certificate(host);
        let config = if asks { &self.asking } else { &self.silent };
        handshake.into_stream(Arc::clone(config)).await
    }
}

/// Lets a certificate through when the client holds its key. Whose it is, and whether the call
/// needs one, WeChat answers over HTTP; no authority vouches for a merchant that was registered
/// here with a certificate of its own.
#[derive(Debug)]
struct WhoeverHoldsTheKey(Arc<CryptoProvider>);

impl ClientCertVerifier for WhoeverHoldsTheKey {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    /// Named authorities would make clients keep back what somebody else issued.
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
