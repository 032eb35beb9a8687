//! Who is calling, proven by the request's own signature (v3 §1.2–1.6).

use serde_json::json;
use suanpan_wechat::{
    id::{Mchid, SerialNo},
    key::RSA_SCHEME,
    platform::Authorization,
    verify::WINDOW_SECONDS,
};

use super::{error::ApiError, media};
use crate::world::{
    exchange::{HttpRequest, Times},
    state::World,
};

/// How many bytes of the body a signature error shows.
const TRUNCATED_BODY: usize = 8;

/// A caller whose signature was accepted.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) mchid: Mchid,
    /// The API certificate that signed.
    pub(crate) serial_no: SerialNo,
    /// `Wechatpay-Serial`: which key the caller would like answers signed with.
    pub(crate) wanted: Option<String>,
}

/// What the gate found out, for the journal too.
pub(crate) struct Admission {
    pub(crate) caller: Result<Caller, ApiError>,
    /// The canonical message, as far as the header could be read.
    pub(crate) canonical: Option<String>,
}

impl World {
    /// Checks headers, certificate, clock and signature, in this order.
    pub(crate) fn admit(&self, request: &HttpRequest, now: Times) -> Admission {
        let refused = |error| Admission { caller: Err(error), canonical: None };
        let present = |name| request.header(name).is_some_and(|value| !value.trim().is_empty());
        if !present("Accept") || !present("User-Agent") {
            return refused(ApiError::NO_ACCEPT);
        }
        let header = request.header("Authorization").unwrap_or_default();
        let authorization = Authorization::read(header).ok();
        let Some(authorization) = authorization.filter(|read| read.scheme == RSA_SCHEME) else {
            return refused(ApiError::sign(
                "Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》",
            ));
        };
        let signed = media::signed_part(request);
        let message = authorization.message(&request.method, &request.target, signed);
        Admission {
            caller: self.check_authorization(request, &authorization, &message, now),
            canonical: Some(super::super::journal::text(&message)),
        }
    }

    fn check_authorization(
        &self,
        request: &HttpRequest,
        authorization: &Authorization,
        message: &[u8],
        now: Times,
    ) -> Result<Caller, ApiError> {
        let Authorization { mchid, serial_no, .. } = authorization;
        if self.merchant(mchid).is_none() {
            return Err(ApiError::sign("商户未申请过证书"));
        }
        let verifier = self
            .verifier(mchid, serial_no)
            .ok_or(ApiError::sign("商户证书序列号有误。请使用签名私钥匹配的证书序列号"))?;
        if now.wall.since(authorization.timestamp).abs() > WINDOW_SECONDS {
            return Err(ApiError::sign(
                "Http头Authorization值中的timestamp与发起请求的时间不能超过5分钟",
            ));
        }
        verifier
            .check(serial_no, message, &authorization.signature)
            .map_err(|_| sign_not_match(request, message))?;
        Ok(Caller {
            mchid: mchid.clone(),
            serial_no: serial_no.clone(),
            wanted: request.header("Wechatpay-Serial").map(str::to_owned),
        })
    }
}

/// The answer that shows what WeChat took for the message, its body cut to eight bytes (v3 §7.1).
fn sign_not_match(request: &HttpRequest, message: &[u8]) -> ApiError {
    let length = media::signed_part(request).len();
    let before_body = message.len() - length - 1;
    let cut = before_body + length.min(TRUNCATED_BODY);
    let mut truncated = String::from_utf8_lossy(&message[..cut]).into_owned();
    truncated.push('\n');
    ApiError {
        number: 270_924_360,
        detail: Some(json!({
            "detail": {"issue": "sign not match"},
            "field": "signature",
            "location": "authorization",
            "sign_information": {
                "method": request.method,
                "sign_message_length": message.len(),
                "truncated_sign_message": truncated,
                "url": request.target,
            },
        })),
        ..ApiError::sign("错误的签名，验签失败")
    }
}
