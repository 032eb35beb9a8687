//! WeChat as a pure state machine.
//!
//! ```text
//!  merchant's bytes ── handle() ──────► Reply            state, chance and journal move on
//!  a person's will ─── pay(), login() ► answer, refusal
//!  time ────────────── fire_due() ────► effects          notifications to be sent; notified() closes the loop
//! ```
//!
//! Signatures, and the reasons why others were refused, are worked out by whoever first looks at
//! them ([`Deferred`]): a world behind a lock signs nothing.
//!
//! Whoever calls owns sockets and clocks. Business time may jump; wall time is only ever used for
//! signatures. Nothing here may panic on a merchant's input.

mod audit;
mod bill;
mod cashier;
mod chance;
mod client_certificate;
mod codepay;
mod combine;
mod coupon;
mod deferred;
mod exchange;
mod explain;
mod fault;
mod forecast;
mod frequency;
mod front;
mod funds;
mod header;
pub(crate) mod hosts;
mod identity;
mod import;
mod journal;
mod method;
mod nasty;
mod notify;
mod open;
mod order;
mod person;
mod prepay;
mod register;
mod said;
mod settings;
mod settle;
mod sharing;
mod state;
mod suite;
mod transfer;
mod v2;
mod v3;
mod view;

#[cfg(test)]
mod tests;

pub use audit::AuditError;
pub use cashier::{
    CashierDiscount, CashierMethod, CashierView, Invoke, InvokeKind, Outcome, Paid, PayBy,
    PayCommand, Refusal, RefusalCode,
};
pub use codepay::{PasswordAsked, PaymentCode};
pub use coupon::{Coupon, CouponFunder, CouponKind, CouponRefund, NewCoupon};
pub use deferred::Deferred;
#[cfg(feature = "serve")]
pub(crate) use exchange::is_form;
pub use exchange::{Channel, HttpRequest, HttpResponse, Manner, Reply, Times};
pub use explain::{
    Difference, Excluded, Explanation, Finding, Inquiry, KeyRole, Question, Recovered, SignedBy,
    Words, known_mistakes,
};
pub use fault::{Fault, FaultName, FaultPlace, InvalidProbability, Probability};
pub use forecast::{Planned, PlannedKind};
#[cfg(feature = "serve")]
pub(crate) use front::nginx_page;
pub use funds::{Account, Business, FlowDirection, FundFlow};
pub use header::HeaderText;
pub use identity::{
    ApiCertificate, App, AppKind, DEFAULT_FEE_RATE, DEFAULT_MAX_RATIO, DEFAULT_PIN, Identities,
    Merchant, PlatformCertificate, SubMerchant, TrustMode, User, WechatPublicKey,
};
pub use import::ImportError;
pub use journal::{Direction, Message, MessageFilter, MessageKind};
pub use method::{Bank, BankCard, Card, CardKind, CardOutcome, Method, UnknownMethod};
pub use notify::{Delivery, DeliveryId, Effect, NotifyResult, RETRY_SECONDS};
pub use open::{
    Authorized, ConfirmReceipt, Consent, Console, InboxMessage, InboxMessageKind, JsConfig,
    JsConfigVerdict, ORDER_PAID_TEMPLATE, OpenedLink, PhoneNumberDetail, Profile, Push, PushCheck,
    PushFormat, PushMode, ReceiptStatus, Scope, SealedData, SubscribeAnswer, SubscribeChoice,
    Template, UserInfo, UserProfile,
};
pub use order::{
    Order, Partner, Payment, Receipt, ReceiptKind, Refund, RefundReceiver, RefundStatus,
    TradeState, TradeType,
};
pub use register::{NewApp, NewSubMerchant, NewUser, RegisterError};
pub use settings::Settings;
pub use settle::ManualRefund;
pub use state::{Change, Fired, Happening, HappeningKind, State, World};
pub use suite::{RsaSuite, Suite};
pub use transfer::{
    Authorization, AuthorizationPage, AuthorizationState, CloseReason as AuthorizationCloseReason,
    Closed as AuthorizationClosed, FailReason, TransferBill, TransferInvocation, TransferPage,
    TransferState,
};
pub use view::{CardView, OrderView, Wallet};
