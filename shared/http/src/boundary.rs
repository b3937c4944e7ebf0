//! Boundary between HTTP and handlers. It turns routes into one router, adds a request id to each reply and a
//! body to each failure, and writes one log record for each request.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter};
use config::{ExposeSecret, SecretString};
use domain::{Code, Error, Timestamp};
use lambda_http::RequestExt;
use lambda_http::request::RequestContext as GatewayContext;
use serde_json::json;
use subtle::ConstantTimeEq;
use tower_http::catch_panic::CatchPanicLayer;

use crate::route::{Describe, Operation};
use crate::{Failure, Route, headers, repeats};
use runtime::App;
use runtime::context::{self, Invocation, RequestContext, RequestOutcome};

const BASE: &str = "/api/v1";
static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Header with a secret that CloudFront adds to the requests it forwards.
const ORIGIN_SECRET: &str = "x-origin-secret";
/// Header with the address of CloudFront's client. A CloudFront function sets it and replaces any value that
/// the client sent. CloudFront's own `CloudFront-Viewer-Address` is not available: a policy without `Host`
/// cannot add it, and API Gateway rejects the `Host` of another domain.
const VIEWER_ADDRESS: &str = "true-client-ip";

/// Request id, client address and arrival time of a request. On Lambda they are read from API Gateway's
/// context; the local stack inserts them.
#[derive(Clone, Debug)]
pub struct Origin {
    /// Request id, as it appears in the log, in the reply's header and in error bodies.
    pub request_id: String,
    /// Address of the client; `None` if it is unknown. For a request through CloudFront it is the address
    /// that CloudFront reports. A function behind CloudFront that lacks the secret to recognize such
    /// requests has `None`.
    pub address: Option<String>,
    /// Time of arrival by the gateway's clock, which is the same for all functions.
    pub received_at: Timestamp,
}

impl<S: Sync> FromRequestParts<S> for Origin {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let origin = parts.extensions.get::<Self>().cloned();
        Ok(origin.ok_or_else(|| Error::internal("a request reached its handler past the boundary"))?)
    }
}

impl Describe for Origin {
    fn describe(_: &mut Operation) {}
}

/// Maximum body size of the route, in bytes.
#[derive(Clone, Copy)]
pub(crate) struct BodyLimit(pub usize);

/// Builds the router of `routes`: all of them in the local stack, a single one in a Lambda function.
///
/// A `/.well-known/…` path is served at the root and under `/api/v1`, every other path under `/api/v1`
/// only. Unknown paths answer 404, and known paths with another method answer 405 with `Allow`.
pub fn router(routes: &'static [&'static Route], app: App) -> Router {
    let mut by_path: BTreeMap<String, MethodRouter<App>> = BTreeMap::new();
    for route in routes {
        let limit = BodyLimit(route.body_bytes_max);
        for path in route.paths.iter().flat_map(|path| addresses(path)) {
            let address: Arc<str> = format!("{} {path}", route.method).into();
            let handler = (route.handler)(filter(route.method)).layer(middleware::from_fn(
                move |mut request: Request, next: Next| {
                    context::set_route(route.name, &address);
                    request.extensions_mut().insert(limit);
                    repeats::run(route.name, request, next)
                },
            ));
            let known = by_path.remove(&path).unwrap_or_default();
            by_path.insert(path, known.merge(handler));
        }
    }
    let mut router = Router::new();
    for (path, methods) in by_path {
        router = router.route(&path, methods);
    }
    bounded(router, app)
}

/// Builds the router for requests that no route of API Gateway matches. Paths of the OpenAPI `document`
/// answer 405 with `Allow`, all others 404.
pub fn default_router(document: &serde_json::Value, app: App) -> Router {
    let mut router = Router::new();
    for (path, operations) in document["paths"].as_object().into_iter().flatten() {
        let methods: Vec<String> =
            operations.as_object().into_iter().flatten().map(|(name, _)| name.to_uppercase()).collect();
        let allow = methods.join(",");
        router =
            router.route(path, axum::routing::any(async move || ([(header::ALLOW, allow)], not_allowed())));
    }
    bounded(router, app)
}

fn not_allowed() -> Failure {
    Failure(Error::refused(Code::MethodNotAllowed, "This path has no such method; see Allow."))
}

