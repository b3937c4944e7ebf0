//! `GET /docs`: serves a page to try the API, with no resources from other hosts.

use dibs_http::axum::extract::RawPathParams;
use dibs_http::axum::http::{HeaderValue, header};
use dibs_http::axum::response::{IntoResponse, Response};
use dibs_http::{Describe, Operation, Route, axum, route};
use domain::{Error, Result};

/// Route that serves the documentation page and its files.
pub static ROUTE: Route = route!(
    /// Returns a page of Swagger UI that shows this document, or one of the files that the page loads: `docs.js`,
    /// `swagger-ui.css` and `swagger-ui-bundle.js`. Each may be cached for five minutes.
    GET ["/docs", "/docs/{file}"] "platform-docs" docs, "Get a page to read and try the API", []
)
.operation_ids(&["getDocs", "getDocsFile"]);

const PAGE: &str = include_str!("docs.html");
const SCRIPT: &str = include_str!("docs.js");
const STYLE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/swagger-ui.css.gz"));
const BUNDLE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/swagger-ui-bundle.js.gz"));
/// Policy that allows scripts and styles from this host only. Swagger UI needs inline styles and icons as
/// data URLs.
const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      frame-ancestors 'none'; base-uri 'none'";

/// A static file of the documentation page.
struct File {
    media_type: &'static str,
    content: &'static [u8],
    compressed: bool,
}

async fn docs(parameters: PathParts) -> Result<File> {
    let file = match parameters.file.as_deref() {
        None => File { media_type: "text/html; charset=utf-8", content: PAGE.as_bytes(), compressed: false },
        Some("docs.js") => {
            File { media_type: "text/javascript", content: SCRIPT.as_bytes(), compressed: false }
        }
        Some("swagger-ui.css") => File { media_type: "text/css", content: STYLE, compressed: true },
        Some("swagger-ui-bundle.js") => {
            File { media_type: "text/javascript", content: BUNDLE, compressed: true }
        }
        Some(_) => return Err(Error::not_found("file")),
    };
    Ok(file)
}

/// Name of the requested file; `None` for the page itself.
struct PathParts {
    file: Option<String>,
}

impl<S: Send + Sync> axum::extract::FromRequestParts<S> for PathParts {
    type Rejection = dibs_http::Failure;

    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        state: &S,
    ) -> std::result::Result<Self, dibs_http::Failure> {
        let parameters = RawPathParams::from_request_parts(parts, state).await;
        let parameters = parameters.map_err(|_| Error::not_found("file"))?;
        let file = parameters.iter().find(|(name, _)| *name == "file").map(|(_, value)| value.to_owned());
        Ok(Self { file })
    }
}

impl Describe for PathParts {
    fn describe(_: &mut Operation) {}
}

impl IntoResponse for File {
    fn into_response(self) -> Response {
        let headers = [
            (header::CONTENT_TYPE, self.media_type),
            (header::CACHE_CONTROL, "max-age=300"),
            (header::CONTENT_SECURITY_POLICY, POLICY),
        ];
        let mut response = (headers, self.content).into_response();
        if self.compressed {
            response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        response
    }
}

impl Describe for File {
    fn describe(operation: &mut Operation) {
        operation.plain(&["text/html", "text/css", "text/javascript"]);
    }
}
