//! The ways in for programs that only know WeChat's host names.
//!
//! The **forward proxy** answers `CONNECT` for WeChat's names alone, with TLS from a local CA that
//! exists nowhere but on this machine; plain `http://` targets in absolute form work too. Every
//! other host is refused: this is no way out into the internet. The **TLS listener** is the same
//! without the proxy, for programs that can be given nothing but a hosts file.

mod authority;
mod tls;

use std::{net::SocketAddr, sync::Arc};

use http::{Method, StatusCode, Uri};
use hyper::{Request, Response, body::Incoming, ext::ReasonPhrase};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub(crate) use authority::Authority;
pub use authority::AuthorityError;
pub(crate) use tls::{Tls, Way};

use crate::{
    http::{Body, Origin, accept_all, answer, serve_connection},
    shell::Shared,
    world::{Channel, hosts},
};

#[derive(Clone)]
struct Proxy {
    shared: Arc<Shared>,
    tls: Tls,
    stop: CancellationToken,
}

/// Serves the proxy until told to stop.
pub(crate) async fn serve(
    listener: TcpListener,
    tls: Tls,
    shared: Arc<Shared>,
    stop: CancellationToken,
) {
    let proxy = Proxy { shared, tls, stop: stop.clone() };
    accept_all(listener, stop, move |stream, peer, stop| {
        let proxy = proxy.clone();
        async move {
            let service = hyper::service::service_fn(move |request| {
                let proxy = proxy.clone();
                async move { proxy.handle(request, peer).await }
            });
            serve_connection(stream, service, Origin { peer }, stop).await;
        }
    })
    .await;
}

/// Serves TLS under WeChat's names until told to stop.
pub(crate) async fn serve_tls(
    listener: TcpListener,
    tls: Tls,
    shared: Arc<Shared>,
    stop: CancellationToken,
) {
    accept_all(listener, stop, move |stream, peer, stop| {
        tls.clone().serve(stream, Arc::clone(&shared), peer, stop, Way::Direct)
    })
    .await;
}

impl Proxy {
    async fn handle(
        self,
        request: Request<Incoming>,
        peer: SocketAddr,
    ) -> Result<Response<Body>, crate::http::Broken> {
        if let Err((status, sentence)) = admit(request.method(), request.uri()) {
            tracing::warn!(%peer, "{sentence}");
            return Ok(refuse(status, sentence));
        }
        let host = request.uri().host().unwrap_or_default().to_ascii_lowercase();
        if request.method() == Method::CONNECT
            && self.shared.change(|world, _| world.is_unreachable(&host))
        {
            let sentence = format!("{host} cannot be found, on purpose (fault host_unreachable).");
            return Ok(refuse(StatusCode::BAD_GATEWAY, sentence));
        }
        if request.method() != Method::CONNECT {
            return answer(self.shared, request, Channel::Plain).await;
        }
        tokio::spawn(async move {
            match hyper::upgrade::on(request).await {
                Ok(tunnel) => {
                    let tunnel = TokioIo::new(tunnel);
                    self.tls.serve(tunnel, self.shared, peer, self.stop, Way::Tunnel).await;
                }
                Err(error) => tracing::debug!(%peer, %error, "a tunnel was not opened"),
            }
        });
        Ok(Response::new(Body::text(String::new())))
    }
}

/// WeChat's names on WeChat's ports, nothing else.
fn admit(method: &Method, target: &Uri) -> Result<(), (StatusCode, String)> {
    let Some(authority) = target.authority() else {
        let sentence =
            "This is a forward proxy; WeChat's paths themselves are on the protocol address.";
        return Err((StatusCode::BAD_REQUEST, sentence.to_owned()));
    };
    let refused = |sentence: String| Err((StatusCode::FORBIDDEN, sentence));
    if !hosts::is_wechat(authority.host()) {
        return refused(format!(
            "Refused: {authority} is not WeChat; this proxy leads nowhere else."
        ));
    }
    match (authority.port_u16(), method == Method::CONNECT) {
        (Some(443), _) | (Some(80) | None, false) => Ok(()),
        _ => refused(format!("Refused: {authority}: WeChat listens on port 443.")),
    }
}

/// What is refused in answer to `CONNECT` nobody reads, but many clients show the status line.
fn refuse(status: StatusCode, sentence: String) -> Response<Body> {
    let reason = ReasonPhrase::try_from(sentence.as_bytes());
    let mut response = Response::new(Body::text(sentence + "\n"));
    if let Ok(reason) = reason {
        response.extensions_mut().insert(reason);
    }
    *response.status_mut() = status;
    let plain = http::HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(http::header::CONTENT_TYPE, plain);
    response
}
