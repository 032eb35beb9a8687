use std::{fmt, net::IpAddr, num::NonZeroU32, ops::Not};

use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{
    Fen,
    id::OutTradeNo,
    pay::{Amount, Detail},
    text::{
        Attach, Description, DeviceId, GoodsName, GoodsTag, MerchantGoodsId, StoreId, wire_text,
    },
};

/// What is sold at a till, and whose code was scanned where
/// (<https://pay.weixin.qq.com/docs/merchant/apis/code-payment-v3/direct/code-pay.html>).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Terms {
    /// Shown in the user's bill.
    pub description: Description,
    /// Unique per mchid (for partners: per sp_mchid with all its sub-merchants).
    pub out_trade_no: OutTradeNo,
    /// Given back in answers once paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attach: Option<Attach>,
    /// Which coupons may be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub goods_tag: Option<GoodsTag>,
    /// Shows the entry for an electronic invoice.
    #[serde(skip_serializing_if = "Not::not")]
    pub support_fapiao: bool,
    /// Whose code was scanned.
    pub payer: Payer,
    /// What is to be paid.
    pub amount: Amount,
    /// Where.
    pub scene_info: SceneInfo,
    /// The articles, for coupons on single goods.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<Detail<Goods>>,
}

impl Terms {
    /// The members every order has.
    #[must_use]
    pub const fn new(
        description: Description,
        out_trade_no: OutTradeNo,
        auth_code: AuthCode,
        amount: Amount,
        scene_info: SceneInfo,
    ) -> Self {
        Self {
            description,
            out_trade_no,
            attach: None,
            goods_tag: None,
            support_fapiao: false,
            payer: Payer { auth_code },
            amount,
            scene_info,
            detail: None,
        }
    }
}

/// The person whose code was scanned.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Payer {
    /// The scanned code.
    pub auth_code: AuthCode,
}

/// The scanned code: 18 digits that begin with 10 to 15. Whoever has it within its minute can take
/// the user's money once, so it is wiped, and not printed.
#[derive(Clone, PartialEq, Eq, serde::Serialize, Zeroize, ZeroizeOnDrop)]
#[serde(transparent)]
pub struct AuthCode(String);

/// What was scanned is not a WeChat payment code. Says nothing about its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("auth_code must be 18 digits beginning with 10 to 15")]
pub struct InvalidAuthCode;

impl AuthCode {
    /// # Errors
    /// When the text is something else than a WeChat payment code.
    pub fn new(code: impl Into<String>) -> Result<Self, InvalidAuthCode> {
        // Wrapped first, so that what is refused is wiped too.
        let code = Self(code.into());
        let digits = code.0.as_bytes();
        let ours = digits.first() == Some(&b'1') && matches!(digits.get(1), Some(b'0'..=b'5'));
        if digits.len() == 18 && ours && digits.iter().all(u8::is_ascii_digit) {
            Ok(code)
        } else {
            Err(InvalidAuthCode)
        }
    }

    /// For the one other message it belongs in: a charge of the v2 protocol.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AuthCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuthCode(..)")
    }
}

/// Where the code was scanned. Mind the names: it is the till's address here, not the payer's.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct SceneInfo {
    /// The till.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_id: Option<DeviceId>,
    /// The till's address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_ip: Option<IpAddr>,
    /// The shop.
    pub store_info: StoreInfo,
}

impl SceneInfo {
    /// The member every scene has.
    #[must_use]
    pub const fn new(store_info: StoreInfo) -> Self {
        Self { device_id: None, device_ip: None, store_info }
    }
}

/// A shop, by WeChat's number or by the merchant's.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(untagged)]
pub enum StoreInfo {
    /// A shop that is registered at WeChat.
    Registered {
        /// WeChat's number of it.
        id: StoreId,
    },
    /// Any other.
    Own {
        /// The merchant's number of it.
        out_id: OutStoreId,
    },
}

wire_text!(
    /// The merchant's own number of a shop.
    OutStoreId, "store_info.out_id", 1..=256 chars
);
wire_text!(
    /// WeChat's number of an article, under the name code pay gives it.
    WxpayGoodsId, "wxpay_goods_id", 1..=32 chars
);

/// One article.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Goods {
    /// The merchant's number.
    pub merchant_goods_id: MerchantGoodsId,
    /// WeChat's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wxpay_goods_id: Option<WxpayGoodsId>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub goods_name: Option<GoodsName>,
    /// How many.
    pub quantity: NonZeroU32,
    /// The price of one, in fen, after the merchant's own discount.
    pub unit_price: Fen,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_payment_codes_are_codes_and_none_is_printed() {
        for prefix in 10..=15 {
            let code = AuthCode::new(format!("{prefix}0061098828009406")).unwrap();
            assert_eq!(format!("{code:?}"), "AuthCode(..)");
        }
        for bad in [
            "",
            "090061098828009406",
            "160061098828009406",
            "13006109882800940",
            "1300610988280094067",
            "13006109882800940x",
        ] {
            assert_eq!(AuthCode::new(bad), Err(InvalidAuthCode), "{bad}");
        }
    }
}
