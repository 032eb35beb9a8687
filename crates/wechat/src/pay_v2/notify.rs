//! Notifications of the v2 protocol: WeChat calling us.
//!
//! A payment's notification carries its signature, and reading it is checking it. A refund's
//! notification carries none: its inside is encrypted with a digest of the key, in a mode that
//! proves nothing about who wrote it or whether it was changed. So it gives a [`RefundHint`],
//! which says where to look, and the truth is the answer of
//! [`RefundQuery`](super::refund_query::RefundQuery).

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{
    Fen, Timestamp, Verified,
    call::Malformed,
    id::{OutRefundNo, OutTradeNo, RefundId, TransactionId},
    pay_v2::{
        Keys, Merchant, beijing, paid::Paid, refund::RefundAccount, refund_query::RefundStatus,
        req_info, value::present, xml::Fields,
    },
    seal::DoesNotOpen,
    verify::{VerifyError, verify_fields},
};

/// What to answer once the notification's effect is committed; anything else makes WeChat repeat.
pub const ACCEPTED: &str = "<xml><return_code><![CDATA[SUCCESS]]></return_code>\
                            <return_msg><![CDATA[OK]]></return_msg></xml>";

/// What to answer when it cannot be accepted. WeChat repeats after such an answer, for a day.
pub const REFUSED: &str = "<xml><return_code><![CDATA[FAIL]]></return_code></xml>";

/// Why a notification is not one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotifyError {
    /// Not proven to come from WeChat.
    #[error(transparent)]
    NotVerified(#[from] VerifyError),
    /// From WeChat, but not what its document promises; a person should look.
    #[error(transparent)]
    Malformed(#[from] Malformed),
}

/// Checks and reads the notification of a payment
/// (<https://pay.weixin.qq.com/wiki/doc/api/jsapi.php?chapter=9_7>).
///
/// # Errors
/// When it is not proven to come from WeChat, or does not say that somebody paid: WeChat notifies
/// of payments only.
pub fn payment(keys: &Keys, body: &[u8]) -> Result<Verified<Paid>, NotifyError> {
    let fields = Fields::read(body).map_err(VerifyError::from)?;
    let verified = verify_fields(keys, fields)?;
    let paid = verified.read(|fields| {
        for name in ["return_code", "result_code"] {
            if fields.get(name) != Some("SUCCESS") {
                return Err(Malformed { expected: "a payment" });
            }
        }
        Paid::read(&fields)
    })?;
    Ok(paid)
}

/// The outside of a refund's notification. Nobody signed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundNotification {
    merchant: Merchant,
    req_info: Vec<u8>,
}

/// A refund reached an end, somebody says who knows the key. Ask WeChat before believing it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundHint {
    /// Whose refund, by the unencrypted outside.
    pub merchant: Merchant,
    /// The merchant's number of the refund: what to ask for.
    pub out_refund_no: OutRefundNo,
    /// WeChat's number of the refund.
    pub refund_id: RefundId,
    /// The merchant's number of the payment.
    pub out_trade_no: OutTradeNo,
    /// WeChat's number of the payment.
    pub transaction_id: TransactionId,
    /// Where the refund stands.
    pub refund_status: RefundStatus,
    /// What was paid originally.
    pub total_fee: Fen,
    /// What was settled originally.
    pub settlement_total_fee: Option<Fen>,
    /// What goes back.
    pub refund_fee: Fen,
    /// What goes back less coupons somebody else pays for.
    pub settlement_refund_fee: Option<Fen>,
    /// When it arrived; only with `SUCCESS`.
    pub success_time: Option<Timestamp>,
    /// Bank, kind of card and last four digits, or which balance; spelled `accout` on the wire.
    pub refund_recv_account: Option<String>,
    /// Where the money came from.
    pub refund_account: Option<RefundAccount>,
    /// `API` or `VENDOR_PLATFORM`: who asked for the refund.
    pub refund_request_source: Option<String>,
    /// JSON about the discounts that were taken back, for a refund that names goods.
    pub promotion_detail: Option<String>,
}

impl RefundNotification {
    /// Reads the outside (<https://pay.weixin.qq.com/wiki/doc/api/jsapi.php?chapter=9_16>).
    ///
    /// # Errors
    /// When it is not a refund's notification.
    pub fn read(body: &[u8]) -> Result<Self, NotifyError> {
        let fields = Fields::read(body).map_err(VerifyError::from)?;
        if fields.get("return_code") != Some("SUCCESS") {
            return Err(Malformed { expected: "a return_code" }.into());
        }
        let decoded = |text: &str| STANDARD.decode(text).ok();
        let req_info = present("req_info", fields.parsed("req_info", "req_info", decoded)?)?;
        Ok(Self { merchant: Merchant::read(&fields)?, req_info })
    }

    /// Opens the inside with the first key that fits.
    ///
    /// # Errors
    /// When no key fits, or what it opens is not a refund; which of the two is deliberately not
    /// said. Answer [`REFUSED`]: WeChat sends again.
    pub fn open(&self, keys: &Keys) -> Result<RefundHint, DoesNotOpen> {
        keys.all()
            .find_map(|key| {
                let inside = req_info::open(key, &self.req_info)?;
                let fields = Fields::read_rooted(inside.trim_ascii(), "root").ok()?;
                hint(&self.merchant, &fields).ok()
            })
            .ok_or(DoesNotOpen)
    }
}

fn hint(merchant: &Merchant, fields: &Fields) -> Result<RefundHint, Malformed> {
    Ok(RefundHint {
        merchant: merchant.clone(),
        out_refund_no: fields.required("out_refund_no")?,
        refund_id: fields.required("refund_id")?,
        out_trade_no: fields.required("out_trade_no")?,
        transaction_id: fields.required("transaction_id")?,
        refund_status: fields.required("refund_status")?,
        total_fee: fields.required_fen("total_fee")?,
        settlement_total_fee: fields.optional_fen("settlement_total_fee")?,
        refund_fee: fields.required_fen("refund_fee")?,
        settlement_refund_fee: fields.optional_fen("settlement_refund_fee")?,
        success_time: fields.parsed("success_time", "success_time", beijing::read_dashed)?,
        refund_recv_account: fields.text("refund_recv_accout"),
        refund_account: fields.optional("refund_account")?,
        refund_request_source: fields.text("refund_request_source"),
        promotion_detail: fields.text("promotion_detail"),
    })
}
