use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

/// Where a text must never appear.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Taboo {
    /// In no log line. For tokens, which answers must carry.
    Logs,
    /// Also in no answer to a front end and in no webhook. For who somebody is at WeChat.
    FrontEnds,
    /// In nothing that leaves the server. For keys.
    Everywhere,
}

/// The texts that would be a leak (threats s02, o14; invariant I20).
#[derive(Debug, Default)]
pub(crate) struct Secrets(Mutex<BTreeSet<(String, Taboo)>>);

impl Secrets {
    pub(crate) fn keep(&self, secret: impl Into<String>, taboo: Taboo) {
        let secret = secret.into();
        assert!(secret.len() >= 8, "too short to be recognised");
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert((secret, taboo));
    }

    /// The first secret in a text that is read at `place`.
    pub(crate) fn leaked(&self, text: &str, place: Taboo) -> Option<String> {
        let secrets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let concerned = secrets.iter().filter(|(_, taboo)| *taboo >= place);
        concerned.map(|(secret, _)| secret).find(|secret| text.contains(*secret)).cloned()
    }
}
