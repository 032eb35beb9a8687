/// `[limits]`: bounds that depend on the machine.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsConfig {
    /// Open connections; more wait in the kernel's queue. Default 1024.
    pub connections: usize,
    /// Acts under way at one time; more are answered 503. Default 512.
    pub acts: usize,
    /// Jobs of one queue under way at one time. Default 32.
    pub jobs: usize,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self { connections: 1024, acts: 512, jobs: 32 }
    }
}
