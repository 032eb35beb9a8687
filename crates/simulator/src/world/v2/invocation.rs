//! The second signature of v2: what a front end signs to open the cashier (v2 §17).

use super::{SignType, sign};
use crate::world::{
    cashier::{Invoke, InvokeKind},
    order::Order,
    state::World,
};

impl World {
    /// Whether the cashier was invoked with the order's own digest, by whoever knows the key.
    pub(crate) fn is_v2_invocation(
        &self,
        invoke: &Invoke,
        order: &Order,
        sign_type: SignType,
    ) -> bool {
        let key = &self.state.merchants[&order.mchid].api_v2_key;
        let member = |name: &str| invoke.params.get(name).and_then(serde_json::Value::as_str);
        let either = |name, other| member(name).or_else(|| member(other)).unwrap_or_default();
        let appid = invoke.appid.as_str();
        // SDKs name the sub-merchant for whom was ordered; that the provider's number is taken as
        // well is **unconfirmed** (v2 §17).
        let is_partner = |named: &str| {
            named == order.mchid.as_str()
                || order.sub_mchid().is_some_and(|sub| sub.as_str() == named)
        };
        let message = match invoke.kind {
            // The SDKs of the two phones spell these differently; what is signed is lower case.
            InvokeKind::App if is_partner(either("partnerid", "partnerId")) => sign::message(
                [
                    ("appid", appid),
                    ("partnerid", either("partnerid", "partnerId")),
                    ("prepayid", either("prepayid", "prepayId")),
                    ("package", either("package", "packageValue")),
                    ("noncestr", either("noncestr", "nonceStr")),
                    ("timestamp", either("timestamp", "timeStamp")),
                ],
                key,
            ),
            InvokeKind::App => return false,
            InvokeKind::MiniProgram | InvokeKind::Jsapi => {
                let named = member("signType").and_then(SignType::read);
                if named != Some(sign_type) {
                    return false;
                }
                sign::message(
                    [
                        ("appId", appid),
                        ("timeStamp", either("timeStamp", "timestamp")),
                        ("nonceStr", either("nonceStr", "nonceStr")),
                        ("package", either("package", "package")),
                        ("signType", either("signType", "signType")),
                    ],
                    key,
                )
            }
        };
        let given = either("paySign", "sign");
        !key.is_empty() && sign::is_signed(sign_type, &message, key, given)
    }
}
