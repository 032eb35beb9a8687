//! What the inputs of several targets have in common.

use suanpan_wechat::{
    Timestamp, Verified,
    call::RawAnswer,
    id::SerialNo,
    secret::ApiV3Key,
    verify,
    verify::{SignatureHeaders, Verifier, VerifyError},
};

/// Reads an input that is written like HTTP, so that people can read the corpus: a status (or
/// nothing), headers in lower case, an empty line, a body.
pub(crate) fn answer(input: &[u8]) -> Option<RawAnswer> {
    let end = input.windows(2).position(|pair| pair == b"\n\n")?;
    let mut lines = std::str::from_utf8(&input[..end]).ok()?.lines();
    let status = lines.next()?.trim().parse().unwrap_or(200);
    let headers = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    Some(RawAnswer { status, headers, body: input[end + 2..].to_vec() })
}

/// Believes every signature, so that what comes after verification meets every byte.
pub(crate) struct Everybody;

impl Verifier for Everybody {
    fn check(&self, _: &SerialNo, _: &[u8], _: &str) -> Result<(), VerifyError> {
        Ok(())
    }
}

/// Believes nobody.
pub(crate) struct Nobody;

impl Verifier for Nobody {
    fn check(&self, _: &SerialNo, _: &[u8], _: &str) -> Result<(), VerifyError> {
        Err(VerifyError::BadSignature)
    }
}

/// When everything here happens.
pub(crate) const NOW: Timestamp = Timestamp::from_unix(1_727_757_296);

/// `body` as if WeChat had signed it.
pub(crate) fn believed(body: &[u8]) -> Verified<&[u8]> {
    let headers = SignatureHeaders {
        timestamp: NOW,
        nonce: "5K8264ILTKCH16CQ2502SI8ZNMTM67VS".to_owned(),
        signature: String::new(),
        serial_no: SerialNo::new("D7CE59D1F522D701").expect("a serial number"),
        signature_type: None,
    };
    verify(&Everybody, &headers, body, NOW).expect("everybody is believed")
}

/// The APIv3 key of the published resources.
pub(crate) fn api_v3_key() -> ApiV3Key {
    ApiV3Key::new("a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb").expect("32 letters and digits")
}
