//! GET /.well-known/jwks.json, at the root and under the base path

use edge::axum::Json;
use edge::axum::extract::State;
use edge::axum::http::{StatusCode, header};
use edge::axum::response::{IntoResponse, Response};
use edge::{App, Describe, Operation, Route, route};

/// The route.
pub static ROUTE: Route =
    route!(GET ["/.well-known/jwks.json"] "auth-jwks" jwks, "The public keys of access tokens", []);

/// Several times shorter than it takes to replace a key: a new one is published a day before it signs.
const CACHED: &str = "public, max-age=300";

async fn jwks(State(app): State<App>) -> KeySet {
    KeySet(([(header::CACHE_CONTROL, CACHED)], Json(app.tokens().public())).into_response())
}

/// The keys as RFC 7517 has them, without our envelope.
struct KeySet(Response);

impl IntoResponse for KeySet {
    fn into_response(self) -> Response {
        self.0
    }
}

impl Describe for KeySet {
    fn describe(operation: &mut Operation) {
        operation.success = Some((StatusCode::OK, |_| None));
        operation.raw = &["application/json"];
    }
}
