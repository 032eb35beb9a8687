//! The open platform from outside: an app's server with its secret, and people with phones.

mod authorisation;
mod combined_shipping;
mod hostile;
mod js_sdk;
mod messages;
mod open_data;
mod pushes;
mod shipping;
mod tokens;

use suanpan_wechat::{
    call::RawAnswer,
    open_api::{self, OpenCall, OpenOutcome},
    secret::AccessToken,
};

use super::*;

const SECRETS: [(&str, &str); 2] = [
    (pool::MINI_PROGRAM, "5ua9pan5ecret0000000000000000001"),
    (pool::OFFICIAL_ACCOUNT, "5ua9pan5ecret0000000000000000002"),
];

fn secret(appid: &str) -> &'static str {
    SECRETS.iter().find(|(known, _)| *known == appid).unwrap().1
}

fn mini_program() -> Appid {
    Appid::new(pool::MINI_PROGRAM).unwrap()
}

fn official_account() -> Appid {
    Appid::new(pool::OFFICIAL_ACCOUNT).unwrap()
}

impl Till {
    fn ask(&mut self, method: &str, target: &str, body: &str) -> HttpResponse {
        let request = HttpRequest {
            method: method.into(),
            target: target.into(),
            headers: vec![("Host".into(), "api.weixin.qq.com".into())],
            body: body.as_bytes().to_vec(),
            channel: Channel::Plain,
        };
        let reply = self.world.handle(&request, self.times());
        self.world.audit().unwrap();
        reply.response
    }

    fn get(&mut self, target: &str) -> Value {
        let response = self.ask("GET", target, "");
        assert_eq!(response.status, 200);
        serde_json::from_slice(&response.body).unwrap()
    }

    fn post(&mut self, target: &str, body: &Value) -> Value {
        let response = self.ask("POST", target, &body.to_string());
        assert_eq!(response.status, 200);
        serde_json::from_slice(&response.body).unwrap()
    }

    fn fetch_token(&mut self, appid: &str) -> Value {
        let target = format!(
            "/cgi-bin/token?grant_type=client_credential&appid={appid}&secret={}",
            secret(appid)
        );
        self.get(&target)
    }

    fn fetch_stable(&mut self, appid: &str, force_refresh: bool) -> Value {
        let body = json!({
            "grant_type": "client_credential",
            "appid": appid,
            "secret": secret(appid),
            "force_refresh": force_refresh,
        });
        self.post("/cgi-bin/stable_token", &body)
    }

    fn token_of(&mut self, appid: &str) -> String {
        let answer = self.fetch_stable(appid, false);
        answer["access_token"].as_str().unwrap().to_owned()
    }

    /// The protocol crate's own call, written independently of what answers here.
    fn perform<C>(&mut self, appid: &str, call: &C) -> Result<C::Answer, i64>
    where
        C: OpenCall<Credential = AccessToken>,
    {
        let token = AccessToken::new(self.token_of(appid)).unwrap();
        let request = call.request(&token);
        let request = request.expose();
        let body = String::from_utf8(request.body.clone()).unwrap();
        let response = self.ask(request.method.as_str(), &request.target, &body);
        let headers = response.headers.into_iter().map(|(name, value)| (name, value.into()));
        let (status, body) = (response.status, response.body);
        let answer = RawAnswer { status, headers: headers.collect(), body };
        match open_api::judge(call, &answer) {
            OpenOutcome::Success(answer) => Ok(answer),
            OpenOutcome::Rejected(refusal) => Err(refusal.errcode.number()),
            OpenOutcome::Unknown(unknown) => panic!("{unknown:?}"),
        }
    }

    fn change_console(&mut self, appid: &Appid, change: impl FnOnce(&mut Console)) {
        let mut console = self.world.console(appid).clone();
        change(&mut console);
        self.world.set_console(appid, console).unwrap();
    }
}

/// Demands this number and these words before the rid.
#[track_caller]
fn refused(answer: &Value, errcode: i64, errmsg: &str) {
    assert_eq!(answer["errcode"], errcode, "{answer}");
    let said = answer["errmsg"].as_str().unwrap();
    let (words, rid) = said.split_once("rid: ").unwrap();
    assert_eq!(words.trim_end_matches([',', ' ']), errmsg);
    let groups: Vec<_> = rid.split('-').collect();
    assert!(groups.len() == 3 && groups.iter().all(|group| group.len() == 8), "{rid}");
}

fn text(answer: &Value, name: &str) -> String {
    answer[name].as_str().unwrap_or_else(|| panic!("no {name} in {answer}")).to_owned()
}
