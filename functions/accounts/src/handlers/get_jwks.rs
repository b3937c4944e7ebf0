//! `GET /.well-known/jwks.json`, at the root and under the base path: serves the public keys of access
//! tokens.

use dibs_http::axum::Json;
use dibs_http::axum::extract::State;
use dibs_http::axum::http::{StatusCode, header};
use dibs_http::axum::response::{IntoResponse, Response};
use dibs_http::{Describe, Operation, Route, route};
use domain::Result;
use runtime::App;

/// Route that serves the public keys.
pub static ROUTE: Route = route!(
    /// Returns the public keys as a key set of RFC 7517, without the envelope of other responses. It may be cached
    /// for five minutes: a new key is published a day before it signs.
    GET ["/.well-known/jwks.json"] "accounts-get-jwks" jwks, "Get the public keys of access tokens", []
)
.operation_ids(&["getJwks", "getJwksOfApi"]);

/// Caching for five minutes. A new key is published a day before it signs, so caches learn of it in time.
const CACHED: &str = "public, max-age=300";

async fn jwks(State(app): State<App>) -> Result<KeySet> {
    Ok(KeySet(([(header::CACHE_CONTROL, CACHED)], Json(app.tokens().public())).into_response()))
}

/// Key set in the format of RFC 7517, without the JSON envelope of other responses.
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
