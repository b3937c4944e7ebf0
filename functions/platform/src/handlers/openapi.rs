//! `GET /openapi.json`: serves the OpenAPI document.

use dibs_http::axum::http::header;
use dibs_http::axum::response::{IntoResponse, Response};
use dibs_http::{Describe, Operation, Route, route};
use domain::Result;

/// Route that serves the OpenAPI document.
pub static ROUTE: Route = route!(
    /// Returns the document that was built with this version. It may be cached for five minutes.
    GET ["/openapi.json"] "platform-openapi" openapi, "Get this document, in OpenAPI 3.1", []
)
.operation_ids(&["getOpenapi"]);

/// OpenAPI document of all routes. `cargo run -- openapi` generates it, and a test compares it with the
/// routes. It is a file, so that this function does not link all the others.
pub const DOCUMENT: &str = include_str!("../../openapi.json");

struct Document;

async fn openapi() -> Result<Document> {
    Ok(Document)
}

impl IntoResponse for Document {
    fn into_response(self) -> Response {
        let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "max-age=300")];
        (headers, DOCUMENT).into_response()
    }
}

impl Describe for Document {
    fn describe(operation: &mut Operation) {
        operation.plain(&["application/json"]);
    }
}
