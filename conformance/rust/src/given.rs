//! The command line.

use std::{collections::BTreeMap, path::PathBuf};

/// What a story is told.
pub(crate) struct Given {
    pub(crate) management: String,
    pub(crate) trust: String,
    pub(crate) notify_url: String,
    inbox: String,
}

impl Given {
    pub(crate) fn read() -> Result<Self, String> {
        let words: Vec<String> = std::env::args().skip(1).collect();
        let mut named: BTreeMap<&str, &String> = words
            .chunks_exact(2)
            .filter_map(|pair| Some((pair[0].strip_prefix("--")?, &pair[1])))
            .collect();
        let mut take =
            |name: &str| named.remove(name).cloned().ok_or_else(|| format!("--{name} is missing"));
        Ok(Self {
            management: take("management")?,
            trust: take("trust")?,
            notify_url: take("notify-url")?,
            inbox: take("inbox")?,
        })
    }

    /// The file in which what comes to `notify_url`, with this behind it, is kept.
    pub(crate) fn inbox_of(&self, which: &str) -> PathBuf {
        const ENDING: &str = ".notification.json";
        let story = self.inbox.strip_suffix(ENDING).unwrap_or(&self.inbox);
        PathBuf::from(format!("{story}{which}{ENDING}"))
    }
}
