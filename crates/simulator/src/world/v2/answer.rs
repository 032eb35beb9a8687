//! Answers: their frame, their signature, and how faults spoil it (v2 §3.3, §5).

use super::{failure::Failure, gate::Caller, operation::Voice, sign, xml::Document};
use crate::world::{exchange::HttpResponse, state::World};

/// What an operation has to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// What stands after `result_code`.
    Members(Document),
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
        match (voice, outcome) {
            (_, Err(Failure::Communication { return_msg, because })) => {
                refused(&return_msg, because)
            }
            (Voice::Signed, Ok(Answer::Members(members))) => {
                let result = Document::default().text("result_code", "SUCCESS");
                self.sign_answer(caller, result.then(members), spoiled)
            }
            (Voice::Signed, Err(Failure::Business { err_code, err_code_des })) => {
                let result = Document::default()
                    .text("result_code", "FAIL")
                    .text("err_code", err_code)
                    .text("err_code_des", err_code_des);
                self.sign_answer(caller, result, spoiled)
            }
        }
    }

    /// The digest is the call's own; the nonce is WeChat's (v2 §3.1, §3.3).
    fn sign_answer(&mut self, caller: &Caller, result: Document, spoiled: Spoiled) -> Written {
        let head = Document::default()
            .text("return_code", "SUCCESS")
            .text("return_msg", "OK")
            .some_text("appid", caller.appid.as_ref())
            .text("mch_id", &caller.mchid)
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

/// `return_code` `FAIL`: nothing more is said, and nothing is signed.
pub(crate) fn refused(return_msg: &str, because: Option<String>) -> Written {
    let document = Document::default().text("return_code", "FAIL").text("return_msg", return_msg);
    Written {
        response: xml(&document),
        canonical: None,
        verdict: because.map_or("not signed".to_owned(), |why| format!("not signed: {why}")),
    }
}

/// Status 200 whatever it says (v2 §2). The content type is unconfirmed.
fn xml(document: &Document) -> HttpResponse {
    HttpResponse {
        status: 200,
        headers: vec![("Content-Type".to_owned(), "text/xml; charset=utf-8".to_owned())],
        body: document.to_xml("xml").into_bytes(),
    }
}
