//! The listeners: WeChat's own paths, and the surface through which people and tests act.

mod connection;
pub(crate) mod management;
mod protocol;

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
};

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub(crate) use connection::{Origin, accept_all, serve_connection};
pub(crate) use protocol::{Body, Broken, answer};

use crate::{
    shell::{Addresses, Shared},
    world::Channel,
};

/// What the management surface, and everything mounted on it, works with.
#[derive(Clone)]
pub(crate) struct Surface {
    pub(crate) shared: Arc<Shared>,
    pub(crate) addresses: Addresses,
    pub(crate) ca_pem: String,
    /// Demanded of every management call when set.
    pub(crate) token: Option<Arc<str>>,
    /// The phone's mini programs.
    #[cfg(feature = "phone")]
    pub(crate) phone: crate::phone::Phone,
}

/// Where notifications of merchants that exist in a story alone are acknowledged.
pub(crate) const INBOX_PATH: &str = "/api/scenarios/inbox";

/// The same with its host. What listens everywhere is reached on this machine.
pub(crate) fn inbox(addresses: Addresses) -> String {
    let mut address = addresses.management;
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        IpAddr::V4(_) | IpAddr::V6(_) => {}
    }
    format!("http://{address}{INBOX_PATH}")
}

/// Serves WeChat's paths until told to stop.
pub(crate) async fn serve_protocol(
    listener: TcpListener,
    shared: Arc<Shared>,
    stop: CancellationToken,
) {
    accept_all(listener, stop, move |stream, peer: SocketAddr, stop| {
        let shared = Arc::clone(&shared);
        async move {
            let service = hyper::service::service_fn(move |request| {
                answer(Arc::clone(&shared), request, Channel::Plain)
            });
            serve_connection(stream, service, Origin { peer }, stop).await;
        }
    })
    .await;
}

/// Serves management until told to stop.
pub(crate) async fn serve_management(
    listener: TcpListener,
    surface: Surface,
    stop: CancellationToken,
) {
    let router = management::router(surface, stop.clone());
    accept_all(listener, stop, move |stream, peer: SocketAddr, stop| {
        let service = hyper_util::service::TowerToHyperService::new(router.clone());
        serve_connection(stream, service, Origin { peer }, stop)
    })
    .await;
}
