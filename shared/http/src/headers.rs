//! The headers that every answer has, also errors and what no route took: OWASP's list for REST services.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// What holds for every answer. A page that shows something sets its own Content-Security-Policy.
const ALWAYS: [(HeaderName, &str); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    // Browsers ignore it over HTTP, so the local stack does not differ.
    (header::STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains"),
];
const UNLESS_SET: [(HeaderName, &str); 2] = [
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    // What everybody may keep says so itself; the rest is somebody's own.
    (header::CACHE_CONTROL, "no-store"),
];

/// Adds the headers of every answer to `headers`.
pub fn secure(headers: &mut HeaderMap) {
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    for (name, value) in UNLESS_SET {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}
