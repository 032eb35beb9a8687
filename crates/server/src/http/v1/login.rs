use axum::{Json, extract::State};
use suanpan_acts::{ActError, Ports as _, Store, login::login as act};

use crate::http::{
    App, Problem,
    client::v1::login::{LoginAnswer, LoginRequest},
    extract::{Json as Body, Merchant},
};

/// `POST /v1/login`: for backends that stand between their front end and us.
#[tracing::instrument(name = "http.login", skip_all)]
pub(in crate::http) async fn login<S: Store + 'static>(
    State(app): State<App<S>>,
    Merchant(account): Merchant,
    Body(request): Body<LoginRequest>,
) -> Result<Json<LoginAnswer>, Problem> {
    let owner = app.ports.directory().account_of_app(&request.appid);
    if owner.is_none_or(|owner| owner.id != account) {
        return Err(ActError::NotFound("app").into());
    }
    let logged_in =
        app.act(|ports| async move { act(&*ports, &request.appid, &request.code).await }).await?;
    Ok(Json(LoginAnswer::of(logged_in)))
}
