//! Check of the `Host` header in a local stack. It prevents DNS rebinding, in which a web page points its own
//! domain to 127.0.0.1 in order to read what the browser's user may read. Such a request has the page's
//! domain in its `Host` header.

use std::net::{IpAddr, SocketAddr};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use domain::Code;
use serde_json::json;

/// Accepted host names: loopback names, the address of the listener, and the names given by `--host`.
#[derive(Clone, Debug, Default)]
pub struct Hosts {
    named: Vec<String>,
    listening: Option<IpAddr>,
}

impl Hosts {
    /// Creates the set of accepted host names for a listener on `address`. `named` are the values of
    /// `--host`.
    pub fn new(address: SocketAddr, named: &[String]) -> Self {
        let listening = Some(address.ip()).filter(|ip| !ip.is_unspecified());
        Self { named: named.iter().map(|name| bare(name).to_ascii_lowercase()).collect(), listening }
    }

    /// Returns `true` if `host`, the value of a `Host` header, is an accepted name with any port.
    pub fn answer_to(&self, host: &str) -> bool {
        let name = name_of(host).to_ascii_lowercase();
        match name.parse::<IpAddr>() {
            Ok(ip) => ip.is_loopback() || self.listening == Some(ip) || self.named.contains(&ip.to_string()),
            Err(_) => {
                let name = name.strip_suffix('.').unwrap_or(&name);
                name == "localhost"
                    || name.ends_with(".localhost")
                    || self.named.iter().any(|one| one == name)
            }
        }
    }
}

/// Returns the host without port and brackets: `[::1]:8080` as `::1`, `dibs.test:8080` as `dibs.test`.
fn name_of(host: &str) -> &str {
    let port = host.rfind(':').filter(|at| host[at + 1..].bytes().all(|byte| byte.is_ascii_digit()));
    match port {
        Some(at) if host.starts_with('[') || !host[..at].contains(':') => bare(&host[..at]),
        _ => bare(host),
    }
}

/// Parses a value of `--host`: a host name or an IP address, without scheme and port.
///
/// # Errors
/// Fails with a sentence that says what the value must be.
pub fn host_name(text: &str) -> Result<String, String> {
    let name = bare(text);
    if let Ok(ip) = name.parse::<IpAddr>() {
        return Ok(ip.to_string());
    }
    let name = name.strip_suffix('.').unwrap_or(name);
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if name.len() <= 253 && name.split('.').all(is_label) {
        return Ok(name.to_ascii_lowercase());
    }
    Err("give a host name or an IP address alone, without scheme, port or wildcard, such as dibs.example"
        .to_owned())
}

fn bare(name: &str) -> &str {
    name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name)
}

/// Wraps `router` so that it answers only requests to `hosts`; all others get 421, and requests with several
/// `Host` headers 400. Every response has the API's security headers.
pub fn answering_to(hosts: Hosts, router: Router) -> Router {
    router.layer(middleware::from_fn(move |request: Request, next: Next| {
        let hosts = hosts.clone();
        async move {
            let mut response = match refusal(&hosts, &request) {
                None => next.run(request).await,
                Some(refusal) => refusal,
            };
            dibs_http::secure(response.headers_mut());
            response
        }
    }))
}

/// Returns the host that `request` is sent to if it is not an accepted one.
fn wrong_host(hosts: &Hosts, request: &Request) -> Option<String> {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    // The authority of an absolute request target (`GET http://…/ HTTP/1.1`) takes precedence over `Host`
    // (RFC 9112, 3.2.2).
    let named = [Some(host), request.uri().authority().map(|authority| authority.as_str())];
    named.into_iter().flatten().find(|host| !hosts.answer_to(host)).map(str::to_owned)
}

/// Returns the refusal of a request that is sent to another host, or has more than one `Host` header.
fn refusal(hosts: &Hosts, request: &Request) -> Option<Response> {
    // RFC 9112, 3.2, does not define which one counts.
    if request.headers().get_all(header::HOST).iter().nth(1).is_some() {
        let message = "The request has more than one Host header: send one.";
        return Some(refused(StatusCode::BAD_REQUEST, Code::ValidationError, message));
    }
    let host = wrong_host(hosts, request)?;
    let host = &host[..host.floor_char_boundary(100)];
    let message = format!(
        "This is a local stack, which does not answer to the host {host:?}: call it as localhost, or start it with --host NAME."
    );
    Some(refused(StatusCode::MISDIRECTED_REQUEST, Code::HostNotAllowed, &message))
}

/// Builds a refusal that clients of the API and clients of AWS services can both read.
fn refused(status: StatusCode, code: Code, message: &str) -> Response {
    let code = code.as_str();
    let error = json!({"code": code, "message": message, "request_id": ""});
    let body = json!({"success": false, "error": error, "__type": code, "message": message});
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(listen: &str, named: &[&str]) -> Hosts {
        let named: Vec<String> = named.iter().map(|&name| name.to_owned()).collect();
        Hosts::new(listen.parse().unwrap(), &named)
    }

    #[test]
    fn loopback_is_answered_to_by_each_of_its_names() {
        let hosts = hosts("127.0.0.1:8080", &[]);
        for host in [
            "127.0.0.1",
            "127.0.0.1:8080",
            "localhost",
            "LOCALHOST:8080",
            "localhost.",
            "dibs.localhost:1",
            "[::1]",
            "[::1]:8080",
            "127.1.2.3:80",
        ] {
            assert!(hosts.answer_to(host), "{host}");
        }
    }

    #[test]
    fn other_names_are_answered_to_only_when_they_were_given() {
        let named = hosts("0.0.0.0:8080", &["Dibs.test", "192.168.1.5", "[fe80::1]"]);
        for host in ["dibs.test", "DIBS.TEST:8080", "192.168.1.5:8080", "[fe80::1]:80"] {
            assert!(named.answer_to(host), "{host}");
            assert!(!hosts("0.0.0.0:8080", &[]).answer_to(host), "{host}");
        }
        for host in [
            "",
            "evil.test",
            "evil.test:8080",
            "localhost.evil.test",
            "127.0.0.1.evil.test",
            "0.0.0.0:8080",
            "a:b:c",
            "[::1",
            "10.0.0.1",
            "dibs.test.evil.test",
            "evil-localhost",
        ] {
            assert!(!named.answer_to(host), "{host}");
        }
        assert!(hosts("10.0.0.5:8080", &[]).answer_to("10.0.0.5:8080"), "the address that it listens on");
    }

    #[test]
    fn host_that_is_given_is_a_name_or_an_address_alone() {
        for (given, kept) in [
            ("x.example", "x.example"),
            ("X.Example.", "x.example"),
            ("my_host-1", "my_host-1"),
            ("10.0.0.5", "10.0.0.5"),
            ("[FE80::0:1]", "fe80::1"),
        ] {
            assert_eq!(host_name(given).as_deref(), Ok(kept), "{given}");
        }
        for wrong in [
            "http://x.example",
            "x.example:9",
            "*",
            "*.example",
            "",
            "a b",
            "a..b",
            "-a",
            "x/y",
            "[x]:1",
            "[::1]:80",
        ] {
            let message = host_name(wrong).unwrap_err();
            assert!(message.contains("a host name or an IP address"), "{wrong}: {message}");
        }
    }
}
