//! Who is calling, proven by the key both sides share (v2 §3, §23: the order of the checks).

use suanpan_wechat::id::{Appid, Mchid};

use super::{
    failure::{Failure, Fault},
    operation::{Accepts, Operation, Voice},
    partner,
    sign::{self, SignType},
    table::{self, Field, Rule, optional, required},
    xml::Fields,
};
use crate::world::{
    client_certificate::ClientCertificate, exchange::HttpRequest, journal, order::Partner,
    state::World,
};

/// What every call says.
const COMMON: &[Field] =
    &[required("nonce_str", Rule::Text(32)), optional("device_info", Rule::Text(32))];

/// A caller whose signature was accepted.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) mchid: Mchid,
    /// None where the call names no app, and therefore goes no further.
    pub(crate) appid: Option<Appid>,
    /// For whom a provider calls; none in direct mode.
    pub(crate) partner: Option<Partner>,
    /// Answers are signed with the digest of the call.
    pub(crate) sign_type: SignType,
    /// Everything the call said.
    pub(crate) fields: Fields,
}

/// What the gate found out, for the journal too.
pub(crate) struct Admission {
    pub(crate) fields: Fields,
    /// Whose signature was accepted; known even where the call goes no further.
    pub(crate) caller: Option<Caller>,
    pub(crate) outcome: Result<(), Failure>,
    /// The text that was digested, as far as it could be made.
    pub(crate) canonical: Option<String>,
}

impl World {
    /// Checks method, document, merchant, signature, app and certificate, in this order.
    pub(super) fn admit_v2(
        &self,
        request: &HttpRequest,
        operation: &dyn Operation,
        shown: Option<&ClientCertificate>,
    ) -> Admission {
        let mut admission =
            Admission { fields: Fields::default(), caller: None, outcome: Ok(()), canonical: None };
        admission.outcome = self.check_call(request, operation, shown, &mut admission);
        admission
    }

    fn check_call(
        &self,
        request: &HttpRequest,
        operation: &dyn Operation,
        shown: Option<&ClientCertificate>,
        admission: &mut Admission,
    ) -> Result<(), Failure> {
        admission.fields = read(request)?;
        let fields = &admission.fields;
        let mchid = mchid(fields)?;
        let merchant =
            self.state.merchants.get(&mchid).ok_or(Failure::Message(Fault::UnknownMerchant))?;
        let sign_type = sign_type(fields)?;
        if operation.accepts() == Accepts::HmacOnly && sign_type != SignType::HmacSha256 {
            return Err(Failure::Message(Fault::UnknownSignType));
        }
        let key = &merchant.api_v2_key;
        let message = sign::message(fields.iter(), key);
        admission.canonical = Some(journal::text(message.as_bytes()));
        let given = fields.get("sign").unwrap_or_default();
        // A world stored before there was v2 has merchants without a key.
        if key.is_empty() || !sign::is_signed(sign_type, &message, key, given) {
            return Err(Failure::Message(Fault::WrongSign));
        }
        let caller = admission.caller.insert(Caller {
            mchid: mchid.clone(),
            appid: fields.get("appid").and_then(|appid| Appid::new(appid).ok()),
            partner: partner::named(fields),
            sign_type,
            fields: fields.clone(),
        });
        self.check_app(&mchid, fields)?;
        // A bill's `sub_mch_id` only says which lines are wanted.
        if operation.voice() != Voice::TradeBill {
            self.check_provider(caller)?;
        }
        table::check(fields, &[COMMON])?;
        table::check(fields, operation.tables())?;
        match shown {
            Some(ClientCertificate::Of(other)) if *other != mchid => {
                Err(Failure::Message(Fault::OtherCertificate))
            }
            _ => Ok(()),
        }
    }

    fn check_app(&self, mchid: &Mchid, fields: &Fields) -> Result<(), Failure> {
        let appid = fields.get("appid").ok_or_else(|| Failure::missing("appid"))?;
        let appid = Appid::new(appid).map_err(|_| Failure::malformed("appid"))?;
        if !self.state.apps.contains_key(&appid) {
            return Err(Failure::UNKNOWN_APP);
        }
        let bound = self.state.merchants[mchid].appids.contains(&appid);
        if bound { Ok(()) } else { Err(Failure::OTHER_APP) }
    }
}

/// Who says that they call.
pub(super) fn mchid(fields: &Fields) -> Result<Mchid, Fault> {
    let mch_id = fields.get("mch_id").ok_or(Fault::Missing("mch_id"))?;
    Mchid::new(mch_id).map_err(|_| Fault::Malformed("mch_id"))
}

/// The digest a call chooses.
pub(super) fn sign_type(fields: &Fields) -> Result<SignType, Fault> {
    match fields.get("sign_type") {
        None => Ok(SignType::Md5),
        Some(name) => SignType::read(name).ok_or(Fault::UnknownSignType),
    }
}

pub(super) fn read(request: &HttpRequest) -> Result<Fields, Fault> {
    if request.method != "POST" {
        return Err(Fault::NotPost);
    }
    if request.body.is_empty() {
        return Err(Fault::Empty);
    }
    let text = std::str::from_utf8(&request.body).map_err(|_| Fault::NotUtf8)?;
    Fields::read(text).map_err(|_| Fault::NotXml)
}
