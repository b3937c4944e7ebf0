//! `GET /openapi.json`: serves the OpenAPI document.

use domain::Result;
use edge::axum::http::header;
use edge::axum::response::{IntoResponse, Response};
use edge::{Describe, Operation, Route, route};

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
