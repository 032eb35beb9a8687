//! Transfers from a merchant to a person (商家转账), confirmed by the person on a page of WeChat
//! (docs/protocol/transfers.md, <https://pay.weixin.qq.com/doc/v3/merchant/4012716434>).
//!
//! ```text
//!  Create ─► Created { package_info } ─► the front end shows the confirmation page
//!    │                                         │ (its "ok" proves nothing)
//!    └─► QueryByOutBillNo, or a notification ◄─┘
//! ```
//!
//! **Never switch `out_bill_no`.** A transfer that was sent under a second number while the first
//! was merely late pays the person twice. Every answer but a final state keeps the number, refusals
//! included: only [`Next::MayReplace`] allows another. A query that is answered 404 within 30 days
//! of the first send means *send under the same number*: the stored request, or a corrected one if
//! the stored one was refused. WeChat forgets after 30 days; a 404 then proves nothing.
//!
//! With a person's standing permission the page is skipped: see [`authorization`].
//!
//! ```
//! use suanpan_wechat::{Fen, id::*, sensitive::SensitiveText, transfer::*};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let info = |kind: &str, content: &str| -> Result<ReportInfo, Box<dyn std::error::Error>> {
//!     Ok(ReportInfo { info_type: InfoType::new(kind)?, info_content: InfoContent::new(content)? })
//! };
//! let infos = vec![info("活动名称", "新会员有礼")?, info("奖励说明", "注册会员抽奖一等奖")?];
//! let order = Order {
//!     terms: Terms {
//!         sub_mchid: None,
//!         appid: Appid::new("wxf636efh567hg4356")?,
//!         out_bill_no: OutBillNo::new("plfk2020042013")?,
//!         scene: Scene::new(SceneId::new("1000")?, infos, None)?,
//!         user_name: None,
//!         transfer_amount: Fen::new(100)?,
//!         transfer_remark: Remark::new("新会员开通有礼")?,
//!         notify_url: None,
//!     },
//!     openid: Openid::new("o-MYE42l80oelYMDE34nYD456Xoy")?,
//!     user_recv_style: None,
//! };
//! let create = Create::new(&order)?;
//! # let _ = create;
//! # Ok(())
//! # }
//! ```

pub mod authorization;
mod bill;
mod failure;
mod next;
mod notice;
mod order;
pub mod receipt;
mod scene;

pub use bill::{
    Bill, Cancel, Cancellation, QueryByOutBillNo, QueryByTransferBillNo, TransferState,
};
pub use failure::Failure;
pub use next::Next;
pub use notice::BillNotice;
pub use order::{Caller, Create, Created, InvalidOrder, Order, ReceiveStyle, Terms};
pub use scene::{
    InfoContent, InfoType, InvalidScene, Perception, ReportInfo, SCENES, Scene, SceneId, SceneRule,
};

use crate::{id::wire_id, text::wire_text};

wire_id!(
    /// The merchant's number for one transfer; unique per mchid, and never switched for the same
    /// intention (see [`Next`]).
    OutBillNo, "out_bill_no", 1..=32, "1 to 32 ASCII letters or digits", |b| b.is_ascii_alphanumeric()
);
wire_id!(
    /// WeChat's number for one transfer.
    TransferBillNo, "transfer_bill_no", 1..=64, "1 to 64 ASCII letters or digits", |b| b.is_ascii_alphanumeric()
);
wire_id!(
    /// Opens the confirmation page. Opaque; for the front end, unchanged.
    PackageInfo, "package_info", 1..=1024, "1 to 1024 visible ASCII characters", |b| b.is_ascii_graphic()
);

wire_text!(
    /// What the person sees beside the amount.
    Remark, "transfer_remark", 1..=32 chars
);
