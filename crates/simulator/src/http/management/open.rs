//! The open platform's other side: what owners of apps enter in the console, what WeChat knows of
//! people, and what pages and mini programs ask of WeChat's client.

use axum::{
    Json, Router,
    extract::{Path, State},
    routing::{get, post},
};
use http::StatusCode;
use serde_json::{Map, Value};
use suanpan_wechat::id::Appid;

use super::{Management, extract::Body, problem::Problem};
use crate::world::{
    Authorized, ConfirmReceipt, Consent, Console, InboxMessage, JsConfig, JsConfigVerdict,
    NotifyResult, OpenedLink, PhoneNumberDetail, Profile, Push, PushCheck, ReceiptStatus,
    SubscribeAnswer, SubscribeChoice, UserProfile,
};

pub(super) fn router() -> Router<Management> {
    Router::new()
        .route("/api/apps/{appid}/console", get(console).post(change_console))
        .route("/api/apps/{appid}/push", get(push).put(set_push).delete(remove_push))
        .route("/api/users/{name}/messages", get(messages))
        .route("/api/users/{name}/profile", get(profile).post(change_profile))
        .route("/api/guest/authorize", post(authorize))
        .route("/api/guest/js_config", post(js_config))
        .route("/api/guest/check_session", post(check_session))
        .route("/api/guest/expire_session", post(expire_session))
        .route("/api/guest/phone_number", post(phone_number))
        .route("/api/guest/user_profile", post(user_profile))
        .route("/api/guest/subscribe", post(subscribe))
        .route("/api/guest/confirm_receipt", post(confirm_receipt))
        .route("/api/guest/open_link", post(open_link))
}

async fn console(
    State(management): State<Management>,
    Path(appid): Path<Appid>,
) -> Result<Json<Console>, Problem> {
    management.shared().read(|world, _| {
        let known = world.apps().any(|app| app.appid == appid);
        let console = known.then(|| Json(world.console(&appid).clone()));
        console.ok_or_else(|| Problem::not_found(format!("there is no appid {appid}")))
    })
}

/// Members that are left out stay as they are.
async fn change_console(
    State(management): State<Management>,
    Path(appid): Path<Appid>,
    Body(changes): Body<Map<String, Value>>,
) -> Result<Json<Console>, Problem> {
    management.shared().change(|world, _| {
        let console: Console = changed(world.console(&appid), changes)?;
        world.set_console(&appid, console)?;
        Ok(Json(world.console(&appid).clone()))
    })
}

#[derive(serde::Serialize)]
struct PushView {
    push: Option<Push>,
}

async fn push(State(management): State<Management>, Path(appid): Path<Appid>) -> Json<PushView> {
    let push = management.shared().read(|world, _| world.push(&appid).cloned());
    Json(PushView { push })
}

/// The address is asked first, as the console does, and taken only when it gives the right echo.
async fn set_push(
    State(management): State<Management>,
    Path(appid): Path<Appid>,
    Body(push): Body<Push>,
) -> Result<Json<PushView>, Problem> {
    let shared = management.shared();
    let PushCheck { url, echostr } =
        shared.change(|world, times| world.check_push(&appid, &push, times))?;
    let heard = match shared.fetch(&url).await {
        NotifyResult::Answered { status: 200, body } if body == echostr.as_bytes() => None,
        NotifyResult::Answered { status: 200, .. } => Some("another echo".to_owned()),
        NotifyResult::Answered { status, .. } => Some(format!("HTTP {status}")),
        NotifyResult::TimedOut => Some("nothing within 5 s".to_owned()),
        NotifyResult::Refused { reason } => Some(reason),
    };
    if let Some(heard) = heard {
        let detail = format!("Token验证失败: wanted the echostr as it stands, got {heard}");
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "NO_ECHO", detail));
    }
    shared.change(|world, _| world.set_push(&appid, Some(push.clone())))?;
    Ok(Json(PushView { push: Some(push) }))
}

async fn remove_push(
    State(management): State<Management>,
    Path(appid): Path<Appid>,
) -> Result<Json<PushView>, Problem> {
    management.shared().change(|world, _| world.set_push(&appid, None))?;
    Ok(Json(PushView { push: None }))
}

#[derive(serde::Serialize)]
struct Messages {
    messages: Vec<InboxMessage>,
}

async fn messages(
    State(management): State<Management>,
    Path(name): Path<String>,
) -> Result<Json<Messages>, Problem> {
    let messages = management
        .shared()
        .read(|world, _| Some(world.inbox(&name)?.into_iter().cloned().collect()));
    messages.map(|messages| Json(Messages { messages })).ok_or_else(|| no_user(&name))
}

