//! Platform certificates: `GET /v3/certificates` (v3 §1.11).

use suanpan_wechat::{
    Timestamp,
    id::SerialNo,
    platform::{SealNonce, seal},
    seal::Sealed,
    secret::ApiV3Key,
};

use super::{
    answer::Answer,
    error::ApiError,
    gate::Caller,
    operation::{Operation, Route, get},
};
use crate::world::{
    exchange::{HttpRequest, Times},
    frequency::Rate,
    identity::{PlatformCertificate, TrustMode},
    state::World,
};

/// What certificate downloads are bound to.
const ASSOCIATED_DATA: &str = "certificate";

#[derive(serde::Serialize)]
struct List<'a> {
    data: Vec<Item<'a>>,
}

#[derive(serde::Serialize)]
struct Item<'a> {
    effective_time: Timestamp,
    encrypt_certificate: Encrypted,
    expire_time: Timestamp,
    serial_no: &'a SerialNo,
}

#[derive(serde::Serialize)]
struct Encrypted {
    algorithm: String,
    associated_data: String,
    ciphertext: String,
    nonce: String,
}

/// `/v3/certificates`.
pub(crate) fn route(path: &[&str]) -> Option<Route> {
    (*path == ["certificates"]).then(|| get(Download))
}

struct Download;

impl Operation for Download {
    fn rate(&self) -> Option<Rate> {
        Some(Rate::Certificates)
    }

    fn perform(
        &self,
        world: &mut World,
        caller: &Caller,
        _request: &HttpRequest,
        now: Times,
    ) -> Result<Answer, ApiError> {
        world.download_certificates(caller, now)
    }
}

impl World {
    fn download_certificates(&mut self, caller: &Caller, now: Times) -> Result<Answer, ApiError> {
        let merchant = &self.state.merchants[&caller.mchid];
        let key = ApiV3Key::new(&merchant.api_v3_key)
            .expect("APIv3 keys are checked when merchants are registered");
        // WeChat never offers an expired certificate; validity is about wall time.
        let valid = |certificate: &&PlatformCertificate| certificate.expire_time > now.wall;
        let certificates = merchant.platform_certificates.iter().filter(valid);
        let chance = &mut self.state.chance;
        let data: Vec<_> = certificates
            .map(|certificate| Item {
                effective_time: certificate.effective_time,
                encrypt_certificate: encrypted(seal(
                    &key,
                    SealNonce::from_random(chance.bytes()),
                    ASSOCIATED_DATA,
                    certificate.certificate_pem.as_bytes(),
                )),
                expire_time: certificate.expire_time,
                serial_no: &certificate.serial_no,
            })
            .collect();
        if data.is_empty() || merchant.trust_mode == TrustMode::PublicKey {
            return Err(ApiError::NO_CERTIFICATES);
        }
        Ok(Answer::json(&List { data }))
    }
}

fn encrypted(sealed: Sealed) -> Encrypted {
    let Sealed { algorithm, nonce, associated_data, ciphertext } = sealed;
    Encrypted { algorithm, associated_data, ciphertext, nonce }
}
