//! A mini program's user logs in: the code becomes our own session, the openid stays here.

use suanpan_wechat::{
    id::Appid,
    miniprogram::code2session::{LoginCode, LoginError},
};

use crate::{
    ActError, ChangeSet, Clock, Nonces, Ports, Store, WeChat, Write,
    change::{Commit, SessionRow},
    ports::{Read as _, SessionByToken},
    token::{session_token, sha256_hex},
};

/// How long a session lasts, in seconds of business time.
pub const SESSION_SECONDS: i64 = 24 * 3600;

/// A session token and its life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedIn {
    /// For the front end; only its hash is stored.
    pub session_token: String,
    /// In seconds.
    pub expires_in: i64,
}

/// Exchanges a login code for a session.
///
/// # Errors
/// [`ActError::Login`] when WeChat does not accept the code; [`ActError::NotFound`] for an app
/// that belongs to no account.
pub async fn login<P: Ports>(ports: &P, appid: &Appid, code: &str) -> Result<LoggedIn, ActError> {
    let account = ports.directory().account_of_app(appid).ok_or(ActError::NotFound("app"))?;
    let code = LoginCode::new(code).ok_or(LoginError::InvalidCode)?;
    let session = ports.wechat().code2session(appid, &code).await?;
    let now = ports.clock().business_now();
    let (session_token, token_hash) = session_token(&account.id, ports.nonces().bytes());
    let row = SessionRow {
        token_hash,
        account: account.id.clone(),
        appid: appid.clone(),
        openid: session.openid,
        unionid: session.unionid,
        created_at: now,
        expires_at: now.plus(SESSION_SECONDS),
    };
    let writes = vec![Write::PutSession(row)];
    match ports
        .store()
        .commit(ChangeSet { name: "session.create", guards: Vec::new(), writes })
        .await?
    {
        Commit::Done => Ok(LoggedIn { session_token, expires_in: SESSION_SECONDS }),
        Commit::Conflict => Err(ActError::Busy),
    }
}

/// The session a token stands for.
///
/// # Errors
/// [`ActError::NotAuthorised`] when there is none (any more).
pub async fn session<P: Ports>(ports: &P, session_token: &str) -> Result<SessionRow, ActError> {
    let token_hash = sha256_hex(session_token.as_bytes());
    let session = ports.store().read(SessionByToken { token_hash }).await?;
    let now = ports.clock().business_now();
    session
        .filter(|session| now < session.expires_at)
        .ok_or(ActError::NotAuthorised("session token"))
}
