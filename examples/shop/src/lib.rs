//! A sample shop backend (a tea counter), written to be copied.
//!
//! It shows everything a merchant's backend has to do with Suanpan, which is two things: create an
//! order from its **own** price list (`suanpan.rs`), and believe a payment only when a **signed
//! webhook** says so (`webhooks.rs`). Login, prepay, signatures and notifications are Suanpan's.
//!
//! | route | who calls | what it does |
//! |---|---|---|
//! | `GET /api/products` | the mini program | the price list |
//! | `POST /api/orders` | the mini program | creates an order, answers `order_id` and `order_token` |
//! | `GET /api/orders/{order_id}` | the mini program | how far the order is, by our own books |
//! | `POST /webhooks` | Suanpan | something happened to an order |

mod books;
mod products;
mod routes;
mod suanpan;
mod webhooks;

use std::{future::Future, net::SocketAddr, path::PathBuf, sync::Arc};

use tokio::net::TcpListener;

/// What the shop must know.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where Suanpan is: `http://127.0.0.1:8700`.
    pub suanpan_url: String,
    /// Authorises us there. Never leaves the backend.
    pub api_key: String,
    /// `whsec_…`, from the answer that created our webhook endpoint.
    pub webhook_secret: String,
    /// The file our books are kept in.
    pub books: PathBuf,
}

/// Why the shop does not open.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShopError {
    /// The books cannot be read or written.
    #[error("the books at {path} cannot be used: {source}")]
    Books {
        /// Where they are.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The webhook secret is not one.
    #[error("the webhook secret must look like whsec_…")]
    WebhookSecret,
    /// The HTTP client cannot be made.
    #[error("no HTTP client: {0}")]
    Client(#[from] reqwest::Error),
    /// The listener failed.
    #[error("the shop cannot listen: {0}")]
    Listen(#[from] std::io::Error),
}

/// Everything a request needs.
pub(crate) struct Shop {
    suanpan: suanpan::Suanpan,
    webhook: standardwebhooks::Webhook,
    books: books::Books,
}

/// Serves until `shutdown` resolves.
///
/// # Errors
/// See [`ShopError`].
pub async fn serve(
    listener: TcpListener,
    config: Config,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ShopError> {
    let books = books::Books::open(&config.books)
        .map_err(|source| ShopError::Books { path: config.books.clone(), source })?;
    let webhook = standardwebhooks::Webhook::new(&config.webhook_secret)
        .map_err(|_| ShopError::WebhookSecret)?;
    let suanpan = suanpan::Suanpan::new(config.suanpan_url, config.api_key)?;
    let shop = Arc::new(Shop { suanpan, webhook, books });
    let address: SocketAddr = listener.local_addr()?;
    tracing::info!(%address, "the shop is open");
    axum::serve(listener, routes::router(shop)).with_graceful_shutdown(shutdown).await?;
    Ok(())
}
