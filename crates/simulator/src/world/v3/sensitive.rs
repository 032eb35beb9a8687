//! Sensitive members: what merchants encrypt to us, and what we encrypt to them (v3 §1.10).

use suanpan_wechat::{
    platform::{PlatformKey, merchant_encryption_key},
    sensitive::{SealedText, SensitiveText},
    suite::Suite,
};

use super::{error::ApiError, gate::Caller};
use crate::world::state::World;

impl World {
    /// Opens a member. Which of our keys it was encrypted to, the request says in
    /// `Wechatpay-Serial`.
    pub(super) fn open_sensitive(&self, caller: &Caller, text: &str) -> Result<String, ApiError> {
        let merchant = &self.state.merchants[&caller.mchid];
        let wanted = caller.wanted.as_deref().ok_or(ApiError::NOT_CIPHERTEXT)?;
        let certificate = merchant
            .platform_certificates
            .iter()
            .find(|known| known.serial_no.as_str() == wanted)
            .map(|known| (&known.serial_no, &known.private_key_pem));
        let public_key = merchant
            .public_key
            .as_ref()
            .filter(|known| known.id.as_str() == wanted)
            .map(|known| (&known.id, &known.private_key_pem));
        let (serial_no, pem) = certificate.or(public_key).ok_or(ApiError::NOT_CIPHERTEXT)?;
        PlatformKey::from_pem(serial_no.clone(), pem)
            .ok()
            .and_then(|key| key.open_sensitive(&SealedText::from(text.to_owned())).ok())
            .map(|opened| opened.expose().to_owned())
            .ok_or(ApiError::NOT_CIPHERTEXT)
    }

    /// Encrypts a member of an answer to the certificate that signed the request. `None` when the
    /// text does not fit, which no text that came encrypted can do.
    pub(super) fn seal_sensitive(&self, caller: &Caller, text: &str) -> Option<SensitiveText> {
        let merchant = &self.state.merchants[&caller.mchid];
        let certificates = &merchant.api_certificates;
        let certificate = certificates.iter().find(|known| known.serial_no == caller.serial_no)?;
        let key = merchant_encryption_key(Suite::Rsa, &certificate.certificate_pem).ok()?;
        SensitiveText::seal(&key, text).ok()
    }
}
