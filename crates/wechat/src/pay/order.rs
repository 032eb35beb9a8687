//! What every order of basic payment says, whoever sells and whatever opens the cashier.

use std::{net::IpAddr, num::NonZeroU32, ops::Not};

use super::to_body;
use crate::{
    Fen, Timestamp,
    id::{Appid, Mchid, OutTradeNo},
    text::{
        AreaCode, Attach, Description, DeviceId, GoodsName, GoodsTag, InvoiceId, MerchantGoodsId,
        NotifyUrl, StoreAddress, StoreId, StoreName, WechatpayGoodsId,
    },
};

/// Who sells, in direct mode.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Merchant {
    /// The app that opens the cashier, bound to `mchid`. For App orders a mobile app, otherwise a
    /// mini program or an official account.
    pub appid: Appid,
    /// The merchant who is paid, and who signs.
    pub mchid: Mchid,
}

/// What is sold, for how much, and until when
/// (<https://pay.weixin.qq.com/doc/v3/merchant/4012791834> and its neighbours).
///
/// The optional members are public and start out absent:
///
/// ```
/// use suanpan_wechat::{Fen, id::OutTradeNo, pay::{Amount, Terms}, text::*};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let terms = Terms {
///     attach: Some(Attach::new("table 7")?),
///     ..Terms::new(
///         Description::new("Image形象店-深圳腾大-QQ公仔")?,
///         OutTradeNo::new("1217752501201407033233368018")?,
///         NotifyUrl::new("https://shop.example/notify")?,
///         Amount::new(Fen::new(100)?)?,
///     )
/// };
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Terms {
    /// Shown in the user's bill.
    pub description: Description,
    /// Unique per mchid (for partners: per sp_mchid with all its sub-merchants).
    pub out_trade_no: OutTradeNo,
    /// After this instant nobody can start or finish paying; the order itself stays open until it
    /// is closed. Absent means seven days. See [`effective_expiry`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_expire: Option<Timestamp>,
    /// Given back in notification and query once paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attach: Option<Attach>,
    /// Where the notification goes.
    pub notify_url: NotifyUrl,
    /// Which coupons may be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub goods_tag: Option<GoodsTag>,
    /// Ways to pay that are not offered. **Unconfirmed** for basic payment: the official libraries
    /// carry it, the pages of 2026 do not name it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub limit_pay: Vec<LimitPay>,
    /// Shows the entry for an electronic invoice.
    #[serde(skip_serializing_if = "Not::not")]
    pub support_fapiao: bool,
    /// What is to be paid.
    pub amount: Amount,
    /// The articles, for coupons on single goods.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<Detail>,
}

impl Terms {
    /// The members every order has.
    #[must_use]
    pub fn new(
        description: Description,
        out_trade_no: OutTradeNo,
        notify_url: NotifyUrl,
        amount: Amount,
    ) -> Self {
        Self {
            description,
            out_trade_no,
            time_expire: None,
            attach: None,
            notify_url,
            goods_tag: None,
            limit_pay: Vec::new(),
            support_fapiao: false,
            amount,
            detail: None,
        }
    }
}

/// An order that names nobody: WeChat learns who pays from the payment. Apps and QR codes have it;
/// `M` and `S` are a merchant's own words or a [partner](super::partner)'s.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct BearerOrder<M, S> {
    /// Who sells.
    #[serde(flatten)]
    pub merchant: M,
    /// What is sold.
    #[serde(flatten)]
    pub terms: Terms,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scene_info: Option<SceneInfo>,
    /// What happens to the money.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settle_info: Option<S>,
}

impl<M, S> BearerOrder<M, S> {
    /// The members every order has.
    #[must_use]
    pub const fn new(merchant: M, terms: Terms) -> Self {
        Self { merchant, terms, scene_info: None, settle_info: None }
    }
}

to_body!(BearerOrder<M, S>);

/// The least and the most time, in seconds, that WeChat leaves a user to pay a basic order.
pub const EXPIRY_SECONDS: std::ops::RangeInclusive<i64> = 60..=15 * 24 * 3600;

/// What WeChat makes of a `time_expire`: too soon is raised to a minute after ordering, too late is
/// cut to fifteen days. It does so in silence, so an order that must end earlier has to be closed.
#[must_use]
pub fn effective_expiry(time_expire: Timestamp, ordered_at: Timestamp) -> Timestamp {
    let asked = time_expire.since(ordered_at);
    ordered_at.plus(asked.clamp(*EXPIRY_SECONDS.start(), *EXPIRY_SECONDS.end()))
}

/// The amount of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Amount {
    total: Fen,
    currency: Currency,
}

/// The amount cannot be ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("amount.total must be 1 to {} fen", i32::MAX)]
pub struct InvalidAmount;

impl Amount {
    /// The most one order can ask for. No page names a limit; WeChat's own Java library carries
    /// the amount in 32 bits, so a larger one could not be refunded by everybody.
    pub const MAX: Fen = match Fen::new(i32::MAX as i64) {
        Ok(fen) => fen,
        Err(_) => unreachable!(),
    };

