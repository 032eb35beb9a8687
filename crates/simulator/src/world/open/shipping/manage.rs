//! The smaller calls of shipping management, and the person who confirms (§11.2, §11.3).

use serde_json::{Map, Value};
use suanpan_wechat::{
    Timestamp,
    id::{Appid, Mchid, OutTradeNo, TransactionId},
};

use super::{BAD_ARGUMENT, Logistics, Stage, Which, number};
use crate::world::{
    cashier::Refusal,
    exchange::{HttpRequest, Times},
    identity::AppKind,
    open::answer::{Answer, OpenError, done, object, text},
    settle::ManualRefund,
    state::World,
};

/// Characters of a page's path.
const PATH_CHARS: usize = 1024;

/// How long after payment goods sold in advance may be shipped.
const PRESALE_SECONDS: std::ops::RangeInclusive<i64> = 15 * DAY..=330 * DAY;

const DAY: i64 = 24 * 3600;

/// What a mini program gives to `wx.openBusinessView` with `weappOrderConfirm`, and what the person
/// does there.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfirmReceipt {
    /// The mini program.
    pub appid: Appid,
    /// Who has it open.
    pub user: String,
    /// WeChat's number …
    #[serde(default)]
    pub transaction_id: Option<TransactionId>,
    /// … or the merchant …
    #[serde(default)]
    pub merchant_id: Option<Mchid>,
    /// … and the merchant's number.
    #[serde(default)]
    pub merchant_trade_no: Option<OutTradeNo>,
    /// The person goes back without confirming.
    #[serde(default)]
    pub cancel: bool,
}

/// `extraData.status`, with which the mini program comes to the front again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptStatus {
    /// Confirmed now, or before.
    Success,
    /// Not this person's payment, or none at all.
    Fail,
    /// Nothing to confirm yet, or the person went back.
    Cancel,
}

impl World {
    /// A person confirms that the goods arrived.
    ///
    /// # Errors
    /// When app or user do not exist.
    pub fn confirm_receipt(
        &mut self,
        wanted: &ConfirmReceipt,
        now: Times,
    ) -> Result<ReceiptStatus, Refusal> {
        let openid = self.person_in_app(&wanted.appid, AppKind::MiniProgram, &wanted.user)?.clone();
        let Some(which) = wanted.which() else { return Ok(ReceiptStatus::Fail) };
        let Ok(id) = self.find_shipment(&wanted.appid, &which, now) else {
            return Ok(ReceiptStatus::Fail);
        };
        let shipment = self.shipment(&id);
        if *self.buyer(shipment) != openid {
            return Ok(ReceiptStatus::Fail);
        }
        match self.stage(shipment) {
            _ if wanted.cancel => Ok(ReceiptStatus::Cancel),
            Stage::Unshipped | Stage::Refunded => Ok(ReceiptStatus::Cancel),
            Stage::Shipped => {
                self.confirm(&id, true, now);
                Ok(ReceiptStatus::Success)
            }
            Stage::Confirmed | Stage::Settling | Stage::Complete => Ok(ReceiptStatus::Success),
        }
    }

    /// `POST /wxa/sec/order/notify_confirm_receive`: reminds the buyer, once.
    pub(super) fn remind_of_receipt(&mut self, request: &HttpRequest, now: Times) -> Answer {
        let appid = self.app_with_token(request, AppKind::MiniProgram, now)?;
        let body = object(request)?;
        let id = self.find_shipment(&appid, &Which::of_ids(&body)?, now)?;
        let received = number(&body, "received_time")?.ok_or(BAD_ARGUMENT)?;
        let shipment = self.shipment(&id);
        let shipped = shipment.shipped.as_ref().filter(|_| self.stage(shipment) == Stage::Shipped);
        let shipped = shipped.ok_or(OpenError::new(10_060_028, "支付单不是已发货状态"))?;
        if shipped.logistics != Logistics::Express {
            return Err(OpenError::new(10_060_032, "只有物流快递发货时允许提醒用户确认收货"));
        }
        let finished = shipped.finished_at.map_or(i64::MAX, Timestamp::unix);
        if !(finished..=now.business.unix()).contains(&received) {
            return Err(OpenError::new(10_060_029, "签收时间非法"));
        }
        if shipment.reminded {
            return Err(OpenError::new(10_060_030, "支付单已使用提醒收货机会"));
        }
        self.shipment_mut(&id).reminded = true;
        self.tell_buyer(&id, "快递已签收，请确认收货", now);
        Ok(done())
    }

