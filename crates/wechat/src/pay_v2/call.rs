//! One call of the v2 protocol: what is asked, how it is signed, and what an answer means.
//!
//! As in v3 there are three outcomes, and unknown is not failed. What differs: the signature of
//! an answer stands inside it, and an answer whose `return_code` is `FAIL` has none.

use crate::{
    Verified,
    advice::{Advice, Operation, advise},
    call::{ContentType, Malformed, Outcome, RawAnswer, Rejection, Request, Unknown},
    error::{ErrorCode, same_code},
    id::{NonceStr, RequestId},
    pay_v2::{
        sign::{Keys, SignType},
        xml::Fields,
    },
    verify::verify_fields,
};

/// What every operation of the v2 API has, whether its answer is signed or not.
pub trait Endpoint: Send + Sync {
    /// A name for logs and metrics: `v2.order`.
    const NAME: &'static str;

    /// Whether WeChat wants to see the merchant's client certificate.
    const NEEDS_CERTIFICATE: bool = false;

    /// What kind of thing it does, which decides what may follow an unknown outcome.
    const KIND: Operation = Operation::Change;

    /// Set where WeChat accepts one digest only, whatever the merchant chose.
    const ONLY_SIGN_TYPE: Option<SignType> = None;

    /// Where it goes.
    fn path(&self) -> &'static str;

    /// What it says, without `nonce_str`, `sign_type` and `sign`. The same operation gives the same
    /// parameters, so that a repeat is a repeat.
    fn parameters(&self) -> Fields;
}

/// An operation whose answer WeChat signs.
pub trait Call: Endpoint {
    /// What success means.
    type Answer: Send;

    /// Whether `code` leaves open what happened.
    fn leaves_open(&self, code: &ErrorCode) -> bool {
        code.is_outcome_unknown()
            || ["BIZERR_NEED_RETRY", "INVALID_REQ_TOO_MUCH"]
                .iter()
                .any(|known| same_code(known, code.as_str()))
    }

    /// Whether WeChat recognises the same parameters as the same request: always, but for a pay
    /// code, which works once.
    fn is_repeatable(&self) -> bool {
        Self::KIND != Operation::CodePay
    }

    /// What to do after `outcome`.
    fn advise(&self, outcome: &Outcome<Self::Answer>) -> Advice {
        advise(Self::KIND, self.is_repeatable(), outcome)
    }

    /// Reads a verified answer whose `result_code` is `SUCCESS`.
    ///
    /// # Errors
    /// When a field is not what the document promises.
    fn read(&self, answer: &Fields) -> Result<Self::Answer, Malformed>;
}

/// The request as it leaves, signed.
#[must_use]
pub fn request<E: Endpoint>(endpoint: &E, keys: &Keys, nonce_str: &NonceStr) -> Request {
    let sign_type = E::ONLY_SIGN_TYPE.unwrap_or(keys.sign_type());
    let mut fields = endpoint.parameters();
    fields.set("nonce_str", nonce_str);
    if sign_type != SignType::Md5 {
        fields.set("sign_type", sign_type.as_str());
    }
    let sign = keys.sign_with(sign_type, &fields);
    fields.set("sign", sign);
    Request {
        content_type: ContentType::Xml,
        ..Request::post(endpoint.path(), fields.to_xml().into_bytes())
    }
}

/// Fields that an answer repeats from its request. The signature alone does not say which request
/// an answer belongs to.
const REPEATED: [&str; 10] = [
    "appid",
    "mch_id",
    "sub_appid",
    "sub_mch_id",
    "out_trade_no",
    "transaction_id",
    "out_refund_no",
    "total_fee",
    "refund_fee",
    "trade_type",
];

/// What is kept of a sentence nobody signed; the documents give it 128 characters.
const MESSAGE_LIMIT: usize = 128;

/// Decides what an answer means.
pub fn judge<C: Call>(call: &C, answer: &RawAnswer, keys: &Keys) -> Outcome<C::Answer> {
    if answer.status != 200 {
        return Outcome::Unknown(Unknown::Busy { status: answer.status, code: None });
    }
    let fields = match Fields::read(&answer.body) {
        Ok(fields) => fields,
        Err(error) => return Outcome::Unknown(Unknown::NotVerified(error.into())),
    };
    if fields.get("return_code") == Some("FAIL") {
        let message = fields.get("return_msg").unwrap_or_default();
        let message = message.chars().take(MESSAGE_LIMIT).collect();
        return Outcome::Unknown(Unknown::Unsigned { message });
    }
    match verify_fields(keys, fields) {
        Ok(fields) => weigh(call, answer, fields),
        Err(error) => Outcome::Unknown(Unknown::NotVerified(error)),
    }
}

fn weigh<C: Call>(call: &C, answer: &RawAnswer, fields: Verified<Fields>) -> Outcome<C::Answer> {
    let malformed = |expected| Outcome::Unknown(Unknown::Malformed(Malformed { expected }));
    if fields.get().get("return_code") != Some("SUCCESS") {
        return malformed("a return_code");
    }
    if !answers(&call.parameters(), fields.get()) {
        return malformed("an answer to this request");
    }
    match fields.get().get("result_code") {
        Some("SUCCESS") => match fields.read(|fields| call.read(&fields)) {
            Ok(answer) => Outcome::Success(answer),
            Err(error) => Outcome::Unknown(Unknown::Malformed(error)),
        },
        Some("FAIL") => {
            let Some(code) = fields.get().text("err_code").map(ErrorCode::from) else {
                return malformed("an err_code");
            };
            if call.leaves_open(&code) {
                return Outcome::Unknown(Unknown::Busy { status: answer.status, code: Some(code) });
            }
            let message = fields.get().text("err_code_des").unwrap_or_default();
            let request_id = answer.request_id().and_then(|id| RequestId::new(id).ok());
            let status = answer.status;
            Outcome::Rejected(Rejection { status, code, message, detail: None, request_id })
        }
        _ => malformed("a result_code"),
    }
}

/// App and merchant must be there; of the rest, what is there must agree.
fn answers(asked: &Fields, answer: &Fields) -> bool {
    let is_named = ["appid", "mch_id"].iter().all(|name| answer.get(name).is_some());
    let agrees = |name: &&'static str| match (asked.get(name), answer.get(name)) {
        (Some(asked), Some(answered)) => asked == answered,
        _ => true,
    };
    is_named && REPEATED.iter().all(agrees)
}
