//! A code the payer scans (v3 §3.5), and a code the payer shows (v3 §5.2).

use super::{Entrance, Refusal};
use crate::world::{codepay::PASSWORD_SECONDS, exchange::Times, order::Prepay, state::World};

impl World {
    pub(super) fn check_code_url(&self, code_url: &str, now: Times) -> Result<&Prepay, Refusal> {
        let prepay_id = self.state.code_urls.get(code_url);
        let prepay = prepay_id.and_then(|prepay_id| self.check_prepay_id(prepay_id, now).ok());
        // The words of WeChat's client are unconfirmed.
        prepay.ok_or_else(|| Refusal::invocation("二维码已失效，请商家重新生成"))
    }

    /// A payment code leads somewhere once it was scanned.
    pub(super) fn check_auth_code(&self, auth_code: &str) -> Result<Entrance, Refusal> {
        let order = self.scanned_order(auth_code).and_then(|key| self.state.order_of(key));
        let order = order.ok_or_else(|| Refusal::invocation("付款码未被使用或已失效"))?;
        Ok(Entrance { order: order.key(), until: order.created_at.plus(PASSWORD_SECONDS) })
    }
}
