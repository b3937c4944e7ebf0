//! Replies whose type says their status.

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
    /// 200: here it is, or it is done.
    Done = OK,
    /// 201: it exists now.
    Created = CREATED,
    /// 202: it is recorded and will be finished by a worker.
    Accepted = ACCEPTED,
}

/// 200 with something that has versions: `ETag` says which one it is.
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

/// 200 with what everybody asks for: caches on the way may keep it for a second.
pub struct Shared<T>(pub T);

impl<T: Serialize> IntoResponse for Shared<T> {
    fn into_response(self) -> Response {
        ([(header::CACHE_CONTROL, "max-age=1")], Done(self.0)).into_response()
    }
}

impl<T: JsonSchema> Describe for Shared<T> {
    fn describe(operation: &mut Operation) {
        Done::<T>::describe(operation);
    }
}

/// 204: done, and there is nothing to show.
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
