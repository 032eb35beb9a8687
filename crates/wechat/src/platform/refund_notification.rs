use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{pay_v2::req_info, secret::ApiV2Key};

/// The `req_info` of a v2 refund notification: `inside`, a document with the root `root`, for the
/// owner of `key`.
#[must_use]
pub fn seal_req_info(key: &ApiV2Key, inside: &str) -> String {
    STANDARD.encode(req_info::seal(key, inside.as_bytes()))
}
