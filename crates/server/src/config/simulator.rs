/// `[simulator]`: what exists only in environment `simulator`; refused in `live`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SimulatorConfig {
    /// The simulator's management address, whose virtual clock business time follows:
    /// `http://127.0.0.1:9702`. Absent: business time is wall time.
    #[serde(default)]
    pub management_url: Option<String>,
    /// Whether webhooks may go to loopback addresses. Default false.
    #[serde(default)]
    pub loopback_webhooks: bool,
}
