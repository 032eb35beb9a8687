//! Payment codes: the merchant scans the payer. `POST /pay/micropay`, `POST /secapi/pay/reverse`.
//!
//! There is no notification, and an answer that is not a payment is usually not a refusal either:
//! the payer may be typing a password. [`Plan`](super::plan::Plan) says what to do until one of the two is certain:
//! ask for a while, then reverse, and reverse until WeChat says that it is done (threat o17).

use crate::{
    advice::Operation,
    call::Malformed,
    error::{ErrorCode, same_code},
    id::Openid,
    pay::codepay::AuthCode,
    pay_v2::{
        Call, Endpoint, Merchant, Number,
        paid::Paid,
        purchase::{InvalidRequest, Purchase},
        xml::Fields,
    },
};

/// Charges whoever showed the code
/// (<https://pay.weixin.qq.com/wiki/doc/api/micropay.php?chapter=9_10>).
///
/// Never sent twice: after an unknown outcome comes a query, not a repeat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    parameters: Fields,
}

impl Charge {
    /// # Errors
    /// When the purchase contradicts itself or is too long.
    pub fn new(purchase: &Purchase, auth_code: &AuthCode) -> Result<Self, InvalidRequest> {
        let mut parameters = Fields::default();
        purchase.write(None, &mut parameters)?;
        parameters.put("auth_code", auth_code.expose());
        Ok(Self { parameters })
    }
}

/// The codes that say, signed, that nobody was charged.
const REFUSALS: [&str; 22] = [
    "AUTHCODEEXPIRE",
    "AUTH_CODE_ERROR",
    "AUTH_CODE_INVALID",
    "NOTENOUGH",
    "NOTSUPORTCARD",
    "BUYER_MISMATCH",
    "ORDERPAID",
    "ORDERCLOSED",
    "ORDERREVERSED",
    "OUT_TRADE_NO_USED",
    "NOAUTH",
    "TRADE_ERROR",
    "PARAM_ERROR",
    "INVALID_REQUEST",
    "LACK_PARAMS",
    "XML_FORMAT_ERROR",
    "REQUIRE_POST_METHOD",
    "SIGNERROR",
    "NOT_UTF8",
    "APPID_NOT_EXIST",
    "MCHID_NOT_EXIST",
    "APPID_MCHID_NOT_MATCH",
];

impl Endpoint for Charge {
    const NAME: &'static str = "v2.micropay";
    const KIND: Operation = Operation::CodePay;

    fn path(&self) -> &'static str {
        "/pay/micropay"
    }

    fn parameters(&self) -> Fields {
        self.parameters.clone()
    }
}

impl Call for Charge {
    type Answer = Paid;

    /// Money may move without another act of ours, so only the documented refusals are believed.
    /// The payer's empty balance is one of them here.
    fn leaves_open(&self, code: &ErrorCode) -> bool {
        !REFUSALS.iter().any(|refusal| same_code(refusal, code.as_str()))
    }

    fn read(&self, answer: &Fields) -> Result<Paid, Malformed> {
        Paid::read(answer)
    }
}

/// Undoes a charge, whatever became of it: closes it if unpaid, gives the money back if paid
/// (<https://pay.weixin.qq.com/wiki/doc/api/micropay.php?chapter=9_11>). For seven days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reverse {
    /// Who charged.
    pub merchant: Merchant,
    /// The charge.
    pub number: Number,
}

/// The answer to a reversal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reversed {
    /// WeChat is not done: reverse again, until this is false.
    pub recall: bool,
}

impl Endpoint for Reverse {
    const NAME: &'static str = "v2.reverse";
    const NEEDS_CERTIFICATE: bool = true;

    fn path(&self) -> &'static str {
        "/secapi/pay/reverse"
    }

    fn parameters(&self) -> Fields {
        let mut fields = Fields::default();
        self.merchant.write(&mut fields);
        self.number.write(&mut fields);
        fields
    }
}

impl Call for Reverse {
    type Answer = Reversed;

    fn read(&self, answer: &Fields) -> Result<Reversed, Malformed> {
        let recall = answer.parsed("recall", "recall", |text| match text {
            "Y" => Some(true),
            "N" => Some(false),
            _ => None,
        })?;
        Ok(Reversed { recall: recall.ok_or(Malformed { expected: "recall" })? })
    }
}

/// Asks whose code it is (`POST /tools/authcodetoopenid`,
/// <https://pay.weixin.qq.com/wiki/doc/api/micropay.php?chapter=9_13>). After that only this
/// merchant can charge the code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeToOpenid {
    /// Who asks.
    pub merchant: Merchant,
    /// The code.
    pub auth_code: AuthCode,
}

/// Whose code it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeOwner {
    /// As `appid` knows them.
    pub openid: Openid,
    /// As `sub_appid` knows them.
    pub sub_openid: Option<Openid>,
}

impl Endpoint for CodeToOpenid {
    const NAME: &'static str = "v2.code_to_openid";
    const KIND: Operation = Operation::Question;

    fn path(&self) -> &'static str {
        "/tools/authcodetoopenid"
    }

    fn parameters(&self) -> Fields {
        let mut fields = Fields::default();
        self.merchant.write(&mut fields);
        fields.put("auth_code", self.auth_code.expose());
        fields
    }
}

impl Call for CodeToOpenid {
    type Answer = CodeOwner;

    fn read(&self, answer: &Fields) -> Result<CodeOwner, Malformed> {
        Ok(CodeOwner {
            openid: answer.required("openid")?,
            sub_openid: answer.optional("sub_openid")?,
        })
    }
}
