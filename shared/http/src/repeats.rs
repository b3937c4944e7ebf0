//! Repeats of requests that an earlier version of dibs answered. That version took the fingerprint of a
//! body from its bytes; this version takes it from its content. A request that is refused with
//! `IDEMPOTENCY_KEY_REUSED` is therefore run once more with the fingerprint of its bytes, so that a repeat
//! of the same bytes gets the first success.

use std::sync::{Arc, OnceLock};

use axum::body::Bytes;
use axum::extract::Request;
use axum::http::Extensions;
use axum::middleware::Next;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{Code, Error};

/// Route that is never run twice: its fingerprint is taken from fields in both versions, and a second run
/// would count a wrong password twice.
const REGISTER: &str = "accounts-register";

/// Body of a request as a handler has read it.
#[derive(Clone, Default)]
struct ReadBody(Arc<OnceLock<Bytes>>);

/// Marker in a request's extensions: the fingerprint of its body is taken from its bytes, as in the
/// earlier version.
#[derive(Clone, Copy)]
struct FingerprintOfBytes;

/// Runs a request with an `Idempotency-Key`, and runs it a second time if it is refused with
/// `IDEMPOTENCY_KEY_REUSED`. Such a refusal has written nothing.
pub(crate) async fn run(route: &str, request: Request, next: Next) -> Response {
    if route == REGISTER || !request.headers().contains_key("idempotency-key") {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let read = ReadBody::default();
    parts.extensions.insert(read.clone());
    let mut again = parts.clone();
    let response = next.clone().run(Request::from_parts(parts, body)).await;
    let error = response.extensions().get::<Arc<Error>>();
    let is_reused = error.is_some_and(|error| error.code == Code::IdempotencyKeyReused);
    match read.0.get().filter(|_| is_reused) {
        Some(bytes) => {
            again.extensions.insert(FingerprintOfBytes);
            next.run(Request::from_parts(again, bytes.clone().into())).await
        }
        None => response,
    }
}

/// Keeps `bytes`, the body of the request with these `extensions`, for a second run.
pub(crate) fn keep(extensions: &Extensions, bytes: &Bytes) {
    if let Some(read) = extensions.get::<ReadBody>() {
        // The handler reads the body once, so the cell is still empty.
        drop(read.0.set(bytes.clone()));
    }
}

/// Returns the text that is hashed into the fingerprint of a body: its canonical content, or its bytes in
/// a second run.
pub(crate) fn text(extensions: &Extensions, bytes: &Bytes, content: impl FnOnce() -> String) -> String {
    if extensions.get::<FingerprintOfBytes>().is_some() { URL_SAFE_NO_PAD.encode(bytes) } else { content() }
}
