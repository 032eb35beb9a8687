/// What `suanpan init` writes: a configuration for real money with a comment for every decision.
/// Unchanged it is refused, so that nobody serves with an example (threat c02).
pub const LIVE_TEMPLATE: &str = include_str!("live.toml");
