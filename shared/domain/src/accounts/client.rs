//! Coarse description of the client that began a session, by which its owner recognizes it.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// Marks in the header `User-Agent`, with the browsers that send them. The first one that matches counts, since
/// most browsers also name those that they resemble.
const BROWSERS: [(&str, &str); 9] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Whale/", "Whale"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];
/// Marks in the header `User-Agent`, with the systems that send them, in the same order of precedence.
const SYSTEMS: [(&str, &str); 6] = [
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
];

/// Client at the sign-in: kinds of browser and system, and the region of its network. It identifies nobody.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionClient {
    /// Browser and system, such as `Firefox on Windows`; `None` when neither is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// Network as a prefix of 16 bits (IPv4) or 32 bits (IPv6), such as `203.0.0.0/16`; `None` when the address is
    /// not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
}

impl SessionClient {
    /// Describes a client by its header `User-Agent` and its address.
    pub fn of(user_agent: Option<&str>, address: Option<&str>) -> Self {
        Self { agent: user_agent.and_then(agent), network: address.and_then(network) }
    }
}

fn agent(header: &str) -> Option<String> {
    let first = |names: &[(&str, &'static str)]| {
        names.iter().find(|(part, _)| header.contains(part)).map(|(_, name)| *name)
    };
    match (first(&BROWSERS), first(&SYSTEMS)) {
        (Some(browser), Some(system)) => Some(format!("{browser} on {system}")),
        (one, other) => one.or(other).map(str::to_owned),
    }
}

fn network(address: &str) -> Option<String> {
    Some(match address.parse::<IpAddr>().ok()?.to_canonical() {
        IpAddr::V4(v4) => {
            let [first, second, ..] = v4.octets();
            format!("{first}.{second}.0.0/16")
        }
        IpAddr::V6(v6) => {
            let [first, second, ..] = v6.segments();
            format!("{first:x}:{second:x}::/32")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use assertions::assert_each_eq;

    #[test]
    fn browser_and_system_are_told_by_the_most_specific_mark() {
        let agent = |header: &str| SessionClient::of(Some(header), None).agent;
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                    Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0";
        let phone = "Mozilla/5.0 (Linux; Android 14; SM-S921N) AppleWebKit/537.36 (KHTML, like Gecko) \
                     SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36";
        let safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 \
                      (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";
        assert_each_eq!(
            (agent(edge).as_deref(), Some("Edge on Windows")),
            (agent(phone).as_deref(), Some("Samsung Internet on Android")),
            (agent(safari).as_deref(), Some("Safari on iOS")),
            (agent("curl/8.5.0"), None)
        );
    }

    #[test]
    fn network_is_too_wide_to_name_a_household() {
        let network = |address: &str| SessionClient::of(None, Some(address)).network;
        assert_each_eq!(
            (network("203.0.113.7").as_deref(), Some("203.0.0.0/16")),
            (network("::ffff:203.0.113.7").as_deref(), Some("203.0.0.0/16")),
            (network("2001:db8:1:2::3").as_deref(), Some("2001:db8::/32")),
            (network("unknown"), None)
        );
    }
}
