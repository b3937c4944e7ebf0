//! Conversion of domain errors into HTTP responses: the status of each code.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::{Code, Error};
use std::sync::Arc;

use runtime::context::count_refusal;

/// Result of a handler.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

/// A [`domain::Error`] as a response. The boundary adds the body, since it knows the request id.
#[derive(Debug)]
pub struct Failure(pub Error);

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

/// Returns the HTTP status of an error code.
pub(crate) const fn status(code: Code) -> StatusCode {
    match code {
        Code::BadJson
        | Code::DuplicateMember
        | Code::ValidationError
        | Code::DateInPast
        | Code::UnknownSeat
        | Code::RepeatedSeat
        | Code::InvalidSeatCount
        | Code::InvalidAmount
        | Code::PasswordTooCommon
        | Code::PasswordTooShort
        | Code::InvalidQuantity
        | Code::DealNotActive
        | Code::AlreadyCanceled
        | Code::CannotCancel => StatusCode::BAD_REQUEST,
        Code::Unauthorized | Code::InvalidCredentials => StatusCode::UNAUTHORIZED,
        Code::Forbidden
        | Code::SelfChargeOff
        | Code::OwnRequest
        | Code::OwnActivity
        | Code::RegistrationRefused
        | Code::QueueTokenRequired
        | Code::QueueTokenInvalid
        | Code::QueueTokenExpired => StatusCode::FORBIDDEN,
        Code::ChangedSince => StatusCode::PRECONDITION_FAILED,
        Code::NotFound | Code::NotInQueue => StatusCode::NOT_FOUND,
        Code::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Code::HostNotAllowed => StatusCode::MISDIRECTED_REQUEST,
        Code::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Code::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Code::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
        Code::IdempotencyKeyReused | Code::ConditionNotMet => StatusCode::UNPROCESSABLE_ENTITY,
        Code::DuplicateEmail
        | Code::AccountClosed
        | Code::StaffPasswordNeeded
        | Code::LastAdministrator
        | Code::BalanceRemains
        | Code::AlreadyRequested
        | Code::OutOfStock
        | Code::EventNotActive
        | Code::EventHasClaims
        | Code::RewardExpired
        | Code::EventClosing
        | Code::RewardAlreadyAttached
        | Code::NotInReview
        | Code::Conflict
        | Code::QueueClosed
        | Code::DuplicateDate
        | Code::SeatTaken
        | Code::SeatAlreadyYours
        | Code::ProductHasDeals
        | Code::TooManyDeals
        | Code::TooManyTerms
        | Code::NoAdjacentSeats
        | Code::HoldExpired
        | Code::AlreadyPaid
        | Code::InsufficientBalance
        | Code::PaymentFailed
        | Code::InsufficientStock
        | Code::ActivityLimit => StatusCode::CONFLICT,
        Code::InternalError => StatusCode::INTERNAL_SERVER_ERROR,
        Code::ConditionUnavailable | Code::Busy | Code::AccessUnconfirmed => StatusCode::SERVICE_UNAVAILABLE,
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
