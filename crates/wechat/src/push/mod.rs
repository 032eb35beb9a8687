//! Message push: the open platform calling us, for mini programs and official accounts
//! (<https://developers.weixin.qq.com/miniprogram/dev/framework/server-ability/message-push.html>).
//!
//! Not a [notification](crate::notify): that is WeChat Pay, signed with a private key. A push is
//! signed with a secret that both sides know, or hardly at all:
//!
//! - In **secure** mode (and in compatible mode, whose plain half is ignored) the signature covers
//!   the sealed message. [`SealedPush::receive`] gives an [`Attested`](crate::open_api::Attested) message.
//! - In **plain** mode it covers only the address: Token, timestamp, nonce. Whoever saw one such
//!   address can put any body behind it for as long as it is fresh. [`PlainPush::receive`] gives a
//!   [`Hint`]: a reason to ask WeChat, and nothing else. Configure secure mode.
//!
//! The two are different types, so nobody who expects sealed messages can be talked into plain ones.
//! JSON and XML are both read; XML only where it is flat, which all events of shipping are.
//!
//! ```
//! use suanpan_wechat::{
//!     Timestamp,
//!     id::{Appid, NonceStr},
//!     push::{ACKNOWLEDGED, Event, PushQuery, SealedPush},
//!     secret::{EncodingAesKey, PushToken},
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let push = SealedPush::new(
//!     Appid::new("wxb11529c136998cb6")?,
//!     PushToken::new("pamtest")?,
//!     EncodingAesKey::new("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG")?,
//! );
//! # let now = Timestamp::from_unix(1_409_304_348);
//! # let message = r#"{"ToUserName":"gh_1","FromUserName":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o","CreateTime":1409304348,"MsgType":"event","Event":"trade_manage_remind_access_api","msg":"接入"}"#;
//! # let sealed = push.seal(message, [7; 16], now, &NonceStr::new("xxxxxx")?);
//! # let (query, body) = (sealed.query(), sealed.to_json());
//! // The query and the body as they came.
//! let message = push.receive(&PushQuery::parse(&query)?, body.as_bytes(), now)?;
//! if let Event::RemindAccessApi { msg } = &message.get().event {
//!     println!("{msg}");
//! }
//! // After it was stored, within five seconds:
//! println!("{ACKNOWLEDGED}");
//! # Ok(())
//! # }
//! ```

mod envelope;
mod message;

pub use envelope::{
    BODY_LIMIT, PlainPush, PushError, PushQuery, SealedMessage, SealedPush, WINDOW_SECONDS,
};
pub use message::{Event, Message, Settlement, Unshipped};

/// What WeChat wants to read within five seconds, or it calls again, three times in all
/// (**unconfirmed** here, as is the count). Answer it after the message is stored.
pub const ACKNOWLEDGED: &str = "success";

/// What a push in plain mode says: not proven to be WeChat's word, and possibly somebody else's.
/// Good for asking WeChat sooner than planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint<T>(T);

impl<T> Hint<T> {
    /// Looks at what was hinted.
    pub fn get(&self) -> &T {
        &self.0
    }
}
