//! GET /openapi.json

use edge::axum::http::header;
use edge::axum::response::{IntoResponse, Response};
use edge::{Describe, Operation, Route, route};

/// The route.
pub static ROUTE: Route =
    route!(GET ["/openapi.json"] "platform-openapi" openapi, "This document, in OpenAPI 3.1", []);

/// The OpenAPI document. `cargo run -- openapi` makes it from the routes, and a test fails when it is not the
/// one that they make: a function that only shows it need not carry all the others.
pub const DOCUMENT: &str = include_str!("../openapi.json");

struct Document;

async fn openapi() -> Document {
    Document
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
