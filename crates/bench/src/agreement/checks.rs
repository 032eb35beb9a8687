//! The exchanges.

use std::borrow::Cow;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use suanpan_wechat::{
    Timestamp,
    call::Request,
    id::{Appid, NonceStr, PrepayId},
    invoke::miniprogram::RequestPayment,
    notify::Content,
    platform::{Authorization, SealNonce, seal, signature_headers},
    sensitive::{SealedText, SensitiveText},
    sign::{Signer as _, authorization},
    verify,
    verify::SignatureHeaders,
};

use super::{
    inputs::{Inputs, LETTERS_AND_DIGITS},
    v2,
};
use crate::{
    peer::{Made, Peer},
    world::World,
};

/// One kind of exchange.
pub(crate) struct Check {
    pub(crate) name: &'static str,
    pub(crate) run: fn(&mut Exchange<'_>) -> Result<Verdict, String>,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Agreed,
    /// The other side has no such function.
    Cannot,
}

pub(crate) const CHECKS: &[Check] = &[
    Check { name: "both sign a request alike", run: request },
    Check { name: "they believe our answers", run: our_answer },
    Check { name: "we believe their answers", run: their_answer },
    Check { name: "both sign for the cashier alike", run: second_signature },
    Check { name: "they open our notifications", run: our_notification },
    Check { name: "we open their notifications", run: their_notification },
    Check { name: "they decrypt our sensitive members", run: our_sensitive_member },
    Check { name: "we decrypt their sensitive members", run: their_sensitive_member },
    Check { name: "both sign v2 fields alike", run: v2::signature },
    Check { name: "both sign for the v2 cashier alike", run: v2::second_signature },
    Check { name: "they believe our v2 requests", run: v2::our_request },
    Check { name: "we believe their v2 answers", run: v2::their_answer },
    Check { name: "they read our v2 documents", run: v2::our_document },
    Check { name: "we read their v2 documents", run: v2::their_document },
    Check { name: "they open our refund notifications", run: v2::our_req_info },
    Check { name: "we open their refund notifications", run: v2::their_req_info },
];

/// Everything one exchange needs.
pub(crate) struct Exchange<'a> {
    pub(crate) world: &'a World,
    pub(crate) inputs: Inputs,
    pub(crate) peer: &'a mut Peer,
    pub(crate) wrong: bool,
}

/// What a signature is about, besides the text.
pub(super) struct Moment {
    pub(super) at: Timestamp,
    pub(super) nonce: String,
}

impl Exchange<'_> {
    /// What our side makes of a text: itself, unless we are to be wrong.
    pub(super) fn ours<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.wrong { text.replace(' ', "").into() } else { text.into() }
    }

    pub(super) fn moment(&mut self) -> Moment {
        let at = Timestamp::from_unix(self.inputs.instant());
        Moment { at, nonce: self.inputs.word(LETTERS_AND_DIGITS, 1, 32) }
    }

    /// The five headers of our WeChat.
    fn headers(&self, moment: &Moment, body: &str) -> Value {
        let signed =
            signature_headers(&self.world.platform, moment.at, &moment.nonce, body.as_bytes());
        signed
            .into_iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), Value::String(value)))
            .collect()
    }

    /// Whether we believe a signature of their WeChat.
    fn we_believe(&self, moment: &Moment, signature: &str, body: &str) -> bool {
        let headers = SignatureHeaders {
            timestamp: moment.at,
            nonce: moment.nonce.clone(),
            signature: signature.to_owned(),
            serial_no: self.world.platform.serial_no().clone(),
            signature_type: None,
        };
        verify(&self.world.wechat, &headers, body.as_bytes(), moment.at).is_ok()
    }

    pub(super) fn ask(&mut self, question: &Value) -> Result<Made, String> {
        self.peer.ask(question)
    }

    /// Offers something that was tampered with.
    pub(super) fn must_refuse(&mut self, question: &Value) -> Result<(), String> {
        match self.ask(question)? {
            Made::Refused(_) | Made::Cannot => Ok(()),
            Made::Value(value) => Err(format!("accepted as {value}: {question}")),
        }
    }
}

