//! The management surface: what a person with a phone, an operator or a test does.
//!
//! Guards stand in [`guard`]; errors are problem documents ([`problem`]); every handler reads,
//! makes one call into the world and answers.

mod authorizations;
mod cashier;
mod clock;
mod coupons;
mod events;
mod explain;
mod extract;
mod faults;
mod fixture;
mod funds;
mod guard;
mod messages;
mod open;
mod p12;
mod problem;
mod refunds;
mod scenarios;
mod settings;
mod state;
mod transfers;

use std::sync::Arc;

use axum::{
    Router, middleware,
    routing::{get, post},
};
use tokio_util::sync::CancellationToken;

#[cfg(feature = "phone")]
pub(crate) use self::{
    extract::Body,
    guard::GuestHost,
    problem::{Problem, no_such_path},
};
use super::Surface;
use crate::shell::Shared;

/// What handlers are given.
#[derive(Clone)]
pub(crate) struct Management {
    pub(crate) surface: Arc<Surface>,
    pub(crate) stop: CancellationToken,
}

impl Management {
    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.surface.shared
    }
}

/// Everything on the management address.
pub(crate) fn router(surface: Surface, stop: CancellationToken) -> Router {
    let state = Management { surface: Arc::new(surface), stop };
    let guard = middleware::from_fn_with_state(state.clone(), guard::check);
    let router = Router::new();
    #[cfg(feature = "phone")]
    let router = router.merge(crate::phone::router());
    router
        .route("/api/fixture", get(fixture::read))
        .route("/api/merchants", post(fixture::add_merchant))
        .route("/api/merchants/{mchid}/rotate", post(fixture::rotate))
        .route("/api/merchants/{mchid}/trust_mode", post(fixture::set_trust_mode))
        .route("/api/merchants/{mchid}/account", get(funds::read))
        .route("/api/merchants/{mchid}/deposit", post(funds::deposit))
        .route("/api/merchants/{mchid}/sub_merchants", post(fixture::add_sub_merchant))
        .route("/api/apps", post(fixture::add_app))
        .route("/api/users", post(fixture::add_user))
        .route("/api/users/{name}/wallet", get(cashier::wallet).patch(cashier::change_wallet))
        .route("/api/users/{name}/payment_code", post(cashier::payment_code))
        .route("/api/users/{name}/coupons", get(coupons::list).post(coupons::give))
        .merge(open::router())
        .route("/api/login", post(cashier::login))
        .route("/api/cashier", post(cashier::open))
        .route("/api/pay", post(cashier::pay))
        .route("/api/orders", get(cashier::orders))
        .route("/api/orders/{mchid}/{out_trade_no}", get(cashier::order))
        .route("/api/refunds", get(refunds::list).post(refunds::by_hand))
        .route("/api/refunds/close", post(refunds::close))
        .route("/api/transfers", get(transfers::list))
        .route("/api/transfers/open", post(transfers::open))
        .route("/api/transfers/confirm", post(transfers::confirm))
        .route("/api/authorizations", get(authorizations::list))
        .route("/api/authorizations/open", post(authorizations::open))
        .route("/api/authorizations/agree", post(authorizations::agree))
        .route("/api/authorizations/end", post(authorizations::end))
        .route("/api/settings", get(settings::read).put(settings::replace))
        .route("/api/clock", get(clock::read))
        .route("/api/clock/due", get(clock::due))
        .route("/api/clock/advance", post(clock::advance))
        .route("/api/clock/set", post(clock::set))
        .route("/api/clock/pause", post(clock::pause))
        .route("/api/clock/resume", post(clock::resume))
        .route("/api/faults", get(faults::read).put(faults::replace).delete(faults::clear))
        .route("/api/faults/known", get(faults::known))
        .route("/api/faults/nasty", post(faults::be_nasty))
        .route("/api/messages", get(messages::read))
        .route("/api/explain", get(explain::list).post(explain::explain))
        .route("/api/notify/resend", post(messages::resend))
        .route("/api/events", get(events::stream))
        .route("/api/scenarios/play", post(scenarios::play_story))
        .route(crate::http::INBOX_PATH, post(scenarios::acknowledge))
        .route(
            "/api/scenarios/record",
            get(scenarios::recorded).post(scenarios::record).delete(scenarios::stop),
        )
        .route("/api/state", get(state::export).put(state::import))
        .route("/api/reset", post(fixture::reset))
        .fallback(problem::no_such_path)
        .method_not_allowed_fallback(problem::other_method)
        .layer(guard)
        .with_state(state)
}
