//! The two sandboxes of v2 (v2 §20).
//!
//! ```text
//! getsignkey (signed with the merchant's own key) ─► a key for three days ─► calls signed with that
//! ```
//!
//! Nobody pays in them and no money moves: the amount decides what becomes of an order, or, in the
//! current one, the header `Wechatpay-Negative-Test`. Their orders are nobody else's, so they are
//! kept apart from the world's.

mod key;
mod trial;

use std::collections::BTreeMap;

use suanpan_wechat::id::{Mchid, OutTradeNo};

use super::{
    SignType,
    answer::{Written, refused, xml},
    failure::{Failure, Fault},
    gate,
    operation::Voice,
    sign,
    xml::{Document, Fields},
};
use crate::world::{
    exchange::{HttpRequest, Manner, Reply, Times},
    front::About,
    journal,
    state::{State, World},
};

use key::SignKey;
use trial::Trial;

/// One of the two. What one knows the other does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Generation {
    /// `/sandboxnew`, gone from WeChat's servers since 2022, and still what old SDKs call. MD5 only.
    Old,
    /// `/xdc/apiv2sandbox`: payment codes, and cases by name.
    Current,
}

/// What both of them know.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct Sandboxes {
    old: Sandbox,
    current: Sandbox,
}

#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
struct Sandbox {
    keys: BTreeMap<Mchid, SignKey>,
    trials: BTreeMap<Mchid, BTreeMap<OutTradeNo, Trial>>,
}

impl Sandboxes {
    /// Whether every merchant a stored sandbox speaks of is there.
    pub(crate) fn stands(&self, state: &State) -> bool {
        [&self.old, &self.current].into_iter().all(|sandbox| {
            let mut known = sandbox.keys.keys().chain(sandbox.trials.keys());
            known.all(|mchid| state.merchants.contains_key(mchid))
        })
    }

    fn of(&self, generation: Generation) -> &Sandbox {
        match generation {
            Generation::Old => &self.old,
            Generation::Current => &self.current,
        }
    }

    fn of_mut(&mut self, generation: Generation) -> &mut Sandbox {
        match generation {
            Generation::Old => &mut self.old,
            Generation::Current => &mut self.current,
        }
    }
}

/// What is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    SignKey,
    Try(Attempt),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attempt {
    Order,
    MicroPay,
    Query,
}

/// The call behind a path, if it is a sandbox's.
pub(crate) fn find(path: &str) -> Option<(Generation, Call)> {
    use Attempt::{MicroPay, Order, Query};
    use Call::{SignKey, Try};
    use Generation::{Current, Old};
    Some(match path {
        "/sandboxnew/pay/getsignkey" => (Old, SignKey),
        "/sandboxnew/pay/unifiedorder" => (Old, Try(Order)),
        "/sandboxnew/pay/micropay" => (Old, Try(MicroPay)),
        "/sandboxnew/pay/orderquery" => (Old, Try(Query)),
        "/xdc/apiv2getsignkey/sign/getsignkey" => (Current, SignKey),
        "/xdc/apiv2sandbox/pay/micropay" => (Current, Try(MicroPay)),
        "/xdc/apiv2sandbox/pay/orderquery" => (Current, Try(Query)),
        _ => return None,
    })
}

/// Who calls, proven by the sandbox's key. Apps are not looked at: any will do.
struct Visitor {
    generation: Generation,
    mchid: Mchid,
    key: String,
    sign_type: SignType,
    fields: Fields,
}

/// A call that was let in.
enum Admitted {
    ToKey(Written),
    ToTry(Visitor, Attempt),
}

/// What became of a call that was understood, and whether the answer comes in time.
struct Outcome {
    said: Result<Document, Failure>,
    late: bool,
}

/// Longer than any client of the cases that are about waiting is told to wait: half a second.
const LATE_SECONDS: u32 = 1;