async fn profile(
    State(management): State<Management>,
    Path(name): Path<String>,
) -> Result<Json<Profile>, Problem> {
    let profile = management.shared().read(|world, _| world.profile(&name));
    profile.map(Json).ok_or_else(|| no_user(&name))
}

/// Members that are left out stay as they are.
async fn change_profile(
    State(management): State<Management>,
    Path(name): Path<String>,
    Body(changes): Body<Map<String, Value>>,
) -> Result<Json<Profile>, Problem> {
    management.shared().change(|world, _| {
        let before = world.profile(&name).ok_or_else(|| no_user(&name))?;
        let profile: Profile = changed(&before, changes)?;
        world.set_profile(&name, profile.clone())?;
        Ok(Json(profile))
    })
}

fn no_user(name: &str) -> Problem {
    Problem::not_found(format!("there is no user {name}"))
}

fn changed<T: serde::Serialize + serde::de::DeserializeOwned>(
    before: &T,
    changes: Map<String, Value>,
) -> Result<T, Problem> {
    let Ok(Value::Object(mut members)) = serde_json::to_value(before) else {
        return Err(Problem::bad_request("these settings have no members"));
    };
    members.extend(changes);
    serde_json::from_value(Value::Object(members))
        .map_err(|error| Problem::bad_request(error.to_string()))
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Authorize {
    /// Whole, with its fragment.
    url: String,
    user: String,
    #[serde(default)]
    consent: Option<Consent>,
}

async fn authorize(
    State(management): State<Management>,
    Body(Authorize { url, user, consent }): Body<Authorize>,
) -> Result<Json<Authorized>, Problem> {
    let shared = management.shared();
    let sent = shared.change(|world, times| world.authorize(&url, &user, consent, times))?;
    Ok(Json(sent))
}

async fn js_config(
    State(management): State<Management>,
    Body(config): Body<JsConfig>,
) -> Result<Json<JsConfigVerdict>, Problem> {
    let verdict = management.shared().read(|world, times| world.check_js_config(&config, times))?;
    Ok(Json(verdict))
}

/// A person in a mini program.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Visitor {
    appid: Appid,
    user: String,
}

#[derive(serde::Serialize)]
struct SessionVerdict {
    ok: bool,
}

async fn check_session(
    State(management): State<Management>,
    Body(Visitor { appid, user }): Body<Visitor>,
) -> Result<Json<SessionVerdict>, Problem> {
    let ok = management.shared().read(|world, _| world.session_lives(&appid, &user))?;
    Ok(Json(SessionVerdict { ok }))
}

async fn expire_session(
    State(management): State<Management>,
    Body(Visitor { appid, user }): Body<Visitor>,
) -> Result<Json<SessionVerdict>, Problem> {
    management.shared().change(|world, _| world.expire_session(&appid, &user))?;
    Ok(Json(SessionVerdict { ok: false }))
}

async fn phone_number(
    State(management): State<Management>,
    Body(Visitor { appid, user }): Body<Visitor>,
) -> Result<Json<PhoneNumberDetail>, Problem> {
    let shared = management.shared();
    let detail = shared.change(|world, times| world.press_phone_number(&appid, &user, times))?;
    Ok(Json(detail))
}

async fn user_profile(
    State(management): State<Management>,
    Body(Visitor { appid, user }): Body<Visitor>,
) -> Result<Json<UserProfile>, Problem> {
    let shared = management.shared();
    let profile = shared.change(|world, times| world.user_profile(&appid, &user, times))?;
    Ok(Json(profile))
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Subscribe {
    appid: Appid,
    user: String,
    template_ids: Vec<String>,
    choice: SubscribeChoice,
}

async fn subscribe(
    State(management): State<Management>,
    Body(Subscribe { appid, user, template_ids, choice }): Body<Subscribe>,
) -> Result<Json<SubscribeAnswer>, Problem> {
    let answer = management
        .shared()
        .change(|world, _| world.ask_to_subscribe(&appid, &user, &template_ids, choice))?;
    Ok(Json(answer))
}

#[derive(serde::Serialize)]
struct ReceiptView {
    status: ReceiptStatus,
}

async fn confirm_receipt(
    State(management): State<Management>,
    Body(wanted): Body<ConfirmReceipt>,
) -> Result<Json<ReceiptView>, Problem> {
    let shared = management.shared();
    let status = shared.change(|world, times| world.confirm_receipt(&wanted, times))?;
    Ok(Json(ReceiptView { status }))
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Link {
    link: String,
}

async fn open_link(
    State(management): State<Management>,
    Body(Link { link }): Body<Link>,
) -> Result<Json<OpenedLink>, Problem> {
    let opened = management.shared().read(|world, times| world.open_link(&link, times).cloned())?;
    Ok(Json(opened))
}
