//! Trade bills. The SDK has no service for them; what its services are made of is public, and a
//! merchant who wants bills puts it together: transport, signer, HTTP client.

use std::sync::Arc;

use serde_json::Value;
use wxpay_rs::{
    WxPayConfig,
    auth::{Sha256RsaSigner, Signer as _},
    http::{HttpClient as _, HttpMethod, RequestBuilder, ReqwestHttpClient},
    services::transport::ServiceTransport,
};

use crate::{Check, demand, text};

pub(crate) struct Bills {
    transport: ServiceTransport,
    signer: Arc<Sha256RsaSigner>,
    http: Arc<ReqwestHttpClient>,
}

impl Bills {
    pub(crate) fn new(
        config: WxPayConfig,
        signer: Arc<Sha256RsaSigner>,
        http: Arc<ReqwestHttpClient>,
    ) -> Self {
        let (to_sign, to_send) = (Arc::clone(&signer), Arc::clone(&http));
        Self { transport: ServiceTransport::new(Arc::new(config), to_send, to_sign), signer, http }
    }

    /// The signed application, and the file it leads to. Nobody signs files: the transport would
    /// refuse one, so it is fetched beside it.
    pub(crate) async fn of(&self, day: &str) -> Check<(Value, String)> {
        let target = format!("/v3/bill/tradebill?bill_date={day}&bill_type=ALL");
        let applied: Value =
            self.transport.request(HttpMethod::Get, &target, None, "trade bill").await?;
        let url = text(&applied["download_url"])?;
        let (_, below) = url.split_once("://").ok_or("no address")?;
        let path = below.find('/').map_or("/", |slash| &below[slash..]);
        let request = RequestBuilder::new(HttpMethod::Get, path).build();
        let signature = self.signer.sign(&request.sign_message()).await?;
        let authorization =
            self.signer.build_authorization_header(&request.nonce, request.timestamp, &signature);
        let headers = [
            ("Authorization", authorization),
            ("Accept", "*/*".to_owned()),
            ("User-Agent", "wxpay-rs".to_owned()),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value)).to_vec();
        let answer = self.http.get(&url, headers).await?;
        demand(answer.is_success(), &format!("200, got {}", answer.status))?;
        Ok((applied, answer.body))
    }
}
