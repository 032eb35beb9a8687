//! The wire: one request in, one reply out.
//!
//! ```text
//! gate (who?) ─► faults before ─► route ─► schema ─► business rule ─► signed answer ─► faults after
//! ```

mod answer;
mod certificates;
mod error;
mod gate;
pub(crate) mod refund;
mod schema;
pub(crate) mod transaction;

pub(crate) use answer::make_probe;

use answer::{Answer, Spoiled};
use error::ApiError;
use gate::Caller;
use percent_encoding::percent_decode_str;
use serde_json::Value;
use suanpan_wechat::{id::OutRefundNo, verify::signed_message};

use super::{
    exchange::{HttpRequest, HttpResponse, Manner, Reply, Times},
    fault::{FaultName, Subject},
    journal::{self, Direction, Message, MessageKind},
    state::World,
};

/// How late the fault `slow` makes an answer.
const SLOW_SECONDS: u32 = 3;

/// The v3 operations.
#[derive(Debug, PartialEq, Eq)]
enum Operation {
    OrderJsapi,
    QueryByNumber(String),
    QueryById(String),
    Close(String),
    CreateRefund,
    QueryRefund(String),
    Certificates,
}

/// Why a target is not an operation.
#[derive(Debug, PartialEq, Eq)]
enum NoOperation {
    UnknownPath,
    OtherMethod,
}

/// What a request is about, for faults and for the journal.
#[derive(Debug, Default)]
struct About {
    path: String,
    mchid: Option<String>,
    out_trade_no: Option<String>,
}

impl About {
    fn subject(&self) -> Subject<'_> {
        Subject {
            path: &self.path,
            mchid: self.mchid.as_deref(),
            out_trade_no: self.out_trade_no.as_deref(),
        }
    }
}

impl World {
    /// One request to WeChat's servers.
    pub fn handle(&mut self, request: &HttpRequest, now: Times) -> Reply {
        if request.path() == "/sns/jscode2session" {
            return self.handle_login(request, now);
        }
        match route(&request.method, request.path()) {
            Ok(operation) => self.handle_v3(request, &operation, now),
            Err(none) => {
                let response = not_an_operation(&none);
                let about = About { path: request.path().to_owned(), ..About::default() };
                let id = self.record_request(request, &about, None, "no such operation", now);
                self.record_response(request, &about, &response, id, "not signed", now);
                whole(response)
            }
        }
    }

    fn handle_login(&mut self, request: &HttpRequest, now: Times) -> Reply {
        let about = About { path: request.path().to_owned(), ..About::default() };
        let id = self.record_request(request, &about, None, "not a signed interface", now);
        let subject = about.subject();
        if self.strikes(FaultName::TimeoutBefore, &subject) {
            return Reply { response: lost(), manner: Manner::Never };
        }
        let response = if request.method == "GET" {
            self.jscode2session(request, now)
        } else {
            not_an_operation(&NoOperation::OtherMethod)
        };
        self.record_response(request, &about, &response, id, "not a signed interface", now);
        let manner = self.manner(&subject, response.body.len());
        Reply { response, manner }
    }

    fn handle_v3(&mut self, request: &HttpRequest, operation: &Operation, now: Times) -> Reply {
        let admission = self.admit(request, now);
        let about = self.about(request, operation, admission.caller.as_ref().ok());
        let verdict = match &admission.caller {
            Ok(_) => "signature accepted".to_owned(),
            Err(error) => error.message.to_string(),
        };
        let id = self.record_request(request, &about, admission.canonical, &verdict, now);
        let caller = match admission.caller {
            Ok(caller) => caller,
            Err(error) => {
                let response = self.unsigned(&error, now);
                self.record_response(request, &about, &response, id, "not signed", now);
                return whole(response);
            }
        };
        let subject = about.subject();
        if self.strikes(FaultName::TimeoutBefore, &subject) {
            return Reply { response: lost(), manner: Manner::Never };
        }
        if self.strikes(FaultName::Http502, &subject) {
            self.perform_by_chance(request, operation, &caller, now);
            let response = nginx_page(502, "502 Bad Gateway");
            self.record_response(request, &about, &response, id, "not signed", now);
            return whole(response);
        }
        let mut outcome = self.perform_or_fail(request, operation, &caller, &subject, now);
        if let Ok(answer) = &mut outcome
            && self.strikes(FaultName::ExtraMember, &subject)
        {
            answer.add_member();
        }
        let spoiled = self.spoiled(&subject);
        let response = self.signed(&caller, outcome, spoiled, now);
        let manner = self.manner(&subject, response.body.len());
        let verdict = travel_verdict(spoiled, manner);
        self.record_response(request, &about, &response, id, verdict, now);
        Reply { response, manner }
    }

