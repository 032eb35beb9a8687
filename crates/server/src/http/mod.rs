//! HTTP as others meet it. The path of a file is the path of its URL; every handler extracts,
//! parses, calls one act and renders.

mod app;
mod body;
mod client;
mod door;
mod extract;
mod healthz;
mod metrics;
mod notify;
mod problem;
mod readyz;
mod rejects;
mod v1;

use axum::{
    Router,
    handler::Handler,
    middleware,
    routing::{MethodRouter, get, post},
};
use suanpan_acts::Store;

pub(crate) use app::{App, Inner};
pub(crate) use problem::Problem;
pub use rejects::Reject;
pub(crate) use rejects::Rejects;

/// One line of the inventory that [`routes`] is made of and that tests read (threat o03).
struct Route<S> {
    method: &'static str,
    path: &'static str,
    handler: MethodRouter<App<S>>,
}

fn reads<S, H, T>(path: &'static str, handler: H) -> Route<S>
where
    S: Store + 'static,
    H: Handler<T, App<S>>,
    T: 'static,
{
    Route { method: "GET", path, handler: get(handler) }
}

fn does<S, H, T>(path: &'static str, handler: H) -> Route<S>
where
    S: Store + 'static,
    H: Handler<T, App<S>>,
    T: 'static,
{
    Route { method: "POST", path, handler: post(handler) }
}

/// Everything this server answers to.
fn routes<S: Store + 'static>() -> Vec<Route<S>> {
    vec![
        does("/v1/orders", v1::orders::create),
        reads("/v1/orders", v1::orders::list),
        reads("/v1/orders/{order_id}", v1::orders::show::show),
        does("/v1/orders/{order_id}/attempts", v1::orders::attempts::create),
        does("/v1/orders/{order_id}/close", v1::orders::close::close),
        does("/v1/webhook_endpoints", v1::webhook_endpoints::create),
        reads("/v1/webhook_endpoints", v1::webhook_endpoints::list),
        reads("/v1/events", v1::events::list),
        does("/v1/login", v1::login::login),
        does("/v1/sessions/introspect", v1::sessions::introspect::introspect),
        does("/client/v1/login", client::v1::login::login),
        does("/client/v1/orders/{order_id}/pay", client::v1::orders::pay::pay),
        reads("/client/v1/orders/{order_id}", client::v1::orders::show::show),
        does("/notify/v3/{account}/{mchid}/{kind}", notify::v3::receive),
        reads("/healthz", healthz::show),
        reads("/readyz", readyz::show),
        reads("/metrics", metrics::show),
    ]
}

/// The whole surface over one application.
pub(crate) fn router<S: Store + 'static>(app: App<S>) -> Router {
    let door = middleware::from_fn_with_state(app.clone(), door::door);
    routes()
        .into_iter()
        .fold(Router::new(), |router, Route { method, path, handler }| {
            tracing::trace!(method, path, "served");
            router.route(path, handler)
        })
        .method_not_allowed_fallback(|| async { Problem::method_not_allowed() })
        .fallback(|| async { Problem::no_such_path() })
        .layer(door)
        .with_state(app)
}

#[cfg(test)]
mod tests;
