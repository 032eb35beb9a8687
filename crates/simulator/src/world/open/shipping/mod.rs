//! Shipping management (发货信息管理, §11): until a mini program reports the goods as shipped and the
//! person has them, the money of a payment stays with WeChat.
//!
//! ```text
//! 1 unshipped ──upload──► 2 shipped ──person, or days──► 3 confirmed ──► 6 settling ──► 4 complete
//! ```

mod combined;
mod manage;
mod query;
mod settle;
mod upload;

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use suanpan_wechat::{
    Timestamp,
    id::{Appid, Mchid, Openid, OutTradeNo, TransactionId},
};

use super::{
    Call, POST,
    answer::{OpenError, text},
};
use crate::world::{
    exchange::Times,
    order::{Order, Payment},
    state::{Due, World},
};

pub use manage::{ConfirmReceipt, ReceiptStatus};

pub(super) const CALLS: &[Call] = &[
    Call { method: POST, path: "/wxa/sec/order/upload_shipping_info", answer: World::upload },
    Call {
        method: POST,
        path: "/wxa/sec/order/upload_combined_shipping_info",
        answer: World::upload_combined,
    },
    Call { method: POST, path: "/wxa/sec/order/get_order", answer: World::shipping_order },
    Call { method: POST, path: "/wxa/sec/order/get_order_list", answer: World::shipping_orders },
    Call {
        method: POST,
        path: "/wxa/sec/order/notify_confirm_receive",
        answer: World::remind_of_receipt,
    },
    Call { method: POST, path: "/wxa/sec/order/set_msg_jump_path", answer: World::set_jump_path },
    Call { method: POST, path: "/wxa/sec/order/is_trade_managed", answer: World::is_trade_managed },
    Call {
        method: POST,
        path: "/wxa/sec/order/is_trade_management_confirmation_completed",
        answer: World::are_merchants_confirmed,
    },
    Call { method: POST, path: "/wxa/sec/order/opspecialorder", answer: World::special_order },
];

const NO_PAYMENT: OpenError = OpenError::new(10_060_001, "支付单不存在");
const NOT_SHIPPABLE: OpenError = OpenError::new(10_060_004, "支付单处于不可发货的状态");
const BAD_ARGUMENT: OpenError = OpenError::new(10_060_014, "参数错误");
const OTHER_PAYER: OpenError = OpenError::new(10_060_031, "该笔支付单不属于 openid 所指定的用户");

/// Where a payment stands between paying and settling; the numbers are the wire's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stage {
    Unshipped,
    Shipped,
    Confirmed,
    Settling,
    Complete,
    Refunded,
}

impl Stage {
    const fn number(self) -> i64 {
        match self {
            Self::Unshipped => 1,
            Self::Shipped => 2,
            Self::Confirmed => 3,
            Self::Settling => 6,
            Self::Complete => 4,
            Self::Refunded => 5,
        }
    }
}

/// How goods reach the buyer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Logistics {
    Express = 1,
    SameCity = 2,
    Virtual = 3,
    SelfPickUp = 4,
}

/// In one parcel or several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mode {
    Unified = 1,
    Split = 2,
}

/// One parcel as it was uploaded.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Parcel {
    tracking_no: String,
    express_company: String,
    item_desc: String,
    contact: Option<Value>,
    uploaded_at: Timestamp,
}

/// What was uploaded for a payment.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Shipped {
    logistics: Logistics,
    mode: Mode,
    parcels: Vec<Parcel>,
    /// `upload_time` of the last upload; the next must be later.
    upload_time: Timestamp,
    /// When the last parcel left.
    finished_at: Option<Timestamp>,
}

/// A payment that shipping management watches.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(crate) struct Shipment {
    appid: Appid,
    mchid: Mchid,
    out_trade_no: OutTradeNo,
    /// Before this instant nobody here has heard of the payment.
    known_at: Timestamp,
    stage: Stage,
    shipped: Option<Shipped>,
    /// How often everything left: at most twice.
    finish_count: u8,
    /// The one correction has been used.
    corrected: bool,
    /// The one reminder that the parcel arrived has been used.
    reminded: bool,
    confirmed: Option<Confirmed>,
    settled_at: Option<Timestamp>,
    /// What will move it on by itself.
    next: Option<Due>,
}

/// How and when the goods were received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Confirmed {
    at: Timestamp,
    by_person: bool,
}

/// Every payment that shipping management watches.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub(crate) struct Shipments {
    payments: BTreeMap<TransactionId, Shipment>,
    /// The page that opens from the message about a parcel.
    jump_paths: BTreeMap<Appid, String>,
}

const IS_PAID: &str = "only paid orders are watched";

impl Shipments {
    /// Whether everything watched is a paid order of a known app; for worlds out of a file.
    pub(super) fn stands(&self, paid: impl Fn(&Mchid, &OutTradeNo) -> bool) -> bool {
        self.payments.values().all(|shipment| paid(&shipment.mchid, &shipment.out_trade_no))
    }
}

impl World {
    fn shipment(&self, id: &TransactionId) -> &Shipment {
        self.state.open.shipments.payments.get(id).expect("shipments are never removed")
    }