    /// # Errors
    /// When `total` is nothing, or above [`Amount::MAX`].
    pub fn new(total: Fen) -> Result<Self, InvalidAmount> {
        if total == Fen::ZERO || total > Self::MAX {
            Err(InvalidAmount)
        } else {
            Ok(Self { total, currency: Currency::Cny })
        }
    }

    /// What is to be paid.
    #[must_use]
    pub const fn total(&self) -> Fen {
        self.total
    }
}

/// The currencies of basic payment.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize,
)]
pub enum Currency {
    /// Renminbi.
    #[default]
    #[serde(rename = "CNY")]
    Cny,
}

/// A way to pay that an order excludes, or the only one it allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LimitPay {
    /// Not from the WeChat balance.
    NoBalance,
    /// Not by credit card.
    NoCredit,
    /// Not by debit card.
    NoDebit,
    /// Only from the WeChat balance.
    BalanceOnly,
}

/// The articles of an order, for coupons on single goods. At most 6144 bytes of JSON.
///
/// `G` is the article: code pay spells one of its members differently
/// ([`codepay::Goods`](super::codepay::Goods)).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Detail<G = Goods> {
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_price: Option<Fen>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invoice_id: Option<InvoiceId>,
    goods_detail: Vec<G>,
}

/// The articles cannot stand in an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("detail must have an article and at most {} bytes", DETAIL_BYTES)]
pub struct InvalidDetail;

const DETAIL_BYTES: usize = 6144;

impl<G: serde::Serialize> Detail<G> {
    /// `cost_price` is the price before any discount, where only a part of a receipt is paid.
    ///
    /// # Errors
    /// Without an article, or when the object is larger than 6144 bytes.
    pub fn new(
        cost_price: Option<Fen>,
        invoice_id: Option<InvoiceId>,
        goods_detail: Vec<G>,
    ) -> Result<Self, InvalidDetail> {
        let detail = Self { cost_price, invoice_id, goods_detail };
        let length = serde_json::to_vec(&detail).map_err(|_| InvalidDetail)?.len();
        if detail.goods_detail.is_empty() || length > DETAIL_BYTES {
            return Err(InvalidDetail);
        }
        Ok(detail)
    }
}

/// One article.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Goods {
    /// The merchant's number.
    pub merchant_goods_id: MerchantGoodsId,
    /// WeChat's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wechatpay_goods_id: Option<WechatpayGoodsId>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub goods_name: Option<GoodsName>,
    /// How many.
    pub quantity: NonZeroU32,
    /// The price of one, in fen, after the merchant's own discount.
    pub unit_price: Fen,
}

/// Where and on what the user pays. H5 orders say more: [`h5::SceneInfo`](super::h5::SceneInfo).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct SceneInfo {
    /// The user's own address. WeChat fails H5 payments that claim a loopback address.
    pub payer_client_ip: IpAddr,
    /// The till.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_id: Option<DeviceId>,
    /// The shop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store_info: Option<StoreInfo>,
}

impl SceneInfo {
    /// The member every scene has.
    #[must_use]
    pub const fn new(payer_client_ip: IpAddr) -> Self {
        Self { payer_client_ip, device_id: None, store_info: None }
    }
}

/// A shop.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct StoreInfo {
    /// The merchant's number.
    pub id: StoreId,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<StoreName>,
    /// Its district.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub area_code: Option<AreaCode>,
    /// Its address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<StoreAddress>,
}

/// What happens to the money after it arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct SettleInfo {
    /// Freezes the money until it has been shared, for 30 days at most.
    pub profit_sharing: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn o02_nothing_and_too_much_cannot_be_ordered() {
        assert_eq!(Amount::new(Fen::ZERO), Err(InvalidAmount));
        assert_eq!(Amount::new(Amount::MAX).unwrap().total(), Amount::MAX);
        assert_eq!(
            Amount::new(Amount::MAX.checked_add(Fen::new(1).unwrap()).unwrap()),
            Err(InvalidAmount)
        );
        assert_eq!(InvalidAmount.to_string(), "amount.total must be 1 to 2147483647 fen");
    }

    #[test]
    fn expiry_is_moved_into_the_documented_range() {
        let ordered_at = Timestamp::from_unix(1_727_757_296);
        for (asked, becomes) in [
            (-5, 60),
            (0, 60),
            (59, 60),
            (60, 60),
            (1800, 1800),
            (1_296_000, 1_296_000),
            (1_296_001, 1_296_000),
        ] {
            assert_eq!(
                effective_expiry(ordered_at.plus(asked), ordered_at),
                ordered_at.plus(becomes)
            );
        }
    }

    #[test]
    fn details_have_an_article_and_an_end() {
        let article = |name: String| Goods {
            merchant_goods_id: MerchantGoodsId::new("1246464644").unwrap(),
            wechatpay_goods_id: None,
            goods_name: Some(GoodsName::new(name).unwrap()),
            quantity: NonZeroU32::MIN,
            unit_price: Fen::new(528_800).unwrap(),
        };
        assert_eq!(Detail::<Goods>::new(None, None, Vec::new()), Err(InvalidDetail));
        let some = |n| vec![article("字".repeat(200)); n];
        assert!(Detail::new(None, None, some(8)).is_ok());
        assert_eq!(Detail::new(None, None, some(9)), Err(InvalidDetail));
    }
}
