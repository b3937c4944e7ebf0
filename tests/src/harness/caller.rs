//! Test clients and their requests.

use std::future::IntoFuture;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dibs_http::axum::Router;
use dibs_http::axum::body::{Body, to_bytes};
use dibs_http::axum::extract::ConnectInfo;
use domain::ids::UserId;
use serde_json::Value;
use tower::ServiceExt;

use super::Reply;
use super::document::{check, operation_id, route};
use super::staff::{Staff, is_needed_for};
use crate::replies::{ObservedReply, REPLIES};

/// Client that calls the API inside the process.
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

    /// Returns the caller with a staff account, which is created before the first request that needs it.
    pub(super) fn with_account(self, staff: Staff) -> Self {
        Self { staff: Some(Arc::new(staff)), ..self }
    }

    /// Returns the caller, whose requests go to another function instance from now on.
    pub(super) fn served_by(&self, router: &Router) -> Self {
        Self { router: router.clone(), ..self.clone() }
    }

    /// Returns the caller with another IPv4 address.
    #[must_use]
    pub fn at(mut self, address: [u8; 4]) -> Self {
        self.address = IpAddr::from(address);
        self
    }

    /// Returns the caller with the user id `id`.
    #[must_use]
    pub fn named(mut self, id: UserId) -> Self {
        self.id = Some(id);
        self
    }

    /// Returns the caller's user id. Panics if there is none.
    pub fn id(&self) -> &UserId {
        self.id.as_ref().expect("this caller has no id")
    }

    /// Returns the access token, if there is one.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// Prepares a GET request.
    pub fn get(&self, path: &str) -> Call {
        self.call("GET", path)
    }

    /// Prepares a POST request with a JSON body.
    pub fn post(&self, path: &str, body: Value) -> Call {
        self.call("POST", path).json(&body)
    }

    /// Prepares a PUT request with a JSON body.
    pub fn put(&self, path: &str, body: Value) -> Call {
        self.call("PUT", path).json(&body)
    }

    /// Prepares a PATCH request with a JSON body.
    pub fn patch(&self, path: &str, body: Value) -> Call {
        self.call("PATCH", path).json(&body)
    }

    /// Prepares a DELETE request.
    pub fn delete(&self, path: &str) -> Call {
        self.call("DELETE", path)
    }

    /// Prepares a request with any method and without a body. `/api/v1` is put before a path that begins with
    /// neither `/api/` nor `/.well-known/`.
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

/// Returns the roles in the access token among `headers`, if there is one that can be read.
fn roles(headers: &[(String, String)]) -> Option<Vec<String>> {
    let (_, value) = headers.iter().find(|(name, _)| name == "authorization")?;
    let claims = URL_SAFE_NO_PAD.decode(value.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    Some(claims["roles"].as_array()?.iter().filter_map(Value::as_str).map(str::to_owned).collect())
}

/// Request that is sent when it is awaited.
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
    /// Adds a header to the request.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets the header `Idempotency-Key`.
    #[must_use]
    pub fn key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    /// Sets the cookie of the refresh token.
    #[must_use]
    pub fn cookie(self, token: &str) -> Self {
        self.header("cookie", &format!("__Host-refresh_token={token}"))
    }

    /// Sets the device cookie.
    #[must_use]
    pub fn device(self, token: &str) -> Self {
        self.header("cookie", &format!("__Host-device={token}"))
    }

    /// Sets a JSON body.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.raw("application/json", body.to_string())
    }

    /// Sets the body and its content type, and replaces any earlier ones.
    #[must_use]
    pub fn raw(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.headers.retain(|(name, _)| name != "content-type");
        self.header("content-type", content_type)
    }

    /// Sets a body without a content type, and replaces any earlier one.
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
        let reply = Reply::new(&self.method, &self.path, operation_id(&self.method, &self.path), parts, body);
        check(&self.method, &self.path, &reply);
        if let Some(route) = route(&self.method, &self.path) {
            let code = reply.json["error"]["code"].as_str().map(str::to_owned);
            let (route, roles) = (route.name.to_owned(), roles(&self.headers));
            let observed = ObservedReply { route, roles, status: reply.status, code };
            REPLIES.add(observed).expect("the record of the reply is written");
        }
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