fn bounded(router: Router<App>, app: App) -> Router {
    router
        .fallback(async || Failure(Error::not_found("path")))
        .method_not_allowed_fallback(async || not_allowed())
        .layer(CatchPanicLayer::custom(|_| Failure(Error::internal("a handler panicked")).into_response()))
        .layer(middleware::from_fn_with_state(app.clone(), boundary))
        .with_state(app)
}

/// Returns the paths that serve a route's `path`: `path` under `/api/v1`, and a `/.well-known/…` path at
/// the root as well.
pub fn addresses(path: &str) -> Vec<String> {
    let based = format!("{BASE}{path}");
    if path.starts_with("/.well-known/") { vec![path.to_owned(), based] } else { vec![based] }
}

fn filter(method: &str) -> MethodFilter {
    let method = Method::from_bytes(method.as_bytes()).ok();
    method.and_then(|method| MethodFilter::try_from(method).ok()).unwrap_or(MethodFilter::GET)
}

async fn boundary(
    axum::extract::State(app): axum::extract::State<App>,
    mut request: Request,
    next: Next,
) -> Response {
    let origin = origin(&app, &request);
    let invocation = request.lambda_context_ref().map(Invocation::of).unwrap_or_default();
    request.extensions_mut().insert(origin.clone());
    let began = app.now();
    let call = RequestContext::default().begun(Some(&origin.request_id), began);
    let (mut response, call) = call.run(next.run(request)).await;
    let error = response.extensions_mut().remove::<Arc<Error>>();
    if let Some(error) = &error {
        response = failed(response, error, &origin.request_id);
    }
    if let Ok(value) = HeaderValue::from_str(&origin.request_id) {
        response.headers_mut().insert(REQUEST_ID.clone(), value);
    }
    headers::secure(response.headers_mut());
    let ending = RequestOutcome {
        request_id: Some(&origin.request_id),
        trace_id: invocation.trace_id.as_deref(),
        message_id: None,
        status: Some(response.status().as_u16()),
        error: error.as_deref(),
        took_ms: app.now().as_millis() - began.as_millis(),
    };
    call.emit(&app, &ending);
    response
}

fn origin(app: &App, request: &Request) -> Origin {
    if let Some(origin) = request.extensions().get::<Origin>() {
        return origin.clone();
    }
    let context = request.extensions().get::<GatewayContext>();
    let (request_id, address, received_at) = match context {
        Some(GatewayContext::ApiGatewayV2(context)) => {
            (context.request_id.clone(), context.http.source_ip.clone(), Some(context.time_epoch))
        }
        _ => (None, None, None),
    };
    Origin {
        request_id: request_id.unwrap_or_else(|| domain::ids::fresh(app.now(), app.entropy())),
        address: client_address(app, request.headers(), address),
        received_at: received_at.filter(|at| *at > 0).map_or_else(|| app.now(), Timestamp::from_millis),
    }
}

/// Returns the address of the client of a request that API Gateway received from `peer`. A client that
/// bypasses CloudFront does not know its secret and is identified by its own address, whatever headers it
/// sends.
fn client_address(app: &App, headers: &HeaderMap, peer: Option<String>) -> Option<String> {
    let secrets = &app.settings().origin_secrets;
    let text = |name| headers.get(name)?.to_str().ok();
    let is_cloudfront =
        text(ORIGIN_SECRET).is_some_and(|sent| secrets.iter().any(|secret| is_equal(secret, sent)));
    if is_cloudfront {
        return text(VIEWER_ADDRESS).map(str::to_owned);
    }
    peer.filter(|_| !app.is_behind_cdn() || !secrets.is_empty())
}

fn failed(response: Response, error: &Error, request_id: &str) -> Response {
    let (mut parts, _) = response.into_parts();
    let mut body = json!({
        "code": error.code.as_str(),
        "message": error.message,
        "request_id": request_id,
    });
    if let Some(details) = &error.details {
        body["details"] = details.clone();
    }
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if parts.status == StatusCode::UNAUTHORIZED {
        parts.headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    Response::from_parts(parts, json!({"success": false, "error": body}).to_string().into())
}
/// Returns whether `sent` equals `secret`. The comparison takes constant time for a given length, so timing
/// does not reveal matching prefixes.
fn is_equal(secret: &SecretString, sent: &str) -> bool {
    secret.expose_secret().as_bytes().ct_eq(sent.as_bytes()).into()
}
