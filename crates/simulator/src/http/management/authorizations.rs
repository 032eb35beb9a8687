//! Standing permissions for transfers, as the person who gives them meets them.

use axum::{Json, extract::State};
use suanpan_wechat::{
    Timestamp,
    id::{Appid, Mchid},
};

use super::{
    Management,
    extract::{Body, Params},
    problem::Problem,
    transfers::{Page, Which},
};
use crate::world::{
    Authorization, AuthorizationCloseReason, AuthorizationPage, AuthorizationState,
};

/// How many permissions a list shows.
const LIMIT: usize = 200;

#[derive(serde::Serialize)]
pub(super) struct AuthorizationView {
    mchid: Mchid,
    appid: Appid,
    out_authorization_no: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorization_id: Option<String>,
    user: String,
    user_display_name: String,
    state: AuthorizationState,
    #[serde(skip_serializing_if = "Option::is_none")]
    close_reason: Option<AuthorizationCloseReason>,
    package_info: String,
    created_at: Timestamp,
}

impl From<Authorization> for AuthorizationView {
    fn from(known: Authorization) -> Self {
        Self {
            mchid: known.mchid,
            appid: known.appid,
            out_authorization_no: known.out_authorization_no,
            authorization_id: known.authorization_id,
            user: known.user,
            user_display_name: known.display_name,
            state: known.state,
            close_reason: known.closed.map(|closed| closed.reason),
            package_info: known.package_info,
            created_at: known.created_at,
        }
    }
}

#[derive(serde::Serialize)]
pub(super) struct Authorizations {
    authorizations: Vec<AuthorizationView>,
}

pub(super) async fn list(
    State(management): State<Management>,
    Params(Which { user }): Params<Which>,
) -> Json<Authorizations> {
    let all = management.shared().read(|world, _| world.authorizations(user.as_deref(), LIMIT));
    let authorizations = all.into_iter().map(AuthorizationView::from).collect();
    Json(Authorizations { authorizations })
}

pub(super) async fn open(
    State(management): State<Management>,
    Body(Page { invoke, user }): Body<Page>,
) -> Result<Json<AuthorizationPage>, Problem> {
    Ok(Json(management.shared().read(|world, _| world.authorization_page(&invoke, &user))?))
}

pub(super) async fn agree(
    State(management): State<Management>,
    Body(Page { invoke, user }): Body<Page>,
) -> Result<Json<AuthorizationPage>, Problem> {
    let shared = management.shared();
    Ok(Json(shared.change(|world, times| world.agree(&invoke, &user, times))?))
}

/// The person wants no more transfers without being asked.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct End {
    user: String,
    authorization_id: String,
}

pub(super) async fn end(
    State(management): State<Management>,
    Body(End { user, authorization_id }): Body<End>,
) -> Result<Json<AuthorizationView>, Problem> {
    let shared = management.shared();
    let ended =
        shared.change(|world, times| world.end_authorization(&user, &authorization_id, times))?;
    Ok(Json(ended.into()))
}
