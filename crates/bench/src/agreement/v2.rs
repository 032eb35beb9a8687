//! The exchanges of the v2 protocol.

use serde_json::{Value, json};
use suanpan_wechat::{
    id::{Appid, InvalidId, Mchid, NonceStr, OutTradeNo, PrepayId},
    pay_v2::{
        Keys, Merchant, Number, SignType, invoke, notify::RefundNotification, query::Query,
        request, xml::Fields,
    },
    platform::seal_req_info,
    secret::ApiV2Key,
    verify::verify_fields,
};

use super::{
    checks::{Exchange, Verdict},
    inputs::{Inputs, LETTERS_AND_DIGITS},
};
use crate::{peer::Made, world::API_V3_KEY};

/// The two keys have one form.
fn key() -> ApiV2Key {
    ApiV2Key::new(API_V3_KEY).expect("32 letters and digits")
}

fn keys(inputs: &mut Inputs) -> Keys {
    let sign_type = match inputs.below(2) {
        0 => SignType::Md5,
        _ => SignType::HmacSha256,
    };
    Keys::new(sign_type, key())
}

/// Both digests of the v2 protocol, over fields with and without a value.
pub(super) fn signature(exchange: &mut Exchange<'_>) -> Result<Verdict, String> {
    let fields = v2_fields(&mut exchange.inputs);
    let keys = keys(&mut exchange.inputs);
    let question = json!({
        "do": "v2_sign", "sign_type": keys.sign_type().as_str(), "fields": object(&fields),
    });
    let theirs = made!(exchange, question);
    let ours = keys.sign(&document(exchange, &fields)?);
    if theirs == ours.as_str() {
        return Ok(Verdict::Agreed);
    }
    Err(format!("they sign {theirs}, we {ours}: {question}"))
}

/// The signature of a page or a mini program, which has the digest of the order.
pub(super) fn second_signature(exchange: &mut Exchange<'_>) -> Result<Verdict, String> {
    let moment = exchange.moment();
    let keys = keys(&mut exchange.inputs);
    let appid = exchange.inputs.word(LETTERS_AND_DIGITS, 1, 32);
    let prepay_id = exchange.inputs.word(LETTERS_AND_DIGITS, 1, 64);
    let ours = invoke::request_payment(
        &keys,
        &Appid::new(appid.as_str()).map_err(invalid)?,
        &PrepayId::new(prepay_id.as_str()).map_err(invalid)?,
        moment.at,
        &NonceStr::new(moment.nonce.as_str()).map_err(invalid)?,
    );
    // The careless form spells the member as `wx.chooseWXPay` does (threat o15).
    let time_stamp = if exchange.wrong { "timestamp" } else { "timeStamp" };
    let question = json!({
        "do": "v2_sign", "sign_type": keys.sign_type().as_str(),
        "fields": {
            "appId": appid, time_stamp: ours.time_stamp, "nonceStr": ours.nonce_str,
            "package": ours.package, "signType": ours.sign_type,
        },
    });
    let theirs = made!(exchange, question);
    if theirs == ours.pay_sign.as_str() {
        return Ok(Verdict::Agreed);
    }
    Err(format!("they sign {theirs}, we {}", ours.pay_sign))
}

/// A whole request of ours, verified as a document; one with another number is refused.
pub(super) fn our_request(exchange: &mut Exchange<'_>) -> Result<Verdict, String> {
    let keys = keys(&mut exchange.inputs);
    let nonce = exchange.inputs.word(LETTERS_AND_DIGITS, 1, 32);
    let number = exchange.inputs.word(b"abcXYZ019_-|*", 6, 32);
    let number = OutTradeNo::new(number.as_str()).map_err(invalid)?;
    let appid = Appid::new("wx2421b1c4370ec43b").map_err(invalid)?;
    let mch_id = Mchid::new("1900000109").map_err(invalid)?;
    let query = Query {
        merchant: Merchant::direct(appid, mch_id),
        number: Number::OutTradeNo(number.clone()),
        with_promotions: exchange.inputs.below(2) == 0,
    };
    let body = request(&query, &keys, &NonceStr::new(nonce.as_str()).map_err(invalid)?).body;
    let xml = String::from_utf8(body).map_err(|error| error.to_string())?;
    let altered = xml.replace(number.as_str(), &format!("{number}x"));
    let sent = if exchange.wrong { &altered } else { &xml };
    let sign_type = keys.sign_type().as_str();
    made!(exchange, json!({ "do": "v2_believe", "sign_type": sign_type, "xml": sent }));
    let question = json!({ "do": "v2_believe", "sign_type": sign_type, "xml": altered });
    exchange.must_refuse(&question)?;
    Ok(Verdict::Agreed)
}

/// Fields that they signed and wrote; one more or less of anything is refused.
pub(super) fn their_answer(exchange: &mut Exchange<'_>) -> Result<Verdict, String> {
    let keys = keys(&mut exchange.inputs);
    let fields = writable(&mut exchange.inputs);
    let question = json!({
        "do": "v2_write_signed", "sign_type": keys.sign_type().as_str(),
        "fields": object(&fields),
    });
    let xml = made!(exchange, question);
    let xml = xml.as_str().unwrap_or_default();
    let read = |xml: &str| Fields::read(xml.as_bytes()).map_err(|error| format!("{error}: {xml}"));
    verify_fields(&keys, read(&exchange.ours(xml))?).map_err(|error| format!("{error}: {xml}"))?;
    let more = xml.replace("</xml>", "<more>1</more></xml>");
    if verify_fields(&keys, read(&more)?).is_ok() {
        return Err(format!("we believe {more}"));
    }
    Ok(Verdict::Agreed)
}

