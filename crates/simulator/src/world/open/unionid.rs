//! The `unionid` of whoever has just paid (§5).

use suanpan_wechat::id::{Mchid, OutTradeNo, TransactionId};

use super::{
    Call, GET,
    answer::{Answer, OpenError, done, given},
};
use crate::world::{
    exchange::{HttpRequest, Times},
    identity::AppKind,
    order::Payment,
    state::World,
};

pub(super) const CALLS: &[Call] =
    &[Call { method: GET, path: "/wxa/getpaidunionid", answer: World::paid_unionid }];

/// How long after a payment.
const WINDOW_SECONDS: i64 = 300;

impl World {
    /// `GET /wxa/getpaidunionid`.
    fn paid_unionid(&mut self, request: &HttpRequest, now: Times) -> Answer {
        let appid = self.app_with_token(request, AppKind::MiniProgram, now)?;
        let openid = given(request, "openid").unwrap_or_default();
        let user = self.user_named(&appid, &openid)?;
        let unionid = self.unionid(&appid, &user);
        let unionid = unionid.ok_or(OpenError::new(89002, "没有绑定开放平台帐号"))?;
        let payment = self.payment_named(request).filter(|payment| {
            let fresh = now.business.since(payment.success_time) < WINDOW_SECONDS;
            fresh && payment.openid.as_str() == openid
        });
        if payment.is_none() {
            return Err(OpenError::new(89300, "订单无效"));
        }
        let mut answer = done();
        answer["unionid"] = unionid.into();
        Ok(answer)
    }

    fn payment_named(&self, request: &HttpRequest) -> Option<&Payment> {
        let (mchid, out_trade_no) = match given(request, "transaction_id") {
            Some(id) => self.state.transactions.get(&TransactionId::new(id).ok()?)?.clone(),
            None => {
                let mchid = Mchid::new(given(request, "mch_id")?).ok()?;
                (mchid, OutTradeNo::new(given(request, "out_trade_no")?).ok()?)
            }
        };
        self.state.order(&mchid, &out_trade_no)?.payment.as_ref()
    }
}
