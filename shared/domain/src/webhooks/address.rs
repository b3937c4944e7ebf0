//! Addresses that webhooks may be delivered to. An endpoint is chosen by staff of a deployment, but a call to it
//! leaves from inside of the deployment's network, so nothing that only this network reaches may be called.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};
use url::{Host, Url};

/// Maximum length of the URL of an endpoint, in bytes.
const LENGTH_MAX: usize = 500;
/// Port of HTTPS.
const HTTPS: u16 = 443;
/// First port that is not reserved for system services.
const USER_PORTS_FROM: u16 = 1024;

const fn v4(a: u8, b: u8, c: u8, d: u8, bits: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), bits)
}

const fn v6(first: u16, second: u16, bits: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(first, second, 0, 0, 0, 0, 0, 0), bits)
}

/// IPv4 blocks that are not globally reachable, or whose packets go to more than one host: IANA's registry of
/// special-purpose addresses, and multicast.
const CLOSED_V4: &[Ipv4Net] = &[
    v4(0, 0, 0, 0, 8),
    v4(10, 0, 0, 0, 8),
    v4(100, 64, 0, 0, 10),
    v4(127, 0, 0, 0, 8),
    // Link-local, with the metadata services of clouds at 169.254.169.254 and 169.254.170.2.
    v4(169, 254, 0, 0, 16),
    v4(172, 16, 0, 0, 12),
    v4(192, 0, 0, 0, 24),
    v4(192, 0, 2, 0, 24),
    v4(192, 88, 99, 0, 24),
    v4(192, 168, 0, 0, 16),
    v4(198, 18, 0, 0, 15),
    v4(198, 51, 100, 0, 24),
    v4(203, 0, 113, 0, 24),
    v4(224, 0, 0, 0, 4),
    v4(240, 0, 0, 0, 4),
];

/// IPv6 block of global unicast. All others are closed: unspecified, loopback, unique local, link-local, multicast.
const OPEN_V6: Ipv6Net = v6(0x2000, 0, 3);
/// Parts of global unicast that are closed: protocol assignments with Teredo, documentation, and 6to4, in which
/// an address embeds one of IPv4.
const CLOSED_V6: &[Ipv6Net] =
    &[v6(0x2001, 0, 23), v6(0x2001, 0xdb8, 32), v6(0x2002, 0, 16), v6(0x3fff, 0, 20)];
/// Block in which NAT64 embeds addresses of IPv4.
const NAT64: Ipv6Net = v6(0x64, 0xff9b, 96);

/// Returns whether `address` is that of one host on the public internet.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !CLOSED_V4.iter().any(|block| block.contains(&address)),
        IpAddr::V6(address) => {
            let [.., a, b, c, d] = address.octets();
            let embedded = IpAddr::V4(Ipv4Addr::new(a, b, c, d));
            match address.to_ipv4_mapped() {
                Some(mapped) => is_public(mapped.into()),
                None if NAT64.contains(&address) => is_public(embedded),
                None => OPEN_V6.contains(&address) && !CLOSED_V6.iter().any(|block| block.contains(&address)),
            }
        }
    }
}

/// Checks the URL of an endpoint as far as its text tells: HTTPS, no user name, password and fragment, port 443
/// or one from 1024 on, and a host that is a name or a public address. With `allows_local`, which only a local
/// stack sets, HTTP and loopback addresses are accepted as well.
///
/// # Errors
/// A message for the field `url` that says what is wrong.
pub fn check_url(text: &str, allows_local: bool) -> Result<Url, &'static str> {
    let url = Url::parse(text).ok().filter(|_| text.len() <= LENGTH_MAX && text.is_ascii());
    let url = url.ok_or("must be a URL like https://example.com/hooks, of 500 ASCII characters at most")?;
    if url.scheme() != "https" && !(allows_local && url.scheme() == "http") {
        return Err("must begin with https://");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not have a user name or a password");
    }
    if url.fragment().is_some() {
        return Err("must not have a fragment (#...)");
    }
    let port = url.port_or_known_default().unwrap_or(HTTPS);
    if port != HTTPS && port < USER_PORTS_FROM && !allows_local {
        return Err("must have port 443, or one from 1024 on");
    }
    let address = match url.host() {
        Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
        Some(Host::Domain(_)) => None,
        None => return Err("must have a host"),
    };
    match address {
        Some(address) if is_public(address) || (allows_local && address.is_loopback()) => Ok(url),
        Some(_) => Err(PRIVATE),
        None => Ok(url),
    }
}

/// Message for an endpoint that is not on the public internet.
const PRIVATE: &str =
    "must be a host on the public internet: private, local and reserved addresses are refused";
