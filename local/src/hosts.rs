//! Which names a local stack answers to. A page on the web can let its own name point to 127.0.0.1 (DNS rebinding) and then
//! read from this machine what the browser's owner may; the name that it was called by stays in `Host`.

use std::net::{IpAddr, SocketAddr};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use domain::Code;
use serde_json::json;

/// The names that are answered to: the loopback's, the address that was listened on, and those given by `--host`.
#[derive(Clone, Debug, Default)]
pub struct Hosts {
    named: Vec<String>,
    listening: Option<IpAddr>,
}

impl Hosts {
    /// Those of somebody who listens on `address`, and the `named` ones beside them.
    pub fn new(address: SocketAddr, named: &[String]) -> Self {
        let listening = Some(address.ip()).filter(|ip| !ip.is_unspecified());
        Self { named: named.iter().map(|name| bare(name).to_ascii_lowercase()).collect(), listening }
    }

    /// Whether a call whose `Host` is `host` is answered.
    pub fn answer_to(&self, host: &str) -> bool {
        let name = name_of(host).to_ascii_lowercase();
        match name.parse::<IpAddr>() {
            Ok(ip) => ip.is_loopback() || self.listening == Some(ip) || self.named.contains(&name),
            Err(_) => {
                let name = name.strip_suffix('.').unwrap_or(&name);
                name == "localhost"
                    || name.ends_with(".localhost")
                    || self.named.iter().any(|one| one == name)
            }
        }
    }
}

/// `[::1]:8080` as `::1`, `dibs.test:8080` as `dibs.test`.
fn name_of(host: &str) -> &str {
    let port = host.rfind(':').filter(|at| host[at + 1..].bytes().all(|byte| byte.is_ascii_digit()));
    match port {
        Some(at) if host.starts_with('[') || !host[..at].contains(':') => bare(&host[..at]),
        _ => bare(host),
    }
}

fn bare(name: &str) -> &str {
    name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name)
}

/// `router`, which answers to `hosts` only. Others get 421, and every answer has the security headers of the API.
pub fn answering_to(hosts: Hosts, router: Router) -> Router {
    router.layer(middleware::from_fn(move |request: Request, next: Next| {
        let hosts = hosts.clone();
        async move {
            let mut response = match wrong_host(&hosts, &request) {
                None => next.run(request).await,
                Some(host) => misdirected(&host),
            };
            edge::secure(response.headers_mut());
            response
        }
    }))
}

/// The `Host` of `request`, or what is in its place, unless it is answered to.
fn wrong_host(hosts: &Hosts, request: &Request) -> Option<String> {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    // `GET http://…/ HTTP/1.1` names another one, which goes first (RFC 9112, 3.2.2).
    let named = [Some(host), request.uri().authority().map(|authority| authority.as_str())];
    named.into_iter().flatten().find(|host| !hosts.answer_to(host)).map(str::to_owned)
}

/// 421, in the form of the API and of AWS's services at once.
fn misdirected(host: &str) -> Response {
    let code = Code::HostNotAllowed.as_str();
    let host = &host[..host.floor_char_boundary(100)];
    let message = format!(
        "This is a local stack, which does not answer to the host {host:?}: call it as localhost, or start it with --host NAME."
    );
    let error = json!({"code": code, "message": message, "request_id": ""});
    let body = json!({"success": false, "error": error, "__type": code, "message": message});
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = StatusCode::MISDIRECTED_REQUEST;
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
}