    fn shipment_mut(&mut self, id: &TransactionId) -> &mut Shipment {
        self.state.open.shipments.payments.get_mut(id).expect("shipments are never removed")
    }

    /// The order behind a payment, and who paid it.
    fn paid_order(&self, shipment: &Shipment) -> (&Order, &Payment) {
        let order = self.state.order(&shipment.mchid, &shipment.out_trade_no).expect(IS_PAID);
        (order, order.payment.as_ref().expect(IS_PAID))
    }

    /// Who paid, as the app that ships knows them.
    fn buyer(&self, shipment: &Shipment) -> &Openid {
        let (order, payment) = self.paid_order(shipment);
        let in_sub_app = payment.sub_openid.as_ref().filter(|_| order.appid != shipment.appid);
        in_sub_app.unwrap_or(&payment.openid)
    }

    /// Where it stands; a payment that was given back whole is out of the game.
    fn stage(&self, shipment: &Shipment) -> Stage {
        let (order, _) = self.paid_order(shipment);
        if self.refundable(order) == suanpan_wechat::Fen::ZERO {
            Stage::Refunded
        } else {
            shipment.stage
        }
    }

    /// The payment of this app that a request means.
    fn find_shipment(
        &self,
        appid: &Appid,
        which: &Which,
        now: Times,
    ) -> Result<TransactionId, OpenError> {
        let id = match which {
            Which::Wechat(id) => TransactionId::new(id).ok(),
            Which::Merchant { mchid, out_trade_no } => self.payment_of(mchid, out_trade_no),
        };
        let id = id.ok_or(NO_PAYMENT)?;
        let shipment = self.state.open.shipments.payments.get(&id).ok_or(NO_PAYMENT)?;
        let known = shipment.appid == *appid && now.business >= shipment.known_at;
        if known { Ok(id) } else { Err(NO_PAYMENT) }
    }

    /// By the number used when ordering; a sub-merchant's orders go by the sub-merchant's.
    fn payment_of(&self, mchid: &str, out_trade_no: &str) -> Option<TransactionId> {
        let mchid = Mchid::new(mchid).ok()?;
        let out_trade_no = OutTradeNo::new(out_trade_no).ok()?;
        let own = self.state.order(&mchid, &out_trade_no);
        let order = own.filter(|order| order.sub_mchid().is_none()).or_else(|| {
            let mut orders =
                self.state.orders.values().filter_map(|orders| orders.get(&out_trade_no));
            orders.find(|order| order.sub_mchid() == Some(&mchid))
        });
        Some(order?.payment.as_ref()?.transaction_id.clone())
    }
}

/// Which payment a request means.
enum Which {
    Wechat(String),
    Merchant { mchid: String, out_trade_no: String },
}

impl Which {
    /// Whether both name payments by the same kind of number.
    const fn is_like(&self, other: &Self) -> bool {
        matches!(
            (self, other),
            (Self::Wechat(_), Self::Wechat(_)) | (Self::Merchant { .. }, Self::Merchant { .. })
        )
    }

    /// As `order_key` says it when goods are uploaded.
    fn of_key(body: &Map<String, Value>) -> Result<Self, OpenError> {
        let key = match body.get("order_key") {
            Some(Value::Object(key)) => key,
            None | Some(Value::Null) => {
                return Err(OpenError::new(268_485_194, "订单单号类型非法"));
            }
            Some(_) => return Err(OpenError::DATA_FORMAT),
        };
        let member = |name, errcode, words| {
            text(key, name)?.map(str::to_owned).ok_or(OpenError::new(errcode, words))
        };
        // The words of the three missing members are unconfirmed.
        match number(key, "order_number_type")? {
            Some(1) => Ok(Self::Merchant {
                mchid: member("mchid", 268_485_196, "商户号不能为空")?,
                out_trade_no: member("out_trade_no", 268_485_197, "商户订单号不能为空")?,
            }),
            Some(2) => {
                Ok(Self::Wechat(member("transaction_id", 268_485_195, "微信支付单号不能为空")?))
            }
            Some(_) | None => Err(OpenError::new(268_485_194, "订单单号类型非法")),
        }
    }

    /// As the other calls say it.
    fn of_ids(body: &Map<String, Value>) -> Result<Self, OpenError> {
        if let Some(id) = text(body, "transaction_id")? {
            return Ok(Self::Wechat(id.to_owned()));
        }
        let merchant = text(body, "sub_merchant_id")?.or(text(body, "merchant_id")?);
        let number = text(body, "merchant_trade_no")?;
        let (mchid, out_trade_no) = merchant.zip(number).ok_or(BAD_ARGUMENT)?;
        Ok(Self::Merchant { mchid: mchid.to_owned(), out_trade_no: out_trade_no.to_owned() })
    }
}

/// A number member; another type is an error.
fn number(members: &Map<String, Value>, name: &str) -> Result<Option<i64>, OpenError> {
    match members.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value.as_i64().map(Some).ok_or(OpenError::DATA_FORMAT),
    }
}
