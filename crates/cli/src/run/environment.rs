//! What each kind of program looks for in its environment.
//!
//! | programs | way in | trust |
//! |---|---|---|
//! | curl, OpenSSL, Go, Ruby, .NET, Rust | `HTTPS_PROXY` | `CURL_CA_BUNDLE`, `SSL_CERT_FILE` |
//! | Python | `HTTPS_PROXY` | `REQUESTS_CA_BUNDLE`, `SSL_CERT_FILE` |
//! | Node | `NODE_USE_ENV_PROXY`, and `NODE_OPTIONS` for older ones | `NODE_EXTRA_CA_CERTS` |
//! | Java | `JAVA_TOOL_OPTIONS` | the same |
//! | PHP | `HTTPS_PROXY` | a further folder in `PHP_INI_SCAN_DIR` |

use std::path::Path;

use super::{Ways, kit::Kit, truststore};
use crate::arguments::Inherited;

/// This machine is never reached through the proxy.
const HERE: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// The variables, with what stood in them before where that is a list.
pub(super) fn variables(
    management: &str,
    ways: &Ways,
    kit: &Kit,
    no_proxy: &[String],
    inherited: &Inherited,
) -> Vec<(&'static str, String)> {
    let shown = |path: &Path| path.display().to_string();
    let bundle = shown(&kit.bundle());
    let mut variables = vec![("SUANPAN_SIMULATOR", management.to_owned())];
    // curl reads only the lower-case name for `http`, many others only the upper-case ones.
    for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"] {
        variables.push((name, ways.proxy.clone()));
    }
    for name in ["no_proxy", "NO_PROXY"] {
        variables.push((name, no_proxy.join(",")));
    }
    for name in ["SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"] {
        variables.push((name, bundle.clone()));
    }
    let preload = format!("--require {}", quoted(&shown(&kit.preload())));
    let php =
        format!("{}:{}", inherited.php_ini_scan_dir.as_deref().unwrap_or(""), shown(&kit.php()));
    variables.extend([
        ("NODE_EXTRA_CA_CERTS", bundle),
        ("NODE_USE_ENV_PROXY", "1".to_owned()),
        ("NODE_OPTIONS", appended(inherited.node_options.as_deref(), &preload)),
        ("DENO_CERT", shown(&kit.authority())),
        (
            "JAVA_TOOL_OPTIONS",
            appended(
                inherited.java_tool_options.as_deref(),
                &java_options(&ways.proxy, &kit.truststore(), no_proxy),
            ),
        ),
        // Empty before the colon stands for PHP's own folder.
        ("PHP_INI_SCAN_DIR", php),
    ]);
    variables
}

/// Hosts that are reached without the proxy.
pub(super) fn no_proxy(direct: &[String], inherited: &Inherited) -> Vec<String> {
    let before = inherited.no_proxy.iter().chain(&inherited.no_proxy_lower_case);
    let before = before.flat_map(|list| list.split(',')).map(str::trim);
    let mut hosts: Vec<String> = Vec::new();
    // `*` would lead around the proxy altogether.
    let all = HERE.into_iter().chain(direct.iter().map(String::as_str)).chain(before);
    for host in all.filter(|host| !host.is_empty() && *host != "*") {
        if !hosts.iter().any(|known| known == host) {
            hosts.push(host.to_owned());
        }
    }
    hosts
}

fn java_options(proxy: &str, truststore: &Path, no_proxy: &[String]) -> String {
    let address = proxy.trim_start_matches("http://");
    let (host, port) = address.rsplit_once(':').unwrap_or((address, "80"));
    let direct: Vec<String> = no_proxy.iter().map(|host| in_javas_words(host)).collect();
    let properties = [
        ("http.proxyHost", host),
        ("http.proxyPort", port),
        ("https.proxyHost", host),
        ("https.proxyPort", port),
        ("http.nonProxyHosts", &direct.join("|")),
        ("javax.net.ssl.trustStore", &truststore.display().to_string()),
        ("javax.net.ssl.trustStoreType", "JKS"),
        ("javax.net.ssl.trustStorePassword", truststore::PASSWORD),
    ];
    let options = properties.map(|(name, value)| quoted(&format!("-D{name}={value}")));
    options.join(" ")
}

/// Java writes a domain's subdomains with a star, and addresses with colons in brackets.
fn in_javas_words(host: &str) -> String {
    match host {
        domain if domain.starts_with('.') => format!("*{domain}"),
        address if address.contains(':') && !address.starts_with('[') => format!("[{address}]"),
        other => other.to_owned(),
    }
}

/// Node and Java take quotation marks around what has blanks in it.
fn quoted(option: &str) -> String {
    if option.contains(char::is_whitespace) { format!("\"{option}\"") } else { option.to_owned() }
}

fn appended(before: Option<&str>, option: &str) -> String {
    match before.map(str::trim) {
        None | Some("") => option.to_owned(),
        Some(before) => format!("{before} {option}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inherited() -> Inherited {
        Inherited {
            no_proxy: Some("*, db.internal".into()),
            no_proxy_lower_case: Some("db.internal,.corp".into()),
            node_options: Some("--max-old-space-size=512".into()),
            java_tool_options: None,
            php_ini_scan_dir: None,
        }
    }

    #[test]
    fn lists_are_continued_and_a_star_does_not_lead_around_us() {
        let hosts = no_proxy(&["hooks.local".into()], &inherited());
        let expected = ["localhost", "127.0.0.1", "::1", "hooks.local", "db.internal", ".corp"];
        assert_eq!(hosts, expected);
        assert_eq!(appended(Some("-a"), "-b"), "-a -b");
        assert_eq!(appended(Some(" "), "-b"), "-b");
    }

    #[test]
    fn java_is_told_in_its_own_words() {
        let hosts = ["localhost", "::1", ".corp"].map(str::to_owned);
        let options = java_options("http://127.0.0.1:9701", Path::new("/t m/trust.jks"), &hosts);
        assert!(
            options.contains("-Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=9701"),
            "{options}"
        );
        assert!(options.contains("-Dhttp.nonProxyHosts=localhost|[::1]|*.corp"), "{options}");
        let store = "\"-Djavax.net.ssl.trustStore=/t m/trust.jks\"";
        assert!(options.contains(store), "{options}");
    }
}
