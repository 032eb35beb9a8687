//! Answers: their frame, their signature, and how faults spoil it (v2 §3.3, §5).

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

use super::{
    bill,
    failure::{Failure, Fault},
    gate::Caller,
    operation::Voice,
    sign,
    xml::Document,
};
use crate::world::{exchange::HttpResponse, order::Partner, state::World};

/// What an operation has to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// What stands after `result_code`.
    Members(Document),
    File(Vec<u8>),
}

/// How the signature of an answer is spoiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spoiled {
    Not,
    BadSign,
}

/// An answer on the wire, and the text its signature covers.
pub(crate) struct Written {
    pub(crate) response: HttpResponse,
    pub(crate) canonical: Option<String>,
    pub(crate) verdict: String,
}

impl World {
    /// Writes what came of a call whose signature was accepted.
    pub(super) fn write(
        &mut self,
        caller: &Caller,
        voice: Voice,
        outcome: Result<Answer, Failure>,
        spoiled: Spoiled,
    ) -> Written {
        let result = match outcome {
            Ok(Answer::File(bytes)) => return file(bytes),
            Ok(Answer::Members(members)) => {
                Document::default().text("result_code", "SUCCESS").then(members)
            }
            Err(Failure::Message(fault)) => return refused(voice, &fault),
            Err(Failure::Business { err_code, err_code_des }) => Document::default()
                .text("result_code", "FAIL")
                .text("err_code", err_code)
                .text("err_code_des", err_code_des),
        };
        match voice {
            Voice::Signed => self.sign_answer(caller, result, spoiled),
            // Of trade bills nothing is refused as a matter of business, unless a fault does it.
            Voice::Unsigned | Voice::TradeBill => unsigned(result),
        }
    }

    /// The digest is the call's own; the nonce is WeChat's (v2 §3.1, §3.3).
    fn sign_answer(&mut self, caller: &Caller, result: Document, spoiled: Spoiled) -> Written {
        let head = Document::default()
            .text("return_code", "SUCCESS")
            .text("return_msg", "OK")
            .some_text("appid", caller.appid.as_ref())
            .text("mch_id", &caller.mchid)
            .then(parties(caller.partner.as_ref()))
            .some_text("device_info", caller.fields.get("device_info"))
            .text("nonce_str", self.state.chance.alphanumeric(16));
        let key = &self.state.merchants[&caller.mchid].api_v2_key;
        let message = sign::message(head.pairs().chain(result.pairs()), key);
        let signed = match spoiled {
            Spoiled::Not => message.clone(),
            Spoiled::BadSign => format!("spoiled&{message}"),
        };
        let sign = sign::sign(caller.sign_type, &signed, key);
        let document = head.text("sign", sign).then(result);
        Written {
            response: xml(&document),
            canonical: Some(message),
            verdict: match spoiled {
                Spoiled::Not => "signed".to_owned(),
                Spoiled::BadSign => "signed over other members on purpose".to_owned(),
            },
        }
    }
}

/// The sub-merchant's side of who is meant, wherever the provider's is said.
pub(super) fn parties(partner: Option<&Partner>) -> Document {
    let Some(Partner { sub_mchid, sub_appid }) = partner else { return Document::default() };
    Document::default().some_text("sub_appid", sub_appid.as_ref()).text("sub_mch_id", sub_mchid)
}

/// A refused message: `return_code` is `FAIL`, nothing more is said, and nothing is signed.
pub(crate) fn refused(voice: Voice, fault: &Fault) -> Written {
    let frame = |return_msg: &str| {
        Document::default().text("return_code", "FAIL").text("return_msg", return_msg)
    };
    let document = match voice {
        Voice::Signed | Voice::Unsigned => frame(&fault.return_msg()),
        Voice::TradeBill => {
            let (return_msg, error_code) = bill::words(fault);
            frame(&return_msg).text("error_code", error_code)
        }
    };
    let verdict = match fault.hint() {
        Some(hint) => format!("not signed: {hint}"),
        None => "not signed".to_owned(),
    };
    Written { response: xml(&document), canonical: None, verdict }
}

fn unsigned(result: Document) -> Written {
    let head = Document::default().text("return_code", "SUCCESS").text("return_msg", "OK");
    Written {
        response: xml(&head.then(result)),
        canonical: None,
        verdict: "never signed".to_owned(),
    }
}

/// A file; nobody signs those. The digest is of the bytes that are sent (v2 §12).
fn file(bytes: Vec<u8>) -> Written {
    let digest = digest(&SHA1_FOR_LEGACY_USE_ONLY, &bytes);
    let headers = [
        ("Content-Type", "text/plain; charset=utf-8".into()),
        ("Digest", format!("SHA={}", hex::encode(digest)).into()),
    ];
    let headers = headers.map(|(name, value)| (name.to_owned(), value)).to_vec();
    Written {
        response: HttpResponse { status: 200, headers, body: bytes },
        canonical: None,
        verdict: "a file, never signed".to_owned(),
    }
}

/// Status 200 whatever it says (v2 §2). The content type is unconfirmed.
pub(super) fn xml(document: &Document) -> HttpResponse {
    HttpResponse {
        status: 200,
        headers: vec![("Content-Type".to_owned(), "text/xml; charset=utf-8".into())],
        body: document.to_xml("xml").into_bytes(),
    }
}
