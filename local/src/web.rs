//! Built web application (`web/dist`), in the role of the bucket behind CloudFront: the storefront, and the console
//! for staff at `/console`. A release build contains the files; a debug build reads them from the checkout.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::{Router, body::Body};
use rust_embed::{EmbeddedFile, RustEmbed};
use tower_http::compression::CompressionLayer;

/// Content security policy of the pages. `terraform/modules/web` has the same one.
pub const POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                          img-src 'self' https: data:; connect-src 'self' wss:; frame-ancestors 'none'; base-uri 'none'";
/// Page of the storefront.
const STOREFRONT: &str = "index.html";
/// Page of the console.
const CONSOLE: &str = "console.html";
/// Beginnings of paths that are not the web's. Whatever is unknown among them is answered by the API.
const OTHERS: [&str; 4] = ["/api/", "/.well-known/", "/_standins/", "/ws"];

#[derive(RustEmbed)]
#[folder = "../web/dist"]
struct Dist;

/// Answers reads of pages and of their files, and passes all other requests on to `router`.
pub fn with_web(router: Router) -> Router {
    router.layer(middleware::from_fn(serve)).layer(CompressionLayer::new())
}

async fn serve(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if !reads || OTHERS.iter().any(|beginning| path.starts_with(beginning)) {
        return next.run(request).await;
    }
    file_of(request.uri(), request.headers())
}

/// Returns the file of a path, or the page to which a path without an extension belongs.
fn file_of(uri: &Uri, headers: &HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    let is_file = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
    let name = match path {
        _ if is_file => path,
        "console" => CONSOLE,
        _ if path.starts_with("console/") => CONSOLE,
        _ => STOREFRONT,
    };
    match Dist::get(name) {
        Some(file) => response(name, file, headers),
        None => (StatusCode::NOT_FOUND, "There is no such file.\n").into_response(),
    }
}

/// Returns a file with what CloudFront adds. Files below `assets/` have a hash of their content in their name and may
/// be kept for a year; all others are asked for again, and answered by 304 if they are unchanged.
fn response(name: &str, file: EmbeddedFile, headers: &HeaderMap) -> Response {
    let hash: String =
        file.metadata.sha256_hash().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let tag = format!("\"{hash}\"");
    let unchanged =
        headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let keep = if name.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let body = if unchanged { Body::empty() } else { Body::from(file.data.into_owned()) };
    let status = if unchanged { StatusCode::NOT_MODIFIED } else { StatusCode::OK };
    let mut response = (status, body).into_response();
    let fields = [
        (header::CONTENT_TYPE, file.metadata.mimetype()),
        (header::CACHE_CONTROL, keep),
        (header::ETAG, &tag),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
    ];
    for (field, value) in fields {
        // A value that is no header value cannot come from a list of constants and a hash.
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(field, value);
        }
    }
    response
}
