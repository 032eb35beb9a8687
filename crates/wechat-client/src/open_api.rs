//! Calls to the open platform: sent once, judged, never repeated.

use suanpan_wechat::{
    miniprogram::code2session::{Code2Session, LoginError, Session},
    open_api::{OpenCall, OpenOutcome, OpenUnknown, judge},
    secret::AppCredentials,
};

use crate::client::Client;

impl Client {
    /// Makes one call of an app or a user, and says what became of it. The credential goes into
    /// the request and nowhere else: neither logs nor outcomes have it.
    ///
    /// For calls that an app's access_token lets in, [`AppTokens`](crate::AppTokens) has a method
    /// that looks after the token as well.
    pub async fn open_api<C: OpenCall>(
        &self,
        call: &C,
        credential: &C::Credential,
    ) -> OpenOutcome<C::Answer> {
        let request = call.request(credential);
        match self.exchange_open(C::NAME, request.expose()).await {
            Ok(answer) => judge(call, &answer),
            Err(fault) => OpenOutcome::Unknown(OpenUnknown::Transport(fault)),
        }
    }

    /// Exchanges a login code of a mini program for the person behind it.
    ///
    /// # Errors
    /// See [`LoginError`]. A code of another app than `app` is invalid without asking.
    pub async fn code2session(
        &self,
        app: &AppCredentials,
        login: &Code2Session,
    ) -> Result<Session, LoginError> {
        if login.appid != app.appid {
            return Err(LoginError::InvalidCode);
        }
        LoginError::of(self.open_api(login, &app.secret).await)
    }
}
