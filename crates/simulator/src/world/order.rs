//! Orders and refunds as WeChat's books know them.

use suanpan_wechat::{
    Fen, Timestamp,
    id::{
        Appid, Mchid, Openid, OutRefundNo, OutTradeNo, PrepayId, RefundId, SerialNo, TransactionId,
    },
};

use super::{
    combine::CombineKey,
    coupon::{Coupon, CouponRefund},
    method::{CardKind, Method, Payer},
    said::Said,
    state::Due,
    v2::SignType,
};

/// A prepay id opens the cashier for two hours, whatever the order's own end (v3 §3.7).
pub(crate) const PREPAY_ID_SECONDS: i64 = 2 * 3600;

/// An `h5_url` opens for five minutes.
pub(crate) const H5_URL_SECONDS: i64 = 300;

/// An unpaid order closes by itself after seven days.
pub(crate) const ORDER_LIFE_SECONDS: i64 = 7 * 24 * 3600;

/// The shortest and the longest `time_expire`; values outside are moved to the nearest of them.
pub(crate) const TIME_EXPIRE_SECONDS: std::ops::RangeInclusive<i64> = 60..=15 * 24 * 3600;

/// Refunds are taken for a year after payment.
pub(crate) const REFUND_WINDOW_SECONDS: i64 = 365 * 24 * 3600;

/// Partial refunds of one order.
pub(crate) const REFUND_LIMIT: usize = 50;

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum TradeState {
    /// Nobody has paid, even when `time_expire` has passed.
    NotPay,
    /// Paid.
    Success,
    /// Paid, and at least one refund accepted since.
    Refund,
    /// Closed by the merchant or by age.
    Closed,
    /// A payment code: undone by the merchant.
    Revoked,
    /// A payment code: the payer is asked for the password.
    UserPaying,
    /// A payment code: the payment failed; another needs another number.
    PayError,
}

impl TradeState {
    /// As on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotPay => "NOTPAY",
            Self::Success => "SUCCESS",
            Self::Refund => "REFUND",
            Self::Closed => "CLOSED",
            Self::Revoked => "REVOKED",
            Self::UserPaying => "USERPAYING",
            Self::PayError => "PAYERROR",
        }
    }

    /// Whether it follows that money arrived. [`Self::Revoked`] does not tell.
    pub(crate) const fn says_paid(self) -> Option<bool> {
        match self {
            Self::Success | Self::Refund => Some(true),
            Self::NotPay | Self::Closed | Self::UserPaying | Self::PayError => Some(false),
            Self::Revoked => None,
        }
    }

    /// WeChat's sentence for people.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::NotPay => "订单未支付",
            Self::Success => "支付成功",
            Self::Refund => "订单发生过退款，退款详情请查询退款单",
            Self::Closed => "订单已关闭",
            // The next two are unconfirmed for v3.
            Self::Revoked => "订单已撤销",
            Self::UserPaying => "需要用户输入支付密码",
            Self::PayError => "支付失败(其他原因，如银行返回失败)",
        }
    }
}

/// How an order is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum TradeType {
    /// In a mini program or a page inside WeChat.
    Jsapi,
    /// By scanning a QR code.
    Native,
    /// From an app of the merchant's own.
    App,
    /// From a page in any browser of a phone.
    Mweb,
    /// The merchant scans the payer's code.
    Micropay,
}

impl TradeType {
    /// As on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Jsapi => "JSAPI",
            Self::Native => "NATIVE",
            Self::App => "APP",
            Self::Mweb => "MWEB",
            Self::Micropay => "MICROPAY",
        }
    }
}

/// Which order: its number belongs to whoever ordered.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub(crate) struct OrderKey {
    pub(crate) mchid: Mchid,
    pub(crate) out_trade_no: OutTradeNo,
}

/// For whom a service provider ordered (v3 §4.3).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Partner {
    /// The sub-merchant; the money is theirs.
    pub sub_mchid: Mchid,
    /// Their own app, when the order named one.
    pub sub_appid: Option<Appid>,
}

