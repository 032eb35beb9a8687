//! Web sites on the phone, and the names they have there.
//!
//! A page of `http://127.0.0.1:8701` that somebody looks at in WeChat is shown under
//! `http://127-0-0-1-8701--amei.localhost:9702`: a name of its own for every site and person, so that
//! cookies and storage of two people, or of two sites, stay apart. `m-` in front means the phone's other
//! browser, outside of WeChat. Everything that is not on this machine is the one place `out--amei`, which
//! shows nothing and only tells the phone where the page wanted to go.

use std::net::Ipv4Addr;

use url::{Host, Url, form_urlencoded};

/// In which of the phone's browsers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Inside {
    /// WeChat's own.
    Wechat,
    /// Any other.
    Browser,
}

/// Somebody looks at something in a browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Visit {
    pub(super) inside: Inside,
    pub(super) user: String,
    pub(super) place: Place,
}

/// Where they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// A server on this machine.
    Here { host: String, port: u16 },
    /// Anywhere else.
    Outside,
}

const OUTSIDE: &str = "out";

/// Between the place and the person; no host name here has two hyphens in a row.
const BETWEEN: &str = "--";

/// Whether a label of the address is a visit's; a mini program's is an appid, without hyphens.
pub(crate) fn is_visit(label: &str) -> bool {
    label.contains(BETWEEN)
}

impl Visit {
    /// Out of the first label of a host name.
    pub(super) fn from_label(label: &str) -> Option<Self> {
        let (place, user) = label.split_once(BETWEEN)?;
        let (inside, place) = match place.strip_prefix("m-") {
            Some(place) => (Inside::Browser, place),
            None => (Inside::Wechat, place),
        };
        Some(Self { inside, user: user.to_owned(), place: Place::from_label(place)? })
    }

    /// Out of a whole address, such as a `Referer`.
    pub(super) fn from_address(address: &str) -> Option<(Self, Url)> {
        let url = Url::parse(address).ok()?;
        let visit = Self::from_label(url.host_str()?.strip_suffix(".localhost")?)?;
        Some((visit, url))
    }

    /// The same person in the same browser, who goes to `target`. What is nowhere on this machine, or
    /// is one of the simulator's own ports, is outside.
    pub(super) fn to(&self, target: &Url, own_ports: &[u16]) -> Self {
        Self { place: Place::of(target, own_ports), ..self.clone() }
    }

    /// The address under which the phone shows `target` once there.
    pub(super) fn address_of(&self, target: &Url, port: u16) -> String {
        let origin = self.origin(port);
        match self.place {
            Place::Here { .. } => format!("{origin}{}", &target[url::Position::BeforePath..]),
            Place::Outside => {
                let query: String =
                    form_urlencoded::byte_serialize(target.as_str().as_bytes()).collect();
                format!("{origin}/?url={query}")
            }
        }
    }

    /// As the browser has it.
    pub(super) fn origin(&self, port: u16) -> String {
        let browser = match self.inside {
            Inside::Wechat => "",
            Inside::Browser => "m-",
        };
        let place = match &self.place {
            Place::Here { host, port } => format!("{}-{port}", host.replace('.', "-")),
            Place::Outside => OUTSIDE.to_owned(),
        };
        format!("http://{browser}{place}{BETWEEN}{}.localhost:{port}", self.user)
    }
}

impl Place {
    fn from_label(label: &str) -> Option<Self> {
        if label == OUTSIDE {
            return Some(Self::Outside);
        }
        let (host, port) = label.rsplit_once('-')?;
        let port = port.parse().ok()?;
        if host == "localhost" {
            return Some(Self::Here { host: host.to_owned(), port });
        }
        let address: Ipv4Addr = host.replace('-', ".").parse().ok()?;
        address.is_loopback().then(|| Self::Here { host: address.to_string(), port })
    }

    fn of(target: &Url, own_ports: &[u16]) -> Self {
        let host = match target.host() {
            Some(Host::Ipv4(address)) if address.is_loopback() => Some(address.to_string()),
            Some(Host::Domain("localhost")) => Some("localhost".to_owned()),
            Some(Host::Ipv4(_) | Host::Ipv6(_) | Host::Domain(_)) | None => None,
        };
        let port = target.port_or_known_default();
        match (target.scheme(), host, port) {
            ("http", Some(host), Some(port)) if !own_ports.contains(&port) => {
                Self::Here { host, port }
            }
            _ => Self::Outside,
        }
    }

    /// `http://127.0.0.1:8701`, as the server there calls itself.
    pub(super) fn upstream(&self) -> Option<String> {
        match self {
            Self::Here { host, port } => Some(format!("http://{host}:{port}")),
            Self::Outside => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visit(label: &str) -> Visit {
        Visit::from_label(label).unwrap()
    }

    #[test]
    fn a_label_names_browser_place_and_person() {
        let here = |port| Place::Here { host: "127.0.0.1".to_owned(), port };
        let table = [
            ("127-0-0-1-8701--amei", Inside::Wechat, here(8701), "amei"),
            ("m-127-0-0-1-80--a--b-", Inside::Browser, here(80), "a--b-"),
            ("out--bo", Inside::Wechat, Place::Outside, "bo"),
        ];
        for (label, inside, place, user) in table {
            assert_eq!(visit(label), Visit { inside, place, user: user.to_owned() }, "{label}");
        }
        for wrong in [
            "wx0123456789abcdef",
            "10-0-0-1-80--amei",
            "127-0-0-1--amei",
            "localhost-99999--amei",
            "evil-80--amei",
            "--amei",
        ] {
            assert_eq!(Visit::from_label(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn addresses_on_this_machine_are_shown_and_all_others_are_outside() {
        let from = visit("m-127-0-0-1-8701--amei");
        let shown = |target: &str| {
            let target = Url::parse(target).unwrap();
            from.to(&target, &[9702]).address_of(&target, 9702)
        };
        assert_eq!(
            shown("http://localhost:9000/a?b=c#d"),
            "http://m-localhost-9000--amei.localhost:9702/a?b=c#d"
        );
        assert_eq!(shown("http://127.0.0.1/"), "http://m-127-0-0-1-80--amei.localhost:9702/");
        for outside in [
            "https://wx.tenpay.com/x?a=b&c=d",
            "http://127.0.0.1:9702/api/fixture",
            "http://10.0.0.1/",
            "https://127.0.0.1:8443/",
            "weixin://wxpay/bizpayurl?pr=1",
        ] {
            let address = shown(outside);
            let (visit, url) = Visit::from_address(&address).unwrap();
            assert_eq!(visit.place, Place::Outside, "{outside}");
            assert_eq!(url.query_pairs().next().unwrap().1, outside);
        }
    }
}
