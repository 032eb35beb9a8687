//! A page outside WeChat that jumps into the cashier (v3 §3.4).

use suanpan_wechat::id::PrepayId;

use super::Refusal;
use crate::world::{
    exchange::Times,
    order::{H5_URL_SECONDS, Prepay},
    settle::ORDER_EXISTS,
    state::World,
};

impl World {
    /// The jump page's own rules, in the order it applies them (v3 §3.4, §3.6).
    pub(super) fn check_h5_url(
        &self,
        url: &str,
        page: Option<&str>,
        now: Times,
    ) -> Result<&Prepay, Refusal> {
        let cut = || Refusal::invocation("签名验证失败");
        let url = url::Url::parse(url).map_err(|_| cut())?;
        let member =
            |name| url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value);
        let prepay_id = member("prepay_id").and_then(|id| PrepayId::new(id.as_ref()).ok());
        let prepay = prepay_id.and_then(|id| self.state.prepays.get(&id)).ok_or_else(cut)?;
        if prepay.package.is_none() || prepay.package.as_deref() != member("package").as_deref() {
            return Err(cut());
        }
        if now.business.since(prepay.made_at) > H5_URL_SECONDS {
            return Err(Refusal::invocation("支付请求已失效，请重新发起支付"));
        }
        let Some(page) = page else { return Ok(prepay) };
        if page.is_empty() {
            return Err(Refusal::invocation("商家参数格式有误，请联系商家解决"));
        }
        let order = self.state.order(&prepay.mchid, &prepay.out_trade_no).expect(ORDER_EXISTS);
        let allowed = &self.state.merchants[order.ordered_by()].h5_domains;
        let known = |address: &str| {
            let host =
                url::Url::parse(address).ok().and_then(|url| url.host_str().map(str::to_owned));
            host.is_some_and(|host| allowed.contains(&host))
        };
        if !known(page) || member("redirect_url").is_some_and(|back| !known(&back)) {
            return Err(Refusal::invocation("商家存在未配置的参数，请联系商家解决"));
        }
        if order.payer_client_ip().as_deref() == Some("127.0.0.1") {
            return Err(Refusal::invocation("由于商家传入的H5交易参数有误，该笔交易暂时无法完成"));
        }
        Ok(prepay)
    }
}
