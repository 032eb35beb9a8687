use std::sync::{Arc, Mutex, PoisonError};

use crate::{
    Answer,
    secrets::{Secrets, Taboo},
};

/// The one HTTP client of a stage. Every answer it reads is searched for secrets.
#[derive(Debug, Clone)]
pub struct Http {
    client: reqwest::Client,
    secrets: Arc<Secrets>,
    leaks: Arc<Mutex<Vec<String>>>,
    /// Who reads the answers; nobody looks for secrets in those of the simulator itself.
    reader: Option<Taboo>,
}

impl Http {
    pub(crate) fn new(secrets: Arc<Secrets>) -> Self {
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .tls_certs_only([])
            // Only a hanging test ever waits so long.
            .timeout(std::time::Duration::from_secs(60))
            .build()
            .expect("a client without TLS roots can be built");
        Self { client, secrets, leaks: Arc::default(), reader: Some(Taboo::Everywhere) }
    }

    /// The same, reading as a front end does, who may know less than a merchant's backend.
    #[must_use]
    pub fn as_front_end(&self) -> Self {
        Self { reader: Some(Taboo::FrontEnds), ..self.clone() }
    }

    /// The same, for the simulator's own surfaces, which show keys on purpose.
    #[must_use]
    pub fn at_wechat(&self) -> Self {
        Self { reader: None, ..self.clone() }
    }

    /// Starts a GET.
    pub fn get(&self, url: &str) -> reqwest::RequestBuilder {
        self.client.get(url)
    }

    /// Starts a POST.
    pub fn post(&self, url: &str) -> reqwest::RequestBuilder {
        self.client.post(url)
    }

    /// Starts a request with any method.
    pub fn request(&self, method: http::Method, url: &str) -> reqwest::RequestBuilder {
        self.client.request(method, url)
    }

    /// Sends it and reads the answer to its end.
    ///
    /// # Errors
    /// When no whole answer came.
    pub async fn try_send(
        &self,
        request: reqwest::RequestBuilder,
    ) -> Result<Answer, reqwest::Error> {
        let answer = request.send().await?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let body = String::from_utf8_lossy(&answer.bytes().await?).into_owned();
        let answer = Answer { status, headers, body };
        let whole = format!("{:?} {}", answer.headers, answer.body);
        let leaked = self.reader.and_then(|reader| self.secrets.leaked(&whole, reader));
        if let Some(secret) = leaked {
            let leak = format!("{secret} in {whole}");
            self.leaks.lock().unwrap_or_else(PoisonError::into_inner).push(leak);
        }
        Ok(answer)
    }

    /// As [`Http::try_send`], for a server that is expected to answer.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        self.try_send(request).await.expect("the server answers")
    }

    /// Every secret that stood in an answer.
    pub(crate) fn leaks(&self) -> Vec<String> {
        self.leaks.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
