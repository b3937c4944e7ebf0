//! Listening addresses of a local stack, and the error messages for addresses that cannot be used.

use std::fmt::Display;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use domain::{Error, Result};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

/// Warning about a stack that other machines can reach.
pub const WHAT_IS_OPEN: &str = "Others on the network reach this stack: they can sign in as the demo administrator (its password is \
    published), steer the fakes, report payments with the published secret, and, with --engines, read and write everything.";

/// Maximum time until an endpoint accepts a connection.
const CONNECT_SECONDS_MAX: Duration = Duration::from_secs(5);

/// Checks that only this machine can reach `address`, unless `expose` is set. `option` is the command-line
/// option with which the address was given.
///
/// # Errors
/// Fails with a sentence that names what others could do and the option to type.
pub fn check_reach(option: &str, address: SocketAddr, expose: bool) -> Result<()> {
    if expose || address.ip().is_loopback() {
        return Ok(());
    }
    let port = address.port();
    Err(Error::internal(format!(
        "{option} {address} is not a loopback address. {WHAT_IS_OPEN} Type `{option} 127.0.0.1:{port}`, or add --expose if that is \
         meant (and --host NAME for each name that it is called by)."
    )))
}

/// Binds a listener to `address`, which was given with the command-line option `option`.
///
/// # Errors
/// Fails with a sentence that names the reason and what to type.
pub async fn bind(option: &str, address: SocketAddr) -> Result<TcpListener> {
    let listener = TcpListener::bind(address).await;
    listener.map_err(|error| Error::internal(refusal(option, address, &error)))
}

fn refusal(option: &str, address: SocketAddr, error: &std::io::Error) -> String {
    let (ip, port) = (address.ip(), address.port());
    match error.kind() {
        ErrorKind::AddrInUse => {
            let other = SocketAddr::new(ip, if port == u16::MAX { 8081 } else { port + 1 });
            format!(
                "{address} is in use, perhaps by another dibs: stop what listens there, or type `{option} {other}` \
                 (port 0 takes any that is free)."
            )
        }
        ErrorKind::AddrNotAvailable => {
            format!("{ip} is not an address of this machine: type `{option} 127.0.0.1:{port}`.")
        }
        ErrorKind::PermissionDenied => {
            let other = SocketAddr::new(ip, 8080);
            format!(
                "You may not listen on port {port} (those below 1024 are the system's): type `{option} {other}`."
            )
        }
        _ => {
            format!("Cannot listen on {address} ({error}): type `{option} 127.0.0.1:PORT` with another port.")
        }
    }
}

/// Checks that `url` accepts connections. `service` names what should be there, and `way_out` says what to do
/// if nothing is.
///
/// # Errors
/// Fails with a sentence that contains `way_out` if `url` is not a URL, or nothing accepts a connection
/// within five seconds.
pub async fn check_answers(service: &str, url: &str, way_out: &str) -> Result<()> {
    let parsed = reqwest::Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let address = parsed.as_ref().and_then(|url| Some((url.host_str()?, url.port_or_known_default()?)));
    let Some((host, port)) = address else {
        return Err(Error::internal(format!(
            "{url:?} is not the address of {service}, such as http://127.0.0.1:8000: {way_out}."
        )));
    };
    // An IPv6 address is in brackets in a URL, and without them here.
    let host = host.trim_matches(['[', ']']);
    let nothing =
        |why: &dyn Display| Error::internal(format!("Nothing answers at {url} ({why}): {way_out}."));
    match timeout(CONNECT_SECONDS_MAX, TcpStream::connect((host, port))).await {
        Ok(connected) => connected.map(drop).map_err(|error| nothing(&error)),
        Err(_) => Err(nothing(&"no connection within 5 seconds")),
    }
}

/// Returns the address by which this machine reaches a listener bound to `bound`: the loopback address if the
/// listener accepts connections on all addresses.
pub fn own(bound: SocketAddr) -> SocketAddr {
    let ip = match bound.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, bound.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[tokio::test]
    async fn port_in_use_is_named_with_what_to_type() {
        let first = bind("--listen", at("127.0.0.1:0")).await.unwrap();
        let taken = first.local_addr().unwrap();
        let message = bind("--listen", taken).await.unwrap_err().cause().unwrap().to_string();
        let next = format!("type `--listen 127.0.0.1:{}`", taken.port().checked_add(1).unwrap_or(8081));
        assert!(message.starts_with(&format!("{taken} is in use")) && message.contains(&next), "{message}");
    }

    #[tokio::test]
    async fn address_of_another_machine_is_named() {
        let message = bind("--engines", at("192.0.2.1:8000")).await.unwrap_err().cause().unwrap().to_string();
        assert_eq!(message, "192.0.2.1 is not an address of this machine: type `--engines 127.0.0.1:8000`.");
    }

    #[test]
    fn address_that_others_reach_needs_the_flag_that_says_what_is_open() {
        for address in ["0.0.0.0:8080", "[::]:8080", "192.168.1.5:8080"] {
            let message =
                check_reach("--listen", at(address), false).unwrap_err().cause().unwrap().to_string();
            for part in
                [address, "demo administrator", "the fakes", "published secret", "--expose", "127.0.0.1:8080"]
            {
                assert!(message.contains(part), "{part}: {message}");
            }
            assert!(check_reach("--listen", at(address), true).is_ok());
        }
        for address in ["127.0.0.1:80", "127.8.8.8:0", "[::1]:8080"] {
            assert!(check_reach("--listen", at(address), false).is_ok(), "{address}");
        }
    }

    #[tokio::test]
    async fn endpoint_where_nothing_listens_is_named_with_what_to_start() {
        let free = bind("--listen", at("127.0.0.1:0")).await.unwrap().local_addr().unwrap();
        let url = format!("http://{free}");
        let message = async |url: &str| {
            check_answers("an SQS", url, "start it").await.unwrap_err().cause().unwrap().to_string()
        };
        let nothing = message(&url).await;
        assert!(nothing.starts_with(&format!("Nothing answers at {url}")), "{nothing}");
        assert!(nothing.ends_with(": start it."), "{nothing}");
        for no_address in ["nonsense", "", "ftp://127.0.0.1:21", "127.0.0.1:8000"] {
            let message = message(no_address).await;
            assert!(
                message.contains("is not the address of an SQS") && message.ends_with(": start it."),
                "{message}"
            );
        }
    }

    #[test]
    fn stack_reaches_itself_by_the_loopback() {
        assert_eq!(own(at("0.0.0.0:8080")), at("127.0.0.1:8080"));
        assert_eq!(own(at("[::]:8080")), at("[::1]:8080"));
        assert_eq!(own(at("10.0.0.5:8080")), at("10.0.0.5:8080"));
    }
}
