//! The front door: one request in, one reply out, whichever of WeChat's programs it is for.

use super::{
    cashier::jump_page,
    client_certificate::{ClientCertificate, certificate_refused},
    exchange::{Channel, HttpRequest, HttpResponse, Manner, Reply, Times},
    fault::{FaultName, Subject},
    hosts,
    journal::{self, Direction, Message, MessageKind},
    open,
    state::World,
    v2,
    v3::{self, NoOperation},
};
use suanpan_wechat::verify::signed_message;

/// How late the fault `slow` makes an answer.
const SLOW_SECONDS: u32 = 3;

/// What a request is about, for faults and for the journal.
#[derive(Debug, Default)]
pub(crate) struct About {
    pub(crate) method: String,
    pub(crate) host: String,
    pub(crate) path: String,
    pub(crate) mchid: Option<String>,
    pub(crate) out_trade_no: Option<String>,
}

impl About {
    /// As much as the request says without being understood.
    pub(crate) fn of(request: &HttpRequest) -> Self {
        Self {
            method: request.method.clone(),
            host: request.host().to_owned(),
            path: request.path().to_owned(),
            ..Self::default()
        }
    }

    pub(crate) fn subject(&self) -> Subject<'_> {
        Subject {
            method: &self.method,
            host: &self.host,
            path: &self.path,
            mchid: self.mchid.as_deref(),
            out_trade_no: self.out_trade_no.as_deref(),
        }
    }
}

impl World {
    /// One request to WeChat's servers.
    pub fn handle(&mut self, request: &HttpRequest, now: Times) -> Reply {
        // A TLS connection would not have come about: that is decided where it is made.
        if request.channel == Channel::Plain && self.is_unreachable(request.host()) {
            return dropped();
        }
        let shown = self.client_certificate(request);
        if let Some(refusal) = shown.as_ref().and_then(ClientCertificate::refusal) {
            let response = certificate_refused();
            let about = About::of(request);
            let id = self.record_request(request, &about, None, refusal, now);
            self.record_response(request, &about, &response, id, "not signed", now);
            return whole(response);
        }
        // Who names nobody, as code inside this process does, is not mistaken.
        let host = request.header("Host").map_or("", |_| request.host());
        if open::answers(request.path()) && hosts::has_open_platform(host) {
            return self.handle_open(request, now);
        }
        if request.path() == jump_page::PATH && hosts::has_cashier(host) {
            return self.handle_jump_page(request, now);
        }
        let is_merchants = hosts::has_merchant_api(host);
        if let Some(call) = v2::sandbox::find(request.path()).filter(|_| is_merchants) {
            return self.handle_sandbox(request, call, now);
        }
        if let Some(operation) = v2::find(request.path()).filter(|_| is_merchants) {
            return self.handle_v2(request, &*operation, shown.as_ref(), now);
        }
        let operation = if is_merchants {
            v3::find(&request.method, request.path())
        } else {
            Err(NoOperation::UnknownPath)
        };
        match operation {
            Ok(operation) => self.handle_v3(request, &*operation, now),
            Err(none) => {
                let response = not_an_operation(&none);
                let about = About::of(request);
                let verdict = format!("no such operation under {}", request.host());
                let verdict = match shown {
                    Some(shown) => format!("{verdict}; {shown}"),
                    None => verdict,
                };
                let id = self.record_request(request, &about, None, &verdict, now);
                self.record_response(request, &about, &response, id, "not signed", now);
                whole(response)
            }
        }
    }

    /// Whether nobody is to be found under this name just now; for whoever is about to connect.
    pub fn is_unreachable(&mut self, host: &str) -> bool {
        self.strikes(FaultName::HostUnreachable, &Subject { host, ..Subject::default() })
    }

    /// What becomes of an answer on its way.
    pub(crate) fn manner(&mut self, subject: &Subject<'_>, length: usize) -> Manner {
        if self.strikes(FaultName::TimeoutAfter, subject) {
            Manner::Never
        } else if self.strikes(FaultName::Truncated, subject) {
            Manner::Cut { bytes: length / 2 }
        } else if self.strikes(FaultName::Slow, subject) {
            Manner::Slow { seconds: SLOW_SECONDS }
        } else {
            Manner::Whole
        }
    }

    pub(crate) fn record_request(
        &mut self,
        request: &HttpRequest,
        about: &About,
        canonical: Option<String>,
        verdict: &str,
        now: Times,
    ) -> u64 {
        let mut message =
            Message::new(Direction::In, MessageKind::Request, &request.method, &request.target)
                .with_headers(&request.headers)
                .with_body(&request.body);
        message.canonical = canonical;
        message.verdict = Some(verdict.to_owned());
        message.mchid.clone_from(&about.mchid);
        message.out_trade_no.clone_from(&about.out_trade_no);
        self.record(message, now)
    }

    pub(crate) fn record_response(
        &mut self,
        request: &HttpRequest,
        about: &About,
        response: &HttpResponse,
        answers: u64,
        verdict: &str,
        now: Times,
    ) {
        let mut message = response_message(request, about, response, answers, verdict);
        message.canonical = response
            .header("Wechatpay-Nonce")
            .map(|nonce| journal::text(&signed_message(now.wall, nonce, &response.body)));
        self.record(message, now);
    }
}

/// An answer for the journal, without the text under its signature.
pub(crate) fn response_message(
    request: &HttpRequest,
    about: &About,
    response: &HttpResponse,
    answers: u64,
    verdict: &str,
) -> Message {
    let mut message =
        Message::new(Direction::Out, MessageKind::Response, &request.method, &request.target)
            .with_headers(&response.headers)
            .with_body(&response.body);
    message.status = Some(response.status);
    message.verdict = Some(verdict.to_owned());
    message.answers = Some(answers);
    message.mchid.clone_from(&about.mchid);
    message.out_trade_no.clone_from(&about.out_trade_no);
    message
}

/// What nginx says before any of WeChat's programs is asked: HTML, not signed (v3 §1.13).
pub(crate) fn not_an_operation(none: &NoOperation) -> HttpResponse {
    match none {
        NoOperation::UnknownPath => nginx_page(404, "404 Not Found"),
        NoOperation::OtherMethod => nginx_page(405, "405 Not Allowed"),
    }
}

pub(crate) fn nginx_page(status: u16, title: &str) -> HttpResponse {
    let body = format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    );
    HttpResponse {
        status,
        headers: vec![("Content-Type".to_owned(), "text/html".into())],
        body: body.into_bytes(),
    }
}

/// A page for people. What it says is this world's own: nothing in it needs escaping.
pub(crate) fn words_page(text: &str) -> HttpResponse {
    let body = format!(
        "<!DOCTYPE html>\n<html lang=\"zh-CN\">\n<head><meta charset=\"utf-8\"><title>微信（模拟 / SIMULATED）</title></head>\n<body><p>{text}</p></body>\n</html>\n"
    );
    HttpResponse {
        status: 200,
        headers: vec![("Content-Type".to_owned(), "text/html; charset=utf-8".into())],
        body: body.into_bytes(),
    }
}

pub(crate) fn whole(response: HttpResponse) -> Reply {
    Reply { response, manner: Manner::Whole }
}

/// Nobody hears anything.
pub(crate) fn dropped() -> Reply {
    Reply { response: lost(), manner: Manner::Dropped }
}

/// Stands for an answer nobody made.
pub(crate) fn lost() -> HttpResponse {
    HttpResponse { status: 504, headers: Vec::new(), body: Vec::new() }
}
