//! Security headers of every response, including errors and unknown paths, from OWASP's REST security cheat
//! sheet.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// Headers of every response. HTML pages set a Content-Security-Policy of their own.
const ALWAYS: [(HeaderName, &str); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    // Browsers ignore this header over HTTP, so the local stack sends it too.
    (header::STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains"),
];
const UNLESS_SET: [(HeaderName, &str); 2] = [
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    // Public responses set their own value. All others belong to one user.
    (header::CACHE_CONTROL, "no-store"),
];

/// Adds the security headers to `headers`. Keeps a Content-Security-Policy or Cache-Control that is set
/// already.
pub fn secure(headers: &mut HeaderMap) {
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    for (name, value) in UNLESS_SET {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}
