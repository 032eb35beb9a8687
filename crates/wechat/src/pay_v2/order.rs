//! Ordering: `POST /pay/unifiedorder`, for every front end.
//!
//! Mini programs and pages inside WeChat are both `JSAPI`; there is no separate type.

use std::fmt;

use crate::{
    advice::Operation,
    call::Malformed,
    id::{Openid, PrepayId},
    pay::TradeType,
    pay_v2::{
        Call, Endpoint, Text,
        purchase::{H5Info, InvalidRequest, Purchase},
        xml::Fields,
    },
    text::NotifyUrl,
};

/// An order (<https://pay.weixin.qq.com/wiki/doc/api/jsapi.php?chapter=9_1>).
///
/// Make its [`Order::parameters`] once, store them, and repeat those: a repeated number with any
/// other parameter is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// What is bought.
    pub purchase: Purchase,
    /// Where the notification goes.
    pub notify_url: NotifyUrl,
    /// How it will be paid.
    pub front: Front,
    /// Only this person may pay.
    pub identity: Option<Identity>,
}

/// Where the cashier opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Front {
    /// A mini program or a page inside WeChat, for the payer it knows.
    Jsapi(Payer),
    /// A QR code.
    Native {
        /// Demanded by old pages, optional on new ones.
        product_id: Option<Text<32>>,
    },
    /// A mobile app.
    App,
    /// A page outside WeChat.
    Mweb(H5Info),
}

/// Who will pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payer {
    /// As the order's `appid` knows them.
    Openid(Openid),
    /// As the sub-merchant's `sub_appid` knows them.
    SubOpenid(Openid),
}

/// The one person who may pay. Not shown by [`fmt::Debug`].
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// What kind of document.
    pub user_type: IdentityDocument,
    /// Its number.
    pub user_creid: Text<32>,
    /// The name on it.
    pub user_truename: Text<64>,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(..)")
    }
}

/// Documents that say who somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdentityDocument {
    /// 居民身份证.
    IdCard,
    /// 港澳通行证.
    HongKongMacao,
    /// 港澳居民居住证.
    HongKongMacaoResident,
    /// 台湾居民居住证.
    TaiwanResident,
    /// 外国人永久居留证.
    ForeignResident,
    /// A passport of another country.
    OverseaPassport,
}

impl IdentityDocument {
    const fn as_str(self) -> &'static str {
        match self {
            Self::IdCard => "IDCARD",
            Self::HongKongMacao => "HONGKONG_MACAO",
            Self::HongKongMacaoResident => "HONGKONG_MACAO_RESIDENT",
            Self::TaiwanResident => "TAIWAN_RESIDENT",
            Self::ForeignResident => "FOREIGN_RESIDENT",
            Self::OverseaPassport => "OVERSEA_PASSPORT",
        }
    }
}

impl Order {
    /// What is sent, to be stored before it is sent.
    ///
    /// # Errors
    /// When the order contradicts itself or is too long.
    pub fn parameters(&self) -> Result<Fields, InvalidRequest> {
        let mut fields = Fields::default();
        let h5_info = if let Front::Mweb(h5_info) = &self.front { Some(h5_info) } else { None };
        self.purchase.write(h5_info, &mut fields)?;
        fields.put("notify_url", self.notify_url.as_str());
        match &self.front {
            Front::Jsapi(payer) => {
                fields.put("trade_type", "JSAPI");
                self.write_payer(payer, &mut fields)?;
            }
            Front::Native { product_id } => {
                fields.put("trade_type", "NATIVE");
                fields.put_some("product_id", product_id.as_ref());
            }
            Front::App => fields.put("trade_type", "APP"),
            Front::Mweb(_) => fields.put("trade_type", "MWEB"),
        }
        if let Some(identity) = &self.identity {
            fields.put("user_type", identity.user_type.as_str());
            fields.put("user_creid", &identity.user_creid);
            fields.put("user_truename", &identity.user_truename);
        }
        Ok(fields)
    }

    fn write_payer(&self, payer: &Payer, fields: &mut Fields) -> Result<(), InvalidRequest> {
        match payer {
            Payer::Openid(openid) => fields.put("openid", openid),
            Payer::SubOpenid(openid) if fields.get("sub_appid").is_some() => {
                fields.put("sub_openid", openid);
            }
            Payer::SubOpenid(_) => {
                let rule = "used only with the sub_appid that knows it";
                return Err(InvalidRequest { field: "sub_openid", rule });
            }
        }
        Ok(())
    }
}

/// Sends an order, new or stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepay {
    /// Exactly what [`Order::parameters`] made the first time.
    pub parameters: Fields,
}

/// The answer to an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepaid {
    /// As in the order.
    pub trade_type: TradeType,
    /// Opens the cashier for two hours.
    pub prepay_id: PrepayId,
    /// The content of the QR code, for two hours; with `NATIVE`.
    pub code_url: Option<String>,
    /// Where the phone's browser goes, for five minutes; with `MWEB`. Longer than documented.
    pub mweb_url: Option<String>,
}

impl Endpoint for Prepay {
    const NAME: &'static str = "v2.order";
    const KIND: Operation = Operation::Order;

    fn path(&self) -> &'static str {
        "/pay/unifiedorder"
    }

    fn parameters(&self) -> Fields {
        self.parameters.clone()
    }
}

impl Call for Prepay {
    type Answer = Prepaid;

    fn read(&self, answer: &Fields) -> Result<Prepaid, Malformed> {
        let prepaid = Prepaid {
            trade_type: answer.required("trade_type")?,
            prepay_id: answer.required("prepay_id")?,
            code_url: answer.text("code_url"),
            mweb_url: answer.text("mweb_url"),
        };
        match prepaid.trade_type {
            TradeType::Native if prepaid.code_url.is_none() => {
                Err(Malformed { expected: "code_url" })
            }
            TradeType::Mweb if prepaid.mweb_url.is_none() => {
                Err(Malformed { expected: "mweb_url" })
            }
            _ => Ok(prepaid),
        }
    }
}
