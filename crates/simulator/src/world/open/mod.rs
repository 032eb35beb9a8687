//! `api.weixin.qq.com`: login and the other calls of apps. Nothing here is signed.

mod login;

use super::{
    exchange::{HttpRequest, Manner, Reply, Times},
    fault::FaultName,
    front::{About, dropped, lost, not_an_operation},
    state::World,
    v3::NoOperation,
};

impl World {
    pub(crate) fn handle_open(&mut self, request: &HttpRequest, now: Times) -> Reply {
        let about = About::of(request);
        let id = self.record_request(request, &about, None, "not a signed interface", now);
        let subject = about.subject();
        if self.strikes(FaultName::TimeoutBefore, &subject) {
            return Reply { response: lost(), manner: Manner::Never };
        }
        let drops = self.strikes(FaultName::ConnectionDropped, &subject);
        if drops && !self.state.chance.coin() {
            return dropped();
        }
        let response = if request.method == "GET" {
            self.jscode2session(request, now)
        } else {
            not_an_operation(&NoOperation::OtherMethod)
        };
        self.record_response(request, &about, &response, id, "not a signed interface", now);
        if drops {
            return dropped();
        }
        let manner = self.manner(&subject, response.body.len());
        Reply { response, manner }
    }
}
