//! Extractors of request bodies, query parameters and path parameters, which validate before a handler runs.

use std::error::Error as _;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{Extensions, header};
use domain::ids::fingerprint;
use domain::{Code, Error};
use http_body_util::LengthLimitError;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::boundary::BodyLimit;
use crate::canonical::canonical;
use crate::route::{Describe, Operation, SchemaOf};
use crate::{Failure, repeats, schema};
use runtime::App;

/// A JSON body that conforms to the schema of `T`. An empty body counts as `{}`.
pub struct Json<T> {
    /// Request body, parsed as a `T`.
    pub value: T,
    /// Fingerprint of the body's content, by which a repeat under the same `Idempotency-Key` is recognized.
    pub fingerprint: String,
}

impl<T: JsonSchema + DeserializeOwned + 'static> FromRequest<App> for Json<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &App) -> Result<Self, Failure> {
        let (value, text) = read(request).await?;
        let fingerprint = fingerprint(&[&text]);
        Ok(Self { value: schema::parse(value)?, fingerprint })
    }
}

/// An empty body, or `{}`. Routes that take no input have it as an argument, so that a client which sends a
/// field is told that the field has no effect.
pub struct NoBody;

impl FromRequest<App> for NoBody {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &App) -> Result<Self, Failure> {
        let limit = body_bytes_max(request.extensions());
        let (parts, body) = request.into_parts();
        let bytes = read_bytes(body, limit).await?;
        // HTTP clients declare various content types for an empty body, so only other bodies are checked.
        if !bytes.is_empty() {
            let (value, _) = read(Request::from_parts(parts, bytes.into())).await?;
            schema::check_empty(&value)?;
        }
        Ok(Self)
    }
}

impl Describe for NoBody {
    fn describe(operation: &mut Operation) {
        operation.refuses_bodies = true;
    }
}

/// Reads the body as JSON. Also returns the text that is hashed into its fingerprint.
async fn read(request: Request) -> Result<(Value, String), Failure> {
    let (parts, body) = request.into_parts();
    let limit = body_bytes_max(&parts.extensions);
    let media_type = parts.headers.get(header::CONTENT_TYPE);
    let is_said_to_be_json = media_type.map(|value| value.to_str().is_ok_and(is_json));
    if is_said_to_be_json == Some(false) {
        return Err(untyped().into());
    }
    let bytes = read_bytes(body, limit).await?;
    // Without a content type, a browser sends a cross-site request without a preflight (CORS), so it is
    // rejected.
    if is_said_to_be_json.is_none() && !bytes.is_empty() {
        return Err(untyped().into());
    }
    repeats::keep(&parts.extensions, &bytes);
    // An empty body is an empty object, so that validation names all missing fields.
    let value =
        if bytes.is_empty() { Value::Object(serde_json::Map::new()) } else { domain::json::read(&bytes)? };
    let text = repeats::text(&parts.extensions, &bytes, || canonical(&value));
    Ok((value, text))
}

fn untyped() -> Error {
    Error::refused(
        Code::UnsupportedMediaType,
        "Send the body with the header Content-Type: application/json.",
    )
}

fn is_json(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    media_type == "application/json" || media_type.ends_with("+json")
}

/// Returns the maximum size of the request's body, in bytes.
pub(crate) fn body_bytes_max(extensions: &Extensions) -> usize {
    extensions.get::<BodyLimit>().map_or(crate::BODY_BYTES_MAX, |limit| limit.0)
}

/// Reads a body of at most `limit` bytes.
///
/// # Errors
/// `PAYLOAD_TOO_LARGE` for a longer body, `BAD_JSON` for one that cannot be read to its end.
pub(crate) async fn read_bytes(body: Body, limit: usize) -> domain::Result<Bytes> {
    to_bytes(body, limit).await.map_err(|error| {
        if error.source().is_some_and(|source| source.is::<LengthLimitError>()) {
            let message = format!("The body is larger than {} KiB.", limit / 1024);
            return Error::refused(Code::PayloadTooLarge, message);
        }
        Error::refused(Code::BadJson, "The body could not be read to its end; send the request again.")
    })
}

