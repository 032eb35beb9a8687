//! A code the payer scans (v3 §3.5).

use super::Refusal;
use crate::world::{exchange::Times, order::Prepay, state::World};

impl World {
    pub(super) fn check_code_url(&self, code_url: &str, now: Times) -> Result<&Prepay, Refusal> {
        let prepay_id = self.state.code_urls.get(code_url);
        let prepay = prepay_id.and_then(|prepay_id| self.check_prepay_id(prepay_id, now).ok());
        // The words of WeChat's client are unconfirmed.
        prepay.ok_or_else(|| Refusal::invocation("二维码已失效，请商家重新生成"))
    }
}
