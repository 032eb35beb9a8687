//! Transfers without a confirmation page: a person permits them once, then receives at once
//! (免确认收款, <https://pay.weixin.qq.com/doc/v3/merchant/4015901167> and its neighbours).
//!
//! ```text
//!  Request ─► the person agrees on WeChat's page within a day ─► notification or Query
//!     or CreateWithTransfer: the first transfer asks along            │ TAKING_EFFECT
//!                                                                     ▼
//!                                          Transfer, Transfer, …  until Close or the person ends it
//! ```

use std::{fmt, net::IpAddr};

use crate::{
    Timestamp,
    advice::Operation,
    call::{Call, Malformed, Method, Request as HttpRequest},
    id::{Appid, Openid, wire_id},
    pay::{open_enum, read, segment},
    sensitive::SealedBody,
    text::{DeviceId, NotifyUrl, wire_text},
};

use super::{Bill, Caller, Created, InvalidOrder, Order, PackageInfo, Perception, SceneId, Terms};

wire_id!(
    /// The merchant's number for one permission; unique per mchid. A permission that ran out
    /// unconfirmed needs another number.
    OutAuthorizationNo, "out_authorization_no", 1..=32, "1 to 32 visible ASCII characters", |b| b.is_ascii_graphic()
);
wire_id!(
    /// WeChat's number for one permission.
    AuthorizationId, "authorization_id", 1..=64, "1 to 64 ASCII letters or digits", |b| b.is_ascii_alphanumeric()
);
wire_text!(
    /// Which of the person's accounts at the merchant the permission is for, as the person sees it.
    DisplayName, "user_display_name", 1..=32 chars
);

/// Asks a person for the permission.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Request {
    /// Who calls.
    #[serde(skip)]
    pub caller: Caller,
    /// The merchant's number for the permission.
    pub out_authorization_no: OutAuthorizationNo,
    /// The app under which the person is named.
    pub appid: Appid,
    /// The person.
    pub openid: Openid,
    /// What the transfers will be for.
    pub transfer_scene_id: SceneId,
    /// Shown to the person.
    pub user_display_name: DisplayName,
    /// What the person reads as the reason; one of the scene's texts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_recv_perception: Option<Perception>,
    /// Where the notification goes.
    pub authorization_notify_url: NotifyUrl,
    /// Where the person asked from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scene_info: Option<SceneInfo>,
}

/// Where a person asked from.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct SceneInfo {
    /// The person's address.
    pub client_ip: IpAddr,
    /// The person's device; its limit is **unconfirmed**.
    pub device_id: DeviceId,
    /// What kind of device.
    pub device_type: DeviceType,
}

/// What kind of device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DeviceType {
    /// An iPhone.
    Ios,
    /// An Android phone.
    Android,
    /// A HarmonyOS phone.
    Harmony,
    /// Something else.
    Other,
}

impl Call for Request {
    type Answer = Requested;
    const NAME: &'static str = "transfer.authorization.request";

    fn request(&self) -> HttpRequest {
        let body = serde_json::to_vec(self).expect("a permission has string keys");
        HttpRequest::post(
            match self.caller {
                Caller::Merchant => "/v3/fund-app/mch-transfer/user-confirm-authorization",
                Caller::Partner => "/v3/fund-app/mch-transfer/partner/user-confirm-authorizations",
            },
            body,
        )
    }

    fn read(&self, _status: u16, body: &[u8]) -> Result<Requested, Malformed> {
        read(body, "a permission that was asked for")
    }
}

/// A permission that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Requested {
    /// The merchant's number.
    pub out_authorization_no: OutAuthorizationNo,
    /// Where it stands.
    pub state: AuthorizationState,
    /// When it was asked for.
    pub create_time: Timestamp,
    /// Opens the page on which the person agrees.
    pub package_info: PackageInfo,
}

/// Asks where a permission stands (<https://pay.weixin.qq.com/doc/v3/merchant/4014399423>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// Who calls.
    pub caller: Caller,
    /// The permission.
    pub out_authorization_no: OutAuthorizationNo,
}

impl Call for Query {
    type Answer = Authorization;
    const NAME: &'static str = "transfer.authorization.query";

    fn request(&self) -> HttpRequest {
        HttpRequest::get(path(self.caller, &self.out_authorization_no))
    }

    fn read(&self, _status: u16, body: &[u8]) -> Result<Authorization, Malformed> {
        read(body, "a permission")
    }
}

/// Ends a permission (<https://pay.weixin.qq.com/doc/v3/merchant/4015653811>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Close {
    /// Who calls.
    pub caller: Caller,
    /// The permission.
    pub out_authorization_no: OutAuthorizationNo,
}

impl Call for Close {
    type Answer = Authorization;
    const NAME: &'static str = "transfer.authorization.close";

    fn request(&self) -> HttpRequest {
        let target = format!("{}/close", path(self.caller, &self.out_authorization_no));
        HttpRequest::new(Method::Post, target, Vec::new())
    }

    fn read(&self, _status: u16, body: &[u8]) -> Result<Authorization, Malformed> {
        read(body, "a permission")
    }
}

fn path(caller: Caller, number: &OutAuthorizationNo) -> String {
    let family = match caller {
        Caller::Merchant => {
            "/v3/fund-app/mch-transfer/user-confirm-authorization/out-authorization-no"
        }
        Caller::Partner => "/v3/fund-app/mch-transfer/partner/user-confirm-authorizations",
    };
    format!("{family}/{}", segment(number.as_str()))
}

