//! The v2 protocol: documents, their shared-key signatures, and the notifications they are.

use std::sync::LazyLock;

use suanpan_wechat::{
    bill::{FundFlowRow, Row, TradeRow},
    call::{Outcome, RawAnswer, Unknown},
    id::{Appid, Mchid, OutTradeNo},
    pay_v2::{
        Keys, Merchant, Number, SignType,
        bill::{Consistent, Reader, StatementError},
        judge,
        notify::{NotifyError, RefundNotification, payment},
        query::Query,
        xml::Fields,
    },
    secret::ApiV2Key,
    verify::VerifyError,
};

use crate::bill::{LIMITS, PIECE};

/// What is read can be written, and is then the same message.
pub(crate) fn xml(input: &[u8]) -> bool {
    let Ok(fields) = Fields::read(input) else { return false };
    let again = Fields::read(fields.to_xml().as_bytes()).expect("what was read can be written");
    assert!(again.iter().eq(fields.iter()), "{}", fields.to_xml());
    true
}

/// Only who knows the key is believed; the same fields under their own signature are read.
pub(crate) fn notification(input: &[u8]) -> bool {
    let Ok(fields) = Fields::read(input) else { return false };
    let sign = KEYS.sign(&fields);
    let is_signed = fields.get("sign") == Some(sign.as_str());
    if payment(&KEYS, input).is_ok() {
        assert!(is_signed, "a forgery was believed");
    }
    let read = payment(&KEYS, &signed(&fields));
    let is_refused = matches!(read, Err(NotifyError::NotVerified(VerifyError::BadSignature)));
    assert!(!is_refused, "our own signature was refused");
    read.is_ok()
}

/// What an answer to a query means: unsigned it means nothing at all.
pub(crate) fn answer(input: &[u8]) -> bool {
    let query = Query {
        merchant: Merchant::direct(
            Appid::new("wx2421b1c4370ec43b").expect("an appid"),
            Mchid::new("10000100").expect("an mchid"),
        ),
        number: Number::OutTradeNo(OutTradeNo::new("1409811653").expect("a number")),
        with_promotions: true,
    };
    let answer = |body: Vec<u8>| RawAnswer { status: 200, headers: Vec::new(), body };
    let Ok(fields) = Fields::read(input) else {
        let outcome = judge(&query, &answer(input.to_vec()), &KEYS);
        assert!(matches!(outcome, Outcome::Unknown(Unknown::NotVerified(_))));
        return false;
    };
    let is_signed = fields.get("sign") == Some(KEYS.sign(&fields).as_str());
    let outcome = judge(&query, &answer(input.to_vec()), &KEYS);
    assert!(is_signed || matches!(outcome, Outcome::Unknown(_)), "nobody signed this");
    matches!(judge(&query, &answer(signed(&fields)), &KEYS), Outcome::Success(_))
}

/// The outside nobody signed, and the inside that only the key opens.
pub(crate) fn refund_notification(input: &[u8]) -> bool {
    let Ok(outside) = RefundNotification::read(input) else { return false };
    outside.open(&KEYS).is_ok()
}

/// Where the network cut an answer decides neither its rows nor the verdict, a refusal is never a
/// bill, and no bill fits a digest of zeros.
pub(crate) fn bill(input: &[u8]) -> bool {
    statement::<TradeRow>(input) || statement::<FundFlowRow>(input)
}

fn statement<R: Row + std::fmt::Debug>(answer: &[u8]) -> bool {
    const ZEROS: &str = "SHA=0000000000000000000000000000000000000000";
    // Of two things that are wrong with a file, the cut may decide which is met first.
    let whole = rows::<R>(answer, answer.len(), None).ok();
    assert_eq!(whole, rows::<R>(answer, PIECE, None).ok());
    assert!(rows::<R>(answer, answer.len(), Some(ZEROS)).is_err());
    let is_markup = answer.starts_with(b"<") || answer.starts_with(b"\xef\xbb\xbf<");
    assert!(!(is_markup && whole.is_some()), "a refusal was read as a bill");
    whole.is_some_and(|(rows, verdict)| {
        assert_eq!(u64::try_from(rows.len()), Ok(verdict.rows()));
        assert!(!verdict.totals().is_empty(), "nothing spoke for the rows");
        true
    })
}

fn rows<R: Row + std::fmt::Debug>(
    answer: &[u8],
    piece: usize,
    digest: Option<&str>,
) -> Result<(Vec<String>, Consistent), StatementError> {
    let mut reader = Reader::<R>::new(200, digest, LIMITS)?;
    let mut rows = Vec::new();
    for piece in answer.chunks(piece.max(1)) {
        reader.feed(piece, |row| rows.push(format!("{:?}", row.unproven())))?;
    }
    let verdict = reader.finish(|row| rows.push(format!("{:?}", row.unproven())))?;
    Ok((rows, verdict))
}

/// The fields under the signature that belongs to them.
fn signed(fields: &Fields) -> Vec<u8> {
    let mut again = Fields::default();
    for (name, value) in fields.iter().filter(|(name, _)| *name != "sign") {
        again.insert(name, value).expect("it was read");
    }
    let sign = KEYS.sign(&again);
    // A message that is full already stays unsigned.
    let _ = again.insert("sign", sign);
    again.to_xml().into_bytes()
}

/// The key of the published examples.
static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let key = ApiV2Key::new("8934e7d15453e97507ef794cf7b0519d").expect("a published key");
    Keys::new(SignType::Md5, key)
});
