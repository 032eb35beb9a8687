//! Native mode 1: a QR code that names a product instead of an order.
//!
//! Not offered to new merchants. WeChat posts what was scanned to the address in the merchant
//! console and waits five seconds for a `prepay_id`.

use percent_encoding::utf8_percent_encode;

use crate::{
    Timestamp, Verified,
    call::Malformed,
    id::{Appid, Mchid, NonceStr, Openid, PrepayId},
    pay_v2::{Keys, Text, notify::NotifyError, xml::Fields},
    verify::{VerifyError, verify_fields},
};

/// The content of a product's QR code
/// (<https://pay.weixin.qq.com/wiki/doc/api/native.php?chapter=6_4>).
#[must_use]
pub fn code_url(
    keys: &Keys,
    appid: &Appid,
    mch_id: &Mchid,
    product_id: &Text<32>,
    timestamp: Timestamp,
    nonce_str: &NonceStr,
) -> String {
    let mut fields = Fields::default();
    fields.put("appid", appid);
    fields.put("mch_id", mch_id);
    fields.put("product_id", product_id);
    fields.put("time_stamp", timestamp.unix());
    fields.put("nonce_str", nonce_str);
    let sign = keys.sign(&fields);
    fields.put("sign", sign);
    let query: Vec<String> = fields
        .iter()
        .map(|(name, value)| {
            format!("{name}={}", utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC))
        })
        .collect();
    format!("weixin://wxpay/bizpayurl?{}", query.join("&"))
}

/// Somebody scanned a product's code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    /// The app of the code.
    pub appid: Appid,
    /// The merchant of the code.
    pub mch_id: Mchid,
    /// Who scanned.
    pub openid: Openid,
    /// What.
    pub product_id: String,
}

/// Checks and reads the message about a scan.
///
/// # Errors
/// When it is not proven to come from WeChat, or is not about a scan.
pub fn scan(keys: &Keys, body: &[u8]) -> Result<Verified<Scan>, NotifyError> {
    let fields = Fields::read(body).map_err(VerifyError::from)?;
    let scan = verify_fields(keys, fields)?.read(|fields| {
        Ok::<_, Malformed>(Scan {
            appid: fields.required("appid")?,
            mch_id: fields.required("mch_id")?,
            openid: fields.required("openid")?,
            product_id: fields.required("product_id")?,
        })
    })?;
    Ok(scan)
}

impl Scan {
    /// The answer: the order made for this scan, or the reason why there is none, for the payer.
    #[must_use]
    pub fn answer(
        &self,
        keys: &Keys,
        order: Result<&PrepayId, &Text<128>>,
        nonce_str: &NonceStr,
    ) -> String {
        let mut fields = Fields::default();
        fields.put("return_code", "SUCCESS");
        fields.put("appid", &self.appid);
        fields.put("mch_id", &self.mch_id);
        fields.put("nonce_str", nonce_str);
        match order {
            Ok(prepay_id) => {
                fields.put("result_code", "SUCCESS");
                fields.put("prepay_id", prepay_id);
            }
            Err(reason) => {
                fields.put("result_code", "FAIL");
                fields.put("err_code_des", reason);
            }
        }
        let sign = keys.sign(&fields);
        fields.put("sign", sign);
        fields.to_xml()
    }
}
