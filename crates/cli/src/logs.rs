use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use crate::arguments::LogFormat;

/// Logs go to stderr: stdout is for answers.
pub(crate) fn start(format: LogFormat) {
    let filter = EnvFilter::builder()
        .with_env_var("SUANPAN_LOG")
        .with_default_directive(tracing::level_filters::LevelFilter::WARN.into())
        .from_env_lossy();
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    match format {
        LogFormat::Text => logs.compact().init(),
        LogFormat::Json => logs.json().flatten_event(true).init(),
    }
}