/// One order of one merchant.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Order {
    /// Who ordered: the merchant, or the provider for a sub-merchant.
    pub mchid: Mchid,
    /// Whose front end ordered.
    pub appid: Appid,
    /// For whom a provider ordered; none in direct mode.
    #[serde(default)]
    pub partner: Option<Partner>,
    /// The combined order this is a part of; all parts are paid together or not at all.
    #[serde(default)]
    pub(crate) combine: Option<CombineKey>,
    /// The merchant's number.
    pub out_trade_no: OutTradeNo,
    /// Shown in the cashier.
    pub description: String,
    /// Given back once paid.
    pub attach: Option<String>,
    /// Where the payment is notified; nowhere when the merchant scanned a payment code, nor for a
    /// part of a combined order.
    pub notify_url: Option<String>,
    /// The amount.
    pub total: Fen,
    /// How it is paid.
    pub trade_type: TradeType,
    /// What stands in the QR code; only the latest is good.
    pub code_url: Option<String>,
    /// Who scanned the code, opened the page first, or showed the payment code; nobody else may
    /// (v3 §3.4, §3.5).
    pub opened_by: Option<String>,
    /// Who shall pay, where the order says so; otherwise whoever opens the cashier.
    pub payer: Option<Openid>,
    /// The till that sold, when the order named one.
    pub device_id: Option<String>,
    /// When the order was first made.
    pub created_at: Timestamp,
    /// After this nobody can start or finish paying. `None` means the order's whole life.
    pub time_expire: Option<Timestamp>,
    /// Where it stands.
    pub trade_state: TradeState,
    /// The payment, once there is one.
    pub payment: Option<Payment>,
    /// Refunds in the order they were accepted.
    pub refunds: Vec<OutRefundNo>,
    /// The first request.
    pub(crate) request: Said,
    /// The digest of an order that came through v2; none for v3's. Its payment is notified and the
    /// cashier invoked with the same.
    #[serde(default)]
    pub(crate) v2: Option<SignType>,
    /// A payment that was started and has not landed yet.
    pub(crate) under_way: Option<Payer>,
    /// The work that closes an unpaid order after its life; gone once it is paid or closed.
    pub(crate) closes_by_age: Option<Due>,
}

impl Order {
    /// An order as nobody has paid it yet, with nothing that may be left out.
    pub(crate) fn unpaid(
        key: OrderKey,
        appid: Appid,
        trade_type: TradeType,
        total: Fen,
        at: Timestamp,
    ) -> Self {
        Self {
            mchid: key.mchid,
            appid,
            partner: None,
            combine: None,
            out_trade_no: key.out_trade_no,
            description: String::new(),
            attach: None,
            notify_url: None,
            total,
            trade_type,
            code_url: None,
            opened_by: None,
            payer: None,
            device_id: None,
            created_at: at,
            time_expire: None,
            trade_state: TradeState::NotPay,
            payment: None,
            refunds: Vec::new(),
            request: Said::default(),
            v2: None,
            under_way: None,
            closes_by_age: None,
        }
    }

    /// The instant from which the cashier refuses.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.time_expire.unwrap_or(self.created_at.plus(ORDER_LIFE_SECONDS))
    }

    /// The sub-merchant it was ordered for; none in direct mode.
    #[must_use]
    pub fn sub_mchid(&self) -> Option<&Mchid> {
        self.partner.as_ref().map(|partner| &partner.sub_mchid)
    }

    /// Whose money it is.
    #[must_use]
    pub fn payee(&self) -> &Mchid {
        self.sub_mchid().unwrap_or(&self.mchid)
    }

    /// Who called WeChat, signs the invocation and is notified.
    pub(crate) fn ordered_by(&self) -> &Mchid {
        self.combine.as_ref().map_or(&self.mchid, |combine| &combine.mchid)
    }

    pub(crate) fn key(&self) -> OrderKey {
        OrderKey { mchid: self.mchid.clone(), out_trade_no: self.out_trade_no.clone() }
    }

    /// The payer's address, as the merchant saw it: pages outside WeChat compare it.
    pub(crate) fn payer_client_ip(&self) -> Option<String> {
        let v3 = self.request.text("/scene_info/payer_client_ip");
        v3.or_else(|| self.request.text("/spbill_create_ip"))
    }

    /// Whether its money is held back for profit sharing; v2 says `Y`.
    #[must_use]
    pub fn shares_profit(&self) -> bool {
        self.request.is_true("/settle_info/profit_sharing")
            || self.request.text("/profit_sharing").as_deref() == Some("Y")
    }

    /// Whether the merchant lets it be paid so. v2 knows `no_credit` alone; that v3 still looks at
    /// the member is unconfirmed.
    pub(crate) fn takes(&self, method: Method) -> bool {
        let refused = match method {
            Method::Balance => &["no_balance"][..],
            Method::Card(card) if card.kind() == CardKind::Debit => &["no_debit", "balance_only"],
            Method::Card(_) => &["no_credit", "balance_only"],
        };
        let limits = self.request.words("/limit_pay");
        !limits.iter().any(|limit| refused.contains(&limit.as_str()))
    }

    /// Whether money arrived at some time.
    #[must_use]
    pub fn is_paid(&self) -> bool {
        self.payment.is_some()
    }
}

/// A completed payment.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Payment {
    /// WeChat's number.
    pub transaction_id: TransactionId,
    /// Business time of the payment.
    pub success_time: Timestamp,
    /// Name of the person who paid.
    pub user: String,
    /// The same person, as the order's appid knows them.
    pub openid: Openid,
    /// The same person, as the sub-merchant's app knows them, when the order named that app.
    #[serde(default)]
    pub sub_openid: Option<Openid>,
    /// With what they paid.
    #[serde(default)]
    pub method: Method,
    /// What WeChat kept of it.
    pub fee: Fen,
    /// What lowered it.
    #[serde(default)]
    pub coupon: Option<Coupon>,
}