impl<T: JsonSchema + 'static> Describe for Json<T> {
    fn describe(operation: &mut Operation) {
        operation.body_required = || !schema::accepts_empty_body::<T>();
        operation.body = Some(|_, generator| Some(generator.subschema_for::<T>()));
    }
}

/// A JSON body with a schema that depends on the path of the route.
pub struct JsonByPath<T> {
    /// Request body, parsed as a `T`.
    pub value: T,
    /// Fingerprint of the path and the body's content.
    pub fingerprint: String,
}

/// Body type of [`JsonByPath`], with one form of the body for each path.
pub trait ByPath: Sized + 'static {
    /// Form of the body for each path of the route.
    const FORMS: &'static [Form<Self>];
}

/// Schema and parser of the body of one path, with a conversion to `T`.
pub struct Form<T> {
    path: &'static str,
    schema: SchemaOf,
    parse: fn(Value) -> domain::Result<T>,
}

impl<T> Form<T> {
    /// Creates the form of `path`, with a body of type `B`.
    pub const fn new<B: JsonSchema + DeserializeOwned + TryInto<T, Error = Error> + 'static>(
        path: &'static str,
    ) -> Self {
        Self {
            path,
            schema: |generator| Some(generator.subschema_for::<B>()),
            parse: |value| schema::parse::<B>(value)?.try_into(),
        }
    }
}

/// Finds the form whose path is the end of the full path `address`.
fn form_at<T: ByPath>(address: &str) -> Option<&'static Form<T>> {
    T::FORMS.iter().find(|form| address.ends_with(form.path))
}

impl<T: ByPath> FromRequest<App> for JsonByPath<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &App) -> Result<Self, Failure> {
        let form = form_at::<T>(request.uri().path()).ok_or_else(|| Error::not_found("path"))?;
        let (value, text) = read(request).await?;
        let fingerprint = fingerprint(&[form.path, &text]);
        Ok(Self { value: (form.parse)(value)?, fingerprint })
    }
}

impl<T: ByPath> Describe for JsonByPath<T> {
    fn describe(operation: &mut Operation) {
        operation.body_required = || true;
        operation.body = Some(|path, generator| form_at::<T>(path).and_then(|form| (form.schema)(generator)));
    }
}

/// Query parameters that conform to the schema of `T`. Unknown parameters are rejected.
pub struct Query<T>(pub T);

impl<T: JsonSchema + DeserializeOwned + 'static> FromRequestParts<App> for Query<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Failure> {
        let axum::extract::Query(pairs) =
            axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&parts.uri)
                .map_err(|_| Error::invalid_field("query", "is not a list of name=value pairs"))?;
        Ok(Self(schema::parse(schema::object_of::<T>(pairs)?)?))
    }
}

impl<T: JsonSchema> Describe for Query<T> {
    fn describe(operation: &mut Operation) {
        operation.query = Some(|generator| Some(T::json_schema(generator)));
    }
}

/// Path parameters. A value that cannot be an id answers 404.
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

#[cfg(test)]
mod tests {
    use futures::stream;

    use super::*;

    #[tokio::test]
    async fn body_that_breaks_off_is_bad_json_and_only_a_long_one_is_too_large() {
        let broken = std::io::Error::other("invalid chunk size line");
        let body = Body::from_stream(stream::iter([Ok("{"), Err(broken)]));
        assert_eq!(read_bytes(body, 16).await.unwrap_err().code, Code::BadJson);
        assert_eq!(read_bytes(Body::from("x".repeat(17)), 16).await.unwrap_err().code, Code::PayloadTooLarge);
        assert_eq!(read_bytes(Body::from("x".repeat(16)), 16).await.unwrap().len(), 16);
    }
}
