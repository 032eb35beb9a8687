//! The forward proxy: programs that only know WeChat's host names end up in the simulator.
//!
//! `CONNECT` is answered for WeChat's names alone, with TLS from a local CA that exists nowhere
//! but on this machine; plain `http://` targets in absolute form work too. Every other host is
//! refused: this is no way out into the internet.

mod authority;

use std::{net::SocketAddr, sync::Arc};

use http::{Method, StatusCode};
use hyper::{Request, Response, body::Incoming};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub(crate) use authority::Authority;
pub use authority::AuthorityError;

use crate::{
    http::{Body, Origin, accept_all, answer, serve_connection},
    shell::Shared,
};

/// The names this proxy answers for, the backups of v3 §1.1 among them.
pub(crate) const HOSTS: [&str; 8] = [
    "api.mch.weixin.qq.com",
    "api2.mch.weixin.qq.com",
    "api.wechatpay.cn",
    "api2.wechatpay.cn",
    "api.weixin.qq.com",
    "api2.weixin.qq.com",
    "open.weixin.qq.com",
    "mp.weixin.qq.com",
];

#[derive(Clone)]
struct Proxy {
    shared: Arc<Shared>,
    tls: tokio_rustls::TlsAcceptor,
    stop: CancellationToken,
}

/// Serves the proxy until told to stop.
pub(crate) async fn serve(
    listener: TcpListener,
    authority: Authority,
    shared: Arc<Shared>,
    stop: CancellationToken,
) {
    let proxy = Proxy { shared, tls: authority.acceptor(), stop: stop.clone() };
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

impl Proxy {
    async fn handle(
        self,
        request: Request<Incoming>,
        peer: SocketAddr,
    ) -> Result<Response<Body>, crate::http::Broken> {
        let Some(authority) = request.uri().authority() else {
            return Ok(refuse(
                StatusCode::BAD_REQUEST,
                "This is a forward proxy; WeChat's paths themselves are on the protocol address.\n",
            ));
        };
        if !HOSTS.contains(&authority.host().to_ascii_lowercase().as_str()) {
            return Ok(refuse(
                StatusCode::FORBIDDEN,
                &format!("Refused: {authority} is not WeChat; this proxy leads nowhere else.\n"),
            ));
        }
        if request.method() != Method::CONNECT {
            return answer(self.shared, request).await;
        }
        if authority.port_u16() != Some(443) {
            return Ok(refuse(StatusCode::FORBIDDEN, "Refused: WeChat listens on port 443.\n"));
        }
        tokio::spawn(self.tunnel(request, peer));
        Ok(Response::new(Body::text(String::new())))
    }

    /// The end of the tunnel is here, and speaks TLS under WeChat's name.
    async fn tunnel(self, request: Request<Incoming>, peer: SocketAddr) {
        let stream = match hyper::upgrade::on(request).await {
            Ok(upgraded) => TokioIo::new(upgraded),
            Err(error) => return tracing::debug!(%peer, %error, "a tunnel was not opened"),
        };
        let stream = match self.tls.accept(stream).await {
            Ok(stream) => stream,
            Err(error) => {
                return tracing::warn!(%peer, %error, "TLS failed; does the client trust the CA?");
            }
        };
        let shared = self.shared;
        let service =
            hyper::service::service_fn(move |request| answer(Arc::clone(&shared), request));
        serve_connection(stream, service, Origin { peer }, self.stop).await;
    }
}

fn refuse(status: StatusCode, sentence: &str) -> Response<Body> {
    let mut response = Response::new(Body::text(sentence.to_owned()));
    *response.status_mut() = status;
    let plain = http::HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(http::header::CONTENT_TYPE, plain);
    response
}
