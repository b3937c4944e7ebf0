//! Error type of all crates. It is independent of HTTP: `shared/http` maps the [`Class`] of a [`Code`] to
//! a status when the response is written.

mod busy;
mod code;

pub use busy::BusyReason;
pub use code::{Class, Code};

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;
use serde_json::Value;

/// Result of every fallible function of dibs.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Maximum number of fields in one error.
pub const FIELDS_MAX: usize = 100;

/// Field of a request that was rejected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// Path of the field, such as `email` or `lines[2].reason`, or the name of a query parameter.
    pub field: String,
    /// Explanation of the rejection, for people.
    pub message: String,
}

impl FieldError {
    /// Creates the error that `field` was rejected for the reason `message`.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

/// Refusal or failure: a code, a message for people, details for programs, and an internal cause that only
/// the log contains.
#[derive(Debug)]
pub struct Error {
    /// Documented code of the error.
    pub code: Code,
    /// Message for people. It contains no internal information.
    pub message: Cow<'static, str>,
    /// Details for programs, in the form that is documented for the code.
    pub details: Option<Value>,
    /// Seconds after which the same request may succeed.
    pub retry_after_s: Option<u32>,
    /// Reason of a `BUSY` error, `None` for other codes.
    pub busy_reason: Option<BusyReason>,
    cause: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// Creates a refusal with this code.
    pub fn refused(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        let message = message.into();
        Self { code, message, details: None, retry_after_s: None, busy_reason: None, cause: None }
    }

    /// Creates a `VALIDATION_ERROR` with up to [`FIELDS_MAX`] rejected fields.
    pub fn invalid(mut fields: Vec<FieldError>) -> Self {
        fields.truncate(FIELDS_MAX);
        Self::refused(Code::ValidationError, "Some fields are not valid; details lists each with the reason.")
            .with_details(&fields)
    }

    /// Creates a `VALIDATION_ERROR` with one rejected field.
    pub fn invalid_field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::invalid(vec![FieldError::new(field, message)])
    }

    /// Combines two results. If both are validation errors, their fields are merged; an error with another
    /// code takes precedence over a validation error.
    ///
    /// # Errors
    /// Fails if either result is an error.
    pub fn both<T, U>(one: Result<T>, other: Result<U>) -> Result<(T, U)> {
        let (mut one, mut other) = match (one, other) {
            (Ok(one), Ok(other)) => return Ok((one, other)),
            (Err(error), Ok(_)) | (Ok(_), Err(error)) => return Err(error),
            (Err(one), Err(other)) => (one, other),
        };
        if one.code != Code::ValidationError {
            return Err(one);
        }
        match (&mut one.details, &mut other.details) {
            (Some(Value::Array(fields)), Some(Value::Array(more))) if other.code == one.code => {
                fields.append(more);
                fields.truncate(FIELDS_MAX);
                Err(one)
            }
            _ => Err(other),
        }
    }

    /// Creates the error `UNAUTHORIZED`, for a request without a valid access token.
    pub fn unauthorized() -> Self {
        Self::refused(Code::Unauthorized, "Sign in first: the access token is missing, wrong or expired.")
    }

    /// Creates the error `FORBIDDEN`, for an account that may not do what it requests.
    pub fn forbidden() -> Self {
        Self::refused(
            Code::Forbidden,
            "Your account may not do this: it needs another role, or the resource belongs to another user.",
        )
    }

    /// Creates the error `NOT_FOUND`. `what` is the kind of the resource in its message, such as `event`.
    pub fn not_found(what: &str) -> Self {
        Self::refused(Code::NotFound, format!("There is no such {what}."))
    }

    /// Creates the error `IDEMPOTENCY_KEY_REUSED`, for an `Idempotency-Key` that a different request has used.
    pub fn key_reused() -> Self {
        Self::refused(
            Code::IdempotencyKeyReused,
            "This Idempotency-Key was used for another request; take a new one.",
        )
    }

    /// Creates the error `BUSY` for `reason`, with a `Retry-After` of one second.
    pub fn busy(reason: BusyReason) -> Self {
        Self { busy_reason: Some(reason), ..Self::refused(Code::Busy, reason.message()) }.retry_after(1)
    }

    /// Adds the internal cause, for the log.
    #[must_use]
    pub fn with_cause(self, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { cause: Some(cause.into()), ..self }
    }

    /// Creates an `INTERNAL_ERROR`. The `cause` appears in the log only.
    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::refused(Code::InternalError, "An internal failure occurred; report the request id if it stays.")
            .with_cause(cause)
    }

    /// Creates an `INTERNAL_ERROR` for stored data that breaks an invariant. The metric
    /// `broken_invariants` counts it.
    pub fn broken(what: impl Into<String>) -> Self {
        Self::internal(Broken(what.into()))
    }

    /// Returns `true` if the error was created by [`Error::broken`].
    pub fn is_broken(&self) -> bool {
        self.cause().is_some_and(|cause| cause.is::<Broken>())
    }

    /// Sets the details for programs, as JSON. Details that cannot be serialized are left out.
    #[must_use]
    pub fn with_details(mut self, details: impl Serialize) -> Self {
        self.details = serde_json::to_value(details).ok();
        self
    }

    /// Sets the seconds after which a repeat of the request may succeed.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// Returns the internal cause, for the log.
    pub fn cause(&self) -> Option<&(dyn std::error::Error + Send + Sync + 'static)> {
        self.cause.as_deref()
    }
}

/// Invariant that does not hold.
#[derive(Debug)]
struct Broken(String);

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "broken invariant: {}", self.0)
    }
}

impl std::error::Error for Broken {}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use assertions::assert_each_eq;

    fn wrong(field: &str) -> Result<()> {
        Err(Error::invalid_field(field, "is odd"))
    }

    #[test]
    fn what_two_checks_find_is_said_together() {
        let error = Error::both(wrong("a"), wrong("b")).unwrap_err();
        let details = error.details.unwrap();
        assert_each_eq!((details[0]["field"], "a"), (details[1]["field"], "b"));
        assert_each_eq!((error.code, Code::ValidationError), (details.as_array().unwrap().len(), 2));
        assert_eq!(Error::both(Ok(1), Ok("one")).unwrap(), (1, "one"));
        assert_eq!(Error::both(Ok(1), wrong("b")).unwrap_err().code, Code::ValidationError);
        let busy = || Err::<(), _>(Error::busy(BusyReason::Throttled));
        assert_eq!(Error::both(wrong("a"), busy()).unwrap_err().code, Code::Busy);
        assert_eq!(Error::both(busy(), wrong("b")).unwrap_err().code, Code::Busy);
    }
}
