use axum::{Json, extract::State};
use suanpan_acts::{
    Store,
    login::{LoggedIn, login as act},
};
use suanpan_wechat::id::Appid;

use crate::http::{App, Problem, extract::Json as Body};

/// `POST /client/v1/login`.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct LoginRequest {
    pub(in crate::http) appid: Appid,
    pub(in crate::http) code: String,
}

#[derive(serde::Serialize)]
pub(in crate::http) struct LoginAnswer {
    session_token: String,
    expires_in: i64,
}

impl LoginAnswer {
    pub(in crate::http) fn of(logged_in: LoggedIn) -> Self {
        Self { session_token: logged_in.session_token, expires_in: logged_in.expires_in }
    }
}

#[tracing::instrument(name = "http.client.login", skip_all)]
pub(in crate::http) async fn login<S: Store + 'static>(
    State(app): State<App<S>>,
    Body(request): Body<LoginRequest>,
) -> Result<Json<LoginAnswer>, Problem> {
    let logged_in =
        app.act(|ports| async move { act(&*ports, &request.appid, &request.code).await }).await?;
    Ok(Json(LoginAnswer::of(logged_in)))
}
