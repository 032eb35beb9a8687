//! `api.weixin.qq.com`: login and the other calls of apps. Nothing here is signed.

mod login;

use super::{
    exchange::{HttpRequest, Manner, Reply, Times},
    fault::FaultName,
    front::{About, lost, not_an_operation},
    state::World,
    v3::NoOperation,
};

impl World {
    pub(crate) fn handle_open(&mut self, request: &HttpRequest, now: Times) -> Reply {
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
}
