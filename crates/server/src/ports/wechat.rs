use std::collections::BTreeMap;

use suanpan_acts::WeChat;
use suanpan_wechat::{
    call::{Call, Outcome, TransportFault, Unknown},
    id::{Appid, Mchid},
    miniprogram::code2session::{Code2Session, LoginCode, LoginError, Session},
    sign::Signer,
};
use suanpan_wechat_client::{AppCredentials, Client, MerchantCredentials};

/// WeChat over HTTP, with the credentials of every merchant and app. Immutable: a call names whom
/// it is for, and there is no other way to choose (threat o16).
#[derive(Debug)]
pub struct WechatAdapter {
    pub(crate) client: Client,
    pub(crate) merchants: BTreeMap<Mchid, MerchantCredentials>,
    pub(crate) apps: BTreeMap<Appid, AppCredentials>,
}

impl WeChat for WechatAdapter {
    async fn call<C: Call>(&self, mchid: &Mchid, call: &C) -> Outcome<C::Answer> {
        let Some(credentials) = self.merchants.get(mchid) else {
            // Stored rows name it, the configuration lost it. Nothing was sent, and the outcome
            // stays open until the credentials are back.
            tracing::error!(%mchid, "the configuration has no such merchant (any more)");
            return Outcome::Unknown(Unknown::Transport(TransportFault::Connect));
        };
        self.client.call(credentials, call).await
    }

    async fn code2session(&self, appid: &Appid, code: &LoginCode) -> Result<Session, LoginError> {
        let app = self.apps.get(appid).ok_or(LoginError::Unavailable)?;
        let login = Code2Session { appid: appid.clone(), js_code: code.clone() };
        self.client.code2session(app, &login).await
    }

    fn signer(&self, mchid: &Mchid) -> Option<&dyn Signer> {
        self.merchants.get(mchid).map(|credentials| credentials.key() as &dyn Signer)
    }
}
