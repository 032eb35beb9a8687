//! Everything one server of ours is made of.

use std::sync::Arc;

use suanpan_acts::{Directory, Ports, token::TokenKey};

use crate::{
    cast::Cast,
    clock::{SeededNonces, ServerClock},
    merchant::MerchantPort,
    store::FaultyStore,
    wechat::WechatPort,
};

/// The ports of one life of one server; a restart makes new ones over the same store.
pub(crate) struct ServerPorts {
    pub(crate) store: FaultyStore,
    pub(crate) wechat: WechatPort,
    pub(crate) merchant_http: MerchantPort,
    pub(crate) clock: ServerClock,
    pub(crate) nonces: SeededNonces,
    pub(crate) cast: Arc<Cast>,
}

impl Ports for ServerPorts {
    type Store = FaultyStore;
    type WeChat = WechatPort;
    type MerchantHttp = MerchantPort;
    type Clock = ServerClock;
    type Nonces = SeededNonces;

    fn store(&self) -> &FaultyStore {
        &self.store
    }

    fn wechat(&self) -> &WechatPort {
        &self.wechat
    }

    fn merchant_http(&self) -> &MerchantPort {
        &self.merchant_http
    }

    fn clock(&self) -> &ServerClock {
        &self.clock
    }

    fn nonces(&self) -> &SeededNonces {
        &self.nonces
    }

    fn directory(&self) -> &Directory {
        &self.cast.directory
    }

    fn token_key(&self) -> &TokenKey {
        &self.cast.token_key
    }
}
