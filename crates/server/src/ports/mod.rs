//! The world the acts see: adapters that perform I/O and decide nothing.

pub(crate) mod address;
mod clock;
mod merchant_http;
mod nonces;
mod wechat;

use std::sync::Arc;

use suanpan_acts::{Clock, Directory, Nonces, Ports, Store, token::TokenKey};
use suanpan_wechat::Timestamp;

pub use clock::{FollowedClock, NotFollowed, SystemClock};
pub use merchant_http::WebhookSender;
pub use nonces::SystemNonces;
pub use wechat::WechatAdapter;

/// [`Ports`] over any store.
#[derive(Debug)]
pub struct ServerPorts<S> {
    pub(crate) store: S,
    pub(crate) wechat: WechatAdapter,
    pub(crate) merchant_http: WebhookSender,
    pub(crate) clock: SharedClock,
    pub(crate) nonces: SharedNonces,
    pub(crate) directory: Directory,
    pub(crate) token_key: TokenKey,
}

impl<S: Store> Ports for ServerPorts<S> {
    type Store = S;
    type WeChat = WechatAdapter;
    type MerchantHttp = WebhookSender;
    type Clock = SharedClock;
    type Nonces = SharedNonces;

    fn store(&self) -> &S {
        &self.store
    }

    fn wechat(&self) -> &WechatAdapter {
        &self.wechat
    }

    fn merchant_http(&self) -> &WebhookSender {
        &self.merchant_http
    }

    fn clock(&self) -> &SharedClock {
        &self.clock
    }

    fn nonces(&self) -> &SharedNonces {
        &self.nonces
    }

    fn directory(&self) -> &Directory {
        &self.directory
    }

    fn token_key(&self) -> &TokenKey {
        &self.token_key
    }
}

/// A clock chosen when the program is assembled.
#[derive(Clone)]
pub struct SharedClock(pub Arc<dyn Clock>);

impl Clock for SharedClock {
    fn business_now(&self) -> Timestamp {
        self.0.business_now()
    }

    fn wall_now(&self) -> Timestamp {
        self.0.wall_now()
    }
}

impl std::fmt::Debug for SharedClock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SharedClock(..)")
    }
}

/// A source of chance chosen when the program is assembled.
#[derive(Clone)]
pub struct SharedNonces(pub Arc<dyn Nonces>);

impl Nonces for SharedNonces {
    fn fill(&self, buffer: &mut [u8]) {
        self.0.fill(buffer);
    }
}

impl std::fmt::Debug for SharedNonces {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SharedNonces(..)")
    }
}
