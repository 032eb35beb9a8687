//! Which mini programs are on the phone.
//!
//! Kept apart from the phone itself, so that a program that starts a simulator is the same whether or not
//! the phone's pages were built into it.

use std::{
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
};

use serde_json::{Map, Value};
use suanpan_wechat::id::Appid;

/// A folder with a native mini program, and who it is.
#[derive(Debug, Clone)]
pub struct MiniProgram {
    /// The appid it runs under; one that the world knows, or `wx.login` fails.
    pub appid: Appid,
    /// Where its `app.json` or `project.config.json` lies. Read anew on every start of the program.
    pub folder: PathBuf,
    /// What `wx.getExtConfigSync()` gives it: for instance, where its servers are.
    pub ext: Map<String, Value>,
    /// Hosts that `wx.request` may reach besides this machine, as registered at WeChat ("request
    /// 合法域名").
    pub request_domains: Vec<String>,
}

impl MiniProgram {
    /// A program that talks to servers on this machine only.
    #[must_use]
    pub fn new(appid: Appid, folder: PathBuf) -> Self {
        Self { appid, folder, ext: Map::new(), request_domains: Vec::new() }
    }

    /// Adds an entry to the ext configuration.
    #[must_use]
    pub fn with_ext(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.ext.insert(name.to_owned(), value.into());
        self
    }
}

/// The list, which may grow while the phone is looked at.
#[derive(Debug, Clone, Default)]
pub(crate) struct MiniPrograms(Arc<RwLock<Vec<MiniProgram>>>);

impl MiniPrograms {
    pub(crate) fn new(programs: Vec<MiniProgram>) -> Self {
        let list = Self::default();
        for program in programs {
            list.install(program);
        }
        list
    }

    /// Adds a program, in the place of an older one of the same appid.
    pub(crate) fn install(&self, program: MiniProgram) {
        let mut list = self.0.write().unwrap_or_else(PoisonError::into_inner);
        list.retain(|known| known.appid != program.appid);
        list.push(program);
    }

    #[cfg(feature = "phone")]
    pub(crate) fn all(&self) -> Vec<MiniProgram> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
