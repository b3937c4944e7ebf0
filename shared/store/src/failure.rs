//! Translation of SDK failures into domain errors.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use domain::Error;

/// Error codes after which a repeat of the same call may succeed: throttling, conflicts, and failures with an
/// unknown outcome. Repeating is safe because every write of this crate is idempotent.
const PASSING: &[&str] = &[
    "InternalServerError",
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "ThrottlingException",
    "TransactionConflictException",
    "TransactionInProgressException",
];

/// Converts an SDK failure: `BUSY` when a repeat may succeed, `INTERNAL_ERROR` otherwise.
pub fn failed<E, R>(error: SdkError<E, R>) -> Error
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    let passing = match &error {
        SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) | SdkError::ResponseError(_) => true,
        other => other.code().is_some_and(|code| PASSING.contains(&code)),
    };
    if passing { Error::busy(error) } else { Error::internal(error) }
}