/// What a prepay id stands for.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(crate) struct Prepay {
    pub(crate) prepay_id: PrepayId,
    pub(crate) mchid: Mchid,
    pub(crate) out_trade_no: OutTradeNo,
    pub(crate) made_at: Timestamp,
    /// The API certificate that ordered; the cashier wants the second signature from the same.
    /// None when the order came through v2, where no certificate takes part.
    pub(crate) serial_no: Option<SerialNo>,
    /// The number in an `h5_url`.
    pub(crate) package: Option<String>,
}

/// Where a refund stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum RefundStatus {
    /// Accepted; the money is under way.
    Processing,
    /// The money is back in the wallet.
    Success,
    /// The user's account did not take it; WeChat holds the money.
    Abnormal,
    /// Given up; the money is back with the merchant.
    Closed,
}

impl RefundStatus {
    /// As on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Processing => "PROCESSING",
            Self::Success => "SUCCESS",
            Self::Abnormal => "ABNORMAL",
            Self::Closed => "CLOSED",
        }
    }
}

/// Which of WeChat's two protocols.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub(crate) enum Api {
    #[default]
    V3,
    V2,
}

/// Where the money of a refund goes.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundReceiver {
    /// Back where it came from.
    #[default]
    #[serde(alias = "wallet")]
    Origin,
    /// Another bank card of the payer's, which here is the wallet.
    PayerCard {
        /// What WeChat calls the card.
        label: String,
    },
    /// The merchant's bank, to be handed on by the merchant; here it is the account at WeChat.
    MerchantCard,
}

/// One refund.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Refund {
    /// Who asked for it: the merchant, or the provider of a sub-merchant.
    pub mchid: Mchid,
    /// The sub-merchant whose money goes back, in partner mode.
    #[serde(default)]
    pub sub_mchid: Option<Mchid>,
    /// The merchant's number.
    pub out_refund_no: OutRefundNo,
    /// WeChat's number.
    pub refund_id: RefundId,
    /// The order.
    pub out_trade_no: OutTradeNo,
    /// The payment.
    pub transaction_id: TransactionId,
    /// What goes back.
    pub refund: Fen,
    /// What was paid.
    pub total: Fen,
    /// Shown to the user.
    pub reason: Option<String>,
    /// Where the end is notified.
    pub notify_url: Option<String>,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When the money arrived.
    pub success_time: Option<Timestamp>,
    /// When it became whatever it is now.
    pub ended_at: Option<Timestamp>,
    /// Where it stands.
    pub status: RefundStatus,
    /// The part of WeChat's fee that went back to the merchant with it.
    pub fee_returned: Fen,
    /// The coupon's part of it.
    #[serde(default)]
    pub coupon: Option<CouponRefund>,
    /// The first request; `None` when made by hand.
    pub(crate) request: Option<serde_json::Value>,
    /// Its end is notified as this does.
    #[serde(default)]
    pub(crate) api: Api,
    /// With what was paid.
    #[serde(default)]
    pub method: Method,
    /// Where the money goes; changed when the first way failed.
    #[serde(default)]
    pub receiver: RefundReceiver,
    /// Held by the fault `refund_stuck` until that fault is removed.
    pub(crate) stuck: bool,
}

impl Refund {
    /// Where the money arrives, as the wire says it.
    pub(crate) fn received_account(&self) -> String {
        match &self.receiver {
            RefundReceiver::Origin => self.method.received_account(),
            RefundReceiver::PayerCard { label } => label.clone(),
            RefundReceiver::MerchantCard => "商户结算银行账户".to_owned(),
        }
    }

    /// Whether somebody made it in the merchant platform.
    pub(crate) fn is_by_hand(&self) -> bool {
        self.request.is_none()
    }

    /// Whose money goes back.
    #[must_use]
    pub fn payee(&self) -> &Mchid {
        self.sub_mchid.as_ref().unwrap_or(&self.mchid)
    }
}

/// A line in a wallet's history.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Receipt {
    /// Rises with time, unique in the world.
    pub id: u64,
    /// Business time.
    pub at: Timestamp,
    /// Money out or money back.
    pub kind: ReceiptKind,
    /// From whom or to whom.
    pub merchant_name: String,
    /// How much.
    pub amount_fen: Fen,
    /// What the order said.
    pub description: String,
    /// What was paid with, or where it went back to; empty for money from elsewhere.
    #[serde(default)]
    pub method: String,
}

/// What a receipt is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptKind {
    /// The user paid.
    Payment,
    /// The user got money back.
    Refund,
    /// The user was given money by a merchant.
    Transfer,
}