/// The mode authenticates nothing, so only what is opened can be compared.
pub(super) fn our_req_info(exchange: &mut Exchange<'_>) -> Result<Verdict, String> {
    let text = exchange.inputs.text();
    let req_info = seal_req_info(&key(), &exchange.ours(&text));
    let opened = made!(exchange, json!({ "do": "v2_open_req_info", "req_info": req_info }));
    if opened == text.as_str() {
        return Ok(Verdict::Agreed);
    }
    Err(format!("they read {opened}, it was {text:?}"))
}

/// Their padding leaves out the whole block that PKCS#7 adds to full ones, so here no text fills its
/// last block (docs/conformance.md).
pub(super) fn their_req_info(exchange: &mut Exchange<'_>) -> Result<Verdict, String> {
    let mut account = exchange.inputs.v2_value().replace("]]>", "]>");
    account.push('x');
    let inside = |account: &str| {
        format!(
            "<root><out_refund_no>1</out_refund_no><out_trade_no>71106718111915575302817\
             </out_trade_no><refund_id>50000408942018111907145868882</refund_id>\
             <refund_recv_accout><![CDATA[{account}]]></refund_recv_accout>\
             <refund_status>SUCCESS</refund_status><refund_fee>1</refund_fee>\
             <total_fee>1</total_fee>\
             <transaction_id>4200000215201811190261405420</transaction_id></root>"
        )
    };
    if inside(&account).len().is_multiple_of(16) {
        account.push('x');
    }
    let question = json!({ "do": "v2_seal_req_info", "text": inside(&account) });
    let req_info = made!(exchange, question);
    let outside = format!(
        "<xml><return_code>SUCCESS</return_code><appid>wx2421b1c4370ec43b</appid>\
         <mch_id>1900000109</mch_id><req_info>{}</req_info></xml>",
        req_info.as_str().unwrap_or_default()
    );
    let notification =
        RefundNotification::read(outside.as_bytes()).map_err(|error| error.to_string())?;
    let hint = notification
        .open(&Keys::new(SignType::Md5, key()))
        .map_err(|error| format!("{error}: {account:?}"))?;
    match hint.refund_recv_account {
        Some(read) if read == exchange.ours(&account) => Ok(Verdict::Agreed),
        other => Err(format!("we read {other:?}, it was {account:?}")),
    }
}

fn invalid(error: InvalidId) -> String {
    error.to_string()
}

/// Fields that their reader and their writer leave alone: no value with white space at its ends or
/// with the end of a section in it (docs/conformance.md).
fn writable(inputs: &mut Inputs) -> Vec<(String, String)> {
    let mut fields = v2_fields(inputs);
    for (_, value) in &mut fields {
        *value = value.replace("]]>", "]>").trim_matches(is_space_to_them).to_owned();
    }
    fields
}

/// Their reader takes white space off both ends of a value, so here no value has any
/// (docs/conformance.md).
pub(super) fn our_document(exchange: &mut Exchange<'_>) -> Result<Verdict, String> {
    let mut fields = v2_fields(&mut exchange.inputs);
    for (_, value) in &mut fields {
        *value = value.trim_matches(is_space_to_them).to_owned();
    }
    let xml = document(exchange, &fields)?.to_xml();
    let theirs = made!(exchange, json!({ "do": "v2_read", "xml": xml }));
    if theirs == object(&fields) {
        return Ok(Verdict::Agreed);
    }
    Err(format!("they read {theirs} out of {xml}"))
}

/// What JavaScript's `trim` takes away.
fn is_space_to_them(character: char) -> bool {
    character.is_whitespace() || character == '\u{feff}'
}

/// Their writer does not cut the end of a section in two, so here no value has one
/// (docs/conformance.md).
pub(super) fn their_document(exchange: &mut Exchange<'_>) -> Result<Verdict, String> {
    let mut fields = v2_fields(&mut exchange.inputs);
    for (_, value) in &mut fields {
        *value = value.replace("]]>", "]>");
    }
    let xml = made!(exchange, json!({ "do": "v2_write", "fields": object(&fields) }));
    let xml = xml.as_str().unwrap_or_default();
    let ours = Fields::read(xml.as_bytes()).map_err(|error| format!("{error}: {xml}"))?;
    if ours == document(exchange, &fields)? {
        return Ok(Verdict::Agreed);
    }
    Err(format!("we read {:?} out of {xml}", ours.iter().collect::<Vec<_>>()))
}

/// One to twenty fields with names of their own, and the one that every message has: what the
/// signature of no fields at all would be, nobody has to know.
fn v2_fields(inputs: &mut Inputs) -> Vec<(String, String)> {
    let mut fields = vec![("return_code".to_owned(), "SUCCESS".to_owned())];
    fields.extend((0..=inputs.below(20)).map(|number| (format!("f_{number}"), inputs.v2_value())));
    fields
}

fn object(fields: &[(String, String)]) -> Value {
    fields.iter().map(|(name, value)| (name.clone(), Value::String(value.clone()))).collect()
}

fn document(exchange: &Exchange<'_>, fields: &[(String, String)]) -> Result<Fields, String> {
    let mut document = Fields::default();
    for (name, value) in fields {
        let inserted = document.insert(name, exchange.ours(value));
        inserted.map_err(|error| format!("{error}: {value:?}"))?;
    }
    Ok(document)
}
