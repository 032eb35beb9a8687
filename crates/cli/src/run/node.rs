//! Node before 22.21 and 24.5 knows no proxy, and much of npm opens its connections itself: so
//! connections to WeChat's names are turned round where all of them are opened.

/// A script for `--require`: connections to WeChat's names end at the simulator's TLS listener.
/// Names and certificates are checked as if they had not. Other hosts' web servers are refused as the
/// proxy refuses them, but for those that are `direct`.
pub(super) fn preload(tls: &str, hosts: &[String], direct: &[String]) -> String {
    let listener = tls.trim_start_matches("https://");
    let (host, port) = listener.rsplit_once(':').unwrap_or((listener, "443"));
    let port = port.parse::<u16>().unwrap_or(443);
    let host = host.trim_matches(['[', ']']);
    let (hosts, direct) = (serde_json::json!(hosts), serde_json::json!(direct));
    let listener = serde_json::json!({ "host": host, "port": port });
    format!(
        "const HOSTS = new Set({hosts});\nconst DIRECT = {direct};\nconst LISTENER = {listener};\n{SCRIPT}"
    )
}

const SCRIPT: &str = include_str!("preload.cjs");
