//! Profit sharing: parts of a payment go to others than the merchant who was paid
//! (docs/protocol/profit-sharing.md, <https://pay.weixin.qq.com/doc/v3/merchant/4012524936> and its
//! neighbours).
//!
//! ```text
//!  receiver::Add ─► paid order with settle_info.profit_sharing ─► Create ─► Query … until it ended
//!                                                                  │
//!                         unfreeze::Create (a new number) ◄── what is left
//!                         giveback::Create ◄── a receiver returns its part before a refund
//! ```
//!
//! Two things are easy to get wrong here, and hard to write wrongly with these types:
//!
//! - **"FINISHED" is not "paid".** It says that every line has ended, perhaps in failure. The state
//!   of a [`Sharing`] can therefore only be asked through [`Sharing::progress`], which looks at
//!   every line (threat o18).
//! - **Unfreezing needs a number of its own.** Under the number of a sharing WeChat answers as if
//!   it had unfrozen, and has not.
//!
//! A service provider names its sub-merchant in `partner` or `sub_mchid`; a merchant that acts for
//! itself leaves them out. Platform merchants (收付通) use another family with other members,
//! `/v3/ecommerce/profitsharing/…`; reach it with [`crate::generic`].
//!
//! ```
//! use suanpan_wechat::{Fen, id::*, profitsharing::*};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let order = Order {
//!     partner: None,
//!     appid: Appid::new("wx8888888888888888")?,
//!     transaction_id: TransactionId::new("4208450740201411110007820472")?,
//!     out_order_no: OutOrderNo::new("P20150806125346")?,
//!     receivers: vec![Receiver {
//!         account: Account::MerchantId(Mchid::new("86693852")?),
//!         name: None,
//!         amount: Fen::new(888)?,
//!         description: Description::new("分给商户A")?,
//!     }],
//!     unfreeze_unsplit: true,
//! };
//! let create = Create::new(&order)?;
//! assert_eq!(create.body.sealed_to, None, "nothing sensitive in it");
//! # Ok(())
//! # }
//! ```

pub mod giveback;
mod notice;
mod order;
pub mod receiver;
pub mod remaining;
mod sharing;
pub mod unfreeze;

pub use notice::{Notice, NoticePayer, NoticeReceiver};
pub use order::{Create, InvalidOrder, Order, Query, Receiver};
pub use sharing::{Line, LineFailure, LineResult, Progress, Sharing};

use std::fmt;

use crate::{
    id::{Appid, Mchid, Openid, wire_id},
    pay::open_enum,
    text::wire_text,
};

/// The sub-merchant a service provider acts for.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Partner {
    /// Whose money is shared.
    pub sub_mchid: Mchid,
    /// The sub-merchant's app; needed when a receiver is named by its openid there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub_appid: Option<Appid>,
}

/// Who receives a part.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(tag = "type", content = "account", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Account {
    /// A merchant.
    MerchantId(Mchid),
    /// A person, as the request's `appid` knows them.
    PersonalOpenid(Openid),
    /// A person, as the sub-merchant's app knows them; partners only.
    PersonalSubOpenid(Openid),
}

impl Account {
    fn fits(&self, partner: Option<&Partner>) -> bool {
        let needs_sub_appid = matches!(self, Account::PersonalSubOpenid(_));
        !needs_sub_appid || partner.is_some_and(|partner| partner.sub_appid.is_some())
    }
}

open_enum! {
    /// What kind of account an answer names.
    AccountType {
        /// A merchant number.
        MerchantId = "MERCHANT_ID",
        /// A person's openid under the request's app.
        PersonalOpenid = "PERSONAL_OPENID",
        /// A person's openid under the sub-merchant's app.
        PersonalSubOpenid = "PERSONAL_SUB_OPENID",
    }
}

fn sub_mchid_query(sub_mchid: Option<&Mchid>) -> String {
    sub_mchid.map(|sub_mchid| format!("&sub_mchid={sub_mchid}")).unwrap_or_default()
}

fn sharing_number(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'|' | b'*' | b'@')
}

wire_id!(
    /// The merchant's number for one sharing, or for one unfreezing; unique per mchid.
    OutOrderNo, "out_order_no", 1..=64, "1 to 64 ASCII letters, digits or any of _ - | * @", sharing_number
);
wire_id!(
    /// WeChat's number for one sharing.
    OrderId, "order_id", 1..=64, "1 to 64 ASCII letters or digits", |b| b.is_ascii_alphanumeric()
);
wire_id!(
    /// The merchant's number for one giving back; unique per mchid.
    OutReturnNo, "out_return_no", 1..=64, "1 to 64 ASCII letters, digits or any of _ - | * @", sharing_number
);

wire_text!(
    /// What a part is for, as the receiver sees it.
    Description, "description", 1..=80 chars
);