impl World {
    /// One call to a sandbox. Faults do not strike there: it is made of them.
    pub(crate) fn handle_sandbox(
        &mut self,
        request: &HttpRequest,
        (generation, call): (Generation, Call),
        now: Times,
    ) -> Reply {
        let read = gate::read(request);
        let fields = read.as_ref().cloned().unwrap_or_default();
        let about = About {
            mchid: fields.get("mch_id").map(str::to_owned),
            out_trade_no: fields.get("out_trade_no").map(str::to_owned),
            ..About::of(request)
        };
        let mut canonical = None;
        let admitted = read.and_then(|fields| match call {
            Call::SignKey => self.sandbox_sign_key(generation, &fields, now).map(Admitted::ToKey),
            Call::Try(attempt) => self
                .admit_to_sandbox(generation, fields, &mut canonical, now)
                .map(|visitor| Admitted::ToTry(visitor, attempt)),
        });
        let verdict = match &admitted {
            Ok(_) => "signature accepted".into(),
            Err(fault) => fault.return_msg(),
        };
        let id = self.record_request(request, &about, canonical, &verdict, now);
        let (written, manner) = match admitted {
            Ok(Admitted::ToKey(sign_key)) => (sign_key, Manner::Whole),
            Ok(Admitted::ToTry(visitor, attempt)) => self.try_out(&visitor, attempt, request, now),
            Err(fault) => (refused(Voice::Signed, &fault), Manner::Whole),
        };
        self.record_written(request, &about, &written, id, manner, now);
        Reply { response: written.response, manner }
    }

    fn try_out(
        &mut self,
        visitor: &Visitor,
        attempt: Attempt,
        request: &HttpRequest,
        now: Times,
    ) -> (Written, Manner) {
        let Outcome { said, late } = match attempt {
            Attempt::Order => self.sandbox_order(visitor, now),
            Attempt::MicroPay => self.sandbox_micropay(visitor, request, now),
            Attempt::Query => self.sandbox_query(visitor, request),
        };
        let well = if attempt == Attempt::Query { "SUCCESS" } else { "ok" };
        let manner = if late { Manner::Slow { seconds: LATE_SECONDS } } else { Manner::Whole };
        let result = match said {
            Ok(members) => Document::default()
                .text("result_code", "SUCCESS")
                .text("err_code", "SUCCESS")
                .text("err_code_des", well)
                .then(members),
            Err(Failure::Business { err_code, err_code_des }) => Document::default()
                .text("result_code", "FAIL")
                .text("err_code", err_code)
                .text("err_code_des", err_code_des),
            Err(Failure::Message(fault)) => return (refused(Voice::Signed, &fault), manner),
        };
        (visitor.signed(result), manner)
    }

    fn admit_to_sandbox(
        &self,
        generation: Generation,
        fields: Fields,
        canonical: &mut Option<String>,
        now: Times,
    ) -> Result<Visitor, Fault> {
        let mchid = gate::mchid(&fields)?;
        let merchant = self.state.merchants.get(&mchid).ok_or(Fault::UnknownMerchant)?;
        let sign_type = gate::sign_type(&fields)?;
        if generation == Generation::Old && sign_type != SignType::Md5 {
            return Err(Fault::UnknownSignType);
        }
        let given = fields.get("sign").unwrap_or_default();
        let sandbox = self.state.sandboxes.of(generation);
        let key = sandbox.keys.get(&mchid).filter(|key| key.is_good(now)).map(SignKey::text);
        let is_signed_with =
            |key: &str| sign::is_signed(sign_type, &sign::message(fields.iter(), key), key, given);
        *canonical = key.map(|key| journal::text(sign::message(fields.iter(), key).as_bytes()));
        let Some(key) = key.filter(|key| is_signed_with(key)).map(str::to_owned) else {
            let own_key = is_signed_with(&merchant.api_v2_key);
            return Err(Fault::WrongSandboxSign { own_key });
        };
        Ok(Visitor { generation, mchid, key, sign_type, fields })
    }
}

impl Visitor {
    /// With the sandbox's oddities: the call's own nonce, a device that is called `sandbox`, and a
    /// sub-merchant without a number.
    fn signed(&self, result: Document) -> Written {
        let head = Document::default()
            .text("return_code", "SUCCESS")
            .text("return_msg", "OK")
            .some_text("appid", self.fields.get("appid"))
            .text("mch_id", &self.mchid)
            .text("sub_mch_id", "")
            .text("device_info", "sandbox")
            .some_text("nonce_str", self.fields.get("nonce_str"));
        let message = sign::message(head.pairs().chain(result.pairs()), &self.key);
        let sign = sign::sign(self.sign_type, &message, &self.key);
        Written {
            response: xml(&head.text("sign", sign).then(result)),
            canonical: Some(message),
            verdict: "signed with the sandbox's key".to_owned(),
        }
    }
}