/// A permission as WeChat knows it: the answer to query and close, and the content of its
/// notification.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Authorization {
    /// The merchant's number.
    pub out_authorization_no: OutAuthorizationNo,
    /// The app under which the person is named.
    pub appid: Appid,
    /// The person.
    pub openid: Openid,
    /// Shown to the person.
    pub user_display_name: String,
    /// Where it stands.
    pub state: AuthorizationState,
    /// WeChat's number; once the person agreed.
    #[serde(default, deserialize_with = "crate::json::empty_as_absent")]
    pub authorization_id: Option<AuthorizationId>,
    /// When the person agreed.
    #[serde(default, deserialize_with = "crate::json::empty_as_absent")]
    pub authorize_time: Option<Timestamp>,
    /// How it ended; only with `CLOSED`.
    #[serde(default)]
    pub close_info: Option<CloseInfo>,
}

/// How a permission ended.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct CloseInfo {
    /// When.
    pub close_time: Timestamp,
    /// Through whom.
    pub close_reason: CloseReason,
}

open_enum! {
    /// Where a permission stands.
    AuthorizationState {
        /// The person has not agreed yet.
        WaitUserConfirm = "WAIT_USER_CONFIRM",
        /// Transfers may be sent.
        TakingEffect = "TAKING_EFFECT",
        /// Ended.
        Closed = "CLOSED",
    }
}

open_enum! {
    /// Through whom a permission ended.
    CloseReason {
        /// The merchant closed it.
        CloseViaMchApi = "CLOSE_VIA_MCH_API",
        /// The person closed it.
        UserClose = "USER_CLOSE",
        /// The person never agreed.
        UserOverdueUnconfirmed = "USER_OVERDUE_UNCONFIRMED",
        /// WeChat considers it risky.
        TransferRisk = "TRANSFER_RISK",
        /// The person's account cannot receive.
        UserAccountAbnormal = "USER_ACCOUNT_ABNORMAL",
    }
}

/// Sends a transfer that asks the person for the permission along with the confirmation
/// (<https://pay.weixin.qq.com/doc/v3/merchant/4014399293>). The transfer is a transfer like any
/// other; the permission may or may not come of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateWithTransfer {
    /// Who calls.
    pub caller: Caller,
    /// Exactly what [`CreateWithTransfer::new`] made the first time.
    pub body: SealedBody,
}

/// The permission that a transfer asks for along the way.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct AuthorizationInfo {
    /// Shown to the person.
    pub user_display_name: DisplayName,
    /// The merchant's number for the permission.
    pub out_authorization_no: OutAuthorizationNo,
    /// Where the notification about the permission goes.
    pub authorization_notify_url: NotifyUrl,
}

impl CreateWithTransfer {
    /// # Errors
    /// See [`InvalidOrder`].
    pub fn new(
        order: &Order,
        authorization_info: &AuthorizationInfo,
    ) -> Result<Self, InvalidOrder> {
        #[derive(serde::Serialize)]
        struct Message<'a> {
            #[serde(flatten)]
            order: &'a Order,
            authorization_info: &'a AuthorizationInfo,
        }
        order.check()?;
        let message = Message { order, authorization_info };
        let body = SealedBody::with_one(&message, order.terms.user_name.as_ref());
        Ok(Self { caller: order.terms.caller(), body })
    }
}

impl Call for CreateWithTransfer {
    type Answer = Created;
    const NAME: &'static str = "transfer.create_with_authorization";

    fn request(&self) -> HttpRequest {
        self.body.post(format!("{}/pre-transfer-with-authorization", self.caller.path()))
    }

    fn operation(&self) -> Operation {
        Operation::Transfer
    }

    fn read(&self, _status: u16, body: &[u8]) -> Result<Created, Malformed> {
        read(body, "the answer to a transfer")
    }
}

/// A transfer to a person who permitted it (<https://pay.weixin.qq.com/doc/v3/merchant/4014399371>).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct AuthorizedOrder {
    /// What every transfer says.
    #[serde(flatten)]
    pub terms: Terms,
    /// The permission, which names the person.
    #[serde(flatten)]
    pub authorization: AuthorizationNo,
}

/// A permission, by one of its numbers; WeChat refuses both at once.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthorizationNo {
    /// WeChat's number.
    AuthorizationId(AuthorizationId),
    /// The merchant's number.
    OutAuthorizationNo(OutAuthorizationNo),
}

/// Sends a transfer that needs no confirmation, new or stored. A repeat must be the same bytes
/// under the same number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// Who calls.
    pub caller: Caller,
    /// Exactly what [`Transfer::new`] made the first time.
    pub body: SealedBody,
}

impl Transfer {
    /// # Errors
    /// See [`InvalidOrder`].
    pub fn new(order: &AuthorizedOrder) -> Result<Self, InvalidOrder> {
        order.terms.check()?;
        let body = SealedBody::with_one(order, order.terms.user_name.as_ref());
        Ok(Self { caller: order.terms.caller(), body })
    }
}

impl Call for Transfer {
    type Answer = Bill;
    const NAME: &'static str = "transfer.authorized";

    fn request(&self) -> HttpRequest {
        self.body.post(format!("{}/transfer", self.caller.path()))
    }

    fn operation(&self) -> Operation {
        Operation::Transfer
    }

    fn read(&self, _status: u16, body: &[u8]) -> Result<Bill, Malformed> {
        read(body, "a transfer")
    }
}
