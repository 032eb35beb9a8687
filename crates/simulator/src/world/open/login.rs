//! Login: the code `wx.login` gives, and `GET /sns/jscode2session` (open platform §2).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use suanpan_wechat::id::{Appid, Openid};

use crate::world::{
    cashier::{Refusal, RefusalCode},
    exchange::{HttpRequest, HttpResponse, Times},
    fault::FaultName,
    front::About,
    identity::AppKind,
    order::Login,
    state::{State, World},
};

/// A login code lives five minutes and works once.
const CODE_SECONDS: i64 = 300;

#[derive(serde::Serialize)]
struct Session<'a> {
    session_key: &'a str,
    openid: &'a Openid,
    unionid: &'a str,
}

#[derive(serde::Serialize)]
struct Failure {
    errcode: i64,
    errmsg: String,
}

impl World {
    /// What `wx.login` (or the OAuth redirect) gives this person in this app.
    ///
    /// # Errors
    /// When app or user do not exist.
    pub fn login(&mut self, appid: &Appid, user: &str, now: Times) -> Result<String, Refusal> {
        if !self.state.apps.contains_key(appid) {
            return Err(Refusal::new(RefusalCode::NotFound, "没有这个appid"));
        }
        if !self.state.users.contains_key(user) {
            return Err(Refusal::new(RefusalCode::NotFound, "没有这个用户"));
        }
        self.state.forget_old_logins(now);
        let code = format!("0{}", self.state.chance.alphanumeric(31));
        let login = Login {
            appid: appid.clone(),
            user: user.to_owned(),
            expires_at: now.business.plus(CODE_SECONDS),
            used: false,
        };
        self.state.logins.insert(code.clone(), login);
        Ok(code)
    }

    /// `GET /sns/jscode2session`. Success and failure are both HTTP 200; nothing is signed.
    pub(crate) fn jscode2session(&mut self, request: &HttpRequest, now: Times) -> HttpResponse {
        let body = match self.exchange_code(request, now) {
            Ok(session) => session,
            Err((errcode, text)) => {
                // The first group of a rid is the second in hex.
                let rid = format!(
                    "{:08x}-{}-{}",
                    now.wall.unix(),
                    self.state.chance.hex(8),
                    self.state.chance.hex(8)
                );
                let failure = Failure { errcode, errmsg: format!("{text}, rid: {rid}") };
                serde_json::to_vec(&failure).expect("a failure has string keys and no maps")
            }
        };
        HttpResponse {
            status: 200,
            headers: vec![("Content-Type".to_owned(), "text/plain".to_owned())],
            body,
        }
    }

    fn exchange_code(
        &mut self,
        request: &HttpRequest,
        now: Times,
    ) -> Result<Vec<u8>, (i64, &'static str)> {
        let about = About::of(request);
        let subject = about.subject();
        if self.strikes(FaultName::Http429, &subject) {
            return Err((45011, "api minute-quota reach limit  mustslower  retry next minute"));
        }
        if self.strikes(FaultName::Http500, &subject) {
            return Err((-1, "system error"));
        }
        let given = |name: &str| request.query(name).filter(|value| !value.is_empty());
        let appid = given("appid").ok_or((41002, "appid missing"))?;
        let secret = given("secret").ok_or((41004, "appsecret missing"))?;
        let code = given("js_code").ok_or((41008, "missing code"))?;
        let app = Appid::new(appid).ok().and_then(|appid| self.state.apps.get(&appid));
        let app = app.filter(|app| app.kind == AppKind::MiniProgram);
        let app = app.ok_or((40013, "invalid appid"))?;
        if app.app_secret != secret {
            return Err((40125, "invalid appsecret"));
        }
        if request.query("grant_type").is_some_and(|grant| grant != "authorization_code") {
            return Err((40002, "invalid grant_type"));
        }
        let appid = app.appid.clone();
        let login = self.state.logins.get_mut(&code).ok_or((40029, "invalid code"))?;
        if login.appid != appid || now.business >= login.expires_at {
            return Err((40029, "invalid code"));
        }
        if login.used {
            return Err((40163, "code been used"));
        }
        login.used = true;
        let user = login.user.clone();
        let session_key = STANDARD.encode(self.state.chance.bytes::<16>());
        let person = self.state.users.get_mut(&user).expect("users are never removed");
        person.session_keys.insert(appid.clone(), session_key.clone());
        let session = Session {
            session_key: &session_key,
            openid: &person.user.openids[&appid],
            unionid: &person.user.unionid,
        };
        Ok(serde_json::to_vec(&session).expect("a session has string keys and no maps"))
    }
}

impl State {
    /// Gives every user an openid in this app.
    pub(crate) fn introduce_everybody(&mut self, appid: &Appid) {
        for person in self.users.values_mut() {
            let openid = person.user.openids.entry(appid.clone()).or_insert_with(|| {
                // 28 characters, the first an `o`.
                Openid::new(format!("o{}", self.chance.alphanumeric(27)))
                    .expect("letters and digits are an openid")
            });
            let known = (appid.clone(), person.user.name.clone());
            self.openids.entry(openid.clone()).or_insert(known);
        }
    }

    fn forget_old_logins(&mut self, now: Times) {
        self.logins.retain(|_, login| now.business < login.expires_at.plus(CODE_SECONDS));
    }
}
