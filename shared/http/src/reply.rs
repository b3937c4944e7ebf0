//! Response types that determine the HTTP status.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::route::{Describe, Operation};

macro_rules! replies {
    ($($(#[doc = $doc:literal])+ $name:ident = $status:ident,)+) => {$(
        $(#[doc = $doc])+
        pub struct $name<T>(pub T);

        impl<T: Serialize> IntoResponse for $name<T> {
            fn into_response(self) -> Response {
                (StatusCode::$status, axum::Json(json!({"success": true, "data": self.0}))).into_response()
            }
        }

        impl<T: JsonSchema> Describe for $name<T> {
            fn describe(operation: &mut Operation) {
                operation.success = Some((StatusCode::$status, |generator| Some(generator.subschema_for::<T>())));
            }
        }
    )+};
}

replies! {
    /// Response 200 with the entity or the result of an action.
    Done = OK,
    /// Response 201 with the created entity.
    Created = CREATED,
    /// Response 202 for a request that is recorded and that a worker will complete.
    Accepted = ACCEPTED,
}

/// Response 200 with a versioned entity. The version is sent as `ETag`.
pub struct Versioned<T>(pub u64, pub T);

impl<T: Serialize> IntoResponse for Versioned<T> {
    fn into_response(self) -> Response {
        ([(header::ETAG, format!("\"{}\"", self.0))], Done(self.1)).into_response()
    }
}

impl<T: JsonSchema> Describe for Versioned<T> {
    fn describe(operation: &mut Operation) {
        Done::<T>::describe(operation);
        operation.versioned = true;
    }
}

/// Response without personal data, which caches may keep for a second.
pub struct Shared<R>(pub R);

impl<R: IntoResponse> IntoResponse for Shared<R> {
    fn into_response(self) -> Response {
        ([(header::CACHE_CONTROL, "max-age=1")], self.0).into_response()
    }
}

impl<R: Describe> Describe for Shared<R> {
    fn describe(operation: &mut Operation) {
        R::describe(operation);
    }
}

/// Response that caches may keep for a second if the flag says that it is the same for all callers.
pub struct SharedIf<R>(pub bool, pub R);

impl<R: IntoResponse> IntoResponse for SharedIf<R> {
    fn into_response(self) -> Response {
        if self.0 { Shared(self.1).into_response() } else { self.1.into_response() }
    }
}

impl<R: Describe> Describe for SharedIf<R> {
    fn describe(operation: &mut Operation) {
        R::describe(operation);
    }
}

/// Response 204 without a body.
pub struct NoContent;

impl IntoResponse for NoContent {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

impl Describe for NoContent {
    fn describe(operation: &mut Operation) {
        operation.success = Some((StatusCode::NO_CONTENT, |_| None));
    }
}
