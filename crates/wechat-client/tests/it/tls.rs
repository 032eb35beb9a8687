//! TLS is always verified, and nothing but the configuration says which way requests go.

use std::{net::TcpListener, process::Command, sync::Arc};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::{ServerConfig, pki_types::PrivatePkcs8KeyDer};
use suanpan_wechat::call::{Outcome, TransportFault, Unknown};
use suanpan_wechat_client::{Client, Config, ConfigError, SystemClock, SystemNonces};
use tokio_rustls::TlsAcceptor;

use crate::{
    server::{Received, Reply, Server},
    world::{Clock, QUERY, client, config, credentials, honest, old_ring, platform, query},
};

/// A server certificate nobody vouches for, and how to accept connections with it.
fn self_signed(names: &[&str]) -> (String, TlsAcceptor) {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(names).unwrap();
    let key = PrivatePkcs8KeyDer::from(signing_key.serialize_der());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key.into())
        .unwrap();
    (cert.pem(), TlsAcceptor::from(Arc::new(config)))
}

fn wechat(clock: &Clock) -> impl Fn(&Received) -> Reply + Send + Sync + 'static {
    honest(platform(), String::new(), clock)
}

#[tokio::test]
async fn k10_a_self_signed_wechat_is_refused() {
    let clock = Clock::new();
    let (pem, acceptor) = self_signed(&["127.0.0.1"]);
    let server = Server::start_tls(acceptor, wechat(&clock)).await;
    let config = Config { merchant_api: server.tls_origin(), ..config(&server) };
    let outcome = client(config.clone(), &clock).call(&credentials(old_ring()), &query()).await;
    assert_eq!(outcome, Outcome::Unknown(Unknown::Transport(TransportFault::Connect)));
    assert!(server.received().is_empty(), "not a byte of the request left");

    // The same server, vouched for: it was the certificate that was refused.
    let config = Config { extra_root_certificates_pem: Some(pem), ..config };
    let outcome = client(config, &clock).call(&credentials(old_ring()), &query()).await;
    assert!(matches!(outcome, Outcome::Success(_)), "{outcome:?}");
}

#[tokio::test]
async fn k10_a_certificate_for_another_host_is_refused() {
    let clock = Clock::new();
    let (pem, acceptor) = self_signed(&["api.mch.weixin.qq.com"]);
    let server = Server::start_tls(acceptor, wechat(&clock)).await;
    let config = Config {
        merchant_api: server.tls_origin(),
        extra_root_certificates_pem: Some(pem),
        ..config(&server)
    };
    let outcome = client(config, &clock).call(&credentials(old_ring()), &query()).await;
    assert_eq!(outcome, Outcome::Unknown(Unknown::Transport(TransportFault::Connect)));
}

#[test]
fn k10_the_source_has_no_way_to_weaken_tls() {
    let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut read = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let source = std::fs::read_to_string(path).unwrap();
            for forbidden in ["danger", "accept_invalid", "tls_sni(false", "preconfigured"] {
                assert!(!source.contains(forbidden), "{forbidden}");
            }
            read += 1;
        }
    }
    assert!(read > 5, "the sources were found");
}

#[tokio::test]
async fn a_forward_proxy_with_its_own_authority_carries_calls_for_wechats_names() {
    let clock = Clock::new();
    let (pem, acceptor) = self_signed(&["api.mch.weixin.qq.com"]);
    let proxy = Server::start_proxy(acceptor, wechat(&clock)).await;
    let config = Config {
        proxy: Some(format!("http://{}", proxy.address()).parse().unwrap()),
        extra_root_certificates_pem: Some(pem),
        ..Config::default()
    };
    let outcome = client(config, &clock).call(&credentials(old_ring()), &query()).await;
    assert!(matches!(outcome, Outcome::Success(_)), "{outcome:?}");
    let [request] = &proxy.received()[..] else { panic!("one request") };
    assert_eq!(
        (request.target.as_str(), request.header("host")),
        (QUERY, Some("api.mch.weixin.qq.com"))
    );
}

#[test]
fn root_certificates_that_are_none_are_refused() {
    for pem in ["", "not pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let config =
            Config { extra_root_certificates_pem: Some(pem.to_owned()), ..Config::default() };
        let refused = Client::new(config, SystemClock, SystemNonces);
        assert!(
            matches!(refused, Err(ConfigError::RootCertificates | ConfigError::Tls(_))),
            "{pem:?}"
        );
    }
}

/// Runs another test of this program with every proxy variable pointing at a trap.
#[test]
fn proxies_of_the_environment_are_not_consulted() {
    let trap = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", trap.local_addr().unwrap());
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "call::a_signed_answer_is_a_success"]);
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]
    {
        command.env(name, &address);
    }
    let run = command.env_remove("NO_PROXY").env_remove("no_proxy").output().unwrap();
    let output = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success() && output.contains("1 passed"), "{output}");
    trap.set_nonblocking(true).unwrap();
    let caught = trap.accept().unwrap_err();
    assert_eq!(caught.kind(), std::io::ErrorKind::WouldBlock, "nobody came to the trap");
}
