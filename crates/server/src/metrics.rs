//! Counters, as Prometheus reads them. Labels come from closed sets: nothing a client sends can
//! make a new one.

use std::{
    fmt::Write as _,
    sync::atomic::{AtomicU64, Ordering},
};

use suanpan_acts::Queue;

macro_rules! metrics {
    ($($(#[$doc:meta])* $field:ident: $name:literal { $($label:literal)? } $kind:literal $help:literal;)*) => {
        /// Everything that is counted.
        #[derive(Debug, Default)]
        pub(crate) struct Metrics { $($(#[$doc])* pub(crate) $field: AtomicU64,)* }

        impl Metrics {
            /// The text format of Prometheus.
            pub(crate) fn render(&self) -> String {
                let mut text = String::new();
                let mut last = "";
                $(
                    if last != $name {
                        let _ = writeln!(text, "# HELP {} {}\n# TYPE {} {}", $name, $help, $name, $kind);
                    }
                    last = $name;
                    let labels = concat!("" $(, "{", $label, "}")?);
                    let value = self.$field.load(Ordering::Relaxed);
                    let _ = writeln!(text, "{last}{labels} {value}");
                )*
                text
            }
        }
    };
}

metrics! {
    answers_2xx: "suanpan_http_answers_total" { "class=\"2xx\"" } "counter" "HTTP answers by class.";
    answers_4xx: "suanpan_http_answers_total" { "class=\"4xx\"" } "counter" "HTTP answers by class.";
    answers_5xx: "suanpan_http_answers_total" { "class=\"5xx\"" } "counter" "HTTP answers by class.";
    answers_other: "suanpan_http_answers_total" { "class=\"other\"" } "counter" "HTTP answers by class.";
    connections: "suanpan_connections" {} "gauge" "Open connections.";
    notifications_accepted: "suanpan_notifications_total" { "verdict=\"accepted\"" } "counter" "Notifications by verdict.";
    notifications_refused: "suanpan_notifications_total" { "verdict=\"refused\"" } "counter" "Notifications by verdict.";
    notifications_failed: "suanpan_notifications_total" { "verdict=\"failed\"" } "counter" "Notifications by verdict.";
    jobs_wechat_settled: "suanpan_jobs_total" { "queue=\"wechat\",outcome=\"settled\"" } "counter" "Jobs run.";
    jobs_wechat_lost: "suanpan_jobs_total" { "queue=\"wechat\",outcome=\"lost\"" } "counter" "Jobs run.";
    jobs_webhooks_settled: "suanpan_jobs_total" { "queue=\"webhooks\",outcome=\"settled\"" } "counter" "Jobs run.";
    jobs_webhooks_lost: "suanpan_jobs_total" { "queue=\"webhooks\",outcome=\"lost\"" } "counter" "Jobs run.";
}

impl Metrics {
    pub(crate) fn answered(&self, status: u16) {
        let counter = match status {
            200..=299 => &self.answers_2xx,
            400..=499 => &self.answers_4xx,
            500..=599 => &self.answers_5xx,
            _ => &self.answers_other,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn job_ran(&self, queue: Queue, settled: bool) {
        let counter = match (queue, settled) {
            (Queue::WeChat, true) => &self.jobs_wechat_settled,
            (Queue::WeChat, false) => &self.jobs_wechat_lost,
            (Queue::Webhooks, true) => &self.jobs_webhooks_settled,
            (Queue::Webhooks, false) => &self.jobs_webhooks_lost,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_names_each_family_once() {
        let metrics = Metrics::default();
        metrics.answered(204);
        metrics.answered(409);
        metrics.job_ran(Queue::WeChat, false);
        let text = metrics.render();
        assert_eq!(text.matches("# TYPE suanpan_http_answers_total counter").count(), 1);
        assert!(text.contains("suanpan_http_answers_total{class=\"2xx\"} 1\n"));
        assert!(text.contains("suanpan_jobs_total{queue=\"wechat\",outcome=\"lost\"} 1\n"));
        assert!(text.contains("\nsuanpan_connections 0\n"));
    }
}
