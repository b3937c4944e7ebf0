//! Bodies, query parameters and path parameters, checked before a handler sees them.

use axum::body::to_bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header;
use axum::http::request::Parts;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{Code, Error};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::boundary::BodyLimit;
use crate::route::{Describe, Operation};
use crate::{App, Failure, schema};

/// A JSON body that fits the schema of `T`; an empty one counts as `{}`.
pub struct Json<T> {
    /// The body.
    pub value: T,
    /// Stands for the body's bytes, to tell a repeat under the same `Idempotency-Key` from another request.
    pub fingerprint: String,
}

impl<T: JsonSchema + DeserializeOwned + 'static> FromRequest<App> for Json<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &App) -> Result<Self, Failure> {
        let limit = request.extensions().get::<BodyLimit>().map_or(crate::BODY_BYTES_MAX, |limit| limit.0);
        let is_json = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_none_or(is_json);
        if !is_json {
            return Err(Error::refused(Code::UnsupportedMediaType, "Send the body as application/json.").into());
        }
        let bytes = to_bytes(request.into_body(), limit).await.map_err(|_| too_large(limit))?;
        // No body is an empty object, so that whatever is missing in it gets named.
        let text: &[u8] = if bytes.is_empty() { b"{}" } else { &bytes };
        let value = serde_json::from_slice(text)
            .map_err(|error| Error::refused(Code::BadJson, format!("The body is not JSON: {error}.")))?;
        let fingerprint = domain::ids::fingerprint(&[&URL_SAFE_NO_PAD.encode(&bytes)]);
        Ok(Self { value: schema::parse(value)?, fingerprint })
    }
}

fn is_json(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    media_type == "application/json" || media_type.ends_with("+json")
}

pub(crate) fn too_large(limit: usize) -> Error {
    Error::refused(Code::PayloadTooLarge, format!("The body is larger than {} KiB.", limit / 1024))
}

impl<T: JsonSchema> Describe for Json<T> {
    fn describe(operation: &mut Operation) {
        operation.body = Some(|_, generator| Some(generator.subschema_for::<T>()));
    }
}

/// Query parameters that fit the schema of `T`; a parameter that `T` does not know is refused.
pub struct Query<T>(pub T);

impl<T: JsonSchema + DeserializeOwned + 'static> FromRequestParts<App> for Query<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Failure> {
        let axum::extract::Query(pairs) = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&parts.uri)
            .map_err(|_| Error::invalid_field("query", "is not a list of name=value pairs"))?;
        Ok(Self(schema::parse(schema::object_of::<T>(pairs)?)?))
    }
}

impl<T: JsonSchema> Describe for Query<T> {
    fn describe(operation: &mut Operation) {
        operation.query = Some(|generator| Some(T::json_schema(generator)));
    }
}

/// The parameters in the path. What cannot be an id names nothing: 404.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Path<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        match axum::extract::Path::from_request_parts(parts, app).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(_) => Err(Error::not_found("thing").into()),
        }
    }
}

impl<T> Describe for Path<T> {
    fn describe(_: &mut Operation) {}
}
