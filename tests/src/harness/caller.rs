//! Callers and their calls.

use std::future::IntoFuture;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use domain::ids::UserId;
use edge::axum::Router;
use edge::axum::body::{Body, to_bytes};
use edge::axum::extract::ConnectInfo;
use serde_json::Value;
use tower::ServiceExt;

use super::Reply;
use super::document::check;
use super::staff::{Staff, is_needed_for};

/// Somebody who calls the API, from inside the process.
#[derive(Clone)]
pub struct Caller {
    router: Router,
    token: Option<String>,
    id: Option<UserId>,
    address: IpAddr,
    staff: Option<Arc<Staff>>,
}

impl Caller {
    pub(super) fn new(router: Router, token: Option<String>, id: Option<UserId>) -> Self {
        Self { router, token, id, address: IpAddr::V4(Ipv4Addr::LOCALHOST), staff: None }
    }

    /// The same caller, whose account is made when it is needed.
    pub(super) fn with_account(self, staff: Staff) -> Self {
        Self { staff: Some(Arc::new(staff)), ..self }
    }

    /// The same caller, served by another instance of the functions.
    pub(super) fn served_by(&self, router: &Router) -> Self {
        Self { router: router.clone(), ..self.clone() }
    }

    /// The same caller at another address.
    #[must_use]
    pub fn at(mut self, address: [u8; 4]) -> Self {
        self.address = IpAddr::from(address);
        self
    }

    /// The same caller, known to be this user.
    #[must_use]
    pub fn named(mut self, id: UserId) -> Self {
        self.id = Some(id);
        self
    }

    /// The caller's user id.
    pub fn id(&self) -> &UserId {
        self.id.as_ref().expect("this caller has no id")
    }

    /// The access token, if there is one.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// Reads.
    pub fn get(&self, path: &str) -> Call {
        self.call("GET", path)
    }

    /// Creates or moves.
    pub fn post(&self, path: &str, body: Value) -> Call {
        self.call("POST", path).json(&body)
    }

    /// Replaces.
    pub fn put(&self, path: &str, body: Value) -> Call {
        self.call("PUT", path).json(&body)
    }

    /// Changes.
    pub fn patch(&self, path: &str, body: Value) -> Call {
        self.call("PATCH", path).json(&body)
    }

    /// Deletes.
    pub fn delete(&self, path: &str) -> Call {
        self.call("DELETE", path)
    }

    /// A call with any method and no body. A path stands below `/api/v1` unless it is a full one.
    pub fn call(&self, method: &str, path: &str) -> Call {
        let full = path.starts_with("/api/") || path.starts_with("/.well-known/");
        Call {
            router: self.router.clone(),
            method: method.to_owned(),
            path: if full { path.to_owned() } else { format!("/api/v1{path}") },
            headers: self.token.iter().map(|token| bearer(token)).collect(),
            body: Vec::new(),
            address: self.address,
            staff: self.staff.clone(),
        }
    }
}

fn bearer(token: &str) -> (String, String) {
    ("authorization".to_owned(), format!("Bearer {token}"))
}

/// A call that is sent when it is awaited.
pub struct Call {
    router: Router,
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    address: IpAddr,
    staff: Option<Arc<Staff>>,
}

impl Call {
    /// With a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With this `Idempotency-Key`.
    #[must_use]
    pub fn key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    /// With this refresh token in its cookie.
    #[must_use]
    pub fn cookie(self, token: &str) -> Self {
        self.header("cookie", &format!("__Host-refresh_token={token}"))
    }

    /// From the device that this cookie shows.
    #[must_use]
    pub fn device(self, token: &str) -> Self {
        self.header("cookie", &format!("__Host-device={token}"))
    }

    /// With a JSON body.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.raw("application/json", body.to_string())
    }

    /// With any body, in the place of another.
    #[must_use]
    pub fn raw(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.headers.retain(|(name, _)| name != "content-type");
        self.header("content-type", content_type)
    }

    /// With a body that no header says the type of, in the place of another.
    #[must_use]
    pub fn untyped(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.headers.retain(|(name, _)| name != "content-type");
        self
    }

    async fn send(self) -> Reply {
        if let Some(staff) = self.staff.as_ref().filter(|_| is_needed_for(&self.method, &self.path)) {
            staff.make().await;
        }
        let mut request = http::Request::builder().method(&*self.method).uri(&self.path);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let mut request = request.body(Body::from(self.body)).expect("a test writes a request that is one");
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(self.address, 50_000)));
        let response = self.router.oneshot(request).await.unwrap_or_else(|never| match never {});
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.expect("a reply in memory has an end");
        let reply = Reply::new(&self.method, &self.path, parts, body);
        check(&self.method, &self.path, &reply);
        reply
    }
}

impl IntoFuture for Call {
    type Output = Reply;
    type IntoFuture = Pin<Box<dyn Future<Output = Reply> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}
