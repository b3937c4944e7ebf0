//! Conversion of domain errors into HTTP responses: the status of each class of codes.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::error::Class;
use domain::{Code, Error};
use std::sync::Arc;

use crate::Refusal;
use runtime::context::count_refusal;

/// A [`domain::Error`] as a response. The boundary adds the body, since it knows the request id.
#[derive(Debug)]
pub struct Failure(pub Error);

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

/// Returns the HTTP status of an error code, which follows from its class.
pub(crate) const fn status(code: Code) -> StatusCode {
    match code.class() {
        Class::Invalid => StatusCode::BAD_REQUEST,
        Class::Unauthenticated => StatusCode::UNAUTHORIZED,
        Class::Forbidden => StatusCode::FORBIDDEN,
        Class::NotFound => StatusCode::NOT_FOUND,
        Class::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Class::Conflict => StatusCode::CONFLICT,
        Class::ChangedSince => StatusCode::PRECONDITION_FAILED,
        Class::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Class::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Class::Misdirected => StatusCode::MISDIRECTED_REQUEST,
        Class::Unacceptable => StatusCode::UNPROCESSABLE_ENTITY,
        Class::TooMany => StatusCode::TOO_MANY_REQUESTS,
        Class::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        Class::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}

impl Refusal for Error {
    fn into_reply(self) -> Response {
        Failure(self).into_response()
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        count_refusal(self.0.code);
        let mut response = status(self.0.code).into_response();
        if let Some(seconds) = self.0.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(Arc::new(self.0));
        response
    }
}