    fn perform_or_fail(
        &mut self,
        request: &HttpRequest,
        operation: &Operation,
        caller: &Caller,
        subject: &Subject<'_>,
        now: Times,
    ) -> Result<Answer, ApiError> {
        if self.strikes(FaultName::Http429, subject) {
            return Err(ApiError::FREQUENCY_LIMITED);
        }
        if self.strikes(FaultName::Http500, subject) {
            self.perform_by_chance(request, operation, caller, now);
            return Err(ApiError::SYSTEM_ERROR);
        }
        self.perform(request, operation, caller, now)
    }

    /// A 5xx says nothing about what was done.
    fn perform_by_chance(
        &mut self,
        request: &HttpRequest,
        operation: &Operation,
        caller: &Caller,
        now: Times,
    ) {
        if self.state.chance.coin() {
            let _unsaid = self.perform(request, operation, caller, now);
        }
    }

    fn perform(
        &mut self,
        request: &HttpRequest,
        operation: &Operation,
        caller: &Caller,
        now: Times,
    ) -> Result<Answer, ApiError> {
        match operation {
            Operation::OrderJsapi => self.order_jsapi(caller, &request.body, now),
            Operation::QueryByNumber(number) => {
                check_query_mchid(request, caller, "out_trade_no", "商户订单号")?;
                self.query_by_number(caller, number)
            }
            Operation::QueryById(id) => {
                check_query_mchid(request, caller, "transaction_id", "微信支付订单号")?;
                self.query_by_id(caller, id)
            }
            Operation::Close(number) => self.close_order(caller, number, &request.body, now),
            Operation::CreateRefund => self.create_refund(caller, &request.body, now),
            Operation::QueryRefund(number) => self.query_refund(caller, number),
            Operation::Certificates => self.download_certificates(caller, now),
        }
    }

    fn spoiled(&mut self, subject: &Subject<'_>) -> Spoiled {
        if self.strikes(FaultName::BadSignature, subject) {
            Spoiled::BadSignature
        } else if self.strikes(FaultName::UnknownSerial, subject) {
            Spoiled::UnknownSerial
        } else if self.strikes(FaultName::ProbeSignature, subject) {
            Spoiled::Probe
        } else {
            Spoiled::Not
        }
    }

