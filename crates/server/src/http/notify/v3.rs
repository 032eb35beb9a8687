//! `POST /notify/v3/{account}/{mchid}/{transaction|refund}`: verify, open, compare, commit, answer;
//! in this order, and a 2xx only at the end. Anything else is answered with an error, and WeChat
//! comes back.

use std::{sync::atomic::Ordering, time::Duration};

use axum::{
    body::Body,
    extract::{Path, Request, State},
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use suanpan_acts::{
    ActError, Clock as _, Ports as _, Store,
    directory::NotifyRoute,
    receive::{Receive, Received, receive as act},
};
use suanpan_trade::AccountId;
use suanpan_wechat::{
    call::Malformed,
    id::Mchid,
    notify::REFUSAL,
    seal::DoesNotOpen,
    verify::{SignatureHeaders, VerifyError, WINDOW_SECONDS},
};
use suanpan_wechat_client::MerchantCredentials;

use crate::{
    http::{App, Problem, Reject, body::collect, extract::is_plain_json},
    shell::{Lane, NotRun},
};

/// WeChat's largest notifications are a few KiB.
const BODY_LIMIT: usize = 64 * 1024;

/// WeChat hangs up after five seconds; by then it must have its answer (invariant L05).
const DEADLINE: Duration = Duration::from_secs(3);

/// Why a notification was not accepted.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("no such route")]
    NoRoute,
    #[error("not plain JSON")]
    NotJson,
    #[error("the body cannot be taken: {0}")]
    Body(StatusCode),
    #[error(transparent)]
    NotVerified(#[from] VerifyError),
    #[error(transparent)]
    Malformed(#[from] Malformed),
    #[error("{0}: is the APIv3 key still the one in the merchant console?")]
    Sealed(#[from] DoesNotOpen),
    #[error(transparent)]
    Act(#[from] ActError),
    #[error(transparent)]
    NotRun(#[from] NotRun),
    #[error("not done within {} s", DEADLINE.as_secs())]
    TooSlow,
}

impl Refusal {
    fn status(&self) -> StatusCode {
        match self {
            Refusal::NoRoute => StatusCode::NOT_FOUND,
            Refusal::NotJson => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Refusal::Body(status) => *status,
            Refusal::NotVerified(_) => StatusCode::UNAUTHORIZED,
            Refusal::Malformed(_) | Refusal::Act(ActError::WrongRoute) => StatusCode::BAD_REQUEST,
            // Ours to repair; WeChat sends again until then (threat k05).
            Refusal::Sealed(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Refusal::Act(_) | Refusal::NotRun(_) | Refusal::TooSlow => {
                StatusCode::SERVICE_UNAVAILABLE
            }
        }
    }
}

/// One of our notification addresses, and the keys that go with it (threat n13).
struct Route<'a> {
    account: AccountId,
    mchid: Mchid,
    kind: NotifyRoute,
    credentials: &'a MerchantCredentials,
}

#[tracing::instrument(name = "http.notify.v3", skip_all)]
pub(in crate::http) async fn receive<S: Store + 'static>(
    State(app): State<App<S>>,
    Path(segments): Path<(String, String, String)>,
    request: Request,
) -> Response {
    let answer = async { tokio::time::timeout(DEADLINE, take(&app, &segments, request)).await };
    match answer.await.unwrap_or(Err(Refusal::TooSlow)) {
        Ok(received) => {
            app.metrics.notifications_accepted.fetch_add(1, Ordering::Relaxed);
            tracing::info!(?received, "a notification was stored");
            StatusCode::NO_CONTENT.into_response()
        }
        Err(refusal) => refuse(&app, &segments, &refusal),
    }
}

async fn take<S: Store + 'static>(
    app: &App<S>,
    segments: &(String, String, String),
    request: Request,
) -> Result<Received, Refusal> {
    let route = route(app, segments).ok_or(Refusal::NoRoute)?;
    if !is_plain_json(request.headers()) {
        return Err(Refusal::NotJson);
    }
    // Everything cheap comes before the body is read, and that before any arithmetic on keys
    // (threat h09).
    let headers = SignatureHeaders::read(|name| request.headers().get(name)?.to_str().ok())?;
    let skew_seconds = app.ports.clock().wall_now().since(headers.timestamp);
    if skew_seconds.abs() > WINDOW_SECONDS {
        return Err(VerifyError::OutsideWindow { skew_seconds }.into());
    }
    let body = collect(request.into_body(), BODY_LIMIT).await;
    let body = body.map_err(|problem: Problem| Refusal::Body(problem.status()))?;
    let (ports, credentials) = (std::sync::Arc::clone(&app.ports), route.credentials.clone());
    let Route { account, mchid, kind, .. } = route;
    let task = async move {
        // Only what was proven to come from WeChat is looked at, byte for byte as it came.
        let client = &ports.wechat.client;
        let verified = client.verify_notification(&credentials, &headers, &body).await?;
        let notification = verified.notification()?;
        let notification_id = notification.get().id.clone();
        let content = notification.open(credentials.api_v3_keys())?;
        let request = Receive { account, mchid, route: kind, notification_id, content };
        Ok(act(&*ports, request).await?)
    };
    app.shell.run(Lane::Notifications, task).await?
}

fn route<'a, S: Store>(
    app: &'a App<S>,
    (account, mchid, kind): &(String, String, String),
) -> Option<Route<'a>> {
    let account = AccountId::new(account.as_str()).ok()?;
    let mchid = Mchid::new(mchid.as_str()).ok()?;
    let kind = [NotifyRoute::Transaction, NotifyRoute::Refund]
        .into_iter()
        .find(|known| known.as_str() == kind)?;
    app.ports.directory().account(&account)?.merchant(Some(&mchid))?;
    let credentials = app.ports.wechat.merchants.get(&mchid)?;
    Some(Route { account, mchid, kind, credentials })
}

fn refuse<S: Store>(
    app: &App<S>,
    (account, mchid, kind): &(String, String, String),
    refusal: &Refusal,
) -> Response {
    let status = refusal.status();
    if status.is_server_error() {
        app.metrics.notifications_failed.fetch_add(1, Ordering::Relaxed);
        tracing::error!(error = %refusal, "a notification could not be taken; WeChat sends again");
    } else {
        // Forgeries and WeChat's own probes alike: counted, sampled, not shouted about (n20).
        app.metrics.notifications_refused.fetch_add(1, Ordering::Relaxed);
        tracing::debug!(error = %refusal, "a notification was refused");
        let route: String = format!("{account}/{mchid}/{kind}").chars().take(80).collect();
        let at = app.ports.clock().wall_now();
        app.rejects.keep(Reject { at, route, reason: refusal.to_string() });
    }
    let json = [(header::CONTENT_TYPE, "application/json")];
    (status, json, Body::from(REFUSAL)).into_response()
}
