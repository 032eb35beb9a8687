//! The page behind an `h5_url`, for browsers that come to WeChat's own address: a headless one under
//! test, for instance. It judges where they come from; who pays is then said to the management
//! surface, as on the phone (v3 §3.4).

use super::invocation::check_outside_wechat;
use crate::world::{
    exchange::{HttpRequest, HttpResponse, Reply, Times},
    front::{About, not_an_operation, whole, words_page},
    hosts::CASHIER,
    order::Prepay,
    state::World,
    v3::NoOperation,
};

/// Where `h5_url` leads.
pub(crate) const PATH: &str = "/cgi-bin/mmpayweb-bin/checkmweb";

impl World {
    pub(crate) fn handle_jump_page(&mut self, request: &HttpRequest, now: Times) -> Reply {
        let about = About::of(request);
        let id = self.record_request(request, &about, None, "not a signed interface", now);
        let response = self.jump_page(request, now);
        self.record_response(request, &about, &response, id, "not a signed interface", now);
        whole(response)
    }

    /// That a refusal has status 200, too, is unconfirmed.
    fn jump_page(&self, request: &HttpRequest, now: Times) -> HttpResponse {
        if request.method != "GET" {
            return not_an_operation(&NoOperation::OtherMethod);
        }
        let url = format!("https://{CASHIER}{}", request.target);
        let came_from = request.header("Referer").unwrap_or_default();
        let checked = check_outside_wechat(request.header("User-Agent"))
            .and_then(|()| self.check_h5_url(&url, Some(came_from), now));
        match checked {
            Ok(prepay) => words_page(&jump(prepay)),
            Err(refusal) => words_page(&refusal.text),
        }
    }
}

/// What the address that opens WeChat looks like is unconfirmed.
fn jump(prepay: &Prepay) -> String {
    let package = prepay.package.as_deref().unwrap_or_default();
    format!(
        "正在打开微信支付… <a href=\"weixin://wap/pay?prepayid={}&amp;package={package}\">打开微信</a>",
        prepay.prepay_id
    )
}
