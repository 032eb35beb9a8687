use axum::{Json, extract::State};
use suanpan_acts::{ActError, Ports as _, Store, login::session};

use crate::http::{
    App, Problem,
    extract::{Json as Body, Merchant},
};

/// `POST /v1/sessions/introspect`: who is behind a session token. The token stands in the body,
/// because addresses end up in logs (threat a09).
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct IntrospectRequest {
    session_token: String,
}

#[derive(serde::Serialize)]
pub(in crate::http) struct IntrospectAnswer {
    /// Stable, and the same in all apps of one open-platform account where WeChat gives a unionid.
    user_id: String,
    appid: String,
    openid: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    unionid: Option<String>,
    expires_at: suanpan_wechat::Timestamp,
}

#[tracing::instrument(name = "http.sessions.introspect", skip_all)]
pub(in crate::http) async fn introspect<S: Store + 'static>(
    State(app): State<App<S>>,
    Merchant(account): Merchant,
    Body(request): Body<IntrospectRequest>,
) -> Result<Json<IntrospectAnswer>, Problem> {
    let session = match session(&*app.ports, &request.session_token).await {
        Ok(session) if session.account == account => session,
        // Expired, unknown, or another account's: the caller learns no more than that.
        Ok(_) | Err(ActError::NotAuthorised(_)) => {
            return Err(ActError::NotFound("session").into());
        }
        Err(error) => return Err(error.into()),
    };
    let person = match &session.unionid {
        Some(unionid) => unionid.clone(),
        None => format!("{}/{}", session.appid, session.openid),
    };
    Ok(Json(IntrospectAnswer {
        user_id: app.ports.token_key().user_id(&account, &person),
        appid: session.appid.to_string(),
        openid: session.openid.to_string(),
        unionid: session.unionid,
        expires_at: session.expires_at,
    }))
}
