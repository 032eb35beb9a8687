//! What a person's list of messages shows, but for receipts of payments.

use std::collections::{BTreeMap, VecDeque};

use suanpan_wechat::{Timestamp, id::Appid};

use crate::world::state::{Change, World};

/// Messages kept for each person.
const LIMIT: usize = 200;

/// One message.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct InboxMessage {
    /// Rises with time, unique in the world.
    pub id: u64,
    /// Business time.
    pub at: Timestamp,
    /// What it is.
    pub kind: InboxMessageKind,
    /// Which mini program speaks.
    pub appid: Appid,
    /// The headline.
    pub title: String,
    /// What stands below: label and value.
    pub lines: Vec<(String, String)>,
    /// The page it opens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
}

/// The kinds of message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InboxMessageKind {
    /// A subscribe message.
    Subscribe,
    /// Goods are on their way, or have arrived.
    Shipping,
}

/// Everybody's messages, oldest first.
pub(crate) type Inboxes = BTreeMap<String, VecDeque<InboxMessage>>;

impl World {
    /// A person's messages, newest first; `None` when there is no such person.
    #[must_use]
    pub fn inbox(&self, user: &str) -> Option<Vec<&InboxMessage>> {
        self.state.users.get(user)?;
        let messages = self.state.open.inboxes.get(user);
        Some(messages.into_iter().flatten().rev().collect())
    }

    pub(super) fn deliver_message(&mut self, user: &str, message: InboxMessage) {
        let id = self.state.next_sequence();
        let inbox = self.state.open.inboxes.entry(user.to_owned()).or_default();
        if inbox.len() == LIMIT {
            inbox.pop_front();
        }
        inbox.push_back(InboxMessage { id, ..message });
        self.changes.insert(Change::Wallet);
    }
}