/// RSA signatures of this padding have no randomness, so equal messages have equal signatures.
fn request(exchange: &mut Exchange<'_>) -> Result<Verdict, String> {
    const TARGET: &[u8] = b"abcxyzABC0189-._~%/?&=*|";
    let moment = exchange.moment();
    let target = format!("/v3/{}", exchange.inputs.word(TARGET, 0, 200));
    let (method, body) = match exchange.inputs.below(3) {
        0 => ("GET", String::new()),
        _ => ("POST", exchange.inputs.text()),
    };
    let question = json!({
        "do": "authorization", "method": method, "target": target, "body": body,
        "timestamp": moment.at.unix().to_string(), "nonce": moment.nonce,
    });
    let header = made!(exchange, question);
    let header = header.as_str().unwrap_or_default();
    let theirs = Authorization::read(header).map_err(|error| format!("{error}: {header}"))?;
    theirs
        .check(&exchange.world.merchants, method, &target, exchange.ours(&body).as_bytes())
        .map_err(|error| format!("{error}: {question}"))?;
    let nonce_str = NonceStr::new(theirs.nonce_str.as_str()).map_err(|error| error.to_string())?;
    let request = match method {
        "GET" => Request::get(target),
        _ => Request::post(target, body.into_bytes()),
    };
    let world = exchange.world;
    let ours = authorization(&world.merchant, &world.mchid, theirs.timestamp, &nonce_str, &request);
    if Authorization::read(&ours).as_ref() == Ok(&theirs) {
        return Ok(Verdict::Agreed);
    }
    Err(format!("they wrote {header}, we {ours}"))
}

fn our_answer(exchange: &mut Exchange<'_>) -> Result<Verdict, String> {
    let (moment, body) = (exchange.moment(), exchange.inputs.text());
    let headers = exchange.headers(&moment, &exchange.ours(&body));
    made!(exchange, json!({ "do": "believe", "headers": headers, "body": body }));
    let altered = exchange.inputs.altered(&body);
    exchange.must_refuse(&json!({ "do": "believe", "headers": headers, "body": altered }))?;
    Ok(Verdict::Agreed)
}

fn their_answer(exchange: &mut Exchange<'_>) -> Result<Verdict, String> {
    let (moment, body) = (exchange.moment(), exchange.inputs.text());
    let signature = made!(
        exchange,
        json!({
            "do": "sign_answer", "timestamp": moment.at.unix().to_string(), "nonce": moment.nonce,
            "body": body,
        })
    );
    let signature = signature.as_str().unwrap_or_default();
    if !exchange.we_believe(&moment, signature, &exchange.ours(&body)) {
        return Err(format!("we refuse {signature} of {body:?}"));
    }
    let altered = exchange.inputs.altered(&body);
    if exchange.we_believe(&moment, signature, &altered) {
        return Err(format!("we believe {altered:?} instead of {body:?}"));
    }
    Ok(Verdict::Agreed)
}

fn second_signature(exchange: &mut Exchange<'_>) -> Result<Verdict, String> {
    let moment = exchange.moment();
    let appid = exchange.inputs.word(LETTERS_AND_DIGITS, 1, 32);
    let prepay_id = exchange.inputs.word(LETTERS_AND_DIGITS, 1, 64);
    let invalid = |error: suanpan_wechat::id::InvalidId| error.to_string();
    let ours = RequestPayment::sign(
        &exchange.world.merchant,
        &Appid::new(appid.as_str()).map_err(invalid)?,
        &PrepayId::new(prepay_id.as_str()).map_err(invalid)?,
        moment.at,
        &NonceStr::new(moment.nonce.as_str()).map_err(invalid)?,
    );
    // The careless form of this one is the app's fourth line in a mini program (threat o15).
    let package = if exchange.wrong { &prepay_id } else { &ours.package };
    let question = json!({
        "do": "sign_lines", "lines": [appid, ours.time_stamp, ours.nonce_str, package],
    });
    let theirs = made!(exchange, question);
    if theirs == ours.pay_sign.as_str() {
        return Ok(Verdict::Agreed);
    }
    Err(format!("they sign {theirs}, we {}", ours.pay_sign))
}

fn our_notification(exchange: &mut Exchange<'_>) -> Result<Verdict, String> {
    let (moment, plaintext) = (exchange.moment(), exchange.inputs.text());
    let associated_data = exchange.inputs.text_up_to(16);
    let nonce = SealNonce::from_random(exchange.inputs.bytes());
    let key = &exchange.world.api_v3_key;
    let sealed = seal(key, nonce, &associated_data, exchange.ours(&plaintext).as_bytes());
    let envelope = |ciphertext: &str| {
        json!({
            "id": "1", "create_time": "2024-10-01T12:34:56+08:00", "event_type": "GENERATED",
            "resource_type": "encrypt-resource", "summary": "支付成功",
            "resource": {
                "original_type": "generated", "algorithm": sealed.algorithm, "nonce": sealed.nonce,
                "associated_data": sealed.associated_data, "ciphertext": ciphertext,
            },
        })
        .to_string()
    };
    let body = envelope(&sealed.ciphertext);
    let headers = exchange.headers(&moment, &body);
    let opened = made!(exchange, json!({ "do": "open", "headers": headers, "body": body }));
    if opened != plaintext.as_str() {
        return Err(format!("they read {opened}, it was {plaintext:?}"));
    }
    // Signed by the right key, so that nothing but the seal can refuse it.
    let body = envelope(&flipped(&sealed.ciphertext, &mut exchange.inputs));
    let headers = exchange.headers(&moment, &body);
    exchange.must_refuse(&json!({ "do": "open", "headers": headers, "body": body }))?;
    Ok(Verdict::Agreed)
}