    /// `POST /wxa/sec/order/set_msg_jump_path`.
    pub(super) fn set_jump_path(&mut self, request: &HttpRequest, now: Times) -> Answer {
        let appid = self.app_with_token(request, AppKind::MiniProgram, now)?;
        let body = object(request)?;
        let path = text(&body, "path")?.filter(|path| path.chars().count() <= PATH_CHARS);
        let path = path.ok_or(BAD_ARGUMENT)?;
        self.state.open.shipments.jump_paths.insert(appid, path.to_owned());
        Ok(done())
    }

    /// `POST /wxa/sec/order/is_trade_managed`.
    pub(super) fn is_trade_managed(&mut self, request: &HttpRequest, now: Times) -> Answer {
        let appid = self.own_app(request, now)?;
        let mut answer = done();
        answer["is_trade_managed"] = self.console(&appid).trade_managed.into();
        Ok(answer)
    }

    /// `POST /wxa/sec/order/is_trade_management_confirmation_completed`: merchants of this world
    /// have always agreed.
    pub(super) fn are_merchants_confirmed(&mut self, request: &HttpRequest, now: Times) -> Answer {
        self.own_app(request, now)?;
        let mut answer = done();
        answer["completed"] = true.into();
        Ok(answer)
    }

    /// The app in the body, which must be the token's.
    fn own_app(&self, request: &HttpRequest, now: Times) -> Result<Appid, OpenError> {
        let appid = self.app_with_token(request, AppKind::MiniProgram, now)?;
        let body = object(request)?;
        match text(&body, "appid")? {
            None => Err(OpenError::ARGUMENTS),
            Some(named) if named != appid.as_str() => Err(OpenError::APPID),
            Some(_) => Ok(appid),
        }
    }

    /// `POST /wxa/sec/order/opspecialorder`: sold in advance, or paid for a test.
    pub(super) fn special_order(&mut self, request: &HttpRequest, now: Times) -> Answer {
        let appid = self.app_with_token(request, AppKind::MiniProgram, now)?;
        let body = object(request)?;
        let kind = number(&body, "type")?;
        // The words of these three are unconfirmed.
        if !matches!(kind, Some(1 | 2)) {
            return Err(OpenError::new(268_546_000, "订单类型非法"));
        }
        let unknown = OpenError::new(268_546_002, "未发货订单不存在");
        let which = Which::Wechat(text(&body, "order_id")?.unwrap_or_default().to_owned());
        let id = self.find_shipment(&appid, &which, now).map_err(|_| unknown.clone())?;
        if self.stage(self.shipment(&id)) != Stage::Unshipped {
            return Err(unknown);
        }
        match kind {
            Some(1) => self.sold_in_advance(&id, &body, now)?,
            _ => self.was_a_test(&id, now)?,
        }
        Ok(done())
    }

    /// The reminder to ship waits until then.
    fn sold_in_advance(
        &mut self,
        id: &TransactionId,
        body: &Map<String, Value>,
        now: Times,
    ) -> Result<(), OpenError> {
        let paid = self.paid_order(self.shipment(id)).1.success_time;
        let delay_to = number(body, "delay_to")?.map(Timestamp::from_unix);
        let delay_to = delay_to.filter(|delay_to| PRESALE_SECONDS.contains(&delay_to.since(paid)));
        let delay_to = delay_to.ok_or(OpenError::new(268_546_001, "延迟发货时间非法"))?;
        self.move_in(id, delay_to.since(now.business), now);
        Ok(())
    }

    /// WeChat gives the money back by itself.
    fn was_a_test(&mut self, id: &TransactionId, now: Times) -> Result<(), OpenError> {
        let order = self.paid_order(self.shipment(id)).0;
        let refund = ManualRefund {
            mchid: order.mchid.clone(),
            out_trade_no: order.out_trade_no.clone(),
            amount_fen: None,
            reason: Some("测试订单".to_owned()),
        };
        self.refund_by_hand(refund, now).map_err(|_| OpenError::SYSTEM_ERROR)?;
        Ok(())
    }
}

impl ConfirmReceipt {
    fn which(&self) -> Option<Which> {
        if let Some(id) = &self.transaction_id {
            return Some(Which::Wechat(id.to_string()));
        }
        let (mchid, number) = self.merchant_id.as_ref().zip(self.merchant_trade_no.as_ref())?;
        Some(Which::Merchant { mchid: mchid.to_string(), out_trade_no: number.to_string() })
    }
}
