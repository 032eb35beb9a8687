//! How a test ends: everything settles, and the books of both sides are compared.

use serde_json::Value;
use suanpan_simulator::world::MessageKind;

use super::Stage;
use crate::{Inbox, books, log, secrets::Taboo};

/// Long enough for every schedule there is: webhooks are tried for four days.
const SETTLED_AFTER_SECONDS: i64 = 10 * 24 * 3600;

impl Stage {
    /// Lets everything settle and compares the books of both sides.
    ///
    /// # Panics
    /// When a job is left over, the books differ, or a secret leaked.
    pub async fn finish(mut self) {
        self.faults(&[]);
        self.breakage.mend();
        self.advance(SETTLED_AFTER_SECONDS).await;
        let mut wrong = books::settled(&self.snapshot());
        wrong.extend(self.simulator.with_world(|world, _| books::agree(&self.snapshot(), world)));
        self.end(wrong).await;
    }

    /// Ends a test that leaves something on purpose which cannot settle: a statement WeChat never
    /// made, or an endpoint that never answers. What must hold at every instant is checked.
    ///
    /// # Panics
    /// When it does not, or a secret leaked.
    pub async fn finish_unsettled(mut self, reason: &str) {
        assert!(!reason.is_empty(), "say what cannot settle");
        self.end(Vec::new()).await;
    }

    async fn end(&mut self, mut wrong: Vec<String>) {
        self.finished = true;
        wrong.extend(books::always(&self.snapshot()));
        wrong.extend(self.simulator.with_world(|world, _| {
            let audit = world.audit().err().map(|error| format!("WeChat's own books: {error}"));
            audit
                .into_iter()
                .chain(books::acknowledged(&self.snapshot(), world))
                .collect::<Vec<_>>()
        }));
        wrong.extend(self.inboxes.iter().flat_map(Inbox::complaints));
        wrong.extend(self.leaks());
        self.reaper.abort();
        self.process().kill().await;
        self.simulator.stop_token().cancel();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    fn leaks(&self) -> Vec<String> {
        for answer in self.messages(MessageKind::Response) {
            let body: Option<Value> = serde_json::from_str(&answer.body).ok();
            if let Some(key) = body.as_ref().and_then(|body| body["session_key"].as_str()) {
                self.secrets.keep(key, Taboo::Everywhere);
            }
        }
        let mut leaks = self.http.leaks();
        let log = log::text();
        leaks.extend(self.secrets.leaked(&log, Taboo::Logs).map(|secret| {
            let line = log.lines().find(|line| line.contains(&secret)).unwrap_or_default();
            format!("logged {secret}: {line}")
        }));
        for webhook in self.inboxes.iter().flat_map(Inbox::webhooks) {
            let leak = self.secrets.leaked(&webhook.body, Taboo::FrontEnds);
            leaks.extend(leak.map(|secret| format!("{secret} in a webhook: {}", webhook.body)));
        }
        leaks
    }
}