    fn manner(&mut self, subject: &Subject<'_>, length: usize) -> Manner {
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

    fn about(
        &self,
        request: &HttpRequest,
        operation: &Operation,
        caller: Option<&Caller>,
    ) -> About {
        let mchid = caller.map(|caller| caller.mchid.clone());
        let out_trade_no = match operation {
            Operation::QueryByNumber(number) | Operation::Close(number) => Some(number.clone()),
            Operation::OrderJsapi | Operation::CreateRefund => self.order_in_body(&request.body),
            Operation::QueryById(id) => suanpan_wechat::id::TransactionId::new(id.as_str())
                .ok()
                .and_then(|id| self.state.transactions.get(&id))
                .map(|(_, number)| number.to_string()),
            Operation::QueryRefund(number) => mchid
                .as_ref()
                .and_then(|mchid| self.refund(mchid, &OutRefundNo::new(number.as_str()).ok()?))
                .map(|refund| refund.out_trade_no.to_string()),
            Operation::Certificates => None,
        };
        About {
            path: request.path().to_owned(),
            mchid: mchid.map(|mchid| mchid.to_string()),
            out_trade_no,
        }
    }

    fn order_in_body(&self, body: &[u8]) -> Option<String> {
        let body: Value = serde_json::from_slice(body).ok()?;
        if let Some(number) = body.get("out_trade_no").and_then(Value::as_str) {
            return Some(number.to_owned());
        }
        let id = body.get("transaction_id").and_then(Value::as_str)?;
        let id = suanpan_wechat::id::TransactionId::new(id).ok()?;
        self.state.transactions.get(&id).map(|(_, number)| number.to_string())
    }

    fn record_request(
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

    fn record_response(
        &mut self,
        request: &HttpRequest,
        about: &About,
        response: &HttpResponse,
        answers: u64,
        verdict: &str,
        now: Times,
    ) {
        let mut message =
            Message::new(Direction::Out, MessageKind::Response, &request.method, &request.target)
                .with_headers(&response.headers)
                .with_body(&response.body);
        message.status = Some(response.status);
        message.canonical = response
            .header("Wechatpay-Nonce")
            .map(|nonce| journal::text(&signed_message(now.wall, nonce, &response.body)));
        message.verdict = Some(verdict.to_owned());
        message.answers = Some(answers);
        message.mchid.clone_from(&about.mchid);
        message.out_trade_no.clone_from(&about.out_trade_no);
        self.record(message, now);
    }
}

/// The operation behind a method and a raw path.
fn route(method: &str, path: &str) -> Result<Operation, NoOperation> {
    let decoded = |segment: &str| percent_decode_str(segment).decode_utf8_lossy().into_owned();
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    let (wanted, operation) = match segments.as_slice() {
        ["v3", "pay", "transactions", "jsapi"] => ("POST", Operation::OrderJsapi),
        ["v3", "pay", "transactions", "out-trade-no", number] => {
            ("GET", Operation::QueryByNumber(decoded(number)))
        }
        ["v3", "pay", "transactions", "out-trade-no", number, "close"] => {
            ("POST", Operation::Close(decoded(number)))
        }
        ["v3", "pay", "transactions", "id", id] => ("GET", Operation::QueryById(decoded(id))),
        ["v3", "refund", "domestic", "refunds"] => ("POST", Operation::CreateRefund),
        ["v3", "refund", "domestic", "refunds", number] => {
            ("GET", Operation::QueryRefund(decoded(number)))
        }
        ["v3", "certificates"] => ("GET", Operation::Certificates),
        _ => return Err(NoOperation::UnknownPath),
    };
    if method == wanted { Ok(operation) } else { Err(NoOperation::OtherMethod) }
}

/// Queries name the merchant in the query string, and must not repeat the path's value there.
fn check_query_mchid(
    request: &HttpRequest,
    caller: &Caller,
    in_path: &str,
    label: &str,
) -> Result<(), ApiError> {
    if request.query(in_path).is_some() {
        return Err(ApiError::param(
            format!(
                "无法将输入源“/query/{in_path}”映射到目标字段“{label}”中，此字段并非多重字段但被输入源“/uri_template/{in_path}”映射过了。"
            ),
            None,
        ));
    }
    match request.query("mchid") {
        Some(mchid) if mchid == caller.mchid.as_str() => Ok(()),
        Some(_) => Err(ApiError::OTHER_MCHID),
        None => Err(schema::missing("query", "/query/mchid", "直连商户号")),
    }
}

/// What nginx says before any of WeChat's programs is asked: HTML, not signed (v3 §1.13).
fn not_an_operation(none: &NoOperation) -> HttpResponse {
    match none {
        NoOperation::UnknownPath => nginx_page(404, "404 Not Found"),
        NoOperation::OtherMethod => nginx_page(405, "405 Not Allowed"),
    }
}

fn nginx_page(status: u16, title: &str) -> HttpResponse {
    let body = format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    );
    HttpResponse {
        status,
        headers: vec![("Content-Type".to_owned(), "text/html".to_owned())],
        body: body.into_bytes(),
    }
}

fn whole(response: HttpResponse) -> Reply {
    Reply { response, manner: Manner::Whole }
}

/// Stands for an answer nobody made.
fn lost() -> HttpResponse {
    HttpResponse { status: 504, headers: Vec::new(), body: Vec::new() }
}

const fn travel_verdict(spoiled: Spoiled, manner: Manner) -> &'static str {
    match (manner, spoiled) {
        (Manner::Never, _) => "signed; lost on the way on purpose",
        (Manner::Cut { .. }, _) => "signed; cut on the way on purpose",
        (_, Spoiled::BadSignature) => "signed over other bytes on purpose",
        (_, Spoiled::UnknownSerial) => "names an unknown serial number on purpose",
        (_, Spoiled::Probe) => "probe: not a signature at all, on purpose",
        (Manner::Slow { .. }, Spoiled::Not) => "signed; late on purpose",
        (Manner::Whole, Spoiled::Not) => "signed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_decoded_once_and_methods_checked() {
        assert_eq!(
            route("GET", "/v3/pay/transactions/out-trade-no/a%2Ab%7Cc-1"),
            Ok(Operation::QueryByNumber("a*b|c-1".to_owned()))
        );
        assert_eq!(route("DELETE", "/v3/certificates"), Err(NoOperation::OtherMethod));
        assert_eq!(route("GET", "/v3/nothing"), Err(NoOperation::UnknownPath));
        assert_eq!(route("GET", "v3/certificates"), Err(NoOperation::UnknownPath));
    }
}
