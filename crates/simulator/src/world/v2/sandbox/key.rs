//! The sandbox's own key, which every other call is signed with.

use suanpan_wechat::Timestamp;

use super::Generation;
use crate::world::{
    exchange::Times,
    state::World,
    v2::{
        answer::{Written, xml},
        failure::Fault,
        gate, sign,
        xml::{Document, Fields},
    },
};

/// Three days, says WeChat's help; later it must be asked for again.
const LIFE_SECONDS: i64 = 3 * 24 * 3600;

#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(super) struct SignKey {
    text: String,
    made_at: Timestamp,
}

impl SignKey {
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn is_good(&self, now: Times) -> bool {
        now.business.since(self.made_at) < LIFE_SECONDS
    }
}

impl World {
    /// The only call of a sandbox that is signed with the merchant's own key, and by MD5. The answer
    /// is not signed. That a key is given again for as long as it lives is **unconfirmed**.
    pub(super) fn sandbox_sign_key(
        &mut self,
        generation: Generation,
        fields: &Fields,
        now: Times,
    ) -> Result<Written, Fault> {
        let mchid = gate::mchid(fields).map_err(|_| Fault::UnknownToSandbox)?;
        let merchant = self.state.merchants.get(&mchid).ok_or(Fault::UnknownToSandbox)?;
        let own_key = &merchant.api_v2_key;
        let message = sign::message(fields.iter(), own_key);
        let given = fields.get("sign").unwrap_or_default();
        let sign_type = gate::sign_type(fields)?;
        if fields.get("nonce_str").is_none()
            || own_key.is_empty()
            || !sign::is_signed(sign_type, &message, own_key, given)
        {
            return Err(Fault::NoSandboxKey);
        }
        let fresh = SignKey { text: self.state.chance.hex(32), made_at: now.business };
        let sandbox = self.state.sandboxes.of_mut(generation);
        let key = sandbox.keys.entry(mchid.clone()).or_insert_with(|| fresh.clone());
        if !key.is_good(now) {
            *key = fresh;
        }
        let said = Document::default().text("return_code", "SUCCESS");
        let said = match generation {
            Generation::Old => said.text("return_msg", "ok"),
            Generation::Current => said.text("return_msg", "OK").text("mch_id", &mchid),
        };
        Ok(Written {
            response: xml(&said.text("sandbox_signkey", key.text())),
            canonical: None,
            verdict: "never signed".to_owned(),
        })
    }
}
