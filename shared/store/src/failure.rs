//! What a failed call of the SDK means to us.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use domain::Error;

/// Codes after which the same call may succeed: throttling, conflicts, and failures with unknown outcome.
/// Every write of ours may be repeated after any of them.
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

/// `BUSY` for what passes, `INTERNAL_ERROR` for the rest.
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
