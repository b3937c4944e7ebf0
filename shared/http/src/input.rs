//! Bodies, query parameters and path parameters, checked before a handler sees them.

use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{Extensions, header};
use domain::ids::fingerprint;
use domain::{Code, Error};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::boundary::BodyLimit;
use crate::canonical::canonical;
use crate::route::{Describe, Operation, SchemaOf};
use crate::{App, Failure, json, schema};

/// A JSON body that fits the schema of `T`; an empty one counts as `{}`.
pub struct Json<T> {
    /// The body.
    pub value: T,
    /// Stands for what the body says, to tell a repeat under the same `Idempotency-Key` from another request.
    pub fingerprint: String,
}

impl<T: JsonSchema + DeserializeOwned + 'static> FromRequest<App> for Json<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &App) -> Result<Self, Failure> {
        let (value, _) = read(request).await?;
        let fingerprint = fingerprint(&[&canonical(&value)]);
        Ok(Self { value: schema::parse(value)?, fingerprint })
    }
}

/// The body as JSON, and its bytes.
async fn read(request: Request) -> Result<(Value, Bytes), Failure> {
    let limit = body_bytes_max(request.extensions());
    let media_type = request.headers().get(header::CONTENT_TYPE);
    let is_said_to_be_json = media_type.map(|value| value.to_str().is_ok_and(is_json));
    if is_said_to_be_json == Some(false) {
        return Err(untyped().into());
    }
    let bytes = to_bytes(request.into_body(), limit).await.map_err(|_| too_large(limit))?;
    // No body is an empty object, so that whatever is missing in it gets named.
    if bytes.is_empty() {
        return Ok((Value::Object(serde_json::Map::new()), bytes));
    }
    // A browser sends a body without a type to any site without asking it before.
    if is_said_to_be_json.is_none() {
        return Err(untyped().into());
    }
    Ok((json::read(&bytes)?, bytes))
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

/// What the body of a request may have, in bytes.
pub(crate) fn body_bytes_max(extensions: &Extensions) -> usize {
    extensions.get::<BodyLimit>().map_or(crate::BODY_BYTES_MAX, |limit| limit.0)
}

pub(crate) fn too_large(limit: usize) -> Error {
    Error::refused(Code::PayloadTooLarge, format!("The body is larger than {} KiB.", limit / 1024))
}

impl<T: JsonSchema + 'static> Describe for Json<T> {
    fn describe(operation: &mut Operation) {
        operation.body_required = || !schema::takes_nothing::<T>();
        operation.body = Some(|_, generator| Some(generator.subschema_for::<T>()));
    }
}

/// A JSON body whose form depends on which of the route's paths was called.
pub struct JsonByPath<T> {
    /// The body.
    pub value: T,
    /// Stands for the path and what the body says.
    pub fingerprint: String,
}

/// What [`JsonByPath`] reads.
pub trait ByPath: Sized + 'static {
    /// Each path of the route, as there, with what it takes.
    const FORMS: &'static [Form<Self>];
}

/// What one path takes, on its way to a `T`.
pub struct Form<T> {
    path: &'static str,
    schema: SchemaOf,
    parse: fn(Value) -> domain::Result<T>,
}

impl<T> Form<T> {
    /// `path` takes a `B`.
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

/// The form of the path that `address`, a full one, ends with.
fn form_at<T: ByPath>(address: &str) -> Option<&'static Form<T>> {
    T::FORMS.iter().find(|form| address.ends_with(form.path))
}

impl<T: ByPath> FromRequest<App> for JsonByPath<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &App) -> Result<Self, Failure> {
        let form = form_at::<T>(request.uri().path()).ok_or_else(|| Error::not_found("path"))?;
        let (value, _) = read(request).await?;
        let fingerprint = fingerprint(&[form.path, &canonical(&value)]);
        Ok(Self { value: (form.parse)(value)?, fingerprint })
    }
}

impl<T: ByPath> Describe for JsonByPath<T> {
    fn describe(operation: &mut Operation) {
        operation.body_required = || true;
        operation.body = Some(|path, generator| form_at::<T>(path).and_then(|form| (form.schema)(generator)));
    }
}

/// Query parameters that fit the schema of `T`; a parameter that `T` does not know is refused.
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
