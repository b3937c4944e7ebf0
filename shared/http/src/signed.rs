//! Extractor of calls from the payment provider, which are authenticated by a signature instead of an access
//! token.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::request::Parts;
use domain::{Code, Error};
use integrations::signature::{Arrived, SIGNATURE, TIMESTAMP};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::input::{body_bytes_max, read_bytes};
use crate::route::{Describe, Operation};
use crate::{Failure, Json};
use runtime::App;

/// A call of the payment provider whose signature is valid and at most five minutes old. A call with an
/// invalid body is passed on as well, so that staff can see it.
pub struct Signed<T> {
    /// Parsed body that conforms to the schema of `T`, or the reason why it does not.
    pub read: domain::Result<T>,
    /// Request body as it was received.
    pub body: Bytes,
}

impl<T: JsonSchema + DeserializeOwned + 'static> FromRequest<App> for Signed<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &App) -> Result<Self, Failure> {
        let (parts, body) = request.into_parts();
        let limit = body_bytes_max(&parts.extensions);
        let body = read_bytes(body, limit).await?;
        app.integrations().verify_provider_call(&arrived(&parts, &body), app.now()).map_err(|why| {
            tracing::warn!(why = why.as_ref(), "a call in the name of the payment provider is not believed");
            Error::refused(Code::Unauthorized, "The signature is missing, wrong, or too old.")
        })?;
        let request = Request::from_parts(parts, Body::from(body.clone()));
        let read = Json::from_request(request, app).await.map(|json: Json<T>| json.value);
        Ok(Self { read: read.map_err(|failure| failure.0), body })
    }
}

fn arrived<'a>(parts: &'a Parts, body: &'a [u8]) -> Arrived<'a> {
    let header = |name| parts.headers.get(name)?.to_str().ok();
    Arrived {
        method: parts.method.as_str(),
        path: parts.uri.path_and_query().map_or("", |path| path.as_str()),
        timestamp: header(TIMESTAMP),
        signature: header(SIGNATURE),
        body,
    }
}

impl<T: JsonSchema + 'static> Describe for Signed<T> {
    fn describe(operation: &mut Operation) {
        Json::<T>::describe(operation);
        operation.signed = true;
    }
}