/// One bit of what the Base64 text stands for.
fn flipped(text: &str, inputs: &mut Inputs) -> String {
    let mut bytes = STANDARD.decode(text).expect("our own Base64");
    let at = inputs.below(bytes.len());
    bytes[at] ^= 1 << inputs.below(8);
    STANDARD.encode(bytes)
}

fn their_notification(exchange: &mut Exchange<'_>) -> Result<Verdict, String> {
    let (moment, plaintext) = (exchange.moment(), exchange.inputs.text());
    let made = made!(
        exchange,
        json!({
            "do": "notify", "timestamp": moment.at.unix().to_string(), "nonce": moment.nonce,
            "plaintext": plaintext, "original_type": "generated",
            "associated_data": exchange.inputs.text_up_to(16),
            "seal_nonce": exchange.inputs.word(LETTERS_AND_DIGITS, 12, 12),
        })
    );
    let part = |name: &str| made[name].as_str().unwrap_or_default().to_owned();
    let (body, signature) = (part("body"), part("signature"));
    let headers = SignatureHeaders {
        timestamp: moment.at,
        nonce: moment.nonce,
        signature,
        serial_no: exchange.world.platform.serial_no().clone(),
        signature_type: None,
    };
    let verified = verify(&exchange.world.wechat, &headers, body.as_bytes(), moment.at)
        .map_err(|error| format!("{error}: {body}"))?;
    let content = verified
        .notification()
        .map_err(|error| format!("{error}: {body}"))?
        .open(std::slice::from_ref(&exchange.world.api_v3_key))
        .map_err(|error| format!("{error}: {body}"))?;
    match content.into_inner() {
        Content::Unknown { json, .. } if json == exchange.ours(&plaintext) => Ok(Verdict::Agreed),
        other => Err(format!("we read {other:?}, it was {plaintext:?}")),
    }
}

fn our_sensitive_member(exchange: &mut Exchange<'_>) -> Result<Verdict, String> {
    let text = sensitive(&mut exchange.inputs);
    let sealed = SensitiveText::seal(&exchange.world.encryption_key(), &exchange.ours(&text))
        .map_err(|error| format!("{error}: {text:?}"))?;
    let ciphertext = String::from(sealed);
    let opened = made!(exchange, json!({ "do": "decrypt", "ciphertext": ciphertext }));
    if opened != text.as_str() {
        return Err(format!("they read {opened}, it was {text:?}"));
    }
    let altered = flipped(&ciphertext, &mut exchange.inputs);
    exchange.must_refuse(&json!({ "do": "decrypt", "ciphertext": altered }))?;
    Ok(Verdict::Agreed)
}

/// What fits into RSA-2048, one byte more included: there both sides must give up.
fn their_sensitive_member(exchange: &mut Exchange<'_>) -> Result<Verdict, String> {
    let too_long = "长".repeat(72);
    let key = exchange.world.encryption_key();
    if SensitiveText::seal(&key, &too_long).is_ok() {
        return Err("we encrypt 216 bytes".to_owned());
    }
    exchange.must_refuse(&json!({ "do": "encrypt", "text": too_long }))?;
    let text = sensitive(&mut exchange.inputs);
    let ciphertext = made!(exchange, json!({ "do": "encrypt", "text": text }));
    let sealed = SealedText::from(ciphertext.as_str().unwrap_or_default().to_owned());
    let opened = exchange.world.merchant.open_sensitive(&sealed);
    let opened = opened.map_err(|error| format!("{error}: {text:?}"))?;
    if opened.expose() == exchange.ours(&text) {
        return Ok(Verdict::Agreed);
    }
    Err(format!("we read {:?}, it was {text:?}", opened.expose()))
}

/// Never empty: an absent member is left out, and both know that.
fn sensitive(inputs: &mut Inputs) -> String {
    let text = inputs.text_up_to(213);
    if text.trim().is_empty() { format!("{text}名") } else { text }
}
